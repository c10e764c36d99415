"""What the lint over authors' prose finds, and what it finds wrongly.

    python benchmarks/wording.py            prints it
    python benchmarks/wording.py --write    writes it into docs/wording.md, between the marks

The sentences lie in ``tests/wording/``: a folder, or a file, is a set of its own. An entry has a ``text``, the
``design`` (randomised or non-randomised) and a ``class``; an innocent sentence has the class ``none`` and names with
``like`` the class whose words it uses. ``margin: true`` and ``trend_test: true`` say that the study has one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from analysis.stats.proportions import wilson  # noqa: E402
from report.wording.examine import Finding, examine  # noqa: E402
from report.wording.rules import CLASSES, Setting, lists  # noqa: E402

SENTENCES = ROOT / "tests" / "wording"
PAGE = ROOT / "docs" / "wording.md"
DESIGNS = ("randomised", "non-randomised")
KEYS = {"text", "design", "class", "like", "margin", "trend_test"}


@dataclass(frozen=True)
class Case:
    """One sentence and what was found in it; ``class_`` is the class whose words it uses."""

    text: str
    design: str
    class_: str
    innocent: bool
    found: tuple[Finding, ...]

    @property
    def exact(self) -> bool:
        return any(one.class_ == self.class_ for one in self.found)


def judged(entry: dict[str, Any]) -> Case:
    """An entry of a set with what the lint finds in it. Raises ValueError where the entry is not of the form."""
    innocent = entry.get("class") == "none"
    class_ = entry.get("like") if innocent else entry.get("class")
    if class_ not in CLASSES or entry.get("design") not in DESIGNS or entry.keys() - KEYS:
        raise ValueError(f"This is no entry of a set of sentences: {entry}")
    setting = Setting(
        allocation=entry["design"],
        margin=bool(entry.get("margin")),
        trend_test=bool(entry.get("trend_test")),
    )
    return Case(entry["text"], entry["design"], class_, innocent, tuple(examine(entry["text"], setting)))


def sets() -> dict[str, list[Case]]:
    """The sets by name, in order of name."""
    out: dict[str, list[Case]] = {}
    for path in sorted(SENTENCES.iterdir()):
        files = sorted(path.glob("*.yml")) if path.is_dir() else [path] if path.suffix == ".yml" else []
        entries = [entry for file in files for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
        if entries:
            out[path.stem] = [judged(entry) for entry in entries]
    return out


def rate(cases: Sequence[Case], hits: Sequence[bool]) -> str:
    """``13 of 14 (93%; 69 to 99)``."""
    if not cases:
        return "–"
    low, high = wilson(sum(hits), len(cases))
    return f"{sum(hits)} of {len(cases)} ({100 * sum(hits) / len(cases):.0f}%; {100 * low:.0f} to {100 * high:.0f})"


def table(cases: Sequence[Case]) -> Iterator[str]:
    yield "| class | overclaims found | found as of this class | innocent left alone |"
    yield "|---|---|---|---|"
    for name in (*CLASSES, "all"):
        of = [case for case in cases if name in ("all", case.class_)]
        bad, good = ([case for case in of if case.innocent is innocent] for innocent in (False, True))
        found, exact = [bool(case.found) for case in bad], [case.exact for case in bad]
        alone = [not case.found for case in good]
        yield f"| {name} | {rate(bad, found)} | {rate(bad, exact)} | {rate(good, alone)} |"


def errors(cases: Sequence[Case]) -> Iterator[str]:
    missed = [case for case in cases if not case.innocent and not case.found]
    wrong = [case for case in cases if case.innocent and case.found]
    yield "Missed:" if missed else "Missed: none."
    yield ""
    yield from (f"- {case.class_}, {case.design}: {_shown(case.text)}" for case in missed)
    if missed:
        yield ""
    yield "Found wrongly:" if wrong else "Found wrongly: none."
    yield ""
    for case in wrong:
        found = ", ".join(f"“{one.words}” ({one.rule.id})" for one in case.found)
        yield f"- {case.class_}, {case.design}: {_shown(case.text)} Found: {found}."


def _shown(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def evaluation() -> str:
    """The part of the page on sensitivity and specificity."""
    lines: list[str] = []
    for name, cases in sets().items():
        bad = sum(not case.innocent for case in cases)
        lines += [f"### Set `{name}`: {bad} overclaims, {len(cases) - bad} innocent sentences", ""]
        lines += [*table(cases), "", *errors(cases)]
        if lines[-1]:
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def catalogue() -> str:
    """The part of the page on the rules."""
    lines = ["| rule | holds for | lifted where | write instead | source |", "|---|---|---|---|---|"]
    said = {"assigned": "investigators or chance assigned", "prospective": "prospective", "": "–"}
    said |= {"margin": "a margin is declared", "trend_test": "there is a test for trend"}
    for group in lists().classes:
        for rule in group.rules:
            designs = "any design" if len(rule.designs) == len(DESIGNS) else rule.designs[0]
            lines.append(f"| `{rule.id}` | {designs} | {said[rule.unless]} | {rule.offer} | {rule.source} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with its parts written anew."""
    for name, part in (("rules", catalogue()), ("evaluation", evaluation())):
        begin, end = f"<!-- {name}: written by benchmarks/wording.py -->\n", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{PAGE.name} has no marks for {name}: {begin.strip()} … {end}")
        text = pattern.sub(lambda _, new=f"{begin}\n{part}\n{end}": new, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description="Sensitivity and specificity of the lint over authors' prose.")
    parser.add_argument("--write", action="store_true", help="write docs/wording.md")
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(evaluation())


if __name__ == "__main__":
    main()
