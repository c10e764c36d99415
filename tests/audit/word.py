"""Writes WordprocessingML as Word does: a finished paper's file, edited by hand as a co-author's Word would write it.

`Paper` opens a .docx, finds the numbers of the ledger in it by the tags of their content controls, and puts other XML in
their stead. The functions below give that XML: each construct in which Word files hold a number.
"""

# ruff: noqa: E501  (long literals of markup)
from __future__ import annotations

import copy
import html
import io
import itertools
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lxml.etree

NS = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:nobody:knows",
}
W = f"{{{NS['w']}}}"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"
BY = "Co Author"
WHEN = "2026-03-04T10:20:00Z"
_ids = itertools.count(5000)


def who(by: str = BY, when: str = WHEN) -> str:
    return f'w:id="{next(_ids)}" w:author="{html.escape(by)}" w:date="{when}"'


def parse(xml: str) -> list[Any]:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    return list(lxml.etree.fromstring(f"<x {spaces}>{xml}</x>"))


# -- constructs ---------------------------------------------------------------------------------------------------------


def t(text: str) -> str:
    return f'<w:t xml:space="preserve">{html.escape(text)}</w:t>'


def run(text: str, looks: str = "", rsid: str = "00A11B22") -> str:
    return f'<w:r w:rsidR="{rsid}">{f"<w:rPr>{looks}</w:rPr>" if looks else ""}{t(text)}</w:r>'


def split_run(text: str) -> str:
    """Each character a run of its own, with the marks that Word's checkers leave between them."""
    return (
        '<w:proofErr w:type="spellStart"/>'.join(run(char, rsid=f"00B{k:05d}") for k, char in enumerate(text))
        + '<w:proofErr w:type="spellEnd"/><w:r><w:lastRenderedPageBreak/></w:r>'
    )


def ins(text: str, by: str = BY, when: str = WHEN) -> str:
    return f"<w:ins {who(by, when)}>{run(text)}</w:ins>"


def deleted(text: str, by: str = BY, when: str = WHEN) -> str:
    return (
        f'<w:del {who(by, when)}><w:r w:rsidDel="00C3"><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'
    )


def moved_here(text: str, by: str = BY, when: str = WHEN) -> str:
    name = f'w:name="move{next(_ids)}"'
    return (
        f"<w:moveToRangeStart {who(by, when)} {name}/><w:moveTo {who(by, when)}>{run(text)}</w:moveTo>"
        '<w:moveToRangeEnd w:id="9"/>'
    )


def moved_away(text: str, by: str = BY, when: str = WHEN) -> str:
    name = f'w:name="move{next(_ids)}"'
    return (
        f"<w:moveFromRangeStart {who(by, when)} {name}/><w:moveFrom {who(by, when)}>{run(text)}</w:moveFrom>"
        '<w:moveFromRangeEnd w:id="8"/>'
    )


def simple_field(text: str, code: str = " REF adl ", more: str = "") -> str:
    return f'<w:fldSimple w:instr="{code}" {more}>{run(text)}</w:fldSimple>'


def field(text: str, code: str = " REF adl \\h ", more: str = "") -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin" {more}/></w:r><w:r><w:instrText xml:space="preserve">{code}</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{text if text.startswith("<") else run(text)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def nested_field(text: str) -> str:
    """A field whose code holds a field, and whose result holds one."""
    code = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> IF </w:instrText></w:r>'
        + field("99", " REF flag ")
        + '<w:r><w:instrText> = 99 "" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    return code + field(text) + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def control(content: str, more: str = "") -> str:
    return f'<w:sdt><w:sdtPr><w:id w:val="{next(_ids)}"/>{more}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>'


def bound(text: str, store: str = "{11111111-2222-3333-4444-555555555555}", path: str = "/d:data[1]/d:value[1]") -> str:
    spaces = "xmlns:d='urn:data'"
    return control(
        run(text), f'<w:dataBinding w:prefixMappings="{spaces}" w:xpath="{path}" w:storeItemID="{store}"/><w:text/>'
    )


def smart_tag(text: str) -> str:
    return (
        '<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="metricconverter">'
        f'<w:smartTagPr><w:attr w:name="ProductID" w:val="4711"/></w:smartTagPr>{run(text)}</w:smartTag>'
    )


def link(text: str) -> str:
    return f'<w:hyperlink w:anchor="somewhere" w:history="1">{run(text)}</w:hyperlink>'


def bookmark(text: str) -> str:
    at = next(_ids)
    return f'<w:bookmarkStart w:id="{at}" w:name="_Ref{at}"/>{run(text)}<w:bookmarkEnd w:id="{at}"/>'


def custom_xml(text: str) -> str:
    return f'<w:customXml w:uri="urn:a" w:element="value"><w:customXmlPr/>{run(text)}</w:customXml>'


def symbols(text: str, font: str = "Symbol") -> str:
    """Each character as a sign of a symbol font, in the private area as Word writes it."""
    return "".join(
        f'<w:r><w:sym w:font="{font}" w:char="{0xF000 + ord(char):04X}"/></w:r>' if ord(char) < 128 else run(char)
        for char in text
    )


def math(text: str) -> str:
    return f"<m:oMath><m:r><m:t>{text}</m:t></m:r></m:oMath>"


def text_box(inner: str, *, size: str = 'cx="1800000" cy="360000"', offset: int = 900000, wrap: str = "<wp:wrapSquare/>",
             fill: str = "<a:noFill/>", style: str = "", hidden: str = "", turn: str = "") -> str:  # fmt: skip
    """A text box as Word 2010 and later write it: DrawingML, and VML for older programs."""
    at = next(_ids)
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>"
        f'<wp:anchor distT="0" behindDoc="0" simplePos="0" relativeHeight="2" locked="0" layoutInCell="1" allowOverlap="1">'
        f'<wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:posOffset>{offset}</wp:posOffset></wp:positionH>'
        '<wp:positionV relativeFrom="paragraph"><wp:posOffset>0</wp:posOffset></wp:positionV>'
        f'<wp:extent {size}/>{wrap}<wp:docPr id="{at}" name="Text Box {at}" {hidden}/>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f'<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm {turn}><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        f'<a:prstGeom prst="rect"/>{fill}</wps:spPr>{style}<wps:txbx><w:txbxContent><w:p>{inner}</w:p></w:txbxContent>'
        "</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape style='position:absolute;width:100pt;height:30pt'><v:textbox><w:txbxContent>"
        f"<w:p>{inner}</w:p></w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def vml_box(
    inner: str, style: str = "position:absolute;margin-left:20pt;margin-top:3pt;width:140pt;height:30pt"
) -> str:
    return (
        f'<w:r><w:pict><v:shape id="_x{next(_ids)}" style="{style}"><v:textbox><w:txbxContent><w:p>{inner}</w:p>'
        "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )


def cell(content: str, properties: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/>{properties}</w:tcPr><w:p>{content}</w:p></w:tc>'


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid/>{"".join(rows)}</w:tbl>'


# -- the file -------------------------------------------------------------------------------------------------------------


class Paper:
    """A Word file to be edited, with the ledger that tells where its numbers are."""

    def __init__(self, folder: Path, data: bytes | None = None) -> None:
        """`folder` holds paper.docx and ledger.json."""
        with zipfile.ZipFile(io.BytesIO(data or (folder / "paper.docx").read_bytes())) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.ledger = json.loads((folder / "ledger.json").read_bytes())
        self.document = lxml.etree.fromstring(self.parts["word/document.xml"])

    @property
    def body(self) -> Any:
        return self.document.find(W + "body")

    def bytes(self) -> bytes:
        self.parts["word/document.xml"] = lxml.etree.tostring(
            self.document, xml_declaration=True, encoding="UTF-8", standalone=True
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                archive.writestr(name, data)
        return out.getvalue()

    def tag(self, kind: str, text: str, nth: int = 0, section: str = "Results") -> str:
        """The ledger's id of the nth result with that text in a block of that kind."""
        found = [
            name
            for block in self.ledger["blocks"]
            if block["kind"] == kind and section in block.get("section", "")
            for name, _, _ in block["spans"]
            if self.ledger["entries"][name]["text"] == text and self.ledger["entries"][name]["kind"] == "result"
        ]
        return str(found[nth])

    def number(self, tag: str) -> Any:
        """The content control of a number."""
        return next(
            element
            for element in self.document.iter(W + "sdt")
            if (mark := element.find(f"{W}sdtPr/{W}tag")) is not None and mark.get(W + "val") == tag
        )

    def put(self, tag: str, xml: str) -> Paper:
        """Other XML in the stead of a number."""
        old = self.number(tag)
        parent = old.getparent()
        at = parent.index(old)
        parent[at : at + 1] = parse(xml)
        return self

    def paragraph(self, tag: str) -> Any:
        return next(element for element in self.number(tag).iterancestors(W + "p"))

    def cell(self, tag: str) -> Any:
        return next(element for element in self.number(tag).iterancestors(W + "tc"))

    def row(self, tag: str) -> Any:
        return next(element for element in self.number(tag).iterancestors(W + "tr"))

    def table(self, tag: str) -> Any:
        return next(element for element in self.number(tag).iterancestors(W + "tbl"))

    def runs(self, tag: str, looks: str) -> Paper:
        """Looks for the runs of a number."""
        for element in self.number(tag).iter(W + "r"):
            old = element.find(W + "rPr")
            if old is None:
                old = lxml.etree.Element(W + "rPr")
                element.insert(0, old)
            old.extend(parse(looks))
        return self

    def settle(self, element: Any, name: str, xml: str) -> Paper:
        """Adds settings to an element's properties (`name`: pPr, trPr, tcPr, tblPr), which come first in it."""
        properties = element.find(W + name)
        if properties is None:
            properties = lxml.etree.Element(W + name)
            element.insert(0, properties)
        properties.extend(parse(xml))
        return self

    def after(self, element: Any, xml: str) -> Paper:
        for new in reversed(parse(xml)):
            element.addnext(new)
        return self

    def add_run(self, tag: str, xml: str) -> Paper:
        """XML at the end of a number's paragraph."""
        self.paragraph(tag).extend(parse(xml))
        return self

    def style(self, xml: str) -> Paper:
        """A further style."""
        styles = lxml.etree.fromstring(self.parts["word/styles.xml"])
        styles.extend(parse(xml))
        self.parts["word/styles.xml"] = lxml.etree.tostring(styles)
        return self

    def setting(self, xml: str) -> Paper:
        settings = lxml.etree.fromstring(self.parts["word/settings.xml"])
        for new in reversed(parse(xml)):
            settings.insert(0, new)
        self.parts["word/settings.xml"] = lxml.etree.tostring(settings)
        return self

    def part(self, name: str, root: str, inner: str, kind: str = "") -> str:
        """A further part of the package (or one in the stead of another), related to the document; gives the relation's
        id."""
        spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        self.parts[f"word/{name}"] = f'<?xml version="1.0"?><{root} {spaces}>{inner}</{root}>'.encode()
        return self.relate(name, kind or root.partition(":")[2])

    def relate(self, target: str, kind: str) -> str:
        path = "word/_rels/document.xml.rels"
        relations = lxml.etree.fromstring(self.parts[path])
        for old in relations:
            if old.get("Target") == target:
                return str(old.get("Id"))
        name = f"rIdNew{next(_ids)}"
        new = lxml.etree.SubElement(relations, f"{{{REL}}}Relationship")
        new.set("Id", name)
        new.set("Type", f"{NS['r']}/{kind}")
        new.set("Target", target)
        self.parts[path] = lxml.etree.tostring(relations)
        return name

    def data(self, xml: str, store: str = "{11111111-2222-3333-4444-555555555555}") -> Paper:
        """A custom XML part to which controls can be bound."""
        self.parts["customXml/item9.xml"] = xml.encode()
        self.parts["customXml/itemProps9.xml"] = (
            f'<ds:datastoreItem ds:itemID="{store}" '
            'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>'
        ).encode()
        self.parts["customXml/_rels/item9.xml.rels"] = (
            f'<Relationships xmlns="{REL}"><Relationship Id="rId1" Type="{NS["r"]}/customXmlProps" '
            'Target="itemProps9.xml"/></Relationships>'
        ).encode()
        self.relate("../customXml/item9.xml", "customXml")
        return self

    def note(self, kind: str, number: int, inner: str, tag: str) -> Paper:
        """A foot- or endnote at the end of a number's paragraph."""
        root = {"footnote": "w:footnotes", "endnote": "w:endnotes"}[kind]
        body = f'<w:{kind} w:id="{number}"><w:p><w:r><w:{kind}Ref/></w:r>{inner}</w:p></w:{kind}>'
        name = f"{kind}s.xml"
        if f"word/{name}" in self.parts:
            old = lxml.etree.fromstring(self.parts[f"word/{name}"])
            old.extend(parse(body))
            self.parts[f"word/{name}"] = lxml.etree.tostring(old)
        else:
            self.part(name, root, body)
        return self.add_run(tag, f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>')

    def comment(self, text: str, tag: str, by: str = BY, when: str = WHEN) -> Paper:
        inner = f'<w:comment w:id="3" w:author="{by}" w:date="{when}" w:initials="CA"><w:p><w:r><w:annotationRef/></w:r>{run(text)}</w:p></w:comment>'
        self.part("comments.xml", "w:comments", inner)
        number = self.number(tag)
        number.addprevious(parse('<w:commentRangeStart w:id="3"/>')[0])
        for new in reversed(parse('<w:commentRangeEnd w:id="3"/><w:r><w:commentReference w:id="3"/></w:r>')):
            number.addnext(new)
        return self

    def swap(self, pattern: str, new: str | Callable[[re.Match[str]], str], part: str = "word/document.xml") -> Paper:
        """The first match in a part's source replaced."""
        if part == "word/document.xml":
            self.parts[part] = lxml.etree.tostring(self.document)
        text, count = re.subn(pattern, new, self.parts[part].decode(), count=1, flags=re.DOTALL)
        assert count == 1, pattern
        self.parts[part] = text.encode()
        if part == "word/document.xml":
            self.document = lxml.etree.fromstring(self.parts[part])
        return self

    def copy(self) -> Paper:
        new = copy.copy(self)
        new.parts, new.document = dict(self.parts), copy.deepcopy(self.document)
        return new


def changed(text: str) -> str:
    """The number with its last digit another one."""
    return text[:-1] + str((int(text[-1]) + 3) % 10)
