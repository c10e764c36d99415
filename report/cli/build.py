"""``everynumber build STUDY``: data in, audited paper out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import FINDINGS, app, progress, study_folder
from report.errors import printable


@app.command()
def build(
    study: Annotated[Path, typer.Argument(help="Folder that holds study.yml", metavar="STUDY")],
    to: Annotated[str, typer.Option(help="Formats, with commas between")] = "pdf,html,docx",
    engine: Annotated[str, typer.Option(help="auto, quarto or embedded")] = "auto",
    style: Annotated[str | None, typer.Option(help="Journal style; by default the study's own")] = None,
    out: Annotated[Path | None, typer.Option(help="Output folder; by default _output/<study>")] = None,
    results: Annotated[
        Path | None, typer.Option(help="results.json that another program made; the study's data are not read")
    ] = None,
) -> None:
    """Build the paper of a study and audit every number in it."""
    from report import build as work

    folder = study_folder(study)
    formats = work.parse_formats(to)
    with progress() as show:
        built = work.build(folder, formats=formats, engine=engine, style=style, out=out, results=results, progress=show)
    from report.audit import text_of

    verdict = "PASS, every number accounted for" if built.passed else "FAIL, see the findings above"
    names = ", ".join(path.name for path in built.files.values())
    typer.echo(text_of(built.audit))
    for sentence in built.overruled:
        typer.echo(printable(sentence))
    if built.owed:
        typer.echo(printable(work.owed_line(len(built.owed), str(study), marked=built.draft)))
    typer.echo(f"{'Unchanged' if built.reused else 'Built'}: {names} in {work.shown(built.out)}. Audit: {verdict}.")
    raise typer.Exit(0 if built.passed else FINDINGS)
