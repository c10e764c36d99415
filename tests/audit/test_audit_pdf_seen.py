"""What a PDF shows is what is audited: each trick is found with its reason, its harmless twin is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import little
import pikepdf
import pytest
from pdf_tricks import At, Tampered, find, outline_of, tampering

from report.audit import FileVerdict, audit_files, to_text
from report.audit.model import Document
from report.audit.read_pdf import read_pdf


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = little.write(tmp_path_factory.mktemp("little"))
    return little.to_pdf(little.paper(), folder, height="24cm")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little.write(tmp_path_factory.mktemp("ledger"))


def read(data: bytes) -> Document:
    return read_pdf(data, "paper.pdf")


def body(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks)


def told(document: Document) -> list[str]:
    return [f"{item.text}: {item.why}" for item in document.unreadable]


Trick = Callable[[Tampered, bytes], None]


def free(data: bytes) -> At:
    """A place on the first page where nothing stands: the room after the title."""
    at = find(data, "-positive disease")
    return replace(at, left=at.right + 60, right=at.right + 100)


# -- what nobody sees is not read ---------------------------------------------------------------------------------


def hidden(**how: object) -> Trick:
    def trick(file: Tampered, data: bytes) -> None:
        at = free(data)
        file.write(at.page, how.pop("x", at.left), how.pop("y", at.bottom), "4711", **how)  # type: ignore[arg-type]

    return trick


def see_through(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.resources(at.page, "/ExtGState", "/Glass", pikepdf.Dictionary(ca=0.02, CA=0.02))
    file.write(at.page, at.left, at.bottom, "4711", before="/Glass gs")


def clipped(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711", before=f"{at.left} {at.top + 30} 5 5 re W n")


def half_clipped(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711", before=f"{at.left - 5} {at.bottom + 4} 80 30 re W n")


def layered(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.layer(at.page, on=False)
    file.helvetica(at.page)
    file.append(at.page, f"/OC /Lay BDC BT /Helv 10 Tf {at.left} {at.bottom} Td (4711) Tj ET EMC")


def covered_later(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711")
    file.cover(replace(at, left=at.left - 2, bottom=at.bottom - 3, top=at.top + 3))


def covered_by_an_image(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711")
    file.image("/Pic", at.page)
    file.append(at.page, f"60 0 0 20 {at.left - 5} {at.bottom - 5} cm /Pic Do")


def transparent_form(file: Tampered, data: bytes) -> None:
    at = free(data)
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    form = file.pdf.make_stream(f"BT /Helv 10 Tf {at.left} {at.bottom} Td (4711) Tj ET".encode())
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 600, 900])
    form.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
    form.Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency)
    file.resources(at.page, "/XObject", "/Fm", form)
    file.resources(at.page, "/ExtGState", "/Glass", pikepdf.Dictionary(ca=0.0, CA=0.0))
    file.append(at.page, "/Glass gs /Fm Do")


HIDDEN: list[tuple[str, Trick, str]] = [
    ("invisible mode", hidden(before="3 Tr"), "drawn invisibly"),
    ("as a clip only", hidden(before="7 Tr"), "drawn invisibly"),
    ("white", hidden(before="1 g"), "colour of its ground"),
    ("almost white", hidden(before="0.96 g"), "colour of its ground"),
    ("transparent", see_through, "colour of its ground"),
    ("transparent group", transparent_form, ""),
    ("off the page", hidden(x=-80.0), "outside the page"),
    ("above the page", hidden(y=900.0), "outside the page"),
    ("tiny", hidden(size=0.5), "too small"),
    ("tiny by its matrix", hidden(matrix="0.05 0 0 0.05"), "too small"),
    ("squeezed", hidden(before="5 Tz"), ""),
    ("clipped away", clipped, "cut away"),
    ("clipped in half", half_clipped, "cut away"),
    ("layer off", layered, "switched off"),
    ("covered", covered_later, "covered"),
    ("under an image", covered_by_an_image, "covered"),
]  # fmt: skip


@pytest.mark.parametrize(("trick", "why"), [(t, w) for _, t, w in HIDDEN], ids=[name for name, _, _ in HIDDEN])
def test_text_that_nobody_sees_is_told_and_not_read(clean: bytes, trick: Trick, why: str) -> None:
    with tampering(clean) as file:
        trick(file, clean)
    document = read(file.data)
    assert any(item.text == "4711" and why in item.why and item.place.page == 1 for item in document.unreadable), told(
        document
    )
    assert "4711" not in body(document)
    assert body(document) == body(read(clean))


def dark_ground(file: Tampered, data: bytes) -> None:
    at = free(data)
    wide = replace(at, left=at.left - 5, bottom=at.bottom - 5, top=at.top + 5)
    file.append(at.page, f"0 0 0.4 rg {wide.rectangle} f")
    file.write(at.page, at.left, at.bottom, "4711", before="1 g")


def layer_on(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.layer(at.page, on=True)
    file.helvetica(at.page)
    file.append(at.page, f"/OC /Lay BDC BT /Helv 10 Tf {at.left} {at.bottom} Td (4711) Tj ET EMC")


def roomy_clip(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711", before=f"{at.left - 5} {at.bottom - 5} 80 30 re W n")


def tinted_over(file: Tampered, data: bytes) -> None:
    at = free(data)
    file.write(at.page, at.left, at.bottom, "4711")
    file.resources(at.page, "/ExtGState", "/Glass", pikepdf.Dictionary(ca=0.2))
    file.append(at.page, f"/Glass gs 1 1 0 rg {replace(at, bottom=at.bottom - 5).rectangle} f")


SEEN: list[tuple[str, Trick]] = [
    ("black", hidden()),
    ("grey", hidden(before="0.5 g")),
    ("filled and stroked", hidden(before="2 Tr 0.2 w")),
    ("small", hidden(size=4)),
    ("stretched", hidden(before="130 Tz")),
    ("turned", hidden(matrix="0 1 -1 0")),
    ("slanted", hidden(matrix="1 0 0.3 1")),
    ("white on dark", dark_ground),
    ("layer on", layer_on),
    ("inside a clip", roomy_clip),
    ("under a tint", tinted_over),
]


@pytest.mark.parametrize("trick", [t for _, t in SEEN], ids=[name for name, _ in SEEN])
def test_text_that_is_seen_is_read(clean: bytes, trick: Trick) -> None:
    with tampering(clean) as file:
        trick(file, clean)
    document = read(file.data)
    assert not document.unreadable, told(document)
    assert "4711" in body(document)


def test_a_cover_over_one_digit_hides_that_digit(clean: bytes) -> None:
    at = find(clean, "83.4")
    with tampering(clean) as file:
        digit = replace(at, left=at.right - 5.2)
        file.cover(digit)
    document = read(file.data)
    assert told(document) == ["4: text is covered by what is drawn over it"]
    assert "83. (9.1" in body(document)


@pytest.mark.parametrize("of", ["77.3", "12", "0.001", "6.1", "Page 1"])
def test_another_number_over_a_white_rectangle(clean: bytes, ledger: Path, of: str) -> None:
    """The old number is told as covered and does not stand in for the one that is seen."""
    at = find(clean, of)
    with tampering(clean) as file:
        file.cover(replace(at, left=at.left - 0.4, right=at.right + 0.4, bottom=at.bottom - 0.4, top=at.top + 0.4))
        file.write(at.page, at.left, at.bottom, "58.6", size=(at.right - at.left) / 2)
    document = read(file.data)
    assert any(item.text == of and "covered" in item.why for item in document.unreadable), told(document)
    assert body(document).count("58.6") == 1
    path = ledger / "paper.pdf"
    path.write_bytes(file.data)
    verdict = audit_files([path])[0]
    assert any(f.verdict == "unreadable" and f.text == of and "page" in f.where for f in verdict.findings)
    assert any("58.6" in f.text for f in verdict.findings), to_text([verdict])


# -- what is seen and not read, or read otherwise -----------------------------------------------------------------


def shows(data: bytes, why: str, text: str = "") -> None:
    document = read(data)
    assert any(why in item.why and text in item.text for item in document.unreadable), told(document)


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("paint", ["f", "S", "f*"])
def test_a_digit_drawn_as_an_outline(clean: bytes, digit: str, paint: str) -> None:
    at = free(clean)
    with tampering(clean) as file:
        file.append(at.page, f"0.3 w {outline_of(digit, at.left, at.bottom, 10)} {paint}")
    if digit != "1":  # Helvetica's is a bar with a flag
        shows(file.data, "drawn as an outline")
    else:
        assert read(file.data).unreadable


def test_shapes_of_figures_are_no_letters(clean: bytes) -> None:
    at = free(clean)
    x, y = at.left, at.bottom
    round_ = f"{x + 4} {y} m {x + 4} {y + 2.2} {x + 2.2} {y + 4} {x} {y + 4} c {x - 2.2} {y + 4} {x - 4} {y + 2.2} {x - 4} {y} c {x - 4} {y - 2.2} {x - 2.2} {y - 4} {x} {y - 4} c {x + 2.2} {y - 4} {x + 4} {y - 2.2} {x + 4} {y} c h f"  # noqa: E501
    with tampering(clean) as file:
        for shape in (
            round_,
            f"{x + 10} {y} m {x + 14} {y + 7} l {x + 18} {y} l h f",
            f"{x + 20} {y} 8 8 re B",
            f"{x + 32} {y} m {x + 36} {y + 4} l {x + 40} {y} l {x + 36} {y - 4} l h S",
            f"{x + 42} {y} m {x + 46} {y + 4} l {x + 42} {y + 8} l S",
            f"{x + 50} {y} m {x + 50} {y + 20} l S",
        ):
            file.append(at.page, shape)
    assert not read(file.data).unreadable


def test_an_image_is_handed_on_for_its_hash(clean: bytes, ledger: Path) -> None:
    at = find(clean, "77.3")
    with tampering(clean) as file:
        file.image("/Pic", at.page)
        file.append(at.page, f"30 0 0 10 {at.left} {at.bottom} cm /Pic Do")
    document = read(file.data)
    assert [(image.place.page, len(image.sha256)) for image in document.images] == [(1, 64)]
    path = ledger / "image.pdf"
    path.write_bytes(file.data)
    verdict = audit_files([path])[0]
    assert any(f.verdict == "unreadable" and "image" in f.text for f in verdict.findings), to_text([verdict])


@pytest.mark.parametrize("subtype", ["/FreeText", "/Stamp", "/Ink", "/StrikeOut", "/Redact", "/Square"])
def test_an_annotation_over_a_number(clean: bytes, subtype: str) -> None:
    at = find(clean, "77.3")
    drawing = f"1 g {at.rectangle} f 0 g BT /Helv 9 Tf {at.left} {at.bottom} Td (99.9) Tj ET"
    with tampering(clean) as file:
        file.annotate(at.page, subtype, at, "99.9", drawing)
    shows(file.data, "an annotation shows", "99.9")
    shows(file.data, "covered", "77.3")


def test_a_field_of_a_form(clean: bytes) -> None:
    at = find(clean, "77.3")
    with tampering(clean) as file:
        file.annotate(at.page, "/Widget", at, "99.9")
    shows(file.data, "a field of a form", "99.9")


def test_a_link_that_draws_a_number_and_one_that_does_not(clean: bytes) -> None:
    at = find(clean, "77.3")
    drawing = f"1 g {at.rectangle} f 0 g BT /Helv 9 Tf {at.left} {at.bottom} Td (99.9) Tj ET"
    with tampering(clean) as file:
        file.annotate(at.page, "/Link", at)
        file.annotate(at.page, "/Highlight", at)
        file.annotate(at.page, "/Text", replace(at, left=10, right=20), "a remark with 1 number")
    assert not read(file.data).unreadable
    with tampering(file.data) as again:
        again.annotate(at.page, "/Link", at, "", drawing)
    shows(again.data, "an annotation shows")


def test_a_highlight_that_hides_what_it_marks(clean: bytes) -> None:
    at = find(clean, "77.3")
    with tampering(clean) as file:
        file.annotate(at.page, "/Highlight", at, "", f"1 g {at.rectangle} f")
    shows(file.data, "covered", "77.3")


def test_a_pattern_and_a_shading(clean: bytes) -> None:
    at = free(clean)
    with tampering(clean) as file:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        tile = file.pdf.make_stream(b"BT /Helv 8 Tf 1 1 Td (99.9) Tj ET")
        tile.Type, tile.PatternType, tile.PaintType, tile.TilingType = pikepdf.Name.Pattern, 1, 1, 1
        tile.BBox, tile.XStep, tile.YStep = pikepdf.Array([0, 0, 30, 12]), 30, 12
        tile.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
        file.resources(at.page, "/Pattern", "/Tile", tile)
        file.append(at.page, f"/Pattern cs /Tile scn {at.rectangle} f")
    shows(file.data, "pattern")
    with tampering(clean) as file:
        function = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0], C1=[1], N=1)
        shading = pikepdf.Dictionary(
            ShadingType=2, ColorSpace=pikepdf.Name.DeviceGray, Coords=[0, 0, 100, 100], Function=function
        )
        file.resources(at.page, "/Shading", "/Sh", shading)
        file.append(at.page, f"{at.rectangle} W n /Sh sh")
    shows(file.data, "shaded")


def test_a_point_drawn_between_two_digits_and_a_line_through_a_number(clean: bytes) -> None:
    at = find(clean, "41.3")
    with tampering(clean) as file:
        x = at.left + 4.9
        file.append(at.page, f"{x} {at.bottom + 0.2} 1 1 re f")
    shows(file.data, "drawn into the number", "41.3")
    with tampering(clean) as file:
        y = (at.bottom + at.top) / 2
        file.append(at.page, f"0.5 w {at.left} {y} m {at.right} {y} l S")
    shows(file.data, "drawn into the number", "41.3")


def test_a_rule_below_and_a_frame_round_a_number_are_no_fault(clean: bytes) -> None:
    at = find(clean, "41.3")
    with tampering(clean) as file:
        file.append(at.page, f"0.5 w {at.left} {at.bottom - 2} m {at.right} {at.bottom - 2} l S")
        file.append(at.page, f"{at.left - 3} {at.bottom - 4} {at.right - at.left + 6} 16 re S")
    assert not read(file.data).unreadable


def test_two_texts_over_each_other(clean: bytes) -> None:
    at = find(clean, "41.3")
    with tampering(clean) as file:
        file.write(at.page, at.left, at.bottom, "58.6")
    shows(file.data, "over it")


def test_a_number_upside_down(clean: bytes) -> None:
    at = free(clean)
    for matrix in ("-1 0 0 -1", "-1 0 0 1", "1 0 0 -1"):
        with tampering(clean) as file:
            file.write(at.page, at.left, at.bottom, "66", matrix=matrix)
        shows(file.data, "upside down", "66")


def test_digits_drawn_in_another_order_than_they_are_read(clean: bytes) -> None:
    at = free(clean)
    with tampering(clean) as file:
        file.helvetica(at.page)
        file.append(at.page, f"BT /Helv 10 Tf {at.left} {at.bottom} Td [(7) 1112 (3)] TJ ET")
    shows(file.data, "order")


def test_text_that_programs_are_given_instead(clean: bytes) -> None:
    at = free(clean)
    for said, drawn, lies in (("4711", "1815", True), ("1815", "1815", False)):
        with tampering(clean) as file:
            file.helvetica(at.page)
            file.append(
                at.page,
                f"/Span <</ActualText ({said})>> BDC BT /Helv 10 Tf {at.left} {at.bottom} Td ({drawn}) Tj ET EMC",
            )
        document = read(file.data)
        assert drawn in body(document)
        assert any(item.text == said and "1815" in item.why for item in document.unreadable) == lies, told(document)


# -- fonts that lie ------------------------------------------------------------------------------------------------


def codes(table: dict[str, str], char: str) -> list[str]:
    return [code for code, said in table.items() if said.upper() == f"{ord(char):04X}"]


def test_a_font_that_says_of_its_digits_what_they_are_not(clean: bytes) -> None:
    def swapped(table: dict[str, str]) -> dict[str, str]:
        return {code: {"0037": "0033", "0033": "0037"}.get(said.upper(), said) for code, said in table.items()}

    with tampering(clean) as file:
        assert file.remap(swapped)
    shows(file.data, "what looks like a 3 for the digit 7", "7")
    shows(file.data, "for the digit 3", "3")


@pytest.mark.parametrize(("drawn", "said"), [("9", "6"), ("7", "1"), ("3", "8"), ("8", "3"), ("1", "4")])
def test_two_glyphs_that_say_they_are_one_digit(clean: bytes, drawn: str, said: str) -> None:
    def both(table: dict[str, str]) -> dict[str, str]:
        mine = codes(table, drawn)
        return {code: f"{ord(said):04X}" if code in mine else as_it_was for code, as_it_was in table.items()}

    with tampering(clean) as file:
        assert file.remap(both)
    document = read(file.data)
    assert any(
        f"says is “{said}” is drawn" in item.why or f"for the digit {said}" in item.why for item in document.unreadable
    ), told(document)


# -- the paper as it is --------------------------------------------------------------------------------------------


def test_a_figure_that_its_page_cuts_is_told(tmp_path: Path) -> None:
    folder = little.write(tmp_path)
    document = read(little.to_pdf(little.paper(), folder, height="7cm"))
    assert told(document) == ["Included (n = 59): text is cut away, wholly or in part, or is not painted at all"]


@pytest.mark.parametrize("turn", [0, 90, 270])
def test_turned_and_cropped_pages_are_clean(clean: bytes, turn: int) -> None:
    with tampering(clean) as file:
        for page in file.pdf.pages:
            page.obj.Rotate = turn
            left, bottom, right, top = (float(x) for x in page.mediabox)
            page.mediabox = pikepdf.Array([left - 40, bottom - 60, right + 20, top + 10])
            page.cropbox = pikepdf.Array([left, bottom, right, top])
    document = read(file.data)
    assert not document.unreadable, told(document)
    assert sorted(body(document).split()) == sorted(body(read(clean)).split())


def test_text_in_the_trimmed_margin_is_told(clean: bytes) -> None:
    with tampering(clean) as file:
        page = file.pdf.pages[0]
        left, bottom, right, top = (float(x) for x in page.mediabox)
        page.mediabox = pikepdf.Array([left - 100, bottom, right, top])
        page.cropbox = pikepdf.Array([left, bottom, right, top])
        file.write(0, -60, 300, "4711")
    shows(file.data, "outside the page", "4711")


def test_a_block_knows_where_its_text_is_drawn(clean: bytes) -> None:
    document = read(clean)
    page = next(block for block in document.blocks if block.kind == "page" and "41.3" in block.text)
    at = find(clean, "41.3")
    start = page.text.index("41.3")
    assert page.box is not None
    box = page.box(start, start + 4)
    assert box is not None
    assert abs(box.left - at.left) < 1 and abs(box.right - at.right) < 1
    assert box.bottom <= at.bottom and box.top >= at.top and box.top - box.bottom < 20
    assert page.box(start, start) is None


# -- by its place on the page ------------------------------------------------------------------------------------


def judged(data: bytes, ledger: Path, name: str = "places.pdf") -> FileVerdict:
    path = ledger / name
    path.write_bytes(data)
    return audit_files([path])[0]


def test_a_number_moved_into_the_empty_cell_beside_its_own(tmp_path: Path) -> None:
    folder = little.write(tmp_path)
    for row, old, new in ((6, 3, 2), (5, 2, 3)):
        items = [
            replace(item, column=new) if item.kind == "cell" and (item.row, item.column) == (row, old) else item
            for item in little.paper()
        ]
        verdict = judged(little.to_pdf(items, folder, height="24cm"), folder)
        found = [f for f in verdict.findings if f.verdict == "moved"]
        assert len(verdict.findings) == len(found) == 1, to_text([verdict])
        assert found[0].text == ("12 345" if row == 6 else "NE").replace(" ", "\u2009")
        assert f"row {row}, column {old}" in found[0].where and f"row {row}, column {new}" in found[0].why


@pytest.mark.parametrize(("shift", "where"), [("dx: -130pt", "row 6, column 2"), ("dy: -27pt", "row 5, column 3")])
def test_a_number_drawn_elsewhere_in_the_order_that_it_had(tmp_path: Path, shift: str, where: str) -> None:
    folder = little.write(tmp_path)

    def moved(source: str) -> str:
        assert '#"12\u2009345"' in source
        return source.replace('#"12\u2009345"', f'#move({shift})[#"12\u2009345"]')

    data = little.to_pdf(
        little.paper(),
        folder,
        height="24cm",
        change=lambda s: moved(s).replace("columns: 3,", "columns: (100pt, 130pt, 100pt),"),
    )
    verdict = judged(data, folder)
    found = [f for f in verdict.findings if f.verdict == "moved"]
    assert len(verdict.findings) == len(found) == 1, to_text([verdict])
    assert where in found[0].why


TABLES = {
    "right": "#set table(align: (left, right, right))",
    "centred": "#set table(align: (left + horizon, center + horizon, center + bottom))",
    "narrow columns with lines broken": "// columns: (2.4cm, 2.6cm, 2.6cm)",
    "turned": "#set page(flipped: true)",
    "close rows": "#set table(inset: 2pt)",
}


@pytest.mark.parametrize("look", TABLES.values(), ids=TABLES.keys())
@pytest.mark.parametrize("height", ["9.3cm", "24cm"])
def test_tables_of_any_look_are_clean(tmp_path: Path, look: str, height: str) -> None:
    folder = little.write(tmp_path)

    def dressed(source: str) -> str:
        if "columns: (" in look:
            source = source.replace("columns: 3,", "columns: (2.4cm, 2.6cm, 2.6cm),")
        return look + "\n" + source

    verdict = judged(little.to_pdf(little.paper(), folder, height=height, change=dressed), folder)
    assert verdict.passed, to_text([verdict])


def test_a_table_on_its_side_is_clean_and_a_moved_number_in_it_found(tmp_path: Path) -> None:
    folder = little.write(tmp_path)

    def on_its_side(source: str) -> str:
        at = source.index("#table(")
        end = source.index("\n", at)
        return source[:at] + "#rotate(90deg, reflow: true)[" + source[at:end] + "]" + source[end:]

    verdict = judged(little.to_pdf(little.paper(), folder, height="24cm", change=on_its_side), folder)
    assert not [f for f in verdict.findings if "by its place" in f.why], to_text([verdict])


def test_fonts_with_raised_figures_are_no_liars(tmp_path: Path) -> None:
    """A font with two glyphs for each digit, one raised, is honest; one of them that shows another digit is a lie."""
    folder = little.write(tmp_path)
    raised = "#set text(size: 11pt)\n#super(typographic: true)[0123456789] 0123456789\n"
    data = little.to_pdf(little.paper(), folder, height="24cm", change=lambda source: raised + source)
    assert not read(data).unreadable, told(read(data))

    def one_lies(table: dict[str, str]) -> dict[str, str]:
        six = codes(table, "6")
        return table | {six[-1]: "0039"} if len(six) == 2 else table

    with tampering(data) as file:
        assert file.remap(one_lies) == 1
    assert any("9" in item.why for item in read(file.data).unreadable)


def type3(file: Tampered, digit: str) -> None:
    """Writes 777 in a font of little drawings, of which "7" is that digit's."""
    drawing = file.pdf.make_stream(f"600 0 d0 {outline_of(digit, 0, 0, 1000)} f".encode())
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3, FontBBox=[0, -200, 1000, 1000], FirstChar=55, LastChar=55,
        FontMatrix=[0.001, 0, 0, 0.001, 0, 0], CharProcs=pikepdf.Dictionary(seven=drawing), Widths=[600],
        Encoding=pikepdf.Dictionary(Type=pikepdf.Name.Encoding, Differences=[55, pikepdf.Name.seven]),
        Resources=pikepdf.Dictionary(),
    )  # fmt: skip
    file.resources(0, "/Font", "/T3", font)
    file.append(0, "BT /T3 12 Tf 300 590 Td (777) Tj ET")


def test_a_font_of_little_drawings(clean: bytes) -> None:
    for digit, honest in (("7", True), ("9", False), ("2", False)):
        with tampering(clean) as file:
            type3(file, digit)
        document = read(file.data)
        assert "777" in body(document)
        assert (not document.unreadable) == honest, told(document)
        if not honest:
            shows(file.data, f"like “{digit}”", "777")


@pytest.mark.parametrize("shift", ["dx: 60pt, dy: 13pt", "dy: -40pt", "dx: -90pt", "dx: 95pt", "dy: 150pt"])
def test_a_number_of_a_sentence_drawn_elsewhere(tmp_path: Path, shift: str) -> None:
    """Its place in the order of the text, and the text, stay as they were."""
    folder = little.write(tmp_path)

    def moved(source: str) -> str:
        assert "difference 6.1 points" in source
        return source.replace("difference 6.1 points", f'difference "\n#box(move({shift})[6.1])\n#" points')

    verdict = judged(little.to_pdf(little.paper(), folder, height="24cm", change=moved), folder)
    found = [f for f in verdict.findings if f.verdict in ("moved", "unreadable") and f.text]
    assert found, to_text([verdict])
    if shift in ("dy: -40pt", "dy: 150pt"):  # else it lies over another text
        assert [(f.verdict, f.text) for f in found] == [("moved", "6.1")], to_text([verdict])


def test_two_numbers_of_a_sentence_drawn_in_each_others_place(tmp_path: Path) -> None:
    folder = little.write(tmp_path)

    def boxed(source: str, first: str = "", second: str = "") -> str:
        said = "difference 6.1 points; 95% CI 2.0 to"
        assert said in source
        return source.replace(
            said, f'difference "\n#box(move({first})[6.1])\n#" points; 95% CI "\n#box(move({second})[2.0])\n#" to'
        )

    as_is = little.to_pdf(little.paper(), folder, height="24cm", change=boxed)
    assert judged(as_is, folder).passed, to_text([judged(as_is, folder)])
    one, two = find(as_is, "6.1"), find(as_is, "2.0")
    across, up = two.left - one.left, two.bottom - one.bottom

    def swapped(source: str) -> str:
        return boxed(source, f"dx: {across}pt, dy: {-up}pt", f"dx: {-across}pt, dy: {up}pt")

    verdict = judged(little.to_pdf(little.paper(), folder, height="24cm", change=swapped), folder)
    assert {"6.1", "2.0"} <= {f.text for f in verdict.findings if f.verdict == "moved"}, to_text([verdict])


def test_more_fonts_than_are_looked_at_are_told(clean: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not told(read(clean))
    for module in ("pdf_glyphs", "read_pdf"):
        monkeypatch.setattr(f"report.audit.{module}.MOST", 4)
    assert any("more than 4 digits of fonts" in why for why in told(read(clean)))
