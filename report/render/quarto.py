"""Real Quarto, where it is on the path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from report.errors import ReportError


def available() -> str | None:
    """Quarto's version, or None when there is none."""
    return None


def render(folder: Path, formats: Sequence[str]) -> dict[str, Path]:
    raise ReportError("Rendering with Quarto is not built yet: use --engine embedded.")
