"""What a build was made from, so that an unchanged study is not built again.

The manifest lies in the output folder as ``build.json``: hashes of every input, of the program's own files and of the
outputs. A build stands only while all of them are as they were.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from report.ledger import file_sha256, sha256
from report.paths import EXTENSION, TEMPLATES

NAME = "build.json"
_PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "jinja2", "pypandoc_binary", "typst")


@dataclass(frozen=True)
class Manifest:
    options: Mapping[str, Any]
    program: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        return str(self.options["engine"])

    @classmethod
    def wanted(cls, folder: Path, *, formats: Sequence[str], engine: str, style: str | None) -> Manifest:
        """What a build with these options would be made from."""
        if engine == "auto":
            engine = "quarto" if _quarto_runs() else "embedded"
        options = {"formats": list(formats), "engine": engine, "style": style}
        return cls(options, program_hash(), _inputs(folder))

    def stands(self, out: Path) -> bool:
        """Whether ``out`` holds a build from exactly this, untouched since."""
        try:
            last = json.loads((out / NAME).read_text(encoding="utf-8"))
            return bool(
                last["options"] == self.options
                and last["program"] == self.program
                and last["inputs"] == self.inputs
                and last["outputs"] == {name: file_sha256(out / name) for name in last["outputs"]}
            )
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def write(self, out: Path, *, engine: str) -> None:
        """Notes this build in ``out``, with the engine that made it."""
        record = {
            "options": dict(self.options) | {"engine": engine},
            "program": self.program,
            "inputs": dict(self.inputs),
        }
        _note(out, record)

    @staticmethod
    def retake(out: Path) -> None:
        """Notes the files of ``out`` as they are now; what they were made from stays as it was noted."""
        _note(out, json.loads((out / NAME).read_text(encoding="utf-8")))


def _note(out: Path, record: dict[str, Any]) -> None:
    outputs = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name != NAME and not p.name.startswith(".")]
    record["outputs"] = {p.relative_to(out).as_posix(): file_sha256(p) for p in outputs}
    beside = out / f".{NAME}.new"
    beside.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(out / NAME)


def _inputs(folder: Path) -> dict[str, str]:
    """Hashes of the study's files: every file in its folder, hidden ones and caches apart."""
    return {
        path.relative_to(folder).as_posix(): file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    }


def program_hash() -> str:
    """One hash over the program's own files and the versions of what it stands on."""
    import analysis

    home = Path(__file__).resolve().parent
    files = [p for root in (home, Path(analysis.__file__).parent) for p in root.rglob("*.py")]
    files += [p for root in (TEMPLATES, EXTENSION) for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    versions = [platform.python_version(), *(importlib.metadata.version(name) for name in _PACKAGES)]
    return sha256("\n".join([*versions, *(file_sha256(p) for p in sorted(files))]).encode())


def _quarto_runs() -> bool:
    if shutil.which("quarto") is None:  # the usual case, for which the renderers need not be imported
        return False
    from report.render.quarto import available

    return available() is not None
