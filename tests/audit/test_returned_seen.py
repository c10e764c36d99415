"""A Word file that came back: text that is there and not seen, or seen otherwise than it is written, each with its clean
counterpart, in the real paper."""

# ruff: noqa: E501  (tables of tricks)
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import word
from word import BY, WHEN, Paper

from report.audit import AuditError, to_text
from report.audit.docx_seen import contrast

if TYPE_CHECKING:
    from came_back import Judge

pytest_plugins = ("came_back",)
Trick = Callable[[Paper, str], object]


def looks(*settings: str) -> list[Trick]:
    return [lambda paper, tag, s=setting: paper.runs(tag, s) for setting in settings]  # type: ignore[misc]


def styled(paragraph: str, *, based: str = "BodyText", run: str = "") -> Trick:
    """A paragraph style over the number's paragraph, and a style that it is based on."""

    def trick(paper: Paper, tag: str) -> None:
        paper.style(
            f'<w:style w:type="paragraph" w:styleId="Deep"><w:name w:val="Deep"/><w:basedOn w:val="{based}"/><w:rPr>{paragraph}</w:rPr></w:style>'
        )
        paper.style(
            '<w:style w:type="paragraph" w:styleId="Top"><w:name w:val="Top"/><w:basedOn w:val="Deep"/></w:style>'
        )
        properties = paper.paragraph(tag).find(word.W + "pPr")
        for old in properties.findall(word.W + "pStyle"):
            properties.remove(old)
        properties.insert(0, word.parse('<w:pStyle w:val="Top"/>')[0])
        if run:
            paper.runs(tag, run)

    return trick


def character(settings: str, more: str = "") -> Trick:
    def trick(paper: Paper, tag: str) -> None:
        paper.style(
            f'<w:style w:type="character" w:styleId="Odd"><w:name w:val="Odd"/><w:rPr>{settings}</w:rPr></w:style>'
        )
        paper.runs(tag, '<w:rStyle w:val="Odd"/>' + more)

    return trick


def row_height(rule: str, height: int) -> Trick:
    return lambda paper, tag: paper.settle(paper.row(tag), "trPr", f'<w:trHeight w:hRule="{rule}" w:val="{height}"/>')


def in_paragraph(xml: str) -> Trick:
    return lambda paper, tag: paper.settle(paper.paragraph(tag), "pPr", xml)


def in_cell(shade: str, run: str) -> Trick:
    def trick(paper: Paper, tag: str) -> None:
        paper.settle(paper.cell(tag), "tcPr", f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>')
        paper.runs(tag, run)

    return trick


def put(make: Callable[[str], str]) -> Trick:
    return lambda paper, tag: paper.put(tag, make("38.6"))


def table_style(first_row: str, colour: str) -> Trick:
    """A table style whose first row is white on a ground; the number's row made the first of its table."""

    def trick(paper: Paper, tag: str) -> None:
        paper.style(
            '<w:style w:type="table" w:styleId="Dark"><w:name w:val="Dark"/><w:tblStylePr w:type="firstCol"/>'
            f'<w:tblStylePr w:type="firstRow"><w:rPr><w:color w:val="{colour}"/></w:rPr><w:tcPr>{first_row}</w:tcPr></w:tblStylePr></w:style>'
        )
        properties = paper.table(tag).find(word.W + "tblPr")
        properties.find(word.W + "tblStyle").set(word.W + "val", "Dark")
        look = properties.find(word.W + "tblLook")
        look.set(word.W + "val", "0020")
        for name in list(look.attrib):
            if not name.endswith("}val"):
                del look.attrib[name]
        for row in list(paper.row(tag).itersiblings(preceding=True)):
            if row.tag == word.W + "tr":
                row.getparent().remove(row)

    return trick


UNSEEN: dict[str, tuple[Trick, str]] = {
    "hidden": (looks("<w:vanish/>")[0], "hidden text"),
    "hidden by the character style": (character("<w:vanish/>"), "hidden text"),
    "hidden by the paragraph style that the style is based on": (styled("<w:vanish/>"), "hidden text"),
    "white": (looks('<w:color w:val="FFFFFF"/>')[0], "does not stand out"),
    "nearly white": (looks('<w:color w:val="F4F4F0"/>')[0], "does not stand out"),
    "white by style": (character('<w:color w:val="FFFFFF"/>'), "does not stand out"),
    "white by the theme": (looks('<w:color w:val="000000" w:themeColor="background1"/>')[0], "does not stand out"),
    "as its highlight": (looks('<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>')[0], "does not stand out"),
    "as its shading": (looks('<w:color w:val="4472C4"/><w:shd w:val="clear" w:fill="4472C4"/>')[0], "does not stand out"),
    "as the ground of its paragraph": (lambda p, t: (p.runs(t, '<w:color w:val="000000"/>'), in_paragraph('<w:shd w:val="clear" w:fill="000000"/>')(p, t)), "does not stand out"),
    "as the ground of its cell": (in_cell("1F3864", '<w:color w:val="1F3864"/>'), "does not stand out"),
    "as the ground of the table style": (table_style('<w:shd w:val="clear" w:fill="FFFFFF"/>', "FFFFFF"), "does not stand out"),
    "tiny": (looks('<w:sz w:val="2"/>')[0], "smaller than 2 points"),
    "struck out": (looks("<w:strike/>")[0], "struck out"),
    "struck out twice": (looks("<w:dstrike/>")[0], "struck out"),
    "squeezed": (looks('<w:w w:val="1"/>')[0], "squeezed"),
    "letters over each other": (looks('<w:spacing w:val="-300"/>')[0], "over each other"),
    "without a fill": (looks("<w14:textFill><w14:noFill/></w14:textFill>")[0], "without a fill"),
    "see-through": (looks('<w14:textFill><w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/></w14:srgbClr></w14:solidFill></w14:textFill>')[0], "see-through"),
    "lowered out of the line": (looks('<w:position w:val="-800"/>')[0], "out of its line"),
    "in pictures": (looks('<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>')[0], "symbol font Wingdings"),
    "a row without height": (row_height("exact", 1), "no height"),
    "a hidden row": (lambda p, t: p.settle(p.row(t), "trPr", "<w:hidden/>"), "row is hidden"),
    "lines without height": (in_paragraph('<w:spacing w:line="1" w:lineRule="exact"/>'), "lines have no height"),
    "indented away": (in_paragraph('<w:ind w:left="20000"/>'), "out of the page"),
    "a frame without height": (in_paragraph('<w:framePr w:h="1" w:hRule="exact" w:w="2000"/>'), "frame has no height"),
    "a frame off the page": (in_paragraph('<w:framePr w:x="-30000" w:w="2000"/>'), "off the page"),
    "from right to left": (looks("<w:rtl/>")[0], "right to left"),
    "turned round": (put(lambda text: f'<w:bdo w:val="rtl">{word.run(text)}</w:bdo>'), "right to left"),
    "a turning sign": (put(lambda text: word.run("\u202e" + text + "\u202c")), "turns the direction"),
    "signs of a picture font": (put(lambda text: word.symbols(text, "Wingdings")), "not seen as one"),
    "a field that is computed on opening": (put(lambda text: word.field(text, "= 30 + 8.6", 'w:dirty="true"')), "computes again"),
    "a simple field that is computed on opening": (put(lambda text: word.simple_field(text, "= 30", 'w:dirty="1"')), "computes again"),
    "the time": (put(lambda text: word.field(text, ' TIME \\@ "mm.s" ')), "computes again"),
    "the number of the page": (put(lambda text: word.field(text, " PAGE ")), "number of a page"),
    "a button": (put(lambda text: word.run(text) + '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> MACROBUTTON none 38.9 </w:instrText><w:fldChar w:fldCharType="end"/></w:r>'), "what its code says"),
    "text in the code of a field": (put(lambda text: f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{word.run(text)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'), "code of a field"),
    "an unknown element": (put(lambda text: f"<x:y>{word.run(text)}</x:y>"), "does not know"),
    "a choice that Word does not know": (put(lambda text: f"<w:r><mc:AlternateContent><mc:Choice Requires='x'>{word.t(text)}</mc:Choice><mc:Fallback>{word.t('38.9')}</mc:Fallback></mc:AlternateContent></w:r>"), "to other programs"),
    "deleted text outside a deletion": (put(lambda text: f"<w:r><w:delText>{text}</w:delText></w:r>"), "outside a deletion"),
    "under the cell above": (lambda p, t: p.settle(p.cell(t), "tcPr", "<w:vMerge/>"), "another one covers"),
    "another document": (lambda p, t: p.paragraph(t).addnext(word.parse('<w:altChunk r:id="rId1"/>')[0]), "another document"),
    "small type above the line": (put(lambda text: f"<w:r><w:ruby><w:rt>{word.run('38.9')}</w:rt><w:rubyBase>{word.run(text)}</w:rubyBase></w:ruby></w:r>"), "small type above"),
    "the date of the day": (put(lambda text: word.run(text) + "<w:r><w:dayShort/></w:r>"), "date of the day"),
}  # fmt: skip
"""Name to a trick with a number of a table, and what is said of it."""

CLEAN: dict[str, Trick] = {
    "hidden, turned off": looks('<w:vanish w:val="0"/>')[0],
    "hidden twice, which is not hidden": (lambda p, t: (styled("<w:vanish/>")(p, t), [character("<w:vanish/>")(p, x) for x in [s.find(f"{word.W}sdtPr/{word.W}tag").get(word.W + "val") for s in p.paragraph(t).iter(word.W + "sdt")]], [p.settle(r, "rPr", '<w:vanish w:val="0"/>') for r in p.paragraph(t).iter(word.W + "r") if r.find(f"{word.W}rPr/{word.W}rStyle") is None])),
    "red": looks('<w:color w:val="FF0000"/>')[0],
    "grey": looks('<w:color w:val="A0A0A0"/>')[0],
    "highlighted": looks('<w:highlight w:val="yellow"/>')[0],
    "white on black": looks('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="000000"/>')[0],
    "white on a dark cell": in_cell("1F3864", '<w:color w:val="FFFFFF"/>'),
    "automatic on black": in_cell("000000", '<w:color w:val="auto"/>'),
    "the theme's text": looks('<w:color w:val="FFFFFF" w:themeColor="text1"/>')[0],
    "a pattern behind": looks('<w:color w:val="FFFFFF"/><w:shd w:val="pct50" w:color="000000" w:fill="FFFFFF"/>')[0],
    "small": looks('<w:sz w:val="12"/>')[0],
    "condensed": looks('<w:w w:val="80"/><w:spacing w:val="-10"/>')[0],
    "a fixed row": row_height("exact", 400),
    "a row with a least height": row_height("atLeast", 1),
    "indented": in_paragraph('<w:ind w:left="720" w:hanging="720"/>'),
    "exact lines": in_paragraph('<w:spacing w:line="280" w:lineRule="exact"/>'),
    "a frame": in_paragraph('<w:framePr w:w="3000" w:h="600" w:hRule="exact" w:x="1000" w:y="1000"/>'),
    "complex script": looks('<w:cs/><w:rtl w:val="0"/>')[0],
    "another font": looks('<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>')[0],
    "a field": put(lambda text: word.field(text, ' DOCPROPERTY "Age" ')),
    "a tick": put(lambda text: word.run(text) + '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'),
}  # fmt: skip


@pytest.mark.parametrize("trick", UNSEEN)
def test_what_is_not_seen(trick: str, paper: Paper, judge: Judge) -> None:
    make, why = UNSEEN[trick]
    tag = paper.tag("cell", "38.6")
    make(paper, tag)
    verdict = judge(paper)
    found = [f for f in verdict.findings if f.verdict == "unreadable"]
    assert found, to_text([verdict])
    assert all(why in f.why for f in found), to_text([verdict])
    assert any("table 1" in f.where or "document" in f.why for f in found), to_text([verdict])


HIDES = [t for t, (_, why) in UNSEEN.items() if why in (
    "hidden text", "does not stand out", "smaller than 2 points", "struck out", "squeezed", "no height", "code of a field",
    "does not know", "outside a deletion", "another one covers", "right to left", "symbol font Wingdings",
)]  # fmt: skip


@pytest.mark.parametrize("trick", HIDES)
def test_what_is_not_seen_does_not_stand_in_for_what_should_be(trick: str, paper: Paper, judge: Judge) -> None:
    make, _ = UNSEEN[trick]
    tag = paper.tag("cell", "38.6")
    make(paper, tag)
    assert "38.6" in {f.expected for f in judge(paper).findings if f.verdict in ("missing", "altered")}


@pytest.mark.parametrize("trick", CLEAN)
def test_what_is_seen(trick: str, paper: Paper, judge: Judge) -> None:
    CLEAN[trick](paper, paper.tag("cell", "38.6"))
    verdict = judge(paper)
    assert verdict.passed, to_text([verdict])


def test_an_ordinary_dark_table_style(paper: Paper, judge: Judge) -> None:
    """White on blue in the first row, as Word's own table styles have it."""
    table_style('<w:shd w:val="clear" w:fill="4472C4"/>', "FFFFFF")(paper, paper.tag("cell", "38.6"))
    assert not [f for f in judge(paper).findings if f.verdict == "unreadable"]


def test_hidden_by_default(paper: Paper, judge: Judge) -> None:
    paper.swap("<w:rPrDefault><w:rPr>", "<w:rPrDefault><w:rPr><w:vanish/>", "word/styles.xml")
    with pytest.raises(AuditError, match="holds no number at all"):
        judge(paper)


def test_hidden_with_tracking_on(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "38.6")
    paper.put(tag, word.run("38.6", f"<w:vanish/><w:rPrChange {word.who()}><w:rPr/></w:rPrChange>"))
    verdict = judge(paper)
    [hidden] = [f for f in verdict.findings if f.verdict == "unreadable"]
    assert (hidden.text, hidden.tracked, hidden.by, hidden.when) == ("38.6", "formatted", BY, WHEN)
    assert [f.expected for f in verdict.findings if f.verdict != "unreadable"] == ["38.6"]


def test_a_struck_number_and_another_beside_it(paper: Paper, judge: Judge) -> None:
    """What co-authors do by hand: the old number struck out, the new one typed beside it."""
    paper.put(paper.tag("cell", "38.6"), word.run("38.6", "<w:strike/>") + word.run(" 38.9"))
    verdict = judge(paper)
    assert {(f.verdict, f.text) for f in verdict.findings} == {("altered", "38.9"), ("unreadable", "38.6")}, to_text(
        [verdict]
    )


BOXES = {
    "no size": ({"size": 'cx="0" cy="0"'}, "no size"),
    "off the page": ({"offset": 90_000_000}, "off the page"),
    "to the left of the page": ({"offset": -9_000_000}, "off the page"),
    "hidden": ({"hidden": 'hidden="1"'}, "hidden drawing"),
    "upside down": ({"turn": 'rot="10800000"'}, "upside down"),
    "white on white": ({"style": "<wps:style><a:fontRef idx='minor'><a:schemeClr val='lt1'/></a:fontRef></wps:style>"}, "does not stand out"),
    "in front of the text": ({"wrap": "<wp:wrapNone/>", "fill": "<a:solidFill><a:srgbClr val='FFFFFF'/></a:solidFill>"}, "may cover it"),
}  # fmt: skip


@pytest.mark.parametrize("trick", BOXES)
def test_text_boxes_out_of_sight(trick: str, paper: Paper, judge: Judge) -> None:
    settings, why = BOXES[trick]
    verdict = judge(paper.add_run(paper.tag("paragraph", "59.3"), word.text_box(word.run("Note 14"), **settings)))
    found = [f for f in verdict.findings if f.verdict == "unreadable"]
    assert len(found) == 1, to_text([verdict])
    assert why in found[0].why


def test_white_text_on_a_filled_shape_is_seen(paper: Paper, judge: Judge) -> None:
    style = "<wps:style><a:fillRef idx='1'><a:schemeClr val='accent1'/></a:fillRef><a:fontRef idx='minor'><a:schemeClr val='lt1'/></a:fontRef></wps:style>"
    verdict = judge(
        paper.add_run(paper.tag("paragraph", "59.3"), word.text_box(word.run("please check"), style=style, fill=""))
    )
    assert verdict.passed, to_text([verdict])


@pytest.mark.parametrize(
    "style", ["visibility:hidden", "position:absolute;width:0;height:0", "position:absolute;margin-left:-9000pt"]
)
def test_old_text_boxes_out_of_sight(style: str, paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.add_run(paper.tag("paragraph", "59.3"), word.vml_box(word.run("Note 14"), style)))
    assert [f.verdict for f in verdict.findings] == ["unreadable"], to_text([verdict])


# -- numbers of lists ---------------------------------------------------------------------------------------------------


def numbered(paper: Paper, tag: str, text: str, start: int = 1, form: str = "decimal") -> Paper:
    paper.part(
        "numbering.xml", "w:numbering",
        f'<w:abstractNum w:abstractNumId="4"><w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="4"><w:abstractNumId w:val="4"/></w:num>',
    )  # fmt: skip
    return paper.settle(paper.paragraph(tag), "pPr", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr>')


def test_a_list_in_the_text_is_noted(paper: Paper, judge: Judge) -> None:
    verdict = judge(numbered(paper, paper.tag("paragraph", "59.3"), "%1."))
    assert verdict.passed, to_text([verdict])
    assert any("1 paragraphs are numbered by Word" in note for note in verdict.notes)


def test_bullets_are_nothing(paper: Paper, judge: Judge) -> None:
    assert judge(numbered(paper, paper.tag("cell", "38.6"), "\u2022", form="bullet")).passed


@pytest.mark.parametrize(
    ("kind", "text", "start"),
    [("cell", "%1.", 1), ("paragraph", "%1", 60), ("paragraph", "of 60", 1), ("paragraph", "%1", 1), ("cell", "7", 1)],
)
def test_a_list_number_that_could_be_the_papers(kind: str, text: str, start: int, paper: Paper, judge: Judge) -> None:
    tag = paper.tag(kind, {"cell": "38.6", "paragraph": "59.3"}[kind])
    verdict = judge(numbered(paper, tag, text, start, form="bullet" if text == "7" else "decimal"))
    assert [(f.verdict, f.text) for f in verdict.findings] == [("unreadable", text)], to_text([verdict])


# -- pictures and fonts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trick", ["cropped", "mirrored", "tiny"])
def test_figures_shown_otherwise(trick: str, paper: Paper, judge: Judge) -> None:
    if trick == "cropped":
        paper.swap(r"(<a:blip [^>]*/>|</a:blip>)", r'\1<a:srcRect l="20000"/>')
    elif trick == "mirrored":
        paper.swap("<a:xfrm", '<a:xfrm flipH="1"')
    else:
        paper.swap(r'<wp:extent cx="\d+" cy="\d+"', '<wp:extent cx="1000" cy="1000"')
    verdict = judge(paper)
    assert "unreadable" in {f.verdict for f in verdict.findings}, to_text([verdict])


def test_a_font_of_its_own(paper: Paper, judge: Judge) -> None:
    paper.part("fontTable.xml", "w:fonts", '<w:font w:name="Liar"><w:embedRegular r:id="rId1"/></w:font>')
    [finding] = judge(paper).findings
    assert (finding.verdict, finding.text) == ("unreadable", "Liar")


def test_contrast() -> None:
    assert contrast("000000", "FFFFFF") == pytest.approx(21)
    assert contrast("777777", "FFFFFF") == pytest.approx(4.48, abs=0.01)  # WCAG's well-known near miss of 4.5
