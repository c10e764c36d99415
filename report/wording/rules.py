"""The rules: what ``templates/words/*.yml`` say, with their patterns compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from report.paths import TEMPLATES

FOLDER = TEMPLATES / "words"
CLASSES = ("design", "comparability", "safety", "cause", "equivalence", "certainty", "spin", "significance")
"""In order of precedence: where words of two classes overlap, the first is told."""
FACTS = ("assigned", "prospective", "margin", "trend_test")
"""What of a study lifts a rule that is `unless` this: the attributes of `Setting`."""
_MACRO = re.compile(r"<<(\w+)>>")


@dataclass(frozen=True)
class Setting:
    """What of a study decides on words.

    Attributes:
        allocation: ``randomised`` or ``non-randomised``.
        assigned: the investigators assigned the treatment, by chance or not.
        prospective: patients entered before their outcome was known.
        margin: a margin of non-inferiority or equivalence was declared.
        trend_test: there is a test for trend.
        names: names of instruments and of other things, which are no words.
        treatments: what was compared, as it stands in a sentence.
    """

    allocation: str
    assigned: bool = False
    prospective: bool = False
    margin: bool = False
    trend_test: bool = False
    names: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule: the words that it finds, where it holds, and what to tell.

    Attributes:
        id: its name, ``cause.verb``.
        pattern: the words.
        within: what the sentence must hold besides, or None.
        designs: allocations that it holds for.
        unless: the fact of a study that lifts it, or an empty text.
        source: the paper or guideline that it stands on.
        offer: what to write instead.
        cited: it passes over sentences on other people's work with a citation.
    """

    id: str
    pattern: re.Pattern[str]
    within: re.Pattern[str] | None
    designs: tuple[str, ...]
    unless: str
    source: str
    offer: str
    cited: bool


@dataclass(frozen=True)
class WordClass:
    """The rules of one class, and what exempts from all of them.

    Attributes:
        innocent: technical uses; words inside of a match are no finding.
        negated: words that turn the claim into its opposite when they stand shortly before it, or None.
        future: sentences on studies that are still to be made are exempt.
        limits: sentences that state a limit of the study, or are marked so, are exempt.
    """

    name: str
    rules: tuple[Rule, ...]
    innocent: re.Pattern[str] | None
    negated: re.Pattern[str] | None
    future: bool
    limits: bool


@dataclass(frozen=True)
class Lists:
    """All classes in order of precedence, and the patterns that they share."""

    classes: tuple[WordClass, ...]
    denial: re.Pattern[str]
    denied: re.Pattern[str]
    clause: re.Pattern[str]
    limit: re.Pattern[str]
    future: re.Pattern[str]
    own: re.Pattern[str]


@lru_cache(maxsize=1)
def _raw() -> Mapping[str, Any]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}


@lru_cache(maxsize=8)
def lists(treatments: tuple[str, ...] = ()) -> Lists:
    """The rules, in whose patterns ``<<TREATMENT>>`` stands for any treatment, those of the study among them."""
    shared = _raw()["shared"]
    macros = dict(shared["macros"])
    names = "|".join(re.escape(name) for name in sorted(treatments, key=len, reverse=True) if name)
    if names:
        macros["TREATMENT"] = f"{macros['TREATMENT']}|{names}"

    def compiled(pattern: str) -> re.Pattern[str]:
        while _MACRO.search(pattern):
            pattern = _MACRO.sub(lambda m: f"(?:{macros[m.group(1)]})", pattern)
        return re.compile(pattern, re.IGNORECASE)

    def any_of(patterns: list[str]) -> re.Pattern[str] | None:
        return compiled("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None

    def word_class(name: str) -> WordClass:
        raw = _raw()[name]
        rules = tuple(
            Rule(
                id=f"{name}.{rule['id']}",
                pattern=compiled(rule["pattern"]),
                within=compiled(rule["within"]) if "within" in rule else None,
                designs=_designs(rule.get("designs", raw["designs"])),
                unless=rule.get("unless", raw.get("unless", "")),
                source=rule.get("source", raw["source"]),
                offer=rule.get("offer", raw["offer"]),
                cited=rule.get("cited", raw["cited"]),
            )
            for rule in raw["rules"]
        )
        negated = any_of(raw.get("negated", []))
        innocent = raw.get("innocent", []) + (_raw()[raw["innocent_as"]]["innocent"] if "innocent_as" in raw else [])
        return WordClass(
            name,
            rules,
            any_of(innocent),
            re.compile(rf"(?:{negated.pattern})(?:\W+[\w'-]+){{0,3}}?\W*$", re.IGNORECASE) if negated else None,
            raw["future"],
            raw["limits"],
        )

    parts = {}
    for name in ("denial", "denied", "clause", "limit", "future", "own"):
        made = any_of(shared[name])
        assert made is not None, f"shared.yml gives no pattern for {name}"
        parts[name] = made
    return Lists(tuple(word_class(name) for name in CLASSES), **parts)


def _designs(said: str) -> tuple[str, ...]:
    return ("randomised", "non-randomised") if said == "any" else (said,)
