"""What an author wrote in a study: its texts, the findings in them, and which of these the author has overruled."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report.wording.examine import Finding, examine
from report.wording.rules import Setting

STUDY_FILE = "study.yml"
PRINTED = (
    "title",
    "short_title",
    "keywords.*",
    "objective",
    "registration.reason",
    "protocol.reason",
    "design.setting",
    "design.sample_size",
    "arms.*.label",
    "populations.*.label",
    "outcomes.*.label",
    "outcomes.*.definition",
    "outcomes.*.estimand.*",
    "outcomes.*.estimand.intercurrent.*.*",
    "adverse_events.label",
    "adverse_events.collection",
    "reporting.*",
    "reporting.*.*",
    "adverse_events.definition",
    "adverse_events.assessed_by",
    "adverse_events.grading",
    "adverse_events.coding",
)
"""Texts of study.yml in which something is claimed or named; ``*`` stands for any key."""
HOW_TO_OVERRULE = (
    "Mend these words, or keep them with a reason: overrules: [{text: …, words: …, reason: …}] in study.yml "
    "(docs/wording.md)."
)
Lines = Mapping[tuple[str | int, ...], int]


@dataclass(frozen=True)
class AuthorText:
    """One text: ``key`` as an overrule names it (a key of ``text``, or a key path of study.yml), the file that it
    stands in, and, of a text of study.yml, the line on which it begins."""

    key: str
    file: str
    source: str
    line: int | None = None

    def place(self, finding: Finding) -> str:
        """``text/discussion.md, line 3``; a text of study.yml by its first line and its key."""
        if self.file == STUDY_FILE:
            return f"{STUDY_FILE}{f', line {self.line}' if self.line else ''}, {self.key}"
        return f"{self.file}, line {finding.line}"


@dataclass(frozen=True)
class Remark:
    """What is to be mended: the place, what is wrong there, what to do."""

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.cure}"


@dataclass(frozen=True)
class Overruled:
    """A finding that stands, by the author's reason."""

    text: AuthorText
    finding: Finding
    reason: str

    def __str__(self) -> str:
        return overruled_sentence(self.record())

    def record(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        found = self.finding
        return {
            "text": self.text.key,
            "where": self.text.place(found),
            "class": found.class_,
            "rule": found.rule.id,
            "words": found.words,
            "sentence": found.sentence,
            "source": found.rule.source,
            "reason": self.reason,
        }


def overruled_sentence(record: Mapping[str, Any]) -> str:
    """What to tell of an overruled finding as the ledger keeps it."""
    reason = str(record["reason"]).rstrip(".")
    return f"{record['where']}: '{record['words']}' ({record['class']}) stands, overruled: {reason}."


@dataclass(frozen=True)
class Judgement:
    """The remarks, those on overrules that match nothing among them, and the findings that were overruled."""

    remarks: tuple[Remark, ...]
    overruled: tuple[Overruled, ...]


def judge(study: Mapping[str, Any], prose: Mapping[str, tuple[str, str]], lines: Lines | None = None) -> Judgement:
    """Examines everything that the author of a study wrote.

    Args:
        study: study.yml as plain data with its defaults.
        prose: the author's texts by key, as (file, text).
        lines: line of each key path of study.yml, where known.
    """
    lines = lines or {}
    setting = setting_of(study)
    texts = list(texts_of(study, prose, lines))
    overrules = list(study.get("overrules") or [])
    used: set[int] = set()
    remarks: list[Remark] = []
    overruled: list[Overruled] = []
    for text in texts:
        for finding in examine(text.source, setting):
            by = [i for i, one in enumerate(overrules) if one["text"] == text.key and _covers(one, text, finding)]
            used.update(by)
            if by:
                overruled.append(Overruled(text, finding, str(overrules[by[0]]["reason"])))
            else:
                remarks.append(_remark(text, finding))
    if remarks:
        remarks[-1] = Remark(remarks[-1].where, remarks[-1].what, f"{remarks[-1].cure} {HOW_TO_OVERRULE}")
    idle = [(i, one) for i, one in enumerate(overrules) if i not in used]
    remarks += [_idle(i, one, texts, lines) for i, one in idle]
    return Judgement(tuple(remarks), tuple(overruled))


def setting_of(study: Mapping[str, Any]) -> Setting:
    """What of a study file decides on words."""
    design = study["design"]
    outcomes = (study.get("outcomes") or {}).values()
    instruments = {str(one["instrument"]) for one in outcomes if one.get("instrument")}
    arms = [arm for arm in study["arms"].values() if isinstance(arm, Mapping)]
    treatments = {str(arm[key]) for arm in arms for key in ("label", "short", "treatment") if arm.get(key)}
    return Setting(
        allocation=str(design["allocation"]),
        assigned=design.get("assigned_by") in ("investigators", "randomisation"),
        prospective=bool(design.get("prospective")),
        margin=any(one.get("margin") for one in outcomes),
        trend_test=bool(study.get("trend")),
        names=tuple(sorted(instruments | set(study.get("terms") or []))),
        treatments=tuple(sorted(treatments)),
    )


def texts_of(study: Mapping[str, Any], prose: Mapping[str, tuple[str, str]], lines: Lines) -> Iterator[AuthorText]:
    """The texts of study.yml that make claims, in order of `PRINTED`, then the prose."""
    for pattern in PRINTED:
        for path, value in _at(study, tuple(pattern.split("."))):
            yield AuthorText(".".join(map(str, path)), STUDY_FILE, value, _line(path, lines))
    for key, (file, source) in prose.items():
        yield AuthorText(key, file, source)


def _at(value: Any, pattern: tuple[str, ...], path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    if not pattern:
        if isinstance(value, str):
            yield path, value
        return
    head, rest = pattern[0], pattern[1:]
    entries: Sequence[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        entries = [(key, one) for key, one in value.items() if head in ("*", key)]
    elif isinstance(value, list) and head == "*":
        entries = list(enumerate(value))
    for key, one in entries:
        yield from _at(one, rest, (*path, key))


def _line(path: tuple[str | int, ...], lines: Lines) -> int | None:
    """The line of a key path, or of its nearest ancestor."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _covers(overrule: Mapping[str, Any], text: AuthorText, finding: Finding) -> bool:
    return any(
        found.start() < finding.end and finding.start < found.end() for found in _occurrences(overrule, text.source)
    )


def _occurrences(overrule: Mapping[str, Any], source: str) -> Iterator[re.Match[str]]:
    """Where the words of an overrule stand; white space and capitals do not count."""
    words = r"\s+".join(re.escape(word) for word in str(overrule["words"]).split())
    yield from re.finditer(rf"(?<!\w){words}(?!\w)", source, re.IGNORECASE)


def _remark(text: AuthorText, finding: Finding) -> Remark:
    what = f"'{finding.words}' says more than the study can carry (class {finding.class_})."
    return Remark(text.place(finding), what, f"{finding.rule.offer} Source: {finding.rule.source}.")


def _idle(number: int, overrule: Mapping[str, Any], texts: Sequence[AuthorText], lines: Lines) -> Remark:
    """The fault of an overrule that overrules nothing."""
    line = _line(("overrules", number), lines)
    where = f"{STUDY_FILE}{f', line {line}' if line else ''}, overrules.{number + 1}"
    words, key = overrule["words"], overrule["text"]
    text = next((one for one in texts if one.key == key), None)
    if text is None:
        near = difflib.get_close_matches(str(key), [one.key for one in texts], n=1)
        hint = f"Did you mean {near[0]}?" if near else "Name a key of text, or of a text such as title or objective."
        return Remark(where, f"There is no text '{key}'.", hint)
    if not any(True for _ in _occurrences(overrule, text.source)):
        return Remark(where, f"The words '{words}' do not stand in {key}.", "Copy them from the text, or remove it.")
    return Remark(where, f"No finding of {key} lies in the words '{words}'.", "Remove it; nothing is to be overruled.")
