"""``everynumber check STUDY``: the study file and its data are read and checked, nothing is built."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import app, progress, study_folder


@app.command()
def check(study: Annotated[Path, typer.Argument(help="Folder that holds study.yml", metavar="STUDY")]) -> None:
    """Check a study's file and data; build nothing."""
    folder = study_folder(study)
    with progress() as show:
        show("reading the study and its data")
        from analysis.load import load_folder

        declared, data = load_folder(folder)
    rows = ", ".join(f"{name} {len(frame)}" for name, frame in data.frames.items())
    typer.echo(f"{declared.folder.name}: the study file and its data are in order. Rows: {rows}.")
