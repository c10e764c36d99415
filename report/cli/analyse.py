"""``everynumber analyse STUDY``: results.json and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import app, progress, study_folder


@app.command()
def analyse(
    study: Annotated[Path, typer.Argument(help="Folder that holds study.yml", metavar="STUDY")],
    out: Annotated[Path | None, typer.Option(help="Output folder; by default _output/<study>")] = None,
) -> None:
    """Compute the results of a study and write results.json."""
    folder = study_folder(study)
    with progress() as show:
        show("computing the results")
        from analysis.pipeline import analyse_folder

        results = analyse_folder(folder)
    target = (out or Path("_output") / folder.resolve().name) / "results.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    results.write(target)
    missing = sum(s["value"] is None for s in results.statistics.values())
    typer.echo(f"{target}: {len(results.statistics)} statistics, {missing} of them not estimable.")
