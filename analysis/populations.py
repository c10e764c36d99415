"""Populations: which participants an analysis is of, by levels of columns or by an expression over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis.expressions import ExpressionError, evaluate, parse
from analysis.faults import Fault
from analysis.readers import cell_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.shaping import Origin
    from analysis.study import Study

YES, NO = "yes", "no"


def chosen(where: Mapping[str, list[str]] | str | None, people: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of the participants' checked frame are of a population.

    Args:
        where: of study.yml: levels by column, an expression that is yes or no for each row, or None for all. A row for
            which the expression is missing is not of the population.
        people: the frame, with arms by their keys.

    Raises:
        ExpressionError: where the expression cannot be computed, or is neither yes nor no; with the row.
    """
    import numpy as np

    found = np.ones(len(people), dtype=bool)
    if isinstance(where, str):
        expression = parse(where)
        columns = {name: _texts(people[name]) for name in expression.names if name in people}
        cells = evaluate(expression, columns, len(people), ("", "NA"))
        for row, cell in enumerate(cells):
            if cell not in (YES, NO, ""):
                cure = "Compare it with something, as in age >= 65."
                raise ExpressionError(f"The expression is neither yes nor no, but {cell[:40]}.", cure, row)
        return np.array([cell == YES for cell in cells], dtype=bool)
    for column, levels in (where or {}).items():
        found &= people[column].isin(levels).to_numpy()
    return found


def _texts(cells: pd.Series[Any]) -> list[str]:
    missing = cells.isna()
    return ["" if gone else cell_text(cell) for cell, gone in zip(cells.tolist(), missing.tolist(), strict=True)]


def population_faults(study: Study, origin: Origin, people: pd.DataFrame) -> Iterator[Fault]:
    """The expressions of populations that the participants' cells do not allow, each with its first row."""
    for key, one in study.populations.items():
        try:
            if isinstance(one.where, str):
                chosen(one.where, people)
        except ExpressionError as error:
            row = "" if error.row is None else f", {origin.cell(int(people.index[error.row]), 'where')}"
            yield Fault(
                f"study.yml, populations.{key}.where{row.removesuffix(', column where')}", error.what, error.cure
            )
