"""What templates say of values that are missing: of each variable, in each group, at each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from report.context import Context, phrase
from report.emit import Emitter
from report.kinds import Count, Crossed, Outcome, Score, Survival
from report.layout import TableContext
from report.markdown import Md

TABLE = "table-missing"


@dataclass(frozen=True)
class Lacking:
    """A variable at a time: its row's label and the names of its counts, in the order of the columns; '' for a
    treatment that nobody had in a period."""

    label: Md
    names: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def missing_of_baseline(self) -> list[Lacking]:
        """The variables before treatment, but in a cross-over, where the table of baseline has them by sequence."""
        if self.paper.crossover:
            return []
        layouts = TableContext(self.paper)
        rows = [(self.paper.label(row), f"baseline.{layouts.variable(row)}") for row in self.paper.study["baseline"]]
        return [self._row(label, stem) for label, stem in rows if self.emit.has(f"{stem}.total.missing")]

    def missing_of_outcomes(self) -> list[Lacking]:
        """The outcomes at their times; counts of events have none, since a patient counts for the time followed."""
        return [row for o in self.paper.outcomes if not isinstance(o, Count) for row in self._rows(o)]

    def _rows(self, o: Outcome) -> Iterator[Lacking]:
        if isinstance(o, Survival):
            yield self._row(self.emit.declared(f"outcomes.{o.id}.label"), o.id)
            return
        times = o.all_times if isinstance(o, Score) else o.periods if isinstance(o, Crossed) else o.times
        for t in times:
            stem = f"{o.id}.{t}"
            told = t == getattr(o, "first", None) and (
                self.paper.crossover or self.emit.has(f"baseline.{o.id}.total.missing")
            )
            label = phrase("{}, {}", self.emit.declared(f"outcomes.{o.id}.label"), self.paper.time_lower(t))
            if not told and any((row := self._row(label, stem)).names):
                yield row

    def _row(self, label: Md, stem: str) -> Lacking:
        groups = self.paper.arms if self.paper.crossover else [*self.paper.groups, "total"]
        names = [f"{stem}.{g}.missing" for g in groups]
        return Lacking(label, tuple(name if self.emit.has(name) else "" for name in names))

    def missing_values(self) -> bool:
        """Whether a value of the table is missing."""
        rows = [*self.missing_of_baseline(), *self.missing_of_outcomes()]
        return any(self.emit.value(name) for row in rows for name in row.names if name)

    def missing_cells(self, row: Lacking) -> list[Md]:
        return [self.emit.n(name) if name else Md("") for name in row.names]

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
