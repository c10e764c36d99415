"""Rows of tables that compare several groups with the reference: each comparison stands under its own group, an
estimate and below it P. Where the groups are many, interval and estimate take a row each, so that no table grows wide.

In a study of two groups the tables have columns for estimate and P instead (report/layout.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import INDENT, Context, Contrast, joined, phrase
from report.designs import FAMILIES
from report.emit import Emitter
from report.kinds import Outcome, Survival
from report.layout import note_mark
from report.markdown import Md

_SIDE_BY_SIDE = 4  # the most groups whose cells hold an estimate together with its interval


@dataclass(frozen=True)
class Comparisons:
    """Methods are the templates' functions, through ``globals()``. A method whose name ends in ``rows`` gives the
    lines of whole rows."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- rows --------------------------------------------------------------------------

    def _row(self, label: Md, cells: list[Md], tail: int = 0) -> Md:
        return self.paper.cells(label, cells, [Md("")] * tail)

    def _names(self, stem: str, statistic: str) -> list[str]:
        """The statistic's name in each group, '' in the reference."""
        reference = self.paper.study["reference_arm"]
        return ["" if g == reference else f"{stem}.{g}_vs_{reference}.{statistic}" for g in self.paper.arms]

    def _plain(self, names: list[str]) -> list[Md]:
        return [Md("reference") if not n else self.emit.n(n) if self.emit.has(n) else Md("") for n in names]

    def in_arms(self, stem: str, statistic: str, ci: str = "") -> list[Md]:
        """For each arm its comparison with the reference, whose own cell says that it is that; with ``ci`` as an
        estimate with its interval."""
        out = []
        for name in self._names(stem, statistic):
            if not name:
                out.append(Md("reference" if ci else ""))
            elif not self.emit.has(name):
                out.append(Md(""))
            else:
                out.append(self.emit.estimate(name, ci) if ci else self.emit.n(name))
        return out

    def compared_rows(
        self,
        label: object,
        stem: str,
        statistic: str,
        ci: str = "ci",
        *,
        p: str = "p",
        depth: int = 1,
        tail: int = 0,
        mark: str = "",
    ) -> Md:
        """Rows of an estimate with its interval and of its P under each group; ``p`` '' for none. ``tail``: empty cells
        after the groups'. Nothing where the results have no such comparison."""
        names = self._names(stem, statistic)
        if not any(name and self.emit.has(name) for name in names):
            return Md("")
        indent, marked = Md(INDENT * depth), note_mark(mark) if mark else Md("")
        lines = []
        if len(self.paper.arms) <= _SIDE_BY_SIDE:
            cells = self.in_arms(stem, statistic, ci)
            lines.append(self._row(phrase("{}{} ({}){}", indent, label, self.emit.ci_label(), marked), cells, tail))
        else:
            lines.append(self._row(phrase("{}{}{}", indent, label, marked), self._plain(names), tail))
            limits = [Md("") if not n else self._limits(n, ci) for n in names]
            lines.append(self._row(phrase("{}{}{}", indent, INDENT, self.emit.ci_label()), limits, tail))
        family = statistic.rpartition(".")[0]
        if p and (row := self.p_rows(stem, f"{family}.{p}" if family else p, depth=depth + 1, tail=tail)):
            lines.append(row)
        return Md("\n".join(lines))

    def _limits(self, name: str, ci: str) -> Md:
        prefix = name.rpartition(".")[0]
        if not self.emit.has(f"{prefix}.{ci}_low"):
            return Md("")
        return self.emit.limits(prefix, ci)

    def group_rows(
        self, label: object, stem: str, last: str, ci: str = "ci", *, depth: int = 1, tail: object = ()
    ) -> Md:
        """Rows of an estimate with its interval within each group, of the statistics ``stem.G.last``. ``tail``: the
        cells after the groups'."""
        names = [f"{stem}.{g}.{last}" for g in self.paper.arms]
        after = list(tail) if isinstance(tail, list | tuple) else [tail]
        indent = Md(INDENT * depth)
        if len(names) <= _SIDE_BY_SIDE:
            cells = [self.emit.estimate(name, ci) for name in names]
            return self.paper.cells(phrase("{}{} ({})", indent, label, self.emit.ci_label()), cells, after)
        rows = [
            self.paper.cells(phrase("{}{}", indent, label), [self.emit.n(name) for name in names], after),
            self.paper.cells(
                phrase("{}{}{}", indent, INDENT, self.emit.ci_label()),
                [self._limits(name, ci) for name in names],
                [Md("")] * len(after),
            ),
        ]
        return Md("\n".join(rows))

    def p_rows(
        self, stem: str, statistic: str, label: object = "", *, depth: int = 2, tail: int = 0, symbol: bool = True
    ) -> Md:
        """A row of P values under the groups, with ``label`` before the symbol; without ``symbol`` a row of other
        numbers that have no interval."""
        names = self._names(stem, statistic)
        if not any(name and self.emit.has(name) for name in names):
            return Md("")
        p = Md("*P*" if self.paper.style.p_value.italic else "P")
        said = phrase("{}", label) if not symbol else phrase("{}, {}", label, p) if label else p
        return self._row(phrase("{}{}", Md(INDENT * depth), said), self.in_arms(stem, statistic), tail)

    def family_rows(self, stem: str, *, depth: int = 1, tail: int = 0) -> Md:
        """What is adjusted for the number of comparisons: P, and by Dunnett's method the interval too."""
        if f"{stem}.multiplicity" not in self.emit.results["analyses"]:
            return Md("")
        method = self.paper.claims.is_(f"analyses.{stem}.multiplicity.method", FAMILIES, where="results")
        if any(name and self.emit.has(name) for name in self._names(stem, "multiplicity.difference")):
            said = phrase("Difference by {}", method)
            return self.compared_rows(said, stem, "multiplicity.difference", depth=depth, tail=tail)
        symbol = Md("*P*" if self.paper.style.p_value.italic else "P")
        label = phrase("{}{} adjusted by {}", Md(INDENT * (depth + 1)), symbol, method)
        return self._row(label, self.in_arms(stem, "multiplicity.p"), tail)

    def smd_rows(self, stem: str) -> Md:
        """Rows of the standardised mean differences of a baseline variable, and of P where the style has them."""
        rows = [self.p_rows(stem, "smd", "Standardised mean difference", depth=1, tail=1, symbol=False)]
        if self.paper.baseline_tested():
            rows.append(self.p_rows(stem, "p", depth=1, tail=1))
        return Md("\n".join(row for row in rows if row))

    # ---- means on the logarithmic scale ------------------------------------------------

    def has_geometric(self, stem: str) -> bool:
        return any(self.emit.has(f"{stem}.{c.id}.geometric.ratio") for c in self.paper.contrasts)

    def geometric_used(self) -> bool:
        return any(self.has_geometric(f"{o.id}.{t}") for o in self.paper.scores for t in o.all_times)

    # ---- strata ------------------------------------------------------------------------

    def strata_said(self, o: Outcome) -> Md:
        return joined([self.paper.column_label(c, lower=True) for c in o.declared.get("stratify_by") or []])

    def with_what(self, o: Outcome) -> Md:
        """'adjusted for age and within strata of centre': the comparisons that only the table gives."""
        columns = [self.paper.column_label(c, lower=True) for c in o.declared.get("adjust_for") or []]
        parts = [phrase("adjusted for {}", joined(columns))] if columns else []
        strata = [phrase("within strata of {}", self.strata_said(o))] if o.declared.get("stratify_by") else []
        return joined([*parts, *strata])

    def has_strata(self, o: Outcome, t: str = "") -> bool:
        """Whether the results compare the groups within strata."""
        at = o.id if isinstance(o, Survival) else f"{o.id}.{t}"
        return any(
            self.emit.has(f"{at}.{c.id}.stratified.{s}") for c in self.paper.contrasts for s in ("p", "hazard_ratio")
        )

    def stratified_risks(self, stem: str, c: Contrast) -> list[Md]:
        """Risk difference, risk ratio and P within strata, of one comparison."""
        x = f"{stem}.{c.id}.stratified"
        differences = self.emit.estimate(f"{x}.risk_difference", "rd_ci")
        return [differences, self.emit.estimate(f"{x}.risk_ratio", "rr_ci"), self.emit.n(f"{x}.p")]

    def stratified_survivals(self) -> list[Survival]:
        return [o for o in self.paper.survivals if self.has_strata(o)]

    # ---- subgroups, harms --------------------------------------------------------------

    def subgroup_pair(self, o: Outcome, stem: str, c: Contrast) -> list[Md]:
        """The patients with the event of all, in the groups of one comparison: as the head has them, which is in the
        order of arms, or where there are several comparisons the reference last."""
        groups = (c.arm, c.reference) if len(self.paper.contrasts) > 1 else self.paper.arms
        if isinstance(o, Survival):
            return [Md(f"{self.emit.n(f'{stem}.{g}.events')}/{self.emit.n(f'{stem}.{g}.n')}") for g in groups]
        return [self.emit.n_of_cell(f"{stem}.{g}") for g in groups]

    def harm_label(self, term: str) -> Md:
        """The label of a row of harms: 'any', 'serious' and 'stopped' are no terms of the data."""
        if term == "any":
            return phrase("Any {}", self.emit.declared("adverse_events.noun"))
        return {"serious": Md("Serious"), "stopped": Md("Led to stopping of treatment")}.get(
            term
        ) or self.paper.term_label(term)

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
