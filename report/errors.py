"""What goes wrong for a reason that the user can mend: a sentence, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence


class ReportError(Exception):
    """The paper could not be made. ``problems`` are sentences: what is wrong, where, what to do."""

    def __init__(self, *problems: str | Sequence[str]) -> None:
        flat: list[str] = []
        for problem in problems:
            flat.extend([problem] if isinstance(problem, str) else problem)
        self.problems: tuple[str, ...] = tuple(flat)
        super().__init__("\n".join(flat))
