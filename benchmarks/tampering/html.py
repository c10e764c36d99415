"""An HTML paper that can be edited: only the text that an edit names changes, every other byte stays."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from benchmarks.tampering.nodes import Edit, Node
from benchmarks.tampering.pieces import Piece, grouped, rewritten

_TAG = re.compile(
    r"<!--.*?-->|<!\w[^>]*>|<(?P<raw>script|style)\b.*?</(?P=raw)\s*>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)(?P<rest>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?P<self>/?)>",
    re.DOTALL | re.IGNORECASE,
)
_VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "wbr", "area", "base", "source"))
_INLINE = frozenset(("a", "abbr", "b", "cite", "code", "em", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u", "tspan", "wbr"))  # fmt: skip  # noqa: E501
_BY_CLASS = {"table-caption": "caption", "figure-caption": "caption", "table-note": "note", "paper-title": "title"}
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


class HtmlPaper:
    """`Editable` over the visible text of an HTML file, svg figures and their text alternatives in it."""

    def __init__(self, data: bytes) -> None:
        self._source = data.decode("utf-8")
        self._nodes: list[Node] = []
        self._pieces: list[list[Piece]] = []
        self._spans: list[tuple[int, int]] = []
        """Where each piece lies in the source; a piece's handle counts these."""
        self._read()

    @property
    def nodes(self) -> Sequence[Node]:
        return self._nodes

    def edited(self, edits: Sequence[Edit]) -> bytes:
        changes: list[tuple[int, int, str]] = []
        for node, own in grouped(edits).items():
            for at, text in rewritten(self._pieces[node], own).items():
                changes.append((*self._spans[at], html.escape(text, quote=False)))
        out: list[str] = []
        last = 0
        for start, end, text in sorted(changes):
            out += [self._source[last:start], text]
            last = end
        return "".join([*out, self._source[last:]]).encode()

    def _read(self) -> None:
        source = self._source
        body = re.search(r"<body\b", source)
        at = body.start() if body else 0
        stack: list[tuple[str, str]] = []  # tag, kind that it gives its text
        held: list[Piece] = []
        table = row = column = wide = figure = 0

        def flush() -> None:
            while held and not held[0].text.strip():
                held.pop(0)
            while held and not held[-1].text.strip():
                held.pop()
            if held:
                text = "".join(piece.text for piece in held)
                kind = next((kind for _, kind in reversed(stack) if kind), "paragraph")
                cell = kind == "cell"
                drawn = kind in ("figure", "alt")
                place = f"table {table}, row {row}, column {column}" if cell else f"figure {figure}" if drawn else ""
                where = (table, row, column) if cell else (0, 0, 0)
                self._nodes.append(Node(text, kind, place, *where, figure=figure if drawn else 0))
                self._pieces.append(list(held))
            held.clear()

        def hold(start: int, end: int) -> None:
            if end > start:
                self._spans.append((start, end))
                text = html.unescape(source[start:end]).replace("\n", " ")
                held.append(Piece(text, len(self._spans) - 1))

        for tag in _TAG.finditer(source, at):
            hold(at, tag.start())
            at = tag.end()
            name = (tag["name"] or "").lower()
            if not name:
                continue
            if name == "br":
                held.append(Piece("\n", None))
            if name in _INLINE or name in _VOID:
                continue
            inside = any(kind == "reference" for _, kind in stack)
            if tag["close"]:
                if not (inside and stack[-1][1] != "reference"):
                    flush()
                while stack and stack.pop()[0] != name:
                    pass
                continue
            if inside:
                if held:
                    held.append(Piece(" ", None))
            else:
                flush()
            attributes = {key: a or b for key, a, b in _ATTRIBUTE.findall(tag["rest"])}
            kind = next((_BY_CLASS[c] for c in attributes.get("class", "").split() if c in _BY_CLASS), "")
            if "csl-entry" in attributes.get("class", "").split():
                kind = "reference"
            if name == "table":
                table, row = table + 1, 0
            elif name == "tr":
                row, column, wide = row + 1, 1, 0
            elif name in ("td", "th"):
                column += wide
                wide = int(attributes.get("colspan") or 1)
                kind = "cell"
            elif re.fullmatch("h[1-6]", name):
                kind = kind or "heading"
            elif name == "svg":
                figure += 1
            elif name == "text":
                kind = "figure"
            elif name in ("title", "desc"):
                kind = "alt"
            if not tag["self"]:
                stack.append((name, kind))
        hold(at, len(source))
        flush()
