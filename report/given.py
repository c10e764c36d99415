"""Writing a paper from results that another program made: what they lack is named all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from report.compose import Inputs, Paper, _Composer, compose
from report.emit import nearest
from report.errors import ReportError
from report.styles import Style

SECTIONS = ("title", "abstract", "methods", "results", "discussion", "back")
_BROKEN = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


class _Asked(dict[str, Any]):
    """A mapping that notes the keys that it lacks, and gives something instead."""

    def __init__(self, known: Mapping[str, Any], instead: Any) -> None:
        super().__init__(known)
        self.instead = instead
        self.lacked: dict[str, None] = {}

    def __missing__(self, key: str) -> Any:
        self.lacked[key] = None
        return self.instead


def compose_given(inputs: Inputs, style: Style, name: str) -> Paper:
    """The paper from results that came as the file `name`.

    Raises ReportError with all statistics, analyses and labels that the paper needs and the results lack, each with the
    nearest name there that the paper does not use.
    """
    try:
        return compose(inputs, style)
    except ReportError as error:
        first = error
    except _BROKEN as error:
        first = ReportError(f"{name}: The paper cannot be written from these results ({error!r}).")
    lacked = lacking(inputs, style, name)
    raise ReportError(lacked) if lacked else first


def lacking(inputs: Inputs, style: Style, name: str) -> list[str]:
    """A sentence for each statistic, analysis and label that the paper asks for and the results lack.

    The paper is written with empty records in their places, each section, table and the figures as far as it goes.
    """
    results = inputs.results
    statistics = results["statistics"]
    analyses = _Asked(results["analyses"], {"method": "", "label": "not given"})
    labels = _Asked(results["labels"], "not given")
    composer = _Composer(replace(inputs, results={**results, "analyses": analyses, "labels": labels}), style)
    lacked: dict[str, None] = {}
    read: set[str] = set()

    def record(asked: str) -> Mapping[str, Any]:
        read.add(asked)
        if asked in statistics:
            found: Mapping[str, Any] = statistics[asked]
            return found
        lacked[asked] = None
        error = {"code": "not_given", "message": "It was not given."}
        parts = dict.fromkeys(("numerator", "denominator"), asked)
        return {"value": None, "statistic": "", "unit": None, "analysis": "", "error": error, "warnings": [], **parts}

    composer.emit.record = record  # type: ignore[assignment, method-assign]
    parts: list[Callable[[], Any]] = [partial(composer._render, f"paper/{section}.j2") for section in SECTIONS]
    parts += [partial(composer._table, float_) for float_, (kind, _) in composer.floats.items() if kind == "Table"]
    for part in (composer._describe_figures, *parts):
        with suppress(ReportError, *_BROKEN):  # what was asked for until then is told
            part()
    unread = [one for one in statistics if one not in read]
    return [
        *(f"{name} has no statistic {one}, which the paper prints.{nearest(one, unread)}" for one in lacked),
        *(f"{name} has no analysis {one}, which the paper names.{nearest(one, analyses)}" for one in analyses.lacked),
        *(f"{name} has no label {one}, which the paper prints.{nearest(one, labels)}" for one in labels.lacked),
    ]
