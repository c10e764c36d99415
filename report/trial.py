"""What templates use to tell of binary, graded and time-to-event outcomes, of subgroups, and of the flow of a trial.

Nothing here computes a statistic; where words depend on results, the claims decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report.context import TITLE_HOLDS, Context, Contrast, joined, phrase
from report.emit import SERIES, Emitter
from report.figures.survival import MOST_BANDS
from report.harms import Harms
from report.kinds import Binary, Count, Graded, Level, Outcome, Score, Skewed, Subgroups, Survival
from report.markdown import Md
from report.missing import TABLE, Missing
from report.panels import Panels, numbered

SUPPLEMENTARY = f"Supplementary table{SERIES}"
"""The kind of a float that stands in the supplement."""
_FLOW_LINES = 8  # lines of outcomes that a box of the flow diagram holds; of more it gives the main ones
_LONG_IN_WORDS = 100
_SMALL = 200  # patients, below which a trial is said to give wide intervals


@dataclass(frozen=True)
class Forest:
    """A forest plot: one outcome at one time in the levels of some columns, for one comparison."""

    id: str
    outcome: Outcome
    time: str
    contrast: Contrast
    items: tuple[Subgroups, ...]


@dataclass(frozen=True)
class Ratio:
    """The ratio that subgroups of an outcome are compared by: its statistic, the stem of its limits, its words."""

    statistic: str
    stem: str
    words: str

    def names(self, stem: str) -> str:
        """The statistics that are drawn: estimate, lower and upper limit."""
        name = f"{stem}.{self.statistic}"
        limits = f"{name.rpartition('.')[0]}.{self.stem}"
        return f"{name} {limits}_low {limits}_high"

    def whole(self, forest: Forest) -> str:
        """The stem of the statistics of all patients."""
        o, c = forest.outcome, forest.contrast
        return f"{o.id}.{c.id}" if isinstance(o, Survival) else f"{o.id}.{forest.time}.{c.id}"


@dataclass
class TrialContext:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- the study ---------------------------------------------------------------------

    def small(self) -> bool:
        return int(self.emit.value("flow.included") or 0) < _SMALL

    def large_number(self, name: str) -> bool:
        """Whether a count is too long in words to begin a sentence."""
        return int(self.emit.value(name) or 0) >= _LONG_IN_WORDS

    def treatments(self) -> list[Md]:
        return [self.paper.treatment(g) for g in self.paper.arms]

    def primary(self) -> list[Outcome]:
        return [o for o in self.paper.outcomes if o.declared["role"] == "primary"]

    def primary_names(self) -> list[Md]:
        return self.names(self.primary())

    def all_prespecified(self) -> bool:
        listed = [*self.paper.study["outcomes"].values(), *(self.paper.study.get("subgroups") or [])]
        return all(one["prespecified"] for one in listed)

    def populations_of_outcomes(self) -> list[Md]:
        """'death was analysed in all who took a dose' for the outcomes of each population."""
        populations = self.paper.study["populations"]
        found: dict[str, list[Outcome]] = {}
        for o in self.paper.outcomes:
            found.setdefault(o.declared.get("population") or next(iter(populations)), []).append(o)
        return [
            phrase(
                "{} {} analysed in {}",
                joined(self.names(items)),
                "was" if len(items) == 1 else "were",
                self.emit.declared(f"populations.{key}.label"),
            )
            for key, items in found.items()
        ]

    # ---- names -------------------------------------------------------------------------

    def section_title(self, items: Sequence[Outcome], several: str) -> Md:
        """The labels of a section's outcomes, or ``several`` where they are many."""
        if len(items) > TITLE_HOLDS:
            return Md(several)
        return joined(self.paper.outcome_labels(list(items)))

    def names(self, items: Iterable[Outcome]) -> list[Md]:
        return [o.name for o in items]

    def times_when(self, o: Outcome) -> list[Md]:
        return [self.paper.when(t) for t in o.times]

    def level_labels(self, o: Graded) -> list[Md]:
        return [self.emit.declared(level.path, lower_first=True) for level in o.levels]

    def survival_labels(self) -> list[Md]:
        return self.paper.outcome_labels(list(self.paper.survivals))

    @property
    def _each(self) -> str:
        return "treatment" if self.paper.crossover else "group"

    def minus(self) -> Md:
        """What a note under a table says of all its differences: 'A minus B'."""
        if len(self.paper.contrasts) == 1:
            c = self.paper.contrasts[0]
            return phrase("{} minus {}", self.paper.group_short(c.arm), self.paper.group_short(c.reference))
        return phrase("each other {} minus {}", self._each, self.paper.group_short(self.paper.study["reference_arm"]))

    def over(self) -> Md:
        """What a note says of all its ratios: 'A over B'."""
        if len(self.paper.contrasts) == 1:
            c = self.paper.contrasts[0]
            return phrase("{} over {}", self.paper.group_short(c.arm), self.paper.group_short(c.reference))
        return phrase("each other {} over {}", self._each, self.paper.group_short(self.paper.study["reference_arm"]))

    def other_group(self) -> Md:
        """'the A group', or 'each other group' where there are several comparisons."""
        several = len(self.paper.contrasts) > 1
        return Md("each other group") if several else self.paper.group(self.paper.contrasts[0].arm)

    def reference_group(self) -> Md:
        return self.paper.group(self.paper.study["reference_arm"])

    def score_span(self) -> Md:
        """How the scores' table and figure are titled."""
        if not self.paper.before:
            return Md("after treatment")
        return Md("before and after treatment" if self.paper.non_randomised else "at baseline and afterwards")

    # ---- the flow of patients ----------------------------------------------------------

    def flow_outcomes(self) -> list[tuple[Outcome, str]]:
        """Outcomes and times whose analysed patients the last box tells: all, or the main ones where they are many."""
        found = [(o, t) for o in self.paper.outcomes for t in self.flow_times(o) if self._counted(o, t)]
        if len(found) > _FLOW_LINES:
            found = [(o, t) for o, t in found if o.declared["role"] == "primary"][:_FLOW_LINES] or found[:1]
        return found

    def flow_times(self, o: Outcome) -> tuple[str, ...]:
        if isinstance(o, Score | Skewed):
            return o.later
        return o.times[-1:] if isinstance(o, Survival) else o.times

    def _counted(self, o: Outcome, t: str) -> bool:
        return all(self.paper.analysed(g, o, t) for g in self.paper.arms)

    def flow_words(self, o: Outcome, t: str) -> Md:
        """An outcome and its time in a few words."""
        if isinstance(o, Count):
            return phrase("{} {}", o.noun, self.paper.until(t))
        if isinstance(o, Survival):
            return o.name
        return phrase("{} {}", o.short, self.paper.when(t))

    def flow_said(self, arm: str) -> list[Md]:
        """What became of an arm, for the flow diagram's text alternative: 'two stopped early', …"""
        emit, paper = self.emit, self.paper
        out = []
        if emit.estimable(f"flow.{arm}.received"):
            out.append(phrase("{} received it as planned", emit.n(f"flow.{arm}.received")))
        if emit.estimable(f"flow.{arm}.stopped"):
            out.append(phrase("{} stopped early", emit.n(f"flow.{arm}.stopped")))
        for t in paper.lost_times():
            name = f"flow.{arm}.lost_{t}"
            if not emit.estimable(name):
                continue
            verb = paper.plural_of(name, "was", "were")
            out.append(phrase("{} {} lost before {}", emit.n(name), verb, paper.time(t)))
        if emit.has("flow.without_data"):
            name = f"flow.{arm}.without_data"
            out.append(phrase("{} {} without data", emit.n(name), paper.plural_of(name, "was", "were")))
        said = [(name, words) for o, _, name, words in self.flow_analysed(arm) if not isinstance(o, Count)]
        return out + [phrase("{} were analysed for {}", emit.n(name), words) for name, words in said]

    def flow_analysed(self, arm: str) -> list[tuple[Outcome, str, str, Md]]:
        """The lines of the last box: an outcome and its time, the statistic of the patients, and what it is said of. A
        mixed model uses patients without a value at some of its times: it has a line of its own, then those with a
        value at each time."""
        out: list[tuple[Outcome, str, str, Md]] = []
        modelled: set[str] = set()
        for o, t in self.flow_outcomes():
            name, words = self.paper.analysed(arm, o, t), self.flow_words(o, t)
            if f"{o.id}.mixed" in self.emit.results["analyses"]:
                if o.id not in modelled:
                    out.append((o, t, name, phrase("{} in the mixed model", o.short)))
                modelled.add(o.id)
                name, words = f"{o.id}.{t}.{arm}.n", phrase("{} measured {}", o.short, self.paper.when(t))
            out.append((o, t, name, words))
        return out

    def unknown_values(self) -> list[tuple[Outcome, str]]:
        """Outcomes and times whose patients without a value stand in the flow, where no follow-up is recorded: those
        that are not known of every patient."""
        return [
            (o, t)
            for o, t in self.flow_outcomes()
            if t in self.paper.without_value(o)
            and any(self.emit.value(f"{o.id}.{t}.{g}.missing") for g in self.paper.arms)
        ]

    # ---- binary outcomes ---------------------------------------------------------------

    def tests_of(self, items: Sequence[Binary]) -> list[tuple[Md, list[Md]]]:
        """('Fisher's exact test', labels of the outcomes) for each test in use, as the results name it."""
        words = {
            "fisher": "Fisher's exact test",
            "chi_square": "the chi-square test without continuity correction",
            "miettinen_nurminen": "the score test of Miettinen and Nurminen",
            "cluster_robust": "the cluster-robust test of the risk difference",
        }
        analyses = self.emit.results["analyses"]
        found: dict[str, list[Binary]] = {}
        for o in items:
            found.setdefault(analyses[f"{o.id}.{o.times[0]}.test"]["method"], []).append(o)
        paths = [f"analyses.{these[0].id}.{these[0].times[0]}.test.method" for these in found.values()]
        said = [self.paper.claims.is_(path, words, where="results") for path in paths]
        return list(zip(said, (self.paper.outcome_labels(list(these)) for these in found.values()), strict=True))

    def methods_said(self, items: Sequence[Outcome], part: str, words: Mapping[str, str]) -> Md:
        """The words for the methods of the analyses ``O.T.part`` of these outcomes, each once."""
        analyses = self.emit.results["analyses"]
        names = [f"{o.id}.{t}.{part}" for o in items for t in o.times]
        first = {analyses[name]["method"]: name for name in reversed(names) if name in analyses}
        said = [self.paper.claims.is_(f"analyses.{name}.method", words, where="results") for name in first.values()]
        return joined(said, "or")

    def adjusted(self, items: Sequence[Outcome]) -> list[Outcome]:
        return [o for o in items if o.declared.get("adjust_for")]

    def graded_missing(self, o: Graded, time: str) -> bool:
        return any(self.emit.value(f"{o.id}.{time}.{g}.missing") for g in self.paper.arms)

    # ---- subgroups ---------------------------------------------------------------------

    def subgroups_of(self, section: str) -> list[Subgroups]:
        return [item for item in self.paper.subgroups if item.outcome.section == section]

    def subgroup_times(self, item: Subgroups) -> tuple[str, ...]:
        return item.outcome.times[-1:] if isinstance(item.outcome, Survival) else item.outcome.times

    def names_of(self, items: Sequence[Subgroups]) -> list[Md]:
        return self.names({item.outcome.id: item.outcome for item in items}.values())

    def subgroups_prespecified(self) -> bool:
        return all(item.prespecified for item in self.paper.subgroups)

    def forests(self, items: Sequence[Subgroups]) -> list[Forest]:
        """The forest plots of a section's subgroups, with the numbers that they have in the whole paper."""
        outcomes = {item.outcome.id for item in items}
        return [forest for forest in self.all_forests() if forest.outcome.id in outcomes]

    def all_forests(self) -> list[Forest]:
        found = [
            (o, t, c, tuple(item for item in self.paper.subgroups if item.outcome is o))
            for section in self.paper.sections
            for o in {item.outcome.id: item.outcome for item in self.subgroups_of(section)}.values()
            for t in (o.times[-1:] if isinstance(o, Survival) else o.times)
            for c in self.paper.contrasts
        ]
        return [Forest(name, *parts) for name, parts in zip(numbered("figure-forest", len(found)), found, strict=True)]

    def subgroup_table(self, items: Sequence[Subgroups]) -> str:
        return self.subgroup_tables()[items[0].outcome.section]

    def subgroup_tables(self) -> dict[str, str]:
        """The name of the table of subgroups of each section that has one."""
        having = [section for section in self.paper.sections if self.subgroups_of(section)]
        return dict(zip(having, numbered("table-subgroups", len(having)), strict=True))

    def ratio_of_subgroups(self, o: Outcome) -> Ratio:
        if isinstance(o, Survival):
            return Ratio("cox.hazard_ratio", "ci", "hazard ratio")
        return Ratio("risk_ratio", "rr_ci", "risk ratio")

    def whole_stem(self, o: Outcome, time: str, group: str) -> str:
        return f"{o.id}.{group}" if isinstance(o, Survival) else f"{o.id}.{time}.{group}"

    def subgroup_count(self, o: Outcome, stem: str) -> Md:
        """'9/94 (9.6)', or for a time to event '9/94': patients with the event of all."""
        if isinstance(o, Survival):
            return Md(f"{self.emit.n(f'{stem}.events')}/{self.emit.n(f'{stem}.n')}")
        return self.emit.n_of_cell(stem)

    def subgroup_counts(self, o: Outcome, stem: str) -> list[Md]:
        return [self.subgroup_count(o, f"{stem}.{g}") for g in self.paper.arms]

    def subgroup_estimate(self, stem: str, ratio: Ratio) -> Md:
        return self.emit.estimate(f"{stem}.{ratio.statistic}", ratio.stem)

    def subgroup_head(self, items: Sequence[Subgroups], item: Subgroups, time: str) -> Md:
        """A column's label, with the outcome and time where the table has several."""
        label = self.paper.column_label(item.column)
        if len({one.outcome.id for one in items}) > 1:
            label = phrase("{}: {}", item.outcome.short, label)
        return phrase("{}, {}", label, self.paper.when(time)) if len(self.subgroup_times(item)) > 1 else label

    def subgroup_labels(self, items: Sequence[Subgroups]) -> list[Md]:
        return self.paper.outcome_labels(list({item.outcome.id: item.outcome for item in items}.values()))

    def interaction_test(self, item: Subgroups) -> Md:
        """The test of the interaction, as the results name it."""
        c = self.paper.contrasts[0]
        name = self.emit.record(f"{item.stem(self.subgroup_times(item)[0])}.{c.id}.interaction_p")["analysis"]
        return self.emit.literal(self.emit.results["analyses"][name]["label"], "constant", f"analyses.{name}.label")

    def level_label_of(self, level: Level) -> Md:
        return self.emit.declared(level.path)

    def subgroup_of(self, items: Sequence[Subgroups], item: Subgroups, time: str, c: Contrast) -> Md:
        """'sex at 6 months': what a test of interaction is of, with outcome, time and group where these are several."""
        said = self.paper.column_label(item.column, lower=True)
        if len({one.outcome.id for one in items}) > 1:
            said = phrase("{} and {}", item.outcome.short, said)
        if len(self.subgroup_times(item)) > 1:
            said = phrase("{} {}", said, self.paper.when(time))
        return said if len(self.paper.contrasts) == 1 else phrase("{} ({})", said, self.paper.group_short(c.arm))

    # ---- skewed measurements -------------------------------------------------------------

    def geometric_skewed(self) -> list[Outcome]:
        return [o for o in self.paper.skewed if o.declared.get("scale") == "log"]

    def skewed_before(self) -> bool:
        """Whether a skewed measurement is known from before treatment."""
        return any(o.first for o in self.paper.skewed)

    def never_reached(self, o: Survival) -> bool:
        """Whether the curve of no group falls to one half."""
        return all(self.not_reached(f"{o.id}.{g}.median") for g in self.paper.arms)

    def not_reached(self, name: str) -> bool:
        return (self.emit.record(name).get("error") or {}).get("code") == "not_reached"

    def one_point(self, ranks: str) -> bool:
        """Whether the interval of a shift is one point, as where most values are tied: it tells nothing then."""
        low, high = f"{ranks}.shift_ci_low", f"{ranks}.shift_ci_high"
        return self.emit.estimable(low, high) and self.emit.value(low) == self.emit.value(high)

    # ---- times to events ---------------------------------------------------------------

    def at(self, time: str) -> Md:
        """A time point on the axis of an outcome, as study.yml has it."""
        path = f"timepoints.{time}.at"
        return self.emit.literal(f"{float(self.paper.study['timepoints'][time]['at']):g}", "constant", path)

    def with_bands(self) -> bool:
        """Whether the figure of survival shows its confidence limits as bands."""
        return len(self.paper.arms) <= MOST_BANDS

    def survival_figure(self, o: Survival) -> str:
        names = numbered("figure-survival", len(self.paper.survivals))
        return names[self.paper.survivals.index(o)]

    # ---- tables and figures of the whole paper -----------------------------------------

    def floats(self, first: Sequence[str] = (), margins: str = "") -> dict[str, tuple[str, int]]:
        """The tables and figures that this study has, numbered in the order of their places; ``first``: tables that
        stand before those of the sections; ``margins``: the section with the table of margins."""
        tables, figures = [*(["table-baseline"] * bool(self.paper.study["baseline"])), *first], ["figure-flow"]
        panels = Panels(self.paper)
        for section in self.paper.sections:
            if section == "scores":
                tables.append("table-outcomes")
                figures += [part.id for part in panels.figures_of_scores]
            elif section == "crossed":
                tables.append("table-crossover")
            elif section == "skewed":
                tables.append("table-skewed")
            elif section == "counts":
                tables.append("table-recurrences")
            elif section == "binaries":
                tables.append("table-binary")
            elif section == "graded":
                tables.append("table-graded")
                figures += [part.id for part in panels.graded_figures]
            else:
                tables.append("table-survival")
                figures += [self.survival_figure(o) for o in self.paper.survivals]
            if section == margins:
                tables.append("table-margins")
            if section in self.subgroup_tables():
                tables.append(self.subgroup_tables()[section])
                figures += [forest.id for forest in self.forests(self.subgroups_of(section))]
        if self.paper.harms:
            harms = Harms(self.paper)
            tables += ["table-harms", *harms.more_harms()]
            figures += ["figure-harms"] * bool(harms.dot_terms())
        made = {name: ("Table", i) for i, name in enumerate(tables, 1)}
        made |= {name: ("Figure", i) for i, name in enumerate(figures, 1)}
        return made | {name: (SUPPLEMENTARY, i) for i, name in enumerate(self.supplement(), 1)}

    def supplement(self) -> list[str]:
        """The tables of the supplement, in order."""
        missing = [TABLE] * Missing(self.paper).missing_values()
        return missing + ["table-sensitivity"] * bool(self.paper.study.get("sensitivity"))

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
