"""Days and months as study.yml writes them."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")


def is_month(value: Any) -> bool:
    """Whether a value is a month of the calendar, written 2009-02."""
    found = _MONTH.match(value) if isinstance(value, str) else None
    return bool(found) and 1 <= int(found.group(2)) <= 12 and int(found.group(1)) > 0  # type: ignore[union-attr]


def as_date(value: Any) -> dt.date | None:
    """A day as a date (a text in ISO form too), or None."""
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


def first_day(value: Any) -> dt.date | None:
    """The day, or the first day of the month; None for anything else."""
    return dt.date.fromisoformat(f"{value}-01") if is_month(value) else as_date(value)


def last_day(value: Any) -> dt.date | None:
    """The day, or the last day of the month; None for anything else."""
    first = first_day(value)
    if first is None or not is_month(value):
        return first
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
