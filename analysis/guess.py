"""Looks at data files and guesses what their columns are, for a first study.yml (`everynumber init`).

Everything here is a guess from names and cells, and says why it was made: an author corrects it. Nothing that the paper
prints is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.names import slug
from analysis.readers import Form, Table, number_text

MISSING = ("", "NA")
MOST_LEVELS = 10
_MOST_ARMS = 6
_INTEGER = re.compile(r"[+-]?[0-9]+(\.0*)?\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_OTHER_DATE = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}( .*)?\Z")
_WIDE = re.compile(r"(?P<stem>.*?[A-Za-z])[_. ]?(?P<unit>day|d|week|wk|w|month|mo|m|visit|v|t|year|yr|y|hour|hr|h)?_?(?P<number>[0-9]+)\Z")  # fmt: skip  # noqa: E501

_WORDS = {
    "patient": "id subject subjid usubjid patient patid pid participant case record person",
    "rows": "rownames row index unnamed",
    "arm": """arm group grp treat treatment trt rx randomised randomized randomization allocation intervention drug
        therapy""",
    "beside": "drug therapy",
    "reference": "placebo control controls standard usual sham none no observation untreated",
    "baseline": """age sex gender race ethnicity height weight bmi asa smoking smoker history prior previous baseline
        base pre preop center centre site region stage disease diagnosis comorbidity education mallampati""",
    "outcome": """outcome event events status death dead died alive survival surv relapse recurrence success failure
        fail response responder cure cured pain score cough nausea complication infection change post postop final end
        week month day hour min followup fu time onset duration opioid total result readmission bleeding stroke
        remission severity pod vas vps""",
    "time": "time days day weeks months years duration survival surv futime ttr os pfs dfs",
    "event": "status event death dead died relapse recurrence censor censored cens progression",
    "censor": "censor censored cens",
    "visit": "visit timepoint time week month day wave occasion assessment",
    "term": "term event ae reaction soc pt",
    "enrolment": """enrolment enrollment enrolled randomised randomized randomisation entry entered start
        inclusion""",
}
_ROLES = {
    "received": ("yes_no", {"received"}),
    "stopped": ("yes_no", {"stopped", "discontinued"}),
    "stop_reason": ("words", {"stop", "reason"}),
    "followup": ("number", {"followup"}),
    "lost_reason": ("words", {"lost", "reason"}),
    "serious": ("yes_no", {"serious"}),
}
"""Roles that the words of a name tell: what the cells must be, and the words (all of them, or the only one of each)."""
_SETS = {key: frozenset(words.split()) for key, words in _WORDS.items()}
_UNITS = {"m": "month", "mo": "month", "w": "week", "wk": "week", "d": "day", "y": "year", "yr": "year"}
_YES = ("yes", "y", "true", "1", "1.0")
_NO = ("no", "n", "false", "0", "0.0")


@dataclass(frozen=True)
class ColumnGuess:
    """What a column seems to be.

    Attributes:
        name: as in the file.
        type: as in study.yml, or an empty text where the column holds nothing.
        levels: of a category: cell → label, None where only the author knows what a code means.
        range: lowest and highest number found, as text.
        missing: whether cells are empty.
        role: as in study.yml.
        why: how the guess was made.
    """

    name: str
    type: str
    levels: Mapping[str, str | None] = field(default_factory=dict)
    range: tuple[str, str] | None = None
    missing: bool = False
    role: str | None = None
    why: str = ""


@dataclass(frozen=True)
class OutcomeGuess:
    """A column of the participants' file, or of a file of visits, that seems to be an outcome."""

    key: str
    kind: str
    column: str
    event: tuple[str, ...] = ()
    event_column: str | None = None
    times: tuple[str, ...] = ("end",)
    why: str = ""


@dataclass(frozen=True)
class TableGuess:
    """What a table seems to be: `participants`, `visits` or `events`."""

    key: str
    path: str
    form: Form
    kind: str
    columns: tuple[ColumnGuess, ...]
    file_key: tuple[str, ...]
    derive: Mapping[str, str] = field(default_factory=dict)
    wide: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def role(self, role: str) -> ColumnGuess | None:
        return next((one for one in self.columns if one.role == role), None)


@dataclass(frozen=True)
class StudyGuess:
    """All that `init` writes of the data."""

    tables: tuple[TableGuess, ...]
    arms: Mapping[str, tuple[str, str | None]]
    reference: str | None
    outcomes: tuple[OutcomeGuess, ...]
    baseline: tuple[tuple[ColumnGuess, str], ...]
    times: Mapping[str, tuple[str | None, str | None]]
    at: str | None = None


def words_of(name: str) -> set[str]:
    """The words of a column's name: `pacu30min_throatPain` → {pacu, min, throat, pain}."""
    return {one.lower() for one in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def _is(name: str, what: str) -> bool:
    return bool(words_of(name) & _SETS[what]) or name.lower() in _SETS[what]


def _there(cells: Iterable[str]) -> list[str]:
    return [cell for cell in cells if cell not in MISSING]


# Columns --------------------------------------------------------------------------------------------------------


def guess_column(name: str, cells: Sequence[str]) -> ColumnGuess:
    """Type, levels and range of a column, from its cells."""
    there = _there(cells)
    distinct = list(dict.fromkeys(there))
    missing = len(there) < len(cells)
    if not there:
        return ColumnGuess(name, "", why="all cells are empty")
    if all(_INTEGER.match(cell) for cell in distinct):
        if len(distinct) <= 2:
            return _codes(name, sorted(distinct, key=float), missing)
        return ColumnGuess(name, "integer", range=_range(distinct), missing=missing, why="whole numbers")
    if all(_NUMBER.match(cell) for cell in distinct):
        return ColumnGuess(name, "number", range=_range(distinct), missing=missing, why="numbers")
    if all(_DATE.match(cell) for cell in distinct):
        return ColumnGuess(name, "date", missing=missing, why="dates")
    if len(distinct) <= MOST_LEVELS and len(distinct) <= max(2, len(there) // 2):
        levels = {cell: _words_said(cell) for cell in sorted(distinct)}
        return ColumnGuess(name, "category", levels, missing=missing, why=f"{len(distinct)} texts")
    why = "texts"
    if all(_OTHER_DATE.match(cell) for cell in distinct):
        why = "texts that may be dates: only 2016-04-21 is read as one"
    return ColumnGuess(name, "text", missing=missing, why=why)


def _words_said(cell: str) -> str:
    """A cell as a label: `dilute_sulfuric_acid` → Dilute sulfuric acid."""
    said = cell.replace("_", " ").strip() or cell
    return said[:1].upper() + said[1:]


def _codes(name: str, distinct: list[str], missing: bool) -> ColumnGuess:
    numbers = {float(cell) for cell in distinct}
    if numbers <= {0.0, 1.0}:
        levels: dict[str, str | None] = {cell: "Yes" if float(cell) else "No" for cell in distinct}
        if _is(name, "arm") or words_of(name) & {"sex", "gender", "female", "male"}:
            levels = dict.fromkeys(distinct)
        return ColumnGuess(name, "category", levels, missing=missing, why="0 and 1; if they are no and yes is a guess")
    return ColumnGuess(name, "category", dict.fromkeys(distinct), missing=missing, why="codes")


def _range(distinct: Iterable[str]) -> tuple[str, str]:
    numbers = [float(cell) for cell in distinct]
    return number_text(min(numbers)), number_text(max(numbers))


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
    wide = _wide_table(guessed[main], cells[main])
    elsewhere = set(_sources(wide))
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
            if name in table.labels and not set(_there(column)) <= set(table.labels[name])
        ]
    )
    return {name: frame[name].tolist() for name in frame.columns if name}


def _likeness(cells: Mapping[str, list[str]], arm: str | None, patient: str | None) -> tuple[bool, bool, int]:
    """How much a table looks like the participants': it has an arm, one row a patient, many columns."""
    one_row = any(_unique(column) for name, column in cells.items() if name == patient or _is(name, "patient"))
    return _arm(cells, arm) is not None, one_row, len(cells)


def _unique(cells: Sequence[str]) -> bool:
    return len(_there(cells)) == len(cells) == len(set(cells))


def _arm(cells: Mapping[str, list[str]], named: str | None) -> str | None:
    if named is not None:
        return named if named in cells else None
    fits = [
        name
        for name, column in cells.items()
        if _is(name, "arm") and 2 <= len(set(column)) <= _MOST_ARMS and len(_there(column)) == len(column)
    ]
    # A drug or therapy may be one that is given beside the treatment under study.
    return min(fits, key=lambda name: (_is(name, "beside"), len(words_of(name))), default=None)


def _participants(
    key: str, path: str, form: Form, cells: Mapping[str, list[str]], arm: str | None, patient: str | None
) -> TableGuess:
    columns = {name: guess_column(name, column) for name, column in cells.items()}
    candidates = [name for name in cells if _unique(cells[name])]
    named = [name for name in candidates if _is(name, "patient")] or [n for n in candidates if _is(n, "rows")]
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
        levels: dict[str, str | None] = dict.fromkeys(sorted(_there(set(cells[group]))))
        known = columns[group].levels
        levels = {cell: known.get(cell) or (None if _NUMBER.match(cell) else _words_said(cell)) for cell in levels}
        said = "given by the author" if arm else "its name, and the same few values in all rows"
        columns[group] = ColumnGuess(group, "category", levels, role="arm", why=said)
    _with_roles(columns, ("received", "stopped", "stop_reason", "followup", "lost_reason"))
    for name, one in columns.items():
        if one.type == "date" and _is(name, "enrolment") and not one.missing:
            columns[name] = replace(one, role="enrolment", why="a date, and its name")
            break
    kept = [one for name, one in columns.items() if one.type and (name == who or not _is(name, "rows"))]
    return TableGuess(key, path, form, "participants", tuple(kept), (who,), derive)


def _with_roles(columns: dict[str, ColumnGuess], roles: Sequence[str]) -> None:
    """Gives columns the roles that their names tell, where the cells fit."""
    for role in roles:
        form, words = _ROLES[role]
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
    columns = {name: one for name, one in columns.items() if one.type and not _is(name, "rows")}
    columns[patient] = ColumnGuess(patient, "text", role="patient", why="as in the participants' file")
    for name, column in cells.items():
        pairs = list(zip(cells[patient], column, strict=True))
        few = len(set(column)) <= MOST_LEVELS
        if name != patient and name in columns and _is(name, "visit") and few and len(set(pairs)) == len(pairs):
            levels: dict[str, str | None] = {cell: _time_key(name, cell) for cell in _in_order(set(_there(column)))}
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
        if one.type == "category" and _is(name, "term") and one.role is None:
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


def _wide_table(main: TableGuess, cells: Mapping[str, list[str]]) -> TableGuess | None:
    """Columns that differ in a number at the end only: the same score at several times."""
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for one in main.columns:
        found = _WIDE.match(one.name) if one.type in ("integer", "number") and one.role is None else None
        if found:
            groups.setdefault((found["stem"], found["unit"] or "t"), {})[int(found["number"])] = one.name
    for stem, unit in list(groups):  # pain_0 beside pain_w6 and pain_w12 is the value before
        before = groups.get((stem, "t"), {})
        if unit != "t" and list(before) == [0] and 0 not in groups[stem, unit]:
            groups[stem, unit] |= groups.pop((stem, "t"))
    wide: dict[str, dict[str, str]] = {}
    columns: list[ColumnGuess] = []
    for (stem, unit), numbered in groups.items():
        if len(numbered) < 2:
            continue
        name = slug(stem)
        word = _UNITS.get(unit, unit)
        wide[name] = {f"{word}_{number}": numbered[number] for number in sorted(numbered)}
        every = [cell for column in numbered.values() for cell in cells[column]]
        columns.append(replace(guess_column(name, every), why=f"columns {', '.join(numbered.values())}"))
    every_time = {time for at in wide.values() for time in at}
    columns = [replace(one, missing=one.missing or every_time > set(wide[slug(one.name)])) for one in columns]
    patient = main.role("patient")
    if not wide or patient is None:
        return None
    who = replace(patient, why="as above")
    return TableGuess(
        "visits", main.path, main.form, "visits", (who, *columns), (patient.name, "timepoint"), main.derive, wide
    )


def _sources(wide: TableGuess | None) -> list[str]:
    return [column for at in wide.wide.values() for column in at.values()] if wide else []


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
    told = [key for key, (_, label) in arms.items() if label and words_of(label) & _SETS["reference"]]
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
        if one.name in used or _is(one.name, "censor"):
            continue
        if _is(one.name, "baseline") or not _is(one.name, "outcome"):
            if len(set(_there(cells[one.name]))) > 1:
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
    few = one.type == "integer" and len(set(_there(cells))) <= 12
    if not few and _there(cells) and _summary(one, cells) == "median":
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
    if _is(one.name, "censor"):
        return ()
    yes = [level for level in one.levels if level.lower() in _YES]
    no = [level for level in one.levels if level.lower() in _NO]
    return tuple(yes) if len(yes) == 1 and len(no) == len(one.levels) - 1 else ()


def _survivals(
    main: TableGuess, free: Sequence[ColumnGuess], cells: Mapping[str, list[str]]
) -> tuple[list[OutcomeGuess], set[str], str | None]:
    """Times with the column that tells the event from the end of observation."""
    times = [
        one
        for one in free
        if one.type in ("integer", "number") and one.range and float(one.range[0]) >= 0
        and _is(one.name, "time") and not _is(one.name, "baseline")
    ]  # fmt: skip
    events = [one for one in free if one.type == "category" and len(one.levels) == 2 and _is(one.name, "event")]
    found, used, lasts = [], set(), []
    for time in times:
        alike = [one for one in events if words_of(one.name) & words_of(time.name) - _SETS["time"]]
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
    numbers = [float(cell) for cell in _there(cells)]
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
