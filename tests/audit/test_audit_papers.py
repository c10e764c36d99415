"""Whole little papers: clean ones pass, tampered ones are found out and the place is named."""

# ruff: noqa: E501
from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import little
import pytest
from little import Item
from PIL import Image

from report.audit import FileVerdict, audit_files, text_of, to_json, to_text
from report.audit.expected import load_lexicon
from report.paths import TEMPLATES

Audit = Callable[[str, "bytes | str"], FileVerdict]
FORMATS = ("html", "docx", "pdf")


def printed(form: str, items: list[Item], folder: Path, references: list[str] | None = None) -> bytes:
    references = references or little.PRINTED
    if form == "html":
        return little.to_html(items, references).encode()
    if form == "docx":
        return little.to_docx(items, references)
    return little.to_pdf(items, folder, references)


def told(verdict: FileVerdict) -> str:
    return to_text([verdict])


# -- clean files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_clean(form: str, audit: Audit, folder: Path) -> None:
    verdict = audit(f"paper.{form}", printed(form, little.paper(), folder))
    assert verdict.passed, told(verdict)
    assert verdict.numbers == sum(n for kind, n in verdict.by_class.items() if kind != "claim")
    assert verdict.claims == verdict.by_class["claim"] == 2
    assert verdict.by_class["result"] >= 24
    assert not [note for note in verdict.notes if "prose" in note]


@pytest.mark.parametrize("height", ["7.8cm", "8cm", "9.3cm", "14cm", "24cm", "80cm"])
def test_clean_pdf_wherever_its_pages_end(height: str, audit: Audit, folder: Path) -> None:
    verdict = audit("paper.pdf", little.to_pdf(little.paper(), folder, height=height))
    assert verdict.passed, told(verdict)


def test_clean_against_the_study(folder: Path) -> None:
    files = []
    for form in FORMATS:
        path = folder / f"paper.{form}"
        path.write_bytes(printed(form, little.paper(), folder))
        files.append(path)
    verdicts = audit_files(files, study=folder / "study")
    assert all(v.passed for v in verdicts), to_text(verdicts)
    assert not any("study" in note for v in verdicts for note in v.notes)
    record = to_json(verdicts)
    assert record["verdict"] == "pass"
    assert [v["file"] for v in record["files"]] == ["paper.html", "paper.docx", "paper.pdf"]
    assert "PASS" in text_of(record)


def test_without_the_study_it_says_so(audit: Audit) -> None:
    verdict = audit("paper.html", little.to_html(little.paper()))
    assert any("study's folder was not given" in note for note in verdict.notes)


@pytest.mark.parametrize("form", FORMATS)
def test_a_caption_or_a_table_placed_elsewhere_is_no_fault(form: str, audit: Audit, folder: Path) -> None:
    items = little.paper()
    tables = [item for item in items if item.table]
    rest = [item for item in items if not item.table]
    at = next(k for k, item in enumerate(rest) if little.plain(item.text) == "Results")
    verdict = audit(f"paper.{form}", printed(form, [*rest[: at + 1], *tables, *rest[at + 1 :]], folder))
    assert verdict.passed, told(verdict)
    assert any("Placed elsewhere" in note for note in verdict.notes)


@pytest.mark.parametrize("form", FORMATS)
def test_a_harmless_rewording_is_counted(form: str, audit: Audit, folder: Path) -> None:
    items = little.change_text(little.paper(), "an old drug", "a venerable remedy")
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    assert verdict.passed, told(verdict)
    assert any("differences in prose" in note for note in verdict.notes)


# -- one digit --------------------------------------------------------------------------------------------------------


def test_each_digit_of_the_html(audit: Audit) -> None:
    page = little.to_html(little.paper())
    low, high = page.index("<body>"), page.index("<script")
    seen = 0
    for match in re.finditer("[0-9]", page[low:high]):
        at = low + match.start()
        in_tag = page.rfind("<", 0, at) > page.rfind(">", 0, at)
        if in_tag and not re.search('aria-label="[^"]*$', page[:at]):
            continue
        seen += 1
        verdict = audit("paper.html", page[:at] + str((int(page[at]) + 1) % 10) + page[at + 1 :])
        assert not verdict.passed, page[at - 40 : at + 10]
        assert verdict.findings[0].where
    assert seen > 150


def repacked(data: bytes, part: str, content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


def test_each_digit_of_the_docx(audit: Audit) -> None:
    data = little.to_docx(little.paper())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml").decode()
    seen = 0
    for text in re.finditer('(?:<w:t[^>]*>|descr=")([^<"]*)', body):
        if text.group(1) in ("444", "55"):  # hidden, and moved away
            continue
        for digit in re.finditer("[0-9]", text.group(1)):
            seen += 1
            at = text.start(1) + digit.start()
            changed = body[:at] + str((int(body[at]) + 1) % 10) + body[at + 1 :]
            verdict = audit("paper.docx", repacked(data, "word/document.xml", changed))
            assert not verdict.passed, body[at - 40 : at + 10]
            assert len({finding.where for finding in verdict.findings}) == 1, told(verdict)
    assert seen > 140


def test_each_number_of_the_pdf(audit: Audit, folder: Path) -> None:
    items = little.paper()
    for number, (mark, item) in enumerate(little.marks(items)):
        if item.kind == "alt":
            continue  # a PDF does not show it
        for new in little.digits_changed(mark.text)[-1:]:
            verdict = audit("paper.pdf", little.to_pdf(little.change_mark(items, number, new), folder))
            assert not verdict.passed, mark
            assert "page" in verdict.findings[0].where
            assert verdict.findings[0].verdict == "altered"
            if mark.name not in ("wu_rate",):
                assert {finding.name for finding in verdict.findings} <= {mark.name, ""}


def test_each_mark_dropped(audit: Audit) -> None:
    items = little.paper()
    for number, (mark, _) in enumerate(little.marks(items)):
        verdict = audit("paper.html", little.to_html(little.change_mark(items, number, "")))
        assert not verdict.passed, mark
        assert mark.name in {finding.name for finding in verdict.findings}, told(verdict)


# -- other tamperings ---------------------------------------------------------------------------------------------------


def number_of(name: str, text: str) -> int:
    return next(k for k, (m, _) in enumerate(little.marks(little.paper())) if m.name == name and m.text == text)


MARKS = [
    ("harms.any.control.percent", "40%", "40", "Table 1, row 4, column 2"),
    ("edss.month_6.ci_low", "−2.3", "2.3", "Results, paragraph 1"),
    ("adl.month_6.p", "< 0.001", "= 0.001", "Results, paragraph 1"),
    ("adl.month_6.p", "< 0.001", "> 0.001", "Results, paragraph 1"),
    ("adl.month_6.control.mean", "77.3", "773", "Table 1, row 2, column 2"),
    ("adl.month_6.control.mean", "77.3", "77,3", "Table 1, row 2, column 2"),
    ("adl.month_6.control.mean", "77.3", "7.73", "Table 1, row 2, column 2"),
    ("adl.month_6.control.mean", "77.3", "77.4", "Table 1, row 2, column 2"),
    ("constants.months", "six", "6", "Methods, paragraph 1"),
    ("constants.months", "six", "seven", "Methods, paragraph 1"),
    ("flow.included", "Fifty-nine", "Fifty-eight", "Results, paragraph 1"),
    ("the difference is above 0", "higher", "lower", "Results, paragraph 1"),
    ("the difference is above 0", "higher", "greater", "Results, paragraph 1"),
    ("the difference is above 0", "higher", "", "Results, paragraph 1"),
    ("wu2022", "[2]", "[1]", "Methods, paragraph 1"),
    ("table-outcomes", "1", "2", ""),
    ("harms.any.ratio", "NE", "1.2", "Table 1, row 5, column 2"),
    ("figure-flow.adl", "50", "40", "Figure 1"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("name", "old", "new", "where"), MARKS)
def test_mark_changed(name: str, old: str, new: str, where: str, form: str, audit: Audit, folder: Path) -> None:
    if form == "docx" and name == "figure-flow.adl":
        pytest.skip("an image in this format")
    items = little.change_mark(little.paper(), number_of(name, old), new)
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    assert not verdict.passed
    assert any(f.name == name and where in f.where for f in verdict.findings), told(verdict)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("new", ["lower", "greater", "similar", "not inferior", "no different"])
def test_another_claim_in_the_place_of_a_claim_is_one_finding(new: str, form: str, audit: Audit, folder: Path) -> None:
    items = little.change_mark(little.paper(), number_of("the difference is above 0", "higher"), new)
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    claims = [f for f in verdict.findings if f.text not in ("not", "no")]  # a negation is told for itself
    assert [f.name for f in claims] == ["the difference is above 0"], told(verdict)
    assert "unaccounted" not in {f.verdict for f in verdict.findings}, told(verdict)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Survival was longer with alpha", "longer"), ("a shorter stay", "shorter"),
        ("alpha prolonged survival", "prolonged"), ("beta shortens the median stay", "shortens"),
        ("it is no longer used", ""), ("it was no\nlonger used", ""), ("not used any longer", ""),
        ("a trial with longer follow-up", ""), ("longer-term safety", ""), ("prolonged treatment", ""),
    ],
)  # fmt: skip
def test_claims_of_time_are_told_from_innocent_words(text: str, found: str) -> None:
    lexicon = load_lexicon(TEMPLATES / "claim_words.yml")
    assert [text[low:high] for low, high in lexicon.find(text)] == ([found] if found else [])


TEXTS = [
    ("negated", "The score was higher", "The score was not higher", "altered"),
    ("strengthened", "The score was higher", "The score was significantly higher", "unaccounted"),
    ("unit", "g of alpha", "mg of alpha", "altered"),
    ("unit behind a slash", " mg/kg of beta", " mg/ml of beta", "altered"),
    ("points to percent", "by 1.2 points", "by 1.2%", "altered"),
    ("P to n", "; P = 0.02", "; n = 0.02", "altered"),
    ("a sentence with numbers", "Alpha is an", "Alpha cured 35 of 40 patients. Alpha is an", "unaccounted"),
    ("a sentence with a claim", "Alpha is an", "Alpha is superior. Alpha is an", "unaccounted"),
    ("a claim of time", "Alpha is an", "Remission was longer. Alpha is an", "unaccounted"),
    ("a number word", "Alpha is an", "In three trials alpha is an", "unaccounted"),
    ("label of a column", "Alpha (n = 30)\nBeta", "Beta (n = 30)\nAlpha", "altered"),
    ("label of a row", "Age, years", "Age, months", "altered"),
    ("brackets", "77.3 (8.9)", "77.3 ± 8.9", "altered"),
    ("bracket lost", "77.3 (8.9)", "77.3 8.9)", "altered"),
    ("range", "2.0 to 10.1", "2.0–10.1", "altered"),
    ("limits swapped", "2.0 to 10.1", "10.1 to 2.0", "moved"),
    ("space in a number", "77.3 (8.9)", "7 7.3 (8.9)", "altered"),
    ("two numbers run together", "77.3 (8.9)", "77.38.9", "altered"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("what", "old", "new", "kind"), TEXTS)
def test_text_changed(what: str, old: str, new: str, kind: str, form: str, audit: Audit, folder: Path) -> None:
    if form == "docx" and what == "label of a column":
        pytest.skip("an image in this format")
    verdict = audit(f"paper.{form}", printed(form, little.change_text(little.paper(), old, new), folder))
    assert kind in {finding.verdict for finding in verdict.findings}, told(verdict)


def swapped(items: list[Item], one: tuple[int, int], other: tuple[int, int]) -> list[Item]:
    at = {(i.row, i.column): k for k, i in enumerate(items) if i.kind == "cell"}
    out = list(items)
    if other not in at:
        out[at[one]] = replace(items[at[one]], row=other[0], column=other[1])
    else:
        out[at[one]] = replace(items[at[one]], text=items[at[other]].text)
        out[at[other]] = replace(items[at[other]], text=items[at[one]].text)
    return out


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("row", [2, 3, 4])
def test_arms_swapped(row: int, form: str, audit: Audit, folder: Path) -> None:
    verdict = audit(f"paper.{form}", printed(form, swapped(little.paper(), (row, 2), (row, 3)), folder))
    assert "moved" in {f.verdict for f in verdict.findings}, told(verdict)
    assert all("Table 1, row" in f.where for f in verdict.findings)


@pytest.mark.parametrize("form", ["html", "docx"])
def test_a_number_moved_to_an_empty_cell(form: str, audit: Audit, folder: Path) -> None:
    verdict = audit(f"paper.{form}", printed(form, swapped(little.paper(), (6, 3), (6, 2)), folder))
    assert [f.verdict for f in verdict.findings] == ["moved"], told(verdict)


@pytest.mark.parametrize("form", FORMATS)
def test_rows_swapped(form: str, audit: Audit, folder: Path) -> None:
    items = [replace(i, row={3: 4, 4: 3}.get(i.row or 0, i.row)) if i.kind == "cell" else i for i in little.paper()]
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    assert "moved" in {f.verdict for f in verdict.findings}, told(verdict)


@pytest.mark.parametrize("form", FORMATS)
def test_a_paragraph_gone(form: str, audit: Audit, folder: Path) -> None:
    items = [i for i in little.paper() if not (i.kind == "paragraph" and i.section == "Methods")]
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    assert {f.verdict for f in verdict.findings} == {"missing"}, told(verdict)
    assert len(verdict.findings) >= 12
    assert all("Methods, paragraph 1" in f.where for f in verdict.findings)


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_notice_gone(form: str, audit: Audit, folder: Path) -> None:
    items = [i for i in little.paper() if i.kind != "notice"]
    verdict = audit(f"paper.{form}", printed(form, items, folder))
    assert [(f.verdict, f.name) for f in verdict.findings] == [("missing", "notice")], told(verdict)


def test_the_notice_gone_from_html(audit: Audit) -> None:
    page = little.to_html([i for i in little.paper() if i.kind != "notice"])
    verdict = audit("paper.html", page.replace(little.NOTICE, ""))
    assert [(f.verdict, f.name) for f in verdict.findings] == [("missing", "notice")], told(verdict)


def test_the_running_header_changed(audit: Audit, folder: Path) -> None:
    verdict = audit("paper.docx", little.to_docx(little.paper(), header="Alpha against beta"))
    assert ("altered", "furniture.header") in {(f.verdict, f.name) for f in verdict.findings}
    data = little.to_pdf(little.paper(), folder, change=lambda s: s.replace(" · SIMULATED DATA", ""))
    verdict = audit("paper.pdf", data)
    assert ("altered", "furniture.header") in {(f.verdict, f.name) for f in verdict.findings}


def test_a_page_number_changed(audit: Audit, folder: Path) -> None:
    data = little.to_pdf(
        little.paper(), folder, change=lambda s: "#counter(page).update(4)\n" + s
    )  # fmt: skip
    verdict = audit("paper.pdf", data)
    assert any(f.name == "page number" for f in verdict.findings), told(verdict)


def test_a_number_in_a_word_footer(audit: Audit) -> None:
    verdict = audit("paper.docx", little.to_docx(little.paper(), footer=" draft 3"))
    assert [(f.verdict, f.text, f.where) for f in verdict.findings] == [("unaccounted", "3", "footer")]


# -- images -----------------------------------------------------------------------------------------------------------


def test_an_image_replaced(audit: Audit) -> None:
    other = io.BytesIO()
    Image.new("RGB", (1, 1), "blue").save(other, "PNG")
    for png in (other.getvalue(), little.PNG[:40]):
        verdict = audit("paper.docx", little.to_docx(little.paper(), png=png))
        assert "unreadable" in {f.verdict for f in verdict.findings}


def test_a_vector_figure_replaced(audit: Audit, folder: Path) -> None:
    svg = folder / "figures" / "figure-flow.svg"
    svg.write_text(svg.read_text().replace("59", "58"))
    verdict = audit("paper.docx", little.to_docx(little.paper()))
    assert [f.verdict for f in verdict.findings] == ["unreadable"]
    assert "not the one that the ledger names" in verdict.findings[0].why


def test_a_vector_figure_with_another_text_than_the_ledger_says(folder: Path) -> None:
    import json

    ledger = json.loads((folder / "ledger.json").read_text())
    svg = folder / "figures" / "figure-flow.svg"
    svg.write_text(svg.read_text().replace("59", "58"))
    ledger["figures"][0]["svg_sha256"] = little.sha256(svg.read_bytes())
    (folder / "ledger.json").write_text(json.dumps(ledger))
    (folder / "paper.docx").write_bytes(little.to_docx(little.paper()))
    verdict = audit_files([folder / "paper.docx"])[0]
    assert [f.verdict for f in verdict.findings] == ["unreadable"]
    assert "not what the ledger says" in verdict.findings[0].why


IMAGE = "<figure><img src='data:image/png;base64,AAAA' alt='Flow of 59 patients.'></figure>"


def test_a_figure_drawn_without_text(audit: Audit) -> None:
    page = little.to_html(little.paper())
    page = re.sub(
        "<figure>.*?</figure>",
        IMAGE,
        page,
    )
    verdict = audit("paper.html", page)
    assert {f.verdict for f in verdict.findings} == {"unreadable"}, told(verdict)


# -- references ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("2015", "2016", "altered"),
        (";85", ";86", "altered"),
        ("177–89", "177–88", "altered"),
        ("AQP4", "AQP5", "altered"),
        ("Two", "Three", "altered"),
        ("0001729", "0001728", "altered"),
        ("(2)", "(3)", "altered"),
        ("(2)", "", None),
        ("177–89", "177–189", None),
        (" doi:10.1212/WNL.0000000000001729", "", None),
        ("2015;85(2):177", "2015;177(2):85", "altered"),
        ("2015", "", "missing"),
        (":177–89", "", "missing"),
    ],
)
def test_a_reference(old: str, new: str, kind: str | None, form: str, audit: Audit, folder: Path) -> None:
    references = [little.PRINTED[0].replace(old, new, 1), little.PRINTED[1]]
    verdict = audit(f"paper.{form}", printed(form, little.paper(), folder, references))
    if kind is None:
        assert verdict.passed, told(verdict)
    else:
        assert kind in {f.verdict for f in verdict.findings}, told(verdict)
        assert {f.where for f in verdict.findings} == {"References, number 1"}


@pytest.mark.parametrize("form", FORMATS)
def test_references_missing_added_or_in_another_order(form: str, audit: Audit, folder: Path) -> None:
    one, two = little.PRINTED
    verdict = audit(f"paper.{form}", printed(form, little.paper(), folder, [one]))
    assert [(f.verdict, f.name) for f in verdict.findings] == [("missing", "wu2022")]
    verdict = audit(f"paper.{form}", printed(form, little.paper(), folder, [one, two, "3. Foo B. Bar. 2011;3:4."]))
    assert [(f.verdict, f.where) for f in verdict.findings] == [("unaccounted", "References, number 3")]
    turned = ["1" + two[1:], "2" + one[1:]]
    verdict = audit(f"paper.{form}", printed(form, little.paper(), folder, turned))
    assert {f.where for f in verdict.findings} == {"References, number 1", "References, number 2"}


# -- independence -------------------------------------------------------------------------------------------------------


def test_the_audit_does_not_import_what_prints() -> None:
    import subprocess
    import sys

    code = "import sys, report.audit; print('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    printing = {"numbers", "numerals", "emit", "compose", "claims", "markdown", "ledger", "tables", "lint", "styles"}
    assert not printing & {name.removeprefix("report.") for name in out if name.startswith("report.")}
    assert not [name for name in out if name.split(".")[0] in ("analysis", "pandas", "docx", "jinja2")]
