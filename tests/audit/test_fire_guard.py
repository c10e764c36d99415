"""The child process in which the command audits: its limits, its end, and what comes back."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import little
import pytest

from report.audit import audit_files
from report.audit.errors import AuditError
from report.cli.app import sentences
from report.errors import ReportError
from report.guard import Limits, guarded, measured

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the guard needs fork")


def refusal(work: Callable[[], Any], limits: Limits | None = None) -> list[str]:
    with pytest.raises(ReportError) as caught:
        guarded(work, sentences, "paper.pdf", limits)
    return list(caught.value.problems)


def test_what_the_work_returned_comes_back() -> None:
    value = {"a": [1, 2.5, None, True], "ü“\ud800": "\x1b[31m"}
    assert guarded(lambda: value, sentences, "paper.pdf") == value
    large = ["x" * 1000] * 50_000
    assert guarded(lambda: large, sentences, "paper.pdf") == large


def test_the_work_is_done_in_another_process() -> None:
    here: list[int] = []
    assert guarded(lambda: here.append(1) or os.getpid(), sentences, "paper.pdf") != os.getpid()
    assert here == []


def test_sentences_come_back_and_faults_keep_their_traceback() -> None:
    def refuse() -> None:
        raise AuditError("paper.pdf is empty.")

    def several() -> None:
        raise ReportError("one", "two")

    def not_there() -> None:
        Path("/nowhere/at/all").read_bytes()

    def fault() -> None:
        raise KeyError("a fault of the program")

    assert refusal(refuse) == ["paper.pdf is empty."]
    assert refusal(several) == ["one", "two"]
    assert refusal(not_there) == ["/nowhere/at/all: No such file or directory."]
    with pytest.raises(RuntimeError, match="KeyError: 'a fault of the program'") as caught:
        guarded(fault, sentences, "paper.pdf")
    assert "in fault\n" in str(caught.value.__cause__)
    with pytest.raises(RuntimeError, match="not JSON serializable"):
        guarded(object, sentences, "paper.pdf")


def test_memory_is_bounded() -> None:
    hoard: list[bytearray] = []

    def greedy() -> None:
        while True:
            hoard.append(bytearray(10_000_000))

    assert refusal(greedy, Limits(memory=500_000_000)) == [
        "paper.pdf could not be audited: reading it took more than the 0.5 GB of memory that are allowed."
    ]
    assert hoard == []


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what a process holds")
def test_what_the_process_held_already_does_not_count(folder: Path) -> None:
    """A test run or a build may hold more than the limit before a file is so much as opened."""
    page = folder / "paper.html"
    page.write_text(little.to_html(little.paper()), encoding="utf-8")
    limits = Limits(memory=300_000_000)

    def ordinary() -> tuple[int, list[str]]:
        return len(bytearray(100_000_000)), [verdict.verdict for verdict in audit_files([page])]

    with mmap.mmap(-1, 1_000_000_000):
        assert guarded(ordinary, sentences, "paper.html", limits) == [100_000_000, ["pass"]]
        refused = refusal(lambda: len(bytearray(400_000_000)), limits)
    assert "more than the 0.3 GB of memory that are allowed" in refused[0]


def test_time_is_bounded() -> None:
    def endless() -> None:
        while True:
            pass

    assert refusal(endless, Limits(seconds=1)) == [
        "paper.pdf could not be audited: it took more than the 1 s of processor time that are allowed."
    ]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL])
def test_a_crash_is_a_sentence(number: signal.Signals) -> None:
    def crash() -> None:
        faulthandler.disable()  # pytest's own, which would print
        os.kill(os.getpid(), number)

    said = refusal(crash)
    assert said == [
        "paper.pdf could not be audited: it is damaged, made to do harm, or takes more than 4 GB of memory: the "
        f"program that read it crashed ({number.name})."
    ]


def test_a_real_crash_and_other_ends_are_sentences() -> None:
    def crash() -> None:
        faulthandler.disable()
        ctypes.string_at(0)

    assert "(SIGSEGV)" in refusal(crash)[0]
    assert "the system ended the process" in refusal(lambda: os.kill(os.getpid(), signal.SIGKILL))[0]
    assert "without an answer (exit code 3)" in refusal(lambda: os._exit(3))[0]


def test_the_child_writes_no_file(tmp_path: Path) -> None:
    target = tmp_path / "written"
    assert refusal(lambda: target.write_bytes(b"12345")) == ["A file: File too large."]
    assert not target.exists() or target.read_bytes() == b""


def test_what_it_took_is_measured() -> None:
    done = measured(lambda: len(bytearray(200_000_000)), sentences, "paper.pdf")
    assert done.value == 200_000_000
    assert done.memory > 200_000_000
    assert 0 < done.seconds < 60


def test_an_interrupted_parent_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[int] = []
    fork = os.fork

    def noted() -> int:
        children.append(fork())
        if children[-1]:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        return children[-1]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fork", noted)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            guarded(signal.pause, sentences, "paper.pdf")
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(children[0], 0)


def test_without_fork_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert guarded(os.getpid, sentences, "paper.pdf") == os.getpid()


# -- the command ------------------------------------------------------------------------------------------------------


def command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "report", "audit", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_the_command_tells_verdicts_and_refusals(folder: Path) -> None:
    page = folder / "paper.html"
    page.write_text(little.to_html(little.paper()), encoding="utf-8")
    done = command(page, "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["verdict"] == "pass"
    page.write_text(page.read_text(encoding="utf-8").replace("77.3", "78.3"), encoding="utf-8")
    done = command(page, cwd=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert "ALTERED “78.3”" in done.stdout
    page.write_bytes(b"")
    done = command(page, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "paper.html is empty.\n")


def test_a_large_verdict_comes_back_whole(folder: Path) -> None:
    page = folder / "paper.html"
    many = "".join(f"<p>The value was {k}.5.</p>" for k in range(5_000))
    page.write_text(little.to_html(little.paper()).replace("</body>", many + "</body>"), encoding="utf-8")
    done = command(page, "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert len(json.loads(done.stdout)["files"][0]["findings"]) >= 5_000


def test_a_text_that_cannot_be_printed_is_told(folder: Path) -> None:
    """Half a surrogate pair is fine in JSON and in nothing else."""
    page, ledger = folder / "paper.html", folder / "ledger.json"
    page.write_text(little.to_html(little.paper()), encoding="utf-8")
    name = "adl.month_6.control.mean"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace(name, name + r"\ud800"), encoding="utf-8")
    for options in ([], ["--json"]):
        done = command(page, *options, cwd=folder)
        assert (done.returncode, done.stderr) == (1, "")
        assert r"\ud800" in done.stdout


def test_a_file_cannot_speak_to_the_terminal(folder: Path) -> None:
    page, evil = folder / "paper.html", "\x1b[2J\x1b]0;title\x07 \x9b31m \u202e5"
    page.write_text(little.to_html(little.paper()), encoding="utf-8")
    ledger = folder / "ledger.json"
    name = "adl.month_6.control.mean"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace(name, name + json.dumps(evil)[1:-1]), encoding="utf-8")
    done = command(page, cwd=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert name + "\ufffd[2J" in done.stdout
    assert not set(evil) & set(done.stdout) - set(" 0123456789[];Jtitlem")
    assert json.loads(command(page, "--json", cwd=folder).stdout)["verdict"] == "fail"
    ledger.write_text(json.dumps({"schema": evil}), encoding="utf-8")
    assert "\x1b" not in command(page, cwd=folder).stderr


def test_the_audit_opens_no_socket_and_writes_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    papers = {
        "paper.html": little.to_html(little.paper()).encode(),
        "paper.docx": little.to_docx(little.paper()),
        "paper.pdf": little.to_pdf(little.paper(), folder),
    }
    for name, data in papers.items():
        (folder / name).write_bytes(data)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert all(verdict.passed for verdict in audit_files([folder / name for name in papers]))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
