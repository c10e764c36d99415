"""What was found and missed, as a page of Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.tampering.judging import DRAWN_OVER, Outcome


def interval(found: int, of: int) -> tuple[float, float]:
    """The 95% interval of Clopper and Pearson, in per cent."""
    from scipy.stats import binomtest

    ci = binomtest(found, of).proportion_ci(0.95, "exact")
    return 100 * ci.low, 100 * ci.high


def _rate(found: int, of: int) -> str:
    low, high = interval(found, of)
    return f"{found} of {of} ({100 * found / of:.1f}%; {low:.1f} to {high:.1f})"


@dataclass
class Report:
    """All that was measured. `page` gives it as Markdown."""

    outcomes: list[Outcome]
    clean: list[tuple[str, str, int, int, str]] = field(default_factory=list)
    """study, what, findings, looks, first."""
    seed: int = 0
    seconds: float = 0.0

    def page(self) -> str:
        wrong = [o for o in self.outcomes if o.subject.klass not in _HARMLESS]
        quiet = [o for o in self.outcomes if o.subject.klass in _HARMLESS]
        lines = ["# What the audit finds", "", *_preface(self, len(wrong)), "## Seeded errors, by format", ""]
        lines += _head("file")
        for form in [*dict.fromkeys(o.subject.form for o in wrong), "all"]:
            lines.append(_row(form, [o for o in wrong if form in (o.subject.form, "all")]))
        lines += ["", "## Seeded errors, by class", ""]
        lines += _head("class")
        lines += [
            _row(name, [o for o in wrong if o.subject.klass == name])
            for name in dict.fromkeys(o.subject.klass for o in wrong)
        ]
        lines += ["", "## By class and format", "", "Found / exact / made.", ""]
        forms = list(dict.fromkeys(o.subject.form for o in wrong))
        lines += ["| class | " + " | ".join(forms) + " |", "|---|" + "---|" * len(forms)]
        for name in dict.fromkeys(o.subject.klass for o in wrong):
            cells = [[o for o in wrong if (o.subject.klass, o.subject.form) == (name, form)] for form in forms]
            lines.append(f"| {name} | " + " | ".join(_short(cell) for cell in cells) + " |")
        lines += ["", "## Clean files", "", "| study | file | findings | looks |", "|---|---|---|---|"]
        lines += [f"| {study} | {what} | {n} | {looks} |" for study, what, n, looks, _ in self.clean]
        if quiet:
            lines += ["", "## Harmless edits", "", "| edits | file | made | without a finding | with a look |"]
            lines += ["|---|---|---|---|---|"]
            for name, form in dict.fromkeys((o.subject.klass, o.subject.form) for o in quiet):
                own = [o for o in quiet if (o.subject.klass, o.subject.form) == (name, form)]
                good = sum(o.grade == "exact" for o in own)
                looks = sum(o.look for o in own)
                lines.append(f"| {_HARMLESS[name]} | {form} | {len(own)} | {_rate(good, len(own))} | {looks} |")
        lines += ["", "## What is missed", ""]
        bad = [o for o in self.outcomes if o.grade == "missed"]
        lines += [f"- {o.subject.study}, {o.subject.form}, {o.subject.klass} ({o.what}): {o.detail}" for o in bad] or [
            "Nothing."
        ]
        alarms = [f"- {study}, {what}{told}" for study, what, _, _, told in self.clean if told]
        lines += ["", "## What is told of clean files", "", *(alarms or ["Nothing."])]
        inexact = [o for o in self.outcomes if o.grade == "place"]
        lines += ["", "## Found, but not told exactly", ""]
        lines += [
            f"- {o.subject.study}, {o.subject.form}, {o.subject.klass} ({o.what}): {o.detail}" for o in inexact
        ] or ["Nothing."]
        turned = [o for o in wrong if o.look]
        lines += ["", "## Told as something to look at", ""]
        lines += [f"- {o.subject.study}, {o.subject.form}, {o.subject.klass} ({o.what}): {o.detail}" for o in turned]
        return "\n".join(lines) + "\n"


_HARMLESS = {
    "prose": "words changed, plain sentences taken away or added, where no number stands",
    "reworded": "sentences written anew round right numbers",
}


def _preface(report: Report, made: int) -> list[str]:
    from importlib.metadata import version

    packages = ", ".join(f"{name} {version(name)}" for name in ("everynumber", "lxml", "pypdfium2", "pikepdf"))
    made_by = f"(seed {report.seed}; Python {sys.version.split()[0]}, {packages})"
    return [
        f"Written by `python benchmarks/detection.py --write` {made_by}. {made} errors were seeded,",
        "one a file, and each file was audited against the ledger and the results. They are made by",
        "`benchmarks/tampering/`, which knows the formats and the ledger and nothing of the audit.",
        "",
        "*Found* means that the audit does not pass the file. *Exact* means that a finding names the section and",
        "paragraph, the table's row and column, the figure and its line or the number of the reference, and shows the",
        "digits or the word that are there or should be there. Where two things changed places, both must be told so;",
        "of two rows, one with all its numbers; of a sentence whose groups were exchanged, the sentence. *As a look*:",
        "the audit asks for a look without calling it wrong. *Other places* are findings about places that nobody",
        "touched. Intervals are Clopper and Pearson's.",
        "",
        "A figure in a Word file is an image: a change in it is found by its bytes and pixels and told by the figure's",
        f"number. In “{DRAWN_OVER}” the old text is left in the file under a rectangle and the new one drawn on it;",
        "there the exact place is the page.",
        "",
    ]


def _head(first: str) -> list[str]:
    return [
        f"| {first} | tamperings | found (95% interval) | exact | as a look | other places, mean |",
        "|---|---|---|---|---|---|",
    ]


def _row(name: str, own: Sequence[Outcome]) -> str:
    if not own:
        return f"| {name} | 0 | | | | |"
    found = sum(o.grade != "missed" for o in own)
    exact = sum(o.grade == "exact" for o in own)
    others = sum(o.others for o in own) / len(own)
    looks = sum(o.look for o in own)
    return f"| {name} | {len(own)} | {_rate(found, len(own))} | {_rate(exact, len(own))} | {looks} | {others:.2f} |"


def _short(own: Sequence[Outcome]) -> str:
    if not own:
        return "–"
    found, exact = sum(o.grade != "missed" for o in own), sum(o.grade == "exact" for o in own)
    return f"{found} / {exact} / {len(own)}"
