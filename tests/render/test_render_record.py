"""The record in the three formats, taken out by means that are not the audit's; what the PDF promises of itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lxml.html
import pikepdf
import pytest
import typst
from lxml import etree
from render_reading import pdf_text
from render_sample import AWKWARD, sample

from report.render import embedded, quarto
from report.render.embed import RECORD
from report.render.project import STANDARD, write_project

CONTENT = json.dumps({"schema": "any/1", "text": "\u7814 </script> ]]> & \"'", "many": ["77.3"] * 30_000})
CONTENT = CONTENT.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"

needs_quarto = pytest.mark.skipif(quarto.available() is None, reason="there is no quarto on the path")
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="there is no LibreOffice on the path")


@pytest.fixture(scope="module")
def carrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("record") / AWKWARD
    write_project(folder, replace(sample(), record=CONTENT.encode()))
    yield embedded.render(folder)


def in_html(path: Path) -> list[str]:
    page = lxml.html.fromstring(path.read_bytes())
    return [script.text for script in page.iterfind(".//script[@id='everynumber-record']")]


def in_docx(path: Path) -> list[str]:
    """By the relationships, as Word finds it."""
    with zipfile.ZipFile(path) as parts:
        relations = etree.fromstring(parts.read("word/_rels/document.xml.rels"))
        targets = [r.get("Target") for r in relations if r.get("Type") == f"{OFFICE}/relationships/customXml"]
        roots = [etree.fromstring(parts.read(target.removeprefix("../"))) for target in targets]
    return [root.text for root in roots if root.tag == "{urn:everynumber:record:1}record"]


def in_pdf(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [pdf.attachments[name].get_file().read_bytes().decode() for name in pdf.attachments if name == RECORD]


TAKE = {"html": in_html, "docx": in_docx, "pdf": in_pdf}


@pytest.mark.parametrize("form", TAKE)
def test_each_format_carries_the_record_letter_by_letter(form: str, carrying: dict[str, Path]) -> None:
    assert TAKE[form](carrying[form]) == [CONTENT]


@pytest.mark.parametrize("form", TAKE)
def test_without_a_record_none_is_carried(form: str, rendered: dict[str, Path]) -> None:
    assert TAKE[form](rendered[form]) == []


def test_a_record_of_an_earlier_paper_does_not_stay(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), record=CONTENT.encode()))
    write_project(tmp_path, sample())
    assert not (tmp_path / RECORD).exists()
    assert in_pdf(embedded.render(tmp_path, ["pdf"])["pdf"]) == []


def test_a_file_that_is_finished_twice_carries_one(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), record=CONTENT.encode()))
    made = embedded.render(tmp_path)
    again = quarto.finish(made.values(), tmp_path)
    assert {form: TAKE[form](path) for form, path in again.items()} == {form: [CONTENT] for form in TAKE}


def test_the_page_shows_nothing_of_it(carrying: dict[str, Path], rendered: dict[str, Path]) -> None:
    page = lxml.html.fromstring(carrying["html"].read_bytes())
    script = page.find(".//script[@id='everynumber-record']")
    assert script.get("type") == "application/json" and script.get("src") is None
    assert page.find("body")[-1] is script
    assert pdf_text(carrying["pdf"]) == pdf_text(rendered["pdf"])


def test_the_parts_of_the_word_file_hang_together(carrying: dict[str, Path]) -> None:
    with zipfile.ZipFile(carrying["docx"]) as parts:
        names = set(parts.namelist())
        types = etree.fromstring(parts.read("[Content_Types].xml"))
        relations = etree.fromstring(parts.read("customXml/_rels/item1.xml.rels"))
        properties = etree.fromstring(parts.read("customXml/itemProps1.xml"))
        document = etree.fromstring(parts.read("word/_rels/document.xml.rels"))
    (to_properties,) = relations
    assert to_properties.get("Type") == f"{OFFICE}/relationships/customXmlProps"
    assert f"customXml/{to_properties.get('Target')}" in names
    typed = {e.get("PartName"): e.get("ContentType") for e in types if e.get("PartName")}
    assert typed["/customXml/itemProps1.xml"] == (
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    )
    assert {e.get("Extension"): e.get("ContentType") for e in types}["xml"] == "application/xml"
    ids = [e.get("Id") for e in document]
    assert len(ids) == len(set(ids))
    store = f"{{{OFFICE}/customXml}}"
    assert properties.tag == f"{store}datastoreItem"
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", properties.get(f"{store}itemID"))
    assert [e.get(f"{store}uri") for e in properties.iter(f"{store}schemaRef")] == ["urn:everynumber:record:1"]


@needs_office
def test_libreoffice_opens_it_keeps_it_in_docx_and_loses_it_in_odt(carrying: dict[str, Path], tmp_path: Path) -> None:
    def converted(source: Path, form: str) -> Path:
        out = tmp_path / f"from {source.suffix[1:]}"
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", form, "--outdir", str(out), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return out / f"paper.{form}"

    assert in_docx(converted(carrying["docx"], "docx")) == [CONTENT]
    assert in_docx(converted(converted(carrying["docx"], "odt"), "docx")) == []


# ---- content controls ------------------------------------------------------------------------------------------------


def controls(path: Path) -> list[tuple[str, str, str]]:
    """(title, tag, text) of each."""
    with zipfile.ZipFile(path) as parts:
        document = etree.fromstring(parts.read("word/document.xml"))
    return [
        (
            control.find(f"{W}sdtPr/{W}alias").get(f"{W}val"),
            control.find(f"{W}sdtPr/{W}tag").get(f"{W}val"),
            "".join(t.text for t in control.iter(f"{W}t")),
        )
        for control in document.iter(f"{W}sdt")
        if control.find(f"{W}sdtPr/{W}alias") is not None
    ]


def test_titles_are_names_and_too_long_ones_stay_telling_and_unique(tmp_path: Path) -> None:
    names = [
        "adl.month_6.treatment.mean",
        "x" * 64,
        "harms.first_very_long_term_of_the_dictionary_one.treatment_vs_control.risk_difference",
        "harms.first_very_long_term_of_the_dictionary_two.treatment_vs_control.risk_difference",
        "harms.研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究研究.control.percent",
        "harms.any.treatment_vs_control.risk_difference is below 0, which its interval excludes",
    ]
    text = " ".join(f'[{at}.5]{{.num key="{name}" #n{at}}}' for at, name in enumerate(names))
    write_project(tmp_path, replace(sample(), body=f"# Results\n\n{text}\n"))
    found = controls(embedded.render(tmp_path, ["docx"])["docx"])
    assert [(tag, printed) for _, tag, printed in found] == [(f"n{at}", f"{at}.5") for at in range(len(names))]
    titles = [title for title, _, _ in found]
    assert titles[:2] == names[:2]
    assert len(set(titles)) == len(titles) and all(len(title) <= 64 for title in titles)
    assert all(title.startswith("harms.first_very_long_term") for title in titles[2:4])
    assert [title[-25:] for title in titles[2:]] == [
        "ontrol.risk_difference n2",
        "ontrol.risk_difference n3",
        "研究研究研究.control.percent n4",
        "isk_difference is below 0",
    ]


def test_a_control_stands_round_its_link(tmp_path: Path) -> None:
    """Not in it: LibreOffice breaks that."""
    one, *two = (f'[{n}]{{.num key="name.{n}" #n{n}}}' for n in (1, 2, 3))
    text = f"[Table {one}](#table-one) and [see {' and '.join(two)}](#table-one)."
    write_project(tmp_path, replace(sample(), body=f"# Results {{#table-one}}\n\n{text}\n"))
    path = embedded.render(tmp_path, ["docx"])["docx"]
    assert controls(path) == [
        ("name.1", "n1", "Table 1"), ("name.2", "n2", "see 2 and 3"), ("name.3", "n3", "see 2 and 3"),
    ]  # fmt: skip
    with zipfile.ZipFile(path) as parts:
        document = etree.fromstring(parts.read("word/document.xml"))
    links = list(document.iter(f"{W}hyperlink"))
    assert len(links) == 2
    assert all(link.getparent().tag == f"{W}sdtContent" and len(link.getparent()) == 1 for link in links)
    assert not any(link.findall(f".//{W}sdt") for link in links)


# ---- what the PDF promises -------------------------------------------------------------------------------------------


def promises(path: Path) -> dict[str, str]:
    """The standards that the file says it keeps, from its metadata."""
    with pikepdf.open(path) as pdf, pdf.open_metadata() as told:
        keys = ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")
        return {key: str(told[key]) for key in keys if key in told}


def test_the_pdf_is_archival_and_accessible(carrying: dict[str, Path]) -> None:
    """typst refuses to make a file that breaks the standards; here, that what they ask for in the main is there."""
    path = carrying["pdf"]
    assert promises(path) == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    with pikepdf.open(path) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked and "/StructTreeRoot" in root and str(root.Lang) == "en-GB"
        assert root.ViewerPreferences.DisplayDocTitle
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        (associated,) = root.AF
        assert associated.AFRelationship == "/Data" and str(associated.UF) == RECORD
        assert associated.EF.F.Subtype == "/application/json"
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys())


def test_the_attachment_is_named_alike_wherever_the_root_of_the_project_is(tmp_path: Path) -> None:
    """`quarto render` sets typst's root two folders above the manuscript."""
    folder = tmp_path / "build" / "study"
    write_project(folder, replace(sample(), record=CONTENT.encode()))
    embedded.render(folder, ["pdf"])
    made = tmp_path / "paper.pdf"
    made.write_bytes(typst.compile(str(folder / "manuscript.typ"), root=str(tmp_path), format="pdf"))
    assert in_pdf(made) == [CONTENT]


def test_a_paper_that_cannot_keep_them_promises_nothing_and_carries_the_record(tmp_path: Path) -> None:
    """PDF/A allows no letter without a meaning: one of the private use area."""
    body = "# Results\n\nA letter that no standard knows: \ue5a1.\n"
    write_project(tmp_path, replace(sample(), body=body, record=CONTENT.encode()))
    made = embedded.render(tmp_path, ["pdf"])["pdf"]
    assert promises(made) == {}
    assert in_pdf(made) == [CONTENT]
    with pikepdf.open(made) as pdf:
        assert "/StructTreeRoot" in pdf.Root


@needs_quarto
def test_quarto_promises_nothing_either_where_it_cannot(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), body="# Results\n\nOdd: \ue5a1.\n", record=CONTENT.encode()))
    made = quarto.render(tmp_path)
    assert promises(made["pdf"]) == {}
    assert {form: TAKE[form](path) for form, path in made.items()} == {form: [CONTENT] for form in TAKE}


@needs_quarto
def test_quarto_embeds_the_same(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), record=CONTENT.encode()))
    made = quarto.render(tmp_path)
    assert {form: TAKE[form](path) for form, path in made.items()} == {form: [CONTENT] for form in TAKE}
    knows = tuple(int(part) for part in str(quarto.available()).split(".")[:2]) >= (1, 9)
    assert STANDARD == "a-3a"
    assert promises(made["pdf"]) == ({"pdfaid:part": "3", "pdfaid:conformance": "A"} if knows else {})
