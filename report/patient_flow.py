"""What templates say of patients who are not in the data, of numbers that nobody reported, and of their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context, joined, phrase
from report.emit import Emitter
from report.markdown import Md


@dataclass(frozen=True)
class PatientFlow:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def lacks_data(self) -> bool:
        """Whether some of the assigned patients have no row in the data."""
        return self.emit.has("flow.without_data")

    def absent(self) -> list[Md]:
        """'two of nine patients in the placebo group (moved away, 2)' for each group of whom the data lack patients."""
        said = []
        for g in self.paper.groups:
            name = f"flow.{g}.without_data"
            if self.lacks_data() and self.emit.value(name):
                counts = phrase(
                    "{} of {}", self.emit.n(name, words=True), self.emit.n(f"flow.{g}.assigned", words=True)
                )
                reasons = self.paper.reasons(g, "without_data_reason")
                why = phrase(" ({})", joined(reasons)) if reasons else Md("")
                said.append(phrase("{} patients in {}{}", counts, self.paper.group(g), why))
        return said

    def flow_count(self, name: str) -> Md:
        """'n = 7', or that the number was not reported."""
        if not self.emit.estimable(name):
            return Md("number not reported")
        return phrase("n = {}", self.emit.n(name))

    def flow_reasons(self, group: str, what: str) -> Md:
        """': leukopenia', or of several ': leukopenia, 2; rash, 1' for a box's line, or nothing."""
        found = self.paper.reasons(group, f"{what}_reason")
        if len(found) < 2:
            found = self.paper.reasons(group, f"{what}_reason", counts=False)
        return phrase(": {}", Md("; ".join(found))) if found else Md("")

    def unknown_of(self) -> list[Md]:
        """'how many stopped treatment early in the placebo group' where another group's number is known."""
        asked = [("received", "received the treatment"), ("stopped", "stopped treatment early")]
        asked += [(f"lost_{t}", "were lost to follow-up") for t in self.paper.lost_times()[-1:]]
        said = []
        for what, words in asked:
            unknown = [g for g in self.paper.groups if not self.emit.estimable(f"flow.{g}.{what}")]
            if unknown and self.paper.known_of(what):
                said.append(phrase("how many {} in {}", words, joined(map(self.paper.group, unknown))))
        return said

    def flow_sources(self) -> list[Md]:
        """Where the declared numbers are from, each source once."""
        flow = self.paper.study.get("flow")
        if not flow:
            return []
        paths = {str(flow["source"]): "flow.source"}
        for group, told in flow["groups"].items():
            at = f"flow.groups.{group}"
            parts: list[tuple[Any, str]] = [(told, at)]
            parts += [(told.get(part), f"{at}.{part}") for part in ("not_received", "discontinued", "without_data")]
            parts += [(one, f"{at}.lost.{i}") for i, one in enumerate(told.get("lost") or [])]
            for part, path in parts:
                if part and part.get("source"):
                    paths.setdefault(str(part["source"]), f"{path}.source")
        return [self.emit.declared(path) for path in paths.values()]

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
