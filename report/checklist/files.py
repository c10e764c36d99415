"""Writes the filled checklist beside a paper: checklist.pdf, checklist.html, checklist.docx and checklist.json."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from report.checklist.finding import located
from report.checklist.page import body
from report.checklist.record import to_json
from report.checklist.states import Checklist, Facts, fill, places_of
from report.render import embedded
from report.render.project import Manuscript, write_project

FORMATS = ("pdf", "html", "docx")
NAME = "checklist"


def filled(
    ledger: Mapping[str, Any], facts: Facts, files: Mapping[str, Path], *, lines: bool = False
) -> tuple[Checklist, ...]:
    """The checklists of a paper, from its ledger (as in ledger.json), its study file and its finished files by format.
    With ``lines``, and where LibreOffice is on the path, places have the line of the Word file."""
    blocks = ledger["blocks"]
    return fill(facts, located(blocks, places_of(blocks), files, lines=lines))


def write(
    folder: Path,
    checklists: Sequence[Checklist],
    ledger: Mapping[str, Any],
    facts: Facts,
    files: Mapping[str, Path],
    formats: Sequence[str] = FORMATS,
) -> dict[str, Path]:
    """Renders the checklists in ``folder``; gives the files by format, and the record as "json"."""
    study = facts.study
    header = ledger["furniture"]["header"]
    with_lines = any(place.line is not None for one in checklists for state in one.states for place in state.places)
    title = " ".join(str(study["title"]).split())
    date = str(study["dates"]["document"])
    manuscript = Manuscript(
        body=body(checklists, title, date, with_lines=with_lines, files=sorted(path.name for path in files.values())),
        title=f"Reporting checklist: {title}",
        date=dt.date.fromisoformat(date),
        authors=tuple(author["name"] for author in study["authors"]),
        short_title=f"Checklist: {study['short_title']}",
        header_text=f"Checklist · {header}",
        simulated=ledger["furniture"].get("notice") or None,
        line_numbers=False,
        double_spacing=False,
    )
    write_project(folder, manuscript)
    made = dict(embedded.render(folder, formats))
    out = {}
    for form, path in made.items():
        out[form] = path.replace(path.with_name(f"{NAME}.{form}"))
    out["json"] = folder / f"{NAME}.json"
    out["json"].write_text(to_json(checklists), encoding="utf-8")
    return out
