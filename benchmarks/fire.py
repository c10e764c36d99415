"""Time and memory that hostile files take: the corpus of tests/audit/fire_corpus.py at its full size, each file audited
in the command's guarded child.

    python benchmarks/fire.py                      every file; some minutes
    python benchmarks/fire.py --only "many runs"   files whose name holds these words
    python benchmarks/fire.py --seconds 60         the child's limit of processor time, 300 by default

Files that a limit ended are named apart: what they took is the limit.
"""

# ruff: noqa: E402  (the corpus lies among the tests)

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("EVERYNUMBER_FIRE", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / part) for part in ("", "tests/audit")]

import fire_corpus
import little

from report.audit import audit_files, text_of, to_json
from report.cli.app import sentences
from report.errors import ReportError
from report.guard import Limits, measured

Row = tuple[float, int, str, str]
"""Seconds of processor time, bytes, the file's name, what came of it."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=int, default=Limits().seconds)
    given = parser.parse_args()
    limits = Limits(seconds=given.seconds)
    with tempfile.TemporaryDirectory() as scratch:
        home = little.write(Path(scratch) / "paper")
        for form, corpus in (("docx", fire_corpus.WORD), ("pdf", fire_corpus.PDF), ("html", fire_corpus.HTML)):
            rows, ended = [], []
            for name, maker in corpus.items():
                if given.only not in name:
                    continue
                path = home / f"paper.{form}"
                path.write_bytes(maker())
                row = _audited(path, name, limits)
                (ended if row[1] == 0 else rows).append(row)
                print(f"  {form:5}{name[:60]:62}{row[0]:7.1f} s{row[1] / 1e6:8.0f} MB  {row[3][:90]}", flush=True)
            _tell(form, rows, ended)


def _audited(path: Path, name: str, limits: Limits) -> Row:
    """What came of a file, in a child that also turns a refusal into a value, so that what it took is known."""

    def work() -> str:
        from report.audit.errors import AuditError

        try:
            record: dict[str, Any] = to_json(audit_files([path]))
        except AuditError as refusal:
            return str(refusal)
        text_of(record)
        return f"{record['verdict']}, {len(record['files'][0]['findings'])} findings"

    try:
        done = measured(work, sentences, path.name, limits)
    except ReportError as refusal:
        return 0.0, 0, name, str(refusal)
    return done.seconds, done.memory, name, done.value


def _tell(form: str, rows: list[Row], ended: list[Row]) -> None:
    print(f"{form}: {len(rows)} files read or refused, {len(ended)} ended by a limit")
    if rows:
        slow, large = max(rows), max(rows, key=lambda row: row[1])
        print(f"  most time: {slow[0]:.1f} s, {slow[2]}")
        print(f"  most memory: {large[1] / 1e6:.0f} MB, {large[2]}")
    for row in ended:
        print(f"  ended: {row[2]}: {row[3]}")


if __name__ == "__main__":
    main()
