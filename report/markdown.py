"""Markdown as the paper uses it: a safe string type, escaping, marks for emitted text, and the way back to plain text.

Emitted text travels through the templates as a mark (two private-use characters around an entry's id) and is replaced
at the end, once for the Markdown and once for the plain text of the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup

OPEN, CLOSE = "\ue000", "\ue001"
MARK = re.compile(f"{OPEN}([a-z]+[0-9]+){CLOSE}")
# One line that stands for a table or figure until the paper is put together.
FLOAT_OPEN, FLOAT_CLOSE = "\ue002", "\ue003"
FLOAT = re.compile(f"{FLOAT_OPEN}([a-z0-9-]+){FLOAT_CLOSE}")
# Between the cells of a table's row in a table template.
CELL = "\ue004"

# Quotation marks and commas stay, so that typographic quotes work; a full stop matters only in a list's number.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~^$@:&])")
_LIST_NUMBER = re.compile(r"^(\s*\w+)\.(?=\s)")
_PLAIN_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[\]\{\.indent\}"), ""),
    (re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)"), r"\1"),  # link: keep its text
    (re.compile(r"\[([^\[\]]*)\]\{[^{}]*\}"), r"\1"),  # span: keep its text
    (re.compile(r"(?<!\\)\*\*"), ""),
    (re.compile(r"(?<!\\)\*"), ""),
    (re.compile(r"(?<!\\)\^([^\^\s]+)(?<!\\)\^"), r"\1"),
    (re.compile(r"(?<!\\)~([^~\s]+)(?<!\\)~"), r"\1"),
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class Md(Markup):
    """Text that is Markdown already and must not be escaped again."""


def escape(text: object) -> Md:
    """Any text as Markdown that prints it literally; line ends become spaces."""
    flat = " ".join(str(text).split("\n"))
    return Md(_LIST_NUMBER.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", flat)))


def finalize(value: object) -> object:
    """Jinja's last step for each ``{{ … }}``: Markdown stays, any other text is escaped."""
    if value is None:
        return Md("")
    return value if hasattr(value, "__html__") else escape(value)


def mark(entry_id: str) -> Md:
    return Md(f"{OPEN}{entry_id}{CLOSE}")


def to_plain(markdown: str, text_of: Callable[[str], str]) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """The text that a reader sees, and where each mark's text stands in it."""
    # Escaped characters hide behind private-use stand-ins while markup is taken away.
    hidden = _ESCAPED.sub(lambda m: chr(0xF000 + ord(m.group(1))), markdown)
    for pattern, replacement in _PLAIN_STEPS:
        hidden = pattern.sub(replacement, hidden)
    shown = re.sub("[\uf021-\uf07e]", lambda m: chr(ord(m.group()) - 0xF000), hidden)
    shown = re.sub(r"[ \n\t]+", " ", shown).strip()
    out: list[str] = []
    spans: list[tuple[str, int, int]] = []
    length = last = 0
    for found in MARK.finditer(shown):
        before, text = shown[last : found.start()], text_of(found.group(1))
        out += [before, text]
        length += len(before)
        spans.append((found.group(1), length, length + len(text)))
        length += len(text)
        last = found.end()
    out.append(shown[last:])
    return "".join(out), tuple(spans)
