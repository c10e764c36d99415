"""``everynumber audit FILE…``: finished files against results and ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from report.cli.app import FINDINGS, app, sentences
from report.guard import guarded


@app.command()
def audit(
    files: Annotated[list[Path], typer.Argument(help="Finished papers: PDF, HTML or DOCX", metavar="FILE...")],
    results: Annotated[Path | None, typer.Option(help="results.json; by default the one beside FILE")] = None,
    ledger: Annotated[Path | None, typer.Option(help="ledger.json; by default the one beside FILE")] = None,
    study: Annotated[Path | None, typer.Option(help="The study's folder, for study.yml and the references")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON")] = False,
) -> None:
    """Audit finished papers: every number and claim against the computed results."""
    from report.audit import audit_files, text_of, to_json

    def work() -> dict[str, Any]:
        return to_json(audit_files(files, results=results, ledger=ledger, study=study))

    record = guarded(work, sentences, ", ".join(file.name for file in files))
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1) if as_json else text_of(record))
    raise typer.Exit(0 if record["verdict"] == "pass" else FINDINGS)
