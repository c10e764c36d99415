"""Files that cannot be audited: a sentence each, and never a pass."""

# ruff: noqa: E501
from __future__ import annotations

import contextlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import little
import pytest

from report.audit import AuditError, FileVerdict, audit_files

Audit = Callable[[str, "bytes | str"], FileVerdict]


def refusal(audit: Audit, name: str, data: bytes | str) -> str:
    with pytest.raises(AuditError) as caught:
        audit(name, data)
    return str(caught.value)


@pytest.mark.parametrize("name", ["paper.html", "paper.docx", "paper.pdf"])
def test_empty(name: str, audit: Audit) -> None:
    assert refusal(audit, name, b"") == f"{name} is empty."
    assert refusal(audit, name, b" \n\0") == f"{name} is empty."


@pytest.mark.parametrize("name", ["paper.html", "paper.docx", "paper.pdf"])
def test_random_bytes(name: str, audit: Audit) -> None:
    for seed in range(20):
        data = random.Random(seed).randbytes(3000)
        assert "file" in refusal(audit, name, data)


def test_not_what_its_name_says(audit: Audit, folder: Path) -> None:
    page, word = little.to_html(little.paper()), little.to_docx(little.paper())
    assert refusal(audit, "paper.pdf", page) == "paper.pdf is not what its name says: it is a HTML file, not PDF."
    assert refusal(audit, "paper.html", word) == (
        "paper.html is not what its name says: it is a Word (.docx) file, not HTML."
    )
    assert refusal(audit, "paper.docx", little.to_pdf(little.paper(), folder)) == (
        "paper.docx is not what its name says: it is a PDF file, not Word (.docx)."
    )
    assert "none of the formats" in refusal(audit, "paper.odt", word)


def test_not_there(folder: Path) -> None:
    with pytest.raises(AuditError, match="There is no file"):
        audit_files([folder / "nothing.pdf"])
    (folder / "paper.pdf").mkdir()
    with pytest.raises(AuditError, match="is a folder"):
        audit_files([folder / "paper.pdf"])
    with pytest.raises(AuditError, match="No file was named"):
        audit_files([])


@pytest.mark.parametrize("name", ["paper.html", "paper.docx", "paper.pdf"])
def test_cut_short(name: str, audit: Audit, folder: Path) -> None:
    data = {
        "paper.html": little.to_html(little.paper()).encode(),
        "paper.docx": little.to_docx(little.paper()),
        "paper.pdf": little.to_pdf(little.paper(), folder),
    }[name]
    assert audit(name, data).passed
    for part in range(1, 40):
        text = refusal(audit, name, data[: len(data) * part // 40])
        assert any(word in text for word in ("cut short", "damaged", "not a", "empty")), text


def test_encrypted_pdf(audit: Audit, folder: Path) -> None:
    import pikepdf

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(little.to_pdf(little.paper(), folder))) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert (
        refusal(audit, "paper.pdf", target.getvalue()) == "paper.pdf is encrypted with a password and cannot be read."
    )


def test_encrypted_word_file(audit: Audit) -> None:
    assert "encrypted with a password" in refusal(
        audit, "paper.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    )


def test_pdf_without_text(audit: Audit) -> None:
    import pikepdf

    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(target)
    assert "no readable text" in refusal(audit, "paper.pdf", target.getvalue())


def word_file(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(little.to_docx(little.paper()))) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            key = Path(name).stem
            new.writestr(name, parts.get(key, old.read(name)) if name.endswith(".xml") else old.read(name))
        for name, data in parts.items():
            if name == "bomb":
                new.writestr("word/bomb.xml", data)
    return target.getvalue()


def test_zip_bomb(audit: Audit) -> None:
    assert "unreasonable size" in refusal(audit, "paper.docx", word_file(bomb=b" " * 50_000_000))


def test_entities(audit: Audit) -> None:
    evil = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><w:document>&b;</w:document>'
    assert "declares a document type" in refusal(audit, "paper.docx", word_file(document=evil))


def test_damaged_part(audit: Audit) -> None:
    assert "not readable as XML" in refusal(audit, "paper.docx", word_file(document=b"<w:document"))
    assert "not readable as XML" in refusal(audit, "paper.docx", word_file(header1=b"<w:hdr"))


def test_no_number_at_all(audit: Audit) -> None:
    text = refusal(audit, "paper.html", "<!doctype html><html><body><p>Nothing here.</p></body></html>")
    assert text.startswith("paper.html holds no number at all")


def test_deep_html(audit: Audit) -> None:
    page = "<!doctype html><html><body>" + "<div>" * 100_000 + "5" + "</body></html>"
    with contextlib.suppress(AuditError):
        assert not audit("paper.html", page).passed


# -- what it is audited against -----------------------------------------------------------------------------------------


@pytest.fixture
def page(folder: Path) -> Path:
    path = folder / "paper.html"
    path.write_text(little.to_html(little.paper()), encoding="utf-8")
    return path


def against(page: Path) -> str:
    with pytest.raises(AuditError) as caught:
        audit_files([page])
    return str(caught.value)


@pytest.mark.parametrize("name", ["ledger.json", "results.json"])
def test_missing_or_damaged_record(name: str, page: Path) -> None:
    record = page.with_name(name)
    whole = record.read_bytes()
    record.write_bytes(whole[: len(whole) // 2])
    assert "damaged or cut short" in against(page)
    record.write_text('{"schema": "something/1"}')
    assert "schema 'something/1', expected" in against(page)
    record.unlink()
    assert f"There is no {name}" in against(page)


def test_ledger_of_other_results(page: Path) -> None:
    results = page.with_name("results.json")
    results.write_bytes(results.read_bytes().replace(b"77.33333333333333", b"77.31"))
    assert "does not belong to results.json" in against(page)


def test_results_changed_with_their_hash(page: Path) -> None:
    """Who changes a result and mends the hash is found by the printed digits and by the ledger's own raw value."""
    results, ledger = page.with_name("results.json"), page.with_name("ledger.json")
    results.write_bytes(results.read_bytes().replace(b"77.33333333333333", b"78.31"))
    record = json.loads(ledger.read_text())
    record["results_sha256"] = little.sha256(results.read_bytes())
    ledger.write_text(json.dumps(record))
    verdict = audit_files([page])[0]
    assert [(f.verdict, f.name) for f in verdict.findings] == [("altered", "adl.month_6.control.mean")]
    entry = next(e for e in record["entries"].values() if e["name"] == "adl.month_6.control.mean")
    entry["raw"] = "78.31"
    ledger.write_text(json.dumps(record))
    verdict = audit_files([page])[0]
    assert [(f.verdict, f.name) for f in verdict.findings] == [("altered", "adl.month_6.control.mean")]
    assert verdict.findings[0].why == "adl.month_6.control.mean is 78.31"


@pytest.mark.parametrize("change", ["text", "span", "entry", "kind", "transform", "predicate", "block"])
def test_a_ledger_that_contradicts_itself(change: str, page: Path) -> None:
    ledger = page.with_name("ledger.json")
    record = json.loads(ledger.read_text())
    name = next(k for k, e in record["entries"].items() if e["name"] == "adl.month_6.control.mean")
    block = next(b for b in record["blocks"] if any(s[0] == name for s in b["spans"]))
    claim = next(e for e in record["entries"].values() if e["kind"] == "claim")
    if change == "text":
        record["entries"][name]["text"] = "78"
    elif change == "span":
        block["spans"] = [s for s in block["spans"] if s[0] != name]
    elif change == "entry":
        del record["entries"][name]
    elif change == "kind":
        record["entries"][name]["kind"] = "anything"
    elif change == "transform":
        record["entries"][name]["transform"] = "double"
    elif change == "predicate":
        claim["predicate"]["op"] = "lt"
    else:
        block["text"] = block["text"].replace("77.3", "77.4")
    ledger.write_text(json.dumps(record))
    verdict = audit_files([page])[0]
    assert not verdict.passed
    assert len(verdict.findings) <= 3


def test_a_study_that_says_otherwise(page: Path) -> None:
    study = page.parent / "study"
    file = study / "study.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("value: 2,", "value: 3,"), encoding="utf-8")
    verdict = audit_files([page], study=study)[0]
    assert [(f.verdict, f.text, f.name) for f in verdict.findings] == [("altered", "2", "constants.dose")]
    (study / "references.bib").write_text("@article{smith2015, year = {2015}", encoding="utf-8")
    with pytest.raises(AuditError, match="is not closed"):
        audit_files([page], study=study)


def test_quoted_figure_without_its_citation(folder: Path, page: Path) -> None:
    items = little.change_mark(little.paper(), 9, "[2]")
    assert audit_files([page])[0].passed
    ledger = page.with_name("ledger.json")
    record = json.loads(ledger.read_text())
    record["quoted"]["wu_rate"]["cite"] = "smith2015"
    ledger.write_text(json.dumps(record))
    verdict = audit_files([page])[0]
    assert {(f.verdict, f.name) for f in verdict.findings} == {("altered", "wu_rate")}
    assert "does not stand in its sentence" in verdict.findings[0].why
    assert items
