"""What goes wrong for a reason that the user can mend: a sentence, never a traceback."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class ReportError(Exception):
    """The paper could not be made. ``problems`` are sentences: what is wrong, where, what to do."""

    def __init__(self, *problems: str | Sequence[str]) -> None:
        flat: list[str] = []
        for problem in problems:
            flat.extend([problem] if isinstance(problem, str) else problem)
        self.problems: tuple[str, ...] = tuple(flat)
        super().__init__("\n".join(flat))


def printable(text: str) -> str:
    """A text as it may go to a terminal: what a file says must not move the cursor, set colours or turn the order of
    letters round."""
    return _UNPRINTABLE.sub("\ufffd", text)
