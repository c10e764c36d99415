"""Where in the finished files the words of the paper stand: page of the PDF, line and paragraph of the Word file.

The files are read as plain text, of which letters and digits count, so that hyphens, ligatures and line ends do not
matter. Whether a file shows what it should is the audit's business; here only places are sought.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import unicodedata
import zipfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from report.audit.align import longest_increasing
from report.checklist.states import Place

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADS = ((0, 80), (0, 40), (0, 24))
"""Stretches from the head of a text that are sought, the longest first: a page's end may cut one."""
_WITHIN = (*_HEADS, (25, 65), (60, 100))
"""The same for words within a block that was found: they may begin just before a page's end."""
_SURE, _HEAD = 24, 40
"""Letters of a stretch that is sought at least; letters at the head of a block by which it is known."""
_STEP, _SHARE, _BETWEEN = 16, 0.7, 4000
_MARGIN_PT = 70
"""Line numbers stand left of this; text does not."""
_CONVERT_SECONDS = 120


@dataclass(frozen=True)
class Text:
    """The letters of a file, and where each of its parts (pages, paragraphs) begins in them."""

    letters: str
    starts: tuple[int, ...]
    labels: tuple[int, ...]

    def label(self, at: int) -> int:
        """The page or paragraph that holds a letter."""
        return self.labels[bisect_right(self.starts, at) - 1]


def letters(text: str) -> str:
    """Letters and digits only, in one form."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def joined(parts: Iterable[tuple[int, str]]) -> Text:
    """A text from its parts with their labels."""
    out, starts, labels, length = [], [], [], 0
    for label, part in parts:
        squeezed = letters(part)
        starts.append(length)
        labels.append(label)
        out.append(squeezed)
        length += len(squeezed)
    return Text("".join(out), tuple(starts), tuple(labels))


def positions(
    blocks: Sequence[Mapping[str, Any]], spans: Mapping[tuple[str, int], str], text: Text
) -> dict[tuple[str, int], int]:
    """For each span, by (block, its number), the letter of the file at which it begins; absent where it is not found.

    Blocks whose words occur once are the fixed points, as far as they keep the order of reading; each other block is
    sought between its neighbours among them. Only captions may stand elsewhere, since tables and figures float.
    """
    told = [(block["id"], block["kind"], letters(str(block.get("text", "")))) for block in blocks]
    told = [one for one in told if one[1] not in ("cell", "figure", "alt", "note")]
    heads = Counter(whole[:_HEAD] for _, _, whole in told)
    once = [
        (i, text.letters.find(whole[:_HEAD]))
        for i, (_, _, whole) in enumerate(told)
        if len(whole) >= _SURE and heads[whole[:_HEAD]] == 1 and text.letters.count(whole[:_HEAD]) == 1
    ]
    fixed = longest_increasing(once)
    order = [i for i, _ in fixed]
    found: dict[tuple[str, int], int] = {}
    for i, (block, kind, whole) in enumerate(told):
        mine = [(key, words) for key, words in spans.items() if key[0] == block]
        if not mine:
            continue
        after = bisect_right(order, i)
        low = fixed[after - 1][1] if after else 0
        high = fixed[after][1] if after < len(fixed) else len(text.letters)
        at = _seek(whole, text.letters, low, high)
        if at is None:
            at = dict(once).get(i) if kind == "caption" else None
        if at is None:
            continue
        for key, words in mine:
            inside = _seek(letters(words), text.letters, at, at + 2 * len(whole) + _BETWEEN, _WITHIN)
            if inside is not None:
                found[key] = inside
    return found


def _seek(words: str, text: str, start: int, stop: int, windows: Sequence[tuple[int, int]] = _HEADS) -> int | None:
    """Where words begin in a text at or after a letter, and before another one."""
    if not words:
        return None
    if len(words) <= _SURE:
        at = text.find(words, start, stop + len(words))
        return at if at >= 0 else None
    for low, high in windows:
        window = words[low:high]
        if len(window) < _SURE:
            continue
        at = text.find(window, start, stop + high)
        if at >= 0 and _stands(words, text, max(start, at - low)):
            return max(start, at - low)
    return None


def _stands(words: str, text: str, at: int) -> bool:
    """Whether words stand in a text from a letter on, and not only some that another sentence has too. A page's header
    and footer, or a figure, may lie between them."""
    here = text[max(0, at - _STEP) : at + 2 * len(words) + _BETWEEN]
    pieces = [words[i : i + _STEP] for i in range(0, len(words) - _STEP + 1, _STEP)]
    return sum(piece in here for piece in pieces) >= _SHARE * len(pieces)


# ---- files -----------------------------------------------------------------------------------------------------------


def read_pdf(data: bytes) -> Text:
    """The letters of a PDF, by page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return joined((i + 1, document[i].get_textpage().get_text_bounded()) for i in range(len(document)))
    finally:
        document.close()


def read_word(data: bytes) -> Text:
    """The letters of a Word file, by paragraph."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    paragraphs = ("".join(t.text or "" for t in p.iter(f"{_W}t")) for p in root.iter(f"{_W}p"))
    return joined(enumerate(paragraphs, 1))


def read_html(data: bytes) -> Text:
    """The letters of a page."""
    from lxml import html

    root: Any = html.fromstring(data)
    for hidden in root.xpath("//script|//style|//head"):
        hidden.drop_tree()
    return joined([(1, root.text_content())])


def read_lines(docx: Path) -> Text | None:
    """The letters of a Word file by the numbers of its lines, as LibreOffice lays it out; None where there is no
    LibreOffice, or it numbers no lines."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    with tempfile.TemporaryDirectory(prefix="everynumber-") as scratch:
        profile = (Path(scratch) / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", scratch]
        try:
            subprocess.run([*command, str(docx)], capture_output=True, timeout=_CONVERT_SECONDS, check=True)
            return numbered_lines((Path(scratch) / f"{docx.stem}.pdf").read_bytes())
        except (OSError, subprocess.SubprocessError):
            return None


def numbered_lines(pdf: bytes) -> Text | None:
    """The letters of a PDF with numbers in its left margin, by number: each line of text has that of its height, and
    what has none (tables) that of the last before it."""
    import pypdfium2

    parts: list[tuple[int, str]] = []
    last = 0
    document = pypdfium2.PdfDocument(pdf)
    try:
        for index in range(len(document)):
            page = document[index].get_textpage()
            boxes = [page.get_rect(i) for i in range(page.count_rects())]
            told = [(box, page.get_text_bounded(*box).strip()) for box in boxes]
            numbers = {(box[1] + box[3]) / 2: int(text) for box, text in told if box[2] < _MARGIN_PT and text.isdigit()}
            for box, text in told:
                if box[2] < _MARGIN_PT and text.isdigit():
                    continue
                near = [y for y in numbers if box[1] - 2 <= y <= box[3] + 2]
                last = numbers[near[0]] if near else last
                parts.append((last, text))
    finally:
        document.close()
    return joined(parts) if last else None


# ---- places ----------------------------------------------------------------------------------------------------------


def located(
    blocks: Sequence[Mapping[str, Any]], places: Sequence[Place], files: Mapping[str, Path], *, lines: bool = False
) -> list[Place]:
    """The places with page, paragraph and (with ``lines``, where LibreOffice is at hand) line; what a file does not
    hold is told."""
    readers = {"pdf": read_pdf, "docx": read_word, "html": read_html}
    texts = {form: readers[form](path.read_bytes()) for form, path in files.items()}
    spans = {(place.block, i): place.text for i, place in enumerate(places)}
    found = {form: positions(blocks, spans, text) for form, text in texts.items()}
    laid = read_lines(files["docx"]) if lines and "docx" in files else None
    by_line = positions(blocks, spans, laid) if laid is not None else {}
    out = []
    for i, place in enumerate(places):
        key = (place.block, i)
        absent = tuple(files[form].name for form in texts if key not in found[form])
        where = {form: texts[form].label(found[form][key]) for form in texts if key in found[form]}
        out.append(
            replace(
                place,
                page=where.get("pdf"),
                paragraph=where.get("docx"),
                line=laid.label(by_line[key]) if laid is not None and key in by_line else None,
                absent_from=absent,
            )
        )
    return out
