"""What templates may call and loop over: the emitter's functions, the claims, and the study's parts in plain lists.

Nothing here computes a statistic. Where a choice of words depends on results, the claims decide.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from report.claims import Claims
from report.emit import Emitter, at_path
from report.errors import ReportError
from report.ledger import Entry
from report.markdown import CELL, Md, escape

MONTHS = tuple(calendar.month_name)[1:]


@dataclass(frozen=True)
class Contrast:
    """Two arms, first against second; ``id`` as in statistics' names."""

    id: str
    arm: str
    reference: str


@dataclass(frozen=True)
class Score:
    """A continuous or ordinal outcome with a value before treatment and later ones."""

    emit: Emitter
    id: str
    unit: str
    first: str
    later: tuple[str, ...]
    ordinal: bool

    @property
    def short(self) -> Md:
        """The short name, emitted anew at each use: it may hold a number (SF-36)."""
        return self.emit.declared(f"outcomes.{self.id}.short")


@dataclass(frozen=True)
class Count:
    """An outcome of recurrent events."""

    id: str
    noun: str
    singular: str
    times: tuple[str, ...]


@dataclass(frozen=True)
class MainEstimate:
    """The estimate that the text leads with."""

    name: str
    p: str
    subject: Md
    adjusted: bool


@dataclass(frozen=True)
class Conclusion:
    """One comparison that the conclusion speaks of."""

    name: str
    stem: str
    subject: Md


def markdown(part: object) -> str:
    """A part of a sentence as Markdown: as it is where it is Markdown already, else escaped."""
    return str(part) if hasattr(part, "__html__") else str(escape(part))


def phrase(template: str, *parts: object) -> Md:
    """``template`` with Markdown parts put in place of its ``{}``."""
    return Md(template.format(*map(markdown, parts)))


def joined(parts: Iterable[object], last: str = "and") -> Md:
    """'a', 'a and b', 'a, b and c'."""
    items = [markdown(part) for part in parts]
    if len(items) < 2:
        return Md("".join(items))
    return Md(f"{', '.join(items[:-1])} {last} {items[-1]}")


@dataclass
class Context:
    """The names that templates see are the public attributes and methods, through ``globals()``."""

    emit: Emitter
    claims: Claims
    references: Collection[str] = ()

    def __post_init__(self) -> None:
        study, emit = self.emit.study, self.emit
        self.study = study
        self.style = emit.style
        self.arms: list[str] = list(study["arms"])
        reference = study["reference_arm"]
        self.contrasts = [Contrast(f"{a}_vs_{reference}", a, reference) for a in self.arms if a != reference]
        self.scores: list[Score] = []
        self.counts: list[Count] = []
        for key, outcome in study["outcomes"].items():
            times = [t for t in study["timepoints"] if t in outcome["timepoints"]]
            if outcome["kind"] in ("continuous", "ordinal"):
                self.scores.append(
                    Score(emit, key, outcome["unit"], times[0], tuple(times[1:]), outcome["kind"] == "ordinal")
                )
            elif outcome["kind"] == "count":
                noun = str(outcome["short"])
                self.counts.append(Count(key, noun, noun.removesuffix("s"), tuple(times)))
        self.harms = study.get("adverse_events") is not None
        self.followup_times = [t for t in study["timepoints"] if emit.has(f"flow.{self.arms[0]}.lost_{t}")]
        self.simulated = study["data"] == "simulated"
        self.non_randomised = study["design"]["allocation"] == "non-randomised"

    # ---- numbers and claims ----------------------------------------------------

    def ci(self, name: str, stem: str = "ci") -> Md:
        """'95% CI 2.0 to 10.2' of the estimate ``name``."""
        return self.emit.ci(name.rpartition(".")[0], stem)

    def limits(self, name: str, stem: str = "ci") -> Md:
        return self.emit.limits(name.rpartition(".")[0], stem)

    def one_limit(self, name: str, stem: str = "ci") -> bool:
        """Whether an interval has exactly one finite limit."""
        prefix = name.rpartition(".")[0]
        return self.emit.estimable(f"{prefix}.{stem}_low") != self.emit.estimable(f"{prefix}.{stem}_high")

    def heading(self, part: str) -> str:
        return self.style.abstract.headings[part]  # type: ignore[index]

    def cite(self, key: str | None) -> Md:
        """A template's own citation, where the study's references hold the key."""
        return Md(f" [@{key}]") if key in self.references else Md("")

    def date(self, path: str) -> Md:
        """'15 January 2026' (or 'January 15, 2026' in American English) from an ISO date of study.yml."""
        value = at_path(self.study, path)
        day = dt.date.fromisoformat(str(value))
        note: Callable[[int], Md] = lambda v: self.emit.note(Entry("constant", path, str(v), raw=str(value)))  # noqa: E731
        month = MONTHS[day.month - 1]
        if self.style.language == "en-US":
            return Md(f"{month} {note(day.day)}, {note(day.year)}")
        return Md(f"{note(day.day)} {month} {note(day.year)}")

    # ---- names of things -------------------------------------------------------

    def treatment(self, arm: str) -> Md:
        return self.emit.declared(f"arms.{arm}.treatment")

    def group(self, arm: str) -> Md:
        return phrase("the {} group", self.emit.declared(f"arms.{arm}.short"))

    def group_short(self, arm: str) -> Md:
        return self.emit.declared(f"arms.{arm}.short")

    def time(self, timepoint: str) -> Md:
        return self.emit.declared(f"timepoints.{timepoint}.label")

    def time_lower(self, timepoint: str) -> Md:
        return self.emit.declared(f"timepoints.{timepoint}.label", lower_first=True)

    def declared_list(self, path: str, lower_first: bool = False) -> list[Md]:
        return [
            self.emit.declared(f"{path}.{i}", lower_first=lower_first) for i in range(len(at_path(self.study, path)))
        ]

    def label(self, row: Mapping[str, Any]) -> Md:
        """The label of a baseline row, with its unit."""
        if row.get("outcome"):
            path, unit = f"outcomes.{row['outcome']}.short", self.study["outcomes"][row["outcome"]]["unit"]
        else:
            column = self.study["files"]["participants"]["columns"][row["column"]]
            path = f"files.participants.columns.{row['column']}.label"
            unit = column.get("unit")
        return phrase("{}, {}", self.emit.declared(path), unit) if unit else self.emit.declared(path)

    def affiliation_mark(self, key: str) -> str:
        return chr(ord("a") + list(self.study["affiliations"]).index(key))

    def plural(self, items: list[Any], one: str, many: str | None = None) -> str:
        return one if len(items) == 1 else (many or f"{one}s")

    def plural_of(self, name: str, one: str, many: str | None = None) -> str:
        return one if self.emit.value(name) == 1 else (many or f"{one}s")

    def article(self, word: str) -> str:
        return "an" if word[:1].lower() in "aeiou" else "a"

    def reasons(self, arm: str, family: str, counts: bool = True) -> list[Md]:
        """'leukopenia, 1' for each reason that the results count in an arm; ``counts``: with the number."""
        stem = f"flow.{arm}.{family}."
        labels = "stopped_reason" if family == "stopped_reason" else "lost_reason"
        out = []
        for name in self.emit.results["statistics"]:
            if name.startswith(stem) and self.emit.value(name):
                key = f"flow.{labels}.{name[len(stem) :]}"
                label = self.emit.literal(self.emit.results["labels"][key], "label", key)
                out.append(phrase("{}, {}", label, self.emit.n(name)) if counts else label)
        return out

    # ---- parts of sentences ----------------------------------------------------

    def main_estimate(self, score: Score, time: str, c: Contrast) -> MainEstimate:
        """The baseline-adjusted difference where it was computed, else the plain one."""
        adjusted = f"{score.id}.{time}.{c.id}.adjusted.difference"
        if self.emit.has(adjusted):
            subject = phrase("baseline-adjusted mean {}", score.short)
            return MainEstimate(adjusted, adjusted.replace(".difference", ".p"), subject, True)
        name = f"{score.id}.{time}.{c.id}.difference"
        return MainEstimate(name, name.replace(".difference", ".p"), phrase("mean {}", score.short), False)

    def conclusions(self, c: Contrast) -> list[Conclusion]:
        """The comparisons of the conclusion: each score at its last time, each count over its last period, any harm."""
        out = []
        for o in self.scores:
            if o.later:
                main = self.main_estimate(o, o.later[-1], c)
                out.append(Conclusion(main.name, "ci", phrase("mean {} at {}", o.short, self.time(o.later[-1]))))
        for k in self.counts:
            t = k.times[-1]
            out.append(
                Conclusion(f"{k.id}.{t}.{c.id}.rate.ratio", "ci", phrase("rate of {} by {}", k.noun, self.time(t)))
            )
        if self.harms:
            noun = self.emit.declared("adverse_events.noun")
            out.append(
                Conclusion(f"harms.any.{c.id}.risk_difference", "rd_ci", phrase("recorded incidence of {}s", noun))
            )
        return out

    def baseline_smds(self, c: Contrast) -> list[Md]:
        return [phrase("{} for {}", self.emit.n(f"baseline.{o.id}.{c.id}.smd"), o.short) for o in self.scores]

    def _smds(self, c: Contrast) -> dict[str, float]:
        ending = f".{c.id}.smd"
        return {
            name: float(r["value"])
            for name, r in self.emit.results["statistics"].items()
            if name.startswith("baseline.") and name.endswith(ending) and r["value"] is not None
        }

    def extreme_smd(self, c: Contrast, which: str) -> str:
        """The statistic's name of the smallest or largest standardised difference, in figures as they stand."""
        smds = self._smds(c)
        if not smds:
            raise ReportError("No standardised mean difference could be computed, but the text asks for their range.")
        return (min if which == "lowest" else max)(smds, key=lambda k: smds[k])

    def has_smds(self, c: Contrast) -> bool:
        return bool(self._smds(c))

    def measured_counts(self, score: Score, time: str) -> list[Md]:
        return [
            phrase(
                "{} of {} patients in {}",
                self.emit.n(f"{score.id}.{time}.{g}.n"),
                self.emit.n(f"flow.{g}.assigned"),
                self.group(g),
            )
            for g in self.arms
        ]

    def missing_outcomes(self) -> list[Md]:
        out = []
        for o in self.scores:
            for t in (o.first, *o.later):
                if self.emit.value(f"{o.id}.{t}.total.missing"):
                    name = f"{o.id}.{t}.total.missing"
                    noun = self.plural_of(name, "patient")
                    out.append(
                        phrase(
                            "{} {} {} ({} {})",
                            o.short,
                            "at" if t != o.first else "",
                            self.time_lower(t),
                            self.emit.n(name),
                            noun,
                        )
                    )
        return [Md(m.replace("  ", " ")) for m in out]

    def rate_models(self, count: Count) -> list[dict[str, Any]]:
        """The models behind an outcome's rate ratios in order of their use: ``path`` of the method's name in the
        results, and the ``times`` that it was used for."""
        found: dict[str, list[str]] = {}
        for t in count.times:
            found.setdefault(self.emit.results["analyses"][f"{count.id}.{t}.rate"]["method"], []).append(t)
        return [
            {
                "path": f"analyses.{count.id}.{times[0]}.rate.method",
                "method": method,
                "keys": times,
                "times": [self.time(t) for t in times],
            }
            for method, times in found.items()
        ]

    def term_labels(self, lower: bool = False) -> list[Md]:
        path = f"files.{self.study['adverse_events']['file']}.columns.{self.term_column()}.levels"
        return [self.emit.declared(f"{path}.{key}", lower_first=lower) for key in self.terms()]

    def term_column(self) -> str:
        columns = self.study["files"][self.study["adverse_events"]["file"]]["columns"]
        return next(str(name) for name, c in columns.items() if c.get("role") == "term")

    def terms(self) -> list[str]:
        columns = self.study["files"][self.study["adverse_events"]["file"]]["columns"]
        return list(columns[self.term_column()]["levels"])

    def term_label(self, term: str) -> Md:
        return self.emit.declared(
            f"files.{self.study['adverse_events']['file']}.columns.{self.term_column()}.levels.{term}"
        )

    def baseline_tested(self) -> bool:
        """Whether the style shows baseline tests for a study of this design."""
        return self.style.table.baseline_p[self.study["design"]["allocation"]]

    def equal_groups(self) -> bool:
        return len({self.emit.value(f"flow.{g}.assigned") for g in self.arms}) == 1

    def unmasked(self) -> bool:
        return bool(self.study["design"]["blinding"]["assessors"] != "yes")

    def any_prespecified(self) -> bool:
        return any(o["prespecified"] for o in self.study["outcomes"].values())

    def comparisons_made(self) -> int:
        return len(self.conclusions(self.contrasts[0])) if self.contrasts else 0

    def adjusted_used(self) -> bool:
        return any(self.main_estimate(o, t, c).adjusted for o in self.scores for t in o.later for c in self.contrasts)

    def ordinal_scores(self) -> list[Score]:
        return [o for o in self.scores if o.ordinal]

    def later_times(self) -> list[Md]:
        times = dict.fromkeys(t for o in self.scores for t in o.later)
        return [self.time(t) for t in times]

    def outcome_times(self, o: Count) -> list[Md]:
        return [self.time(t) for t in o.times]

    def software_used(self) -> list[Md]:
        """'Python 3.11', 'SciPy 1.17' for each program that the results name."""
        names = {
            "python": "Python",
            "numpy": "NumPy",
            "pandas": "pandas",
            "scipy": "SciPy",
            "statsmodels": "statsmodels",
        }
        return [
            phrase("{} {}", names.get(k, k), self.emit.software(k))
            for k in self.emit.results["software"]
            if k != "everynumber"
        ]

    def outcome_labels(self, items: list[Any]) -> list[Md]:
        return [
            self.emit.declared(f"outcomes.{o.id}.label", lower_first=i > 0 and not self.is_name(o.id))
            for i, o in enumerate(items)
        ]

    def is_name(self, outcome: str) -> bool:
        """An outcome whose label is its instrument's proper name keeps its capitals."""
        return bool(self.study["outcomes"][outcome]["label"] == self.study["outcomes"][outcome].get("instrument"))

    def cells(self, *parts: object) -> Md:
        """One row of a table, its cells with marks between them; a list stands for several cells."""
        flat = [cell for part in parts for cell in (part if isinstance(part, list) else [part])]
        return Md(CELL.join(map(markdown, flat)))

    def globals(self) -> dict[str, Any]:
        emitted = (
            "n",
            "p",
            "mean_sd",
            "median_iqr",
            "n_percent",
            "n_of_percent",
            "declared",
            "constant",
            "quoted",
            "term",
            "software",
            "category",
            "estimable",
            "value",
            "has",
            "ci_label",
        )
        claimed = ("state", "direction", "unclear", "not_estimable", "is_")
        own = {
            k: getattr(self, k) for k in dir(self) if not k.startswith("_") and k not in ("emit", "claims", "globals")
        }
        return (
            own
            | {k: getattr(self.emit, k) for k in emitted}
            | {k: getattr(self.claims, k) for k in claimed}
            | {"phrase": phrase, "joined": joined, "indent": Md("[]{.indent}")}
        )
