"""``everynumber record FILE``: the record that a finished file carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import app, sentences
from report.guard import guarded


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="A finished paper: PDF, HTML or DOCX", metavar="FILE")],
) -> None:
    """Print the record that a finished paper carries, byte for byte: ledger, results and hashes as JSON."""
    from report.audit import AuditError

    def work() -> str:
        from report.audit.record import record_of

        found = record_of(file)
        if found is None:
            raise AuditError(
                f"{file.name} carries no record: everynumber did not write it, or another program saved it."
            )
        return found.raw.decode("utf-8")

    typer.echo(guarded(work, sentences, file.name), nl=False)
