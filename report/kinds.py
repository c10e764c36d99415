"""The outcomes of a study by kind, as templates and layouts see them. No statistic is computed here.

The names of statistics that an outcome's ``id`` and time points make are those of docs/contracts.md.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from report.capitals import lowered
from report.emit import Emitter
from report.markdown import Md, escape


def name_part(level: str) -> str:
    """A category's level or a column as one part of a statistic's name (docs/results-file.md): itself where it has
    only ASCII letters, digits, ``_`` and ``-``, else those of it in small letters, signs of comparison as words, else
    ``x`` and a hash."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", level):
        return level
    for sign, words in (("<=", "at most"), ("≤", "at most"), (">=", "at least"), ("≥", "at least")):
        level = level.replace(sign, f" {words} ")
    level = level.replace("<", " under ").replace(">", " over ")
    plain = unicodedata.normalize("NFKD", level).encode("ascii", "ignore").decode("ascii").lower()
    short = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return short or "x" + hashlib.sha256(level.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Level:
    """A level of a category: its part of statistics' names, and where study.yml has its label."""

    part: str
    path: str


def levels_of(study: Mapping[str, Any], file: str, column: str, order: list[Any] | None = None) -> tuple[Level, ...]:
    """The levels of a column in the order given, or in that of study.yml."""
    path = f"files.{file}.columns.{column}.levels"
    keys = order or list(study["files"][file]["columns"][column]["levels"] or {})
    return tuple(Level(name_part(str(key)), f"{path}.{key}") for key in keys)


@dataclass(frozen=True)
class Outcome:
    """What all kinds have. ``times`` are keys of time points in order."""

    emit: Emitter
    id: str
    times: tuple[str, ...]
    section: ClassVar[str] = ""

    @property
    def declared(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.emit.study["outcomes"][self.id]
        return found

    @property
    def short(self) -> Md:
        """The short name, emitted anew at each use: it may hold a number (SF-36)."""
        if self.declared.get("short"):
            return self.emit.declared(f"outcomes.{self.id}.short")
        return self.name

    @property
    def unit(self) -> Md:
        """The unit, emitted anew at each use: it may hold digits (m², 10⁹/L)."""
        return self.emit.declared(f"outcomes.{self.id}.unit")

    @property
    def heading(self) -> Md:
        """The short name as captions and rows begin with it."""
        key = "short" if self.declared.get("short") else "label"
        return self.emit.declared(f"outcomes.{self.id}.{key}", capital=True)

    @property
    def name(self) -> Md:
        """The label as it stands inside a sentence; an instrument's proper name keeps its capitals."""
        proper = self.declared["label"] == self.declared.get("instrument")
        return self.emit.declared(f"outcomes.{self.id}.label", lower_first=not proper)

    def tells(self, time: str) -> bool:
        """Whether the label says the time itself ('Abstinence to 26 weeks')."""
        label = str(self.emit.study["timepoints"][time]["label"]).casefold()
        return label in str(self.declared["label"]).casefold()

    @property
    def confirmatory(self) -> bool:
        """A primary outcome that was chosen before the data were seen."""
        return bool(self.declared["role"] == "primary" and self.declared["prespecified"])


@dataclass(frozen=True)
class Score(Outcome):
    """A continuous or ordinal outcome; ``first`` is its value before treatment, where it has one."""

    first: str | None
    later: tuple[str, ...]
    ordinal: bool
    section: ClassVar[str] = "scores"

    @property
    def all_times(self) -> tuple[str, ...]:
        return ((self.first,) if self.first else ()) + self.later


@dataclass(frozen=True)
class Skewed(Outcome):
    """A measurement that is described by its median; ``first`` is its value before treatment, where it has one."""

    first: str | None
    later: tuple[str, ...]
    section: ClassVar[str] = "skewed"


@dataclass(frozen=True)
class Crossed(Outcome):
    """An outcome of a cross-over: a score, or an event that a patient has or has not in each period.

    ``periods`` are keys of time points; ``first`` is the one before treatment, where the outcome has it.
    """

    periods: tuple[str, ...]
    first: str | None
    binary: bool
    ordinal: bool
    section: ClassVar[str] = "crossed"


@dataclass(frozen=True)
class Count(Outcome):
    """An outcome of recurrent events."""

    section: ClassVar[str] = "counts"

    @property
    def noun(self) -> Md:
        """The events' name in the plural, emitted anew at each use: it may be a claim word (falls)."""
        key = "short" if self.declared.get("short") else "label"
        return self.emit.declared(f"outcomes.{self.id}.{key}", lower_first=True)

    @property
    def singular(self) -> Md:
        """'recurrence', 'injury': of the last word of a plural that English makes by rule; others stay."""
        noun = str(self.declared.get("short") or self.declared["label"])
        if not re.search(r"[^s]s$", noun):
            return self.noun
        rules = (("ies$", "y"), ("(?<=sh|ch|ss)es$|(?<=x)es$", ""), ("s$", ""))
        one = next(re.sub(old, new, noun) for old, new in rules if re.search(old, noun))
        return escape(lowered(one, self.emit.study.get("terms") or []))


@dataclass(frozen=True)
class Binary(Outcome):
    """An outcome that a patient has or has not."""

    section: ClassVar[str] = "binaries"


@dataclass(frozen=True)
class Graded(Outcome):
    """An outcome of a few levels in order, lowest first."""

    levels: tuple[Level, ...]
    section: ClassVar[str] = "graded"


@dataclass(frozen=True)
class Survival(Outcome):
    """The time to an event; ``times`` are those at which survival is told, the last one is the horizon."""

    section: ClassVar[str] = "survivals"

    def at(self, time: str) -> float:
        """A time point on the outcome's own axis."""
        return float(self.emit.study["timepoints"][time]["at"])


def outcome_of(emit: Emitter, key: str) -> Outcome:
    """The outcome of study.yml with that key."""
    study = emit.study
    declared = study["outcomes"][key]
    times = tuple(t for t in study["timepoints"] if t in declared["timepoints"])
    kind = declared["kind"]
    if study["design"]["type"] == "crossover":
        periods = tuple(t for t in times if study["timepoints"][t]["period"] is not None)
        before = next((t for t in times if t not in periods), None)
        return Crossed(emit, key, times, periods, before, kind == "binary", kind == "ordinal")
    if kind in ("continuous", "ordinal", "skewed"):
        start = next(iter(study["timepoints"]))
        first = start if times[0] == start and len(times) > 1 else None
        later = times[1:] if first else times
        if kind == "skewed":
            return Skewed(emit, key, times, first, later)
        return Score(emit, key, times, first, later, kind == "ordinal")
    if kind == "count":
        return Count(emit, key, times)
    if kind == "binary":
        return Binary(emit, key, times)
    if kind == "graded":
        file, _, column = str(declared["column"]).partition(".")
        return Graded(emit, key, times, levels_of(study, file, column, declared.get("order")))
    return Survival(emit, key, times)


@dataclass(frozen=True)
class Subgroups:
    """An outcome within the levels of one column of the participants' file."""

    emit: Emitter
    outcome: Outcome
    column: str
    file: str
    prespecified: bool

    @property
    def levels(self) -> tuple[Level, ...]:
        return levels_of(self.emit.study, self.file, self.column)

    def stem(self, time: str) -> str:
        """What the names of the statistics at a time begin with, without its last dot."""
        of = f"{self.outcome.id}." + ("" if isinstance(self.outcome, Survival) else f"{time}.")
        return f"{of}by_{name_part(self.column)}"
