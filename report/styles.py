"""A journal's style: how numbers, intervals and P values are printed, as data with a source for each rule."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from report.errors import ReportError
from report.paths import TEMPLATES


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Sourced(_Rules):
    source: str


class PBand(_Rules):
    below: float
    decimals: int


class PValue(_Sourced):
    italic: bool
    leading_zero: bool
    bands: tuple[PBand, ...]
    floor: float
    ceiling: float
    operator_spaces: bool
    keep_side_of_alpha: bool


class Thousands(_Rules):
    separator: str
    from_digits: int


class Scientific(_Rules):
    """Numbers of so many digits before the decimal mark are written as a power of ten."""

    from_digits: int
    times: str


class Numbers(_Sourced):
    decimal_mark: str
    minus: str
    thousands: Thousands
    scientific: Scientific
    rounding: Literal["half_up", "half_even"]


class Interval(_Sourced):
    label: str
    label_separator: str
    separator: str
    separator_if_negative: str


class PercentBand(_Rules):
    denominator_below: int | None
    decimals: int


class Percent(_Sourced):
    bands: tuple[PercentBand, ...]
    sign: str


class Summary(_Sourced):
    mean_sd: str
    mean_sd_label: str
    median_iqr: str
    median_label: str
    sd_significant: int
    interval_significant: int
    max_decimals: int


class Decimals(_Sourced):
    decimals: int


class TextNumbers(_Sourced):
    words_below: int


class TableRules(_Sourced):
    not_estimable: str
    marks: Literal["letters"]
    count_percent: str
    baseline_p: dict[Literal["randomised", "non-randomised"], bool]


class Abstract(_Sourced):
    headings: dict[Literal["background", "objective", "methods", "results", "conclusion"], str]


class References(_Sourced):
    csl: str
    citation: Literal["brackets", "superscript"]


class Style(_Rules):
    """One file of ``templates/journals``; every group of rules has a ``source``."""

    name: str
    language: str
    p_value: PValue
    numbers: Numbers
    interval: Interval
    percent: Percent
    summary: Summary
    ratio: Decimals
    rate: Decimals
    text_numbers: TextNumbers
    table: TableRules
    abstract: Abstract
    references: References
    id: str = Field(default="", description="the file's name without its ending")


def style_path(name: str) -> Path:
    return TEMPLATES / "journals" / f"{name}.yml"


def style_names() -> list[str]:
    return sorted(p.stem for p in (TEMPLATES / "journals").glob("*.yml"))


@lru_cache(maxsize=8)
def load_style(name: str) -> Style:
    """The style of that name. Raises ReportError where there is none or its file is faulty."""
    if name not in style_names():
        raise ReportError(f"There is no style '{name}'. Choose one of: {', '.join(style_names())}.")
    raw = yaml.safe_load(style_path(name).read_text(encoding="utf-8"))
    try:
        return Style.model_validate(raw | {"id": name})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ReportError(f"The style file {name}.yml is faulty: {faults}.") from error
