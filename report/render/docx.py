"""Finishes the Word file of either engine: tables as journals set them, sections, properties, the same bytes always.

pandoc and Quarto write correct but plain tables. Here they get their three rules, repeated header rows, rows that do
not break, and columns in proportion; tables with many columns get a landscape page.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from report.errors import ReportError
from report.render.embed import into_docx
from report.render.project import read_settings
from report.render.zipped import read_zip, write_zip

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
XML = "http://www.w3.org/XML/1998/namespace"
NS = {"w": W, "wp": WP}

MOST_PORTRAIT_COLUMNS = 7  # as in everynumber.lua
MOST_ROWS_KEPT_TOGETHER = 25  # a longer table may break between its rows
PAGE_WIDTH, PAGE_HEIGHT = 11906, 16838  # A4, in twentieths of a point
MARGIN = 1417  # 25 mm
EMU_PER_TWIP = 635
THICK, THIN = "12", "6"  # eighths of a point

# The order in which WordprocessingML wants a paragraph's properties.
_PPR_ORDER = [
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "framePr",
    "widowControl",
    "numPr",
    "suppressLineNumbers",
    "pBdr",
    "shd",
    "tabs",
    "suppressAutoHyphens",
    "kinsoku",
    "wordWrap",
    "overflowPunct",
    "topLinePunct",
    "autoSpaceDE",
    "autoSpaceDN",
    "bidi",
    "adjustRightInd",
    "snapToGrid",
    "spacing",
    "ind",
    "contextualSpacing",
    "mirrorIndents",
    "suppressOverlap",
    "jc",
    "textDirection",
    "textAlignment",
    "textboxTightWrap",
    "outlineLvl",
    "divId",
    "cnfStyle",
    "rPr",
    "sectPr",
    "pPrChange",
]

Element = Any  # lxml's elements, whose types its stubs keep private


def finish(path: Path, folder: Path) -> None:
    """Rewrites the .docx at ``path`` in place. ``folder`` is the project that it was rendered from."""
    settings = read_settings(folder)
    members = read_zip(path)
    if "word/document.xml" not in members:
        raise ReportError(f"{path.name} is not a Word document: render it again.")
    document = etree.fromstring(members["word/document.xml"])
    body = document.find("w:body", NS)
    if body is None:
        raise ReportError(f"{path.name} has no text: render it again.")
    _one_ppr_each(document)
    _unwrap_float_tables(body)
    _tabs(document)
    _controls_round_links(document)
    _merge_runs(document)
    wide = [table for table in body.iter(_w("tbl")) if _is_wide(table)]
    for table in list(body.iter(_w("tbl"))):
        _table(table, table in wide)
    _wide_tables(body, wide)
    _pictures(document)
    members["word/document.xml"] = _bytes(document)
    members["docProps/core.xml"] = _core_properties(settings)
    members.pop("docProps/custom.xml", None)
    _forget(members, "docProps/custom.xml")
    into_docx(members, folder)
    first = ["[Content_Types].xml", "_rels/.rels"]
    order = first + sorted(name for name in members if name not in first)
    write_zip(path, {name: members[name] for name in order})


# --- small tools ------------------------------------------------------------------------------------------------------


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


def _make(name: str, **attributes: str) -> Element:
    element = etree.Element(_w(name))
    for key, value in attributes.items():
        element.set(_w(key), value)
    return element


def _bytes(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _style_of(paragraph: Element) -> str:
    style = paragraph.find("w:pPr/w:pStyle", NS)
    return "" if style is None else str(style.get(_w("val"), ""))


def _ppr(paragraph: Element) -> Element:
    found = paragraph.find("w:pPr", NS)
    if found is None:
        found = _make("pPr")
        paragraph.insert(0, found)
    return found


def _set(properties: Element, element: Element, order: list[str]) -> None:
    """Puts a property in its place, instead of one of its kind that is already there."""
    for old in properties.findall(element.tag):
        properties.remove(old)
    rank = {_w(name): index for index, name in enumerate(order)}
    mine = rank[element.tag]
    for index, other in enumerate(properties):
        if rank.get(other.tag, -1) > mine:
            properties.insert(index, element)
            return
    properties.append(element)


def _set_ppr(paragraph: Element, element: Element) -> None:
    _set(_ppr(paragraph), element, _PPR_ORDER)


# --- mending what the writers leave -----------------------------------------------------------------------------------


def _one_ppr_each(document: Element) -> None:
    """Quarto's captions come with two sets of paragraph properties, which the format does not allow."""
    for paragraph in document.iter(_w("p")):
        first, *others = paragraph.findall("w:pPr", NS) or [None]
        for other in others:
            for element in list(other):
                if first.find(element.tag) is None:
                    _set(first, element, _PPR_ORDER)
            paragraph.remove(other)


def _unwrap_float_tables(body: Element) -> None:
    """Quarto sets figures and tables in a table of one cell: its content takes its place."""
    for table in list(body.iter(_w("tbl"))):
        rows = table.findall("w:tr", NS)
        cells = rows[0].findall("w:tc", NS) if len(rows) == 1 else []
        if len(cells) != 1:
            continue
        holds_float = cells[0].find("w:tbl", NS) is not None or cells[0].find(".//w:drawing", NS) is not None
        if not holds_float:
            continue
        parent = table.getparent()
        at = parent.index(table)
        parent.remove(table)
        for offset, element in enumerate(e for e in list(cells[0]) if e.tag != _w("tcPr")):
            parent.insert(at + offset, element)


def _tabs(document: Element) -> None:
    """A tab character inside text becomes Word's own tab; the space that pandoc leaves before it goes."""
    for text in list(document.iter(_w("t"))):
        if text.text == "\t":
            run = text.getparent()
            run.replace(text, _make("tab"))
            before = run.getprevious()
            if before is not None and before.tag == _w("r") and "".join(before.itertext()) == " ":
                before.getparent().remove(before)


def _controls_round_links(document: Element) -> None:
    """A content control in a link is put round the link: LibreOffice, on its way from ODT back to Word, closes the tags
    of one inside a link in the wrong order."""
    for link in list(document.iter(_w("hyperlink"))):
        for control in link.findall("w:sdt", NS):
            content = control.find("w:sdtContent", NS)
            for element in list(content):
                control.addprevious(element)
            link.getparent().replace(link, control)
            content.append(link)


def _merge_runs(document: Element) -> None:
    """pandoc starts a new run at every space: neighbours of the same look become one."""
    for paragraph in document.iter(_w("p")):
        for parent in {id(run.getparent()): run.getparent() for run in paragraph.iter(_w("r"))}.values():
            last: Element | None = None
            for child in list(parent):
                if child.tag != _w("r") or not _only_text(child):
                    last = None
                    continue
                if last is not None and _look(last) == _look(child):
                    target, source = last.find("w:t", NS), child.find("w:t", NS)
                    target.text = (target.text or "") + (source.text or "")
                    target.set(f"{{{XML}}}space", "preserve")
                    parent.remove(child)
                else:
                    last = child


def _only_text(run: Element) -> bool:
    return [child.tag for child in run if child.tag != _w("rPr")] == [_w("t")]


def _look(run: Element) -> bytes:
    properties = run.find("w:rPr", NS)
    if properties is None or len(properties) == 0:
        return b""
    return bytes(etree.tostring(properties, method="c14n", exclusive=True))


# --- tables -----------------------------------------------------------------------------------------------------------


def _span(cell: Element) -> int:
    found = cell.find("w:tcPr/w:gridSpan", NS)
    return 1 if found is None else int(found.get(_w("val"), "1"))


def _columns(table: Element) -> int:
    return len(table.findall("w:tblGrid/w:gridCol", NS)) or max(
        (sum(_span(c) for c in row.findall("w:tc", NS)) for row in table.findall("w:tr", NS)), default=1
    )


def _is_wide(table: Element) -> bool:
    """Whether a table needs a page on its side, as the filter's note says, else by its number of columns."""
    for comment in [c for c in table.iter(etree.Comment) if (c.text or "").startswith("everynumber-wide")]:
        comment.getparent().remove(comment)
        return (comment.text or "").endswith("yes")
    return _columns(table) > MOST_PORTRAIT_COLUMNS


def _widths(table: Element, columns: int, *, wide: bool) -> list[int]:
    """The columns' shares as pandoc noted them, spread over the text's width."""
    room = (PAGE_HEIGHT if wide else PAGE_WIDTH) - 2 * MARGIN
    noted = [int(float(c.get(_w("w"), "0") or 0)) for c in table.findall("w:tblGrid/w:gridCol", NS)]
    shares = noted if len(noted) == columns and sum(noted) > 0 else [1] * columns
    widths = [room * share // sum(shares) for share in shares]
    widths[0] += room - sum(widths)
    return widths


def _table(table: Element, wide: bool) -> None:
    columns = _columns(table)
    widths = _widths(table, columns, wide=wide)
    rows = table.findall("w:tr", NS)
    header_rows = 0
    for row in rows:
        if row.find("w:trPr/w:tblHeader", NS) is None:
            break
        header_rows += 1
    _table_properties(table, widths)
    keep = len(rows) <= MOST_ROWS_KEPT_TOGETHER
    has_note = _followed_by_note(table)
    for index, row in enumerate(rows):
        header = index < header_rows
        _row_properties(row, header)
        at = 0
        for cell in row.findall("w:tc", NS):
            span = _span(cell)
            _cell_properties(cell, sum(widths[at : at + span]), last_header=index == header_rows - 1, header=header)
            spanning = header and index < header_rows - 1 and 1 < span < columns
            stays = header or (keep and (index < len(rows) - 1 or has_note)) or (has_note and index >= len(rows) - 2)
            for paragraph in cell.findall("w:p", NS):
                _cell_paragraph(paragraph, header=header, spanning=spanning, keep=stays)
            at += span


def _followed_by_note(table: Element) -> bool:
    after = _next_block(table)
    return after is not None and after.tag == _w("p") and _style_of(after) == "TableNote"


def _next_block(element: Element) -> Element | None:
    after = element.getnext()
    while after is not None and after.tag in (_w("bookmarkStart"), _w("bookmarkEnd")):
        after = after.getnext()
    return after


def _border(side: str, size: str) -> Element:
    return _make(side, val="single", sz=size, space="0", color="000000")


def _table_properties(table: Element, widths: list[int]) -> None:
    old = table.find("w:tblPr", NS)
    kept = [] if old is None else [e for e in old if e.tag in (_w("tblCaption"), _w("tblDescription"))]
    if old is not None:
        table.remove(old)
    properties = _make("tblPr")
    properties.append(_make("tblStyle", val="Table"))
    properties.append(_make("tblW", w=str(sum(widths)), type="dxa"))
    properties.append(_make("jc", val="left"))
    borders = _make("tblBorders")
    borders.append(_border("top", THICK))
    borders.append(_border("bottom", THICK))
    properties.append(borders)
    properties.append(_make("tblLayout", type="fixed"))
    margins = _make("tblCellMar")
    for side, width in (("top", "20"), ("left", "70"), ("bottom", "20"), ("right", "70")):
        margins.append(_make(side, w=width, type="dxa"))
    properties.append(margins)
    bands = {"firstRow": "1", "lastRow": "0", "firstColumn": "0", "lastColumn": "0", "noHBand": "1", "noVBand": "1"}
    properties.append(_make("tblLook", val="0020", **bands))
    properties.extend(kept)
    table.insert(0, properties)
    grid = table.find("w:tblGrid", NS)
    if grid is not None:
        table.remove(grid)
    grid = _make("tblGrid")
    grid.extend(_make("gridCol", w=str(width)) for width in widths)
    table.insert(1, grid)


def _row_properties(row: Element, header: bool) -> None:
    old = row.find("w:trPr", NS)
    if old is not None:
        row.remove(old)
    properties = _make("trPr")
    properties.append(_make("cantSplit"))
    if header:
        properties.append(_make("tblHeader"))
    exceptions = row.find("w:tblPrEx", NS)
    row.insert(0 if exceptions is None else 1, properties)


def _cell_properties(cell: Element, width: int, *, last_header: bool, header: bool) -> None:
    old = cell.find("w:tcPr", NS)
    kept = {} if old is None else {e.tag: e for e in old}
    if old is not None:
        cell.remove(old)
    properties = _make("tcPr")
    properties.append(_make("tcW", w=str(width), type="dxa"))
    for name in ("gridSpan", "vMerge"):
        if _w(name) in kept:
            properties.append(kept[_w(name)])
    if last_header:
        borders = _make("tcBorders")
        borders.append(_border("bottom", THIN))
        properties.append(borders)
    properties.append(_make("vAlign", val="bottom" if header else "top"))
    cell.insert(0, properties)


def _cell_paragraph(paragraph: Element, *, header: bool, spanning: bool, keep: bool) -> None:
    depth = 0
    for comment in [c for c in paragraph.iter(etree.Comment) if (c.text or "").startswith("everynumber-indent")]:
        depth = int((comment.text or "").rsplit(" ", 1)[-1])
        comment.getparent().remove(comment)
    style = "TableHeader" if header else {0: "TableText", 1: "TableTextIndent"}.get(depth, "TableTextIndent2")
    _set_ppr(paragraph, _make("pStyle", val=style))
    if keep:
        _set_ppr(paragraph, _make("keepNext"))
    if spanning:
        # A rule under the words, not under the whole cell: neighbouring spanning headers stay apart.
        rule = _make("pBdr")
        rule.append(_make("bottom", val="single", sz=THIN, space="2", color="000000"))
        _set_ppr(paragraph, rule)


# --- landscape pages --------------------------------------------------------------------------------------------------


def _wide_tables(body: Element, wide: list[Element]) -> None:
    """A section of its own, on its side, around each table that needs it, its caption and its note."""
    final = body.find("w:sectPr", NS)
    if final is None:
        return
    for table in [t for t in body.findall("w:tbl", NS) if t in wide]:
        first = table
        for before in _paragraphs_beside(table, forward=False):
            if _style_of(before) != "TableCaption":
                break
            first = before
        last = table
        for after in _paragraphs_beside(table, forward=True):
            if _style_of(after) != "TableNote":
                break
            last = after
        _end_section_before(first, final, landscape=False)
        _end_section_after(last, final, landscape=True)


def _paragraphs_beside(element: Element, *, forward: bool) -> Iterator[Element]:
    step = element.getnext() if forward else element.getprevious()
    while step is not None:
        if step.tag == _w("p"):
            yield step
        elif step.tag not in (_w("bookmarkStart"), _w("bookmarkEnd")):
            return
        step = step.getnext() if forward else step.getprevious()


def _section(final: Element, landscape: bool) -> Element:
    section = copy.deepcopy(final)
    size = section.find("w:pgSz", NS)
    if size is None:
        size = _make("pgSz")
        section.append(size)
    size.set(_w("w"), str(PAGE_HEIGHT if landscape else PAGE_WIDTH))
    size.set(_w("h"), str(PAGE_WIDTH if landscape else PAGE_HEIGHT))
    if landscape:
        size.set(_w("orient"), "landscape")
    return section


def _section_paragraph(final: Element, landscape: bool) -> Element:
    """An empty line, as small as Word allows, that ends a section."""
    paragraph = _make("p")
    properties = _ppr(paragraph)
    properties.append(_make("suppressLineNumbers"))
    properties.append(_make("spacing", before="0", after="0", line="20", lineRule="exact"))
    properties.append(_section(final, landscape))
    return paragraph


def _end_section_before(first: Element, final: Element, *, landscape: bool) -> None:
    for before in _paragraphs_beside(first, forward=False):
        if before.find("w:pPr/w:sectPr", NS) is None:
            _set_ppr(before, _section(final, landscape))
        return
    first.addprevious(_section_paragraph(final, landscape))


def _end_section_after(last: Element, final: Element, *, landscape: bool) -> None:
    if last.tag == _w("p"):
        _set_ppr(last, _section(final, landscape))
    else:
        last.addnext(_section_paragraph(final, landscape))


# --- pictures ---------------------------------------------------------------------------------------------------------


def _pictures(document: Element) -> None:
    """No picture wider than the text; each with a number of its own and no machine's file name."""
    widest = (PAGE_WIDTH - 2 * MARGIN) * EMU_PER_TWIP
    for number, inline in enumerate(document.iter(f"{{{WP}}}inline"), start=1):
        for side in ("distT", "distB", "distL", "distR"):  # LibreOffice takes a gap of its own where these are missing
            inline.set(side, "0")
        extent = inline.find("wp:extent", NS)
        if extent is not None and int(extent.get("cx", "0")) > widest:
            ratio = widest / int(extent.get("cx"))
            for size in [extent, *(e for e in inline.iter(f"{{{DRAWING}}}ext") if e.get("cx"))]:
                size.set("cx", str(int(int(size.get("cx")) * ratio)))
                size.set("cy", str(int(int(size.get("cy")) * ratio)))
        described = inline.find("wp:docPr", NS)
        if described is not None:
            described.set("id", str(number))
            described.set("name", f"Figure {number}")
            described.attrib.pop("title", None)


# --- parts around the document ----------------------------------------------------------------------------------------


def _core_properties(settings: dict[str, Any]) -> bytes:
    when = dt.datetime.fromisoformat(settings["date"]).strftime("%Y-%m-%dT00:00:00Z")
    cp = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    dc, terms = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    root = etree.Element(f"{{{cp}}}coreProperties", nsmap={"cp": cp, "dc": dc, "dcterms": terms, "xsi": xsi})

    def add(name: str, text: str) -> Element:
        element = etree.SubElement(root, name)
        element.text = "".join(c for c in text if c >= " ")
        return element

    add(f"{{{dc}}}title", settings["title"])
    add(f"{{{dc}}}creator", "; ".join(settings["authors"]))
    add(f"{{{cp}}}keywords", ", ".join(settings["keywords"]))
    add(f"{{{dc}}}language", settings["lang"])
    for name in ("created", "modified"):
        add(f"{{{terms}}}{name}", when).set(f"{{{xsi}}}type", "dcterms:W3CDTF")
    return _bytes(root)


def _forget(members: dict[str, bytes], part: str) -> None:
    """Takes a removed part out of the package's list of types and of its relations."""
    for name, attribute in (("[Content_Types].xml", "PartName"), ("_rels/.rels", "Target")):
        root = etree.fromstring(members[name])
        for element in _matching(root, attribute, part):
            root.remove(element)
        members[name] = _bytes(root)


def _matching(root: Element, attribute: str, part: str) -> Iterable[Element]:
    return [e for e in root if str(e.get(attribute, "")).lstrip("/") == part]
