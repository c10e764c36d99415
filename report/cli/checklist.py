"""``everynumber checklist STUDY``: the filled reporting checklist of a study's paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import FINDINGS, app, progress, study_folder
from report.errors import printable


@app.command()
def checklist(
    study: Annotated[Path, typer.Argument(help="Folder that holds study.yml", metavar="STUDY")],
    out: Annotated[Path | None, typer.Option(help="Output folder; by default _output/<study>")] = None,
) -> None:
    """Fill the reporting checklist of a study's paper: what is reported where, and what the author still owes."""
    from report import build as work

    folder = study_folder(study)
    with progress() as show:
        built = work.build(folder, out=out, progress=show)
        show("reading the lines of the Word file")
        built = work.number_lines(built, folder)
    for sentence in built.owed:
        typer.echo(printable(sentence))
    typer.echo(printable(f"{built.checklist}."))
    typer.echo(f"Filled: checklist.pdf, checklist.html, checklist.docx and checklist.json in {work.shown(built.out)}.")
    raise typer.Exit(0 if built.passed else FINDINGS)
