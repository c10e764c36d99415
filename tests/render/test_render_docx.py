from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from render_reading import W, docx_part, docx_text, pdf_text
from render_sample import sample

from report.render import embedded
from report.render.project import write_project

NS = {
    "w": W[1:-1],
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
}


def words(element) -> str:  # type: ignore[no-untyped-def]
    return "".join(t.text or "" for t in element.iter(W + "t"))


def tables(path: Path) -> dict[str, object]:
    found = {}
    for table in docx_part(path).iter(W + "tbl"):
        found[words(table.find(W + "tr"))] = table
    return found


def table_named(path: Path, start: str):  # type: ignore[no-untyped-def]
    return next(t for name, t in tables(path).items() if name.startswith(start))


def test_header_rows_repeat_and_rows_do_not_break(rendered: dict[str, Path]) -> None:
    table = table_named(rendered["docx"], "Characteristic")
    rows = table.findall("w:tr", NS)
    assert [row.find("w:trPr/w:tblHeader", NS) is not None for row in rows[:3]] == [True, True, False]
    assert all(row.find("w:trPr/w:cantSplit", NS) is not None for row in rows)


def test_three_rules(rendered: dict[str, Path]) -> None:
    table = table_named(rendered["docx"], "Characteristic")
    borders = table.find("w:tblPr/w:tblBorders", NS)
    assert [b.tag.removeprefix(W) for b in borders] == ["top", "bottom"]
    rows = table.findall("w:tr", NS)
    assert all(c.find("w:tcPr/w:tcBorders/w:bottom", NS) is not None for c in rows[1].findall("w:tc", NS))
    assert not rows[2].findall(".//w:tcBorders", NS)
    spanning = rows[0].findall("w:tc", NS)[1]
    assert spanning.find("w:tcPr/w:gridSpan", NS).get(W + "val") == "2"
    assert spanning.find("w:p/w:pPr/w:pBdr/w:bottom", NS) is not None


def test_table_text_indents_and_alignment(rendered: dict[str, Path]) -> None:
    table = table_named(rendered["docx"], "Characteristic")
    styles = {words(p): p.find("w:pPr/w:pStyle", NS).get(W + "val") for p in table.iter(W + "p") if words(p)}
    assert styles["Characteristic"] == "TableHeader"
    assert styles["Female"] == styles["Male"] == "TableTextIndent"
    assert styles["26 (87)"] == "TableText"
    cell = next(p for p in table.iter(W + "p") if words(p) == "26 (87)")
    assert cell.find("w:pPr/w:jc", NS).get(W + "val") == "center"
    assert b"everynumber-indent" not in etree.tostring(table)


@pytest.mark.parametrize("start", ["Characteristic", "OutcomeAza", "Reaction", "Written"])
def test_no_table_is_wider_than_its_page(rendered: dict[str, Path], start: str) -> None:
    table = table_named(rendered["docx"], start)
    grid = [int(c.get(W + "w")) for c in table.findall("w:tblGrid/w:gridCol", NS)]
    room = (16838 if len(grid) > 7 else 11906) - 2 * 1417
    assert sum(grid) == room
    for row in table.findall("w:tr", NS):
        assert sum(int(c.find("w:tcPr/w:tcW", NS).get(W + "w")) for c in row.findall("w:tc", NS)) == room


def test_wide_table_lies_in_a_landscape_section_of_its_own(rendered: dict[str, Path]) -> None:
    body = docx_part(rendered["docx"]).find("w:body", NS)
    sections = list(body.iter(W + "sectPr"))
    turned = [s.find("w:pgSz", NS).get(W + "orient") for s in sections]
    assert turned == [None, "landscape", None]
    order = list(body.iter())
    wide = table_named(rendered["docx"], "Reaction")
    position = next(i for i, e in enumerate(order) if e.tag == W + "tbl" and words(e) == words(wide))
    assert order.index(sections[0]) < position < order.index(sections[1])
    caption = next(p for p in body.iter(W + "p") if words(p).startswith("Table 3."))
    assert order.index(sections[0]) < order.index(caption) < position
    for section in sections:
        assert section.find("w:lnNumType", NS).get(W + "restart") == "continuous"
        assert section.find("w:headerReference", NS) is not None


def test_line_numbers_page_numbers_running_header(rendered: dict[str, Path]) -> None:
    header = docx_part(rendered["docx"], "word/header1.xml")
    assert words(header) == "Azathioprine and mycophenolate in NMOSD · SIMULATED DATA"
    assert header.find(".//w:rPr/w:b", NS) is not None
    assert header.find(".//w:rPr/w:color", NS).get(W + "val") == "B00020"
    footer = docx_part(rendered["docx"], "word/footer1.xml")
    assert [i.text.strip() for i in footer.iter(W + "instrText")] == ["PAGE", "NUMPAGES"]
    styles = docx_part(rendered["docx"], "word/styles.xml")
    (spacing,) = styles.xpath("//w:style[@w:styleId='BodyText']//w:spacing", namespaces=NS)
    assert spacing.get(W + "line") == "480"


def test_styles_of_the_title_page(rendered: dict[str, Path]) -> None:
    document = docx_part(rendered["docx"])
    styles = docx_part(rendered["docx"], "word/styles.xml")
    known = set(styles.xpath("//w:style/@w:styleId", namespaces=NS))
    used = {e.get(W + "val") for e in document.iter(W + "pStyle", W + "rStyle", W + "tblStyle")}
    assert used <= known
    assert {"Notice", "Title", "Author", "Affiliation", "Correspondence", "Abstract", "Keywords"} <= used
    assert {"TableCaption", "TableNote"} <= used
    assert {"Heading1", "Heading2", "Heading3", "FigureCaption", "Figure", "Bibliography"} <= used


def test_marks_are_content_controls_that_keep_the_look(rendered: dict[str, Path]) -> None:
    document = docx_part(rendered["docx"])
    controls = {s.find("w:sdtPr/w:alias", NS).get(W + "val"): s for s in document.iter(W + "sdt")}
    assert words(controls["adl.month_6.treatment.mean"]) == "77.3"
    assert controls["k.bold"].find("w:sdtContent/w:r/w:rPr/w:b", NS) is not None
    assert controls["k.italic"].find("w:sdtContent/w:r/w:rPr/w:i", NS) is not None
    assert controls["constants.power"].find("w:sdtContent/w:r/w:rPr/w:vertAlign", NS).get(W + "val") == "superscript"
    assert all(len(s.find("w:sdtPr/w:tag", NS).get(W + "val")) <= 64 for s in controls.values())


def test_no_paragraph_has_two_sets_of_properties(rendered: dict[str, Path]) -> None:
    for paragraph in docx_part(rendered["docx"]).iter(W + "p"):
        properties = paragraph.findall(W + "pPr")
        assert len(properties) <= 1
        assert not properties or paragraph[0] is properties[0]


def test_picture_has_its_text_alternative_and_fits(rendered: dict[str, Path]) -> None:
    (inline,) = docx_part(rendered["docx"]).iter(f"{{{NS['wp']}}}inline")
    assert inline.find("wp:docPr", NS).get("descr") == "Of 60 patients, 59 were analysed; one was lost."
    assert int(inline.find("wp:extent", NS).get("cx")) <= 16 * 360000


def test_core_properties(rendered: dict[str, Path]) -> None:
    core = docx_part(rendered["docx"], "docProps/core.xml")
    assert core.findtext("dc:title", namespaces=NS) == sample().title
    assert core.findtext("dc:creator", namespaces=NS) == 'Example Author One; Łukasz "Ł" Müller'
    assert core.findtext("dcterms:created", namespaces=NS) == "2026-01-15T00:00:00Z"


def test_zip_has_fixed_times_and_every_part_is_declared(rendered: dict[str, Path]) -> None:
    with zipfile.ZipFile(rendered["docx"]) as archive:
        assert archive.testzip() is None
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = set(archive.namelist())
        types = etree.fromstring(archive.read("[Content_Types].xml"))
    declared = {e.get("PartName").lstrip("/") for e in types if e.get("PartName")}
    assert declared <= names


def test_real_data_single_spacing(tmp_path: Path) -> None:
    from dataclasses import replace

    write_project(tmp_path, replace(sample(simulated=False), line_numbers=False, double_spacing=False))
    made = embedded.render(tmp_path, ["docx"])
    assert set(made) == {"docx"} and not (tmp_path / "paper.html").exists()
    header = docx_part(made["docx"], "word/header1.xml")
    assert words(header) == "Azathioprine and mycophenolate in NMOSD" and header.find(".//w:color", NS) is None
    assert not list(docx_part(made["docx"]).iter(W + "lnNumType"))
    spacing = docx_part(made["docx"], "word/styles.xml").xpath(
        "//w:style[@w:styleId='BodyText']//w:spacing", namespaces=NS
    )
    assert spacing[0].get(W + "line") == "276"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_it(rendered: dict[str, Path], tmp_path: Path) -> None:
    profile = (tmp_path / "profile").as_uri()
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation={profile}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(rendered["docx"])], check=True, capture_output=True, timeout=120)
    text = pdf_text(tmp_path / "paper.pdf")
    for expected in ("Azathioprine (n = 30)", "65.0 (60.0 to 70.0)", "Column I", "SIMULATED DATA", "Page 1 of"):
        assert expected in text
    assert docx_text(rendered["docx"]).count("6.1 (1.4 to 10.8)") <= text.count("6.1 (1.4 to 10.8)")
