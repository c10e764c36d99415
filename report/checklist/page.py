"""The filled checklist as a document: one table a guideline, in Markdown, for the engine that makes the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report.checklist.guidelines import MAIN, Guideline, guideline
from report.checklist.states import NOT_APPLICABLE, NOT_DONE, OWED, REPORTED, Checklist, Place, State, owed_items
from report.markdown import CELL, escape
from report.tables import Table, grid_safe, parse_rows, to_grid

_ALIGN = ("left", "left", "left", "left", "left", "left")
_WIDTHS = "10,84,58,52,20,22"  # millimetres of a page on its side
_MOST_PLACES = 4
_COUNTED = {
    REPORTED: "reported",
    NOT_DONE: "not done or not reported, and said so",
    NOT_APPLICABLE: "not applicable",
    OWED: "to be filled by the author",
}


@dataclass(frozen=True)
class Where:
    """The places of one row: sections, with pages and lines in step."""

    sections: tuple[str, ...]
    pages: tuple[str, ...]
    lines: tuple[str, ...]
    more: int = 0


def body(checklists: Sequence[Checklist], title: str, date: str, *, with_lines: bool, files: Sequence[str]) -> str:
    """The Markdown of the document: title, what it says, what is owed, a table a guideline with its attribution."""
    owed = owed_items(checklists)
    named = " and ".join(guideline(one.guideline).name for one in checklists if one.guideline in MAIN)
    parts = ["::: {.paper-title}", f"Reporting checklist: {escape(named)}", ":::"]
    parts += ["::: {.correspondence}", f"{escape(title)}", f"Date of the paper: {escape(date)}", ":::"]
    parts += [escape(_told(len(owed), with_lines, files))]
    parts += ["\n".join(f"- {escape(owed_sentence(of, state))}" for of, state in owed)] if owed else []
    parts += ["The lists and their items:", "\n".join(f"- {escape(counted(one))}" for one in checklists)]
    for number, one in enumerate(checklists, 1):
        parts.append(_table(one, number, with_lines))
    return "\n\n".join(parts) + "\n"


def counted(checklist: Checklist) -> str:
    """'CONSORT 2025: 42 items; 33 reported, 5 not applicable, 4 to be filled by the author.'"""
    states = [one.state for one in checklist.states]
    parts = [f"{states.count(state)} {words}" for state, words in _COUNTED.items() if state in states]
    return f"{guideline(checklist.guideline).name}: {len(states)} items; {', '.join(parts)}."


def owed_sentence(of: str, state: State) -> str:
    """'Item 18 (Allocation concealment mechanism): fill reporting.concealment.' Items of other lists than that of
    CONSORT bear its name."""
    beside = "" if of == "consort" else f" of {guideline(of).name}"
    return f"Item {state.item.id}{beside} ({state.item.topic}): fill {', '.join(state.keys)}."


def _told(owed: int, with_lines: bool, files: Sequence[str]) -> str:
    last = (
        "Lines are those of the line-numbered Word file as LibreOffice lays it out."
        if with_lines
        else "Numbers in the last column count the paragraphs of the Word file, cells of tables included (its lines "
        "exist only in a layout, for which everynumber checklist needs LibreOffice)."
    )
    found = (
        f"Each place was found in the finished files ({', '.join(files)}), where the words stand that answer the item."
    )
    if any(name.endswith(".pdf") for name in files):
        found += " Pages are those of the PDF."
    if any(name.endswith(".docx") for name in files):
        found += f" {last}"
    debts = (
        "Nothing is left for the author to fill."
        if not owed
        else f"{'One item needs' if owed == 1 else f'{owed} items need'} input of the author:"
    )
    return f"{found} {debts}"


def _table(checklist: Checklist, number: int, with_lines: bool) -> str:
    of = guideline(checklist.guideline)
    heads = CELL.join(["Item", "What is asked", "State", "Section", "Page", "Line" if with_lines else "Para."])
    rows: list[str] = []
    section = ""
    for state in checklist.states:
        if state.item.section != section:
            section = state.item.section
            rows.append(f"**{escape(section)}**")
        rows.append(_row(state, with_lines))
    table = Table(
        id=f"table-{of.id}",
        number=number,
        caption="",
        header=parse_rows([heads], len(_ALIGN), "the checklist"),
        body=parse_rows(rows, len(_ALIGN), "the checklist"),
        notes=(),
        align=_ALIGN,
    )
    return "\n\n".join(
        [
            f':::: {{.table #{table.id} widths="{_WIDTHS}" wide="yes" align="{",".join(_ALIGN)}"}}',
            "::: {.table-caption}",
            f"**{escape(of.name)}.**",
            ":::",
            to_grid(table, grid_safe),
            "::: {.table-note}",
            *_notes(of),
            ":::",
            "::::",
        ]
    )


def _notes(of: Guideline) -> list[str]:
    notes = [f"Wording of the items: {of.wording} {of.attribution}"]
    if any(item.paraphrased for item in of.items):
        notes.insert(0, "† Paraphrased: not the wording of the guideline.")
    return [str(escape(note)) for note in notes]


def _row(state: State, with_lines: bool) -> str:
    item = state.item
    wording = " ".join(item.text.replace("\n- ", "; ").replace(":;", ":").split())
    asked = f"**{escape(item.topic)}:** {escape(wording)}" + ("†" if item.paraphrased else "")
    where = _where(state, with_lines)
    more = f" and {where.more} more" if where.more else ""
    cells = [
        escape(item.id),
        asked,
        escape(said(state)),
        escape("; ".join(where.sections) + more),
        escape(", ".join(where.pages)),
        escape(", ".join(where.lines)),
    ]
    return CELL.join(map(str, cells))


def said(state: State) -> str:
    """The state of an item in words, with the reason or the keys to fill."""
    if state.state == NOT_APPLICABLE:
        return f"Not applicable: {state.reason}."
    if state.state == OWED:
        return f"Author input needed: {', '.join(state.keys)} ({state.reason})."
    if state.state == NOT_DONE:
        return "Not reported, and said so" if state.reason else "Not done, and said so"
    return "Reported"


def _where(state: State, with_lines: bool) -> Where:
    """The places outside the abstract (where there are others), a section each, in the paper's order."""
    told = [place for place in state.places if place.section != "Abstract"] or list(state.places)
    if "1b" in state.item.answered_by:
        told = list(state.places)
    sections = list(dict.fromkeys(_section(place) for place in told))
    shown = sections[:_MOST_PLACES]
    kept = [place for place in told if _section(place) in shown]
    numbers = [place.line if with_lines else place.paragraph for place in kept]
    return Where(
        tuple(shown),
        tuple(map(str, dict.fromkeys(place.page for place in kept if place.page is not None))),
        tuple(map(str, dict.fromkeys(n for n in numbers if n is not None))),
        len(sections) - len(shown),
    )


def _section(place: Place) -> str:
    return place.section.replace(" > ", ", ") or "Title"
