"""The text of one part of a Word file, in pieces that know who changed them and whether they are seen.

Read: paragraphs, tables (tables in cells are tables of their own), text boxes, content controls of every level,
hyperlinks, simple and complex fields, smart tags, symbols, hyphens, Office Math, tracked changes of runs, paragraphs,
rows, cells and looks, text alternatives, images by the hash of their bytes. What Word shows otherwise than it is
written (bound controls, fields that are computed on opening, list numbers, symbol fonts, text set from right to left,
what lies in unknown elements) is told as such.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from report.audit.docx_changes import Cell, Change, Piece, Raw
from report.audit.docx_data import Bindings, Numbering
from report.audit.docx_parts import MC, WP, WPS, A, Element, M, Package, R, Relation, V, W, number, on
from report.audit.docx_seen import PICTURE_FONTS, Look, Styles, unseen
from report.audit.model import BOUNDARY

SVG_BLIP = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"
READABLE = ("/picture", "/wordprocessingShape", "/wordprocessingGroup", "/wordprocessingCanvas", "/lockedCanvas")
KNOWN = (
    "http://schemas.microsoft.com/office/word/", "http://schemas.microsoft.com/office/drawing/",
    "http://schemas.openxmlformats.org/", "urn:schemas-microsoft-com:",
    "http://schemas.microsoft.com/ink/",
)  # fmt: skip
"""Beginnings of the namespaces that Word knows: of two ways to say one thing it takes the first that it knows."""

_LEFT_OUT = frozenset(
    W + name
    for name in (
        "delInstrText", "pPr", "rPr", "tblPr", "tblPrEx", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr",
        "fldData", "footnoteRef", "endnoteRef", "annotationRef", "separator", "continuationSeparator", "bookmarkStart",
        "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "rubyPr", "smartTagPr", "customXmlPr", "permStart",
        "permEnd", "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd", "commentRangeEnd",
        "customXmlInsRangeStart", "customXmlInsRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd",
        "customXmlMoveFromRangeStart", "customXmlMoveFromRangeEnd", "customXmlMoveToRangeStart",
        "customXmlMoveToRangeEnd",
    )
)  # fmt: skip
_CHANGES = {
    W + "ins": "inserted", W + "moveTo": "moved here", W + "del": "deleted", W + "moveFrom": "moved away",
    W + "cellIns": "inserted", W + "cellDel": "deleted",
}  # fmt: skip
_PAGE_FIELDS = frozenset(("PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION"))
_VOLATILE = frozenset(("DATE", "TIME", "LINK", "DDE", "DDEAUTO", "INCLUDETEXT", "DATABASE"))
"""Fields that Word fills anew when it opens or prints the file."""
_FROM_CODE = frozenset(
    ("EQ", "SYMBOL", "ADVANCE", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "LISTNUM", "MACROBUTTON", "GOTOBUTTON")
)
"""Fields that show what their code says, and hold no result."""
_SYMBOL_FONT = dict(
    zip(
        "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW",
        "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        strict=True,
    )
) | {
    "\xa3": "≤", "\xb3": "≥", "\xb1": "±", "\xb4": "×", "\xb8": "÷", "\xb9": "≠", "\xbb": "≈", "\xb7": "•",
    "\xa5": "∞", "-": "−", "\xb0": "°",
}  # fmt: skip
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DIGIT = re.compile(r"\d")
_INCH = 914_400
_EMU_PER_TWIP = 635
_LARGER = 1.01  # as much larger than its page a picture may be before it is said to be cut off
SMALLEST = 25_400
"""Two points in EMU: a text box that is lower or narrower shows nothing."""


class _Field:
    """A complex field being read: its code until `separate`, then its result."""

    __slots__ = ("code", "dirty", "first", "result", "word")

    def __init__(self, dirty: bool) -> None:
        self.code = ""
        self.word = ""
        self.result = False
        self.dirty = dirty
        self.first = 0


@dataclass(slots=True)
class Reading:
    """What the parts of one file share while they are read."""

    package: Package
    styles: Styles
    numbering: Numbering
    bindings: Bindings
    page: tuple[int, int] = (12_240, 15_840)
    """Width and height of the page in twentieths of a point."""
    recompute: bool = False
    """The file asks Word to compute its fields again."""
    tables: list[int] = field(default_factory=lambda: [0, 0])
    """How many tables each view holds so far."""
    tracked: int = 0
    numbered: int = 0
    """Paragraphs that Word numbers, where that is harmless."""
    notes: dict[tuple[str, str], tuple[Change | None, Change | None]] = field(default_factory=dict)
    """The foot- and endnotes that the text refers to, with the fate of the reference."""
    vectors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Ground:
    """What lies behind a paragraph: a table's cell, a text box."""

    colour: str = ""
    why: str = ""
    """Why nothing in it is seen."""
    text: str = ""
    """The colour that text has where it says none."""
    table: tuple[str, tuple[str, ...]] = ("", ())


class Story:
    """Reads one part, or one text box of it."""

    def __init__(self, reading: Reading, part: str, relations: Mapping[str, Relation], kind: str = "") -> None:
        self.reading = reading
        self.part = part
        self.relations = relations
        self.kind = kind or {"header": "header", "footer": "footer", "body": "paragraph"}.get(part, "note")
        self.inside = False
        self.cell: tuple[Cell, Cell] | None = None
        self.inserted: Change | None = None
        self.deleted: Change | None = None
        self.ground = _Ground()
        self.fields: list[_Field] = []
        self.coding = 0
        """Fields whose code is being read: text among it is not shown."""
        self.contents = 0
        """Fields TOC, in which page numbers stand."""
        self.raws: list[Raw] = []
        self.raw = self.new()
        self.floating: list[Raw] = []
        # of the paragraph and the run that are being read
        self.style = self.style_before = ""
        self.behind = ""
        self.why = self.why_before = ""
        self.formatted: Change | None = None
        self.block_why = ""
        self.plain: tuple[str, str] | None = None
        self.turned = False

    def read(self, root: Element) -> list[Raw]:
        self.content(root)
        self.flush()
        return self.raws

    def new(self) -> Raw:
        kind = "cell" if self.cell is not None and self.kind == "paragraph" else self.kind
        return Raw(kind, kind, self.part, [], self.cell, inside=self.inside)

    def flush(self) -> None:
        """Ends the paragraph or cell that is being read."""
        if self.raw:
            self.raws.append(self.raw)
        self.raw = self.new()
        self.raws += self.floating
        self.floating = []

    # -- text ---------------------------------------------------------------------------------------------------

    def piece(self, text: str, why: str | None = None) -> Piece:
        if why is not None:
            return Piece(text, self.inserted, self.deleted, why, why, self.formatted)
        return Piece(text, self.inserted, self.deleted, self.why, self.why_before, self.formatted)

    def say(self, text: str | None, why: str = "") -> None:
        if not text:
            return
        if self.fields:
            if self.coding:
                if text.strip() and not self.fields[-1].result:  # else it is a part of the code that is a field itself
                    self.raw.pieces.append(self.piece(text, "it stands in the code of a field, which is not shown"))
                return
            if self.in_page_field():
                return
        if _TURNING.search(text):
            self.note(_TURNING.sub("", text), "a sign in it turns the direction of the text")
            text = _TURNING.sub("", text)
        if not why and self.turned and _DIGIT.search(text):
            why = "it is set from right to left"
        self.raw.pieces.append(self.piece(text, why) if why else self.piece(text))

    def in_page_field(self) -> bool:
        word = self.fields[-1].word
        return word in _PAGE_FIELDS or (word == "PAGEREF" and self.contents > 0)

    def note(self, text: str, why: str) -> None:
        """Something that a reader sees and that cannot be read."""
        self.raw.notes.append(self.piece(" ".join(text.split())[:200], why))

    # -- inline -------------------------------------------------------------------------------------------------

    def inline(self, element: Element) -> None:
        for child in element:
            tag = child.tag
            if tag == W + "r":
                self.run(child)
            elif tag in _LEFT_OUT or not isinstance(tag, str):
                continue
            elif tag in _CHANGES:
                self.changed(child, self.inline)
            elif tag == W + "sdt":
                self.control(child, self.inline)
            elif tag == W + "fldSimple":
                self.simple_field(child)
            elif tag == MC + "AlternateContent":
                self.alternate(child, self.inline)
            elif tag == W + "p":
                self.paragraph(child)
            elif tag == W + "tbl":
                self.table(child)
            elif tag == W + "commentRangeStart":
                self.raw.comments.append(child.get(W + "id") or "")
            elif tag in (W + "bdo", W + "dir"):
                before = self.turned
                self.turned = self.turned or (child.get(W + "val") or "") == "rtl"
                self.inline(child)
                self.turned = before
            elif tag == M + "t":
                self.say(child.text)
            elif tag in (W + "subDoc", W + "contentPart", W + "altChunk"):
                self.note("", "another document, or ink, is put in here")
            elif tag.startswith((W, M)):
                self.inline(child)
            else:
                self.unknown(child)

    def unknown(self, element: Element) -> None:
        """An element that is not Word's: Word leaves out what it holds."""
        text = "".join(item.text or "" for item in element.iter(W + "t", M + "t"))
        if text.strip():
            self.note(text, "it stands in an element that Word does not know")

    def changed(self, element: Element, read: object) -> None:
        """What an insertion, deletion or move holds."""
        before = (self.inserted, self.deleted)
        self.reading.tracked += 1
        self.enter(_change(element))
        read(element)  # type: ignore[operator]
        self.inserted, self.deleted = before

    def enter(self, change: Change) -> None:
        if change.kind in ("inserted", "moved here"):
            self.inserted = change
        else:
            self.deleted = change

    def control(self, element: Element, read: object) -> None:
        """A content control; where it is bound to data of the file, Word shows the data."""
        properties, content = element.find(W + "sdtPr"), element.find(W + "sdtContent")
        if content is None:
            return
        bound = self.reading.bindings.value(properties)
        raws, pieces, raw = len(self.raws), len(self.raw.pieces), self.raw
        read(content)  # type: ignore[operator]
        if bound is None:
            return
        own = [(raw, pieces)]
        own += [(item, 0) for item in (*self.raws[raws:], self.raw) if item is not raw]
        said = " ".join("".join(p.text for p in item.pieces[first:] if p.shown("accepted")) for item, first in own)
        if "".join(said.replace(BOUNDARY, "").split()) == "".join(bound.split()):
            return
        why = f"Word shows what the control is bound to: “{' '.join(bound.split())[:80]}”"
        for item, first in own:
            item.pieces[first:] = [p._replace(why=why, why_before=why) for p in item.pieces[first:]]
        if not said.strip():
            self.note(bound, why)

    def run(self, run: Element) -> None:
        properties = run.find(W + "rPr")
        raised = turned = False
        if properties is not None and len(properties):
            self.looks(properties)
            align = properties.find(W + "vertAlign")
            raised = align is not None and align.get(W + "val") in ("superscript", "subscript")
            turned = on(properties.find(W + "rtl"))
        else:
            self.plain_looks()
        if raised:
            self.raw.pieces.append(self.piece(BOUNDARY))
        before, self.turned = self.turned, self.turned or turned
        self.run_content(run)
        self.turned = before
        if raised:
            self.raw.pieces.append(self.piece(BOUNDARY))

    def plain_looks(self) -> None:
        """Whether a run without looks of its own is seen: the same for all of a paragraph."""
        if self.plain is None:
            base, table = self.reading.styles.base, self.ground.table
            why = why_before = self.judged(base(self.style, "", table))
            if self.style != self.style_before:
                why_before = self.judged(base(self.style_before, "", table))
            self.plain = (why, why_before)
        self.why, self.why_before = self.plain
        self.formatted = None

    def looks(self, properties: Element) -> None:
        """Whether a run is seen, now and before its looks were changed."""
        self.why = self.judged(self.look(properties, self.style))
        self.formatted = None
        changed = properties.find(W + "rPrChange")
        old = changed.find(W + "rPr") if changed is not None else None
        if changed is not None and old is not None:
            self.reading.tracked += 1
            self.why_before = self.judged(self.look(old, self.style_before))
            self.formatted = Change("formatted", changed.get(W + "author") or "", changed.get(W + "date") or "")
        else:
            self.why_before = (
                self.why if self.style == self.style_before else self.judged(self.look(properties, self.style_before))
            )

    def look(self, properties: Element, style: str) -> Look:
        named = properties.find(W + "rStyle")
        base = self.reading.styles.base(
            style, (named.get(W + "val") or "") if named is not None else "", self.ground.table
        )
        return self.reading.styles.apply(base, properties)

    def judged(self, look: Look) -> str:
        if self.ground.text and not look.colour:
            look = look._replace(colour=self.ground.text)
        return self.block_why or unseen(look, self.behind)

    def run_content(self, run: Element) -> None:
        for child in run:
            tag = child.tag
            if tag == W + "t":
                self.say(child.text)
            elif tag == W + "rPr" or not isinstance(tag, str):
                continue
            elif tag == W + "delText":
                self.say(child.text, "" if self.deleted is not None else "it is deleted text outside a deletion")
            elif tag in (W + "tab", W + "br", W + "cr", W + "ptab"):
                self.say(" ")
            elif tag == W + "noBreakHyphen":
                self.say("‑")
            elif tag == W + "softHyphen":
                self.say("\u00ad")
            elif tag == W + "sym":
                self.symbol(child)
            elif tag == W + "fldChar":
                self.field_mark(child)
            elif tag in (W + "instrText", W + "delInstrText"):
                if self.fields and not self.fields[-1].result:
                    self.fields[-1].code += child.text or ""
            elif tag == W + "pgNum":
                self.page_number("PAGE")
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                key = ("footnote" if tag == W + "footnoteReference" else "endnote", child.get(W + "id") or "")
                self.reading.notes.setdefault(key, (self.inserted, self.deleted))
            elif tag == W + "commentReference":
                self.raw.comments.append(child.get(W + "id") or "")
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self.drawing(child)
            elif tag == MC + "AlternateContent":
                self.alternate(child, self.run_content)
            elif tag == W + "ruby":
                self.ruby(child)
            elif tag == M + "t":
                self.say(child.text)
            elif tag.startswith(W) and tag.endswith(("Long", "Short")):
                self.note("", "Word shows the date of the day here")
            elif tag not in _LEFT_OUT and not tag.startswith((W, M)):
                self.unknown(child)

    def ruby(self, element: Element) -> None:
        base, above = element.find(W + "rubyBase"), element.find(W + "rt")
        if base is not None:
            self.inline(base)
        if above is not None:
            text = "".join(item.text or "" for item in above.iter(W + "t"))
            if _DIGIT.search(text):
                self.note(text, "it stands in small type above other text")

    def symbol(self, element: Element) -> None:
        font = (element.get(W + "font") or "").lower()
        try:
            code = int(element.get(W + "char") or "", 16)
        except ValueError:
            return
        if 0xF000 <= code <= 0xF0FF:
            code -= 0xF000
        if not 32 <= code < 0x110000 or 0xD800 <= code < 0xE000:
            return
        char = chr(code)
        if font == "symbol":
            self.say(_SYMBOL_FONT.get(char, char))
        elif font.startswith(PICTURE_FONTS):
            ringed = font == "wingdings" and not 0x80 <= code <= 0x95 and not char.isalnum()
            if not ringed and not (font == "wingdings" and code >= 0xA0):  # ticks, boxes, arrows, bullets
                self.note(char, f"it is a sign of the symbol font {font.title()}, in which a digit is not seen as one")
        else:
            self.say(char)

    # -- fields -------------------------------------------------------------------------------------------------

    def field_mark(self, mark: Element) -> None:
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            self.fields.append(_Field(_switch(mark.get(W + "dirty"))))
            chosen = _dropdown(mark)
            if chosen is not None:  # an old form's list: what is chosen stands in its data
                field = self.fields.pop()
                self.say(chosen)
                self.fields.append(field)
            self.coding += 1
        elif kind == "separate" and self.fields and not self.fields[-1].result:
            field = self.fields[-1]
            field.result, field.word, field.first = True, _word(field.code), len(self.raw.pieces)
            self.coding -= 1
            self.contents += field.word == "TOC"
        elif kind == "end" and self.fields:
            field = self.fields[-1]
            word = field.word = field.word or _word(field.code)
            in_list = self.in_page_field()
            self.fields.pop()
            self.coding -= not field.result
            self.contents -= field.result and word == "TOC"
            if in_list:
                self.page_number(word)
            elif word in _FROM_CODE:
                self.note(field.code, f"a field {word} shows what its code says")
            else:
                self.computed(word, field.dirty, field.first)

    def simple_field(self, element: Element) -> None:
        word = _word(element.get(W + "instr") or "")
        if word in _PAGE_FIELDS:
            self.page_number(word)
            return
        first = len(self.raw.pieces)
        self.inline(element)
        self.computed(word, _switch(element.get(W + "dirty")), first)

    def computed(self, word: str, dirty: bool, first: int) -> None:
        """The result of a field that Word computes anew when it opens the file is not what will be seen."""
        dirty = dirty or (self.reading.recompute and word in ("=", "IF", "DOCPROPERTY", "DOCVARIABLE", "QUOTE"))
        if not dirty and word not in _VOLATILE:
            return
        pieces = self.raw.pieces
        if any(_DIGIT.search(piece.text) for piece in pieces[first:]):
            why = f"a field {word} shows it, which Word computes again on opening"
            pieces[first:] = [piece._replace(why=why, why_before=why) for piece in pieces[first:]]

    def page_number(self, word: str) -> None:
        if self.part in ("header", "footer") or self.fields:
            self.raw.page_numbers.append(self.piece(word))
        else:
            self.note("", f"a field {word} prints the number of a page in the text")

    # -- two ways to say one thing ------------------------------------------------------------------------------

    def alternate(self, element: Element, read: object) -> None:
        """The first choice that Word knows is read, else the fallback. Texts that differ are told: another program
        shows the other one."""
        choices = element.findall(MC + "Choice")
        chosen = next((choice for choice in choices if _known(choice)), element.find(MC + "Fallback"))
        if chosen is None:
            return
        read(chosen)  # type: ignore[operator]
        texts = {tuple(_DIGIT.findall(text)) for option in (*choices, *element.findall(MC + "Fallback"))
                 if (text := "".join(t.text or "" for t in option.iter(W + "t")))}  # fmt: skip
        if len(texts) > 1:
            self.note("", "it says one number to Word and another to other programs")

    def drawing(self, element: Element) -> None:
        why = ""
        for frame in element.iter(WP + "inline", WP + "anchor"):
            why = why or _out_of_sight(frame, self.reading.page) or _too_large(frame)
            if frame.tag == WP + "anchor" and _covers(frame):
                self.note("", "a picture or filled shape stands in front of the text and may cover it")
        for properties in element.iter(WP + "docPr"):
            alt = properties.get("descr")
            if _switch(properties.get("hidden")):
                why = why or "it is a hidden drawing"
            elif alt:
                raw = Raw("alt", "alt", self.part, [self.piece(alt, "")], self.cell, inside=True)
                self.floating.append(raw)
        for data in element.iter(A + "graphicData"):
            if not (data.get("uri") or "").endswith(READABLE):
                self.image(None, "a chart or an embedded object")
        if element.tag == W + "object":
            self.image(None, "an embedded object")
        for blip in element.iter(A + "blip"):
            self.picture(blip.get(R + "embed"), _altered_picture(blip, why))
        for blip in element.iter(SVG_BLIP):
            self.picture(blip.get(R + "embed"), why)
        for image in element.iter(V + "imagedata"):
            crops = any(image.get("crop" + edge, "0") not in ("0", "") for edge in ("left", "top", "right", "bottom"))
            self.picture(image.get(R + "id"), "it is cropped" if crops else "")
        for path in element.iter(V + "textpath"):
            if path.get("string"):
                kind = "note" if self.part == "body" else self.kind
                words = [self.piece(path.get("string") or "", "")]
                self.floating.append(Raw(kind, kind, self.part, words, self.cell, inside=True))
        for box in element.iter(W + "txbxContent"):
            ups = list(box.iterancestors())
            ups = ups[: ups.index(element)]
            if not any(up.tag in (MC + "Fallback", W + "txbxContent") for up in ups):
                self.box(box, ups, why)

    def image(self, data: bytes | None, name: str) -> None:
        self.raw.images.append((data, self.piece(name, "")))

    def picture(self, relation: str | None, why: str) -> None:
        item = self.relations.get(relation or "")
        data = self.reading.package.parts.get(item.target) if item is not None and not item.outside else None
        if data is None:
            self.image(None, "an image kept outside the file")
        elif why:
            self.image(None, f"{posixpath.basename(item.target if item else '')} ({why})")
        else:
            self.image(data, posixpath.basename(item.target if item else ""))

    def box(self, content: Element, ups: list[Element], why: str) -> None:
        """A text box is read as a story of its own; `ups` are the elements round it, the nearest first."""
        inner = Story(self.reading, self.part, self.relations, "note" if self.kind == "paragraph" else self.kind)
        inner.cell, inner.inside = self.cell, True
        inner.inserted, inner.deleted = self.inserted, self.deleted
        inner.ground = self.box_ground(ups, why)
        inner.raw = inner.new()
        self.floating.extend(inner.read(content))

    def box_ground(self, ups: list[Element], why: str) -> _Ground:
        shape = next((up for up in ups if up.tag == WPS + "wsp"), None)
        styles = self.reading.styles
        colour, text = self.behind or styles.page, ""
        if shape is not None:
            fill, size = shape.find(WPS + "spPr"), shape.find(WPS + "spPr/" + A + "xfrm/" + A + "ext")
            turn, body = shape.find(WPS + "spPr/" + A + "xfrm"), shape.find(WPS + "bodyPr")
            style = shape.find(WPS + "style")
            if size is not None and min(number(size.get("cx"), _INCH), number(size.get("cy"), _INCH)) < SMALLEST:
                why = why or "its text box has no size"
            angle = sum(number(item.get("rot")) for item in (turn, body) if item is not None) % 21_600_000
            if 5_500_000 < angle < 16_100_000 or (turn is not None and _switch(turn.get("flipV"))):
                why = why or "its text box is turned upside down"
            colour = _fill(fill, style, styles.theme, colour)
            if style is not None:
                text = _drawn_colour(style.find(A + "fontRef"), styles.theme)
        for up in ups:
            if up.tag.startswith(V):
                why = why or _vml_out_of_sight(up.get("style") or "", self.reading.page)
        return _Ground(colour, self.block_why or why, text)

    # -- blocks -------------------------------------------------------------------------------------------------

    def content(self, element: Element) -> None:
        for child in element:
            tag = child.tag
            if tag == W + "p":
                self.paragraph(child)
            elif tag == W + "tbl":
                self.table(child)
            elif tag in _LEFT_OUT or not isinstance(tag, str):
                continue
            elif tag == W + "sdt":
                self.control(child, self.content)
            elif tag in _CHANGES:
                self.changed(child, self.content)
            elif tag == MC + "AlternateContent":
                self.alternate(child, self.content)
            elif tag == W + "commentRangeStart":
                self.raw.comments.append(child.get(W + "id") or "")
            elif tag in (W + "altChunk", W + "subDoc", W + "contentPart"):
                self.note("", "another document is put in here")
                if self.cell is None:
                    self.flush()
            elif tag in (W + "r", W + "hyperlink"):  # a run that stands outside a paragraph
                self.inline([child])  # type: ignore[arg-type]
            elif tag.startswith((W, M)):
                self.content(child)
            else:
                self.unknown(child)

    def paragraph(self, element: Element) -> None:
        reading, styles = self.reading, self.reading.styles
        properties = element.find(W + "pPr")
        outer = (self.style, self.style_before, self.behind, self.block_why, self.turned)
        self.style = self.style_before = ""
        self.plain = None
        self.behind = self.ground.colour or styles.page
        self.block_why = self.ground.why
        if properties is not None:
            self.style = self.style_before = _named(properties)
            changed = properties.find(W + "pPrChange/" + W + "pPr")
            if changed is not None:
                self.style_before = _named(changed)
            shade = styles.shade(properties.find(W + "shd"))
            self.behind = shade or styles.paragraph_ground(self.style) or self.behind
            self.block_why = self.block_why or _paragraph_out_of_sight(properties, reading.page, self.cell is not None)
            self.turned = self.turned or on(properties.find(W + "bidi"))
        elif styles.default_paragraph:
            self.behind = styles.paragraph_ground("") or self.behind
        ended = _end_of(properties)
        if self.cell is not None:
            self.numbered(properties, "cell")
            self.inline(element)
            inserted = next((c for c in ended if c.kind in ("inserted", "moved here")), self.inserted)
            deleted = next((c for c in ended if c.kind in ("deleted", "moved away")), self.deleted)
            self.raw.pieces.append(Piece(" ", inserted, deleted))
        else:
            kind, kind_before = self.kind_of(properties, self.style), self.kind_of(properties, self.style_before)
            self.raw.kind, self.raw.kind_before = kind, kind_before
            self.numbered(properties, kind)
            self.inline(element)
            raw = self.raw
            for change in ended:
                reading.tracked += 1
                if change.kind in ("inserted", "moved here"):
                    raw.end_inserted = change
                else:
                    raw.end_deleted = change
            self.raw = self.new()
            if raw or ended:
                self.raws.append(raw)
            if not ended:  # what floats beside a paragraph waits until the paragraph ends in both views
                self.raws += self.floating
                self.floating = []
        self.style, self.style_before, self.behind, self.block_why, self.turned = outer
        self.plain = None

    def kind_of(self, properties: Element | None, style: str) -> str:
        if self.kind != "paragraph":
            return self.kind
        chain = self.reading.styles.chain(style)
        names = {style.lower().replace(" ", "")} | ({chain[-1].name.lower().replace(" ", "")} if chain else set())
        if any(name.startswith("heading") for name in names):
            return "heading"
        level = properties.find(W + "outlineLvl") if properties is not None else None
        for one in reversed(chain):
            if level is None and one.paragraph is not None:
                level = one.paragraph.find(W + "outlineLvl")
        if level is not None and number(level.get(W + "val"), 9) < 9:
            return "heading"
        if any("caption" in name for name in names):
            return "caption"
        return "reference" if "bibliography" in names else "paragraph"

    def numbered(self, properties: Element | None, kind: str) -> None:
        """Word prints numbers of lists itself. Told where one could pass for a number of the paper."""
        label = self.reading.numbering.label(properties, self.reading.styles.chain(self.style))
        if label is None or kind == "reference":
            return
        if label.harmless and kind in ("heading", "paragraph"):
            self.reading.numbered += 1
        else:
            self.note(label.text, "Word prints a number of a list here, which is no text of the file")

    # -- tables -------------------------------------------------------------------------------------------------

    def table(self, element: Element) -> None:
        """A table; one that stands in a cell is a table of its own."""
        reading, styles = self.reading, self.reading.styles
        if self.cell is not None:
            self.flush()
        outer = (self.cell, self.ground, self.inserted, self.deleted)
        properties = element.find(W + "tblPr")
        style, look, ground = styles.default_table, _ALL_PARTS, self.ground.colour
        if properties is not None:
            named = properties.find(W + "tblStyle")
            style = (named.get(W + "val") or "") if named is not None else style
            look = _look_of_table(properties.find(W + "tblLook"))
            ground = styles.shade(properties.find(W + "shd")) or ground
        rows = [(row, control, self.fate(row.find(W + "trPr"))) for row, control in _rows(element)]
        numbers = [0, 0]
        for view in (0, 1):
            if any(fate[view] for _, _, fate in rows):
                reading.tables[view] += 1
                numbers[view] = reading.tables[view]
        at = [0, 0]
        for index, (row, control, fate) in enumerate(rows):
            reading.tracked += not all(fate)
            at = [at[view] + fate[view] for view in (0, 1)]
            self.enter_all(row.find(W + "trPr"))
            before = len(self.raws)
            self.row(row, (index, len(rows)), numbers, at, fate, (style, look, ground))
            self.bound_row(control, before)
            self.inserted, self.deleted = outer[2], outer[3]
        self.cell, self.ground, self.inserted, self.deleted = outer
        self.raw = self.new()

    def fate(self, properties: Element | None) -> tuple[bool, bool]:
        """Does a row stand in the accepted and in the rejected view?"""
        if properties is None:
            return True, True
        return properties.find(W + "del") is None, properties.find(W + "ins") is None

    def enter_all(self, properties: Element | None) -> None:
        for child in properties if properties is not None else ():
            if child.tag in _CHANGES:
                self.enter(_change(child))

    def bound_row(self, control: Element | None, first: int) -> None:
        bound = self.reading.bindings.value(control.find(W + "sdtPr")) if control is not None else None
        if bound is None:
            return
        said = "".join(piece.text for raw in self.raws[first:] for piece in raw.pieces if piece.shown("accepted"))
        if "".join(said.split()) != "".join(bound.split()):
            why = f"Word shows what the control is bound to: “{' '.join(bound.split())[:80]}”"
            for raw in self.raws[first:]:
                raw.pieces = [piece._replace(why=why, why_before=why) for piece in raw.pieces]

    def row(self, row: Element, place: tuple[int, int], tables: list[int], rows: list[int], fate: tuple[bool, bool],
            looks: tuple[str, frozenset[str], str]) -> None:  # fmt: skip
        style, look, behind = looks
        styles = self.reading.styles
        properties = row.find(W + "trPr")
        why = self.ground.why or _row_out_of_sight(properties)
        columns = [1, 1]
        if properties is not None:
            before = properties.find(W + "gridBefore")
            if before is not None:
                columns = [1 + _wide(before)] * 2
        cells = list(_cells(row))
        ground, inserted, deleted = self.ground, self.inserted, self.deleted
        for index, (cell, control) in enumerate(cells):
            own = cell.find(W + "tcPr")
            wide, covered, shade = 1, (False, False), ""
            here = [True, True]
            if own is not None:
                span = own.find(W + "gridSpan")
                wide = _wide(span) if span is not None else 1
                covered = _covered(own)
                shade = styles.shade(own.find(W + "shd"))
                here = [own.find(W + "cellDel") is None, own.find(W + "cellIns") is None]
                self.reading.tracked += not all(here)
                self.enter_all(own)
            parts = _parts_of(look, place, (index, len(cells)))
            self.cell = tuple(  # type: ignore[assignment]
                (tables[v], rows[v], columns[v]) if fate[v] and here[v] else (0, 0, 0) for v in (0, 1)
            )
            self.ground = _Ground(
                shade or styles.table_ground(style, parts) or behind, why, ground.text, (style, parts)
            )
            self.flush()
            first = len(self.raws)
            self.content(cell)
            self.flush()
            self.bound_row(control, first)
            if any(covered):
                self.cover(self.raws[first:], covered, own)
            columns = [columns[v] + wide * here[v] for v in (0, 1)]
            self.ground, self.inserted, self.deleted = ground, inserted, deleted

    def cover(self, raws: list[Raw], covered: tuple[bool, bool], properties: Element | None) -> None:
        """What stands in a cell that is merged away is not shown, in the views in which it is."""
        hides = "it stands in a cell that another one covers"
        merge = properties.find(W + "cellMerge") if properties is not None else None
        made = None
        if merge is not None:
            self.reading.tracked += 1
            made = Change("formatted", merge.get(W + "author") or "", merge.get(W + "date") or "")
        for raw in raws:
            raw.pieces = [
                piece._replace(
                    why=hides if covered[0] else piece.why,
                    why_before=hides if covered[1] else piece.why_before,
                    formatted=made or piece.formatted,
                )
                for piece in raw.pieces
            ]


def _rows(table: Element, control: Element | None = None) -> Iterator[tuple[Element, Element | None]]:
    """The rows of a table, each with the content control that it stands in."""
    for child in table:
        if child.tag == W + "tr":
            yield child, control
        elif child.tag == W + "sdt":
            yield from _rows(child, child)
        elif isinstance(child.tag, str) and child.tag in (W + "sdtContent", W + "customXml", W + "ins", W + "del"):
            yield from _rows(child, control)


def _cells(row: Element, control: Element | None = None) -> Iterator[tuple[Element, Element | None]]:
    for child in row:
        if child.tag == W + "tc":
            yield child, control
        elif child.tag == W + "sdt":
            yield from _cells(child, child)
        elif isinstance(child.tag, str) and child.tag in (W + "sdtContent", W + "customXml"):
            yield from _cells(child, control)


_ALL_PARTS: frozenset[str] = frozenset()
_BITS = {
    "firstRow": 0x20, "lastRow": 0x40, "firstColumn": 0x80, "lastColumn": 0x100, "noHBand": 0x200, "noVBand": 0x400,
}  # fmt: skip


def _look_of_table(element: Element | None) -> frozenset[str]:
    """Which parts of its style a table uses."""
    if element is None:
        return _ALL_PARTS
    try:
        bits = int(element.get(W + "val") or "0", 16)
    except ValueError:
        bits = 0
    found = set()
    for name, bit in _BITS.items():
        value = element.get(W + name)
        if _switch(value) if value is not None else bits & bit:
            found.add(name)
    return frozenset(found)


def _parts_of(look: frozenset[str], row: tuple[int, int], column: tuple[int, int]) -> tuple[str, ...]:
    """The parts of a table's style that a cell has (place and count of rows and columns), the weakest first."""
    parts = []
    if look and "noVBand" not in look:
        parts.append("band1Vert" if (column[0] - ("firstColumn" in look)) % 2 == 0 else "band2Vert")
    if look and "noHBand" not in look:
        parts.append("band1Horz" if (row[0] - ("firstRow" in look)) % 2 == 0 else "band2Horz")
    if "firstColumn" in look and column[0] == 0:
        parts.append("firstCol")
    if "lastColumn" in look and column[0] == column[1] - 1:
        parts.append("lastCol")
    if "firstRow" in look and row[0] == 0:
        parts.append("firstRow")
    if "lastRow" in look and row[0] == row[1] - 1:
        parts.append("lastRow")
    return tuple(parts)


def _covered(properties: Element) -> tuple[bool, bool]:
    """Is a cell hidden by the one above or before it, in the accepted and in the rejected view?"""
    now = False
    for name in ("vMerge", "hMerge"):
        merge = properties.find(W + name)
        now = now or (merge is not None and merge.get(W + "val") != "restart")
    before = now
    tracked = properties.find(W + "cellMerge")
    if tracked is not None:
        now = now or tracked.get(W + "vMerge") == "cont"
        before = tracked.get(W + "vMergeOrig") == "cont"
    return now, before


def _change(element: Element) -> Change:
    return Change(_CHANGES[element.tag], element.get(W + "author") or "", element.get(W + "date") or "")


def _end_of(properties: Element | None) -> list[Change]:
    """Tracked changes of a paragraph's end."""
    marks = properties.find(W + "rPr") if properties is not None else None
    return [_change(child) for child in marks if child.tag in _CHANGES] if marks is not None else []


def _named(properties: Element) -> str:
    style = properties.find(W + "pStyle")
    return (style.get(W + "val") or "") if style is not None else ""


def _word(code: str) -> str:
    words = code.split(None, 1)
    if not words:
        return ""
    return "=" if words[0].startswith("=") else words[0].upper()


def _switch(text: str | None) -> bool:
    return (text or "").lower() in ("1", "true", "on", "t")


def _wide(element: Element) -> int:
    return min(max(number(element.get(W + "val"), 1), 0), 1000)


def _dropdown(mark: Element) -> str | None:
    """What is chosen in an old form's list."""
    items = mark.find(W + "ffData/" + W + "ddList")
    if items is None:
        return None
    entries = [item.get(W + "val") or "" for item in items.iterfind(W + "listEntry")]
    chosen = items.find(W + "result")
    at = number(chosen.get(W + "val")) if chosen is not None else 0
    return entries[at] if 0 <= at < len(entries) else ""


def _known(choice: Element) -> bool:
    prefixes = (choice.get("Requires") or "").split()
    return all(str(choice.nsmap.get(prefix) or "").startswith(KNOWN) for prefix in prefixes)


# -- out of sight -------------------------------------------------------------------------------------------------


def _row_out_of_sight(properties: Element | None) -> str:
    if properties is None:
        return ""
    if on(properties.find(W + "hidden")):
        return "its table row is hidden"
    height = properties.find(W + "trHeight")
    if height is not None and height.get(W + "hRule") == "exact" and number(height.get(W + "val"), 240) < 80:
        return "its table row has no height"
    return ""


def _paragraph_out_of_sight(properties: Element, page: tuple[int, int], in_cell: bool) -> str:
    lines = properties.find(W + "spacing")
    if lines is not None and lines.get(W + "lineRule") == "exact" and 0 < number(lines.get(W + "line"), 240) < 40:
        return "its lines have no height"
    indent = properties.find(W + "ind")
    if indent is not None:
        left = number(indent.get(W + "left") or indent.get(W + "start"))
        first = number(indent.get(W + "firstLine")) - number(indent.get(W + "hanging"))
        if left >= page[0] or left + first >= page[0] or left + first < -(2880 if in_cell else 1800):
            return "it is indented out of the page"
    frame = properties.find(W + "framePr")
    if frame is not None:
        exact = frame.get(W + "hRule") == "exact"
        if exact and number(frame.get(W + "h"), 240) < 40:
            return "its frame has no height"
        if frame.get(W + "w") is not None and number(frame.get(W + "w"), 240) < 40:
            return "its frame has no width"
        x, y = number(frame.get(W + "x")), number(frame.get(W + "y"))
        if not -page[0] < x < page[0] or not -page[1] < y < page[1]:
            return "its frame lies off the page"
    return ""


def _out_of_sight(frame: Element, page: tuple[int, int]) -> str:
    """Why a drawing in or beside the text is not seen."""
    size = frame.find(WP + "extent")
    cx, cy = _INCH, _INCH
    if size is not None:
        cx, cy = number(size.get("cx"), _INCH), number(size.get("cy"), _INCH)
        if min(cx, cy) < SMALLEST:
            return "its text box or picture has no size"
    for name, along, length in (("positionH", cx, page[0]), ("positionV", cy, page[1])):
        offset = frame.find(WP + name + "/" + WP + "posOffset")
        if offset is not None:
            at = number(offset.text)
            margin = 0 if (offset.getparent().get("relativeFrom") or "") == "page" else _INCH  # type: ignore[union-attr]
            if at + along <= -margin or at >= length * 635:
                return "its text box or picture lies off the page"
    return ""


def _too_large(frame: Element) -> str:
    """Whether a picture in the line of the text is larger than the text of its page, so that Word cuts it off."""
    size, section = frame.find(WP + "extent"), _section(frame)
    if frame.tag != WP + "inline" or size is None or section is None:
        return ""
    page, margin = section.find(W + "pgSz"), section.find(W + "pgMar")
    if page is None or margin is None:
        return ""
    for name, length, edges in (("cx", "w", ("left", "right", "gutter")), ("cy", "h", ("top", "bottom"))):
        room = number(page.get(W + length)) - sum(abs(number(margin.get(W + edge))) for edge in edges)
        if 0 < room * _EMU_PER_TWIP * _LARGER < number(size.get(name)):
            return f"it is {'wider' if name == 'cx' else 'higher'} than the text of its page, and is cut off there"
    return ""


def _section(element: Element) -> Element | None:
    """The properties of the section in which something of the body stands: the next ones after it."""
    top = element
    while (holder := top.getparent()) is not None and holder.tag != W + "body":
        top = holder
    if holder is None:
        return None
    for block in (top, *top.itersiblings()):
        found = block if block.tag == W + "sectPr" else block.find(W + "pPr/" + W + "sectPr")
        if found is not None:
            return found
    return None


def _covers(anchor: Element) -> bool:
    """Does a drawing lie in front of the text, with nothing kept free round it, and hide what is behind it?"""
    if _switch(anchor.get("behindDoc")) or anchor.find(WP + "wrapNone") is None:
        return False
    shapes = list(anchor.iter(WPS + "spPr"))
    return not shapes or any(shape.find(A + "noFill") is None for shape in shapes)


def _altered_picture(blip: Element, why: str) -> str:
    """What keeps a picture from being seen as it is in the file."""
    fill = blip.getparent()
    crop = fill.find(A + "srcRect") if fill is not None else None
    if crop is not None and any(abs(number(crop.get(edge))) > 1000 for edge in "ltrb"):
        return "it is cropped"
    holder = fill.getparent() if fill is not None else None
    for turn in holder.iter(A + "xfrm") if holder is not None else ():
        if number(turn.get("rot")) or _switch(turn.get("flipH")) or _switch(turn.get("flipV")):
            return "it is turned or mirrored"
    return why


def _fill(properties: Element | None, style: Element | None, theme: Mapping[str, str], page: str) -> str:
    """The colour behind the text of a shape."""
    if properties is not None:
        if properties.find(A + "noFill") is not None:
            return page
        solid = properties.find(A + "solidFill")
        if solid is not None:
            return _drawn_colour(solid, theme) or "?"
        if any(properties.find(A + name) is not None for name in ("gradFill", "blipFill", "pattFill")):
            return "?"
    reference = style.find(A + "fillRef") if style is not None else None
    if reference is not None and number(reference.get("idx")) > 0:
        return _drawn_colour(reference, theme) or "?"
    return page


def _drawn_colour(element: Element | None, theme: Mapping[str, str]) -> str:
    """The colour that a fill or reference of a drawing names; changes of its lightness are left out."""
    if element is None:
        return ""
    for colour in element:
        if colour.tag == A + "srgbClr":
            value = (colour.get("val") or "").upper()
            return value if re.fullmatch("[0-9A-F]{6}", value) else ""
        if colour.tag == A + "schemeClr":
            return theme.get(colour.get("val") or "", "")
        if colour.tag == A + "sysClr":
            return (colour.get("lastClr") or "").upper()
    return ""


def _vml_out_of_sight(style: str, page: tuple[int, int]) -> str:
    settings = {
        key.strip().lower(): value.strip().lower()
        for key, _, value in (item.partition(":") for item in style.split(";"))
    }
    if settings.get("visibility") == "hidden" or settings.get("display") == "none":
        return "its text box is hidden"
    for name in ("width", "height"):
        value = settings.get(name, "")
        if re.match(r"[0-9.]", value) and (_points(value) or 0) < 2:
            return "its text box has no size"
    for name, length in (("margin-left", page[0]), ("margin-top", page[1]), ("left", page[0]), ("top", page[1])):
        at = _points(settings.get(name, ""))
        if at is not None and abs(at) * 20 >= length:
            return "its text box lies off the page"
    return ""


def _points(text: str) -> float | None:
    match = re.fullmatch(r"(-?[0-9]*\.?[0-9]+)(pt|in|cm|mm|px)?", text)
    if match is None:
        return None
    scale = {"in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75}.get(match.group(2) or "", 1.0)
    return float(match.group(1)) * scale
