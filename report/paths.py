"""Where templates and the Quarto extension lie: in the installed wheel, or in the source tree."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHARE = _PACKAGE / "_share"
_HOME = _SHARE if _SHARE.is_dir() else _PACKAGE.parent

TEMPLATES = _HOME / "templates"
EXTENSION = _HOME / "_extensions" / "everynumber"
LOOKS = TEMPLATES / "looks"
