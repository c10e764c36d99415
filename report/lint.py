"""Refusing what was typed and not emitted: digits, number words and claim words, in templates and in authors' prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from report.ledger import Block
from report.markdown import escape
from report.numerals import NUMERAL, claim_pattern

# What may hold digits without printing them: citations, identifiers and attributes of Markdown.
_UNPRINTED = re.compile(r"\[@[^\]]*\]|\{[#.][^{}]*\}|\]\(#[^)]*\)")
# What an author's prose may use of Markdown: citations and emphasis. All else is printed as typed.
_PROSE_MARKUP = re.compile(r"(\[@[^\]]*\]|(?<![\w*])\*(?=\S)[^*\n]+(?<=\S)\*(?![\w*]))")


@dataclass(frozen=True)
class Typed:
    """A number or claim word that stands literally in a source."""

    where: str
    line: int
    text: str
    kind: str

    @property
    def place(self) -> str:
        return f"{self.where}, line {self.line}"

    @property
    def what(self) -> str:
        return f"the {self.kind} '{self.text}' is typed."

    @property
    def cure(self) -> str:
        if self.kind == "number":
            return (
                "Emit it: n(…) for a statistic, constant(…) for a declared constant, quoted(…) for a cited paper's "
                "figure."
            )
        return "Let the results choose it: direction, unclear, is_ in templates; quoted(…) for a cited finding."

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.cure}"


def lint_source(environment: Environment, source: str, where: str) -> list[Typed]:
    """Everything typed in the literal text of a Jinja source, with file and line."""
    found: list[Typed] = []
    for line, kind, value in environment.lex(source):
        if kind != "data":
            continue
        text = _UNPRINTED.sub(lambda m: " " * len(m.group()), value)
        for sort, pattern in (("number", NUMERAL), ("claim word", claim_pattern())):
            for match in pattern.finditer(text):
                at = line + text.count("\n", 0, match.start() + len(match.group()) - len(match.group().lstrip()))
                found.append(Typed(where, at, match.group().strip(), sort))
    return sorted(found, key=lambda t: t.line)


def prose_source(environment: Environment, source: str) -> str:
    """An author's prose as a safe Jinja source: all but citations and emphasis is escaped, to print literally."""
    out: list[str] = []
    for _, kind, value in environment.lex(source):
        if kind != "data":
            out.append(value)
            continue
        for piece in _PROSE_MARKUP.split(value):
            if _PROSE_MARKUP.fullmatch(piece):
                out.append(piece if piece.startswith("[@") else f"*{_escape_lines(piece[1:-1])}*")
            else:
                out.append(_escape_lines(piece))
    return "".join(out)


def _escape_lines(text: str) -> str:
    return "\n".join(str(escape(line)) for line in text.split("\n"))


def syntax_fault(error: TemplateSyntaxError, where: str) -> str:
    return f"{where}, line {error.lineno}: the template text cannot be read ({error.message})."


def unaccounted(block: Block) -> Iterator[str]:
    """Numerals and claim words of a composed block that no entry stands for."""
    covered = [(start, end) for _, start, end in block.spans]
    for pattern in (NUMERAL, claim_pattern()):
        for match in pattern.finditer(block.text):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            if not any(a < match.end() and start < b for a, b in covered):
                yield match.group().strip()
