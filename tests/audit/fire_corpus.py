"""Hostile and broken files, made by code from the little paper: `WORD`, `PDF` and `HTML` hold their makers by what the
file does; `REFUSED` has a part of the sentence, `HARMLESS` the names of those that may pass: what was added to the paper
says nothing that is not in the ledger.

Where a file has "many" of something, it has as many as `benchmarks/fire.py` measures times `SCALE` (EVERYNUMBER_FIRE).
"""

# ruff: noqa: E501  (long literals of markup)
from __future__ import annotations

import base64
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import little
import pikepdf

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT = "word/document.xml"
BODY_END = b"<w:sectPr"

SCALE = float(os.environ.get("EVERYNUMBER_FIRE", "0.005"))
ADDRESS = "SECRET"
"""What files name that want to be given something from outside: a test puts an address here."""
DIGITS = "314159265"
"""What stands at that address."""


def addressed(data: bytes) -> bytes:
    return data.replace(b"SECRET", ADDRESS.encode())


def many(count: int) -> int:
    return max(1, int(count * SCALE))


Maker = Callable[[], bytes]
WORD: dict[str, Maker] = {}
PDF: dict[str, Maker] = {}
HTML: dict[str, Maker] = {}


def _into(corpus: dict[str, Maker], name: str) -> Callable[[Maker], Maker]:
    def keep(maker: Maker) -> Maker:
        corpus[name] = maker
        return maker

    return keep


# -- Word ------------------------------------------------------------------------------------------------------------


@cache
def word_parts() -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(little.to_docx(little.paper()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Iterable[tuple[str, bytes]], *, stored: bool = False) -> bytes:
    """A zip that may hold any name, twice too; `stored`: not made smaller, so that no ratio gives it away."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            info = zipfile.ZipInfo("placeholder", (1980, 1, 1, 0, 0, 0))
            info.filename, info.compress_type = name, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with warnings.catch_warnings(action="ignore"):  # of a name that is there twice
                archive.writestr(info, addressed(data))
    return target.getvalue()


def word(changed: Mapping[str, bytes] | None = None, *more: tuple[str, bytes], stored: bool = False) -> bytes:
    """The little paper with parts changed, and parts more."""
    return packed([*({**word_parts(), **(changed or {})}).items(), *more], stored=stored)


def with_body(markup: bytes, *more: tuple[str, bytes], stored: bool = False) -> bytes:
    """The little paper with more at the end of its body."""
    document = word_parts()[DOCUMENT]
    at = document.rindex(BODY_END)
    return word({DOCUMENT: document[:at] + markup + document[at:]}, *more, stored=stored)


def _run(text: bytes) -> bytes:
    return b"<w:r><w:t>" + text + b"</w:t></w:r>"


def _paragraph(inner: bytes) -> bytes:
    return b"<w:p>" + inner + b"</w:p>"


def raw_zip(entries: Iterable[tuple[str, str, int, int, bytes]], *, shared: bool = False) -> bytes:
    """A zip written by hand: (name in the local header, name in the directory, size in the local header, size in the
    directory, packed data) of each entry. `shared`: all entries of the directory point at the first one's data."""
    out = bytearray()
    directory = bytearray()
    count = 0
    first = None
    for local, central, local_size, central_size, data in entries:
        offset = len(out)
        if shared and first is not None:
            offset = first
        else:
            first = offset
            name = local.encode()
            out += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(data), local_size, len(name), 0)
            out += name + data
        name = central.encode()
        directory += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, len(data), central_size, len(name), 0, 0, 0, 0, 0, offset
        )  # fmt: skip
        directory += name
        count += 1
    start = len(out)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(directory), start, 0)
    if count > 0xFFFF:
        zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), start)
        locator = struct.pack("<4sIQI", b"PK\6\7", 0, start + len(directory), 1)
        end = zip64 + locator + end
    return bytes(out + directory + end)


def deflated(data: bytes, times: int = 1) -> bytes:
    """`data` × `times`, packed as in a zip, without ever being unpacked in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    return once * times + packer.flush()


def zlibbed(data: bytes, times: int = 1) -> bytes:
    """`data` × `times`, packed as in a PDF."""
    check = 1
    for _ in range(times):
        check = zlib.adler32(data, check)
    return b"\x78\xda" + deflated(data, times) + struct.pack(">I", check)


@_into(WORD, "a part of 200 MB")
def _() -> bytes:
    return raw_zip([(DOCUMENT, DOCUMENT, 200_000_000, 200_000_000, deflated(b"<w:p>1</w:p>" * 100_000, 167))])


@_into(WORD, "a part of 200 MB that says it has 100 bytes")
def _() -> bytes:
    return raw_zip([(DOCUMENT, DOCUMENT, 100, 100, deflated(b" " * 1_000_000, 200))])


@_into(WORD, "a size in the local header other than in the directory")
def _() -> bytes:
    return raw_zip([(DOCUMENT, DOCUMENT, 2**32 - 1, 1000, deflated(b" " * 1_000_000, 200))])


@_into(WORD, "entries that overlap, all of one name")
def _() -> bytes:
    kernel = deflated(b" " * 900_000, 1)
    return raw_zip(((DOCUMENT, DOCUMENT, 900_000, 900_000, kernel) for _ in range(60_000)), shared=True)


@_into(WORD, "entries that overlap, of names of their own")
def _() -> bytes:
    kernel = deflated(b" " * 900_000, 1)
    return raw_zip(((DOCUMENT, f"word/{k}.xml", 900_000, 900_000, kernel) for k in range(15_000)), shared=True)


@_into(WORD, "entries quoted as each other's data, as Fifield's")
def _() -> bytes:
    """Each local header is, for the entry before it, a stored block of the packed data."""
    count, size = 200, 1_000_000
    kernel = deflated(b" " * size)
    names = [b"word/%04d.xml" % k for k in range(count)]
    body, rest = b"", []
    for k in reversed(range(count)):
        inner = kernel if k == count - 1 else struct.pack("<BHH", 0, len(rest[-1][1]), 0xFFFF - len(rest[-1][1]))
        length = size + sum(len(r[1]) for r in rest)
        packed_length = len(inner) + len(body) if k < count - 1 else len(kernel)
        header = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, packed_length, length, len(names[k]), 0)
        rest.append((k, header + names[k], packed_length, length))
        body = header + names[k] + inner + body
    directory = b""
    offset = 0
    offsets = {}
    for k, header, *_ in reversed(rest):
        offsets[k] = offset
        offset += len(header) + 5
    for k, _, packed_length, length in reversed(rest):
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, packed_length, length,
                                 len(names[k]), 0, 0, 0, 0, 0, offsets[k]) + names[k]  # fmt: skip
    return body + directory + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)


@_into(WORD, "very many entries")
def _() -> bytes:
    return raw_zip((("word/", f"word/{k}", 0, 0, b"") for k in range(many(1_000_000))), shared=True)


@_into(WORD, "a zip in a zip in a zip")
def _() -> bytes:
    inner = b" " * 10_000_000
    for _ in range(3):
        inner = packed([(f"word/embeddings/{k}.zip", inner) for k in range(10)])
    return word(None, ("word/embeddings/bomb.xml", inner))


@_into(WORD, "two documents in one file")
def _() -> bytes:
    return word(None, (DOCUMENT, word_parts()[DOCUMENT].replace(b"77.3", b"78.3")))


@_into(WORD, "two documents whose names differ by capitals")
def _() -> bytes:
    return word(None, ("word/Document.xml", word_parts()[DOCUMENT].replace(b"77.3", b"78.3")))


for _name in ("../../../tmp/everynumber.xml", "/etc/everynumber.xml", "C:\\everynumber.xml", "word/../word/document.xml",
              "word\\document.xml", "word//document.xml", "word/./document.xml", "word/document.xml\0.txt"):  # fmt: skip
    _into(WORD, f"a part named {_name!r}")(
        lambda name=_name: word(None, (name, word_parts()[DOCUMENT].replace(b"77.3", b"78.3")))
    )


@_into(WORD, "levels without end")
def _() -> bytes:
    return with_body(b"<w:sdt><w:sdtContent>" * 50_000 + b"</w:sdtContent></w:sdt>" * 50_000)


@_into(WORD, "as many levels as the parser allows")
def _() -> bytes:
    levels = 80
    return with_body(b"<w:tbl><w:tr><w:tc>" * levels + _paragraph(_run(b"12345")) + b"</w:tc></w:tr></w:tbl>" * levels)


@_into(WORD, "as many text boxes in each other as the parser allows")
def _() -> bytes:
    levels = 40
    return with_body(
        b"<w:p><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox><w:txbxContent>" * levels
        + _paragraph(_run(b"12345"))
        + b"</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>" * levels
    )


@_into(WORD, "many tables in one cell")
def _() -> bytes:
    inner = b"<w:tbl><w:tr><w:tc>" + _paragraph(_run(b"1")) + b"</w:tc></w:tr></w:tbl>"
    return with_body(b"<w:tbl><w:tr><w:tc>" + inner * many(10_000) + b"</w:tc></w:tr></w:tbl>")


@_into(WORD, "many runs")
def _() -> bytes:
    return with_body(_paragraph(_run(b"x ") * many(1_000_000)))


@_into(WORD, "many paragraphs")
def _() -> bytes:
    return with_body(_paragraph(_run(b"x")) * many(300_000))


@_into(WORD, "many tracked changes")
def _() -> bytes:
    one = b'<w:ins w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z">' + _run(b"x") + b"</w:ins>"
    two = b'<w:del w:id="1" w:author="A"><w:r><w:delText>y</w:delText></w:r></w:del>'
    return with_body(_paragraph((one + two) * 1000) * many(500))


@_into(WORD, "many fields that nobody closes")
def _() -> bytes:
    return with_body(_paragraph((b'<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + _run(b"1")) * many(50_000)))


@_into(WORD, "many fields that nobody closes, shown")
def _() -> bytes:
    begin = b'<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> REF x </w:instrText><w:fldChar w:fldCharType="separate"/></w:r>'
    return with_body(_paragraph((begin + _run(b"1")) * many(50_000)))


@_into(WORD, "fields that end and never begin")
def _() -> bytes:
    marks = b'<w:fldChar w:fldCharType="end"/><w:fldChar w:fldCharType="separate"/><w:fldChar/>'
    return with_body(_paragraph(b"<w:r>" + marks * many(200_000) + b"</w:r>"))


@_into(WORD, "billion laughs")
def _() -> bytes:
    return word({DOCUMENT: _laughs() + b"<w:document xmlns:w='%s'>&l9;</w:document>" % W.encode()})


@_into(WORD, "billion laughs beyond the first bytes, in an attribute")
def _() -> bytes:
    text = b"<!--" + b" " * 100_000 + b"-->" + _laughs()
    return word({DOCUMENT: text + b"<w:document xmlns:w='%s'><w:body w:x='&l9;'/></w:document>" % W.encode()})


@_into(WORD, "billion laughs in UTF-16")
def _() -> bytes:
    text = _laughs() + b"<w:document xmlns:w='%s'><w:body><w:p w:x='&l9;'/></w:body></w:document>" % W.encode()
    return word({DOCUMENT: text.decode().encode("utf-16")})


def _laughs() -> bytes:
    lines = b"".join(b"<!ENTITY l%d '%s'>" % (k, b"&l%d;" % (k - 1) * 10) for k in range(1, 10))
    return b"<!DOCTYPE x [<!ENTITY l0 'ha 7 '>" + lines + b"]>"


@_into(WORD, "an entity that is a file, beyond the first bytes")
def _() -> bytes:
    document = word_parts()[DOCUMENT]
    at = document.index(b"<w:document")
    head = b"<!--" + b" " * 100_000 + b'--><!DOCTYPE x [<!ENTITY f SYSTEM "SECRET">]>'
    return word(
        {
            DOCUMENT: document[:at]
            + head
            + document[at:].replace(b"<w:body>", b"<w:body><w:p><w:r><w:t>&f;</w:t></w:r></w:p>")
        }
    )


@_into(WORD, "a document type with an outside subset, in a relationship part")
def _() -> bytes:
    name = "word/_rels/document.xml.rels"
    rels = word_parts()[name]
    at = rels.index(b"<Relationships")
    head = b"<!--" + b" " * 100_000 + b'--><!DOCTYPE x SYSTEM "SECRET">'
    return word({name: rels[:at] + head + rels[at:]})


@_into(WORD, "XInclude")
def _() -> bytes:
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="SECRET" parse="text"/>'
    return with_body(_paragraph(b"<w:r><w:t>" + include + b"</w:t></w:r>"))


@_into(WORD, "relationships to the outside")
def _() -> bytes:
    name = "word/_rels/document.xml.rels"
    kinds = (
        "image",
        "header",
        "footnotes",
        "attachedTemplate",
        "subDocument",
        "aFChunk",
        "oleObject",
        "styles",
        "customXml",
    )
    more = "".join(
        f'<Relationship Id="evil{k}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="SECRET" TargetMode="External"/>'
        f'<Relationship Id="more{k}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="SECRET"/>'
        for k, kind in enumerate(kinds)
    )
    rels = word_parts()[name].replace(b"</Relationships>", more.encode() + b"</Relationships>")
    blip = (
        b'<w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:link="evil0" r:embed="evil0"/></w:drawing></w:r>'
    )
    document = word_parts()[DOCUMENT]
    at = document.rindex(BODY_END)
    return word({name: rels, DOCUMENT: document[:at] + _paragraph(blip) + document[at:]})


@_into(WORD, "relationships in a circle")
def _() -> bytes:
    name = "word/_rels/document.xml.rels"
    kinds = (
        "header",
        "footer",
        "footnotes",
        "endnotes",
        "styles",
        "numbering",
        "customXml",
        "comments",
        "officeDocument",
    )
    more = "".join(
        f'<Relationship Id="loop{k}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="document.xml"/>'
        for k, kind in enumerate(kinds)
    )
    return word({name: word_parts()[name].replace(b"</Relationships>", more.encode() + b"</Relationships>")})


@_into(WORD, "many relationships")
def _() -> bytes:
    name = "word/_rels/document.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    more = "".join(f'<Relationship Id="m{k}" Type="{kind}" Target="x{k}.xml"/>' for k in range(many(100_000)))
    return word({name: word_parts()[name].replace(b"</Relationships>", more.encode() + b"</Relationships>")})


def _with_styles(styles: bytes, body: bytes) -> bytes:
    rels = "word/_rels/document.xml.rels"
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
    link = b'<Relationship Id="fireStyles" Type="' + kind + b'" Target="styles.xml"/>'
    document = word_parts()[DOCUMENT]
    at = document.rindex(BODY_END)
    changed = {DOCUMENT: document[:at] + body + document[at:]}
    if b"/styles" not in word_parts()[rels]:
        changed[rels] = word_parts()[rels].replace(b"</Relationships>", link + b"</Relationships>")
    changed["word/styles.xml"] = b"<w:styles xmlns:w='%s'>" % W.encode() + styles + b"</w:styles>"
    return word(changed)


@_into(WORD, "styles based on each other in a circle")
def _() -> bytes:
    styles = b"".join(
        b'<w:style w:type="%s" w:styleId="%s"><w:basedOn w:val="%s"/><w:link w:val="%s"/><w:next w:val="%s"/></w:style>'
        % (kind, own, other, other, other)
        for kind, own, other in ((b"paragraph", b"A", b"B"), (b"paragraph", b"B", b"A"), (b"character", b"C", b"C"))
    )
    body = _paragraph(
        b'<w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:rPr><w:rStyle w:val="C"/></w:rPr><w:t>x</w:t></w:r>'
    )
    return _with_styles(styles, body)


@_into(WORD, "many styles, each based on the one before")
def _() -> bytes:
    one = b'<w:style w:type="paragraph" w:styleId="s%d"><w:basedOn w:val="s%d"/></w:style>'
    body = b"".join(
        _paragraph(b'<w:pPr><w:pStyle w:val="s%d"/></w:pPr>' % k + _run(b"x")) for k in range(0, many(20_000), 4)
    )
    return _with_styles(b"".join(one % (k, k - 1) for k in range(many(20_000))), body)


@_into(WORD, "an attribute of 9 MB and a text of 9 MB")
def _() -> bytes:
    big = b"7" * 9_000_000
    return with_body(_paragraph(b'<w:r w:rsidR="' + big + b'"><w:t>' + big + b"</w:t></w:r>"), stored=True)


@_into(WORD, "an attribute of 20 MB")
def _() -> bytes:
    return with_body(_paragraph(b'<w:r w:rsidR="' + b"7" * 20_000_000 + b'"/>'), stored=True)


@_into(WORD, "a text without a space")
def _() -> bytes:
    return with_body(_paragraph(_run(b"1234567890" * many(500_000)) * 10), stored=True)


@_into(WORD, "numbers of a million digits")
def _() -> bytes:
    return with_body(_paragraph(_run(b"9" * 1_000_000 + b" 1e" + b"9" * 50 + b" 1.5" + b"0" * 1_000_000)), stored=True)


@_into(WORD, "bytes that are not UTF-8")
def _() -> bytes:
    return with_body(_paragraph(_run(b"\xff\xfe\xc3\x28")))


@_into(WORD, "a document in UTF-16")
def _() -> bytes:
    text = word_parts()[DOCUMENT].decode()
    return word(
        {DOCUMENT: ('<?xml version="1.0" encoding="UTF-16"?>' + text[text.index("<w:document") :]).encode("utf-16")}
    )


@_into(WORD, "spans, grids and widths beyond all measure")
def _() -> bytes:
    cell = b'<w:tc><w:tcPr><w:gridSpan w:val="%s"/><w:vMerge w:val="x"/></w:tcPr>' + _paragraph(_run(b"1")) + b"</w:tc>"
    row = b'<w:tr><w:trPr><w:gridBefore w:val="999999999999"/><w:trHeight w:val="1e99" w:hRule="exact"/></w:trPr>'
    spans = (b"1000000000", b"-5", b"NaN", b"9" * 5000, b"", "٣".encode(), b"1e9")
    return with_body(b"<w:tbl>" + (row + b"".join(cell % s for s in spans) + b"</w:tr>") * 50 + b"</w:tbl>")


@_into(WORD, "nonsense in every attribute that is read")
def _() -> bytes:
    odd = [b"", b"-1", b"NaN", b"9" * 4400, b"1e999", b"x" * 1000, "²³¹".encode(), b"0x10", b" 5 ", b"true false"]
    properties = b"".join(
        b'<w:rPr><w:vanish w:val="%s"/><w:color w:val="%s"/><w:sz w:val="%s"/><w:szCs w:val="%s"/><w:shd w:fill="%s" w:val="%s"/>'
        b'<w:highlight w:val="%s"/><w:vertAlign w:val="%s"/><w:position w:val="%s"/><w:w w:val="%s"/><w:spacing w:val="%s"/><w:rFonts w:ascii="%s"/></w:rPr>'
        % ((value,) * 12)
        + b'<w:t>x</w:t><w:sym w:char="%s" w:font="%s"/><w:fldChar w:fldCharType="%s"/>' % ((value,) * 3)
        for value in odd
    )
    runs = b"".join(b"<w:r>" + piece + b"</w:r>" for piece in properties.split(b"<!>"))
    paragraphs = b"".join(
        b'<w:p><w:pPr><w:outlineLvl w:val="%s"/><w:numPr><w:ilvl w:val="%s"/><w:numId w:val="%s"/></w:numPr><w:framePr w:h="%s" w:w="%s"/></w:pPr>'
        b'<w:ins w:author="%s" w:date="%s">%s</w:ins></w:p>' % ((value,) * 7 + (_run(b"x"),))
        for value in odd
    )
    return with_body(_paragraph(runs) + paragraphs)


@_into(WORD, "a document that is another part")
def _() -> bytes:
    """Word shows the part that the package's relationships name, whatever its name is."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="word/other.xml"/></Relationships>'
    )
    return word(
        {"_rels/.rels": rels.encode()},
        ("word/other.xml", word_parts()[DOCUMENT].replace(b"77.3", b"78.3")),
        ("word/_rels/other.xml.rels", word_parts()["word/_rels/document.xml.rels"]),
    )


@_into(WORD, "many comments")
def _() -> bytes:
    rels = "word/_rels/document.xml.rels"
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
    link = b'<Relationship Id="fireComments" Type="' + kind + b'" Target="comments.xml"/></Relationships>'
    marks = b"".join(
        b'<w:commentRangeStart w:id="%d"/><w:r><w:commentReference w:id="%d"/></w:r>' % (k, k)
        for k in range(many(20_000))
    )
    comments = b"".join(
        b'<w:comment w:id="%d" w:author="A"><w:p><w:r><w:t>5</w:t></w:r></w:p></w:comment>' % k
        for k in range(many(20_000))
    )
    document = word_parts()[DOCUMENT]
    at = document.rindex(BODY_END)
    return word({rels: word_parts()[rels].replace(b"</Relationships>", link),
                 DOCUMENT: document[:at] + _paragraph(marks) + document[at:]},
                ("word/comments.xml", b"<w:comments xmlns:w='%s'>" % W.encode() + comments + b"</w:comments>"))  # fmt: skip


@_into(WORD, "a large record in a custom part")
def _() -> bytes:
    blank = (
        b'<r:record xmlns:r="urn:everynumber:record:1">' + b'{"a":' * 1000 + b"1" * many(90_000_000) + b"</r:record>"
    )
    return word(None, ("customXml/item1.xml", blank), stored=True)


@_into(WORD, "a deep record in a custom part")
def _() -> bytes:
    return word(
        None,
        ("customXml/item1.xml", b'<r:record xmlns:r="urn:everynumber:record:1">' + b"[" * 100_000 + b"</r:record>"),
    )


# -- PDF -------------------------------------------------------------------------------------------------------------


def pdf_of(objects: Iterable[bytes], trailer: bytes = b"", *, head: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") -> bytes:
    """A PDF of these objects, numbered from 1 (the catalogue), with a right table of where they stand."""
    out = bytearray(head)
    places = []
    for number, inner in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, addressed(inner))
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, extra: bytes = b"", *, packed: bool = False) -> bytes:
    if packed:
        data, extra = zlib.compress(data, 9), extra + b"/Filter/FlateDecode"
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), extra, data)


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SHOWN = b"BT /F 12 Tf 72 700 Td (The mean was 77.3 points.) Tj ET"


def page_with(
    content: bytes = SHOWN, *, catalog: bytes = b"", page: bytes = b"", resources: bytes = b"", packed: bool = False,
    box: bytes = b"[0 0 612 792]", pages: bytes = b"/Kids[3 0 R]/Count 1", more: Iterable[bytes] = (),
) -> bytes:  # fmt: skip
    """A PDF of one page: 1 catalogue, 2 page tree, 3 page, 4 content, 5 font, 6 … whatever `more` gives."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            b"<</Type/Pages%s>>" % pages,
            b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>%s>>"
            % (box, resources, page),
            stream(content, packed=packed),
            FONT,
            *more,
        ]
    )


def _pdf(name: str, maker: Maker) -> None:
    PDF[name] = maker


_pdf("a plain page", lambda: page_with())
_pdf("a page tree that holds itself", lambda: page_with(pages=b"/Kids[2 0 R 3 0 R]/Count 2"))
_pdf("a page that is its own parent", lambda: page_with(page=b"/Parent 3 0 R"))
_pdf("a page tree of a thousand million pages", lambda: page_with(pages=b"/Kids[3 0 R]/Count 1000000000"))
_pdf("a page tree of less than no pages", lambda: page_with(pages=b"/Kids[3 0 R]/Count -5"))
_pdf(
    "a page named many times", lambda: page_with(pages=b"/Kids[" + b"3 0 R " * many(4000) + b"]/Count %d" % many(4000))
)
_pdf("a page named 100,000 times", lambda: page_with(pages=b"/Kids[" + b"3 0 R " * 100_000 + b"]/Count 100000"))
_pdf("a form that draws itself", lambda: page_with(content=SHOWN + b" /X Do", resources=b"/XObject<</X 6 0 R>>",
     more=[stream(b"q /X Do /X Do Q", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")]))  # fmt: skip
_pdf("two forms that draw each other", lambda: page_with(content=SHOWN + b" /X Do", resources=b"/XObject<</X 6 0 R>>",
     more=[stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 7 0 R>>>>"),
           stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")]))  # fmt: skip


@_into(PDF, "forms in forms, ten thousand million in the end")
def _() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</Font<</F 5 0 R>>/XObject<</X %d 0 R>>>>"
    levels = [stream(b"/X Do " * 10, form % (7 + k)) for k in range(10)]
    last = stream(
        b"BT /F 12 Tf (7) Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</Font<</F 5 0 R>>>>"
    )
    return page_with(SHOWN + b" /X Do", resources=b"/XObject<</X 6 0 R>>", more=[*levels, last])


@_into(PDF, "forms deep in each other")
def _() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</Font<</F 5 0 R>>/XObject<</X %d 0 R>>>>"
    return page_with(SHOWN + b" /X Do", resources=b"/XObject<</X 6 0 R>>",
                     more=[*(stream(b"/X Do", form % (7 + k)) for k in range(10_000)), stream(b"")])  # fmt: skip


_pdf("an outline that is a circle", lambda: page_with(catalog=b"/Outlines 6 0 R",
     more=[b"<</First 7 0 R/Last 7 0 R/Count 1>>", b"<</Title(5)/Parent 6 0 R/Next 7 0 R/First 7 0 R/Last 7 0 R>>"]))  # fmt: skip
_pdf("names that are a circle", lambda: page_with(catalog=b"/Names<</EmbeddedFiles 6 0 R/JavaScript 6 0 R/Dests 6 0 R>>",
     more=[b"<</Kids[6 0 R 6 0 R]/Limits[(a)(z)]>>"]))  # fmt: skip
_pdf("structure that is a circle", lambda: page_with(catalog=b"/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R",
     more=[b"<</Type/StructTreeRoot/K 7 0 R/ParentTree 6 0 R/Kids[6 0 R]>>", b"<</S/P/P 7 0 R/K[7 0 R 7 0 R]/Pg 3 0 R>>"]))  # fmt: skip
_pdf("scripts and programs to start", lambda: page_with(catalog=b"/OpenAction<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>/Next 6 0 R>>/AA<</WC 6 0 R>>",
     page=b"/AA<</O 6 0 R>>/Annots[7 0 R]",
     more=[b"<</S/JavaScript/JS(app.alert(1);this.submitForm('SECRET');)/Next<</S/URI/URI(SECRET)>>>>",
           b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/GoToR/F(SECRET)/D[0/Fit]>>>>"]))  # fmt: skip
_pdf("form data in XFA, and fields in a circle", lambda: page_with(catalog=b"/AcroForm<</Fields[6 0 R]/NeedAppearances true/XFA[(template)7 0 R]>>", page=b"/Annots[6 0 R 8 0 R]",
     more=[b"<</FT/Tx/T(a)/V(5)/Subtype/Widget/Rect[0 0 99 99]/Kids[6 0 R]/Parent 6 0 R/P 3 0 R>>", stream(b"<xdp><a>" * 10_000),
           b"<</Subtype/FreeText/Contents(5)/Rect[0 0 99 99]/AP<</N 9 0 R>>/IRT 8 0 R/Popup 8 0 R>>",
           stream(b"/X Do", b"/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 9 0 R>>>>")]))  # fmt: skip
_pdf("a page of a million kilometres", lambda: page_with(box=b"[0 0 3e12 3e12]"))
_pdf("a page of no size", lambda: page_with(box=b"[0 0 0 0]"))
_pdf(
    "a page turned inside out",
    lambda: page_with(box=b"[1e38 1e38 -1e38 -1e38]", page=b"/CropBox[9 9 1 1]/Rotate 45/UserUnit 1e30"),
)
_pdf("a page as wide as 14,400,000 points", lambda: page_with(box=b"[0 0 14400000 792]"))
_pdf("a page scaled by a unit of a million", lambda: page_with(page=b"/UserUnit 1000000"))
_pdf(
    "fonts of odd sizes",
    lambda: page_with(
        content=b"BT /F 1e30 Tf 72 700 Td (77.3) Tj /F 1e-30 Tf (5) Tj /F -12 Tf 0 0 0 0 0 0 Tm (6) Tj 1e38 0 0 1e38 1e38 1e38 Tm (8) Tj ET"
    ),
)
_pdf(
    "marks that are never taken back",
    lambda: page_with(content=SHOWN + b" q" * many(50_000) + b" BT" * many(50_000) + b" /P BMC" * many(50_000)),
)
_pdf(
    "marks taken back that were never made",
    lambda: page_with(content=b"Q " * 50_000 + b"EMC " * 50_000 + b"ET " * 50_000 + SHOWN),
)
_pdf(
    "arrays without end",
    lambda: page_with(content=b"[" * 100_000 + SHOWN, catalog=b"/X " + b"[" * 100_000 + b"]" * 100_000),
)
_pdf("dictionaries without end", lambda: page_with(catalog=b"/X " + b"<</X " * 100_000 + b">>" * 100_000))
_pdf(
    "many numbers drawn",
    lambda: page_with(content=b"BT /F 1 Tf 1 700 Td " + b"(7 ) Tj " * many(1_000_000) + b"ET", packed=True),
)
_pdf("many rectangles", lambda: page_with(content=SHOWN + b" 1 1 1 1 re f" * many(1_000_000), packed=True))
_pdf(
    "a path of very many points",
    lambda: page_with(content=SHOWN + b" 0 0 m" + b" 5 9 l 3 2 l" * many(1_000_000) + b" f", packed=True),
)
_pdf(
    "many lines of text",
    lambda: page_with(
        content=b"BT /F 1 Tf 1 L 0.0005 TL 1 700 Td " + b"(7) Tj T* " * many(1_000_000) + b"ET", packed=True
    ),
)
_pdf(
    "many texts one over another",
    lambda: page_with(content=b"BT /F 9 Tf 100 700 Td " + b"(7) Tj 0 0 Td " * many(300_000) + b"ET", packed=True),
)


@_into(PDF, "a content of 2 GB, packed twice")
def _() -> bytes:
    twice = zlib.compress(zlibbed(b" " * 1_000_000, 2000), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream(twice, b"/Filter[/FlateDecode/FlateDecode]"),
        FONT,
    ]
    return pdf_of(objects)


@_into(PDF, "100 contents of 100 MB each")
def _() -> bytes:
    data = zlibbed(SHOWN + b" " * 1_000_000, 100)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents["
        + b"4 0 R " * 100
        + b"]/Resources<</Font<</F 5 0 R>>>>>>",
        stream(data, b"/Filter/FlateDecode"),
        FONT,
    ]
    return pdf_of(objects)


def _attached(data: bytes, extra: bytes = b"", names: int = 1, name: bytes = b"everynumber-record.json") -> bytes:
    pairs = b"".join(b"(%s)6 0 R" % (name if k == 0 else b"%08d" % k) for k in range(names))
    return page_with(
        catalog=b"/Names<</EmbeddedFiles<</Names[%s]>>>>/AF[6 0 R]" % pairs,
        more=[b"<</Type/Filespec/F(%s)/UF(%s)/AFRelationship/Data/EF<</F 7 0 R/UF 7 0 R>>>>" % (name, name),
              stream(data, b"/Type/EmbeddedFile" + extra)],
    )  # fmt: skip


@_into(PDF, "a large attachment, packed")
def _() -> bytes:
    return _attached(zlibbed(b" " * 1_000_000, many(2000)), b"/Filter/FlateDecode")


@_into(PDF, "a large attachment, packed twice, that says it has 10 bytes")
def _() -> bytes:
    return _attached(
        zlib.compress(zlibbed(b" " * 1_000_000, many(2000)), 9), b"/Filter[/FlateDecode/FlateDecode]/Params<</Size 10>>"
    )


_into(PDF, "many attachments")(lambda: _attached(b"{}", names=many(100_000)))
_into(PDF, "a deep record attached")(lambda: _attached(b"[" * 100_000))
_into(PDF, "a record that is no JSON attached")(lambda: _attached(b"\xff\xfe{"))
_into(PDF, "an attachment that is no stream")(
    lambda: page_with(catalog=b"/Names<</EmbeddedFiles<</Names[(everynumber-record.json)6 0 R(a)(b)(c)4 5]>>>>",
                      more=[b"<</Type/Filespec/F(everynumber-record.json)/EF<</F 3 0 R>>>>"])
)  # fmt: skip
_pdf("an image of 100,000 by 100,000 points", lambda: page_with(content=SHOWN + b" q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject<</I 6 0 R>>",
     more=[stream(zlib.compress(b"\0" * 10_000_000, 9), b"/Type/XObject/Subtype/Image/Width 100000/Height 100000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode")]))  # fmt: skip
_pdf("an image of 30,000 by 30,000 points, all there", lambda: page_with(content=SHOWN + b" q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject<</I 6 0 R>>",
     more=[stream(zlib.compress(zlib.compress(b"\0" * 1, 9)), b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/FlateDecode/FlateDecode]")]))  # fmt: skip


@_into(PDF, "a large image, all there")
def _() -> bytes:
    data, side = zlibbed(b"\0" * 1_000_000, many(900)), many(30_000)
    head = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
        % (side, side)
    )
    return page_with(
        SHOWN + b" q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject<</I 6 0 R>>", more=[stream(data, head)]
    )


_pdf("many images", lambda: page_with(content=SHOWN + b" q 500 0 0 500 0 0 cm /I Do Q" * many(5000), resources=b"/XObject<</I 6 0 R>>",
     more=[stream(zlib.compress(b"\0" * 4_000_000, 9), b"/Type/XObject/Subtype/Image/Width 2000/Height 2000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode")]))  # fmt: skip
_pdf("an image whose mask is itself", lambda: page_with(content=SHOWN + b" q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject<</I 6 0 R>>",
     more=[stream(b"\0\0\0\0", b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray/SMask 6 0 R/Mask 6 0 R/Alternates[<</Image 6 0 R>>]")]))  # fmt: skip
_pdf("damaged images of other codings", lambda: page_with(content=SHOWN + b"".join(b" q 9 0 0 9 0 0 cm /I%d Do Q" % k for k in range(4)),
     resources=b"/XObject<</I0 6 0 R/I1 7 0 R/I2 8 0 R/I3 9 0 R>>",
     more=[stream(b"\0\0\0\x0cjP  \r\n\x87\n" + b"\xff\x4f\xff\x51" + b"\x7f" * 300, b"/Subtype/Image/Width 60000/Height 60000/Filter/JPXDecode"),
           stream(b"\x97JB2\r\n\x1a\n" + b"\x7f" * 300, b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 1/Filter/JBIG2Decode"),
           stream(b"\xff\xd8\xff\xe0" + b"\x7f" * 300, b"/Subtype/Image/Width 60000/Height 60000/Filter/DCTDecode"),
           stream(b"\x7f" * 300, b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 1/ImageMask true/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>")]))  # fmt: skip
_pdf("a pattern that paints with itself", lambda: page_with(content=SHOWN + b" /Pattern cs /P scn 0 0 600 700 re f", resources=b"/Pattern<</P 6 0 R>>",
     more=[stream(b"/Pattern cs /P scn 0 0 9 9 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001/Resources<</Pattern<</P 6 0 R>>>>")]))  # fmt: skip
_pdf("a pattern of steps too small to count", lambda: page_with(content=SHOWN + b" /Pattern cs /P scn 0 0 600 700 re f", resources=b"/Pattern<</P 6 0 R>>",
     more=[stream(b"0 0 9 9 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 1e-9/YStep 1e-9/Resources<<>>")]))  # fmt: skip
_pdf("a soft mask that masks itself", lambda: page_with(content=b"/G gs " + SHOWN, resources=b"/ExtGState<</G 6 0 R>>",
     more=[b"<</SMask<</S/Luminosity/G 7 0 R>>>>", stream(b"/G gs 0 0 9 9 re f", b"/Subtype/Form/BBox[0 0 612 792]/Group<</S/Transparency>>/Resources<</ExtGState<</G 6 0 R>>>>")]))  # fmt: skip
_pdf("a shading with a function that never ends", lambda: page_with(content=SHOWN + b" /S sh", resources=b"/Shading<</S 6 0 R>>",
     more=[b"<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Function 7 0 R>>",
           stream(b"{" + b"{" * 5000 + b"1" + b"}" * 5000 + b"}", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1]")]))  # fmt: skip
_pdf("a function made of itself", lambda: page_with(content=SHOWN + b" /S sh", resources=b"/Shading<</S 6 0 R>>",
     more=[b"<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 9 9]/Function 7 0 R>>",
           b"<</FunctionType 3/Domain[0 1]/Functions[7 0 R 7 0 R]/Bounds[.5]/Encode[0 1 0 1]>>"]))  # fmt: skip
_pdf("a colour space made of itself", lambda: page_with(content=b"/C cs 1 sc " + SHOWN, resources=b"/ColorSpace<</C 6 0 R>>",
     more=[b"[/Indexed 6 0 R 255 6 0 R]"]))  # fmt: skip
_pdf(
    "resources that are themselves",
    lambda: page_with(page=b"/Resources 6 0 R", more=[b"<</Font<</F 5 0 R>>/XObject 6 0 R/X 6 0 R>>"]),
)
_pdf("content that is the page", lambda: page_with(page=b"/Contents[3 0 R 4 0 R 2 0 R 99 0 R]"))
_pdf(
    "a length that lies",
    lambda: page_with(page=b"/Contents 6 0 R", more=[b"<</Length 999999999999>>\nstream\n" + SHOWN + b"\nendstream"]),
)
_pdf(
    "a length that is its own stream",
    lambda: page_with(page=b"/Contents 6 0 R", more=[b"<</Length 6 0 R>>\nstream\n" + SHOWN + b"\nendstream"]),
)


def _with_font(font: bytes, *more: bytes, show: bytes = b"(77.3 points)") -> bytes:
    return page_with(
        b"BT /G 12 Tf 72 700 Td " + show + b" Tj ET", resources=b"/Font<</F 5 0 R/G 6 0 R>>", more=[font, *more]
    )


_into(PDF, "a font program that is noise")(
    lambda: _with_font(b"<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar 0/LastChar 255/Widths 7 0 R/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 8 0 R/FontFile3 9 0 R>>>>",
                       b"[" + b"1e30 " * 256 + b"]", stream(b"\0\1\0\0\0\x40" + b"\x7f\xff" * 5000), stream(b"\1\0\4\4" + b"\xff" * 9000, b"/Subtype/CIDFontType0C"))
)  # fmt: skip
_into(PDF, "a font whose letters draw themselves")(
    lambda: _with_font(b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 0/LastChar 255/Widths[5]/Encoding<</Differences[0/a 32/a/a/a 48/a/a/a/a/a/a/a/a/a/a]>>/CharProcs<</a 7 0 R>>/Resources<</Font<</G 6 0 R>>>>>>",
                       stream(b"1000 0 d0 BT /G 9 Tf (777) Tj ET"))
)  # fmt: skip
_into(PDF, "a font descended from itself")(
    lambda: _with_font(b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding 7 0 R/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
                       stream(b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange endcmap", b"/UseCMap 7 0 R/Type/CMap"))
)  # fmt: skip
_into(PDF, "a font whose map to Unicode covers a thousand million")(
    lambda: _with_font(b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>/W[0 65535 1e9 0 99999999999 5]>>]/ToUnicode 7 0 R>>",
                       stream(b"begincmap 99 begincodespacerange <00000000> <ffffffff> endcodespacerange 1 beginbfrange <00000000> <ffffffff> <0030> endbfrange"
                              + b" 100 beginbfchar " + b"<0007> <" + b"0037" * 100_000 + b">" + b" endbfchar endcmap"), show=b"<000700070007>")
)  # fmt: skip


@_into(PDF, "a letter that stands for many")
def _() -> bytes:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    text = (
        b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <37> <"
        + b"00370020" * 60
        + b"> endbfchar endcmap"
    )
    return _with_font(font, stream(text), show=b"(" + b"7" * many(20_000) + b")")


@_into(PDF, "many objects")
def _() -> bytes:
    return page_with(more=[b"[%d 0 R]" % (k + 7) for k in range(many(1_000_000))])


@_into(PDF, "a table of objects of a thousand million")
def _() -> bytes:
    return (
        page_with()
        .replace(b"trailer\n<</Size 6", b"trailer\n<</Size 2147483647")
        .replace(b"xref\n0 6", b"xref\n0 2147483647")
    )


@_into(PDF, "tables of objects in a circle")
def _() -> bytes:
    data = page_with()
    start = data.rindex(b"xref\n0 6")
    return data.replace(b"trailer\n<<", b"trailer\n<</Prev %d/XRefStm %d" % (start, start))


@_into(PDF, "objects packed in each other")
def _() -> bytes:
    inner = b"6 0 7 10 <</a 6 0 R>>"
    return page_with(catalog=b"/X 6 0 R", more=[stream(inner, b"/Type/ObjStm/N 999999999/First 9/Extends 6 0 R")])


@_into(PDF, "no table of objects at all")
def _() -> bytes:
    data = page_with()
    return data[: data.rindex(b"xref\n0")] + b"startxref\n999999999999\n%%EOF\n"


@_into(PDF, "encrypted without a password")
def _() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(page_with())) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="a", user=""))
    return target.getvalue()


@_into(PDF, "encrypted with a password")
def _() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(page_with())) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    return target.getvalue()


@_into(PDF, "encrypted in a way that nobody knows")
def _() -> bytes:
    return page_with().replace(
        b"/Root 1 0 R", b"/Root 1 0 R/Encrypt<</Filter/Standard/V 99/R 99/O(x)/U(x)/P -1/Length 99999>>/ID[(a)(b)]"
    )


@_into(PDF, "optional content that is a circle")
def _() -> bytes:
    return page_with(
        b"/OC /M BDC " + SHOWN + b" EMC", resources=b"/Properties<</M 6 0 R>>",
        catalog=b"/OCProperties<</OCGs[6 0 R]/D<</Order[6 0 R 7 0 R]/OFF[7 0 R]>>>>",
        more=[b"<</Type/OCMD/OCGs 6 0 R/VE 7 0 R>>", b"[/Not 7 0 R]"],
    )  # fmt: skip


@_into(PDF, "many full pages")
def _() -> bytes:
    text = b"BT /F 1 Tf 1 700 Td " + (b"(" + b"seventy seven " * 200 + b") Tj T* ") * 70 + b"ET"
    return page_with(text, packed=True, pages=b"/Kids[" + b"3 0 R " * many(1000) + b"]/Count %d" % many(1000))


# -- HTML ------------------------------------------------------------------------------------------------------------


@cache
def page_text() -> str:
    return little.to_html(little.paper())


def page(more: str = "", *, head: str = "") -> bytes:
    """The little paper with more at the end of its body, and in its head."""
    return page_text().replace("</head>", head + "</head>", 1).replace("</body>", more + "</body>", 1).encode()


def _html(name: str, maker: Maker) -> None:
    HTML[name] = lambda: addressed(maker())


def _svg(inner: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>'


def _data(text: str | bytes) -> str:
    data = addressed(text if isinstance(text, bytes) else text.encode())
    return "data:image/svg+xml;base64," + base64.b64encode(data).decode()


_html("many paragraphs", lambda: page("<p>A paragraph of words, all of them harmless.</p>" * many(1_000_000)))
_html("50 MB in one line", lambda: page("<p>" + "word and word " * 3_600_000 + "</p>"))
_html("one line of many numbers", lambda: page("<p>" + "77.3 " * many(4_000_000) + "</p>"))
_html("a number without end", lambda: page("<p>" + "7" * many(50_000_000) + "</p>"))
_html("many points and digits", lambda: page("<p>" + "7." * many(5_000_000) + "</p>"))
_html("a large style sheet", lambda: page(head="<style>" + "p{color:red}" * many(4_000_000) + "</style>"))
_html(
    "many rules of style for many elements",
    lambda: page(
        "<p class='a b c'>x</p>" * many(20_000),
        head="<style>" + "".join(f".a:not(.x{k}) {{margin:1px}} " for k in range(many(20_000))) + "</style>",
    ),
)
_html(
    "a style nested without end",
    lambda: page(head="<style>" + "@media screen{" * 100_000 + "p{display:none}" + "}" * 100_000 + "</style>"),
)
_html("a style of brackets without end", lambda: page(head="<style>p{color:" + "(" * 100_000 + "}</style>"))
_html(
    "a selector without end",
    lambda: page(
        head="<style>"
        + "p " * 100_000
        + "{display:none}"
        + ":not(" * 50_000
        + "p"
        + ")" * 50_000
        + "{display:none}</style>"
    ),
)
_html("a large style attribute", lambda: page('<p style="' + "color:red;" * many(2_000_000) + '">x</p>'))
_html("levels without end", lambda: page("<div>" * 100_000 + "12345" + "</div>" * 100_000))
_html("levels of tables without end", lambda: page("<table><tr><td>" * 100_000 + "12345"))
_html("200 levels of tables", lambda: page("<table><tr><td>1" * 200 + "12345" + "</td></tr></table>" * 200))
_html("levels of bold without end", lambda: page("<p>" + "<b>" * 100_000 + "12345"))
_html("many misnested tags", lambda: page("<a><b><i><p>" * 20_000 + "5"))
_html("many cells", lambda: page("<table>" + ("<tr>" + "<td>x</td>" * 1000 + "</tr>") * many(1000) + "</table>"))
_html(
    "many cells with numbers",
    lambda: page("<table>" + ("<tr>" + "<td>5</td>" * 1000 + "</tr>") * many(1000) + "</table>"),
)
_html(
    "cells that span beyond all measure",
    lambda: page(
        "<table>"
        + '<tr><td colspan="1000000000" rowspan="1000000000">x</td><td colspan="-1">y</td><td colspan="'
        + "9" * 5000
        + '">z</td></tr>'
        + "</table>"
    ),
)
_html(
    "many rows of cells that span far each way",
    lambda: page("<table>" + '<tr><td colspan="1000" rowspan="1000">x</td></tr>' * 10_000 + "</table>"),
)
_html(
    "many rows of spans below each other",
    lambda: page("<table>" + '<tr><td rowspan="65534">x</td></tr>' * many(30_000) + "</table>"),
)
_html(
    "svg that uses itself",
    lambda: page(
        _svg(
            '<g id="a"><use xlink:href="#a" href="#a"/><text>5</text></g>'
            + "".join(f'<g id="u{k}"><use href="#u{k + 1}"/><use href="#u{k + 1}"/></g>' for k in range(60))
        )
    ),
)
_html("svg without end", lambda: page(_svg("<g>" * 10_000 + "<text>5</text>" + "</g>" * 10_000)))
_html("svg with many texts", lambda: page(_svg("<text>x</text>" * many(500_000))))
_html(
    "svg in a data URL with entities",
    lambda: page(
        f'<img src="{_data(_laughs() + b"<svg xmlns=%s><text>&l9;</text></svg>" % repr("http://www.w3.org/2000/svg").encode())}">'
    ),
)
_html(
    "svg in a data URL that names a file",
    lambda: page(
        '<img src="'
        + _data(
            "<!--"
            + " " * 9000
            + '--><!DOCTYPE svg [<!ENTITY f SYSTEM "SECRET">]><svg xmlns="http://www.w3.org/2000/svg"><text>5 &f;</text><image href="SECRET"/></svg>'
        )
        + '">'
    ),
)
_html("a data URL of 50 MB", lambda: page('<img src="data:image/png;base64,' + "AAAA" * 12_500_000 + '">'))
_html("a data URL of blanks", lambda: page('<img src="data:image/png;base64,' + "A " * many(25_000_000) + '">'))
_html("a data URL of per cent signs", lambda: page('<img src="data:,' + "%41" * many(7_000_000) + '">'))
_html(
    "data URLs that are none",
    lambda: page(
        "".join(
            f'<img src="{u}">'
            for u in (
                "data:",
                "data:;base64,",
                "data:,%",
                "data:;base64,=",
                "data:image/svg+xml,<svg",
                "data:image/svg+xml,<svg/>",
            )
        )
    ),
)
_html("null characters", lambda: page("<p>7\0" + "7</p>"))
_html("a charset that nobody knows", lambda: page().replace(b"utf-8", b"utf-99"))
_html("a charset that is no text", lambda: page().replace(b"utf-8", b"hex"))
_html("a charset that unpacks", lambda: page().replace(b'charset="utf-8"', b'charset="zlib"'))
_html("a charset of other bytes", lambda: page().replace(b'charset="utf-8"', b'charset="utf-16"'))
_html("a charset of numbers that look alike", lambda: page().replace(b'charset="utf-8"', b'charset="utf-7"'))
_html(
    "a page in idna and punycode",
    lambda: page("<p>" + "xn--" * 1000 + "</p>").replace(b'charset="utf-8"', b'charset="punycode"'),
)
_html("bytes that are not UTF-8", lambda: page() + b"\xff\xfe</html>")
_html(
    "entities beyond all characters",
    lambda: page("<p>&#99999999999; &#xD800; &#x110000; &#0; &#x80; &nosuch; &#" + "9" * 10_000 + ";</p>"),
)
_html(
    "a document type with entities",
    lambda: (
        b"<!DOCTYPE html [<!ENTITY a SYSTEM 'SECRET'><!ENTITY b '&a;&a;'>]>" + page("<p>&a;&b;</p>").split(b">", 1)[1]
    ),
)
_html(
    "addresses in every place",
    lambda: page(
        "<base href='SECRET'><link rel=stylesheet href='SECRET'><script src='SECRET'></script><iframe src='SECRET'></iframe><object data='SECRET'></object><embed src='SECRET'><img src='SECRET'><video src='SECRET'></video><meta http-equiv=refresh content='0;url=SECRET'><style>@import 'SECRET';@font-face{font-family:x;src:url(SECRET)}p{background:url(SECRET)}</style>"
        + _svg("<image href='SECRET' xlink:href='SECRET'/><use href='SECRET#a'/>")
    ),
)
_html("a large attribute", lambda: page('<p title="' + "7" * many(30_000_000) + '" alt="x">x</p>'))
_html(
    "many attributes of one element",
    lambda: page("<p " + " ".join(f'a{k}="1"' for k in range(many(100_000))) + ">x</p>"),
)
_html(
    "many entries of the list of references", lambda: page('<div class="csl-entry">1. A. 2015.</div>' * many(300_000))
)
_html("a reference without end", lambda: page('<div class="csl-entry">' + "<span>" * 5000 + "1. A. 2015.</div>"))
_html(
    "control characters and turned text",
    lambda: page("<p>\x1b[31m 5\x07 \x9b2J \u202e543\u202c \u2066 8 \ufeff \ufffe \U0010ffff</p>"),
)
_html("many headings", lambda: page("<h1>x</h1>" * many(1_000_000)))
_html(
    "a large record in the page",
    lambda: page(
        '<script type="application/json" id="everynumber-record">{"schema": "everynumber/record/1", "a": ['
        + "1," * many(20_000_000)
        + "1]}</script>"
    ),
)
_html(
    "a deep record in the page",
    lambda: page('<script type="application/json" id="everynumber-record">' + "[" * 100_000 + "</script>"),
)
_html(
    "two records in the page", lambda: page('<script type="application/json" id="everynumber-record">{}</script>' * 2)
)

# -- what comes of them ----------------------------------------------------------------------------------------------

_ODD_NAME = "which no Word file does, and was not read."
REFUSED = {
    "a part of 200 MB": "unpacks to an unreasonable size",
    "a part of 200 MB that says it has 100 bytes": "is damaged or cut short",
    "a size in the local header other than in the directory": "is damaged or cut short",
    "entries that overlap, all of one name": "holds more than 20,000 parts",
    "entries that overlap, of names of their own": "unpacks to an unreasonable size",
    "entries quoted as each other's data, as Fifield's": "unpacks to an unreasonable size",
    "two documents in one file": "holds two parts named word/document.xml",
    "two documents whose names differ by capitals": "holds two parts named word/Document.xml",
    **{name: _ODD_NAME for name in WORD if name.startswith("a part named ")},
    "levels without end": "is nested too deeply to be read.",
    "billion laughs": "declares a document type",
    "billion laughs beyond the first bytes, in an attribute": "declares a document type",
    "billion laughs in UTF-16": "is not readable as XML.",
    "an entity that is a file, beyond the first bytes": "declares a document type",
    "a document type with an outside subset, in a relationship part": "declares a document type",
    "an attribute of 20 MB": "is not readable as XML.",
    "a page tree that holds itself": "is damaged: its page 2 cannot be read.",
    "a page named 100,000 times": "has 100000 pages; at most 5000 are read.",
    "a form that draws itself": "the program that read it crashed",
    "a content of 2 GB, packed twice": "the program that read it crashed",
    "a pattern that paints with itself": "s of processor time that are allowed.",
    "no table of objects at all": "cannot be opened as a PDF.",
    "encrypted with a password": "is encrypted with a password",
    "encrypted in a way that nobody knows": "is encrypted with a password",
    "50 MB in one line": "it is larger than 20,000,000 characters of text",
    "a style nested without end": "holds style sheets of more than 500,000 letters",
    "a selector without end": "holds style sheets of more than 500,000 letters",
    "a style of brackets without end": "is nested too deeply to be read.",
    "levels of tables without end": "is nested too deeply to be read.",
    "levels of bold without end": "is nested too deeply to be read.",
    "svg without end": "is nested too deeply to be read.",
    "a reference without end": "is nested too deeply to be read.",
    "cells that span beyond all measure": "has more than 1000 columns; it was not read.",
    "many rows of cells that span far each way": "has more than 1000 columns; it was not read.",
    "null characters": "it holds null characters.",
    "a charset that is no text": "it holds bytes that are not hex text.",
    "bytes that are not UTF-8": "is damaged",
}
HARMLESS = {
    "a zip in a zip in a zip", "many runs", "many paragraphs", "many tracked changes", "fields that end and never begin",
    "XInclude", "relationships in a circle", "many relationships", "styles based on each other in a circle",
    "many styles, each based on the one before", "a document in UTF-16", "many comments", "many rules of style for many elements",
    "a large style sheet", "a large style attribute", "entities beyond all characters", "a large attribute",
    "many attributes of one element", "many headings",
}  # fmt: skip
