"""``everynumber init FOLDER --from DATA``: a first study.yml from a look at the data."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from report.cli.app import app, fail, progress

if TYPE_CHECKING:
    from analysis.guess import ColumnGuess, OutcomeGuess, StudyGuess, TableGuess
    from analysis.readers import Form, Table

FILL = "FILL IN: "


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; nothing in it is overwritten", metavar="FOLDER")],
    data: Annotated[list[Path], typer.Option("--from", help="A data file; may be given several times")],
    arm: Annotated[str | None, typer.Option(help="The column that names each patient's group")] = None,
    patient: Annotated[str | None, typer.Option(help="The column that identifies the patient")] = None,
) -> None:
    """Look at data files and write a first study.yml, to be filled in."""
    from analysis.guess import guess_study

    with progress() as show:
        show("looking at the data")
        copies = _copies(folder, data)
        tables = _tables(data)
        for option, name in (("--arm", arm), ("--patient", patient)):
            if name is not None and not any(name in table.header for _, _, table in tables.values()):
                fail(f"{option}: no file has a column {name}. {_columns(tables)}")
        guess = guess_study(tables, arm, patient)
        text = study_text(guess, arm_given=arm is not None)
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in copies:
        if source.resolve() != target.resolve():
            shutil.copyfile(source, target)
    with (folder / "study.yml").open("x", encoding="utf-8", newline="\n") as out:
        out.write(text)
    typer.echo(_told(folder, guess, text))


def _copies(folder: Path, data: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Which file goes where; ends the command where that would overwrite one."""
    if folder.exists() and not folder.is_dir():
        fail(f"{folder} is a file, not a folder. Name the folder to make.")
    if (folder / "study.yml").exists():
        fail(f"{folder} has a study.yml already, which init does not overwrite. Name another folder.")
    copies: list[tuple[Path, Path]] = []
    for source in data:
        if not source.is_file():
            fail(f"There is no file {source}.")
        target = folder / source.name
        if any(target == other for _, other in copies):
            fail(f"Two data files are called {source.name}. Rename one of them.")
        if target.exists() and target.resolve() != source.resolve():
            fail(f"{target} is there already, and init does not overwrite it. Name another folder.")
        copies.append((source, target))
    return copies


def _tables(data: Iterable[Path]) -> dict[str, tuple[str, Form, Table]]:
    """The tables of all files by a key made of their names; of an Excel file every sheet that has rows."""
    from analysis.faults import StudyError
    from analysis.names import slug
    from analysis.readers import ENDINGS, Form, ending, read_table, sheets

    found: dict[str, tuple[str, Form, Table]] = {}
    for path in data:
        if ending(path.name) not in ENDINGS:
            fail(f"{path.name}: files of this ending cannot be read. Known are {', '.join(ENDINGS)}.")
        forms = [_text_form(path)]
        if ending(path.name) in (".xlsx", ".xlsm"):
            names = sheets(path, path.name)
            forms = [Form(sheet=name if len(names) > 1 else None) for name in names]
        faults = []
        for form in forms:
            table, _, said = read_table(path, path.name, form)
            if table is not None and table.lines:
                key = slug(form.sheet or path.stem)
                key = key if key[0].isalpha() else f"file_{key}"
                while key in found:
                    key += "_2"
                found[key] = (path.name, form, table)
            faults += said
        if faults and not any(name == path.name for name, _, _ in found.values()):
            raise StudyError(faults)
        if not any(name == path.name for name, _, _ in found.values()):
            fail(f"{path.name} has no rows.")
    return found


def _text_form(path: Path) -> Form:
    """Separator and decimal mark of a text file, from its first lines."""
    from analysis.readers import Form, ending

    if ending(path.name) not in (".csv", ".txt"):
        return Form()
    lines = path.read_bytes()[:100_000].decode("utf-8-sig", "replace").splitlines()
    head = lines[0] if lines else ""
    mark = max((",", ";", "\t", "|"), key=head.count)
    commas = mark != "," and any(re.search(r"(?:^|[^0-9])[0-9]+,[0-9]+(?:$|[^0-9])", line) for line in lines[1:])
    points = any(re.search(r"(?:^|[^0-9.])[0-9]+\.[0-9]+(?:$|[^0-9.])", line) for line in lines[1:])
    delimiter = None if mark == "," else {"\t": "tab"}.get(mark, mark)
    return Form(delimiter=delimiter, decimal="," if commas and not points else ".")


def _columns(tables: Mapping[str, tuple[str, Form, Table]]) -> str:
    from analysis.faults import listing

    return f"Columns are {listing(dict.fromkeys(name for _, _, table in tables.values() for name in table.header))}."


def _told(folder: Path, guess: StudyGuess, text: str) -> str:
    rows = ", ".join(f"{table.path} ({table.kind})" for table in guess.tables if not table.wide)
    said = [f"{folder / 'study.yml'}: written from {rows}. It is a first guess; its comments say why."]
    if not guess.arms:
        said.append("No column looks like the group of a patient. Delete study.yml and name it: --arm COLUMN.")
    if not guess.outcomes:
        said.append("No column looks like an outcome: add one under outcomes.")
    count = text.count(f'"{FILL}')
    said.append(
        f"{count} places are marked FILL IN. Fill them in; `everynumber check {folder}` names those that are left."
    )
    return "\n".join(said)


# Writing --------------------------------------------------------------------------------------------------------


def study_text(guess: StudyGuess, *, arm_given: bool = False) -> str:
    """The text of a study.yml that says what was found, and marks what only the author knows."""
    return "\n".join([*_head(guess), *_arms(guess), *_times(guess), *_files(guess), *_analyses(guess), ""])


def _q(text: str) -> str:
    """A text as YAML: plain where that is safe."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z0-9_]+)*", text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


_WORDS = ("yes", "no", "true", "false", "on", "off", "null", "y", "n")


def _fill(wanted: str) -> str:
    return json.dumps(f"{FILL}{wanted}", ensure_ascii=False)


def _or(text: str | None, wanted: str) -> str:
    return _fill(wanted) if text is None else _q(text)


def _about(why: str) -> str:
    return f"   # {why}" if why else ""


def _head(guess: StudyGuess) -> list[str]:
    enrolled = next((one.name for table in guess.tables for one in table.columns if one.role == "enrolment"), None)
    days = f" (the column {enrolled} has the days)" if enrolled else ""
    return [
        "# A first study file, written by `everynumber init` from a look at the data: check every line.",
        "# What only the author knows is marked; `everynumber check` names all such places that are left.",
        "# docs/study-file.md describes every key, docs/start.md the way from here to the paper.",
        "everynumber: 1",
        f"data: {_fill('real or simulated')}",
        "",
        f"title: {_fill('the title of the paper, with the design')}",
        f"short_title: {_fill('a running title')}",
        f"condition: {{name: {_fill('the disease or state that is studied, as it stands in a sentence')}}}",
        "authors:",
        f"  - name: {_fill('your name')}",
        "    corresponding: true",
        f"    email: {_fill('your address')}",
        "    conflicts: none declared",
        "dates:",
        f"  document: {_fill('the date of the paper, as 2026-01-15')}",
        f"  enrolment_start: {_fill(f'first day or month in which a patient could enter, as 2019-03{days}')}",
        f"  enrolment_end: {_fill('the last one')}",
        "registration:   # if true: registry, number, date; if false: reason (a sentence)",
        f"  registered: {_fill('true or false')}",
        "protocol: {available: false, reason: No protocol is publicly available.}   # or available: true, where: …",
        f"ethics: {{statement: {_fill('a sentence: which committee approved the study')}}}",
        f"funding: {{statement: {_fill('a sentence: who paid')}}}",
        f"data_availability: {_fill('a sentence: where the data are')}",
        "",
        "design:   # it decides the wording of the whole paper",
        f"  allocation: {_fill('randomised or non-randomised')}",
        f"  assigned_by: {_fill('randomisation, routine care or investigators')}",
        f"  prospective: {_fill('true or false: whether patients entered before their outcome was known')}",
        '  blinding:   # unknown, "yes" or "no"',
        "    {participants: unknown, providers: unknown, assessors: unknown, analysts: unknown}",
        f"objective: {_fill('a sentence that begins with To: what was compared in whom')}",
        "eligibility:",
        f"  inclusion: [{_fill('a phrase: what a patient had to have')}]",
        "  exclusion: []",
        "",
    ]


def _arms(guess: StudyGuess) -> list[str]:
    lines = ["arms:   # in order of the tables"]
    for key, (cell, label) in guess.arms.items():
        name = f"name of the group {cell}"
        sentence = f"the treatment of group {cell} as it stands in a sentence"
        lower = label.lower() if label else None
        lines += [
            f"  {key}:",
            f"    label: {_or(label, name)}",
            f"    short: {_or(label, f'short {name}')}",
            f"    treatment: {_or(lower, sentence)}",
        ]
    if not guess.arms:
        wanted = "the groups: no column was found that names them"
        lines += [
            f"  {key}: {{label: {_fill(wanted)}, short: {_fill(wanted)}, treatment: {_fill(wanted)}}}" for key in "ab"
        ]
    keys = " or ".join(guess.arms) or "a or b"
    reference = _or(guess.reference, f"the arm that the others are compared with: {keys}")
    return [*lines, f"reference_arm: {reference}{_about('its name' if guess.reference else '')}", ""]


def _times(guess: StudyGuess) -> list[str]:
    lines = ["timepoints:   # in order; month counts from the start, 0 is the baseline"]
    survival = any(one.kind == "time_to_event" for one in guess.outcomes)
    for key, (label, month) in guess.times.items():
        months = month if month is not None else _fill("months after the start")
        at = f", at: {guess.at}" if survival and key == "end" and guess.at else ""
        if key == "end" and any(one.kind == "count" for one in guess.outcomes):
            at += f", window_days: {_fill('the last day after the start on which an event counts')}"
        why = (
            "at: this time in the unit of the time to event; here what every group was observed for"
            if ", at" in at
            else ""
        )
        lines.append(f"  {key}: {{label: {_or(label, 'name of this time')}, month: {months}{at}}}{_about(why)}")
    return [*lines, ""]


def _files(guess: StudyGuess) -> list[str]:
    lines = ["files:"]
    for table in guess.tables:
        lines += [f"  {table.key}:   # {_KINDS[table.kind]}", f"    path: {_q(table.path)}"]
        lines += [f"    sheet: {_q(table.form.sheet)}"] if table.form.sheet else []
        lines += [f'    delimiter: "{table.form.delimiter}"'] if table.form.delimiter else []
        lines += ['    decimal: ","'] if table.form.decimal == "," else []
        lines.append(f"    key: [{', '.join(map(_q, table.file_key))}]")
        lines += _map("derive", table.derive)
        if table.wide:
            lines.append("    wide:   # one row a patient is read as one row a visit: new column → time point → column")
            for name, times in table.wide.items():
                at = ", ".join(f"{time}: {_q(column)}" for time, column in times.items())
                lines.append(f"      {_q(name)}: {{{at}}}")
        lines.append("    columns:")
        lines += [f"      {_q(one.name)}: {{{_column(one)}}}{_about(one.why)}" for one in table.columns]
    return [*lines, ""]


_KINDS = {
    "participants": "one row a patient",
    "visits": "one row for each patient and time point",
    "events": "one row an event",
}


def _map(key: str, values: Mapping[str, str]) -> list[str]:
    return [f"    {key}: {{{', '.join(f'{_q(k)}: {_q(v)}' for k, v in values.items())}}}"] if values else []


def _column(one: ColumnGuess) -> str:
    parts = [f"type: {one.type}"]
    if one.role:
        parts.append(f"role: {one.role}")
    elif one.type != "text":
        parts.append(f"label: {_q(_label(one.name))}")
    if one.range:
        parts.append(f"range: [{', '.join(one.range)}]")
    if one.levels:
        parts.append(f"levels: {{{', '.join(_levels(one))}}}")
    if one.missing:
        parts.append("missing_allowed: true")
    return ", ".join(parts)


def _levels(one: ColumnGuess) -> Iterator[str]:
    from analysis.guess import _arms as arms_of

    keys = {cell: key for key, (cell, _) in arms_of(one)[0].items()} if one.role == "arm" else {}
    for cell, label in one.levels.items():
        yield f"{_q(cell)}: {_q(keys[cell]) if cell in keys else _or(label, f'what {cell} means')}"


def _label(name: str) -> str:
    """`throat_pain` and `throatPain` as a label: Throat pain."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]+", " ", name).strip()
    if words.upper() in _SHORT:
        return words.upper()
    return words[:1].upper() + words[1:] if words else name


_SHORT = ("ASA", "BMI", "HIV", "CRP", "EDSS", "ADL", "VAS")


def _analyses(guess: StudyGuess) -> list[str]:
    main = next(iter(table for table in guess.tables if table.kind == "participants"), None)
    lines = ["populations:", "  all: {label: all patients, where: null}", "", "baseline:   # rows of Table 1, in order"]
    for one, summary in guess.baseline:
        why = "" if summary == "count" else "median where the cells lie unevenly about the mean"
        lines.append(f"  - {{column: {_q(one.name)}, summary: {summary}}}{_about(why)}")
    if not guess.baseline:
        lines[-1] = "baseline: []   # rows of Table 1: {column: age, summary: mean}"
    lines += ["", "outcomes:   # kind: continuous | skewed | ordinal | binary | graded | count | time_to_event"]
    for outcome in guess.outcomes:
        lines += _outcome(outcome, guess)
    if not guess.outcomes:
        lines[-1] = f"outcomes: {_fill('outcomes; no column looked like one')}"
    terms = [table for table in guess.tables if table.role("term")]
    if terms:
        lines += ["", f"adverse_events: {{file: {terms[0].key}}}"]
    free = [one for table in guess.tables for one in table.columns if one.type == "text" and one.role is None]
    if free and main:
        lines += ["", f"# Texts that no analysis uses: {', '.join(one.name for one in free)}."]
    return [
        *lines,
        "",
        "references: null           # references.bib, if you have one",
        "# text:                    # your prose: a file for each place; numbers in it are named, not written",
        "#   introduction: text/introduction.md",
        "#   discussion: text/discussion.md",
    ]


def _outcome(one: OutcomeGuess, guess: StudyGuess) -> list[str]:
    names = [f"    label: {_q(_label(one.key))}"]
    if one.kind == "time_to_event":
        names = [f"    label: {_fill('a name such as Time to death')}", f"    short: {_fill('the event: death')}"]
    lines = [
        f"  {one.key}:{_about(one.why)}",
        *names,
        f"    kind: {one.kind}",
        f"    {'file' if one.kind == 'count' else 'column'}: {_q(one.column)}",
    ]
    about = _column_of(one.event_column or one.column, guess)
    if one.event_column:
        lines.append(f"    event_column: {_q(one.event_column)}")
    if one.kind in ("binary", "time_to_event"):
        levels = " or ".join(about.levels) if about else "a level"
        lines.append(f"    event: [{', '.join(map(_q, one.event)) or _fill(f'the level that is the event: {levels}')}]")
    if one.kind == "graded" and about:
        lines.append(f"    order: [{', '.join(map(_q, about.levels))}]   # lowest first: check it")
    if one.kind in ("continuous", "ordinal", "time_to_event", "count"):
        lines.append(f"    unit: {_fill('the unit, as printed: points, days, mm Hg')}")
    if one.kind in ("continuous", "ordinal") and about and about.range:
        lines.append(f"    range: [{', '.join(about.range)}]{_about('of the axis in figures: what is possible')}")
    return [
        *lines,
        f"    better: {_fill('higher or lower: what is better for the patient')}",
        "    role: secondary          # primary | secondary | exploratory",
        "    prespecified: false      # true where it was chosen before the data was seen",
        f"    timepoints: [{', '.join(one.times)}]",
    ]


def _column_of(path: str, guess: StudyGuess) -> ColumnGuess | None:
    key, _, name = path.partition(".")
    table: TableGuess | None = next((table for table in guess.tables if table.key == key), None)
    return next((one for one in table.columns if one.name == name), None) if table else None
