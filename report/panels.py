"""Figures of several panels, parted so that each one fits its page: which outcomes and times stand in which of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from report.context import Context
from report.emit import at_path
from report.figures.course import COURSES_ON_PAGE, to_scale
from report.figures.graded import GradedBar, GradedPanel, by_page
from report.figures.outcomes import panels_on_page
from report.kinds import Graded, Outcome, Score

VISITS = 3  # later times from which on the means over time are drawn


def numbered(name: str, count: int) -> list[str]:
    """'figure-forest', 'figure-forest-2', …"""
    return [name if i == 1 else f"{name}-{i}" for i in range(1, count + 1)]


@dataclass(frozen=True)
class Part:
    """One figure: its id, and the outcomes with their times that it shows."""

    id: str
    items: tuple[tuple[Outcome, str], ...]

    @property
    def outcomes(self) -> list[Outcome]:
        return list({o.id: o for o, _ in self.items}.values())


@dataclass(frozen=True)
class Panels:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @cached_property
    def graded_figures(self) -> list[Part]:
        """The figures of graded outcomes."""
        items = [(o, t) for o in self.paper.graded for t in o.times]
        return _parts("figure-graded", items, by_page(tuple(self._panel(o, t) for o, t in items)) if items else [])

    def _panel(self, o: Graded, t: str) -> GradedPanel:
        """A panel as large as that which the template describes: its texts without marks."""
        study, emit = self.paper.study, self.paper.emit
        labels = study["timepoints"][t]["label"]
        levels = tuple(str(at_path(study, level.path)) for level in o.levels)
        bars = []
        for g in self.paper.arms:
            counts = [int(emit.value(f"{o.id}.{t}.{level.part}.{g}.n") or 0) for level in o.levels]
            bars.append(GradedBar(str(study["arms"][g]["short"]), tuple((str(n), n) for n in counts)))
        return GradedPanel(f"{o.id}.{t}", f"{o.declared['label']} at {labels}", levels, tuple(bars))

    def visited(self) -> list[Score]:
        """The scores whose means are drawn over time."""
        return [o for o in self.paper.scores if len(o.later) >= VISITS]

    def paired(self) -> list[Score]:
        """The scores that are drawn before and after treatment."""
        return [o for o in self.paper.before if len(o.later) < VISITS]

    @cached_property
    def outcomes_figures(self) -> list[Part]:
        """The figures of scores before and after treatment."""
        items = [(o, o.later[-1]) for o in self.paired()]
        return _parts("figure-outcomes", items, _chunks(len(items), panels_on_page(len(self.paper.arms))))

    @cached_property
    def course_figures(self) -> list[Part]:
        """The figures of means over time."""
        items = [(o, o.later[-1]) for o in self.visited()]
        return _parts("figure-course", items, _chunks(len(items), COURSES_ON_PAGE))

    @cached_property
    def figures_of_scores(self) -> list[Part]:
        return [*self.outcomes_figures, *self.course_figures]

    def by_model(self, o: Score) -> bool:
        """Whether the means over time are those of the mixed model."""
        analysis = self.paper.emit.results["analyses"].get(f"{o.id}.mixed")
        return analysis is not None and analysis["error"] is None

    def at_equal_distances(self, o: Score) -> bool:
        """Whether the visits lie so close that they are drawn at equal distances."""
        points = self.paper.study["timepoints"]
        times = [(str(points[t]["label"]), float(points[t]["month"])) for t in o.all_times]
        return not to_scale(times)

    def figure_of(self, o: Outcome, t: str = "") -> str:
        """The id of the figure that shows an outcome (of a graded one: at this time); '' where none does."""
        if isinstance(o, Graded):
            return next(part.id for part in self.graded_figures if (o.id, t) in [(x.id, at) for x, at in part.items])
        return next((p.id for p in self.figures_of_scores if o.id in [x.id for x in p.outcomes]), "")

    def parts(self) -> dict[str, Part]:
        """Every such figure by its id."""
        return {part.id: part for part in (*self.graded_figures, *self.figures_of_scores)}

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("paper", "globals", "parts")]
        return {k: getattr(self, k) for k in own}


def _chunks(count: int, most: int) -> list[int]:
    return [min(most, count - k) for k in range(0, count, most)]


def _parts(name: str, items: Sequence[tuple[Outcome, str]], counts: Sequence[int]) -> list[Part]:
    out, at = [], 0
    for id, count in zip(numbered(name, len(counts)), counts, strict=True):
        out.append(Part(id, tuple(items[at : at + count])))
        at += count
    return out
