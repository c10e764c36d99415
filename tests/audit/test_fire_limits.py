"""docs/limits.md tells the limits of the code: each that it names has that value, and none of the code is left out."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pypdfium2
import pytest

from report import audit
from report.guard import Limits

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\|[^|]+\| ([0-9,]+)(?: (s|MB|GB))? \| `(\w+)\.([\w.]+)`", re.MULTILINE)
UNITS = {"": 1, "s": 1, "MB": 10**6, "GB": 10**9}
TOLD = {
    f"{module}.{name}": int(value.replace(",", "")) * UNITS[unit] for value, unit, module, name in ROW.findall(TEXT)
}
LIMIT = re.compile(r"_?(?:MAX_|MOST|DEEPEST$|CLASHES$|POINTS$|LARGEST$)")
WHAT_A_LETTER_IS = {"html_svg.MOST_CURVES", "html_svg.MOST_PARTS", "rules.distributions._MOST"}
"""Limits of other things than of what is read."""


def limits_of_the_code() -> dict[str, int]:
    root = Path(audit.__file__).parent
    found = {}
    for path in sorted(root.rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        module = importlib.import_module(f"report.audit.{name.removesuffix('.__init__')}")
        found |= {
            f"{name}.{key}": value
            for key, value in vars(module).items()
            if LIMIT.match(key)
            and type(value) is int
            and re.search(rf"^{key}\b.*=", path.read_text("utf-8"), re.MULTILINE)
        }
    return {name: value for name, value in found.items() if name not in WHAT_A_LETTER_IS}


def test_every_limit_of_the_code_is_told() -> None:
    code = limits_of_the_code()
    assert len(code) > 25
    assert {name: TOLD.get(name) for name in code} == code


@pytest.mark.parametrize("named", [name for name in TOLD if not name.startswith("guard.")])
def test_what_is_told_is_in_the_code(named: str) -> None:
    module, name = named.split(".")
    found = getattr(importlib.import_module(f"report.audit.{module}"), name)
    if callable(found):  # a figure in a signature: text_of(record, *, most=200)
        found = found.__kwdefaults__["most"]
    assert found == TOLD[named]


def test_the_limits_of_the_child_are_told() -> None:
    limits = Limits()
    assert (TOLD["guard.Limits.memory"], TOLD["guard.Limits.seconds"]) == (limits.memory, limits.seconds)


def test_pdfium_runs_no_scripts() -> None:
    """docs/limits.md says so: neither JavaScript nor XFA forms."""
    assert not {"V8", "XFA"} & set(pypdfium2.version.PDFIUM_INFO.flags)
