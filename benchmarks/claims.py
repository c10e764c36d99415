"""The vocabulary of claims, and the sentences of every combination of result, standing and design, side by side.

    python benchmarks/claims.py            prints them
    python benchmarks/claims.py --write    writes them into docs/wording.md, between the marks

The studies are made up of one outcome and a few statistics each; the sentences come from the paper's own templates.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from report.bibliography import Bibliography  # noqa: E402
from report.compose import Inputs, _Composer  # noqa: E402
from report.ledger import Entry  # noqa: E402
from report.markdown import to_plain  # noqa: E402
from report.styles import load_style  # noqa: E402
from report.vocabulary import PHRASES, SHARES, SIZES  # noqa: E402

PAGE = ROOT / "docs" / "wording.md"
DESIGNS = {
    "randomised": ("randomised", "randomisation"),
    "treatment by routine care": ("non-randomised", "routine care"),
    "treatment by investigators": ("non-randomised", "investigators"),
}
STATES = {
    "above": "interval above no difference, test agrees",
    "below": "interval below no difference, test agrees",
    "disputed above": "interval above no difference, test does not agree",
    "disputed below": "interval below no difference, test does not agree",
    "unclear": "interval includes no difference",
    "not estimable": "not estimable",
}
ROLES = ("primary", "secondary", "exploratory")
TURNED = {"above": "below", "below": "above", "disputed above": "disputed below", "disputed below": "disputed above"}


@dataclass(frozen=True)
class Kind:
    """An outcome: its declaration, its statistic, its P, the stem of its limits and the value of no difference."""

    declared: dict[str, Any]
    at: str
    statistic: str
    ends: str
    p: str
    null: float


_TIME = {"timepoints": ["month_6"], "unit": "points"}
KINDS = {
    "binary": Kind({"label": "Relapse", "kind": "binary", **_TIME}, "x.month_6.a_vs_b", "risk_difference", "rd_ci",
                   "p", 0),
    "continuous": Kind({"label": "Score", "kind": "continuous", **_TIME}, "x.month_6.a_vs_b", "difference", "ci",
                       "p", 0),
    "skewed": Kind({"label": "Length of stay", "kind": "skewed", "timepoints": ["month_6"], "unit": "days"},
                   "x.month_6.a_vs_b.ranks", "shift", "shift_ci", "p", 0),
    "graded": Kind({"label": "Severity", "kind": "graded", "column": "people.x", "order": ["0", "1"], **_TIME},
                   "x.month_6.a_vs_b.odds", "odds_ratio", "ci", "p", 1),
    "count": Kind({"label": "Falls", "kind": "count", **_TIME}, "x.month_6.a_vs_b.rate", "ratio", "ci", "p", 1),
    "time to event": Kind({"label": "Relapse", "kind": "time_to_event", **_TIME}, "x.a_vs_b.cox", "hazard_ratio", "ci",
                          "x.a_vs_b.logrank.p", 1),
}  # fmt: skip


@dataclass(frozen=True)
class Combination:
    """One study of one outcome."""

    design: str
    role: str
    prespecified: bool
    better: str
    state: str
    kind: str = "binary"

    def turned(self) -> Combination:
        """The same with the arms exchanged."""
        return replace(self, state=TURNED.get(self.state, self.state))


@dataclass(frozen=True)
class Sentences:
    """What the program writes: conclusion with its caveat, opening of the discussion, entries of both."""

    conclusion: str
    opening: str
    entries: tuple[Entry, ...]


def study_of(one: Combination) -> dict[str, Any]:
    """The part of a study file that the sentences hang on, defaults and all."""
    allocation, by = DESIGNS[one.design]
    outcome = KINDS[one.kind].declared | {
        "role": one.role, "prespecified": one.prespecified, "better": one.better, "population": None,
    }  # fmt: skip
    levels = {"levels": {"0": "none", "1": "some"}, "type": "category"}
    return {
        "arms": {"a": {"treatment": "drug A", "short": "A"}, "b": {"treatment": "drug B", "short": "B"}},
        "reference_arm": "b",
        "design": {"type": "parallel", "allocation": allocation, "assigned_by": by, "framework": "superiority"},
        "files": {"people": {"columns": {"arm": {"role": "arm"}, "x": levels}}},
        "timepoints": {"month_6": {"label": "6 months", "period": None, "at": 6}},
        "outcomes": {"x": outcome},
        "populations": {"all": {"where": None}},
        "baseline": [],
        "subgroups": [],
        "adverse_events": None,
        "data": "collected",
    }


def results_of(one: Combination) -> dict[str, Any]:
    """Results in which the comparison is as the combination has it."""
    kind = KINDS[one.kind]
    far = {"above": (2.0, 1.3, 2.9, 0.01), "unclear": (1.1, 0.8, 1.5, 0.4)}
    far["disputed above"] = (*far["above"][:3], 0.06)
    above = far.get(one.state) or far.get(TURNED.get(one.state, ""))
    values: list[float | None] = [None] * 4
    if above is not None:
        ratio, low, high, p = above
        if one.state.endswith("below"):
            ratio, low, high = 1 / ratio, 1 / high, 1 / low
        values = [ratio, low, high, p]
        if kind.null == 0:
            values = [10 * (v - 1) for v in (ratio, low, high)] + [p]
    names = [kind.statistic, f"{kind.ends}_low", f"{kind.ends}_high"]
    made = {f"{kind.at}.{name}": value for name, value in zip(names, values, strict=False)}
    made[kind.p if "." in kind.p else f"{kind.at}.{kind.p}"] = values[3]
    reason = {"code": "no_events", "message": "There were no events."}
    statistics = {
        name: {"value": value, "statistic": name.rpartition(".")[2], "analysis": "x",
               "error": None if value is not None else reason}
        for name, value in made.items()
    }  # fmt: skip
    if one.kind == "graded":  # the figure of grades is laid out beside the text
        for grade, arm in product(("0", "1"), ("a", "b")):
            statistics[f"x.month_6.{grade}.{arm}.n"] = {"value": 50, "statistic": "n", "analysis": "x"}
    statistics["design.ci_level_percent"] = {"value": 95, "statistic": "ci_level_percent", "analysis": None}
    statistics["design.alpha"] = {"value": 0.05, "statistic": "alpha", "analysis": None}
    about = {"null": kind.null, "alpha": 0.05, "n_analysed": {"a": 100, "b": 100}}
    return {"statistics": statistics, "analyses": {"x": about}, "labels": {}, "software": {}, "pairs": {}}


def sentences_of(one: Combination) -> Sentences:
    """What the paper's templates say of a combination."""
    inputs = Inputs(study_of(one), "made-up", results_of(one), {}, Bibliography({}, b""), {})
    composer = _Composer(inputs, load_style("icmje"))
    said = []
    for source in (
        '{% from "paper/conclusion.j2" import associations with context %}{{ associations() }}',
        "{{ opening(design_word) }}",
    ):
        text = composer.environment.from_string(source).render()
        plain, marks = to_plain(" ".join(text.split()), lambda i: composer.emit.entries[i].text)
        said.append((plain, [composer.emit.entries[i] for i, _, _ in marks]))
    (conclusion, first), (opening, second) = said
    return Sentences(conclusion, opening, (*first, *second))


def combinations(kinds: tuple[str, ...] = ("binary",)) -> Iterator[Combination]:
    yield from (Combination(*one) for one in product(DESIGNS, ROLES, (True, False), ("lower", "higher"), STATES, kinds))


def vocabulary() -> str:
    """The part of the page on the closed set."""
    lines = ["| claim | words | what must be true | predicates |", "|---|---|---|---|"]
    for phrase in PHRASES:
        words = "; ".join(" / ".join(dict.fromkeys(pair)) for pair in phrase.words)
        lines.append(f"| {phrase.use} | {words} | {phrase.when} | {', '.join(f'`{op}`' for op in phrase.ops)} |")
    lines += ["", "| size of a ratio of risks or rates | from | to |", "|---|---|---|"]
    lines += [f"| {one.words} | {one.low:.3g} | {one.high:.3g} |" for one in SIZES]
    lines += ["", "| share of patients | from | to |", "|---|---|---|"]
    lines += [f"| {one.words} | {one.low:g}% | {one.high:g}% |" for one in SHARES]
    return "\n".join(lines) + "\n"


def sentences() -> str:
    """The part of the page with all combinations: conclusions by design, then openings."""
    lines = []
    shown = ("randomised", "treatment by routine care")
    for better in ("lower", "higher"):
        lines += [f"### Conclusions, {better} is better", ""]
        lines += ["| outcome | result | randomised | not randomised |", "|---" * 4 + "|"]
        for role, planned, state in product(ROLES, (True, False), STATES):
            told = [sentences_of(Combination(d, role, planned, better, state)).conclusion for d in shown]
            about = f"{role}, {'prespecified' if planned else 'not prespecified'}"
            lines.append(f"| {about} | {STATES[state]} | {' | '.join(map(_cell, told))} |")
        lines.append("")
    lines += ["### Kinds of outcomes, primary and prespecified, lower is better", ""]
    lines += [
        "| kind | result | conclusion, randomised | conclusion, not randomised | opening of the discussion |",
        "|---" * 5 + "|",
    ]
    for kind, state in product(KINDS, STATES):
        one = Combination("randomised", "primary", True, "lower", state, kind)
        made, other = sentences_of(one), sentences_of(replace(one, design="treatment by routine care"))
        told = (made.conclusion, other.conclusion, made.opening)
        lines.append(f"| {kind} | {STATES[state]} | {' | '.join(map(_cell, told))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def page(text: str) -> str:
    """The page with its parts written anew."""
    for name, part in (("vocabulary", vocabulary()), ("sentences", sentences())):
        begin, end = f"<!-- {name}: written by benchmarks/claims.py -->\n", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{PAGE.name} has no marks for {name}: {begin.strip()} … {end}")
        text = pattern.sub(lambda _, new=f"{begin}\n{part}\n{end}": new, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description="The vocabulary of claims, and the sentences of all combinations.")
    parser.add_argument("--write", action="store_true", help="write docs/wording.md")
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(vocabulary(), sentences(), sep="\n")


if __name__ == "__main__":
    main()
