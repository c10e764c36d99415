"""Zip files whose bytes depend on their content only."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Writes the members in the given order, beside ``path`` first, so that no half-written file is ever seen."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, content in members.items():
                info = zipfile.ZipInfo(name, _WHEN)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                info.create_system = 3
                archive.writestr(info, content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
