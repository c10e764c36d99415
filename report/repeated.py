"""What templates ask about scores that are compared by a model of repeated measures. Nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context
from report.emit import Emitter
from report.kinds import Score
from report.markdown import Md


@dataclass(frozen=True)
class Repeated:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def modelled(self) -> list[Score]:
        """The scores whose main comparison is that of a mixed model."""
        return [o for o in self.paper.scores if f"{o.id}.mixed" in self.emit.results["analyses"]]

    def unmodelled(self) -> list[Md]:
        """The short names of the others."""
        there = self.modelled()
        return [o.short for o in self.paper.scores if o not in there]

    def modelled_alike(self) -> list[list[Score]]:
        """The scores with a mixed model, those of one method, time points and variables together."""
        found: dict[Any, list[Score]] = {}
        for o in self.modelled():
            method = self.emit.results["analyses"][f"{o.id}.mixed"]["method"]
            kind = method, o.first, o.later, tuple(o.declared.get("adjust_for") or ())
            found.setdefault(kind, []).append(o)
        return list(found.values())

    def adjusted_alike(self) -> list[list[Score]]:
        """The other scores whose main comparison is adjusted, those of one method and the same time points together."""
        found: dict[Any, list[Score]] = {}
        for o in self._unmodelled():
            if self._adjusted(o):
                kind = o.first, o.later, None if o.first else tuple(o.declared.get("adjust_for") or ())
                found.setdefault(kind, []).append(o)
        return list(found.values())

    def unadjusted(self) -> list[Score]:
        """The other scores whose main comparison is plain."""
        return [o for o in self._unmodelled() if not self._adjusted(o)]

    def _unmodelled(self) -> list[Score]:
        there = self.modelled()
        return [o for o in self.paper.scores if o not in there]

    def _adjusted(self, o: Score) -> bool:
        return any(self.paper.main_estimate(o, t, c).adjusted for t in o.later for c in self.paper.contrasts)

    def names_short(self, items: list[Score]) -> list[Md]:
        return [o.short for o in items]

    def whens(self, times: tuple[str, ...]) -> list[Md]:
        """'at 3 months' for each of some time points."""
        return [self.paper.when(t) for t in times]

    def needed_for(self, o: Score) -> list[Md]:
        """What a patient must have beside a later value: the value before treatment, and the variables adjusted for."""
        return [Md("the value before treatment")] * bool(o.first) + self.paper.adjusted_for(o)

    def fitted(self, o: Score) -> bool:
        """Whether the model of a score could be fitted."""
        return self.emit.results["analyses"][f"{o.id}.mixed"]["error"] is None

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
