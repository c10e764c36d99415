"""Text and setting in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from report.wording.rules import Lists, Rule, Setting, WordClass, lists
from report.wording.sentences import Sentence, line_of, sentences


@dataclass(frozen=True)
class Finding:
    """Words of an author that the study cannot carry.

    Attributes:
        line: line of the text, from 1.
        start, end: place of the words in the text.
        words: as the author wrote them, white space as single spaces.
        sentence: the sentence they stand in.
        class_: one of `rules.CLASSES`.
        rule: the rule that found them.
    """

    line: int
    start: int
    end: int
    words: str
    sentence: str
    class_: str
    rule: Rule


def examine(source: str, setting: Setting) -> list[Finding]:
    """The findings in one text, in order of place.

    Exempt are quotations, names, technical uses, claims that are denied or left open, sentences that state a limit of
    the study, and, for most classes, sentences that tell of other people's work with a citation or of studies to come.
    """
    known = lists(setting.treatments)
    found: list[Finding] = []
    for sentence in sentences(source, setting.names):
        for start, end, class_, rule in _of_sentence(sentence, setting, known):
            at, to = sentence.start + start, sentence.start + end
            words = " ".join(source[at:to].split())
            found.append(Finding(line_of(source, at), at, to, words, sentence.text, class_, rule))
    return sorted(found, key=lambda one: one.start)


def _of_sentence(sentence: Sentence, setting: Setting, known: Lists) -> list[tuple[int, int, str, Rule]]:
    taken: list[tuple[int, int, str, Rule]] = []
    for group in known.classes:
        if _exempt(sentence, group, known):
            continue
        matches = sorted(_matches(sentence, group, setting, known), key=lambda m: (m[0], -m[1]))
        for start, end, rule in matches:
            if not any(a < end and start < b for a, b, _, _ in taken):
                taken.append((start, end, group.name, rule))
    return taken


def _exempt(sentence: Sentence, group: WordClass, known: Lists) -> bool:
    words = sentence.words
    return (group.future and bool(known.future.search(words))) or (
        group.limits and (sentence.limitation or bool(known.limit.search(words)))
    )


def _matches(sentence: Sentence, group: WordClass, setting: Setting, known: Lists) -> Iterator[tuple[int, int, Rule]]:
    words = sentence.words
    others = sentence.cited and not known.own.search(words)
    innocent = [found.span() for found in group.innocent.finditer(words)] if group.innocent else []
    for rule in group.rules:
        if setting.allocation not in rule.designs or (rule.unless and getattr(setting, rule.unless)):
            continue
        if others and rule.cited:
            continue
        if rule.within and not rule.within.search(words):
            continue
        for match in rule.pattern.finditer(words):
            start, end = match.span()
            if any(a < end and start < b for a, b in innocent):
                continue
            if not _denied(words, start, end, group, known):
                yield start, end, rule


def _denied(words: str, start: int, end: int, group: WordClass, known: Lists) -> bool:
    """Whether the clause denies the claim, or leaves it open: before its words, or after them."""
    before, until = (_last_clause(words[:place], known.clause) for place in (start, end))
    after = known.clause.split(words[end:], maxsplit=1)[0]
    return bool(
        known.denial.search(until)
        or known.denied.search(after)
        or (group.negated is not None and group.negated.search(before))
    )


def _last_clause(words: str, clause: re.Pattern[str]) -> str:
    breaks = [found.end() for found in clause.finditer(words)]
    return words[breaks[-1] :] if breaks else words
