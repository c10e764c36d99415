"""``everynumber audit FILE…``: finished files against results and ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from report.cli.app import FINDINGS, app, sentences, study_folder
from report.guard import guarded


@app.command()
def audit(
    files: Annotated[list[Path], typer.Argument(help="Finished papers: PDF, HTML or DOCX", metavar="FILE...")],
    results: Annotated[Path | None, typer.Option(help="results.json; by default the one beside FILE")] = None,
    ledger: Annotated[Path | None, typer.Option(help="ledger.json; by default the one beside FILE")] = None,
    study: Annotated[Path | None, typer.Option(help="The study's folder, for study.yml and the references")] = None,
    recompute: Annotated[
        Path | None, typer.Option(help="A study's folder: analyse its data again and judge the whole chain from them")
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
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1) if as_json else text)
    raise typer.Exit(0 if record["verdict"] == "pass" else FINDINGS)
