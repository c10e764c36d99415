"""The reporting guidelines as data (templates/checklists/*.yml): wording, its source, and what answers an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from report.paths import TEMPLATES

FOLDER = TEMPLATES / "checklists"
FILES = {
    "consort": "consort-2025",
    "strobe": "strobe-cohort",
    "trend": "trend",
    "abstract": "consort-abstracts",
    "harms": "consort-harms",
    "multiarm": "consort-multiarm",
    "noninferiority": "consort-noninferiority",
}
MAIN = ("consort", "strobe", "trend")
"""Those that stand alone; the others extend CONSORT."""


@dataclass(frozen=True)
class Item:
    """One item (or sub-item) of a guideline."""

    id: str
    section: str
    topic: str
    text: str
    answered_by: tuple[str, ...]
    """The anchors that answer it, as templates name them: ids of CONSORT, or of another guideline with its name."""
    asks: tuple[str, ...] = ()
    """Keys of study.yml without which an author still owes it."""
    key: str = ""
    """The key of `reporting` that answers it in words."""
    not_randomised: Mapping[str, str] | None = None
    """Why it does not apply where treatments were not assigned at random, by `design.assigned_by`."""
    never: str = ""
    """Why no words of a paper answer it."""
    otherwise: str = ""
    """Why it does not apply where no words of the paper answer it."""
    paraphrased: bool = False
    """Whether the wording is ours, and not that of the guideline."""


@dataclass(frozen=True)
class Guideline:
    id: str
    name: str
    attribution: str
    wording: str
    items: tuple[Item, ...]


@lru_cache(maxsize=8)
def guideline(key: str) -> Guideline:
    """The guideline of that key in FILES."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw = yaml.load((FOLDER / f"{FILES[key]}.yml").read_bytes(), Loader=loader)
    items = tuple(
        Item(
            id=one["id"],
            section=one["section"],
            topic=one["topic"],
            text=one["text"],
            answered_by=tuple(one.get("answered_by") or [one["id"]]),
            asks=tuple(one.get("asks") or ()),
            key=one.get("key", ""),
            not_randomised=one.get("not_randomised"),
            never=one.get("never", ""),
            otherwise=one.get("otherwise", ""),
            paraphrased=bool(one.get("paraphrased")),
        )
        for one in raw["items"]
    )
    return Guideline(raw["id"], raw["name"], raw["attribution"].strip(), raw["wording"].strip(), items)


@lru_cache(maxsize=1)
def anchors() -> frozenset[str]:
    """Every name that an anchor may have."""
    return frozenset(name for key in FILES for item in guideline(key).items for name in item.answered_by)


def named(design: Mapping[str, str]) -> str:
    """The guideline of a design: CONSORT where treatment was assigned at random, TREND where investigators assigned it
    otherwise, STROBE for cohort studies where patients got it in routine care."""
    if design["allocation"] == "randomised":
        return "consort"
    return "trend" if design["assigned_by"] == "investigators" else "strobe"


def lists(study: Mapping[str, Any]) -> tuple[str, ...]:
    """The guidelines of a study: that of its design, CONSORT beside it, and the extensions that the design asks for."""
    design = study["design"]
    asked = {
        "abstract": True,
        "harms": bool(study.get("adverse_events")),
        "multiarm": len(study["arms"]) > 2 and design["type"] == "parallel",
        "noninferiority": design["framework"] in ("non-inferiority", "equivalence"),
    }
    return tuple(dict.fromkeys((named(design), "consort", *(key for key, yes in asked.items() if yes))))
