"""The study file: its model, and `load_study`, which reads and checks it.

`study.yml` says everything that is not patient data: title, authors, design, arms, time points, which column
of which file is what, the outcomes, the constants of the prose. The description of every key for an author is
docs/study-file.md. Importing this module needs pydantic and yaml only, so that a command starts quickly.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from analysis.faults import Fault, StudyError, suggestion
from analysis.names import KEY, level_name
from analysis.yaml_file import Loc, parse_yaml, read_utf8

STUDY_FILE = "study.yml"

__all__ = ["Study", "load_study", "read_study"]


# Values ---------------------------------------------------------------------------------------------------------


def _date(value: Any) -> Any:
    """An ISO date in quotes is a date too."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value} is not a day of the calendar") from error
    return value


def _scalar(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("this must be a number or a text")
    return value


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("this must be a finite number")
    return value


def _orcid(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", value):
        raise ValueError("an ORCID looks like 0000-0002-1825-0097")
    return value


def _nonempty(value: str) -> str:
    if not value.strip():
        raise ValueError("this text is empty")
    return value


def _limits(value: list[float]) -> list[float]:
    if len(value) != 2 or value[0] > value[1]:
        raise ValueError("a range is two numbers, the lower one first: [0, 100]")
    return value


Text = Annotated[str, AfterValidator(_nonempty)]
Number = Annotated[float, AfterValidator(_finite)]
Date = Annotated[dt.date, BeforeValidator(_date)]
Scalar = Annotated[int | float | str, BeforeValidator(_scalar)]
Limits = Annotated[list[Number], AfterValidator(_limits)]
Better = Literal["higher", "lower"]
YesNo = Literal["yes", "no", "unknown"]


class Part(BaseModel):
    """A part of the study file: frozen, strict about types, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# Who and when ---------------------------------------------------------------------------------------------------


class Condition(Part):
    """The disease or state that is studied."""

    name: Text = Field(description="full name, as it stands in a sentence")
    abbreviation: Text | None = Field(None, description="short form, if the paper uses one")


class Author(Part):
    """One author."""

    name: Text = Field(description="as printed")
    orcid: Annotated[str, AfterValidator(_orcid)] | None = Field(None, description="four groups of four")
    affiliations: list[Text] = Field(default_factory=list, description="keys of `affiliations`")
    roles: list[Text] = Field(default_factory=list, description="contributor roles (CRediT)")
    corresponding: bool = Field(False, description="whether letters go to this author")
    email: Text | None = Field(None, description="printed for the corresponding author")
    conflicts: Text | None = Field(None, description="conflicts of interest, `none declared` if none")


class Dates(Part):
    """Days that the paper or its files bear."""

    document: Date = Field(description="date of the paper, also inside the files (two builds give the same bytes)")
    enrolment_start: Date = Field(description="first day on which a patient could enter")
    enrolment_end: Date = Field(description="last day on which a patient could enter")


class Registration(Part):
    """Where the study is registered, or why not."""

    registered: bool = Field(description="whether it is registered")
    registry: Text | None = Field(None, description="name of the register")
    number: Text | None = Field(None, description="registration number")
    date: Date | None = Field(None, description="day of registration")
    reason: Text | None = Field(None, description="a sentence: why it is not registered")


class Protocol(Part):
    """Where the protocol or analysis plan can be read, or why not."""

    available: bool = Field(description="whether a plan dated before the data can be read")
    where: Text | None = Field(None, description="where it can be read")
    reason: Text | None = Field(None, description="a sentence: why there is none")


class Ethics(Part):
    """Approval and consent."""

    statement: Text = Field(description="the sentence that is printed")
    committee: Text | None = Field(None, description="name of the committee")
    number: Text | None = Field(None, description="number of the approval")
    consent: Text | None = Field(None, description="a sentence on consent")


class Funding(Part):
    """Money, and what its giver had to say."""

    statement: Text = Field(description="the sentence that is printed")
    role: Text | None = Field(None, description="a sentence on the role of the funder")


# Design ---------------------------------------------------------------------------------------------------------


class Blinding(Part):
    """Who did not know the treatment."""

    participants: YesNo = Field("unknown", description="yes, no or unknown, in quotes")
    providers: YesNo = Field("unknown", description="those who treat")
    assessors: YesNo = Field("unknown", description="those who assess outcomes")
    analysts: YesNo = Field("unknown", description="those who analyse")


class Excluded(Part):
    """Patients who were looked at and not included, for one reason."""

    reason: Text = Field(description="the reason, as printed in the flow diagram")
    n: int = Field(ge=0, description="how many patients")


class Design(Part):
    """How the comparison came about. It decides the wording of the whole paper."""

    allocation: Literal["randomised", "non-randomised"] = Field(description="how groups arose; there is no default")
    assigned_by: Literal["routine care", "investigators", "randomisation"] = Field(description="who chose the treatment")
    type: Literal["parallel"] = Field("parallel", description="parallel groups are what can be analysed now")
    framework: Literal["superiority", "non-inferiority", "equivalence", "exploratory"] = Field(
        "exploratory", description="what the comparison was meant to show"
    )
    prospective: bool = Field(description="whether patients entered before their outcome was known")
    setting: Text | None = Field(None, description="where patients were treated, as it stands in a sentence")
    blinding: Blinding = Field(default_factory=Blinding, description="who did not know the treatment")
    sample_size: Text | None = Field(None, description="a sentence: how the number of patients was chosen")
    eligible_identified: int | None = Field(None, ge=0, description="patients assessed; null prints `not reported`")
    excluded: list[Excluded] = Field(default_factory=list, description="patients not included, by reason")


class Eligibility(Part):
    """Criteria, each a phrase."""

    inclusion: list[Text] = Field(min_length=1, description="what a patient had to have")
    exclusion: list[Text] = Field(default_factory=list, description="what a patient must not have")


class Arm(Part):
    """One group of patients."""

    label: Text = Field(description="name in tables and headings")
    short: Text = Field(description="short name for narrow columns and figures")
    treatment: Text = Field(description="the treatment as it stands in a sentence")


class Timepoint(Part):
    """One time of assessment."""

    label: Text = Field(description="name in tables")
    month: Annotated[Number, Field(ge=0)] = Field(description="months after the start; 0 is the baseline")
    window_days: int | None = Field(None, ge=1, description="last day that counts for events and for follow-up")


# Data -----------------------------------------------------------------------------------------------------------

Role = Literal[
    "patient",
    "arm",
    "enrolment",
    "received",
    "stopped",
    "stop_reason",
    "followup",
    "lost_reason",
    "timepoint",
    "date",
    "day",
    "term",
    "serious",
    "action",
]


class Column(Part):
    """One column of a file: what it may hold."""

    type: Literal["text", "category", "integer", "number", "date"] = Field(description="what its cells are")
    role: Role | None = Field(None, description="what the column is for, if it is more than a variable")
    label: Text | None = Field(None, description="name in tables")
    unit: Text | None = Field(None, description="unit of a number")
    range: Limits | None = Field(None, description="lowest and highest number allowed, both included")
    step: Annotated[Number, Field(gt=0)] | None = Field(None, description="numbers are multiples of this")
    values: list[Number] | None = Field(None, description="the only numbers allowed")
    levels: dict[str, Text] | None = Field(
        None, description="cells allowed in a category, with label (for arm and timepoint: with the key they stand for)"
    )
    missing_allowed: bool = Field(False, description="whether a cell may be empty or NA")


class DataFile(Part):
    """One csv file."""

    path: Text = Field(description="relative to the study's folder, and inside it")
    key: list[Text] = Field(min_length=1, description="columns that together occur once")
    columns: dict[str, Column] = Field(min_length=1, description="the columns that are read; others are left alone")

    def role(self, role: Role) -> str | None:
        """Name of the column that has this role, if any."""
        return next((name for name, column in self.columns.items() if column.role == role), None)


class Population(Part):
    """A set of patients that analyses refer to."""

    label: Text = Field(description="as it stands in a sentence")
    where: dict[str, list[Text]] | None = Field(
        None, description="null for all patients, else the levels that columns of the participants' file must have"
    )


# Analyses -------------------------------------------------------------------------------------------------------


class BaselineRow(Part):
    """One variable of Table 1: a column of the participants' file, or an outcome at the first time point."""

    column: Text | None = Field(None, description="a column of the participants' file")
    outcome: Text | None = Field(None, description="an outcome, at the first time point")
    summary: Literal["mean", "median", "count"] = Field(description="mean (SD), median (quartiles) or n (percent)")
    show: list[Text] | None = Field(None, description="levels of a count to print; all are computed")

    @property
    def key(self) -> str:
        """The name of the variable in `baseline.<key>.…`."""
        return level_name(self.column or self.outcome or "")


class Outcome(Part):
    """One outcome."""

    label: Text = Field(description="name in headings and tables")
    short: Text | None = Field(None, description="short name for tables and figures")
    kind: Literal["continuous", "ordinal", "count"] = Field(description="decides the analysis")
    instrument: Text | None = Field(None, description="what measured it")
    definition: Text | None = Field(None, description="what counted as an event, as it stands in a sentence")
    cite: Text | None = Field(None, description="key of the reference for the instrument or definition")
    column: Text | None = Field(None, description="`file.column` of a continuous or ordinal outcome")
    file: Text | None = Field(None, description="file of events of a count")
    unit: Text = Field(description="unit, as printed")
    range: Limits | None = Field(None, description="lowest and highest possible value")
    better: Better = Field(description="which direction is better for the patient")
    role: Literal["primary", "secondary", "exploratory"] = Field(description="standing among the outcomes")
    prespecified: bool = Field(description="whether it was chosen before the data was seen")
    population: Text | None = Field(None, description="key of `populations`; the first one when absent")
    timepoints: list[Text] = Field(min_length=1, description="when it was assessed: keys of `timepoints`")


class AdverseEvents(Part):
    """How harms were collected and counted."""

    file: Text = Field(description="file with one row an event")
    label: Text = Field("Adverse events", description="heading")
    noun: Text = Field("adverse event", description="singular, as it stands in a sentence")
    denominator: Text | None = Field(None, description="key of `populations`; the first one when absent")
    systematic: bool = Field(True, description="whether each term was looked for: terms without events are rows too")
    better: Better = Field("lower", description="which direction is better for the patient")
    collection: Text | None = Field(None, description="sentences: how events were collected")
    prespecified: bool = Field(False, description="whether the comparison was chosen before the data was seen")


class Constant(Part):
    """A number that prose prints and no analysis computes."""

    value: Scalar = Field(description="the number (or text)")
    unit: Text | None = Field(None, description="unit, printed after it")
    text: Text | None = Field(None, description="how it is printed, where not as YAML would write it")
    source: Text = Field(description="where it comes from")


class Quoted(Part):
    """Figures that the prose quotes from a cited paper."""

    cite: Text = Field(description="key of the reference")
    text: Text = Field(description="what is printed, word for word")
    where: Text = Field(description="where in the cited paper it stands")


class Choices(Part):
    """Choices that all analyses share."""

    alpha: Annotated[Number, Field(gt=0, lt=1)] = Field(0.05, description="level below which P counts as small")
    ci_level: Annotated[Number, Field(gt=0, lt=1)] = Field(0.95, description="level of confidence intervals")
    sides: Literal[2] = Field(2, description="tests are two-sided")


class Study(Part):
    """A whole study file, checked."""

    everynumber: Literal[1] = Field(description="version of this format")
    data: Literal["simulated", "real"] = Field(description="with `simulated` every output bears a notice")
    title: Text = Field(description="title of the paper; names the design")
    short_title: Text = Field(description="running title")
    keywords: list[Text] = Field(default_factory=list, description="keywords")
    condition: Condition = Field(description="the disease or state that is studied")
    authors: list[Author] = Field(min_length=1, description="authors, in order")
    affiliations: dict[str, Text] = Field(default_factory=dict, description="affiliations by key")
    dates: Dates = Field(description="days that the paper bears")
    registration: Registration = Field(description="where it is registered, or why not")
    protocol: Protocol = Field(description="where the plan can be read, or why not")
    ethics: Ethics = Field(description="approval and consent")
    funding: Funding = Field(description="who paid")
    data_availability: Text = Field(description="a sentence: where the data are")
    design: Design = Field(description="how the comparison came about")
    objective: Text = Field(description="a sentence that begins with `To`")
    eligibility: Eligibility = Field(description="criteria")
    arms: dict[str, Arm] = Field(min_length=2, description="groups by key, in order of the tables")
    reference_arm: Text = Field(description="key of the arm that the others are compared with")
    timepoints: dict[str, Timepoint] = Field(min_length=1, description="times of assessment by key, in order")
    files: dict[str, DataFile] = Field(min_length=1, description="csv files by key")
    populations: dict[str, Population] = Field(
        default_factory=lambda: {"all": Population(label="all included patients")},
        min_length=1,
        description="sets of patients by key; the first is used where none is named",
    )
    baseline: list[BaselineRow] = Field(default_factory=list, description="rows of Table 1, in order")
    outcomes: dict[str, Outcome] = Field(default_factory=dict, description="outcomes by key, in order")
    adverse_events: AdverseEvents | None = Field(None, description="harms")
    constants: dict[str, Constant] = Field(default_factory=dict, description="numbers of the prose, by key")
    quoted: dict[str, Quoted] = Field(default_factory=dict, description="figures of cited papers, by key")
    terms: list[Text] = Field(default_factory=list, description="names with digits in them, such as AQP4-IgG")
    analysis: Choices = Field(default_factory=Choices, description="choices that all analyses share")
    style: Text = Field("icmje", description="the journal's style")
    references: Text | None = Field(None, description="the .bib file")
    text: dict[str, Text] = Field(default_factory=dict, description="the author's prose: a file for each place")

    _folder: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")

    @property
    def folder(self) -> Path:
        """The folder that the study lies in, as given to `load_study`."""
        return self._folder

    @property
    def id(self) -> str:
        """The folder's name."""
        return self._folder.resolve().name

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes of study.yml, in hex."""
        return self._sha256

    def path(self, relative: str) -> Path:
        """A file of the study by its path in study.yml."""
        return self._folder / relative

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """Pairs `(arm, reference arm)`, in order of `arms`."""
        return [(arm, self.reference_arm) for arm in self.arms if arm != self.reference_arm]

    @property
    def participants(self) -> str:
        """Key of the file that holds one row a patient (the one with a column of role `arm`)."""
        return next(key for key, file in self.files.items() if file.role("arm"))

    @property
    def first_timepoint(self) -> str:
        """Key of the first time point, the baseline."""
        return next(iter(self.timepoints))

    def population_of(self, key: str | None) -> str:
        """Key of a population: the one named, or the first."""
        return key or next(iter(self.populations))


# Reading --------------------------------------------------------------------------------------------------------


def load_study(folder: str | Path) -> Study:
    """Read and check a study file.

    Args:
        folder: the study's folder, anywhere on disk; it holds `study.yml`.

    Returns:
        The study, all of whose references among keys and files hold. Patient data is not read yet
        (see `analysis.load.load_data`), and that a csv file exists is checked there.

    Raises:
        StudyError: with every fault that study.yml has.
    """
    study, faults = read_study(folder)
    if faults or study is None:
        raise StudyError(faults)
    return study


def read_study(folder: str | Path) -> tuple[Study | None, list[Fault]]:
    """Like `load_study`, but faults are returned; the study is None only where the file has no usable form."""
    root = Path(folder)
    if not root.is_dir():
        what = "This is a file, not a folder." if root.exists() else "There is no such folder."
        return None, [Fault(str(folder), what, "Name the folder that holds study.yml.")]
    text, faults = read_utf8(root / STUDY_FILE, STUDY_FILE)
    if faults:
        if not (root / STUDY_FILE).is_file():
            what = "There is no study.yml in this folder."
            faults = [Fault(str(folder), what, "Name the folder that holds study.yml.")]
        return None, faults
    raw, lines, faults = parse_yaml(text, STUDY_FILE)
    if raw is None and not faults:
        return None, [Fault(STUDY_FILE, "The file is empty.", "docs/study-file.md describes what it must hold.")]
    if not isinstance(raw, dict):
        return None, faults or [
            Fault(STUDY_FILE, "The file must be a list of keys with values (key: value).", "See docs/study-file.md.")
        ]
    form = bool(faults)
    faults += _characters(raw, lines)
    study: Study | None = None
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        faults += [_translate(one, lines) for one in error.errors(include_url=False)]
    faults += list(_References(raw, lines, root).check())
    if study is not None:
        study._folder = root
        study._sha256 = hashlib.sha256((root / STUDY_FILE).read_bytes()).hexdigest()
    if form:
        study = None
    order = {fault: number for number, fault in reversed(list(enumerate(faults)))}
    return study, sorted(order, key=lambda fault: (_line(fault.where), order[fault]))


def _line(where: str) -> int:
    found = re.search(r"line (\d+)", where)
    return int(found.group(1)) if found else 0


def _place(loc: Loc, lines: dict[Loc, int]) -> str:
    """`study.yml, line 12, arms.control.label` for a key path (the line of its nearest ancestor)."""
    path = loc
    while path and path not in lines:
        path = path[:-1]
    line = f", line {lines[path]}" if path else ""
    dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    return f"{STUDY_FILE}{line}" + (f", {dotted}" if dotted else "")


# Characters ------------------------------------------------------------------------------------------------------


def bad_character(text: str) -> str:
    """Name of the first character that no text of a study may hold, or an empty text.

    Refused are control characters (line breaks apart), halves of surrogate pairs, noncharacters and the private-use
    range U+E000 to U+F8FF, which the audit keeps for its own marks.
    """
    for char in text:
        code = ord(char)
        if (code < 32 and char != "\n") or 127 <= code < 160:
            return f"a control character (U+{code:04X})"
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE:
            return f"a code that is no character (U+{code:04X})"
        if 0xE000 <= code <= 0xF8FF:
            return f"a character of the private-use range (U+{code:04X})"
    return ""


def _characters(value: Any, lines: dict[Loc, int], loc: Loc = ()) -> list[Fault]:
    if isinstance(value, dict):
        faults = []
        for key, one in value.items():
            bad = bad_character(str(key))
            if bad:
                faults.append(Fault(_place(loc, lines), f"A key holds {bad}.", "Remove it."))
            faults += _characters(one, lines, (*loc, key))
        return faults
    if isinstance(value, list):
        return [fault for i, one in enumerate(value) for fault in _characters(one, lines, (*loc, i))]
    if isinstance(value, str) and (bad := bad_character(value)):
        return [Fault(_place(loc, lines), f"The text holds {bad}.", "Remove it.")]
    return []


# Types ----------------------------------------------------------------------------------------------------------

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a group of keys with values",
    "model_type": "a group of keys with values",
    "model_attributes_type": "a group of keys with values",
    "date_type": "a date (2015-04-01)",
    "date_from_datetime_inexact": "a date (2015-04-01)",
    "date_from_datetime_parsing": "a date (2015-04-01)",
}


def _translate(error: Any, lines: dict[Loc, int]) -> Fault:
    """One of pydantic's errors as a sentence of ours."""
    loc: Loc = tuple(error["loc"])
    kind: str = error["type"]
    given = error.get("input")
    context = error.get("ctx") or {}
    name = str(loc[-1]) if loc else STUDY_FILE
    if kind == "missing":
        above = _place(loc[:-1], lines)
        what = f"The key {'.'.join(map(str, loc))} is missing."
        model = _model_at(loc[:-1])
        text = (model.model_fields[name].description or "") if model and name in model.model_fields else ""
        if loc == ("design", "allocation"):
            cure = "Write allocation: randomised or allocation: non-randomised; there is no default."
        else:
            cure = f"Add it: {text}." if text else "Add it."
        return Fault(above, what, cure)
    where = _place(loc, lines)
    if kind == "extra_forbidden":
        model = _model_at(loc[:-1])
        valid = list(model.model_fields) if model else []
        return Fault(where, f"The key {name} is not known here.", suggestion(name, valid, "key"))
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'|(\d+)", str(context.get("expected", "")))
        words = [a or b for a, b in valid]
        return Fault(where, f"{_shown(given)} is not allowed here.", _boolean_hint(given) or suggestion(given, words, "value"))
    if kind in _KINDS:
        if given is None:
            return Fault(where, f"This is empty; it must be {_KINDS[kind]}.", "")
        hint = _boolean_hint(given) if kind == "string_type" else ""
        if kind == "string_type" and not hint and isinstance(given, int | float | dt.date):
            hint = f'Put it in quotes: "{given}".'
        return Fault(where, f"This must be {_KINDS[kind]}, not {_shown(given)}.", hint)
    if kind == "value_error":
        reason = str(context.get("error", "this is not allowed"))
        return Fault(where, f"{_shown(given)}: {reason}.")
    bounds = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than", "less_than_equal": "at most"}
    if kind in bounds:
        limit = next(iter(context.values()))
        return Fault(where, f"{_shown(given)} must be {bounds[kind]} {limit}.")
    if kind == "too_short":
        least = context.get("min_length", 1)
        return Fault(where, f"This needs at least {least} {'entry' if least == 1 else 'entries'}.")
    return Fault(where, f"{_shown(given)} is not allowed here.", "See docs/study-file.md.")


def _shown(value: Any) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _boolean_hint(value: Any) -> str:
    return "YAML reads yes and no without quotes as true and false: put the word in quotes." if isinstance(value, bool) else ""


def _model_at(loc: Loc) -> type[Part] | None:
    """The model of the part that a key path leads to."""
    import typing

    here: Any = Study
    for part in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            if field is None:
                return None
            here = field.annotation
        else:
            arguments = typing.get_args(here)
            here = arguments[-1] if arguments else None
        while typing.get_args(here) and type(None) in typing.get_args(here):
            here = next(one for one in typing.get_args(here) if one is not type(None))
    return here if isinstance(here, type) and issubclass(here, Part) else None


# References among keys ------------------------------------------------------------------------------------------

_RESERVED = {"baseline", "design", "flow", "followup", "harms", "labels", "total"}
_NUMERIC = {"integer", "number"}
_ROLE_TYPES: dict[str, set[str]] = {
    "arm": {"category"},
    "enrolment": {"date"},
    "received": {"category"},
    "stopped": {"category"},
    "stop_reason": {"text", "category"},
    "followup": {"integer", "number"},
    "lost_reason": {"text", "category"},
    "timepoint": {"category"},
    "date": {"date"},
    "day": {"integer", "number"},
    "term": {"category"},
    "serious": {"category"},
    "action": {"category"},
}


class _References:
    """Checks what pydantic cannot: that keys refer to keys, and files lie where they may.

    It works on the raw values and trusts none of their types, so that these faults are found together with those
    of the types: what has the wrong form is passed over here, for its own fault has been named already.
    """

    def __init__(self, raw: dict[str, Any], lines: dict[Loc, int], root: Path) -> None:
        self.raw, self.lines, self.root = raw, lines, root
        self.arms = self.group("arms")
        self.timepoints = self.group("timepoints")
        self.files = {key: file for key, file in self.group("files").items() if isinstance(file, dict)}
        self.outcomes = {key: one for key, one in self.group("outcomes").items() if isinstance(one, dict)}
        self.populations = self.group("populations") if "populations" in raw else {"all": None}
        self.bib = self.bib_keys()

    def group(self, *loc: str) -> dict[str, Any]:
        value: Any = self.raw
        for key in loc:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def fault(self, loc: Loc, what: str, cure: str = "") -> Fault:
        return Fault(_place(loc, self.lines), what, cure)

    def columns(self, file: str) -> dict[str, dict[str, Any]]:
        found = self.files.get(file, {}).get("columns")
        return {k: v for k, v in found.items() if isinstance(v, dict)} if isinstance(found, dict) else {}

    def with_role(self, file: str, role: str) -> list[str]:
        return [name for name, column in self.columns(file).items() if column.get("role") == role]

    def known(self, loc: Loc, name: Any, valid: dict[str, Any], noun: str) -> Iterator[Fault]:
        if isinstance(name, str) and valid and name not in valid:
            yield self.fault(loc, f"{name} is not one of the {noun}s.", suggestion(name, valid, noun))

    def check(self) -> Iterator[Fault]:
        yield from self.keys()
        yield from self.known(("reference_arm",), self.raw.get("reference_arm"), self.arms, "arm")
        yield from self.authors()
        yield from self.dates()
        yield from self.design()
        yield from self.times()
        yield from self.data_files()
        yield from self.population_rows()
        yield from self.baseline_rows()
        for key, outcome in self.outcomes.items():
            yield from self.outcome(key, outcome)
        yield from self.harms()
        yield from self.quotes()
        yield from self.paths()

    def keys(self) -> Iterator[Fault]:
        for place in ("arms", "timepoints", "files", "populations", "outcomes", "constants", "quoted", "affiliations", "text"):
            for key in self.group(place):
                if not KEY.match(key):
                    yield self.fault(
                        (place, key),
                        f"{key} cannot be a key: keys are part of the names of statistics.",
                        "Use small letters, digits and underscores, a letter first.",
                    )
        for arm in self.arms:
            if arm in _RESERVED or "_vs_" in arm:
                yield self.fault(("arms", arm), f"{arm} is a word that everynumber uses itself.", "Choose another key.")
        for outcome in self.outcomes:
            if outcome in _RESERVED:
                yield self.fault(("outcomes", outcome), f"{outcome} is a word that everynumber uses itself.", "Choose another key.")

    def authors(self) -> Iterator[Fault]:
        authors = self.raw.get("authors")
        authors = [one for one in authors if isinstance(one, dict)] if isinstance(authors, list) else []
        known = self.group("affiliations")
        for number, author in enumerate(authors):
            listed = author.get("affiliations")
            for i, name in enumerate(listed if isinstance(listed, list) else []):
                loc: Loc = ("authors", number, "affiliations", i)
                if isinstance(name, str) and name not in known:
                    yield self.fault(loc, f"{name} is not one of the affiliations.", suggestion(name, known, "affiliation"))
        if authors and not any(author.get("corresponding") is True for author in authors):
            yield self.fault(("authors",), "No author is the corresponding one.", "Add corresponding: true to one author.")
        for number, author in enumerate(authors):
            if author.get("corresponding") is True and not author.get("email"):
                yield self.fault(("authors", number), "The corresponding author has no email.", "Add email.")

    def dates(self) -> Iterator[Fault]:
        dates = self.group("dates")
        start, end = _as_date(dates.get("enrolment_start")), _as_date(dates.get("enrolment_end"))
        if start and end and start > end:
            yield self.fault(("dates", "enrolment_end"), "Enrolment ends before it starts.", "Correct one of the two dates.")

    def design(self) -> Iterator[Fault]:
        design = self.group("design")
        allocation, by = design.get("allocation"), design.get("assigned_by")
        if (allocation == "non-randomised" and by == "randomisation") or (allocation == "randomised" and by in (
            "routine care",
            "investigators",
        )):
            yield self.fault(
                ("design", "assigned_by"), f"A {allocation} study cannot be assigned by {by}.", "Correct allocation or assigned_by."
            )

    def times(self) -> Iterator[Fault]:
        before: float | None = None
        for key, one in self.timepoints.items():
            month = one.get("month") if isinstance(one, dict) else None
            if isinstance(month, bool) or not isinstance(month, int | float):
                continue
            if before is None and month != 0:
                yield self.fault(("timepoints", key), "The first time point is not the baseline.", "Give it month: 0.")
            if before is not None and month <= before:
                yield self.fault(("timepoints", key, "month"), "Time points are not in order of their months.", "Sort them.")
            before = float(month)

    def data_files(self) -> Iterator[Fault]:
        main = [key for key in self.files if self.with_role(key, "arm")]
        if self.files and not main:
            yield self.fault(
                ("files",), "No file has a column of role arm.", "Give role: arm to the column that names each patient's group."
            )
        if len(main) > 1:
            yield self.fault(("files", main[1]), "A second file has a column of role arm.", "Keep one file with one row a patient.")
        if main and self.files[main[0]].get("key") not in ([name] for name in self.with_role(main[0], "patient")):
            loc: Loc = ("files", main[0], "key")
            yield self.fault(loc, "The participants' file must have one row a patient.", "Make the patient column its only key.")
        for file in self.files:
            columns = self.columns(file)
            if columns and not self.with_role(file, "patient"):
                yield self.fault(("files", file, "columns"), "No column has role: patient.", "Give it to the patient's identifier.")
            for role in _ROLE_TYPES.keys() | {"patient"}:
                for extra in self.with_role(file, role)[1:]:
                    yield self.fault(("files", file, "columns", extra, "role"), f"A second column has the role {role}.", "Keep one.")
            key = self.files[file].get("key")
            for i, name in enumerate(key if isinstance(key, list) else []):
                yield from self.known(("files", file, "key", i), name, columns, "column")
            names: dict[str, str] = {}
            for name, column in columns.items():
                yield from self.column(("files", file, "columns", name), column)
                other = names.setdefault(level_name(name), name)
                if other != name:
                    loc = ("files", file, "columns", name)
                    yield self.fault(loc, f"The columns {other} and {name} would share one name.", "Rename one of them.")

    def column(self, loc: Loc, column: dict[str, Any]) -> Iterator[Fault]:
        kind, role, levels = column.get("type"), column.get("role"), column.get("levels")
        levels = levels if isinstance(levels, dict) else None
        if isinstance(role, str) and role in _ROLE_TYPES and isinstance(kind, str) and kind not in _ROLE_TYPES[role]:
            allowed = " or ".join(sorted(_ROLE_TYPES[role]))
            yield self.fault((*loc, "type"), f"A column of role {role} cannot be of type {kind}.", f"It must be {allowed}.")
        if kind == "category" and not levels:
            yield self.fault(loc, "A category needs levels.", "Add levels: {cell: label, …}.")
        if levels and kind in ("integer", "number", "date", "text"):
            yield self.fault((*loc, "levels"), f"A column of type {kind} has no levels.", "Make it type: category.")
        for key in ("range", "step", "values"):
            if column.get(key) is not None and kind in ("text", "category", "date"):
                yield self.fault((*loc, key), f"A column of type {kind} has no {key}.", "Remove it, or make it a number.")
        named: dict[str, str] = {}
        for level in levels or {}:
            other = named.setdefault(level_name(level), level)
            if other != level:
                yield self.fault((*loc, "levels", level), f"The levels {other} and {level} would share one name.", "Rename one.")
        if role in ("arm", "timepoint") and levels:
            valid = self.arms if role == "arm" else self.timepoints
            noun = "arm" if role == "arm" else "time point"
            for level, key in levels.items():
                yield from self.known((*loc, "levels", level), key, valid, noun)
            if role == "arm":
                for arm in self.arms:
                    if arm not in levels.values():
                        yield self.fault((*loc, "levels"), f"No level stands for the arm {arm}.", "Add one.")
        if role in ("received", "stopped", "serious") and levels and set(levels) != {"yes", "no"}:
            yield self.fault(
                (*loc, "levels"), f"The levels of role {role} must be yes and no.", 'Write levels: {"yes": "Yes", "no": "No"}.'
            )

    def population_rows(self) -> Iterator[Fault]:
        main = next((key for key in self.files if self.with_role(key, "arm")), None)
        columns = self.columns(main) if main else {}
        for key, one in self.populations.items():
            where = one.get("where") if isinstance(one, dict) else None
            for name, wanted in (where if isinstance(where, dict) else {}).items():
                loc: Loc = ("populations", key, "where", name)
                yield from self.known(loc, name, columns, "column")
                levels = columns.get(name, {}).get("levels")
                if name in columns and not isinstance(levels, dict):
                    yield self.fault(loc, f"The column {name} is not a category.", "Populations are chosen by categories.")
                elif isinstance(levels, dict):
                    for i, level in enumerate(wanted if isinstance(wanted, list) else []):
                        yield from self.known((*loc, i), level, levels, "level")

    def baseline_rows(self) -> Iterator[Fault]:
        rows = self.raw.get("baseline")
        main = next((key for key in self.files if self.with_role(key, "arm")), None)
        columns = self.columns(main) if main else {}
        seen: set[str] = set()
        for i, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict):
                continue
            loc: Loc = ("baseline", i)
            name, outcome = row.get("column"), row.get("outcome")
            if (name is None) == (outcome is None):
                yield self.fault(loc, "A row names either a column or an outcome.", "Write one of the two.")
                continue
            yield from self.known((*loc, "column"), name, columns, "column")
            yield from self.known((*loc, "outcome"), outcome, self.outcomes, "outcome")
            key = level_name(str(name or outcome))
            if key in seen:
                yield self.fault(loc, f"{name or outcome} stands twice in the baseline.", "Keep one of the two.")
            seen.add(key)
            summary, show = row.get("summary"), row.get("show")
            if outcome is not None and outcome in self.outcomes:
                if self.outcomes[outcome].get("kind") == "count" or summary == "count":
                    yield self.fault(loc, "An outcome in the baseline is a mean or a median of a score.", "")
                listed = self.outcomes[outcome].get("timepoints")
                first = next(iter(self.timepoints), None)
                if isinstance(listed, list) and first is not None and first not in listed:
                    yield self.fault(loc, f"The outcome {outcome} was not assessed at {first}.", f"Add {first} to its timepoints.")
            if isinstance(name, str) and name in columns:
                kind = columns[name].get("type")
                if summary in ("mean", "median") and kind in ("category", "text", "date"):
                    yield self.fault(loc, f"The column {name} is not a number, so it has no {summary}.", "Write summary: count.")
                if summary == "count" and kind in ("integer", "number", "text", "date"):
                    yield self.fault(loc, f"The column {name} is not a category.", "Write summary: mean or median.")
                levels = columns[name].get("levels")
                for j, level in enumerate(show if isinstance(show, list) else []):
                    if isinstance(levels, dict):
                        yield from self.known((*loc, "show", j), level, levels, "level")

    def outcome(self, key: str, outcome: dict[str, Any]) -> Iterator[Fault]:
        loc: Loc = ("outcomes", key)
        kind, column, file = outcome.get("kind"), outcome.get("column"), outcome.get("file")
        listed = outcome.get("timepoints")
        times = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        for i, name in enumerate(times):
            yield from self.known((*loc, "timepoints", i), name, self.timepoints, "time point")
            if times.index(name) < i:
                yield self.fault((*loc, "timepoints", i), f"{name} stands twice.", "Keep one of the two.")
        yield from self.known((*loc, "population"), outcome.get("population"), self.populations, "population")
        yield from self.cited((*loc, "cite"), outcome.get("cite"))
        if kind in ("continuous", "ordinal"):
            if file is not None:
                yield self.fault((*loc, "file"), f"A {kind} outcome has a column, not a file.", "Write column: file.column.")
            if column is None:
                yield self.fault(loc, f"The {kind} outcome {key} has no column.", "Add column: file.column.")
            elif isinstance(column, str):
                yield from self.outcome_column((*loc, "column"), column)
        elif kind == "count":
            yield from self.count_outcome(loc, key, outcome, times)

    def outcome_column(self, loc: Loc, column: str) -> Iterator[Fault]:
        file, dot, name = column.partition(".")
        every = {f"{one}.{each}": None for one in self.files for each in self.columns(one)}
        if not dot or file not in self.files or name not in self.columns(file):
            if every:
                yield self.fault(loc, f"{column} is not one of the columns of the files.", suggestion(column, every, "column"))
            return
        if self.columns(file)[name].get("type") in ("text", "category", "date"):
            yield self.fault(loc, f"The column {column} is not a number.", "A score needs type: integer or number.")
        if not self.with_role(file, "timepoint"):
            yield self.fault(loc, f"The file {file} has no column of role timepoint.", "Give it to the column that names the visit.")
        elif self.files[file].get("key") not in (
            [a, b] for p in self.with_role(file, "patient") for t in self.with_role(file, "timepoint") for a, b in ((p, t), (t, p))
        ):
            yield self.fault(
                ("files", file, "key"), "A file of visits must have one row for each patient and time point.", "Make these two its key."
            )

    def count_outcome(self, loc: Loc, key: str, outcome: dict[str, Any], times: list[str]) -> Iterator[Fault]:
        file = outcome.get("file")
        if outcome.get("column") is not None:
            yield self.fault((*loc, "column"), "A count has a file of events, not a column.", "Write file: instead.")
        if file is None:
            yield self.fault(loc, f"The count {key} has no file.", "Add file: with one row an event.")
        yield from self.known((*loc, "file"), file, self.files, "file")
        if isinstance(file, str) and file in self.files and not self.with_role(file, "day"):
            yield self.fault((*loc, "file"), f"The file {file} has no column of role day.", "Give it to the day of the event.")
        main = next((one for one in self.files if self.with_role(one, "arm")), None)
        if main and not self.with_role(main, "followup"):
            yield self.fault(
                loc, f"The count {key} needs the days of follow-up.", "Give role: followup to a column of the participants' file."
            )
        for i, name in enumerate(times):
            one = self.timepoints.get(name)
            if isinstance(one, dict) and one.get("window_days") is None:
                yield self.fault(
                    (*loc, "timepoints", i), f"The time point {name} has no window_days.", "A count needs the last day that counts."
                )

    def harms(self) -> Iterator[Fault]:
        events = self.group("adverse_events")
        file = events.get("file")
        yield from self.known(("adverse_events", "file"), file, self.files, "file")
        yield from self.known(("adverse_events", "denominator"), events.get("denominator"), self.populations, "population")
        if isinstance(file, str) and file in self.files:
            terms = self.with_role(file, "term")
            if not terms:
                yield self.fault(("files", file), "The file of adverse events has no column of role term.", "Give it to the event's name.")
            for term in terms:
                levels = self.columns(file)[term].get("levels")
                for level in levels if isinstance(levels, dict) else {}:
                    if level_name(level) in ("any", "serious", "stopped"):
                        yield self.fault(
                            ("files", file, "columns", term, "levels", level),
                            f"{level} is a word that everynumber uses itself.",
                            "Name the term otherwise.",
                        )

    def quotes(self) -> Iterator[Fault]:
        for key, one in self.group("quoted").items():
            if isinstance(one, dict):
                yield from self.cited(("quoted", key, "cite"), one.get("cite"))

    def cited(self, loc: Loc, key: Any) -> Iterator[Fault]:
        if not isinstance(key, str):
            return
        if self.raw.get("references") is None:
            yield self.fault(loc, f"{key} is cited, but the study has no references.", "Add references: references.bib.")
        elif self.bib is not None and key not in self.bib:
            yield self.fault(loc, f"{key} is not in {self.raw['references']}.", suggestion(key, self.bib, "reference"))

    def bib_keys(self) -> list[str] | None:
        """Keys of the .bib file, or None where it cannot be read."""
        name = self.raw.get("references")
        if not isinstance(name, str) or _escapes(self.root, name):
            return None
        text, faults = read_utf8(self.root / name, name)
        return None if faults else re.findall(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", text, re.M | re.I)

    def paths(self) -> Iterator[Fault]:
        for key, file in self.files.items():
            path = file.get("path")
            if isinstance(path, str) and (reason := _escapes(self.root, path)):
                yield self.fault(("files", key, "path"), reason, "A study's files lie in its own folder.")
        named: list[tuple[Loc, Any]] = [(("references",), self.raw.get("references"))]
        named += [(("text", key), path) for key, path in self.group("text").items()]
        for loc, path in named:
            if not isinstance(path, str) or not path.strip():
                continue
            if reason := _escapes(self.root, path):
                yield self.fault(loc, reason, "A study's files lie in its own folder.")
            elif not (self.root / path).is_file():
                yield self.fault(loc, f"There is no file {path}.", "Put it there or correct the path.")
            else:
                _, faults = read_utf8(self.root / path, path)
                yield from faults


def _as_date(value: Any) -> dt.date | None:
    try:
        value = _date(value)
    except ValueError:
        return None
    return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


def _escapes(root: Path, path: str) -> str:
    """Why a path does not stay in the study's folder, or an empty text."""
    windows = PureWindowsPath(path)
    if windows.is_absolute() or windows.drive or windows.root or path.startswith("~"):
        return f"The path {path} is absolute."
    if ".." in windows.parts:
        return f"The path {path} leaves the study's folder."
    if "\\" in path:
        return f"The path {path} has a backslash; write / between folders."
    try:
        real = (root / path).resolve()
    except (OSError, RuntimeError, ValueError):
        return f"The path {path} cannot be followed."
    if not real.is_relative_to(root.resolve()):
        return f"The path {path} leads out of the study's folder by a symbolic link."
    return ""
