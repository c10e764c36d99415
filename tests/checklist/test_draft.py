"""A paper whose author owes an item of the checklist is marked DRAFT, and loses the mark with the debt."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from lxml import html
from typer.testing import CliRunner

from report import build as work
from report.audit import audit_files
from report.checklist import finding

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def indebted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial whose study file says nothing under `reporting`."""
    folder = tmp_path_factory.mktemp("indebted") / "indomethacin"
    shutil.copytree(DATA / "indomethacin", folder)
    study = folder / "study.yml"
    text = study.read_text(encoding="utf-8")
    study.write_text(re.sub(r"\nreporting:.*\n(?:  .*\n|\n)*", "\n", text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def draft(indebted: Path, tmp_path_factory: pytest.TempPathFactory) -> work.Built:
    return work.build(indebted, out=tmp_path_factory.mktemp("draft"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> work.Built:
    return work.build(DATA / "nmosd", out=tmp_path_factory.mktemp("whole"), formats=("html", "docx"))


def header_of(docx: Path) -> str:
    with zipfile.ZipFile(docx) as archive:
        return re.sub("<[^>]+>", "", archive.read("word/header1.xml").decode()).strip()


def test_each_file_is_marked_on_every_page_and_the_audit_passes(draft: work.Built) -> None:
    assert draft.draft
    assert draft.passed
    assert len(draft.owed) >= 5
    page = html.fromstring(draft.files["html"].read_bytes())
    assert page.xpath("//main//p")[0].text_content().startswith("DRAFT. ")
    assert header_of(draft.files["docx"]).startswith("DRAFT · ")
    document = pypdfium2.PdfDocument(draft.files["pdf"])
    pages = [document[i].get_textpage().get_text_bounded() for i in range(len(document))]
    assert all("DRAFT · " in text for text in pages)
    assert not any("notice" in note for one in draft.audit["files"] for note in one["notes"])


def test_a_paper_without_debts_is_no_draft(whole: work.Built) -> None:
    assert not whole.draft
    assert not whole.owed
    assert "DRAFT" not in html.fromstring(whole.files["html"].read_bytes()).text_content()
    assert "DRAFT" not in header_of(whole.files["docx"])


def test_the_mark_stands_with_the_notice_of_simulated_data(tmp_path: Path) -> None:
    from analysis.pipeline import analyse_folder
    from analysis.study import load_study

    folder = DATA / "nmosd"
    study, results = load_study(folder), analyse_folder(folder).text().encode()
    paper = work.compose_paper(study, results, None)
    marked = work.compose_paper(study, results, None, draft=True)
    assert marked.header == f"DRAFT · {paper.header}"
    assert marked.body.startswith("::: {.notice}\n\n**DRAFT.** ")
    said, _, rest = marked.body.removeprefix("::: {.notice}\n\n").partition("\n\n")
    assert f"::: {{.notice}}\n\n{rest}" == paper.body
    assert marked.ledger.blocks[0].text == said.replace("*", "")
    assert marked.ledger.blocks[1:] == paper.ledger.blocks


def test_words_lost_in_a_finished_file_make_a_draft_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: work.Built
) -> None:
    """What is owed only because a file does not hold the words is known when the file is there: the paper is made
    again with the mark."""
    read = finding.read_html
    lost = finding.letters("Patients and the public had no part in this demonstration.")

    def forgetful(data: bytes) -> finding.Text:
        text = read(data)
        assert lost in text.letters
        return finding.Text(text.letters.replace(lost, ""), text.starts, text.labels)

    monkeypatch.setattr(finding, "read_html", forgetful)
    built = work.build(DATA / "nmosd", out=tmp_path, formats=("html",))
    assert built.draft
    assert built.passed
    assert [sentence.partition(" (")[0] for sentence in built.owed] == ["Item 8"]


def test_build_tells_how_many_items_await_the_author(indebted: Path, draft: work.Built) -> None:
    from report.cli import build, check  # noqa: F401
    from report.cli.app import app

    done = CliRunner().invoke(app, ["build", str(indebted), "--out", str(draft.out)])
    assert done.exit_code == 0, done.output
    assert f"{len(draft.owed)} items await the author, and the paper is marked DRAFT: everynumber check " in done.output


# ---- the audit -----------------------------------------------------------------------------------------------------


def without_mark(docx: Path, out: Path) -> Path:
    """A Word file from whose header a co-author took the mark, and from whose text the notice."""
    with zipfile.ZipFile(docx) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode("utf-8") if name.endswith(".xml") else ""
            if name == "word/header1.xml":
                part = part.replace("DRAFT · ", "")
            if name == "word/document.xml":
                part, count = re.subn(r"<w:p>(?:(?!</w:p>).)*DRAFT(?:(?!</w:p>).)*</w:p>", "", part, flags=re.DOTALL)
                assert count == 1
            new.writestr(name, part.encode() if part else old.read(name))
    return out


def test_a_co_author_may_take_the_mark_off_and_it_is_told(draft: work.Built, tmp_path: Path) -> None:
    file = without_mark(draft.files["docx"], tmp_path / "paper.docx")
    verdict = audit_files([file], results=draft.out / "results.json", ledger=draft.out / "ledger.json")[0]
    assert verdict.verdict == "pass", verdict
    assert any("draft is not at the head of the file" in note for note in verdict.notes)


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_a_draft_whose_record_owes_nothing_is_told(form: str, draft: work.Built, tmp_path: Path) -> None:
    ledger = json.loads((draft.out / "ledger.json").read_text(encoding="utf-8"))
    del ledger["furniture"]["draft"]
    ledger["furniture"]["header"] = ledger["furniture"]["header"].removeprefix("DRAFT · ")
    ledger["blocks"] = ledger["blocks"][1:]
    for name in ("figures", "results.json"):
        source = draft.out / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, tmp_path / name)
    (tmp_path / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")
    verdict = audit_files([draft.files[form]], results=tmp_path / "results.json", ledger=tmp_path / "ledger.json")[0]
    assert [look.name for look in verdict.looks] == ["furniture.draft"]
    assert not verdict.passed
    told = {found.name for found in verdict.findings}
    assert "sha256.ledger" in told  # the record in the file differs from that ledger, too
    assert ("furniture.header" in told) == (form != "html")
