"""What pydantic cannot check in a study file: that keys refer to keys, and that files lie where they may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

from analysis.dates import first_day, last_day
from analysis.expressions import ROW_NUMBER, ExpressionError, parse
from analysis.faults import Fault, suggestion
from analysis.names import KEY, level_name
from analysis.study_clusters import cluster_faults
from analysis.study_crossover import crossover_faults
from analysis.study_factors import factor_faults
from analysis.study_faults import place
from analysis.study_flow import flow_faults
from analysis.study_harms import harm_faults
from analysis.study_outcomes import SCORES, outcome_faults, several_faults, subgroup_faults
from analysis.study_sensitivity import sensitivity_faults
from analysis.study_trend import trend_faults
from analysis.yaml_file import Loc, read_utf8

_RESERVED = {"baseline", "design", "flow", "followup", "harms", "labels", "sensitivity", "total"}
_ROLE_TYPES: dict[str, set[str]] = {
    "arm": {"category"},
    "sequence": {"category"},
    "enrolment": {"date"},
    "received": {"category"},
    "stopped": {"category"},
    "stop_reason": {"text", "category"},
    "followup": {"integer", "number"},
    "lost_reason": {"text", "category"},
    "cluster": {"text", "category"},
    "timepoint": {"category"},
    "date": {"date"},
    "day": {"integer", "number"},
    "term": {"category"},
    "serious": {"category"},
    "action": {"category"},
    "class": {"category"},
    "severity": {"category"},
    "fatal": {"category"},
}


class References:
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
        self.crossover = self.group("design").get("type") == "crossover"
        self.sequences = self.group("design", "sequences")
        self.grouping = "sequence" if self.crossover else "arm"
        """Role of the column that tells groups of patients apart."""
        self.participants = next((key for key in self.files if self.with_role(key, self.grouping)), None)

    def group(self, *loc: str) -> dict[str, Any]:
        value: Any = self.raw
        for key in loc:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def fault(self, loc: Loc, what: str, cure: str = "") -> Fault:
        return Fault(place(loc, self.lines), what, cure)

    def columns(self, file: str) -> dict[str, dict[str, Any]]:
        found = self.files.get(file, {}).get("columns")
        return {k: v for k, v in found.items() if isinstance(v, dict)} if isinstance(found, dict) else {}

    def with_role(self, file: str, role: str) -> list[str]:
        return [name for name, column in self.columns(file).items() if column.get("role") == role]

    def key_is(self, file: str, roles: list[str]) -> bool:
        """Whether the key of a file is made of the columns with these roles, in any order."""
        key = self.files[file].get("key")
        wanted = [name for role in roles for name in self.with_role(file, role)]
        return isinstance(key, list) and sorted(map(str, key)) == sorted(wanted)

    def known(self, loc: Loc, name: Any, valid: dict[str, Any], noun: str) -> Iterator[Fault]:
        if isinstance(name, str) and valid and name not in valid:
            yield self.fault(loc, f"{name} is not one of the {noun}s.", suggestion(name, valid, noun))

    def check(self) -> Iterator[Fault]:
        yield from self.keys()
        yield from self.known(("reference_arm",), self.raw.get("reference_arm"), self.arms, "arm")
        yield from self.authors()
        yield from self.dates()
        yield from self.design()
        yield from factor_faults(self)
        yield from self.times()
        yield from self.data_files()
        for file in self.files:
            yield from self.shaping(file)
        yield from self.population_rows()
        yield from self.baseline_rows()
        for key, outcome in self.outcomes.items():
            yield from outcome_faults(self, key, outcome)
        yield from subgroup_faults(self)
        yield from sensitivity_faults(self)
        yield from cluster_faults(self)
        yield from flow_faults(self)
        yield from crossover_faults(self)
        yield from several_faults(self)
        yield from trend_faults(self)
        yield from harm_faults(self)
        yield from self.quotes()
        yield from self.paths()

    def keys(self) -> Iterator[Fault]:
        for group in (
            "arms",
            "timepoints",
            "files",
            "populations",
            "outcomes",
            "constants",
            "quoted",
            "affiliations",
            "text",
        ):
            for key in self.group(group):
                if not KEY.match(key):
                    yield self.fault(
                        (group, key),
                        f"{key} cannot be a key: keys are part of the names of statistics.",
                        "Use small letters, digits and underscores, a letter first.",
                    )
        for arm in self.arms:
            if arm in _RESERVED or "_vs_" in arm:
                yield self.fault(("arms", arm), f"{arm} is a word that everynumber uses itself.", "Choose another key.")
        for outcome in self.outcomes:
            if outcome in _RESERVED:
                yield self.fault(
                    ("outcomes", outcome), f"{outcome} is a word that everynumber uses itself.", "Choose another key."
                )

    def authors(self) -> Iterator[Fault]:
        authors = self.raw.get("authors")
        authors = [one for one in authors if isinstance(one, dict)] if isinstance(authors, list) else []
        known = self.group("affiliations")
        for number, author in enumerate(authors):
            listed = author.get("affiliations")
            for i, name in enumerate(listed if isinstance(listed, list) else []):
                loc: Loc = ("authors", number, "affiliations", i)
                if isinstance(name, str) and name not in known:
                    cure = suggestion(name, known, "affiliation") or "Add it to affiliations."
                    yield self.fault(loc, f"{name} is not one of the affiliations.", cure)
        if authors and not any(author.get("corresponding") is True for author in authors):
            yield self.fault(
                ("authors",), "No author is the corresponding one.", "Add corresponding: true to one author."
            )
        for number, author in enumerate(authors):
            if author.get("corresponding") is True and not author.get("email"):
                yield self.fault(("authors", number), "The corresponding author has no email.", "Add email.")

    def dates(self) -> Iterator[Fault]:
        dates = self.group("dates")
        start, end = first_day(dates.get("enrolment_start")), last_day(dates.get("enrolment_end"))
        if start and end and start > end:
            yield self.fault(
                ("dates", "enrolment_end"), "Enrolment ends before it starts.", "Correct one of the two dates."
            )

    def design(self) -> Iterator[Fault]:
        design = self.group("design")
        allocation, by = design.get("allocation"), design.get("assigned_by")
        if (allocation == "non-randomised" and by == "randomisation") or (
            allocation == "randomised"
            and by
            in (
                "routine care",
                "investigators",
            )
        ):
            yield self.fault(
                ("design", "assigned_by"),
                f"A {allocation} study cannot be assigned by {by}.",
                "Correct allocation or assigned_by.",
            )

    def times(self) -> Iterator[Fault]:
        before: float | None = None
        for key, one in self.timepoints.items():
            month = one.get("month") if isinstance(one, dict) else None
            if isinstance(month, bool) or not isinstance(month, int | float):
                continue
            first_period = self.crossover and one.get("period") is not None
            if before is None and month != 0 and not first_period:
                yield self.fault(("timepoints", key), "The first time point is not the baseline.", "Give it month: 0.")
            if before is not None and month <= before:
                yield self.fault(
                    ("timepoints", key, "month"), "Time points are not in order of their months.", "Sort them."
                )
            before = float(month)

    def data_files(self) -> Iterator[Fault]:
        role, noun = self.grouping, "sequence" if self.crossover else "group"
        main = [key for key in self.files if self.with_role(key, role)]
        if self.files and not main:
            yield self.fault(
                ("files",),
                f"No file has a column of role {role}.",
                f"Give role: {role} to the column that names each patient's {noun}.",
            )
        if len(main) > 1:
            yield self.fault(
                ("files", main[1]),
                f"A second file has a column of role {role}.",
                "Keep one file with one row a patient.",
            )
        if main and not self.key_is(main[0], ["patient"]):
            loc: Loc = ("files", main[0], "key")
            yield self.fault(
                loc, "The participants' file must have one row a patient.", "Make the patient column its only key."
            )
        for file in self.files:
            columns = self.columns(file)
            if columns and not self.with_role(file, "patient"):
                yield self.fault(
                    ("files", file, "columns"), "No column has role: patient.", "Give it to the patient's identifier."
                )
            for role in _ROLE_TYPES.keys() | {"patient"}:
                for extra in self.with_role(file, role)[1:]:
                    yield self.fault(
                        ("files", file, "columns", extra, "role"), f"A second column has the role {role}.", "Keep one."
                    )
            key = self.files[file].get("key")
            for i, name in enumerate(key if isinstance(key, list) else []):
                yield from self.known(("files", file, "key", i), name, columns, "column")
            names: dict[str, str] = {}
            for name, column in columns.items():
                yield from self.column(("files", file, "columns", name), column)
                other = names.setdefault(level_name(name), name)
                if other != name:
                    loc = ("files", file, "columns", name)
                    yield self.fault(
                        loc, f"The columns {other} and {name} would share one name.", "Rename one of them."
                    )

    def shaping(self, file: str) -> Iterator[Fault]:
        """What recode, derive and wide say of a file."""
        derived, wide = self.group("files", file, "derive"), self.group("files", file, "wide")
        for name, text in derived.items():
            if isinstance(text, str):
                try:
                    parse(text)
                except ExpressionError as error:
                    yield self.fault(("files", file, "derive", name), error.what, error.cure)
        declared = self.columns(file)
        for name, times in wide.items():
            loc: Loc = ("files", file, "wide", name)
            if name not in declared:
                yield self.fault(loc, f"The column {name} is not declared.", "Add it to columns, with its type.")
            times = times if isinstance(times, dict) else {}
            for time in times:
                yield from self.known((*loc, time), time, self.timepoints, "time point")
            lacking = [time for at in wide.values() if isinstance(at, dict) for time in at if time not in times]
            if lacking and name in declared and declared[name].get("missing_allowed") is not True:
                what = f"{name} has no column for {lacking[0]}, so that its cells there are missing."
                loc = ("files", file, "columns", name, "missing_allowed")
                yield self.fault(loc, what, "Write missing_allowed: true.")

    def column(self, loc: Loc, column: dict[str, Any]) -> Iterator[Fault]:
        kind, role, levels = column.get("type"), column.get("role"), column.get("levels")
        levels = levels if isinstance(levels, dict) else None
        if isinstance(role, str) and role in _ROLE_TYPES and isinstance(kind, str) and kind not in _ROLE_TYPES[role]:
            allowed = " or ".join(sorted(_ROLE_TYPES[role]))
            yield self.fault(
                (*loc, "type"), f"A column of role {role} cannot be of type {kind}.", f"It must be {allowed}."
            )
        if kind == "category" and not levels:
            yield self.fault(loc, "A category needs levels.", "Add levels: {cell: label, …}.")
        if levels and kind in ("integer", "number", "date", "text"):
            yield self.fault((*loc, "levels"), f"A column of type {kind} has no levels.", "Make it type: category.")
        for key in ("range", "step", "values"):
            if column.get(key) is not None and kind in ("text", "category", "date"):
                yield self.fault(
                    (*loc, key), f"A column of type {kind} has no {key}.", "Remove it, or make it a number."
                )
        named: dict[str, str] = {}
        for level in levels or {}:
            other = named.setdefault(level_name(level), level)
            if other != level:
                yield self.fault(
                    (*loc, "levels", level), f"The levels {other} and {level} would share one name.", "Rename one."
                )
        if role in ("arm", "sequence", "timepoint") and levels:
            valid = {"arm": self.arms, "sequence": self.sequences, "timepoint": self.timepoints}[role]
            noun = "time point" if role == "timepoint" else role
            for level, key in levels.items():
                yield from self.known((*loc, "levels", level), key, valid, noun)
            if role in ("arm", "sequence"):
                for arm in valid:
                    if arm not in levels.values():
                        yield self.fault((*loc, "levels"), f"No level stands for the {role} {arm}.", "Add one.")
        if role in ("received", "stopped", "serious", "fatal") and levels and set(levels) != {"yes", "no"}:
            yield self.fault(
                (*loc, "levels"),
                f"The levels of role {role} must be yes and no.",
                'Write levels: {"yes": "Yes", "no": "No"}.',
            )

    def population_rows(self) -> Iterator[Fault]:
        columns = self.columns(self.participants or "")
        for key, one in self.populations.items():
            where = one.get("where") if isinstance(one, dict) else None
            if isinstance(where, str):
                yield from self.expression(("populations", key, "where"), where, columns)
            for name, wanted in (where if isinstance(where, dict) else {}).items():
                loc: Loc = ("populations", key, "where", name)
                yield from self.known(loc, name, columns, "column")
                levels = columns.get(name, {}).get("levels")
                if name in columns and not isinstance(levels, dict):
                    yield self.fault(
                        loc, f"The column {name} is not a category.", "Populations are chosen by categories."
                    )
                elif isinstance(levels, dict):
                    for i, level in enumerate(wanted if isinstance(wanted, list) else []):
                        yield from self.known((*loc, i), level, levels, "level")

    def expression(self, loc: Loc, text: str, columns: dict[str, Any]) -> Iterator[Fault]:
        """An expression that cannot be read, or names columns that are not there."""
        try:
            for name in parse(text).names:
                if name != ROW_NUMBER:
                    yield from self.known(loc, name, columns, "column")
        except ExpressionError as error:
            yield self.fault(loc, error.what, error.cure)

    def baseline_rows(self) -> Iterator[Fault]:
        rows = self.raw.get("baseline")
        columns = self.columns(self.participants or "")
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
                if self.outcomes[outcome].get("kind") not in SCORES or summary == "count":
                    yield self.fault(loc, "An outcome in the baseline is a mean or a median of a score.", "")
                listed = self.outcomes[outcome].get("timepoints")
                first = next(iter(self.timepoints), None)
                if isinstance(listed, list) and first is not None and first not in listed:
                    yield self.fault(
                        loc, f"The outcome {outcome} was not assessed at {first}.", f"Add {first} to its timepoints."
                    )
            if isinstance(name, str) and name in columns:
                kind = columns[name].get("type")
                if summary in ("mean", "median") and kind in ("category", "text", "date"):
                    yield self.fault(
                        loc, f"The column {name} is not a number, so it has no {summary}.", "Write summary: count."
                    )
                if summary == "count" and kind in ("integer", "number", "text", "date"):
                    yield self.fault(loc, f"The column {name} is not a category.", "Write summary: mean or median.")
                levels = columns[name].get("levels")
                for j, level in enumerate(show if isinstance(show, list) else []):
                    if isinstance(levels, dict):
                        yield from self.known((*loc, "show", j), level, levels, "level")

    def quotes(self) -> Iterator[Fault]:
        for key, one in self.group("quoted").items():
            if isinstance(one, dict):
                yield from self.cited(("quoted", key, "cite"), one.get("cite"))

    def cited(self, loc: Loc, key: Any) -> Iterator[Fault]:
        if not isinstance(key, str):
            return
        if self.raw.get("references") is None:
            yield self.fault(
                loc, f"{key} is cited, but the study has no references.", "Add references: references.bib."
            )
        elif self.bib is not None and key not in self.bib:
            yield self.fault(loc, f"{key} is not in {self.raw['references']}.", suggestion(key, self.bib, "reference"))

    def bib_keys(self) -> list[str] | None:
        """Keys of the .bib file, or None where it cannot be read."""
        name = self.raw.get("references")
        if not isinstance(name, str) or escapes(self.root, name):
            return None
        text, faults = read_utf8(self.root / name, name)
        return (
            None
            if faults
            else re.findall(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", text, re.M | re.I)
        )

    def paths(self) -> Iterator[Fault]:
        for key, file in self.files.items():
            path = file.get("path")
            if isinstance(path, str) and (reason := escapes(self.root, path)):
                yield self.fault(("files", key, "path"), reason, "A study's files lie in its own folder.")
        named: list[tuple[Loc, Any]] = [((key,), self.raw.get(key)) for key in ("references", "prepare")]
        named += [(("text", key), path) for key, path in self.group("text").items()]
        for loc, path in named:
            if not isinstance(path, str) or not path.strip():
                continue
            if reason := escapes(self.root, path):
                yield self.fault(loc, reason, "A study's files lie in its own folder.")
            elif not (self.root / path).is_file():
                yield self.fault(loc, f"There is no file {path}.", "Put it there or correct the path.")
            else:
                _, faults = read_utf8(self.root / path, path)
                yield from faults


def escapes(root: Path, path: str) -> str:
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
