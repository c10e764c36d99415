"""A Word file that came back from another program, with all marks lost: clean it passes, with one number changed that one
is found. LibreOffice, pandoc, copy and paste into a new document, sections in another order; the real paper."""

# ruff: noqa: E501  (long literals of markup)
from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import word
from word import BY, WHEN, Paper, changed

from report.audit import FileVerdict, audit_files, to_text

pytest_plugins = ("came_back",)
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
WORD_FORM = "docx:MS Word 2007 XML"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def audited(built: Path, file: Path) -> FileVerdict:
    return audit_files([file], results=built / "results.json", ledger=built / "ledger.json")[0]


def office(work: Path, file: Path, form: str) -> Path:
    """A file saved by LibreOffice in another form."""
    out = work / f"{file.stem}-{len(list(work.iterdir()))}"
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless", "--convert-to", form, "--outdir", str(out), str(file)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return next(out.iterdir())


def twice(work: Path, file: Path) -> Path:
    return office(work, office(work, file, WORD_FORM), WORD_FORM)


def by_odt(work: Path, file: Path) -> Path:
    return office(work, office(work, file, "odt"), WORD_FORM)


def by_pandoc(work: Path, file: Path) -> Path:
    import pypandoc

    out = work / f"pandoc-{file.name}"
    pypandoc.convert_file(str(file), "docx", outputfile=str(out), extra_args=["--track-changes=accept"])
    return out


def pasted(work: Path, file: Path) -> Path:
    """The text put into a new document as plain paragraphs and tables: no styles, headers, controls, fields, bookmarks;
    pictures with their descriptions come along."""
    old, new = Paper(file.parent, file.read_bytes()), Paper(file.parent, file.read_bytes())

    def plain(paragraph: object) -> str:
        out = ""
        for element in paragraph.iter(word.W + "t", word.W + "drawing", word.W + "tab"):  # type: ignore[attr-defined]
            if element.tag == word.W + "drawing":
                out += f"<w:r>{word.lxml.etree.tostring(element, encoding='unicode', with_tail=False)}</w:r>"
            elif element.tag == word.W + "tab":
                out += "<w:r><w:tab/></w:r>" if element.getparent().tag == word.W + "r" else ""
            elif not any(up.tag == word.W + "drawing" for up in element.iterancestors()):
                out += word.run(element.text or "")
        return f"<w:p>{out}</w:p>"

    body = ""
    for child in old.body:
        if child.tag == word.W + "p":
            body += plain(child)
        elif child.tag == word.W + "tbl":
            body += "<w:tbl><w:tblPr/><w:tblGrid/>"
            for row in child.iter(word.W + "tr"):
                body += "<w:tr>"
                for cell in row.iter(word.W + "tc"):
                    span = cell.find(f"{word.W}tcPr/{word.W}gridSpan")
                    wide = f'<w:gridSpan w:val="{span.get(word.W + "val")}"/>' if span is not None else ""
                    body += f"<w:tc><w:tcPr>{wide}</w:tcPr>{''.join(plain(p) for p in cell.iter(word.W + 'p'))}</w:tc>"
                body += "</w:tr>"
            body += "</w:tbl>"
    for child in list(new.body):
        new.body.remove(child)
    new.body.extend(word.parse(body))
    for name in ("word/styles.xml", "word/header1.xml", "word/footer1.xml", "word/settings.xml"):
        new.parts.pop(name)
    out = work / f"pasted-{file.name}"
    out.write_bytes(new.bytes())
    return out


WAYS: dict[str, Callable[[Path, Path], Path]] = {
    "LibreOffice, twice": twice, "LibreOffice by way of ODT": by_odt, "pandoc": by_pandoc, "copy and paste": pasted,
}  # fmt: skip
WITHOUT_MARGINS = ("pandoc", "copy and paste")
needed = [pytest.param(way, marks=needs_office if "Office" in way else ()) for way in WAYS]


@pytest.fixture(scope="module")
def tampered(built: Path) -> Path:
    """The paper with one number of the text, one of a table and a citation's year changed."""
    paper = Paper(built)
    paper.put(paper.tag("paragraph", "59.3"), word.run("59.6"))
    paper.put(paper.tag("cell", "38.6"), word.run("38.9"))
    paper.swap(r"(2015;85\(\d\):\d+)\d", r"\g<1>0")
    (built / "tampered.docx").write_bytes(paper.bytes())
    return built / "tampered.docx"


@pytest.mark.parametrize("way", needed)
def test_saved_elsewhere(way: str, built: Path, tampered: Path, work: Path) -> None:
    verdict = audited(built, WAYS[way](work, built / "paper.docx"))
    assert not verdict.findings, to_text([verdict])
    assert [look.name for look in verdict.looks] == (["furniture.header"] if way in WITHOUT_MARGINS else [])
    verdict = audited(built, WAYS[way](work, tampered))
    found = {(f.verdict, f.text, f.name) for f in verdict.findings}
    assert {
        ("altered", "59.6", "adl.baseline.control.mean"),
        ("altered", "38.9", "baseline.age.control.mean"),
    } <= found, to_text([verdict])
    assert len(found) == 3, to_text([verdict])
    assert [f.where for f in verdict.findings if "References" in f.where], to_text([verdict])
    assert all(f.where for f in verdict.findings)
    cell = next(f for f in verdict.findings if f.text == "38.9")
    assert "Table 1, row 2, column 2" in cell.where


@needs_office
@pytest.mark.parametrize("way", [twice, by_odt])
def test_libreoffice_writes_well_formed_files(way: Callable[[Path, Path], Path], built: Path, work: Path) -> None:
    """Of controls in links it does not, which is why the paper has none."""
    parts = Paper(built, way(work, built / "paper.docx").read_bytes()).parts
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            word.lxml.etree.fromstring(data)
    document = word.lxml.etree.fromstring(parts["word/document.xml"])
    assert len(list(document.iter(word.W + "hyperlink"))) > 5 < len(list(document.iter(word.W + "sdt")))


@needs_office
def test_tracked_changes_that_went_through_libreoffice(built: Path, work: Path) -> None:
    """LibreOffice keeps tracked changes, with author and date, and writes them its own way."""
    paper = Paper(built)
    paper.put(paper.tag("paragraph", "59.3"), word.deleted("59.3") + word.ins("59.6"))
    paper.put(paper.tag("cell", "38.6"), word.deleted("38.6", "Ann") + word.ins("38.9", "Ann"))
    source = built / "tracked.docx"
    source.write_bytes(paper.bytes())
    verdict = audited(built, office(work, source, WORD_FORM))
    found = {(f.verdict, f.text, f.tracked, f.by, f.when[:10]) for f in verdict.findings}
    assert found == {
        ("altered", "59.6", "inserted", BY, WHEN[:10]), ("altered", "38.9", "inserted", "Ann", WHEN[:10]),
    }, to_text([verdict])  # fmt: skip
    assert verdict.returned is not None
    changes = {(c["was"], c["now"], c["by"]) for c in verdict.returned.as_dict()["changes"]}
    assert changes == {("59.3", "59.6", BY), ("38.6", "38.9", "Ann")}
    assert verdict.returned.as_dict()["rejected"]["verdict"] == "pass"


def reordered(paper: Paper, one: str, other: str) -> None:
    """Two sections (under headings of the second level) exchanged with all they hold."""

    def part(heading: str) -> list[object]:
        children = list(paper.body)

        def level(element: object) -> int:
            style = element.find(f"{word.W}pPr/{word.W}pStyle")  # type: ignore[attr-defined]
            name = style.get(word.W + "val") if style is not None else ""
            return int(name[-1]) if name.startswith("Heading") else 9

        at = next(k for k, c in enumerate(children) if level(c) < 9 and "".join(c.itertext()).strip() == heading)
        end = next(k for k in range(at + 1, len(children)) if level(children[k]) <= level(children[at]))
        return children[at:end]

    first, second = part(one), part(other)
    place = second[-1].getnext()  # type: ignore[attr-defined]
    for element in second:
        first[0].addprevious(element)  # type: ignore[attr-defined]
    for element in first:
        place.addprevious(element)


@pytest.mark.parametrize(("one", "other"), [("Recurrences", "Adverse reactions"), ("Methods", "Results")])
def test_sections_in_another_order(one: str, other: str, built: Path, tmp_path: Path) -> None:
    paper = Paper(built)
    reordered(paper, one, other)
    file = tmp_path / "paper.docx"
    file.write_bytes(paper.bytes())
    verdict = audited(built, file)
    assert not verdict.findings, to_text([verdict])
    tag = paper.tag("paragraph", "14", section="Adverse reactions")
    file.write_bytes(paper.put(tag, word.run(changed("14"))).bytes())
    verdict = audited(built, file)
    assert [(f.verdict, f.text, f.expected) for f in verdict.findings] == [("altered", "17", "14")], to_text([verdict])


def test_tags_closed_in_the_wrong_order(built: Path, tmp_path: Path) -> None:
    """What LibreOffice writes for a control in a link after ODT; the text in it is read, whatever it is."""
    paper = Paper(built)
    broken = (
        '<w:hyperlink w:anchor="a"><w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t xml:space="preserve"> </w:t></w:r></w:hyperlink>'
        '<w:hyperlink w:anchor="b"><w:r><w:t>{}</w:t></w:r></w:hyperlink></w:sdtContent></w:sdt>'
    )
    for said in ("38.6", "38.9"):
        new = paper.copy().put(paper.tag("cell", "38.6"), word.run("PLACE"))
        new.bytes()
        part = new.parts["word/document.xml"].decode()
        at = part.index("PLACE")
        low, high = part.rindex("<w:r ", 0, at), part.index("</w:r>", at) + len("</w:r>")
        new.parts["word/document.xml"] = (part[:low] + broken.format(said) + part[high:]).encode()
        file = tmp_path / "paper.docx"
        with word.zipfile.ZipFile(file, "w") as archive:
            for name, data in new.parts.items():
                archive.writestr(name, data)
        verdict = audited(built, file)
        assert any("not well-formed" in note for note in verdict.notes)
        assert [f.text for f in verdict.findings] == ([] if said == "38.6" else ["38.9"]), to_text([verdict])


# -- pictures packed anew -----------------------------------------------------------------------------------------------


def repainted(paper: Paper, form: str, paint: bool) -> None:
    """The figures' images saved anew by another program; one with a few pixels painted over."""
    import io

    from PIL import Image

    for name in [n for n in paper.parts if n.startswith("word/media/")]:
        with Image.open(io.BytesIO(paper.parts[name])) as image:
            new = image.convert("RGB")
        if paint:
            new.paste((255, 255, 255), (new.width // 2, new.height // 2, new.width // 2 + 12, new.height // 2 + 12))
            new.putpixel((3, 3), (0, 0, 0))
        out = io.BytesIO()
        new.save(out, form, **({"compress_level": 1} if form == "PNG" else {}))
        assert out.getvalue() != paper.parts[name]
        paper.parts[name] = out.getvalue()


def test_pictures_packed_anew(built: Path, tmp_path: Path) -> None:
    for form, paint, passes in (("PNG", False, True), ("PNG", True, False), ("JPEG", False, False)):
        paper = Paper(built)
        repainted(paper, form, paint)
        file = tmp_path / "paper.docx"
        file.write_bytes(paper.bytes())
        verdict = audited(built, file)
        assert verdict.passed == passes, (form, paint, to_text([verdict]))
        assert {f.verdict for f in verdict.findings} == (set() if passes else {"unreadable"}), to_text([verdict])
