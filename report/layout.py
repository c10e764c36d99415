"""What table templates use beside the paper's own context: heads, rows by arm and by contrast, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from report.context import TITLE_HOLDS, Context, Contrast, joined, phrase
from report.emit import Emitter
from report.kinds import Count, Crossed, Outcome, Score, Skewed, Survival, name_part
from report.markdown import Md, escape

RATE_MARKS = {"negative_binomial": "b", "poisson_robust": "c", "exact": "g"}
MOST_CHANGES_TESTED = 2  # later visits whose changes within groups a table tests


def note_mark(letter: str) -> Md:
    return Md(f"^{letter}^")


def _spells_out(part: Md) -> bool:
    """Whether 'short, long' says more than the short form: 'Placebo, placebo' does not."""
    short, _, long = str(part).partition(", ")
    return long.casefold() != short.casefold()


@dataclass
class TableContext:
    """Methods return cells (Markdown) or lists of cells."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def arm_heads(self) -> list[Md]:
        """'Placebo (n = 30)', or 'Placebo (n = 28 of 30)' where the data lack patients who were assigned."""
        return [
            phrase("{} ({})", self.paper.group_short(g), self._size(f"flow.{g}.with_data", f"flow.{g}.assigned"))
            for g in self.paper.groups
        ]

    def total_head(self) -> Md:
        return phrase("Total ({})", self._size("flow.with_data", "flow.included"))

    def _size(self, held: str, assigned: str) -> Md:
        if not self.emit.has(held):
            return phrase("n\u00a0=\u00a0{}", self.emit.n(assigned))
        return phrase("n\u00a0=\u00a0{} of {}", self.emit.n(held), self.emit.n(assigned))

    def _per_contrast(self, head: str) -> list[Md]:
        """A column head, with the arm's name where there are several comparisons."""
        if len(self.paper.contrasts) == 1:
            return [escape(head)]
        return [phrase("{}, {}", head, self.paper.group_short(c.arm)) for c in self.paper.contrasts]

    def smd_heads(self) -> list[Md]:
        """Heads of the columns that compare the groups before treatment: P only where style and design say so."""
        symbol = self.p_head()
        heads = [] if self.paper.crossover else self._per_contrast("Standardised mean difference")
        return [cell for head in heads for cell in ([head, symbol] if self.paper.baseline_tested() else [head])]

    def baseline_comparison(self, stem: str) -> list[Md]:
        statistics = ("smd", "p") if self.paper.baseline_tested() else ("smd",)
        compared = [] if self.paper.crossover else self.paper.contrasts
        return [self.emit.n(f"{stem}.{c.id}.{statistic}") for c in compared for statistic in statistics]

    def spanned(self, text: str, columns: int) -> list[Md]:
        return [escape(text)] + [Md("<")] * (columns - 1)

    def spanned_contrasts(self, text: str) -> list[Md]:
        return [cell for head in self._per_contrast(text) for cell in (head, Md("<"))]

    def estimate_heads(self, text: str = "") -> list[Md]:
        head = phrase("{} ({})", text, self.emit.ci_label()) if text else phrase("Estimate ({})", self.emit.ci_label())
        symbol = self.p_head()
        return [
            cell
            for i, _ in enumerate(self.paper.contrasts)
            for cell in (head if i == 0 else Md(f"{self._again(text)}"), symbol)
        ]

    def _again(self, text: str) -> Md:
        return phrase("{} ({})", text or "Estimate", self.emit.ci_label())

    def blanks(self, items: list[Any], times: int = 1) -> list[Md]:
        return [Md("")] * (len(items) * times)

    # ---- rows ------------------------------------------------------------------

    def _value(self, form: str, name: str) -> Md:
        if form == "n":
            return self.emit.n(name)
        return Md(getattr(self.emit, form)(name))

    def per_arm(self, form: str, stem: str, last: str = "") -> list[Md]:
        """A cell for each arm; the arm's key stands between ``stem`` and ``last`` in the statistic's name."""
        return [self._value(form, f"{stem}.{g}" + (f".{last}" if last else "")) for g in self.paper.arms]

    def groups_total(self, form: str, stem: str, last: str = "") -> list[Md]:
        groups = [*self.paper.groups, "total"]
        return [self._value(form, f"{stem}.{g}" + (f".{last}" if last else "")) for g in groups]

    def variable(self, row: dict[str, Any]) -> str:
        return str(row.get("outcome") or name_part(row["column"]))

    def baseline_name(self, row: dict[str, Any]) -> str:
        return f"baseline.{self.variable(row)}"

    def levels(self, row: dict[str, Any]) -> list[str]:
        return list(self._column(row)["levels"])

    def _column(self, row: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.paper.study["files"][self.paper.participants]["columns"][row["column"]]
        return found

    def level_label(self, row: dict[str, Any], level: str) -> Md:
        path = f"files.{self.paper.participants}.columns.{row['column']}"
        variable = self.paper.column_label(row["column"])
        levels = self._column(row)["levels"]
        if level == "yes":
            return variable
        label = self.emit.declared(f"{path}.levels.{level}")
        if len(levels) == 2 and str(levels[level]).lower() in ("female", "male"):
            return self.emit.declared(f"{path}.levels.{level}")
        return phrase("{}: {}", variable, label)

    def level_name_of(self, row: dict[str, Any], level: str) -> Md:
        """A level's own name, for a row under that of its variable."""
        return self.emit.declared(f"files.{self.paper.participants}.columns.{row['column']}.levels.{level}")

    def contrast_estimates(self, stem: str, statistic: str, ci: str = "ci", mark: str = "") -> list[Md]:
        """Estimate with interval, and P, for each contrast."""
        out = []
        for c in self.paper.contrasts:
            name = f"{stem}.{c.id}.{statistic}"
            estimate = self.emit.estimate(name, ci)
            out.append(Md(f"{estimate}{note_mark(mark)}") if mark else estimate)
            p_name = f"{name.rpartition('.')[0]}.p"
            out.append(self.emit.n(p_name) if self.emit.has(p_name) else Md(""))
        return out

    def change_p(self, o: Score, t: str) -> list[Md]:
        return [self.emit.n(f"{o.id}.change_{t}.{g}.p") for g in self.paper.arms]

    def superiority(self, o: Outcome, t: str) -> list[Md]:
        return [
            cell for c in self.paper.contrasts for cell in (self.emit.n(f"{o.id}.{t}.{c.id}.ranks.superiority"), Md(""))
        ]

    def outcome_row(self, o: Score | Skewed | Crossed) -> Md:
        path = f"outcomes.{o.id}"
        label = self.emit.declared(f"{path}.label")
        name = phrase("{} ({})", label, o.short) if o.declared.get("short") else label
        words = {"higher": "higher is better", "lower": "lower is better"}
        return phrase("{}, {}; {}", name, o.unit, self.paper.claims.is_(f"{path}.better", words))

    # ---- binary outcomes and subgroups --------------------------------------------

    def n_of_cells(self, stem: str) -> list[Md]:
        """'27/295 (9.2)' for each arm; the arm's key ends the statistics' name."""
        return [self.emit.n_of_cell(f"{stem}.{g}") for g in self.paper.arms]

    def risk_heads(self) -> list[Md]:
        heads = [phrase(f"{kind} ({{}})", self.emit.ci_label()) for kind in ("Risk difference", "Risk ratio")]
        return [*heads, self.p_head()]

    def risk_estimates(self, stem: str, c: Contrast) -> list[Md]:
        """Risk difference, risk ratio and P of one comparison."""
        x = f"{stem}.{c.id}"
        return [
            self.emit.estimate(f"{x}.risk_difference", "rd_ci"),
            self.emit.estimate(f"{x}.risk_ratio", "rr_ci"),
            self.emit.n(f"{x}.p"),
        ]

    # ---- times to events ------------------------------------------------------------

    def median_cells(self, o: Survival) -> list[Md]:
        return [self.emit.estimate(f"{o.id}.{g}.median", "median_ci") for g in self.paper.arms]

    def survival_cells(self, o: Survival, time: str) -> list[Md]:
        return [self.emit.estimate(f"{o.id}.{time}.{g}.survival", "survival_ci") for g in self.paper.arms]

    def survival_comparison(self, o: Survival, family: str, estimate: str, p: str) -> list[Md]:
        """The cells of a row that compares two groups: blank under the arms, then estimate and P."""
        stem = f"{o.id}.{self.paper.contrasts[0].id}.{family}"
        shown = self.emit.estimate(f"{stem}.{estimate}") if estimate else Md("")
        return [*self.blanks(self.paper.arms), shown, self.emit.n(f"{stem}.{p}")]

    def restricted(self, o: Survival) -> list[Md]:
        """The row of restricted means of two groups: the means, and the difference with P."""
        means = [self.emit.n(f"{o.id}.{g}.rmst.mean") for g in self.paper.arms]
        return means + self.survival_comparison(o, "rmst", "difference", "p")[len(means) :]

    # ---- harms -----------------------------------------------------------------

    def harm_arm_heads(self) -> list[Md]:
        return [cell for head in self.arm_heads() for cell in (head, Md("<"))]

    def harm_sub_heads(self) -> list[Md]:
        return [cell for _ in self.paper.arms for cell in (Md("Patients, n (%)"), Md("Events"))]

    def harm_estimate_heads(self) -> list[Md]:
        return [
            cell
            for _ in self.paper.contrasts
            for cell in (
                phrase("Risk difference ({})", self.emit.ci_label()),
                phrase("Risk ratio ({})", self.emit.ci_label()),
            )
        ]

    def harm_counts(self, stem: str) -> list[Md]:
        return [
            cell
            for g in self.paper.arms
            for cell in (self.emit.n_percent(f"{stem}.{g}"), self.emit.n(f"{stem}.{g}.events"))
        ]

    def harm_estimates(self, stem: str) -> list[Md]:
        return [
            cell
            for c in self.paper.contrasts
            for cell in (
                self.emit.estimate(f"{stem}.{c.id}.risk_difference", "rd_ci"),
                self.emit.estimate(f"{stem}.{c.id}.risk_ratio", "rr_ci"),
            )
        ]

    def harm_denominators(self) -> list[Md]:
        return [
            phrase("{} patients of {}", self.emit.n(f"harms.any.{g}.of"), self.paper.group(g)) for g in self.paper.arms
        ]

    # ---- notes -----------------------------------------------------------------

    def abbreviations(self) -> Md:
        parts = [phrase("{}, {}", self.paper.group_short(g), self.paper.assigned_to(g)) for g in self.paper.groups]
        parts += self._score_abbreviations()
        parts = [part for part in parts if _spells_out(part)]
        if self.paper.study_uses_sd():
            parts.append(Md("SD, standard deviation"))
        return Md(f"{'; '.join(parts)}." if parts else "")

    def _score_abbreviations(self) -> list[Md]:
        return [
            phrase(
                "{}, {}",
                o.short,
                self.emit.declared(f"outcomes.{o.id}.label", lower_first=not self.paper.is_name(o.id)),
            )
            for o in (*self.paper.scores, *self.paper.crossed)
            if o.declared.get("short")
        ]

    def score_abbreviations(self) -> Md:
        return Md(f"{'; '.join([*self._score_abbreviations(), Md('SD, standard deviation')])}.")

    def score_names_md(self) -> list[Md]:
        return [o.short for o in self.paper.scores]

    def caption_of(self, items: Sequence[Score]) -> Md:
        """The scores of a caption by name, or together where they are many."""
        if len(items) > TITLE_HOLDS:
            return Md("Scores and measurements")
        return joined(self.caption_names(items))

    def caption_names(self, items: Sequence[Score]) -> list[Md]:
        """The scores as a caption begins with them: short names, or labels where they have none."""
        labels = self.paper.outcome_labels(list(items))
        named = [o.heading if i == 0 else o.short for i, o in enumerate(items)]
        return [name if o.declared.get("short") else label for o, name, label in zip(items, named, labels, strict=True)]

    def p_head(self) -> Md:
        return Md("*P*" if self.paper.style.p_value.italic else "P")

    def signed_rank_notes(self) -> list[Md]:
        return [
            phrase("{} in {}", self.emit.p(f"{o.id}.change_{t}.{g}.signed_rank.p"), self.paper.group(g))
            for o in self.paper.ordinal_scores()
            if o.first and self.changes_tested(o)
            for t in o.later
            for g in self.paper.arms
        ]

    def changes_tested(self, o: Score) -> bool:
        """Whether the table has the tests of the changes within groups: of many visits they would be many."""
        return len(o.later) <= MOST_CHANGES_TESTED

    def rate_mark(self, o: Count, t: str) -> str:
        """The note mark of the model behind a rate ratio: one letter for each model."""
        return RATE_MARKS.get(self.emit.results["analyses"][f"{o.id}.{t}.rate"]["method"], "b")

    def rounded_apart(self) -> bool:
        """Whether a printed difference is not that of the printed means, by a unit of the last digit."""
        stems = [(f"{o.id}.{t}", c) for o in self.paper.scores for t in o.all_times for c in self.paper.contrasts]
        triples = [(f"{s}.{c.arm}.mean", f"{s}.{c.reference}.mean", f"{s}.{c.id}.difference") for s, c in stems]
        return any(self.emit.estimable(*names) and self._rounds_apart(*names) for names in triples)

    def _rounds_apart(self, first: str, second: str, difference: str) -> bool:
        from report import numbers

        style, places = self.paper.style, [self.emit.decimals(n) for n in (first, second, difference)]
        shown = [
            numbers.round_to(float(self.emit.value(n) or 0), d, style)
            for n, d in zip((first, second, difference), places, strict=True)
        ]
        return numbers.round_to(shown[0] - shown[1], min(places), style) != numbers.round_to(
            shown[2], min(places), style
        )

    def uses_median(self) -> bool:
        """Whether a row of the table of baseline is a median."""
        return any(row["summary"] == "median" for row in self.paper.study["baseline"])

    def capital_plain(self, word: str) -> str:
        return word[:1].upper() + word[1:]

    def globals(self) -> dict[str, Any]:
        own = {
            k: getattr(self, k) for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")
        }
        return own | {"note_mark": note_mark, "joined": joined}
