"""What templates may call and loop over: the emitter's functions, the claims, and the study's parts in plain lists.

Nothing here computes a statistic. Where a choice of words depends on results, the claims decide.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from report import numbers
from report.claims import Claims
from report.emit import Emitter, at_path
from report.errors import ReportError
from report.kinds import (
    Binary,
    Count,
    Crossed,
    Graded,
    Outcome,
    Score,
    Skewed,
    Subgroups,
    Survival,
    name_part,
    outcome_of,
)
from report.ledger import Entry
from report.markdown import CELL, Md, escape

INDENT = Md("[]{.indent}")  # begins a row's label that stands under another one
MONTHS = tuple(calendar.month_name)[1:]
_PREPOSITIONS = frozenset(
    (
        "after",
        "at",
        "before",
        "by",
        "during",
        "from",
        "in",
        "on",
        "over",
        "through",
        "throughout",
        "until",
        "up",
        "within",
    )
)
_SINGULAR = frozenset(("percentage points", "points", "days", "weeks", "months", "years", "hours", "minutes"))
_SPANS = frozenset(("second", "minute", "min", "hour", "day", "week", "month", "year"))
TITLE_HOLDS = 3  # labels of outcomes that a heading or caption holds
_OF_FAMILY = ".multiplicity.p"
_MOST_TOLD = 2  # comparisons of every outcome that the text tells in full
_ABSTRACT_HOLDS = 6  # as many comparisons with each other arm; of more, the abstract gives those of the main outcomes


@dataclass(frozen=True)
class Contrast:
    """Two arms, first against second; ``id`` as in statistics' names."""

    id: str
    arm: str
    reference: str


@dataclass(frozen=True)
class MainEstimate:
    """The estimate that the text leads with."""

    name: str
    p: str
    subject: Md
    adjusted: bool
    mixed: bool = False


@dataclass(frozen=True)
class Conclusion:
    """One comparison that the conclusion speaks of. ``path``: where study.yml declares it; ``words``: for an estimate
    above and below the value of no difference; ``were``: the subject's verb."""

    name: str
    stem: str
    p: str
    subject: Md
    confirmatory: bool
    article: str
    path: str
    words: tuple[str, str] = ("higher", "lower")
    were: str = "was"


def of_family(p: str) -> bool:
    """Whether a P value's name is that of one adjusted for the number of comparisons."""
    return p.endswith(_OF_FAMILY)


def markdown(part: object) -> str:
    """A part of a sentence as Markdown: as it is where it is Markdown already, else escaped."""
    return str(part) if hasattr(part, "__html__") else str(escape(part))


def phrase(template: str, *parts: object) -> Md:
    """``template`` with Markdown parts put in place of its ``{}``."""
    return Md(template.format(*map(markdown, parts)))


def joined(parts: Iterable[object], last: str = "and", *, apart: bool = False) -> Md:
    """'a', 'a and b', 'a, b and c'; with ``apart`` 'a, or b; c; and d' where a part has a comma of its own."""
    items = [markdown(part) for part in parts]
    if apart and len(items) > 1 and any(", " in item for item in items):
        return Md(f"{'; '.join(items[:-1])}; {last} {items[-1]}")
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
        self.crossover = study["design"]["type"] == "crossover"
        self.groups: list[str] = list(study["design"]["sequences"]) if self.crossover else self.arms
        self.contrasts = [Contrast(f"{a}_vs_{reference}", a, reference) for a in self.arms if a != reference]
        self.participants = next(
            str(key)
            for key, file in study["files"].items()
            if any(column.get("role") in ("arm", "sequence") for column in file["columns"].values())
        )
        self.outcomes: list[Outcome] = [outcome_of(emit, key) for key in study["outcomes"]]
        self.scores = [o for o in self.outcomes if isinstance(o, Score)]
        self.crossed = [o for o in self.outcomes if isinstance(o, Crossed)]
        self.skewed = [o for o in self.outcomes if isinstance(o, Skewed)]
        self.counts = [o for o in self.outcomes if isinstance(o, Count)]
        self.binaries = [o for o in self.outcomes if isinstance(o, Binary)]
        self.graded = [o for o in self.outcomes if isinstance(o, Graded)]
        self.before = [o for o in self.scores if o.first]
        pairs = emit.results.get("pairs") or {}
        self.each_patient = all(f"{o.id}.{o.later[-1]}" in pairs for o in self.before)
        self.survivals = [o for o in self.outcomes if isinstance(o, Survival)]
        by_id = {o.id: o for o in self.outcomes}
        self.subgroups = [
            Subgroups(emit, by_id[one["outcome"]], one["column"], self.participants, one["prespecified"])
            for one in study.get("subgroups") or []
        ]
        self.sections: list[str] = list(dict.fromkeys(o.section for o in self.outcomes))
        self.harms = study.get("adverse_events") is not None
        self.followup_times = [t for t in study["timepoints"] if emit.has(f"flow.{self.groups[0]}.lost_{t}")]
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
        """'15 January 2026' (or 'January 15, 2026' in American English) from an ISO date of study.yml; 'January 2026'
        from a month."""
        value = str(at_path(self.study, path))
        year, month, *day = (int(part) for part in value.split("-"))
        note: Callable[[int], Md] = lambda v: self.emit.note(Entry("constant", path, str(v), raw=value))  # noqa: E731
        name = MONTHS[month - 1]
        if not day:
            return Md(f"{name} {note(year)}")
        if self.style.language == "en-US":
            return Md(f"{name} {note(day[0])}, {note(year)}")
        return Md(f"{note(day[0])} {name} {note(year)}")

    # ---- names of things -------------------------------------------------------

    def treatment(self, arm: str) -> Md:
        return self.emit.declared(f"arms.{arm}.treatment")

    def group(self, arm: str) -> Md:
        """'the placebo group'; in a cross-over 'placebo' of a treatment, 'the A–B sequence' of a group of patients."""
        if not self.crossover:
            return phrase("the {} group", self.group_in_text(arm))
        return self.treatment(arm) if arm in self.arms else phrase("the {} sequence", self.group_short(arm))

    def under(self, arm: str) -> Md:
        """'in the placebo group'; in a cross-over 'with placebo'."""
        return phrase("with {}" if self.crossover else "in {}", self.group(arm))

    def assigned_to(self, group: str) -> Md:
        """The treatment of a group of patients; in a cross-over their treatments in order."""
        if self.crossover:
            return self.emit.declared(f"design.sequences.{group}.label", lower_first=True)
        return self.treatment(group)

    def group_in_text(self, arm: str) -> Md:
        """The short name inside a sentence: 'placebo', but 'AZA'."""
        return self.emit.declared(f"arms.{arm}.short", lower_first=True)

    def group_short(self, arm: str) -> Md:
        return self.emit.declared(f"arms.{arm}.short" if arm in self.arms else f"design.sequences.{arm}.short")

    def time(self, timepoint: str) -> Md:
        return self.emit.declared(f"timepoints.{timepoint}.label")

    def time_lower(self, timepoint: str) -> Md:
        return self.emit.declared(f"timepoints.{timepoint}.label", lower_first=True)

    def when(self, timepoint: str, capital: bool = False) -> Md:
        """'at 6 months'; 'before treatment' where the label begins with a preposition of its own. ``capital``: for
        the start of a sentence."""
        if self.study["timepoints"][timepoint]["period"] is not None:
            return phrase("In {}" if capital else "in {}", self.time_lower(timepoint))
        if self.study["timepoints"][timepoint].get("in_sentence"):
            return self.emit.declared(f"timepoints.{timepoint}.in_sentence", lower_first=not capital, capital=capital)
        if self.begins_itself(timepoint):
            return self.time(timepoint) if capital else self.time_lower(timepoint)
        return phrase("At {}" if capital else "at {}", self.time_lower(timepoint))

    def until(self, timepoint: str, capital: bool = False) -> Md:
        """'by 6 months', or 'within 30 days' where the label begins with a preposition of its own."""
        if self.begins_itself(timepoint):
            return self.when(timepoint, capital)
        return phrase("By {}" if capital else "by {}", self.time_lower(timepoint))

    def begins_itself(self, timepoint: str) -> bool:
        """Whether a time point is said with a preposition of its own."""
        if self.study["timepoints"][timepoint].get("in_sentence"):
            return True
        return str(self.study["timepoints"][timepoint]["label"]).split(" ")[0].lower() in _PREPOSITIONS

    def arm_in(self, arm: str) -> Md:
        """The treatment as the design lets it be said of patients: 'assigned to placebo', 'treated with placebo'."""
        return phrase("treated with {}" if self.non_randomised else "assigned to {}", self.treatment(arm))

    def declared_list(self, path: str, lower_first: bool = False) -> list[Md]:
        return [
            self.emit.declared(f"{path}.{i}", lower_first=lower_first) for i in range(len(at_path(self.study, path)))
        ]

    def label(self, row: Mapping[str, Any]) -> Md:
        """The label of a baseline row, with its unit."""
        if row.get("outcome"):
            outcome = next(o for o in self.outcomes if o.id == row["outcome"])
            return phrase("{}, {}", outcome.heading, self.emit.declared(f"outcomes.{outcome.id}.unit"))
        unit = self.emit.declared(f"files.{self.participants}.columns.{row['column']}.unit")
        label = self.column_label(row["column"])
        return phrase("{}, {}", label, unit) if unit else label

    def column_label(self, column: str, lower: bool = False) -> Md:
        """The label of a column of the participants' file. Raises ReportError where it has none."""
        path = f"files.{self.participants}.columns.{column}"
        if not self.study["files"][self.participants]["columns"][column].get("label"):
            raise ReportError(f"The column {column} is printed but has no name. Add {path}.label to study.yml.")
        return self.emit.declared(f"{path}.label", lower_first=lower)

    def affiliation_mark(self, key: str) -> str:
        return chr(ord("a") + list(self.study["affiliations"]).index(key))

    def plural(self, items: list[Any], one: str, many: str | None = None) -> str:
        return one if len(items) == 1 else (many or f"{one}s")

    def unit_of(self, name: str, unit: object) -> object:
        """The unit after an estimate, in the singular where 1 is printed: '1 percentage point', '−1 day'."""
        value = self.emit.value(name)
        if str(unit) not in _SINGULAR or value is None:
            return unit
        shown = numbers.fixed(abs(value), self.emit.decimals(name), self.style)
        return str(unit).removesuffix("s") if shown == "1" else unit

    def plural_of(self, name: str, one: str, many: str | None = None) -> str:
        return one if self.emit.value(name) == 1 else (many or f"{one}s")

    def article(self, word: str) -> str:
        return "an" if word[:1].lower() in "aeiou" else "a"

    def reasons(self, arm: str, family: str, counts: bool = True) -> list[Md]:
        """'leukopenia, 1' for each reason that the results count in an arm; ``counts``: with the number."""
        stem = f"flow.{arm}.{family}."
        labels = "lost_reason" if family.startswith("lost_") else family
        out = []
        for name in self.emit.results["statistics"]:
            if name.startswith(stem) and self.emit.value(name):
                key = f"flow.{labels}.{name[len(stem) :]}"
                label = self.emit.literal(self.emit.results["labels"][key], "label", key)
                out.append(phrase("{}, {}", label, self.emit.n(name)) if counts else label)
        return out

    # ---- parts of sentences ----------------------------------------------------

    def main_estimate(self, score: Score, time: str, c: Contrast) -> MainEstimate:
        """The difference by the mixed model or the adjusted one, where there is such, else the plain one."""
        mixed = f"{score.id}.{time}.{c.id}.mixed.difference"
        if self.emit.has(mixed):
            subject = phrase("least-squares mean {}", score.short)
            return MainEstimate(mixed, mixed.replace(".difference", ".p"), subject, False, True)
        adjusted = f"{score.id}.{time}.{c.id}.adjusted.difference"
        if self.emit.has(adjusted):
            subject = phrase("{}adjusted mean {}", "" if score.declared.get("adjust_for") else "baseline-", score.short)
            return MainEstimate(adjusted, adjusted.replace(".difference", ".p"), subject, True)
        name = f"{score.id}.{time}.{c.id}.difference"
        return MainEstimate(name, name.replace(".difference", ".p"), phrase("mean {}", score.short), False)

    def told_estimate(self, score: Score, time: str, c: Contrast) -> MainEstimate:
        """As `main_estimate`, with the P value of the family where study.yml declares one, and by Dunnett's method with
        its simultaneous interval."""
        main = self.main_estimate(score, time, c)
        p = self.tested_by(score, time, c, main.p)
        both = p.removesuffix("p") + "difference" if of_family(p) else ""
        return replace(main, p=p, name=both if both and self.emit.has(both) else main.name)

    def tested_by(self, o: Outcome, time: str, c: Contrast, p: str) -> str:
        """The name of the P value that decides: that of the family where study.yml declares one, else ``p``."""
        at = o.id if isinstance(o, Survival) else f"{o.id}.{time}"
        family = f"{at}.{c.id}{_OF_FAMILY}"
        return family if self.emit.estimable(family) else p

    def conclusions(self, c: Contrast) -> list[Conclusion]:
        """The comparisons of the conclusion: each outcome at its last time, then any harm; of many groups those of the
        main outcomes."""
        out = []
        leading = [o for o in self.outcomes if o.declared["role"] == "primary"] if self.crowded() else []
        for o in leading or self.outcomes:
            t = o.times[-1]
            stem = f"{o.id}.{t}.{c.id}"
            if isinstance(o, Crossed):
                name, ci, p, subject = self.crossed_estimate(o, c)
            elif isinstance(o, Score):
                if not o.later:
                    continue
                main = self.told_estimate(o, t, c)
                name, ci, p, subject = main.name, "ci", main.p, phrase("mean {} {}", o.short, self.when(t))
            elif isinstance(o, Skewed):
                name, ci, p = f"{stem}.ranks.shift", "shift_ci", f"{stem}.ranks.p"
                subject = self.at_time(o.name, o, t)
            elif isinstance(o, Count):
                name, ci, p = f"{stem}.rate.ratio", "ci", f"{stem}.rate.p"
                subject = phrase("rate of {} {}", o.noun, self.until(t))
            elif isinstance(o, Binary):
                name, ci, p = f"{stem}.risk_difference", "rd_ci", f"{stem}.p"
                subject = self.at_time(self.risk_of(o), o, t)
            elif isinstance(o, Graded):
                name, ci, p = f"{stem}.odds.odds_ratio", "ci", f"{stem}.odds.p"
                subject = self.at_time(self.odds_of(o), o, t)
            else:
                name, ci, p = f"{o.id}.{c.id}.cox.hazard_ratio", "ci", f"{o.id}.{c.id}.logrank.p"
                subject = phrase("hazard of {}", o.short)
            out.append(self.conclusion_on(o, name, ci, self.tested_by(o, t, c, p), subject, o.confirmatory))
        if self.harms and not leading:
            noun = self.emit.declared("adverse_events.noun")
            name, p = f"harms.any.{c.id}.risk_difference", f"harms.any.{c.id}.fisher_p"
            p = p if self.emit.has(p) else f"harms.any.{c.id}.p"
            if self.crossover:
                name, p = f"harms.any.{c.id}.paired.risk_difference", f"harms.any.{c.id}.paired.mcnemar_p"
            subject = phrase("recorded incidence of {}s", noun)
            out.append(Conclusion(name, "rd_ci", p, subject, False, "a ", "adverse_events"))
        return out

    def conclusion_on(self, o: Outcome, name: str, ci: str, p: str, subject: Md, confirmatory: bool) -> Conclusion:
        """The comparison of an outcome with the words that fit its kind: lower odds, a lower risk, a shorter stay."""
        words, were = self.words_of(o), "were" if isinstance(o, Graded) else "was"
        plain = isinstance(o, Graded) or (isinstance(o, Skewed) and words[0] == "higher")
        return Conclusion(name, ci, p, subject, confirmatory, "" if plain else "a ", f"outcomes.{o.id}", words, were)

    def words_of(self, o: Outcome) -> tuple[str, str]:
        """'longer' and 'shorter' of a span of time that is described by its median, else 'higher' and 'lower'."""
        if isinstance(o, Skewed) and o.unit.casefold().rstrip("s") in _SPANS:
            return "longer", "shorter"
        return "higher", "lower"

    def several(self) -> bool:
        """Whether more than one group is compared with the reference."""
        return len(self.contrasts) > 1

    def crowded(self) -> bool:
        """Whether the groups are so many that the text gives the main comparisons only, and the tables the rest."""
        return len(self.contrasts) > _MOST_TOLD

    def crossed_estimate(self, o: Crossed, c: Contrast) -> tuple[str, str, str, Md]:
        """The comparison within patients: its statistic's name, stem of its limits, name of P, and what it is of."""
        stem = f"{o.id}.{c.id}"
        if not o.binary:
            return f"{stem}.within.difference", "ci", f"{stem}.within.p", phrase("mean {}", o.short)
        test = f"{stem}.mainland_gart.p"
        p = test if self.emit.has(test) else f"{stem}.conditional.p"
        return f"{stem}.paired.risk_difference", "rd_ci", p, self.risk_of(o)

    def at_time(self, said: Md, o: Outcome, time: str) -> Md:
        """``said`` with 'at 6 months', where the outcome's label does not say so itself."""
        return said if o.tells(time) else phrase("{} {}", said, self.when(time))

    def label_at(self, o: Outcome, time: str) -> Md:
        """The label of an outcome with its time, for a row or a title."""
        return self.at_time(self.emit.declared(f"outcomes.{o.id}.label"), o, time)

    def risk_of(self, o: Outcome) -> Md:
        """'risk of death', 'proportion with improvement'."""
        return phrase("risk of {}" if o.declared["better"] == "lower" else "proportion with {}", o.name)

    def odds_of(self, o: Graded) -> Md:
        """'odds of a better grade of response': the odds of a level above, of which the odds ratio is."""
        words = {"higher": "better", "lower": "worse"}
        return phrase("odds of a {} grade of {}", self.claims.is_(f"outcomes.{o.id}.better", words), o.short)

    def in_abstract(self, o: Outcome) -> bool:
        """Whether the abstract gives an outcome: all where they are few, else those of the first rank."""
        main = [one for one in self.outcomes if one.declared["role"] == "primary"]
        made = sum(len(one.times) for one in self.outcomes) * (len(self.contrasts) if self.crowded() else 1)
        return made <= _ABSTRACT_HOLDS or not main or o in main

    def baseline_smds(self, c: Contrast) -> list[Md]:
        named = [(f"baseline.{o.id}.{c.id}.smd", o) for o in self.before]
        return [phrase("{} for {}", self.emit.n(name), o.short) for name, o in named if self.emit.has(name)]

    def distances(self) -> list[str]:
        """The rows of baseline whose standardised difference has no sign: categories of more than two levels."""
        columns = self.study["files"][self.participants]["columns"]
        return [
            name_part(row["column"])
            for row in self.study["baseline"]
            if row["summary"] == "count" and len(columns[row["column"]]["levels"]) > 2
        ]

    def _smds(self, c: Contrast) -> dict[str, float]:
        """The standardised differences that have a sign."""
        ending, unsigned = f".{c.id}.smd", {f"baseline.{key}.{c.id}.smd" for key in self.distances()}
        return {
            name: float(r["value"])
            for name, r in self.emit.results["statistics"].items()
            if name.startswith("baseline.")
            and name.endswith(ending)
            and r["value"] is not None
            and name not in unsigned
        }

    def extreme_smd(self, contrasts: Sequence[Contrast], which: str) -> str:
        """The statistic's name of the smallest or largest standardised difference, in figures as they stand."""
        smds = {name: value for c in contrasts for name, value in self._smds(c).items()}
        if not smds:
            raise ReportError("No standardised mean difference could be computed, but the text asks for their range.")
        return (min if which == "lowest" else max)(smds, key=lambda k: smds[k])

    def has_smds(self, c: Contrast) -> bool:
        return bool(self._smds(c))

    def measured_counts(self, score: Outcome, time: str) -> list[Md]:
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
        """'EDSS and ADL at 6 months and at 12 months (2 patients each)': outcomes and times with missing values, those
        with the same number in all together."""
        told: dict[Any, tuple[Md, list[tuple[Outcome, str]]]] = {}
        for o in self.outcomes:
            if isinstance(o, Count | Survival):
                continue
            for t in o.all_times if isinstance(o, Score) else o.times:
                totals = [f"{o.id}.{t}.total.missing"]
                names = totals if self.emit.has(totals[0]) else [f"{o.id}.{t}.{g}.missing" for g in self.arms]
                where = [Md("")] if names == totals else [phrase(" {}", self.under(g)) for g in self.arms]
                if self.crossover and names != totals:  # in a period, not every sequence has every treatment
                    there = [i for i, name in enumerate(names) if self.emit.has(name)]
                    names, where = [names[i] for i in there], [where[i] for i in there]
                parts = [
                    phrase("{} {}{}", self.emit.n(name), self.plural_of(name, "patient"), place)
                    for name, place in zip(names, where, strict=True)
                    if self.emit.has(name) and self.emit.value(name)
                ]
                if parts:
                    alone = names == totals
                    kind = self.emit.value(names[0]) if alone else (o.id, t)
                    told.setdefault(kind, (joined(parts), []))[1].append((o, t))
        return [self._missing_alike(counts, places) for counts, places in told.values()]

    def _missing_alike(self, counts: Md, places: list[tuple[Outcome, str]]) -> Md:
        times: dict[str, list[str]] = {}
        for o, t in places:
            times.setdefault(o.id, []).append(t)
        alike: dict[tuple[str, ...], list[Outcome]] = {}
        for o in {o.id: o for o, _ in places}.values():
            alike.setdefault(tuple(times[o.id]), []).append(o)
        said = [
            phrase("{} {}", joined(o.short for o in these), joined(map(self.when, at))) for at, these in alike.items()
        ]
        return phrase("{} ({}{})", joined(said), counts, " each" if len(places) > 1 else "")

    # ---- what the data record ------------------------------------------------------

    def recorded(self, what: str) -> bool:
        """Whether ``flow.G.what`` is known in every arm."""
        return all(self.emit.estimable(f"flow.{g}.{what}") for g in self.groups)

    def known_of(self, what: str) -> bool:
        """Whether ``flow.G.what`` is known in some arm."""
        return any(self.emit.estimable(f"flow.{g}.{what}") for g in self.groups)

    def lost_times(self) -> list[str]:
        """The time points before which patients of some arm are known to be lost or not."""
        return [t for t in self.followup_times if self.known_of(f"lost_{t}")]

    def not_recorded(self) -> list[str]:
        """What of the flow of patients the data do not say."""
        if self.crossover:  # who entered each period is told instead
            return [] if self.known_of("stopped") else ["stopped treatment early"]
        said = [
            ("received the treatment as planned", self.known_of("received")),
            ("stopped it early", self.known_of("stopped")),
            ("were lost to follow-up", bool(self.lost_times())),
        ]
        return [text for text, known in said if not known]

    def analysed(self, arm: str, o: Outcome, time: str) -> str:
        """The statistic's name of the patients of an arm in the analysis of an outcome; '' where there is none."""
        names = (f"flow.{arm}.analysed_{o.id}_{time}", f"{o.id}.{time}.{arm}.of", f"{o.id}.{arm}.n")
        return next((name for name in names if self.emit.has(name)), "")

    def without_value(self, o: Outcome) -> list[str]:
        """The time points of an outcome for which patients without a value are counted in each arm."""
        if isinstance(o, Count | Survival):
            return []
        return [t for t in o.times if all(self.emit.has(f"{o.id}.{t}.{g}.missing") for g in self.arms)]

    def harms_seen(self, what: str = "any") -> bool:
        """Whether a patient of any group had such an event."""
        return any(self.emit.value(f"harms.{what}.{g}.n") for g in self.arms)

    def start_said(self) -> Md:
        """The first time point as it stands after 'from': 'before treatment' tells no time to count from."""
        first = next(iter(self.study["timepoints"]))
        label = str(self.study["timepoints"][first]["label"])
        return Md("enrolment") if label.split(" ")[0].lower() in _PREPOSITIONS else self.time_lower(first)

    def serious_known(self, what: str = "serious") -> bool:
        return all(self.emit.has(f"harms.{what}.{g}.n") for g in self.arms)

    def method_of(self, name: str, words: Mapping[str, str], key: str = "method") -> Md:
        """The words for the method (or with ``key`` another part) of the analysis behind a statistic."""
        path = f"analyses.{self.emit.record(name)['analysis']}.{key}"
        return self.claims.is_(path, words, where="results")

    def adjusted_for(self, o: Outcome) -> list[Md]:
        return [self.column_label(column, lower=True) for column in o.declared.get("adjust_for") or []]

    def means_said(self, o: Score, t: str, g: str) -> Md:
        """'the mean was 54 (SD 10) at baseline and 62 (SD 17) at one month' of a group."""
        times = list(dict.fromkeys([*([o.first] if o.first else []), t]))
        score = "mean score" if o.declared.get("instrument") else "mean"
        names = [f"{o.id}.{time}.{g}" for time in times]
        if not any(self.emit.estimable(f"{name}.mean") for name in names):
            return phrase("the {} {}", Md(score), self.claims.not_estimable(f"{names[-1]}.mean"))
        each = (phrase("{} {}", self.mean_said(x), self.when(time)) for x, time in zip(names, times, strict=True))
        return phrase("the {} was {}", Md(score), joined(each))

    def mean_said(self, stem: str) -> Md:
        """'54 (SD 10)' in a sentence, or why there is no mean."""
        if not self.emit.estimable(f"{stem}.mean"):
            return self.claims.not_estimable(f"{stem}.mean", "not estimable")
        return phrase("{} (SD {})", self.emit.n(f"{stem}.mean"), self.emit.n(f"{stem}.sd"))

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
        return (
            self.study["design"]["type"] != "cluster"
            and self.style.table.baseline_p[self.study["design"]["allocation"]]
        )

    def study_uses_sd(self) -> bool:
        """Whether a row of the table of baseline is a mean."""
        return any(row["summary"] == "mean" for row in self.study["baseline"])

    def equal_groups(self) -> bool:
        return len({self.emit.value(f"flow.{g}.assigned") for g in self.groups}) == 1

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
            "n_of_cell",
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
        claimed = (
            "state",
            "direction",
            "firm",
            "firmly",
            "disputed",
            "unclear",
            "not_estimable",
            "not_estimable_alone",
            "is_",
            "reason",
        )
        own = {
            k: getattr(self, k) for k in dir(self) if not k.startswith("_") and k not in ("emit", "claims", "globals")
        }
        return (
            own
            | {k: getattr(self.emit, k) for k in emitted}
            | {k: getattr(self.claims, k) for k in claimed}
            | {"phrase": phrase, "joined": joined, "name_part": name_part, "indent": INDENT}
        )
