"""Which engine renders: real Quarto where it is, else the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from report.errors import ReportError
from report.render import embedded, quarto

Render = Callable[[Path, Sequence[str]], Iterable[tuple[str, Path]]]


@dataclass(frozen=True)
class Engine:
    name: str  # "quarto" or "embedded"
    version: str
    render: Render  # gives (format, file) one after the other


def choose(wanted: str = "auto") -> Engine:
    """``auto`` takes Quarto when it is on the path. Asking for Quarto where there is none is an error."""
    if wanted not in ("auto", "quarto", "embedded"):
        raise ReportError(f"The engine {wanted!r} is unknown: use auto, quarto or embedded.")
    if wanted != "embedded":
        version = quarto.available()
        if version is not None:
            return Engine("quarto", version, lambda folder, formats: quarto.render(folder, formats).items())
        if wanted == "quarto":
            raise ReportError(
                "Quarto was asked for, but there is no quarto on the path: install it or use --engine embedded."
            )
    return Engine("embedded", embedded.version(), embedded.render_each)
