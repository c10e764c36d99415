"""What every analysis needs: the study, its data by patient, and where to put results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import populations
from analysis.load import StudyData
from analysis.magnitude import factors
from analysis.results import Builder
from analysis.study import Study

Floats = NDArray[np.float64]
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Context:
    """Study, data and builder, with the views on patients that the analyses share.

    Numbers of `people` and `scores` are divided by `factors`, where their size asks for it.
    """

    study: Study
    data: StudyData
    out: Builder
    completed: Mapping[tuple[str, str], pd.Series[Any]] = field(default_factory=dict, repr=False)
    """Cells of `file.column` at a time point that take the place of those of the data: imputed ones."""
    _members: dict[tuple[str, str | None], pd.Index[Any]] = field(default_factory=dict, repr=False)

    @cached_property
    def people(self) -> pd.DataFrame:
        """Participants, indexed by patient."""
        name = str(self.study.files[self.study.participants].role("patient"))
        people = self.data.frames[self.study.participants].set_index(name)
        if people.index.dtype == np.int64:  # numbered from 0 in order (`analysis.patients`): found without a search
            people.index = pd.RangeIndex(len(people), name=name)
        own = f"{self.study.participants}."
        scaled = {key.removeprefix(own): by for key, by in self.factors.items() if key.startswith(own)}
        return people.assign(**{column: people[column] / by for column, by in scaled.items()}) if scaled else people

    @cached_property
    def factors(self) -> dict[str, float]:
        """What columns of extraordinary numbers are divided by (`analysis.magnitude`)."""
        return factors(self.study, self.data)

    @cached_property
    def arm(self) -> pd.Series[Any]:
        """Arm of each patient; in a cross-over the sequence."""
        return self.people[str(self.role("sequence" if self.study.crossover else "arm"))]

    def role(self, role: Any) -> str | None:
        """Column of the participants' file with this role."""
        return self.study.files[self.study.participants].role(role)

    def members(self, population: str, arm: str | None = None) -> pd.Index[Any]:
        """Patients of a population, in order of the file; of one arm (in a cross-over: sequence), or of all."""
        found = self._members.get((population, arm))
        if found is None:
            found = self._members[population, arm] = self._find(population, arm)
        return found

    def _find(self, population: str, arm: str | None) -> pd.Index[Any]:
        people = self.data.frames[self.study.participants]
        chosen = populations.chosen(self.study.populations[population].where, people)
        if arm is not None:
            chosen &= (self.arm == arm).to_numpy()
        return self.people.index[chosen]

    def by_arm(self, population: str) -> dict[str, pd.Index[Any]]:
        """Patients of a population by arm; in a cross-over by sequence."""
        return {arm: self.members(population, arm) for arm in self.study.groups}

    def scores(self, column: str, timepoint: str) -> pd.Series[Any]:
        """Cells of `file.column` at a time point, indexed by patient, NaN where there is none.

        A column of the participants' file has one cell for each patient, whatever the time point.
        """
        if (column, timepoint) in self.completed:
            return self.completed[column, timepoint]
        key, _, name = column.partition(".")
        if key == self.study.participants:
            return self.people[name]
        file, frame = self.study.files[key], self.data.frames[key]
        rows = frame[frame[str(file.role("timepoint"))] == timepoint]
        cells = rows.set_index(str(file.role("patient")))[name].reindex(self.people.index)
        return cells / self.factors[column] if column in self.factors else cells

    @cached_property
    def followup_days(self) -> pd.Series[Any] | None:
        """Days of follow-up of each patient, where the study has them."""
        column = self.role("followup")
        return None if column is None else self.people[column]

    @property
    def level(self) -> float:
        """Level of the confidence intervals."""
        return self.study.analysis.ci_level

    def vs(self, arm: str) -> str:
        """Name of the contrast of an arm with the reference."""
        return f"{arm}_vs_{self.study.reference_arm}"


def values(series: pd.Series[Any], patients: pd.Index[Any]) -> Floats:
    """Values of some patients as an array."""
    if series.index.equals(pd.RangeIndex(len(series))):  # patients by their places (`analysis.patients`)
        return np.asarray(series, dtype=np.float64).take(patients.to_numpy())
    return np.asarray(series.reindex(patients), dtype=np.float64)


def observed(array: Floats) -> int:
    """How many values are not missing."""
    return int((~np.isnan(array)).sum())
