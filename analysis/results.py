"""results.json: every computed statistic under a stable name, with what it is and what it came from.

The file is a pure function of the study's files and the software: keys sorted, floats as `repr`, no clock, no path.
Its form is `results.schema.json`, its conventions docs/results-file.md.
"""

from __future__ import annotations

import json
import math
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault, StudyError, suggestion
from analysis.stats import Problem, Value

if TYPE_CHECKING:
    from analysis.load import StudyData
    from analysis.study import Study

SCHEMA = "everynumber/results/1"
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")
RESULTS_FILE = "results.json"
MOST_DRAWN = 1000
"""Patients of an outcome whose values a figure shows one by one; with more, it shows each arm's quartiles."""


@dataclass(frozen=True)
class Results:
    """The content of results.json; `document` is exactly what is written."""

    document: dict[str, Any]

    @property
    def study(self) -> dict[str, Any]:
        """What the study is: id, title, data, allocation, arms, reference_arm."""
        return dict(self.document["study"])

    @property
    def statistics(self) -> dict[str, dict[str, Any]]:
        """Records by name."""
        found: dict[str, dict[str, Any]] = self.document["statistics"]
        return found

    @property
    def analyses(self) -> dict[str, dict[str, Any]]:
        """Analyses by id."""
        found: dict[str, dict[str, Any]] = self.document["analyses"]
        return found

    @property
    def labels(self) -> dict[str, str]:
        """Original texts of the slugs in names."""
        found: dict[str, str] = self.document["labels"]
        return found

    def value(self, name: str) -> float | int | None:
        """The value of a statistic; None where it could not be computed.

        Raises:
            KeyError: with the nearest name, where there is no such statistic.
        """
        if name not in self.statistics:
            raise KeyError(f"There is no statistic {name}. {suggestion(name, self.statistics)}".strip())
        found: float | int | None = self.statistics[name]["value"]
        return found

    def text(self) -> str:
        """The file: sorted keys, two spaces, floats as `repr`, a newline at the end."""
        return json.dumps(self.document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: str | Path) -> Path:
        """Write the file in one move (a temporary file beside it, then a rename); returns its path."""
        target = Path(path)
        handle, name = tempfile.mkstemp(prefix=".results-", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
                out.write(self.text())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return target


def load_results(path: str | Path) -> Results:
    """Read a results.json.

    Raises:
        StudyError: where the file is missing, no JSON, or not of this format.
    """
    file = Path(path)
    where = file.name
    again = "Run the analysis again: everynumber analyse STUDY."
    if not file.is_file():
        raise StudyError([Fault(where, "There is no such file.", again)])
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StudyError([Fault(where, "The file is not readable JSON.", again)]) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise StudyError([Fault(where, f"The file is not of the form {SCHEMA}.", again)])
    for key in ("study", "inputs", "software", "analyses", "statistics", "labels"):
        if not isinstance(document.get(key), list if key == "inputs" else dict):
            raise StudyError([Fault(where, f"The part {key} is missing.", again)])
    return Results(document)


@dataclass
class Builder:
    """Collects analyses and statistics; a name that comes twice is a mistake of the code and raises."""

    analyses: dict[str, dict[str, Any]] = field(default_factory=dict)
    statistics: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, dict[str, list[list[float | int | None]]]] = field(default_factory=dict)
    curves: dict[str, list[list[float | None]]] = field(default_factory=dict)
    censoring: dict[str, list[list[float | int]]] = field(default_factory=dict)
    alpha: float = 0.05
    ci_level: float = 0.95
    sides: int = 2
    sizes: dict[str, float] = field(default_factory=dict)
    """What values of outcomes (and `baseline.V`) have been divided by before they were analysed (`magnitude`)."""

    def analysis(
        self,
        name: str,
        *,
        method: str,
        label: str,
        population: str,
        role: str,
        prespecified: bool,
        n_analysed: Mapping[str, int],
        n_available: Mapping[str, int],
        outcome: str | None = None,
        time: str | None = None,
        adjusted_for: Sequence[str] = (),
        ci_method: str | None = None,
        null: float | None = None,
        note: str | None = None,
        warnings: Sequence[str] = (),
        error: Problem | None = None,
        sides: int | None = None,
        alpha: float | None = None,
    ) -> str:
        """Record an analysis and return its name; sides and alpha are the study's where none are given."""
        if name in self.analyses:
            raise ValueError(f"analysis {name} is recorded twice")
        self.analyses[name] = {
            "method": method,
            "label": label,
            "population": population,
            "outcome": outcome,
            "time": time,
            "adjusted_for": list(adjusted_for),
            "prespecified": prespecified,
            "role": role,
            "sides": self.sides if sides is None else sides,
            "alpha": self.alpha if alpha is None else alpha,
            "ci_level": self.ci_level,
            "ci_method": ci_method,
            "null": null,
            "n_analysed": dict(n_analysed),
            "n_available": dict(n_available),
            "note": note,
            "warnings": list(warnings),
            "error": {"code": error.code, "message": error.message} if error else None,
        }
        return name

    def put(
        self,
        name: str,
        value: Value,
        *,
        statistic: str,
        analysis: str,
        unit: str | None = None,
        group: str | None = None,
        contrast: Sequence[str] | None = None,
        numerator: str | None = None,
        denominator: str | None = None,
        warnings: Sequence[str] = (),
        time: str | None = None,
    ) -> None:
        """Record a statistic; outcome, time and warnings are those of its analysis (time: where it has one)."""
        if name in self.statistics:
            raise ValueError(f"statistic {name} is recorded twice")
        about = self.analyses[analysis]
        number: float | int | None
        error = None
        if self.sizes and not isinstance(value, Problem):
            value = value * self._size(about["outcome"], analysis, statistic, unit)
        if isinstance(value, Problem):
            number, error = None, {"code": value.code, "message": value.message}
        elif not math.isfinite(value):
            number, error = None, {"code": "not_finite", "message": "The computation gave no finite number."}
        else:
            number = int(value) if isinstance(value, int) or statistic in COUNTS else float(value) + 0.0
        self.statistics[name] = {
            "value": number,
            "statistic": statistic,
            "unit": unit,
            "group": group,
            "contrast": list(contrast) if contrast else None,
            "outcome": about["outcome"],
            "time": time if about["time"] is None else about["time"],
            "analysis": analysis,
            "numerator": numerator,
            "denominator": denominator,
            "warnings": [*about["warnings"], *warnings],
            "error": error,
        }

    def again(self, name: str, found: Mapping[str, Any], analysis: str) -> None:
        """Record a statistic that another builder has, under a name and analysis of this one; its value stays."""
        if name in self.statistics:
            raise ValueError(f"statistic {name} is recorded twice")
        self.statistics[name] = {**found, "analysis": analysis}

    def _size(self, outcome: str | None, analysis: str, statistic: str, unit: str | None) -> float | int:
        """What a statistic is to be multiplied by: one in the unit of values that were divided by it."""
        if statistic in COUNTS or statistic in UNITLESS:
            return 1
        if outcome is None:
            described = analysis if statistic in DESCRIBED else ""
            return self.sizes.get(described, 1)
        return self.sizes.get(outcome, 1) if unit not in WITHOUT_UNIT else 1

    def percent(self, name: str, numerator: str, denominator: str, *, analysis: str, group: str | None = None) -> None:
        """Record 100 numerator / denominator, both of which are recorded counts."""
        over, under = self.statistics[numerator]["value"], self.statistics[denominator]["value"]
        value: Value = Problem("no_data", "There are no observations.")
        if over is not None and under:
            value = 100 * over / under
        self.put(
            name,
            value,
            statistic="percent",
            unit="percent",
            analysis=analysis,
            group=group,
            numerator=numerator,
            denominator=denominator,
        )


UNITLESS = {"margin", "statistic", "df", "p", "superiority"}
"""Statistics that are not in the unit of the values analysed; a margin is what study.yml says."""
DESCRIBED = {"mean", "sd", "ci_low", "ci_high", "median", "q1", "q3", "min", "max"}
"""Statistics of a baseline variable that have its unit, or none where the column declares none."""
WITHOUT_UNIT = (None, "ratio", "sd", "percent", "probability", "correlation")
"""Units of what stays the same when an outcome is measured in another unit."""
COUNTS = {"n", "missing", "events", "of", "at_risk", "censored"}
"""Statistics whose values are whole numbers."""


def build(study: Study, data: StudyData, builder: Builder) -> Results:
    """The whole document."""
    from analysis.load import PREPARED

    return Results(
        {
            "schema": SCHEMA,
            "study": {
                "id": study.id,
                "title": study.title,
                "data": study.data,
                "allocation": study.design.allocation,
                "arms": {key: arm.label for key, arm in study.arms.items()},
                "reference_arm": study.reference_arm,
                "sha256": study.sha256,
                **(
                    {"sequences": {key: one.arms for key, one in study.design.sequences.items()}}
                    if study.crossover
                    else {}
                ),
            },
            "inputs": [
                {"file": file.path, "sha256": data.sha256[key], "rows": data.rows[key]}
                for key, file in sorted(study.files.items(), key=lambda item: item[1].path)
            ]
            + [
                {"file": study.prepare, "sha256": data.sha256[key], "rows": 0}
                for key in (PREPARED,)
                if study.prepare and key in data.sha256
            ],
            "software": _software(),
            "analyses": builder.analyses,
            "statistics": builder.statistics,
            "labels": builder.labels,
            "pairs": builder.pairs,
            **({"curves": builder.curves, "censoring": builder.censoring} if builder.curves else {}),
        }
    )


def _software() -> dict[str, str]:
    import importlib.metadata

    import numpy
    import pandas
    import scipy
    import statsmodels

    try:
        own = importlib.metadata.version("everynumber")
    except importlib.metadata.PackageNotFoundError:
        own = "unknown"
    return {
        "python": platform.python_version(),
        "everynumber": own,
        "numpy": numpy.__version__,
        "pandas": pandas.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    }
