"""The environment of templates and prose: sandboxed, strict, escaping for Markdown; compiled once a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment

from report import lint
from report.markdown import finalize
from report.paths import TEMPLATES

FOLDERS = ("paper", "tables", "figures")


class _Memory(BytecodeCache):
    """Compiled templates of this process, so that they can be compiled while the results are being computed."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Memory()


def environment(names: dict[str, Any]) -> SandboxedEnvironment:
    """An environment in which templates see ``names`` and nothing else."""
    made = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
        bytecode_cache=_COMPILED,
    )
    made.globals.clear()
    made.globals.update(names)
    return made


def warm() -> None:
    """Compiles and lints the templates, and loads what composing needs."""
    import report.compose  # noqa: F401

    plain = environment({})
    for name in plain.list_templates(extensions=["j2"]):
        plain.get_template(name)
    typed_in_templates()


def typed_in_prose(prose: Mapping[str, tuple[str, str]]) -> tuple[list[lint.Typed], list[str]]:
    """Numbers and claim words that stand typed in an author's texts (key: file name and text), and a sentence for each
    text that cannot be read."""
    plain = environment({})
    found: list[lint.Typed] = []
    broken: list[str] = []
    for where, source in prose.values():
        try:
            plain.parse(source)
            found += lint.lint_source(plain, source, where)
        except TemplateSyntaxError as error:
            broken.append(lint.syntax_fault(error, where))
    return found, broken


@lru_cache(maxsize=1)
def typed_in_templates() -> tuple[lint.Typed, ...]:
    """Numbers and claim words that stand typed in a template; there should be none."""
    plain = environment({})
    found: list[lint.Typed] = []
    for folder in FOLDERS:
        for path in sorted((TEMPLATES / folder).glob("*.j2")):
            found += lint.lint_source(plain, path.read_text(encoding="utf-8"), f"templates/{folder}/{path.name}")
    return tuple(found)
