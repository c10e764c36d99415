"""What templates say of the patients in each analysis: whether they are all, and how many where they are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context, joined, phrase
from report.emit import Emitter
from report.kinds import Outcome, Score
from report.markdown import Md
from report.trial import TrialContext

_MOST_TOLD = 3  # analyses with fewer patients that the methods name one by one


@dataclass(frozen=True)
class Analysed:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context
    trial: TrialContext

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def nobody_left_out(self) -> bool:
        """Whether no population leaves out patients of an outcome."""
        populations = self.paper.study["populations"]
        first = next(iter(populations))
        return all(populations[o.declared.get("population") or first]["where"] is None for o in self.paper.outcomes)

    def everyone_analysed(self) -> bool:
        """Whether each outcome is analysed in every patient, at each of its times."""
        return self.nobody_left_out() and not self._short()

    def short_of_all(self) -> Md:
        """'the analysis of death at 6 months had 40 of 45 patients in the A group and …; …' for each analysis without
        some of the patients; nothing where these are many, or where a number is not known."""
        short = self._short()
        if len(short) * len(self.paper.arms) > 2 * _MOST_TOLD or not all(self._known(o, t) for o, t in short):
            return Md("")
        said = [phrase("the analysis of {} had {}", self._said(o, t), joined(self._of(o, t))) for o, t in short]
        return Md("; ".join(said))

    def someone_short(self) -> bool:
        return bool(self._short())

    def _short(self) -> list[tuple[Outcome, str]]:
        """Outcomes and times that are not analysed in every patient; an outcome with a mixed model once."""
        return [(o, t) for o, t in self._analyses() if not self._complete(o, t)]

    def _analyses(self) -> list[tuple[Outcome, str]]:
        found = []
        for o in self.paper.outcomes:
            times = self.trial.flow_times(o)
            found += [(o, t) for t in (times[-1:] if self._modelled(o) else times)]
        return found

    def _known(self, o: Outcome, t: str) -> bool:
        return all(self.paper.analysed(g, o, t) for g in self.paper.arms)

    def _complete(self, o: Outcome, t: str) -> bool:
        return self._known(o, t) and all(
            self.emit.value(self.paper.analysed(g, o, t)) == self.emit.value(f"flow.{g}.assigned")
            for g in self.paper.arms
        )

    def _said(self, o: Outcome, t: str) -> Md:
        return o.short if self._modelled(o) else self.trial.flow_words(o, t)

    def _of(self, o: Outcome, t: str) -> list[Md]:
        return [
            phrase(
                "{} of {}{} in {}",
                self.emit.n(self.paper.analysed(g, o, t)),
                self.emit.n(f"flow.{g}.assigned"),
                " patients" if i == 0 else "",
                self.paper.group(g),
            )
            for i, g in enumerate(self.paper.arms)
        ]

    def _modelled(self, o: Outcome) -> bool:
        return isinstance(o, Score) and f"{o.id}.mixed" in self.emit.results["analyses"]

    def globals(self) -> dict[str, Any]:
        return {k: getattr(self, k) for k in ("nobody_left_out", "everyone_analysed", "short_of_all", "someone_short")}
