"""What the parts of the study file's model are made of: texts, numbers, dates, and the base of all parts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator
from pydantic_core import PydanticCustomError

from analysis.dates import as_date, is_month


def _date(value: Any) -> Any:
    """An ISO date in quotes is a date too."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{value} is not a day of the calendar") from error
    return value


def _date_or_month(value: Any) -> dt.date | str:
    """An ISO date, or a month as a text: papers often print no day."""
    if is_month(value):
        return str(value)
    day = as_date(_date(value))
    if day is None:
        raise PydanticCustomError("month_type", "neither a date nor a month")
    return day


def scalar(value: Any) -> Any:
    """A number or a text as it stands; what YAML made true or false of is a fault."""
    if isinstance(value, bool):
        raise ValueError("YAML reads yes and no without quotes as true and false: put the word in quotes")
    if not isinstance(value, int | float | str):
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


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://\S+\.\S+", value):
        raise ValueError("an address begins with https:// and holds no blanks")
    return value


def _limits(value: list[float]) -> list[float]:
    if len(value) != 2 or value[0] > value[1]:
        raise ValueError("a range is two numbers, the lower one first: [0, 100]")
    return value


Text = Annotated[str, AfterValidator(_nonempty)]
Address = Annotated[str, AfterValidator(_address)]
Number = Annotated[float, AfterValidator(_finite)]
Date = Annotated[dt.date, BeforeValidator(_date)]
DateOrMonth = Annotated[dt.date | str, PlainValidator(_date_or_month)]
Scalar = Annotated[int | float | str, BeforeValidator(scalar)]
Limits = Annotated[list[Number], AfterValidator(_limits)]
Orcid = Annotated[str, AfterValidator(_orcid)]
Better = Literal["higher", "lower"]
YesNo = Literal["yes", "no", "unknown"]


class Part(BaseModel):
    """A part of the study file: frozen, strict about types, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
