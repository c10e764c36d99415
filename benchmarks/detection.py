"""How many errors the audit finds: thousands of seeded ones, in every format, and how often it is wrong about clean files.

    python benchmarks/detection.py                     prints the tables
    python benchmarks/detection.py --write             writes docs/detection.md as well
    python benchmarks/detection.py --sample 10 --format html --only "CI bounds swapped" --show-missed

For every study in data/ the paper is built (or taken from --built FOLDER/<study>), and each class of `tampering/classes.py`
is applied to the finished files: what a reader sees is changed, one tampering a file, spread over all parts of the paper.
Each file is then audited as a stranger's would be. "Found" means: a finding names the place (section and paragraph, table
row and column, figure and its line, reference …) and the digits or the word. Where a finding names only one of the two,
it is counted apart. All chance comes from --seed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "detection.md"
sys.path.insert(0, str(ROOT))

from benchmarks.tampering import copies, harmless  # noqa: E402
from benchmarks.tampering.classes import CLASSES, Case, Change, Tampering, drawn  # noqa: E402
from benchmarks.tampering.docx import DocxPaper  # noqa: E402
from benchmarks.tampering.html import HtmlPaper  # noqa: E402
from benchmarks.tampering.located import Located, locate  # noqa: E402
from benchmarks.tampering.nodes import Editable  # noqa: E402
from report.audit import AuditError, FileVerdict, audit_files  # noqa: E402
from report.audit.verdict import Finding  # noqa: E402

BATCH = 25
"""Files that are audited in one call: the ledger is read once for them."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One finished file of one study, or a copy of it."""

    study: str
    form: str
    """html, docx, pdf, docx without marks, docx saved by LibreOffice."""
    file: Path
    ledger: Path
    results: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    study: str
    form: str
    klass: str
    what: str
    grade: str
    """exact, place (found, the place or the digits not exact), missed."""
    look: bool
    """It was found as something to look at, not as something wrong."""
    others: int
    """Findings about places that were not touched."""
    detail: str


# -- papers ----------------------------------------------------------------------------------------------------------


def build(study: Path, out: Path, *more: str) -> None:
    """Builds a study's paper. Raises CalledProcessError where that fails."""
    command = Path(sys.executable).parent / "everynumber"
    subprocess.run([command, "build", str(study), "--out", str(out), *more], check=True, capture_output=True)


def papers_of(study: str, out: Path, work: Path) -> list[Paper]:
    """The three files of a built study and the copies of its Word file."""
    files = {form: out / f"paper.{form}" for form in ("html", "docx", "pdf")}
    word = files["docx"].read_bytes()
    bare = work / f"{study}-bare.docx"
    bare.write_bytes(copies.stripped(word))
    files["docx, marks stripped"] = bare
    if copies.office():
        saved = work / f"{study}-office.docx"
        saved.write_bytes(copies.saved_by_office(word, "docx"))
        files["docx, saved by LibreOffice"] = saved
    files[DRAWN_OVER] = files["pdf"]
    return [Paper(study, form, file, out / "ledger.json", out / "results.json") for form, file in files.items()]


def data_cuts(folder: Path) -> dict[str, dict[str, float | None]]:
    """The study analysed again with some patients left out: by name of the cut, values that its paper must not print."""
    from dataclasses import replace

    from analysis.load import load_folder
    from analysis.pipeline import analyse

    study, data = load_folder(folder)
    patient = {key: file.role("patient") for key, file in study.files.items()}
    everyone = list(data.frames[study.participants][patient[study.participants]])
    cuts = {"the last three patients left out": everyone[-3:], "every tenth patient left out": everyone[::10]}
    found: dict[str, dict[str, float | None]] = {}
    for name, gone in cuts.items():
        frames = {
            key: frame[~frame[patient[key]].isin(gone)] if patient[key] else frame for key, frame in data.frames.items()
        }
        statistics = analyse(study, replace(data, frames=frames)).statistics
        found[name] = {key: record.get("value") for key, record in statistics.items()}
    return found


def open_paper(file: Path) -> Editable:
    """The file as text that can be edited. Raises ImportError where its format has no editor."""
    if file.suffix == ".pdf":
        from benchmarks.tampering.pdf import EditablePdf

        return EditablePdf(file.read_bytes())
    return (HtmlPaper if file.suffix == ".html" else DocxPaper)(file.read_bytes())


@cache
def opened(paper: Paper) -> tuple[Editable, Located]:
    """A paper's editor, and where it shows what its ledger prints."""
    editor = open_paper(paper.file)
    ledger, results = (json.loads(path.read_text("utf-8")) for path in (paper.ledger, paper.results))
    return editor, locate(editor.nodes, ledger, results)


# -- one class on one paper ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    paper: Paper
    klass: str
    most: int
    seed: int
    cuts: tuple[tuple[str, tuple[tuple[str, float | None], ...]], ...] = ()


def tamperings(job: Job) -> list[tuple[Tampering, bytes]]:
    """At most `most` tamperings of a class on a paper, with the files that they make."""
    editor, located = opened(job.paper)
    rng = random.Random(f"{job.seed} {job.paper.study} {job.paper.form} {job.klass}")
    case = Case(located, rng, {name: dict(values) for name, values in job.cuts})
    if job.klass == PICTURE and isinstance(editor, DocxPaper):
        return _pictures(editor, rng, job.most)
    if job.klass in HARMLESS:
        made = list(HARMLESS[job.klass](case))
        rng.shuffle(made)
        made = made[: job.most]
    else:
        made = drawn(case, job.klass, job.most)
    out: list[tuple[Tampering, bytes]] = []
    for tampering in made:
        edits = [change.edit for change in tampering.changes]
        try:
            if job.paper.form == DRAWN_OVER:
                out.append((tampering, editor.overlaid(edits)))  # type: ignore[attr-defined]
            else:
                out.append((tampering, editor.edited(edits)))
        except ValueError:  # a place that cannot be edited so that it shows: a field, a tab
            continue
    return out


PICTURE = "number in a figure changed"
DRAWN_OVER = "pdf, drawn over"
"""The old text is still in the file: a rectangle covers it, and the new one is drawn on that."""
OVER = ("one digit changed", "two arms' values swapped", "claim word reversed", "number in a figure changed")
"""What is tried that way."""
HARMLESS = {"prose": harmless.prose, "reworded": harmless.reworded}


def _pictures(editor: DocxPaper, rng: random.Random, most: int) -> list[tuple[Tampering, bytes]]:
    """Word files hold figures as images: a digit is painted over somewhere in one of them."""
    from PIL import Image, ImageDraw

    out: list[tuple[Tampering, bytes]] = []
    names = editor.images()
    for k in range(min(most, 12 * len(names))):
        name = names[k % len(names)]
        image = Image.open(BytesIO(editor.member(name))).convert("RGB")
        pen = ImageDraw.Draw(image)
        x, y = rng.randrange(image.width - 60), rng.randrange(image.height - 40)
        pen.rectangle((x, y, x + 40, y + 28), fill="white")
        pen.text((x + 6, y + 6), str(rng.randrange(100)), fill="black")
        data = BytesIO()
        image.save(data, "PNG")
        number = 1 + k % len(names)
        change = Change(-number, 0, 0, "", "")
        out.append(
            (Tampering(PICTURE, f"painted into figure {number}", (change,)), editor.with_member(name, data.getvalue()))
        )
    return out


def run(job: Job) -> list[Outcome]:
    """Tampers, audits and judges. Errors of the audit count as missed, with their text."""
    made = tamperings(job)
    _, located = opened(job.paper)
    out: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for low in range(0, len(made), BATCH):
            batch = made[low : low + BATCH]
            files = []
            for k, (_, data) in enumerate(batch):
                file = Path(folder) / f"{low + k}{job.paper.file.suffix}"
                file.write_bytes(data)
                files.append(file)
            verdicts = audited(files, job.paper)
            for (tampering, _), verdict in zip(batch, verdicts, strict=True):
                judge = judged_harmless if job.klass in HARMLESS else judged
                out.append(judge(job, tampering, verdict, located))
            for file in files:
                file.unlink()
    return out


def audited(files: Sequence[Path], paper: Paper) -> list[FileVerdict | str]:
    try:
        return list(audit_files(files, results=paper.results, ledger=paper.ledger))
    except AuditError as error:
        if len(files) == 1:
            return [str(error)]
        return [verdict for file in files for verdict in audited([file], paper)]


# -- judging ---------------------------------------------------------------------------------------------------------


def judged(job: Job, tampering: Tampering, verdict: FileVerdict | str, located: Located) -> Outcome:
    """Was it found, with its place and its digits?"""

    def outcome(grade: str, look: bool, others: int, detail: str) -> Outcome:
        return Outcome(job.paper.study, job.paper.form, job.klass, tampering.what, grade, look, others, detail)

    said = _told(tampering, located)
    if isinstance(verdict, str):
        return outcome("missed", False, 0, f"{said} · the audit could not run: {verdict}")
    told = [*verdict.findings, *verdict.looks]
    if not told:
        return outcome("missed", False, 0, said)
    if tampering.changes[0].node < 0:  # an image: it can be known only as a whole
        number = f"Figure {-tampering.changes[0].node}"
        exact = any(number in finding.where for finding in told)
        return outcome("exact" if exact else "place", False, 0, said + _findings(told))
    places = [located.place(change.node, change.start) for change in tampering.changes]
    named = [
        any(_here(place, finding) and _names(change, finding) for finding in told)
        for change, place in zip(tampering.changes, places, strict=True)
    ]
    # what changed places as a whole is told by the numbers of one side
    exact = all(named[::2]) or all(named[1::2]) if tampering.together else all(named)
    if tampering.sentence:
        exact = any(_here(place, finding) for place in places for finding in told)
    others = sum(not any(_here(place, finding) for place in places) for finding in told)
    grade = "exact" if exact else "place"
    return outcome(grade, not verdict.findings, others, said + ("" if exact and not others else _findings(told)))


def judged_harmless(job: Job, tampering: Tampering, verdict: FileVerdict | str, located: Located) -> Outcome:
    """Was something found where nothing is wrong? `exact` stands for nothing found."""
    said = _told(tampering, located)
    if isinstance(verdict, str):
        grade, told, looks = "missed", [], 0
        said += f" · the audit could not run: {verdict}"
    else:
        told, looks = verdict.findings + (verdict.looks if job.klass == "prose" else []), len(verdict.looks)
        grade = "missed" if told else "exact"
    detail = said + (_findings(told) if told else "")
    return Outcome(job.paper.study, job.paper.form, job.klass, tampering.what, grade, bool(looks), len(told), detail)


def _here(place: tuple[str, ...], finding: Finding) -> bool:
    where = " ".join(finding.where.split())
    return bool(place) and all(" ".join(part.split()) in where for part in place)


def _names(change: Change, finding: Finding) -> bool:
    """Does a finding show what is there now, or what should be there?"""
    old, new, text, expected = (_plain(t) for t in (change.old, change.new, finding.text, finding.expected))
    seen = bool(text and new) and (new in text or text in new)
    wanted = bool(expected and old) and (old in expected or expected in old)
    return seen or wanted


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).strip(".,;()").lower()


def _told(tampering: Tampering, located: Located) -> str:
    parts = []
    for change in tampering.changes[:2]:
        if change.node >= 0:
            text = located.nodes[change.node].text
            around = text[max(0, change.start - 30) : change.start], text[change.end : change.end + 20]
            place = ", ".join(located.place(change.node, change.start)) or located.nodes[change.node].kind
            parts.append(f"{place}: “{around[0]}[{change.old} → {change.new}]{around[1]}”".replace("\n", " "))
    return "; ".join(parts) or tampering.what


def _findings(findings: Sequence[Finding]) -> str:
    return " · told: " + "; ".join(
        f"{f.verdict} “{f.text[:40]}” ({f.where}) for “{f.expected[:40]}”" for f in findings[:4]
    )


# -- clean files -----------------------------------------------------------------------------------------------------


def clean_files(study: Path, built: Path, work: Path) -> list[tuple[str, Path, Path]]:
    """Files that are right: what each is, the file, and the folder with its ledger."""
    word = (built / "paper.docx").read_bytes()
    bare = copies.stripped(word)
    found = [(f"as built, {form}", built / f"paper.{form}", built) for form in ("html", "docx", "pdf")]
    made: list[tuple[str, Callable[[], bytes]]] = [
        ("docx, marks stripped", lambda: bare),
        ("docx, read and written by pandoc", lambda: copies.rewritten_by_pandoc(word)),
    ]
    if copies.office():
        made += [
            ("docx, saved by LibreOffice", lambda: copies.saved_by_office(word, "docx")),
            # not of the file with its marks: LibreOffice's way back writes broken XML for a content control in a link
            (
                "docx, marks stripped, by LibreOffice to odt and back",
                lambda: copies.saved_by_office(bare, "odt", "docx"),
            ),
        ]
    for k, (what, make) in enumerate(made):
        file = work / f"{study.name}-clean-{k}.docx"
        file.write_bytes(make())
        found.append((what, file, built))
    variants: list[tuple[str, Sequence[str]]] = [("JAMA style", ("--style", "jama"))]
    if shutil.which("quarto"):
        variants.append(("Quarto engine", ("--engine", "quarto")))
    for what, more in variants:
        out = work / f"{study.name}-{more[1]}"
        build(study, out, *more)
        found += [(f"{what}, {form}", out / f"paper.{form}", out) for form in ("html", "docx", "pdf")]
    return found


def check_clean(files: Iterable[tuple[str, Path, Path]]) -> list[tuple[str, int, int, str]]:
    """What each is, how many findings and looks it has, and the first of them."""
    out = []
    for what, file, home in files:
        try:
            verdict = audit_files([file], results=home / "results.json", ledger=home / "ledger.json")[0]
        except AuditError as error:
            out.append((what, 1, 0, f" · {error}"))
            continue
        told = _findings(verdict.findings + verdict.looks) if verdict.findings or verdict.looks else ""
        out.append((what, len(verdict.findings), len(verdict.looks), told))
    return out


# -- the page --------------------------------------------------------------------------------------------------------


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
    outcomes: list[Outcome]
    clean: list[tuple[str, str, int, int, str]] = field(default_factory=list)
    """study, what, findings, looks, first."""
    seed: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def page(self) -> str:
        wrong = [o for o in self.outcomes if o.klass not in HARMLESS]
        quiet = [o for o in self.outcomes if o.klass in HARMLESS]
        lines = ["# What the audit finds", "", *_preface(self, len(wrong)), "## Seeded errors, by format", ""]
        lines += [
            "| file | tamperings | found (95% interval) | with exact place and digits | other places named, mean |"
        ]
        lines += ["|---|---|---|---|---|"]
        for form in [*dict.fromkeys(o.form for o in wrong), "all"]:
            lines.append(_row(form, [o for o in wrong if form in (o.form, "all")]))
        lines += ["", "## Seeded errors, by class", ""]
        lines += [
            "| class | tamperings | found (95% interval) | with exact place and digits | other places named, mean |"
        ]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(name, [o for o in wrong if o.klass == name]) for name in dict.fromkeys(o.klass for o in wrong)]
        lines += ["", "## By class and format", "", "Found / exact / made.", ""]
        forms = list(dict.fromkeys(o.form for o in wrong))
        lines += ["| class | " + " | ".join(forms) + " |", "|---|" + "---|" * len(forms)]
        for name in dict.fromkeys(o.klass for o in wrong):
            cells = [[o for o in wrong if (o.klass, o.form) == (name, form)] for form in forms]
            lines.append(f"| {name} | " + " | ".join(_short(cell) for cell in cells) + " |")
        lines += ["", "## Clean files", "", "| study | file | findings | looks |", "|---|---|---|---|"]
        lines += [f"| {study} | {what} | {n} | {looks} |" for study, what, n, looks, _ in self.clean]
        if quiet:
            lines += ["", "## Harmless edits", "", "| edits | file | made | without a finding | with a look |"]
            lines += ["|---|---|---|---|---|"]
            for name, form in dict.fromkeys((o.klass, o.form) for o in quiet):
                own = [o for o in quiet if (o.klass, o.form) == (name, form)]
                good = sum(o.grade == "exact" for o in own)
                lines.append(
                    f"| {_HARMLESS[name]} | {form} | {len(own)} | {_rate(good, len(own))} | {sum(o.look for o in own)} |"
                )
        lines += ["", "## What is missed", ""]
        bad = [o for o in self.outcomes if o.grade == "missed"]
        lines += [f"- {o.study}, {o.form}, {o.klass} ({o.what}): {o.detail}" for o in bad] or ["Nothing."]
        alarms = [f"- {study}, {what}{told}" for study, what, _, _, told in self.clean if told]
        lines += ["", "## What is told of clean files", "", *(alarms or ["Nothing."])]
        inexact = [o for o in self.outcomes if o.grade == "place"]
        lines += ["", "## Found, but not told exactly", ""]
        lines += [f"- {o.study}, {o.form}, {o.klass} ({o.what}): {o.detail}" for o in inexact] or ["Nothing."]
        return "\n".join(lines) + "\n"


_HARMLESS = {
    "prose": "words changed, plain sentences taken away or added, where no number stands",
    "reworded": "sentences written anew round right numbers",
}


def _preface(report: Report, made: int) -> list[str]:
    from importlib.metadata import version

    packages = ", ".join(f"{name} {version(name)}" for name in ("everynumber", "lxml", "pypdfium2", "pikepdf"))
    return [
        f"Written by `python benchmarks/detection.py --write` (seed {report.seed}; Python {sys.version.split()[0]}, {packages}).",
        f"{made} errors were seeded, one a file, and each file was audited like a stranger's. Found with exact place means",
        "that a finding names the section and paragraph, the table's row and column, the figure and its line or the number of",
        "the reference, and the digits or the word that are there or should be there. Intervals are those of Clopper and",
        "Pearson. The last column counts findings about places that nobody touched.",
        "",
        "The tamperings are made by `benchmarks/tampering/`, which knows the formats and the ledger and nothing of the audit.",
        "Right negations and words of strength away from any number or claim count as found where the audit asks for a look.",
        "A figure in a Word file is an image: a change in it is found by its hash, and told by the figure's number.",
        *report.notes,
        "",
    ]


def _row(name: str, own: Sequence[Outcome]) -> str:
    if not own:
        return f"| {name} | 0 | | | |"
    found = sum(o.grade != "missed" for o in own)
    exact = sum(o.grade == "exact" for o in own)
    others = sum(o.others for o in own) / len(own)
    return f"| {name} | {len(own)} | {_rate(found, len(own))} | {_rate(exact, len(own))} | {others:.2f} |"


def _short(own: Sequence[Outcome]) -> str:
    if not own:
        return "–"
    found, exact = sum(o.grade != "missed" for o in own), sum(o.grade == "exact" for o in own)
    return f"{found} / {exact} / {len(own)}"


# -- the command -----------------------------------------------------------------------------------------------------


def jobs_of(
    papers: Iterable[Paper], classes: Sequence[str], most: int, seed: int, cuts: Mapping[str, Any]
) -> list[Job]:
    frozen = tuple((name, tuple(values.items())) for name, values in cuts.items())
    return [
        Job(paper, klass, most, seed, frozen if klass.startswith("stale") else ())
        for paper in papers
        for klass in classes
        if paper.form != DRAWN_OVER or klass in OVER
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=150, help="tamperings of each class and file, at most")
    parser.add_argument("--only", action="append", help="a class (or the beginning of its name)")
    parser.add_argument("--format", action="append", help="a format (or the beginning of its name)")
    parser.add_argument("--seed", type=int, default=20260115)
    parser.add_argument("--built", type=Path, help="a folder with papers that are built, one folder for each study")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-clean", action="store_true", help="leave out the clean files")
    parser.add_argument("--show-missed", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    began = time.perf_counter()
    classes = [*CLASSES, *HARMLESS]
    if asked.only:
        classes = [name for name in classes if any(name.startswith(only) for only in asked.only)]
    report = Report([], seed=asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        jobs: list[Job] = []
        for study in sorted(path.parent for path in (ROOT / "data").glob("*/study.yml")):
            built = asked.built / study.name if asked.built else work / study.name
            if not asked.built:
                build(study, built)
            papers = papers_of(study.name, built, work)
            if asked.format:
                papers = [paper for paper in papers if any(paper.form.startswith(form) for form in asked.format)]
            cuts = data_cuts(study) if any(name.startswith("stale") for name in classes) else {}
            jobs += jobs_of(papers, classes, asked.sample, asked.seed, cuts)
            if not asked.no_clean:
                report.clean += [(study.name, *line) for line in check_clean(clean_files(study, built, work))]
        with multiprocessing.get_context("fork").Pool(asked.processes) as pool:
            for outcomes in pool.imap(run, jobs):
                report.outcomes += outcomes
    report.seconds = time.perf_counter() - began
    page = report.page()
    head = page.partition("## What is missed")[0]
    print(page if asked.show_missed else head + f"{sum(o.grade == 'missed' for o in report.outcomes)} missed.")
    print(f"{report.seconds:.0f} s", Counter(o.grade for o in report.outcomes))
    if asked.write:
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
