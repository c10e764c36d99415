"""``everynumber check STUDY``: the study file, its data and the author's words are checked, nothing is built."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.cli.app import app, progress, study_folder
from report.errors import printable


@app.command()
def check(study: Annotated[Path, typer.Argument(help="Folder that holds study.yml", metavar="STUDY")]) -> None:
    """Check a study's file, its data and its words; build nothing."""
    folder = study_folder(study)
    with progress() as show:
        show("reading the study and its data")
        from analysis.faults import Fault, StudyError
        from analysis.load import read_data
        from analysis.study import read_study
        from report.compose import prose_files
        from report.templating import typed_in_prose
        from report.wording.study import judge

        declared, faults = read_study(folder)
        if declared is None:
            raise StudyError(faults)
        data, more = read_data(declared, faults)
        if faults:  # what is not a whole study cannot be asked what it can carry
            raise StudyError([*faults, *more])
        plain = declared.model_dump(mode="json")
        prose = prose_files(plain, folder)
        judged = judge(plain, prose, declared.lines)
        typed, broken = typed_in_prose(prose)
        words = [Fault(where, what) for where, _, what in (one.partition(": ") for one in broken)]
        words += [Fault(one.place, one.what, one.cure) for one in typed]
        words += [Fault(remark.where, remark.what, remark.cure) for remark in judged.remarks]
        if more or words:
            raise StudyError([*more, *words])
    from report.build import facts_of
    from report.checklist.page import owed_sentence
    from report.checklist.states import debts

    owed = debts(facts_of(declared))
    rows = ", ".join(f"{name} {len(frame)}" for name, frame in data.frames.items())
    for one in judged.overruled:
        typer.echo(printable(str(one)))
    typer.echo(f"{declared.folder.name}: the study file and its data are in order. Rows: {rows}.")
    if owed:
        typer.echo(f"The reporting checklist needs input of the author for {len(owed)} of its items:")
        for of, state in owed:
            typer.echo(printable(f"- {owed_sentence(of, state)}"))
