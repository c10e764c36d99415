"""What a column of a data file seems to be, from its name and cells; the parts that a guess of a study is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.readers import Form, number_text

MISSING = ("", "NA")
MOST_LEVELS = 10
MOST_ARMS = 6
_INTEGER = re.compile(r"[+-]?[0-9]+(\.0*)?\Z")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_OTHER_DATE = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}( .*)?\Z")

_WORDS = {
    "patient": "id subject subjid usubjid patient patid pid participant case record person",
    "rows": "rownames row index unnamed",
    "arm": """arm group grp treat treatment trt rx randomised randomized randomization allocation intervention drug
        therapy""",
    "beside": "drug therapy",
    "reference": "placebo control controls cont ctrl ctl tau standard usual sham none no observation untreated",
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
ROLES = {
    "received": ("yes_no", {"received"}),
    "stopped": ("yes_no", {"stopped", "discontinued"}),
    "stop_reason": ("words", {"stop", "reason"}),
    "followup": ("number", {"followup"}),
    "lost_reason": ("words", {"lost", "reason"}),
    "serious": ("yes_no", {"serious"}),
}
"""Roles that the words of a name tell: what the cells must be, and the words (all of them, or the only one of each)."""
SETS = {key: frozenset(words.split()) for key, words in _WORDS.items()}
YES = ("yes", "y", "true", "1", "1.0")
NO = ("no", "n", "false", "0", "0.0")


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


def is_word(name: str, what: str) -> bool:
    """Whether a name holds a word of a kind (`arm`, `outcome`)."""
    return bool(words_of(name) & SETS[what]) or name.lower() in SETS[what]


def filled(cells: Iterable[str]) -> list[str]:
    """The cells that are not missing."""
    return [cell for cell in cells if cell not in MISSING]


# Columns --------------------------------------------------------------------------------------------------------


def guess_column(name: str, cells: Sequence[str]) -> ColumnGuess:
    """Type, levels and range of a column, from its cells."""
    there = filled(cells)
    distinct = list(dict.fromkeys(there))
    missing = len(there) < len(cells)
    if not there:
        return ColumnGuess(name, "", why="all cells are empty")
    if all(_INTEGER.match(cell) for cell in distinct):
        if len(distinct) <= 2:
            return _codes(name, sorted(distinct, key=float), missing)
        return ColumnGuess(name, "integer", range=_range(distinct), missing=missing, why="whole numbers")
    if all(NUMBER.match(cell) for cell in distinct):
        return ColumnGuess(name, "number", range=_range(distinct), missing=missing, why="numbers")
    if all(_DATE.match(cell) for cell in distinct):
        return ColumnGuess(name, "date", missing=missing, why="dates")
    if len(distinct) <= MOST_LEVELS and len(distinct) <= max(2, len(there) // 2):
        levels = {cell: words_said(cell) for cell in sorted(distinct)}
        return ColumnGuess(name, "category", levels, missing=missing, why=f"{len(distinct)} texts")
    why = "texts"
    if all(_OTHER_DATE.match(cell) for cell in distinct):
        why = "texts that may be dates: only 2016-04-21 is read as one"
    return ColumnGuess(name, "text", missing=missing, why=why)


def words_said(cell: str) -> str:
    """A cell as a label: `dilute_sulfuric_acid` → Dilute sulfuric acid."""
    said = cell.replace("_", " ").strip() or cell
    return said[:1].upper() + said[1:]


def _codes(name: str, distinct: list[str], missing: bool) -> ColumnGuess:
    numbers = {float(cell) for cell in distinct}
    if numbers <= {0.0, 1.0}:
        levels: dict[str, str | None] = {cell: "Yes" if float(cell) else "No" for cell in distinct}
        if is_word(name, "arm") or words_of(name) & {"sex", "gender", "female", "male"}:
            levels = dict.fromkeys(distinct)
        return ColumnGuess(name, "category", levels, missing=missing, why="0 and 1; if they are no and yes is a guess")
    return ColumnGuess(name, "category", dict.fromkeys(distinct), missing=missing, why="codes")


def _range(distinct: Iterable[str]) -> tuple[str, str]:
    numbers = [float(cell) for cell in distinct]
    return number_text(min(numbers)), number_text(max(numbers))
