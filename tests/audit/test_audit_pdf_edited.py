"""The editable PDF of the benchmark: what it says it changed is what is read, and what is seen, and no more."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import little
import pikepdf
import pypdfium2
import pytest
import typst
from PIL import Image, ImageChops

from benchmarks.tampering.nodes import Edit, Node, edited_texts
from benchmarks.tampering.pdf import EditablePdf
from report.audit import FileVerdict

Audit = Callable[[str, bytes], FileVerdict]

WORDS = (
    "The mean score at six months was higher in the treated group than in the other, and the difference held after "
    "the baseline value had been taken into account. No patient was lost before the first visit; "
)
PAPER = f"""
#set page(width: 15cm, height: 19cm, margin: 2cm, header: [Alpha against beta], footer: context align(center)[Page #counter(page).display()])
#set par(justify: true)
#set text(size: 10pt)
= Results
{WORDS}in all 59 patients (98.3%; 95% CI 91.1 to 99.7) were seen#super[1]. {WORDS}the ratio was 1.25 (0.87 to 1.80).

{WORDS * 2} _P_ = 0.006.

#table(columns: 3, stroke: none, table.header([Measure], [Alpha (n = 30)], [Beta (n = 29)]),
  [Score], [77.3 (8.9)], [83.4 (9.1)], table.cell(colspan: 2)[Age, years], [39.6], [Women], [], [−12.5])

#rotate(90deg, reflow: true)[turned 4567]
#block(fill: luma(220), inset: 6pt)[On a grey ground 2468 lies.]
"""  # noqa: E501


@cache
def typst_paper(folder: Path) -> bytes:
    (folder / "paper.typ").write_text(PAPER, encoding="utf-8")
    data: bytes = typst.compile(str(folder / "paper.typ"))
    return data


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return typst_paper(tmp_path_factory.mktemp("typst"))


@pytest.fixture(scope="module")
def little_pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return little.to_pdf(little.paper(), tmp_path_factory.mktemp("little"))


def read(data: bytes) -> list[str]:
    """What another program reads: each page's text, without white space and what breaks lines."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [re.sub("[\\s\ufffe\x02\u00ad-]+", "", page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def squeezed(text: str) -> str:
    return re.sub("[\\s\u00ad-]+", "", text)


def picture(data: bytes, page: int, scale: float = 4) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        out: Image.Image = document[page].render(scale=scale).to_pil().convert("L")
        return out
    finally:
        document.close()


def find(nodes: Sequence[Node], text: str) -> Edit:
    """The stretch with that text, to be emptied."""
    for k, node in enumerate(nodes):
        if (at := node.text.find(text)) >= 0:
            return Edit(k, at, at + len(text), "")
    raise LookupError(text)


def change(paper: EditablePdf, old: str, new: str) -> Edit:
    where = find(paper.nodes, old)
    return Edit(where.node, where.start, where.end, new)


def assert_only(before: bytes, after: bytes, paper: EditablePdf, edits: Sequence[Edit]) -> None:
    """Each edited node is read as intended, and all else as before."""
    old, new = read(before), read(after)
    for page, text in enumerate(old):
        said = text
        for node, wanted in edited_texts(paper.nodes, edits).items():
            if paper.nodes[node].page == page + 1:
                assert said.count(squeezed(paper.nodes[node].text)) >= 1
                # where it stands more than once, the one that was changed is told by all that stands before it
                parts = said.split(squeezed(paper.nodes[node].text))
                options = [
                    squeezed(paper.nodes[node].text).join(parts[:k])
                    + squeezed(wanted)
                    + squeezed(paper.nodes[node].text).join(parts[k:])
                    for k in range(1, len(parts))
                ]
                said = next((o for o in options if len(edits) > 1 or o == new[page]), options[0])
        assert said == new[page]


def overlaps(data: bytes) -> int:
    """How many pairs of glyphs lie over each other."""
    count = 0
    for page in EditablePdf(data)._pages:
        boxes = sorted(
            (g.v, g.u, g.end, g.em, g.show.direction) for g in page.glyphs if g.text.strip() and g.width > 0.3 * g.em
        )
        for k, (v, u, end, em, way) in enumerate(boxes):
            for v2, u2, end2, em2, way2 in boxes[k + 1 :]:
                if v2 > v + 0.45 * em:
                    break
                both = min(end, end2) - max(u, u2)
                if way2 == way and both > 0.35 * min(end - u, end2 - u2) and min(em, em2) > 0:
                    count += 1
    return count


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("98.3", "93.8"),
        ("98.3", "983"),
        ("98.3%", "98.3"),
        ("(0.87 to 1.80)", "(1.80 to 0.87)"),
        ("0.006", "0.994"),
        ("was higher in", "was significantly lower in"),
        ("77.3 (8.9)", "83.4 (9.1)"),
        ("77.3", "177.31"),
        ("−12.5", "12.5"),
        ("39.6", "≥39.6"),
        ("4567", "4576"),
        ("59", "Fifty-nine"),
        ("Alpha against beta", "Beta against alpha 7"),
        ("Page 1", "Page 11"),
        ("2468", ""),
        ("1.25", "−1.25"),
    ],
)
def test_an_edit_is_read_as_it_was_meant(paper: bytes, old: str, new: str) -> None:
    editable = EditablePdf(paper)
    edit = change(editable, old, new)
    after = editable.edited([edit])
    assert_only(paper, after, editable, [edit])
    assert overlaps(after) == overlaps(paper)
    assert editable.edited([edit]) == after  # it was left as it is


def test_what_is_not_edited_looks_as_before(paper: bytes) -> None:
    editable = EditablePdf(paper)
    edit = change(editable, "83.4 (9.1)", "84.3 (9.1)")
    changed = ImageChops.difference(picture(paper, 0), picture(editable.edited([edit]), 0)).getbbox()
    glyphs = [g for line in editable._places[edit.node].text.lines for g in line]
    height = editable._pages[0].height
    left, right = min(g.u for g in glyphs), max(g.end for g in glyphs)
    top, bottom = height - max(g.v + g.em for g in glyphs), height - min(g.v - 0.3 * g.em for g in glyphs)
    assert changed is not None
    assert changed[0] >= 4 * left - 2 and changed[2] <= 4 * right + 2
    assert changed[1] >= 4 * top and changed[3] <= 4 * bottom


def test_new_digits_look_like_those_of_the_paper(paper: bytes) -> None:
    """77.3 is drawn where 83.4 was: then the two cells are one picture."""
    editable = EditablePdf(paper)
    edit = change(editable, "83.4 (9.1)", "77.3 (8.9)")
    after = editable.edited([edit])
    pictures = []
    for node in (find(editable.nodes, "77.3 (8.9)").node, edit.node):
        glyph = editable._places[node].text.lines[0][0]
        x, y = glyph.u * 8, (editable._pages[0].height - glyph.v) * 8
        page = picture(after, 0, 8)
        whole = (int(x), int(y - 8 * glyph.em), int(x + 8 * 4.6 * glyph.em), int(y + 8 * 0.3 * glyph.em))
        piece = page.crop(whole)
        ink = ImageChops.invert(piece).getbbox()
        assert ink is not None
        pictures.append(piece.crop(ink))
    first, second = pictures
    assert abs(first.width - second.width) <= 2 and first.height == second.height
    histogram = ImageChops.difference(first, second.resize(first.size)).histogram()
    assert sum(histogram[128:]) < 0.02 * first.width * first.height


def test_a_sentence_inserted_and_one_deleted(paper: bytes) -> None:
    editable = EditablePdf(paper)
    node = find(editable.nodes, "in all 59 patients").node
    text = editable.nodes[node].text
    at = text.index(". No patient") + 1
    more = Edit(node, at, at, " A further 17 patients (28.3%; 95% CI 17.5 to 41.4) had been seen elsewhere before.")
    after = editable.edited([more])
    assert_only(paper, after, editable, [more])
    assert overlaps(after) == overlaps(paper)
    end = text.index(" in all 59")
    less = Edit(node, at, end, "")
    after = editable.edited([less])
    assert_only(paper, after, editable, [less])
    assert overlaps(after) == overlaps(paper)
    with pytest.raises(ValueError, match="no room"):
        editable.edited([Edit(node, at, at, " many words" * 200)])


def test_many_edits_at_once(paper: bytes) -> None:
    editable = EditablePdf(paper)
    pairs = [("98.3", "83.9"), ("91.1 to 99.7", "99.7 to 91.1"), ("1.25", "0.80"), ("(n = 30)", "(n = 29)"),
             ("(n = 29)", "(n = 30)"), ("77.3 (8.9)", ""), ("turned 4567", "turned 1")]  # fmt: skip
    edits = [change(editable, old, new) for old, new in pairs]
    after = editable.edited(edits)
    assert_only(paper, after, editable, edits)
    assert overlaps(after) == overlaps(paper)
    with pytest.raises(ValueError, match="overlaps"):
        editable.edited([edits[0], edits[0]])


def test_random_edits_of_the_little_paper(little_pdf: bytes) -> None:
    editable = EditablePdf(little_pdf)
    rng = random.Random(7)
    before = overlaps(little_pdf)
    made = 0
    while made < 60:
        node = rng.randrange(len(editable.nodes))
        spans = [m.span() for m in re.finditer(r"\d+(\.\d+)?|[a-z]{4,}", editable.nodes[node].text)]
        if not spans:
            continue
        start, end = rng.choice(spans)
        edit = Edit(node, start, end, rng.choice(["", "7", "−0.37", "≤ 12.5", "not lower"]))
        try:
            after = editable.edited([edit])
        except ValueError as error:
            assert "no room" in str(error)
            continue
        made += 1
        assert_only(little_pdf, after, editable, [edit])
        assert overlaps(after) <= before


def test_an_edited_little_paper_fails_the_audit(audit: Audit, little_pdf: bytes) -> None:
    assert audit("clean.pdf", little_pdf).passed
    editable = EditablePdf(little_pdf)
    verdict = audit("edited.pdf", editable.edited([change(editable, "83.4", "84.3")]))
    assert [(f.verdict, f.text, f.expected) for f in verdict.findings] == [("altered", "84.3", "83.4")]


def test_what_was_drawn_over_fails_the_audit(audit: Audit, little_pdf: bytes) -> None:
    editable = EditablePdf(little_pdf)
    verdict = audit("over.pdf", editable.overlaid([change(editable, "83.4", "84.3")]))
    assert {(f.verdict, f.text) for f in verdict.findings} >= {("unreadable", "83.4"), ("unaccounted", "84.3")}


def test_nodes_tell_kind_and_place(paper: bytes) -> None:
    nodes = EditablePdf(paper).nodes
    of = {node.text.strip(): node for node in nodes}
    assert of["Results"].kind == "heading"
    assert of["Alpha against beta"].kind == "header"
    assert of["Page 1"].kind == "footer"
    cell = of["39.6"]
    assert (cell.kind, cell.table, cell.row, cell.column, cell.page) == ("cell", 1, 3, 3, 1)
    assert (of["−12.5"].row, of["−12.5"].column) == (4, 3)
    assert sum(node.kind == "paragraph" for node in nodes) == 3
    whole = "".join(squeezed(node.text) for node in nodes if node.page == 1)
    assert sorted(whole) == sorted(read(paper)[0])


def test_drawn_over(paper: bytes) -> None:
    editable = EditablePdf(paper)
    for old, new in (("77.3", "99.9"), ("98.3%", "89.3%"), ("2468", "2864"), ("4567", "1")):
        edit = change(editable, old, new)
        after = editable.overlaid([edit])
        was, now = read(paper)[0], read(after)[0]
        assert len(now) == len(was) + len(new) and old in now  # the old digits are still in the file
        changed = ImageChops.difference(picture(paper, 0), picture(after, 0)).getbbox()
        assert changed is not None
        # what is seen is what the edit, had it been made in the content, would show, but for where it stands exactly
        assert new in now
    grey = editable.overlaid([change(editable, "2468", "")])
    glyphs = [g for line in editable._places[find(editable.nodes, "2468").node].text.lines for g in line][-11:-7]
    x, y = glyphs[0].u * 4, (editable._pages[0].height - glyphs[0].v) * 4
    piece = picture(grey, 0).crop((int(x) + 1, int(y - 4 * 6), int(x + 4 * 10), int(y)))
    assert piece.getextrema() == (220, 220)  # covered in the colour of its ground
    with pytest.raises(ValueError, match="one line"):
        node = find(editable.nodes, "in all 59").node
        editable.overlaid([Edit(node, 0, len(editable.nodes[node].text), "7")])


def by_hand(content: bytes, form: bytes = b"") -> bytes:
    """A PDF without tags, with standard fonts, and a form that is drawn twice."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 200))
    page = pdf.pages[0]
    fonts = pikepdf.Dictionary(
        F1=pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
                               Encoding=pikepdf.Name.WinAnsiEncoding)
        )
    )  # fmt: skip
    x = pdf.make_stream(
        form, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 90, 20],
        Resources=pikepdf.Dictionary(Font=fonts),
    )  # fmt: skip
    page.obj.Resources = pikepdf.Dictionary(Font=fonts, XObject=pikepdf.Dictionary(X=x))
    page.obj.Contents = pdf.make_stream(content)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_a_pdf_with_every_operator_that_shows_text() -> None:
    data = by_hand(
        b"BT /F1 12 Tf 14 TL 20 170 Td 1 Tc 2 Tw (first 12 lines) Tj T* (second 34) Tj (again 56) ' 3 1 (third 78) \""
        b" 0 Tc 0 Tw 50 Tz [(narrow) -500 (90)] TJ 100 Tz 5 Ts (up) Tj 0 Ts 0 -20 TD (last 11) Tj ET"
        b" q 1 0 0 1 20 60 cm /X Do Q q 1 0 0 1 150 60 cm /X Do Q",
        b"BT /F1 10 Tf 2 4 Td (form 22) Tj ET",
    )
    editable = EditablePdf(data)
    whole = "".join(node.text for node in editable.nodes)
    assert whole.count("form 22") == 2
    for old, new in (
        ("12", "212"),
        ("34", "43"),
        ("56", "6"),
        ("78", "87"),
        ("90", "09"),
        ("11", "1.1"),
        ("second", ""),
    ):
        edit = change(editable, old, new)
        after = editable.edited([edit])
        assert_only(data, after, editable, [edit])
        others = [node.text for k, node in enumerate(editable.nodes) if k != edit.node]
        assert [n.text for n in EditablePdf(after).nodes if n.text in others] == others
        assert overlaps(after) == 0
    edit = change(editable, "form 22", "form 3")
    after = editable.edited([edit])
    assert read(after)[0].count("form22") == 1 and read(after)[0].count("form3") == 1


def test_another_reading_of_an_edited_text_is_taken_away() -> None:
    data = by_hand(b"/Span <</ActualText (value 12)>> BDC BT /F1 12 Tf 20 100 Td (value 12) Tj ET EMC")
    editable = EditablePdf(data)
    after = editable.edited([change(editable, "12", "21")])
    assert read(after) == ["value21"]
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert b"ActualText" not in pdf.pages[0].Contents.read_bytes()


def test_invisible_text_is_no_node() -> None:
    data = by_hand(b"BT /F1 12 Tf 3 Tr 20 100 Td (hidden 12) Tj 0 Tr 0 -20 Td (seen 34) Tj ET")
    assert [node.text for node in EditablePdf(data).nodes] == ["seen 34"]
