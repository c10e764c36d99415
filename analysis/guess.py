"""Looks at data files and guesses what their columns are, for a first study.yml (`everynumber init`).

Everything here is a guess from names and cells, and says why it was made: an author corrects it. Nothing that the paper
prints is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analysis.guess_columns import (
    MISSING,
    MOST_ARMS,
    MOST_LEVELS,
    NO,
    NUMBER,
    ROLES,
    SETS,
    YES,
    ColumnGuess,
    OutcomeGuess,
    StudyGuess,
    TableGuess,
    filled,
    guess_column,
    is_word,
    words_of,
    words_said,
)
from analysis.guess_wide import sources, wide_table
from analysis.names import slug
from analysis.readers import Form, Table, number_text

__all__ = ["ColumnGuess", "OutcomeGuess", "StudyGuess", "TableGuess", "guess_column", "guess_study"]

# Tables and the study -------------------------------------------------------------------------------------------


def guess_study(
    tables: Mapping[str, tuple[str, Form, Table]], arm: str | None = None, patient: str | None = None
) -> StudyGuess:
    """What the tables of a study seem to be.

    Args:
        tables: path, form and table by key.
        arm: the column that names the group, where the author says so.
        patient: the column that identifies the patient, likewise.
    """
    cells = {key: _cells(table) for key, (_, _, table) in tables.items()}
    main = max(tables, key=lambda key: _likeness(cells[key], arm, patient))
    name = main if "participants" in tables else "participants"
    guessed = {main: _participants(name, *tables[main][:2], cells[main], arm, patient)}
    shared = guessed[main].role("patient")
    wide = wide_table(guessed[main], cells[main])
    elsewhere = set(sources(wide))
    kept = tuple(one for one in guessed[main].columns if one.name not in elsewhere)
    guessed[main] = replace(guessed[main], columns=kept)
    for key, (path, form, _) in tables.items():
        if key != main and shared is not None and shared.name in cells[key]:
            guessed[key] = _other(key, path, form, cells[key], shared.name)
    ordered = [guessed[key] for key in tables if key in guessed] + ([wide] if wide else [])
    arms, reference = _arms(guessed[main].role("arm"))
    outcomes, baseline, at = _outcomes(guessed[main], cells[main])
    outcomes += [outcome for table in ordered if table.kind == "visits" for outcome in _visit_outcomes(table)]
    if guessed[main].role("followup"):
        counted = [table for table in ordered if table.role("day") and not table.role("term")]
        outcomes += [OutcomeGuess(_key(one.key), "count", one.key, why="a file of events with days") for one in counted]
    return StudyGuess(tuple(ordered), arms, reference, tuple(outcomes), tuple(baseline), _times(ordered, outcomes), at)


def _cells(table: Table) -> dict[str, list[str]]:
    """Cells by column; codes are labels where every code of the column has one."""
    frame = table.frame(
        numeric=[
            name
            for name, column in zip(table.header, table.columns, strict=True)
            if name in table.labels and not set(filled(column)) <= set(table.labels[name])
        ]
    )
    return {name: frame[name].tolist() for name in frame.columns if name}


def _likeness(cells: Mapping[str, list[str]], arm: str | None, patient: str | None) -> tuple[bool, bool, int]:
    """How much a table looks like the participants': it has an arm, one row a patient, many columns."""
    one_row = any(_unique(column) for name, column in cells.items() if name == patient or is_word(name, "patient"))
    return _arm(cells, arm) is not None, one_row, len(cells)


def _unique(cells: Sequence[str]) -> bool:
    return len(filled(cells)) == len(cells) == len(set(cells))


def _arm(cells: Mapping[str, list[str]], named: str | None) -> str | None:
    if named is not None:
        return named if named in cells else None
    fits = [
        name
        for name, column in cells.items()
        if is_word(name, "arm") and 2 <= len(set(column)) <= MOST_ARMS and len(filled(column)) == len(column)
    ]
    # A drug or therapy may be one that is given beside the treatment under study.
    return min(fits, key=lambda name: (is_word(name, "beside"), len(words_of(name))), default=None)


def _participants(
    key: str, path: str, form: Form, cells: Mapping[str, list[str]], arm: str | None, patient: str | None
) -> TableGuess:
    columns = {name: guess_column(name, column) for name, column in cells.items()}
    candidates = [name for name in cells if _unique(cells[name])]
    named = [name for name in candidates if is_word(name, "patient")] or [n for n in candidates if is_word(n, "rows")]
    who = patient if patient in cells else next(iter(named), None)
    derive = {}
    if who is None:
        who = "patient_id"
        derive = {who: "row_number"}
        columns = {
            who: ColumnGuess(who, "text", why="no column identifies the patient: the number of the row")
        } | columns
    why = "given by the author" if who == patient else "a value of its own in each row"
    columns[who] = ColumnGuess(who, "text", role="patient", why=columns[who].why if derive else why)
    group = _arm(cells, arm)
    if group is not None:
        levels: dict[str, str | None] = dict.fromkeys(sorted(filled(set(cells[group]))))
        known = columns[group].levels
        levels = {cell: known.get(cell) or (None if NUMBER.match(cell) else words_said(cell)) for cell in levels}
        said = "given by the author" if arm else "its name, and the same few values in all rows"
        columns[group] = ColumnGuess(group, "category", levels, role="arm", why=said)
    _with_roles(columns, ("received", "stopped", "stop_reason", "followup", "lost_reason"))
    for name, one in columns.items():
        if one.type == "date" and is_word(name, "enrolment") and not one.missing:
            columns[name] = replace(one, role="enrolment", why="a date, and its name")
            break
    kept = [one for name, one in columns.items() if one.type and (name == who or not is_word(name, "rows"))]
    return TableGuess(key, path, form, "participants", tuple(kept), (who,), derive)


def _with_roles(columns: dict[str, ColumnGuess], roles: Sequence[str]) -> None:
    """Gives columns the roles that their names tell, where the cells fit."""
    for role in roles:
        form, words = ROLES[role]
        for name, one in columns.items():
            if one.role is not None or not one.type:
                continue
            told = words <= words_of(name) if form == "words" else bool(words & words_of(name))
            if not told:
                continue
            if form == "yes_no" and one.levels and set(one.levels) <= {"yes", "no"}:
                columns[name] = replace(
                    one, role=role, levels={"yes": "Yes", "no": "No"}, why="its name, and yes or no"
                )
            elif form == "number" and one.type in ("integer", "number") and not one.missing:
                columns[name] = replace(one, role=role, why="its name, and numbers: days")
            elif form == "words" and one.type in ("text", "category"):
                columns[name] = replace(one, type="text", levels={}, role=role, why="its name")
            else:
                continue
            break


def _other(key: str, path: str, form: Form, cells: Mapping[str, list[str]], patient: str) -> TableGuess:
    """A file of visits or of events."""
    columns = {name: guess_column(name, column) for name, column in cells.items()}
    columns = {name: one for name, one in columns.items() if one.type and not is_word(name, "rows")}
    columns[patient] = ColumnGuess(patient, "text", role="patient", why="as in the participants' file")
    for name, column in cells.items():
        pairs = list(zip(cells[patient], column, strict=True))
        few = len(set(column)) <= MOST_LEVELS
        if name != patient and name in columns and is_word(name, "visit") and few and len(set(pairs)) == len(pairs):
            levels: dict[str, str | None] = {cell: _time_key(name, cell) for cell in _in_order(set(filled(column)))}
            columns[name] = ColumnGuess(name, "category", levels, role="timepoint", why="each patient has each once")
            days = [one for one in columns.values() if one.type == "date"]
            if len(days) == 1:
                columns[days[0].name] = replace(days[0], role="date", why="the only date")
            return TableGuess(key, path, form, "visits", tuple(columns.values()), (patient, name))
    for name, one in columns.items():
        if one.type == "integer" and "day" in words_of(name) and not one.missing:
            columns[name] = replace(one, role="day", why="whole numbers, and its name")
            break
    for name, one in columns.items():
        if one.type == "category" and is_word(name, "term") and one.role is None:
            columns[name] = replace(one, role="term", why="texts, and its name")
            break
    _with_roles(columns, ("serious",))
    row = "row"
    columns[row] = ColumnGuess(row, "integer", why="the number of the row, so that each has a key")
    return TableGuess(key, path, form, "events", tuple(columns.values()), (row,), {row: "row_number"})


def _in_order(cells: Iterable[str]) -> list[str]:
    def number(cell: str) -> float:
        found = re.search(r"[0-9]+(\.[0-9]+)?", cell)
        return float(found[0]) if found else -1.0

    return sorted(cells, key=lambda cell: (number(cell), cell))


def _time_key(column: str, cell: str) -> str:
    key = slug(cell)
    return key if key[0].isalpha() else f"{slug(column)}_{key}"


def _arms(column: ColumnGuess | None) -> tuple[dict[str, tuple[str, str | None]], str | None]:
    """Key → (cell, label) of each arm, and the key of the reference, where a name tells it."""
    if column is None:
        return {}, None
    arms: dict[str, tuple[str, str | None]] = {}
    for cell, label in column.levels.items():
        key = slug(label or cell)
        key = key if key[0].isalpha() else f"arm_{key}"
        while key in arms or key in ("baseline", "design", "flow", "followup", "harms", "labels", "total"):
            key += "_arm"
        arms[key] = (cell, label)
    told = [key for key, (_, label) in arms.items() if label and words_of(label) & SETS["reference"]]
    return arms, told[0] if len(told) == 1 else None


# Outcomes -------------------------------------------------------------------------------------------------------


def _outcomes(
    main: TableGuess, cells: Mapping[str, list[str]]
) -> tuple[list[OutcomeGuess], list[tuple[ColumnGuess, str]], str | None]:
    """Outcomes and rows of Table 1 among the participants' columns, and a time within what all arms observed."""
    free = [one for one in main.columns if one.role is None and one.type not in ("text", "date")]
    found, used, at = _survivals(main, free, cells)
    baseline: list[tuple[ColumnGuess, str]] = []
    for one in free:
        if one.name in used or is_word(one.name, "censor"):
            continue
        if is_word(one.name, "baseline") or not is_word(one.name, "outcome"):
            if len(set(filled(cells[one.name]))) > 1:
                baseline.append((one, _summary(one, cells[one.name])))
            continue
        found.append(_outcome(one, f"{main.key}.{one.name}", cells[one.name]))
    return found, baseline, at


def _outcome(one: ColumnGuess, column: str, cells: Sequence[str]) -> OutcomeGuess:
    key = _key(one.name)
    if one.type == "category":
        if len(one.levels) == 2:
            return OutcomeGuess(key, "binary", column, _event(one), why="its name, and two levels")
        return OutcomeGuess(key, "graded", column, why="its name, and several levels")
    few = one.type == "integer" and len(set(filled(cells))) <= 12
    if not few and filled(cells) and _summary(one, cells) == "median":
        return OutcomeGuess(key, "skewed", column, why="its name, and many numbers, a few of them far from the rest")
    kind = "ordinal" if few else "continuous"
    return OutcomeGuess(key, kind, column, why=f"its name, and {'few whole' if few else 'many'} numbers")


def _key(name: str) -> str:
    key = slug(name)
    key = key if key[0].isalpha() else f"x_{key}"
    taken = ("baseline", "design", "flow", "followup", "harms", "labels", "total")
    return f"{key}_outcome" if key in taken else key


def _event(one: ColumnGuess) -> tuple[str, ...]:
    """The level that is the event, where the cells tell it."""
    if is_word(one.name, "censor"):
        return ()
    yes = [level for level in one.levels if level.lower() in YES]
    no = [level for level in one.levels if level.lower() in NO]
    return tuple(yes) if len(yes) == 1 and len(no) == len(one.levels) - 1 else ()


def _survivals(
    main: TableGuess, free: Sequence[ColumnGuess], cells: Mapping[str, list[str]]
) -> tuple[list[OutcomeGuess], set[str], str | None]:
    """Times with the column that tells the event from the end of observation."""
    times = [
        one
        for one in free
        if one.type in ("integer", "number") and one.range and float(one.range[0]) >= 0
        and is_word(one.name, "time") and not is_word(one.name, "baseline")
    ]  # fmt: skip
    events = [one for one in free if one.type == "category" and len(one.levels) == 2 and is_word(one.name, "event")]
    found, used, lasts = [], set(), []
    for time in times:
        alike = [one for one in events if words_of(one.name) & words_of(time.name) - SETS["time"]]
        event = next(iter(alike), events[0] if len(events) == len(times) == 1 else None)
        if event is None:
            continue
        why = f"{time.name} is a time, {event.name} tells the event from the end of observation"
        column, other = f"{main.key}.{time.name}", f"{main.key}.{event.name}"
        key = _key(time.name if time.name not in ("time", "days") else f"{event.name}_{time.name}")
        found.append(OutcomeGuess(key, "time_to_event", column, _event(event), other, why=why))
        used |= {time.name, event.name}
        lasts.append(_last(main, time.name, cells))
    return found, used, _round_down(min(lasts)) if lasts else None


def _last(main: TableGuess, time: str, cells: Mapping[str, list[str]]) -> float:
    """The time up to which every arm was observed."""
    arm = main.role("arm")
    groups: dict[str, float] = {}
    for cell, group in zip(cells[time], cells[arm.name] if arm else cells[time], strict=True):
        if cell not in MISSING:
            key = group if arm else ""
            groups[key] = max(groups.get(key, 0.0), float(cell))
    return min(groups.values(), default=0.0)


def _round_down(number: float) -> str:
    """Two digits of a number, not above it."""
    if number <= 0:
        return "1"
    unit = 10.0 ** (len(str(int(number))) - 2) if number >= 10 else 1.0
    return number_text(number // unit * unit) if number >= 1 else number_text(number)


def _visit_outcomes(table: TableGuess) -> list[OutcomeGuess]:
    found = []
    visit = table.role("timepoint")
    for one in table.columns:
        if one.role is not None or one.type in ("text", "date"):
            continue
        listed = tuple(table.wide[one.name]) if table.wide else tuple(map(str, visit.levels.values() if visit else ()))
        guess = _outcome(one, f"{table.key}.{one.name}", ())
        kind = "continuous" if guess.kind == "ordinal" else guess.kind
        found.append(replace(guess, kind=kind, times=listed, why=f"a value at each of {len(listed)} time points"))
    return found


def _summary(one: ColumnGuess, cells: Sequence[str]) -> str:
    """Mean where a number lies evenly about it, else median."""
    if one.type == "category":
        return "count"
    numbers = [float(cell) for cell in filled(cells)]
    mean = sum(numbers) / len(numbers)
    second = sum((x - mean) ** 2 for x in numbers) / len(numbers)
    third = sum((x - mean) ** 3 for x in numbers) / len(numbers)
    return "mean" if second and abs(third / second**1.5) <= 1 else "median"


def _times(tables: Sequence[TableGuess], outcomes: Sequence[OutcomeGuess]) -> dict[str, tuple[str | None, str | None]]:
    """Time points: label and months where the name tells them; else None."""
    keys: list[str] = []
    for table in tables:
        visit = table.role("timepoint")
        keys += [time for at in table.wide.values() for time in at]
        keys += [str(key) for key in visit.levels.values()] if visit else []
    if any(one.times == ("end",) for one in outcomes):
        keys = [*keys, "end"]
    if not keys or ("baseline" not in keys and not keys[0].endswith("_0")):
        keys = ["baseline", *keys]
    found: dict[str, tuple[str | None, str | None]] = {}
    for key in dict.fromkeys(keys):
        unit, _, number = key.rpartition("_")
        months = {"month": 1.0, "week": 12 / 52, "year": 12.0, "day": 12 / 365}.get(unit)
        if key in ("baseline", "start", "before", "screening"):
            found[key] = ("Baseline", "0")
        elif months and number.isdigit():
            label = "Baseline" if number == "0" else f"{number} {unit}{'s' if number != '1' else ''}"
            found[key] = (label, number_text(round(int(number) * months, 2)))
        else:
            found[key] = (None, None)
    return found
