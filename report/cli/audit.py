"""``everynumber audit FILE…``: finished files against results and ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from report.cli.app import FINDINGS, app, fail, sentences, study_folder
from report.errors import printable
from report.guard import guarded

PAGE_MARK = b'name="generator" content="everynumber audit"'


@app.command()
def audit(
    files: Annotated[list[Path], typer.Argument(help="Finished papers: PDF, HTML or DOCX", metavar="FILE...")],
    results: Annotated[Path | None, typer.Option(help="results.json; by default the one beside FILE")] = None,
    ledger: Annotated[Path | None, typer.Option(help="ledger.json; by default the one beside FILE")] = None,
    study: Annotated[Path | None, typer.Option(help="The study's folder, for study.yml and the references")] = None,
    recompute: Annotated[
        Path | None, typer.Option(help="A study's folder: analyse its data again and judge the whole chain from them")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="An HTML page to write: each finding and change in its sentence, with filters")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON")] = False,
) -> None:
    """Audit finished papers: every number and claim against the computed results."""
    what = ", ".join(file.name for file in files)
    if recompute is not None:
        from report.chain import guarded_chain, text_of_chain

        record = guarded_chain(files, study_folder(recompute), sentences, what, results=results, ledger=ledger)
        text = text_of_chain(record)
    else:
        from report.audit import audit_files, text_of, to_json

        def work() -> dict[str, Any]:
            return to_json(audit_files(files, results=results, ledger=ledger, study=study))

        record = guarded(work, sentences, what)
        text = text_of(record)
    if report is not None:
        from report.audit.page import page_of

        write_page(report, page_of(record))
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1) if as_json else printable(text))
    raise typer.Exit(0 if record["verdict"] == "pass" else FINDINGS)


def write_page(path: Path, page: str) -> None:
    """Writes a page beside its place and renames it, so that a page that stands there is whole. Never over a paper."""
    if path.suffix.lower() not in (".html", ".htm"):
        fail(f"The report {path} would be an HTML page: name a file that ends in .html.")
    if path.is_file() and PAGE_MARK not in path.read_bytes()[:2000]:
        fail(f"{path} is not a report of an audit, and is not written over. Name another file.")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
