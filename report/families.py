"""Comparisons whose P value was adjusted for multiplicity: what the text prints of them, and may say; and how many
comparisons there are. Nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context, Contrast, MainEstimate, joined, of_family, phrase
from report.designs import FAMILIES
from report.kinds import Outcome, Score
from report.markdown import Md

_DISPUTED = "excludes no difference, but the test does not"


@dataclass(frozen=True)
class Families:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    def tested_by(self, o: Outcome, t: str, c: Contrast, p: str) -> str:
        """The name of the P value that decides: that of the family where there is one, else ``p``."""
        return self.paper.tested_by(o, t, c, p)

    def told_estimate(self, score: Score, t: str, c: Contrast) -> MainEstimate:
        """As `main_estimate`, with the P value of the family, and Dunnett's interval where there is one."""
        return self.paper.told_estimate(score, t, c)

    def judged(self, name: str, stem: str = "ci", p: str | None = None) -> str:
        """As `state`; 'disputed' where the interval excludes no difference and the adjusted P value does not."""
        claims = self.paper.claims
        state = claims.state(name, stem)
        if p and of_family(p) and state in ("above", "below") and not claims.firm(name, p, stem):
            return "disputed"
        return state

    def direction_by(self, name: str, p: str | None, above: str, below: str, stem: str = "ci") -> Md:
        """``above`` or ``below``, which of a family's comparison rests on its adjusted P value too."""
        claims = self.paper.claims
        if p and of_family(p):
            return claims.firmly(name, p, above, below, stem)
        return claims.direction(name, above, below, stem)

    def p_told(self, p: str) -> Md:
        """'P = 0.03', or 'multiplicity-adjusted P = 0.03'."""
        return phrase("multiplicity-adjusted {}", self.paper.emit.p(p)) if of_family(p) else self.paper.emit.p(p)

    def ci_told(self, name: str, stem: str = "ci") -> Md:
        """The interval, which is called simultaneous where it is Dunnett's."""
        interval = self.paper.ci(name, stem)
        return phrase("simultaneous {}", interval) if ".multiplicity." in name else interval

    def disputed_by(self, name: str, p: str, stem: str = "ci") -> Md:
        """That the interval, but not the adjusted test, excludes no difference."""
        return self.paper.claims.disputed(name, p, _DISPUTED, stem)

    def families(self) -> bool:
        """Whether some P values are adjusted for the number of comparisons."""
        return bool(self._adjusted())

    def simultaneous(self) -> bool:
        """Whether some intervals are those of all comparisons together."""
        return any(self.paper.emit.results["analyses"][name]["method"] == "dunnett" for name in self._adjusted())

    def family_methods(self) -> Md:
        """'Holm's method', 'Dunnett's method or Holm's method'."""
        analyses = self.paper.emit.results["analyses"]
        first: dict[str, str] = {}
        for name in self._adjusted():
            first.setdefault(str(analyses[name]["method"]), name)
        said = [self.paper.claims.is_(f"analyses.{first[m]}.method", FAMILIES, where="results") for m in sorted(first)]
        return joined(said, "or")

    def _adjusted(self) -> list[str]:
        return [name for name in self.paper.emit.results["analyses"] if name.endswith(".multiplicity")]

    # ---- how many ------------------------------------------------------------------------

    def comparisons_counted(self) -> Md:
        """How many comparisons between groups were made, and of what; nothing where the results do not say."""
        emit = self.paper.emit
        total = "design.comparisons"
        parts = {
            "outcomes": "{} of outcomes",
            "tests": "{} of all groups at once",
            "interactions": "{} of interactions",
            "sensitivity": "{} in sensitivity analyses",
            "harms": "{} of harms",
        }
        if not emit.has(total) or not emit.value(total):
            return Md("")
        told = [
            phrase(words, emit.n(name))
            for part, words in parts.items()
            if emit.has(name := f"{total}_{part}") and emit.value(name)
        ]
        pair = "for each treatment or pair of groups" if self.paper.study["design"].get("factors") else (
            "for each pair of groups"
        )  # fmt: skip
        return phrase(
            "Counting each outcome once at each time {}, {} {} between groups {} made: {}.",
            pair,
            emit.n(total),
            self.paper.plural_of(total, "comparison"),
            self.paper.plural_of(total, "was", "were"),
            joined(told),
        )

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("paper", "globals")]
        return {k: getattr(self, k) for k in own}
