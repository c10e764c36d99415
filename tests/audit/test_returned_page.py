"""The audit's HTML page: whole in itself, safe, with what the record tells; its filters in a real browser."""

# ruff: noqa: E501  (a browser's command)
from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import little
import lxml.html
import pytest

from report.audit import audit_files, to_json
from report.audit.page import MEANS, SIGNS, page_of
from report.audit.verdict import VERDICTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NASTY = "<script>alert(1)</script>\"'&"


def record(folder: Path, docx: bytes | None = None) -> dict[str, Any]:
    items = little.change_text(little.paper(), "77.3 (8.9)", "77.9 (8.9)")
    (folder / "paper.html").write_bytes(little.to_html(items).encode())
    (folder / "paper.docx").write_bytes(docx or little.to_docx(items))
    return to_json(audit_files([folder / "paper.html", folder / "paper.docx"]))


def test_each_finding_in_its_sentence(folder: Path) -> None:
    told = record(folder)
    page = lxml.html.fromstring(page_of(told))
    items = page.find_class("item")
    changed = [item for item in items if item.get("data-verdict") == "altered"]
    assert len(changed) == 2
    for item in changed:
        [mark] = item.findall(".//mark")
        assert mark.text == "77.9"
        assert item.find(".//del").text == "77.3"
        assert "Table 1, row 2, column 2" in item.text_content()
        assert "≠ altered" in item.text_content()  # never colour alone
    assert [h.text_content().strip() for h in page.findall(".//h2")] == ["Fail paper.html", "Fail paper.docx"]


def test_a_number_that_stands_twice_in_its_sentence_is_marked_where_it_was_changed(folder: Path) -> None:
    items = little.change_text(little.paper(), "2.0 to 10.1; P", "6.1 to 10.1; P")
    (folder / "paper.html").write_bytes(little.to_html(items).encode())
    page = lxml.html.fromstring(page_of(to_json(audit_files([folder / "paper.html"]))))
    marks = {mark.getprevious() is None and mark.getparent().text.rstrip()[-6:] for mark in page.iter("mark")}
    assert marks == {"95% CI"}


def test_every_verdict_has_a_sign_and_a_meaning() -> None:
    assert set(SIGNS) == set(MEANS) == {*VERDICTS, "accounted", "comment"}
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_nothing_from_outside_and_a_policy_that_forbids_it(folder: Path) -> None:
    page = page_of(record(folder))
    assert not re.search(r"""(src|href|action|data)\s*=\s*["']|url\(|@import|https?:|//[a-z]""", page)
    assert page.count("<script>") == page.count("<style>") == 1
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for name in ("style", "script"):
        text = page.split(f"<{name}>")[1].split(f"</{name}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy.group(1)
    assert "default-src 'none'" in policy.group(1)
    assert not re.search(r"\son[a-z]+=|style=", re.sub("<script>.*?</script>|<style>.*?</style>", "", page, flags=re.S))


def test_what_a_file_says_stays_text() -> None:
    finding = dict.fromkeys(("text", "where", "expected", "name", "why", "context", "tracked", "by", "when"), NASTY)
    told = {
        "verdict": "fail",
        "files": [{
            "file": NASTY, "format": "docx", "verdict": "fail", "numbers": 1, "claims": 0, "by_class": {NASTY: 1},
            "findings": [{"verdict": NASTY, **finding, "rule": NASTY, "at": [0, 8]}], "looks": [], "notes": [NASTY],
            "returned": {"tracked": 1, "authors": {NASTY: 1}, "changes": [], "comments": [
                {"text": NASTY, "by": NASTY, "where": NASTY, "when": NASTY}]},
        }],
        "chain": [{"link": NASTY, "verdict": NASTY, "said": NASTY}],
    }  # fmt: skip
    page = page_of(told)
    assert page.count("<script>") == 1
    tree = lxml.html.fromstring(page)
    assert NASTY in tree.text_content()
    for element in tree.iter():
        assert not {name for name in element.attrib if name.startswith("on")}


def test_a_clean_record(folder: Path) -> None:
    (folder / "paper.html").write_bytes(little.to_html(little.paper()).encode())
    page = page_of(to_json(audit_files([folder / "paper.html"])))
    assert "Nothing was found." in page
    assert 'class="filters"' not in page


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("chosen", ["", "missing"])
def test_the_filters_in_a_browser(chosen: str, folder: Path) -> None:
    """The page's own script runs under the page's own policy; a choice made by a second, test-only script."""
    items = little.change_text(little.paper(), "77.3 (8.9)", "77.9")
    (folder / "paper.html").write_bytes(little.to_html(items).encode())
    told = to_json(audit_files([folder / "paper.html"]))
    verdicts = [finding["verdict"] for finding in told["files"][0]["findings"]]
    assert {"missing", "altered"} <= set(verdicts)
    page = page_of(told)
    if chosen:
        click = f'var f = document.querySelector("[data-key=verdict]"); f.value = "{chosen}"; f.form.dispatchEvent(new Event("input"));'
        digest = base64.b64encode(hashlib.sha256(click.encode()).digest()).decode()
        page = page.replace("script-src ", f"script-src 'sha256-{digest}' ").replace(
            "</body>", f"<script>{click}</script></body>"
        )
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    tree = lxml.html.fromstring(done.stdout)
    assert tree.find(".//form").get("hidden") is None
    shown = [item.get("data-verdict") for item in tree.find_class("item") if item.get("hidden") is None]
    assert shown == ([verdict for verdict in verdicts if verdict == chosen] if chosen else verdicts)
    assert tree.find(".//output").text == f"{len(shown)} of {len(verdicts)} shown"


def test_the_command_writes_it(folder: Path) -> None:
    record(folder)
    page = folder / "report.html"
    command = [sys.executable, "-c", "from report.cli.app import main; main()", "audit", str(folder / "paper.docx")]
    for _ in range(2):  # the second time over the first page
        done = subprocess.run([*command, "--report", str(page), "--json"], capture_output=True, text=True, timeout=120)
        assert done.returncode == 1, done.stderr
        assert json.loads(done.stdout)["verdict"] == "fail"
        assert "Audit of paper.docx" in page.read_text(encoding="utf-8")
        assert [p.name for p in folder.iterdir() if "report" in p.name] == ["report.html"]  # nothing left beside it


@pytest.mark.parametrize("name", ["paper.html", "paper.docx"])
def test_it_is_never_written_over_a_paper(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from report.cli.audit import write_page

    record(folder)
    before = (folder / name).read_bytes()
    with pytest.raises(SystemExit) as stop:
        write_page(folder / name, "page")
    assert stop.value.code == 2
    assert (folder / name).read_bytes() == before
    said = capsys.readouterr().err
    assert ("is not written over" if name.endswith("html") else "ends in .html") in said
