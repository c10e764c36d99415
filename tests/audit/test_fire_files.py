"""Hostile and broken files: each ends in a verdict or a sentence, within limits, and none passes that should not."""

from __future__ import annotations

import faulthandler
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fire_corpus
import little
import pytest
from fire_corpus import DIGITS, HARMLESS, HTML, PDF, REFUSED, WORD

from report.audit import audit_files, text_of, to_json
from report.cli.app import sentences
from report.errors import ReportError
from report.guard import Limits, measured

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the guard needs fork")

LIMITS = Limits(memory=1_500_000_000, seconds=20)
SMALL = Limits(memory=300_000_000, seconds=20)
TIGHTER = {
    "a pattern that paints with itself": Limits(memory=1_500_000_000, seconds=1),
    "a form that draws itself": SMALL,
    "forms in forms, ten thousand million in the end": SMALL,
    "a content of 2 GB, packed twice": SMALL,
}
"""Files that end by a limit, whatever it is: a small one, which is sooner reached."""
FILES = [(form, name) for form, corpus in (("docx", WORD), ("pdf", PDF), ("html", HTML)) for name in corpus]
CORPUS = {"docx": WORD, "pdf": PDF, "html": HTML}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little.write(tmp_path_factory.mktemp("fire"))


def outcome(path: Path, limits: Limits = LIMITS) -> tuple[str, dict[str, Any]]:
    """The sentence, or the record of the verdict. A fault of the program (RuntimeError) fails the test."""

    def work() -> dict[str, Any]:
        faulthandler.disable()  # pytest's own, which would print
        record = to_json(audit_files([path]))
        text_of(record)
        return record

    try:
        return "", measured(work, sentences, path.name, limits).value
    except ReportError as refusal:
        assert len(refusal.problems) == 1
        return refusal.problems[0], {}


@pytest.mark.parametrize(("form", "name"), FILES, ids=[f"{form}: {name}" for form, name in FILES])
def test_a_hostile_file_ends_in_a_verdict_or_a_sentence(form: str, name: str, home: Path) -> None:
    path = home / f"paper.{form}"
    path.write_bytes(CORPUS[form][name]())
    sentence, record = outcome(path, TIGHTER.get(name, LIMITS))
    if sentence:
        assert sentence.startswith(("paper.", "Table ")) and sentence.endswith((".", ")")) and "\n" not in sentence
    else:
        assert record["verdict"] in ("fail", "look") or name in HARMLESS
    if form != "docx" or name != "levels without end":  # which the XML parser ends by itself
        assert REFUSED.get(name, "") in sentence


def test_what_is_known_of_the_corpus_is_known_of_its_files() -> None:
    assert {*REFUSED, *HARMLESS, *TIGHTER} <= {name for _, name in FILES}
    assert not {*REFUSED} & HARMLESS


# -- nothing comes in, nothing goes out -------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An address, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(DIGITS.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{one.server_port}/asked", asked
        one.shutdown()
        thread.join()


WITH_ADDRESS = [
    ("docx", "an entity that is a file, beyond the first bytes"),
    ("docx", "a document type with an outside subset, in a relationship part"),
    ("docx", "XInclude"),
    ("docx", "relationships to the outside"),
    ("pdf", "scripts and programs to start"),
    ("html", "svg in a data URL that names a file"),
    ("html", "a document type with entities"),
    ("html", "addresses in every place"),
]


def test_no_address_in_a_file_is_asked_for_anything(
    home: Path, tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = server
    secret = tmp_path / "secret.txt"
    secret.write_text(DIGITS, encoding="utf-8")
    for where in (address, secret.as_uri(), str(secret)):
        monkeypatch.setattr(fire_corpus, "ADDRESS", where)
        for form, name in WITH_ADDRESS:
            data = CORPUS[form][name]()
            assert form == "docx" or name.startswith("svg") or where.encode() in data
            (home / f"paper.{form}").write_bytes(data)
            sentence, record = outcome(home / f"paper.{form}")
            assert DIGITS not in json.dumps(record) + sentence
    assert asked == []
    with urllib.request.urlopen(address) as answer:  # the server would have told
        assert answer.read().decode() == DIGITS
    assert asked == ["/asked"]


def test_the_command_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    """Run in an empty folder, with an empty folder for temporary files and another as home."""
    folders = [tmp_path / name for name in ("here", "temporary", "home")]
    for folder in folders:
        folder.mkdir()
    names = ["relationships to the outside", "scripts and programs to start", "addresses in every place"]
    for form, name in zip(("docx", "pdf", "html"), names, strict=True):
        (home / f"paper.{form}").write_bytes(CORPUS[form][name]())
    before = sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-B", "-m", "report", "audit", *(home / f"paper.{form}" for form in CORPUS)],
        cwd=folders[0],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TMPDIR": str(folders[1]),
            "HOME": str(folders[2]),
        },
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*")) == before
    assert [list(folder.iterdir()) for folder in folders] == [[], [], []]


def test_what_is_no_ordinary_file_is_refused(home: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)
    assert outcome(pipe)[0] == "paper.pdf is not an ordinary file."
    endless = tmp_path / "paper.html"
    endless.symlink_to("/dev/zero")
    assert outcome(endless)[0] == "paper.html is not an ordinary file."
    circle = tmp_path / "paper.docx"
    circle.symlink_to(circle)
    assert "paper.docx" in outcome(circle)[0]
    page = tmp_path / "page.html"
    page.write_text(little.to_html(little.paper()), encoding="utf-8")
    (tmp_path / "results.json").write_bytes((home / "results.json").read_bytes())
    os.mkfifo(tmp_path / "ledger.json")
    assert "ledger.json" in outcome(page)[0]
