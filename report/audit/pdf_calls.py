"""Pdfium's functions with plain addresses for handles, for what is asked of each character, glyph and object of a page.

As pypdfium2 declares them, the checks of their arguments would cost more than the calls.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import PYFUNCTYPE, c_void_p, cast
from typing import Any


def plain(function: Any) -> Callable[..., Any]:
    """A function of pypdfium2's `raw` that takes an address, a ctypes array, `byref` or bytes for each pointer, and
    gives an address (None where there is nothing) for the pointer that it returns."""
    takes = [_plain_kind(kind) for kind in function.argtypes]
    return PYFUNCTYPE(_plain_kind(function.restype), *takes)(cast(function, c_void_p).value)  # type: ignore[arg-type]


def _plain_kind(kind: Any) -> Any:
    return c_void_p if hasattr(kind, "contents") else kind


def address_of(handle: Any) -> int:
    """The address of a handle that pypdfium2 gave."""
    return cast(handle, c_void_p).value or 0
