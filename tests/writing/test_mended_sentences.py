"""Sentences of methods and results that depend on outcome and time: each names its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from report.context import Context
from report.markdown import Md
from report.trial import TrialContext


def context(times: dict[str, Any]) -> Any:
    """As much of a context as speaks of times: labels as they are."""

    def declared(path: str, *, lower_first: bool = False, capital: bool = False) -> Md:
        _, time, key = path.split(".")
        text = times[time][key]
        return Md(text[0].lower() + text[1:] if lower_first else text[0].upper() + text[1:] if capital else text)

    made = Context.__new__(Context)
    made.study = {"timepoints": {k: {"period": None, "in_sentence": None, **v} for k, v in times.items()}}
    made.emit = SimpleNamespace(declared=declared)  # type: ignore[assignment]
    return made


def test_a_time_is_said_as_the_study_says_it() -> None:
    said = context(
        {"one": {"label": "First morning", "in_sentence": "on the first morning"}, "two": {"label": "Birth"}}
    )
    assert said.when("one") == said.until("one") == "on the first morning"
    assert said.when("one", True) == "On the first morning"
    assert (said.when("two"), said.until("two")) == ("at birth", "by birth")


def test_missing_values_of_one_number_are_told_together() -> None:
    said = context({"one": {"label": "Visit 1"}, "two": {"label": "Visit 2"}})
    pain, cough, sleep = (SimpleNamespace(id=k, short=Md(k)) for k in ("pain", "cough", "sleep"))
    places = [(pain, "one"), (pain, "two"), (cough, "one"), (cough, "two"), (sleep, "one")]
    told = said._missing_alike(Md("2 patients"), places)
    assert told == "pain and cough at visit 1 and at visit 2 and sleep at visit 1 (2 patients each)"
    assert said._missing_alike(Md("9 patients"), places[-1:]) == "sleep at visit 1 (9 patients)"


@pytest.mark.parametrize(("low", "high", "point"), [(0.0, 0.0, True), (0.0, 1.0, False), (None, 0.0, False)])
def test_an_interval_of_one_point(low: float | None, high: float | None, point: bool) -> None:
    values = {"r.shift_ci_low": low, "r.shift_ci_high": high}
    emit = SimpleNamespace(value=values.get, estimable=lambda *names: all(values[name] is not None for name in names))
    assert TrialContext(SimpleNamespace(emit=emit)).one_point("r") is point  # type: ignore[arg-type]
