"""What words may change beside numbers and claims, what may not, and what a person should look at.

A finding: a claim word, a label, a name of an arm, a unit, a word that says what a number stands for, a word that turns
or strengthens a sentence that holds a number or a claim. A look: such a word elsewhere, and a sentence that was written
anew round right numbers. All else is prose, and only counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from report.audit.expected import NEGATIONS, Lexicon, is_numeric
from report.audit.sentences import Key
from report.audit.tokens import SYMBOL, WORD

if TYPE_CHECKING:
    from report.audit.compare import Comparison

LOADED = frozenset(
    (
        "mean", "median", "sd", "se", "iqr", "ci", "p", "n", "percent", "percentage", "ratio", "rate", "risk", "odds",
        "hazard", "difference", "range", "interquartile", "confidence", "interval", "baseline",
        "before", "after", "included", "excluded", "week", "weeks", "day", "days", "month", "months", "year", "years",
        "points", "point", "mg", "kg", "g", "ml", "minimum", "maximum",
    )
)  # fmt: skip
"""Words whose change beside numbers changes what the numbers say."""

BOUNDS = frozenset(
    (
        "over", "under", "above", "below", "least", "most", "up", "beyond", "within", "exceeding", "about", "nearly",
        "approximately", "almost", "roughly", "only", "until", "since", "between", "every",
    )
)  # fmt: skip
"""Words that say how a number beside them is meant."""

STRONG = frozenset(
    (
        "cause", "caused", "causes", "causal", "causally", "prove", "proves", "proved", "proven", "proof",
        "demonstrate", "demonstrates", "demonstrated", "establish", "establishes", "established",
        "confirm", "confirms", "confirmed",
        "confirmatory", "exploratory", "effect", "effects", "association", "associations", "associated", "randomised",
        "randomized", "randomly", "prospective", "prospectively", "retrospective", "retrospectively", "masked",
        "blinded",
        "prespecified", "prespecification", "registered", "benefit", "benefits", "harm", "harms", "safe", "efficacy",
        "invented", "simulated",
    )
)  # fmt: skip
"""Words of how much a study can say: none may come or go beside a number or a claim."""

MODAL = frozenset(
    (
        "may", "might", "can", "could", "will", "would", "must", "should", "all", "some", "every", "always", "only",
        "likely", "probably", "possibly", "certainly", "clearly", "definitely", "appears", "seems", "suggest",
        "suggests", "suggested", "excluded", "included", "true", "truly", "real", "really", "actual", "actually",
        "apparent", "apparently",
    )
)  # fmt: skip
"""Words of certainty and of extent: none may come or go beside a claim."""

CAUSAL = frozenset(
    word for word in STRONG if word.startswith(("caus", "prove", "proof", "demonstr", "establ", "confirm"))
)
"""Words for which a new sentence is for a look, though it holds no number."""

_FAMILIES = (
    frozenset(("mean", "median", "sd", "se", "iqr", "ci", "p", "n", "minimum", "maximum", "range", "rate", "ratio")),
    frozenset(("difference", "risk", "odds", "hazard", "percent", "percentage", "points", "point")),
    frozenset(("week", "weeks", "day", "days", "month", "months", "year", "years", "mg", "kg", "g", "ml")),
    frozenset(("before", "after", "baseline", "included", "excluded")),
)
"""Words that may change places with words of another family, but not among themselves."""
_GENERIC = frozenset(
    (
        "group", "groups", "score", "scores", "patient", "patients", "number", "numbers", "total", "value", "values",
        "measure", "characteristic", "change", "study", "treatment", "control", "combination", "with", "from",
    )
)  # fmt: skip
"""Words of labels that name nothing by themselves."""

_BY_GROUP = frozenset(("treatment", "control", "combination"))
"""Words that name a group only before "group" or "arm"."""

_FUNCTION = frozenset(
    (
        "was", "were", "is", "are", "had", "has", "have", "and", "the", "a", "an", "in", "by", "for", "with", "from",
        "who", "which", "that", "as", "at", "on", "we",
    )
)  # fmt: skip
"""Words that are no unit of the number before them; between two numbers they may still join them."""

_OPPOSITES = (
    ("before", "after"), ("above", "below"), ("over", "under"), ("included", "excluded"), ("absent", "present"),
    ("with", "without"), ("more", "less"), ("more", "fewer"), ("most", "least"), ("first", "last"), ("early", "late"),
    ("large", "small"), ("high", "low"), ("always", "never"), ("all", "none"), ("cannot", "can"),
    ("limited", "extensive"), ("possible", "impossible"), ("known", "unknown"), ("wide", "narrow"), ("short", "long"),
    ("start", "end"),
)  # fmt: skip
OPPOSITES = frozenset(frozenset(pair) for pair in _OPPOSITES)
"""One in the other's place turns the sentence round, wherever it stands."""

NEAR = 12
"""Tokens to either side within which a loaded word counts as standing beside a number or claim."""

REWRITTEN = 0.3
"""A sentence that keeps its numbers is for a look where more of its words than this came or went (four at least)."""

_FIXED = NEGATIONS | BOUNDS | STRONG | MODAL
"""Words that may not even go elsewhere in their sentence."""


def find_softened(lexicon: Lexicon, text: str) -> list[tuple[int, int]]:
    """Claim words of a text, also those that a line's end has parted."""
    if "\u00ad" not in text:
        return lexicon.find(text)
    places = [k for k, char in enumerate(text) if char != "\u00ad"]
    return [(places[a], places[b - 1] + 1) for a, b in lexicon.find(text.replace("\u00ad", ""))]


def nearest(known: Sequence[bool]) -> tuple[list[int], list[int]]:
    """For each place the nearest known one before it, and after it; -1 for none. A file may hold a sentence of any
    length: to look from each of its words for the next known one would take quadratic time."""
    found: list[list[int]] = []
    for places in (range(len(known)), range(len(known) - 1, -1, -1)):
        side, last = [-1] * len(known), -1
        for at in places:
            side[at] = last
            last = at if known[at] else last
        found.append(side)
    return found[0], found[1]


@dataclass(slots=True)
class _Sentence:
    """What happened to the words of one sentence of the ledger."""

    lost: list[int] = field(default_factory=list)
    gained: list[int] = field(default_factory=list)
    shifted: Counter[str] = field(default_factory=Counter)
    """Words that only went elsewhere in it."""
    wrong: bool = False


@dataclass(slots=True)
class Words:
    """Judges the words of one comparison, after its tokens were aligned."""

    c: Comparison
    _sentences: dict[Key, _Sentence] = field(default_factory=dict)
    _claims_of: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _replacing: set[tuple[int, int, int] | None] = field(default_factory=set)
    """Claim words of the file that stand where the ledger has another claim."""
    _told: set[tuple[str, object]] = field(default_factory=set)
    _known: Sequence[Sequence[int]] = ()
    """For each token of the file the nearest one before it, and after it, that stands in the ledger."""
    _tells: dict[Key, list[int]] = field(default_factory=dict)
    """By sentence of the file: its tokens that are a number or part of a claim of the ledger."""

    # -- sentences ------------------------------------------------------------------------------------------------

    def home(self, j: int) -> Key | None:
        """The ledger's sentence that a new word was put into; None where its whole sentence is new."""
        at = self._anchor(j)
        return self.c.sentence_of(self.c.back[at]) if at != j else None

    def tokens_of(self, key: Key) -> list[int]:
        """The expected tokens of a sentence, as places in the stream."""
        first = next(iter(self._sentences[key].lost), None)
        if first is None:
            first = self.c.back[self._anchor(self._sentences[key].gained[0])]
        low = high = first
        while low > 0 and self.c.stream.block[low - 1] == key[0] and self.c.sentence_of(low - 1) == key:
            low -= 1
        size = len(self.c.stream)
        while high + 1 < size and self.c.stream.block[high + 1] == key[0] and self.c.sentence_of(high + 1) == key:
            high += 1
        return list(range(low, high + 1))

    def _anchor(self, j: int) -> int:
        """The nearest token of the file's sentence that stands in the ledger: before `j`, else after it, else `j`."""
        if not self._known:
            self._known = nearest([i >= 0 for i in self.c.back])
        own = self.c.sentence_at(j)
        return next((n[j] for n in self._known if n[j] >= 0 and self.c.sentence_at(n[j]) == own), j)

    # -- the judgement --------------------------------------------------------------------------------------------

    def judge(self, changes: list[tuple[int | None, int | None]], numbers: set[int]) -> None:
        """Judges words and symbols that came, went or changed. `numbers` are the expected numbers that were paired."""
        c = self.c
        for i, j in changes:
            if i is not None and c.stream.kinds[i] == WORD:
                self._sentences.setdefault(self.c.sentence_of(i), _Sentence()).lost.append(i)
            if j is not None and c.actual.kinds[j] == WORD:
                key = self.home(j)
                if key is not None:
                    self._sentences.setdefault(key, _Sentence()).gained.append(j)
        for sentence in self._sentences.values():
            lost = Counter(c.stream.norms[i] for i in sentence.lost)
            both = lost & Counter(c.actual.norms[j] for j in sentence.gained)
            sentence.shifted = Counter({w: n for w, n in both.items() if w not in _FIXED})
        self._replacing = {self.claims_at(j) for i, j in changes if i is not None and self._is_claim(i)} - {None}
        shifted = {key: (Counter(s.shifted), Counter(s.shifted)) for key, s in self._sentences.items()}
        for i, j in changes:
            one = i is not None and self._is_shifted(shifted, self.c.sentence_of(i), 0, c.stream.norms[i], i, None)
            other = j is not None and self._is_shifted(shifted, self.home(j), 1, c.actual.norms[j], None, j)
            if (one or i is None) and (other or j is None):
                continue
            self._judge(None if one else i, None if other else j, numbers)
        for key, sentence in self._sentences.items():
            self._judge_sentence(key, sentence)

    def _is_claim(self, i: int) -> bool:
        """Is an expected token part of a claim's entry?"""
        entry = self.c.stream.entry[i]
        return entry is not None and self.c.expected.entries[entry].get("kind") == "claim"

    def _is_shifted(
        self, left: dict[Key, tuple[Counter[str], Counter[str]]], key: Key | None, side: int, norm: str,
        i: int | None, j: int | None,
    ) -> bool:  # fmt: skip
        """Is a word only elsewhere in its sentence? Not in tables and figures, where the place is the meaning, nor a
        claim."""
        if key is None or key not in left or self.block_of(i, j) in ("cell", "figure", "notice"):
            return False
        if (i is not None and (self.c.stream.claim[i] or self.c.stream.entry[i] is not None)) or self.claims_at(j):
            return False
        if left[key][side][norm] > 0:
            left[key][side][norm] -= 1
            return True
        return False

    def _judge(self, i: int | None, j: int | None, numbers: set[int]) -> None:
        """One word or symbol: does it touch a number, a claim or a label?"""
        c = self.c
        stream, actual = c.stream, c.actual
        key = self.c.sentence_of(i) if i is not None else self.home(j) if j is not None else None
        entry = stream.entry[i] if i is not None else None
        if entry is not None and i is not None:
            if self._once("entry", entry):
                kind = c.expected.entries[entry].get("kind")
                what = "the claim was changed" if kind == "claim" else ""
                self._add(key, "altered" if j is not None else "missing", i, j, what, expected=c.entry_text(entry))
            if j is None or not self.claims_at(j) or self.claims_at(j) in self._replacing:
                return
            i = None
        claims = self.claims_at(j)
        if claims in self._replacing and i is None:
            return  # told with the claim that it replaces
        if (i is not None and stream.claim[i]) or claims:
            if self._once("claim", (i, claims)):
                verdict = "altered" if i is not None and j is not None else "missing" if j is None else "unaccounted"
                self._add(key, verdict, i, j, "a claim that the ledger does not hold" if claims else "a claim is gone")
            return
        word = (i is not None and stream.kinds[i] == WORD) or (j is not None and actual.kinds[j] == WORD)
        if not word:
            self._symbol(key, i, j, numbers)
            return
        old = stream.norms[i] if i is not None else ""
        new = actual.norms[j] if j is not None else ""
        norms = {old, new} - {""}
        block = self.block_of(i, j)
        if block == "notice":  # that a word of it is gone is told with the whole notice
            if i is None:
                self._add(key, "altered", i, j, "the notice was changed")
            return
        if block in ("cell", "figure"):
            what = "a label was changed" if i is not None else "words that the table or figure does not have"
            self._add(key, "altered", i, j, what)
            return
        if frozenset((old, new)) in OPPOSITES:
            self._add(key, "altered", i, j, "a word was put in the place of its opposite")
            return
        near = self.same_sentence(i, j)
        if norms & NEGATIONS or (norms & {"non"}):
            self._turned(key, near is not None, i, j, "a word that turns the sentence round came or went")
            return
        if norms & STRONG or (norms & MODAL and near == "claim"):
            self._turned(key, near is not None, i, j, "a word of how much can be said came or went")
            return
        if self.beside_claim(i, j):
            self._add(key, "altered", i, j, "a word beside the claim was changed")
            return
        loaded = norms & LOADED and self.near_number_or_claim(i, j)
        arm = norms & c.expected.arm_words - _GENERIC or norms <= c.expected.arm_words
        other = j is not None and len(new) > 1 and c.actual.text(j).isupper() and old in c.expected.names
        named = len(norms) == 2 and near is not None and (norms <= c.expected.names or arm or other)
        if named or loaded:
            self._add(key, "altered", i, j, "a word that says what the numbers stand for was changed")
            return
        if self.bounds(i, j):
            self._add(key, "altered", i, j, "a word that says how the number is meant was changed")
            return
        after = None if norms <= _FUNCTION and not self.between_numbers(i, j) else self.unit_of(i, j)
        if after is not None and after not in numbers and self._once("unit", after):
            self._around(key, "the word after the number was changed", after, i, j)
            return
        if norms & MODAL:
            self._turned(key, False, i, j, "a word of how much can be said came or went")
            return
        c.prose += 1

    def _add(self, key: Key | None, verdict: str, i: int | None, j: int | None, why: str, **said: str) -> None:
        if key in self._sentences:
            self._sentences[key].wrong = True
        self.c.add(verdict, i, j, why, **said)

    def _turned(self, key: Key | None, near: bool, i: int | None, j: int | None, why: str) -> None:
        """A finding where it touches a number or claim, else something to look at, once in a sentence."""
        if near:
            self._add(key, "altered", i, j, why)
            return
        if self.whole(i, j):
            norm = self.c.stream.norms[i] if i is not None else self.c.actual.norms[j] if j is not None else ""
            if norm not in NEGATIONS and (j is None or norm not in CAUSAL):
                self.c.prose += 1
                return
        own = ("ledger", key) if key is not None else ("file", self.c.sentence_at(j)) if j is not None else ("", None)
        if self._once("turned", own):
            self.c.look(i, j, why)

    def _symbol(self, key: Key | None, i: int | None, j: int | None, numbers: set[int]) -> None:
        beside = self.beside(i, j)
        if beside is None or self.stops(i, j):
            self.c.prose += 1
        elif beside >= 0 and beside not in numbers and self._once("symbol", beside):
            self._around(key, "a sign beside the number was changed", beside, i, j)

    def stops(self, i: int | None, j: int | None) -> bool:
        """Is it a comma, colon or semicolon of prose: one with white space after it?"""
        c = self.c
        if self.block_of(i, j) in ("cell", "figure"):
            return False
        for at, norms in ((i, c.stream.norms), (j, c.actual.norms)):
            if at is None:
                continue
            text = c.expected.blocks[c.stream.block[at]].text if norms is c.stream.norms else ""
            end = c.stream.end[at] if norms is c.stream.norms else c.actual.tokens[at].end
            text = text or c.actual.blocks[c.actual.block[at]].text
            if norms[at] not in (",", ";", ":") or not (end == len(text) or text[end].isspace()):
                return False
        return True

    def _around(self, key: Key | None, why: str, number: int, i: int | None, j: int | None) -> None:
        """A finding about a matched number whose neighbour was changed: shows both with their neighbour."""
        c = self.c
        stream = c.stream
        block = stream.block[number]
        if i is not None and c.expected.blocks[block].kind == "figure" and c.line_of(i) != c.line_of(number):
            self._add(key, "altered" if j is not None else "missing", i, j, why)  # another text of the figure
            return
        low, high = max(number - 2, 0), min(number + 3, len(stream))
        inside = [k for k in range(low, high) if stream.block[k] == block]
        text = c.expected.blocks[block].text
        expected = text[stream.start[inside[0]] : stream.end[inside[-1]]]
        at = c.to[number]
        low, high = max(at - 2, 0), min(at + 3, len(c.actual))
        near = [k for k in range(low, high) if c.actual.block[k] == c.actual.block[at]]
        whole = c.actual.blocks[c.actual.block[at]].text
        said = whole[c.actual.tokens[near[0]].start : c.actual.tokens[near[-1]].end].replace("\n", " ")
        self._add(key, "altered", number, at, why, text=said, expected=expected)

    def _once(self, kind: str, key: object) -> bool:
        if (kind, key) in self._told:
            return False
        self._told.add((kind, key))
        return True

    # -- a sentence as a whole ------------------------------------------------------------------------------------

    def _judge_sentence(self, key: Key, sentence: _Sentence) -> None:
        """Are right numbers still said of the same, though words went elsewhere? Was the sentence written anew?"""
        c = self.c
        tokens = self.tokens_of(key)
        kept = [i for i in tokens if c.to[i] >= 0 and self.tells(i)]
        if not kept:
            return
        if sentence.shifted and not sentence.wrong and self.owners_changed(tokens, sentence):
            at = next((i for i in kept if is_numeric(c.stream.kinds[i])), kept[0])
            why = "names of groups or words that say what the numbers stand for went elsewhere in the sentence"
            self._add(key, "altered", at, c.to[at], why)
            return
        changed = len(sentence.lost) + len(sentence.gained)
        words = sum(c.stream.kinds[i] == WORD for i in tokens) + len(sentence.gained)
        loaded = any(w in LOADED or w in c.expected.names for w in sentence.shifted)
        if not sentence.wrong and (loaded or (changed >= 4 and changed > REWRITTEN * words)):
            numbers = [i for i in kept if is_numeric(c.stream.kinds[i])] or kept
            said = ", ".join(c.actual.text(c.to[i]) for i in numbers)
            c.look(numbers[0], c.to[numbers[0]], "right, but the sentence round it was written anew", text=said)

    def owners_changed(self, tokens: list[int], sentence: _Sentence) -> bool:
        """Are the sentence's numbers and claims now said of other groups, or do the words that say what is counted
        stand in another order?"""
        c = self.c
        lost = set(sentence.lost)
        before = [(i, self.named(c.stream.norms, i), self.tells(i)) for i in tokens if c.to[i] >= 0 or i in lost]
        places = sorted({*(c.to[i] for i in tokens if c.to[i] >= 0), *sentence.gained})
        now = [(c.back[j], self.named(c.actual.norms, j), c.back[j] >= 0 and self.tells(c.back[j])) for j in places]
        arms = c.expected.arm_words
        names = c.expected.names - arms - _GENERIC - LOADED
        kept = Counter(n for _, n, _ in before) & Counter(n for _, n, _ in now)
        for family in (*_FAMILIES, names):
            if _first(before, family, kept) != _first(now, family, kept):
                return True
        return _first(before, arms, kept) != _first(now, arms, kept) or _owners(before, arms) != _owners(now, arms)

    def named(self, norms: list[str], at: int) -> str:
        """A word; nothing for "treatment" and the like where no group is meant by it."""
        norm = norms[at]
        meant = norm not in _BY_GROUP or norms[at + 1 : at + 2] in (["group"], ["groups"], ["arm"], ["arms"])
        return norm if meant else ""

    # -- what stands beside ---------------------------------------------------------------------------------------

    def tells(self, i: int) -> bool:
        """Is an expected token a number or part of a claim?"""
        return is_numeric(self.c.stream.kinds[i]) or self.c.stream.claim[i]

    def same_sentence(self, i: int | None, j: int | None) -> str | None:
        """Does the same sentence hold a claim ("claim") or a number ("number") that is still there?"""
        c = self.c
        found: str | None = None
        if i is not None:
            key, step = self.c.sentence_of(i), -1
            for step in (-1, 1):
                at = i + step
                while 0 <= at < len(c.stream) and c.stream.block[at] == key[0] and self.c.sentence_of(at) == key:
                    if c.to[at] >= 0 and self.tells(at):
                        if c.stream.claim[at]:
                            return "claim"
                        found = "number"
                    at += step
        if j is not None:
            for at in self._telling(c.sentence_at(j)):
                if at != j and abs(at - j) < 400:
                    if c.stream.claim[c.back[at]]:
                        return "claim"
                    found = "number"
        return found

    def _telling(self, key: Key) -> list[int]:
        if not self._tells:
            for at, i in enumerate(self.c.back):
                if i >= 0 and self.tells(i):
                    self._tells.setdefault(self.c.sentence_at(at), []).append(at)
        return self._tells.get(key, [])

    def near_number_or_claim(
        self, i: int | None, j: int | None, most: int = NEAR, *, numbers_only: bool = False
    ) -> bool:
        """Does a number or claim that is still there stand near, in the same sentence?"""
        c = self.c
        told = (lambda k: is_numeric(c.stream.kinds[k])) if numbers_only else self.tells
        if i is not None:
            key = self.c.sentence_of(i)
            for at in range(max(0, i - most), min(len(c.stream), i + most + 1)):
                if c.to[at] >= 0 and told(at) and self.c.sentence_of(at) == key:
                    return True
        if j is not None:
            own = self.c.sentence_at(j)
            for at in range(max(0, j - most), min(len(c.actual), j + most + 1)):
                if c.back[at] >= 0 and told(c.back[at]) and self.c.sentence_at(at) == own:
                    return True
        return False

    def whole(self, i: int | None, j: int | None) -> bool:
        """Is the whole sentence gone, or the whole sentence new?"""
        c = self.c
        if i is not None and j is not None:
            return False
        if j is not None:
            return self.home(j) is None
        return i is None or all(c.to[k] < 0 for k in self.tokens_of(self.c.sentence_of(i)))

    def bounds(self, i: int | None, j: int | None) -> bool:
        """Is it a word that says how a number beside it is meant ("over", "up to")?"""
        c = self.c
        for at, norms in ((i, c.stream.norms), (j, c.actual.norms)):
            if at is not None and norms[at] in BOUNDS and (norms[at] != "up" or norms[at + 1 : at + 2] == ["to"]):
                mine = norms is c.stream.norms
                if self.near_number_or_claim(at if mine else None, None if mine else at, 3, numbers_only=True):
                    return True
        return False

    def beside_claim(self, i: int | None, j: int | None) -> bool:
        """Does a word stand directly before or after a claim that is still there?"""
        c = self.c
        for at in () if i is None else (i - 1, i + 1):
            if 0 <= at < len(c.stream) and c.stream.claim[at] and c.to[at] >= 0:
                return c.stream.block[at] == c.stream.block[i or 0]
        for at in () if j is None else (j - 1, j + 1):
            if 0 <= at < len(c.back) and c.back[at] >= 0 and c.stream.claim[c.back[at]]:
                return c.actual.block[at] == c.actual.block[j or 0]
        return False

    def beside(self, i: int | None, j: int | None) -> int | None:
        """The expected number that a symbol stands next to; -1 for a number that was not expected; None for none."""
        c = self.c
        if i is not None:
            for at in (i - 1, i + 1, i - 2, i + 2):
                if 0 <= at < len(c.stream) and c.stream.block[at] == c.stream.block[i]:
                    if is_numeric(c.stream.kinds[at]):
                        return at if c.to[at] >= 0 else -1
                    if abs(at - i) == 1 and c.stream.kinds[at] != SYMBOL and at > i:
                        break
        for at in () if j is None else (j - 1, j + 1):
            if c.actual.numeric(at) and c.actual.block[at] == c.actual.block[j or 0]:
                return c.back[at] if c.back[at] >= 0 else -1
        return None

    def between_numbers(self, i: int | None, j: int | None) -> bool:
        """Is the word followed by a number, in the ledger or in the file?"""
        c = self.c
        mine = i is not None and i + 1 < len(c.stream) and is_numeric(c.stream.kinds[i + 1])
        return mine or (j is not None and c.actual.numeric(j + 1))

    def unit_of(self, i: int | None, j: int | None) -> int | None:
        """The number that a word directly follows, where it is (or stands in the place of) the number's unit."""
        c = self.c
        if i is not None and i > 0 and is_numeric(c.stream.kinds[i - 1]) and c.stream.block[i - 1] == c.stream.block[i]:
            return i - 1 if c.to[i - 1] >= 0 else None
        if i is not None or j is None or j == 0 or c.actual.block[j] != c.actual.block[j - 1]:
            return None
        return c.back[j - 1] if is_numeric(c.actual.kinds[j - 1]) and c.back[j - 1] >= 0 else None

    def block_of(self, i: int | None, j: int | None) -> str:
        """The kind of block: the ledger's where it is known, else the file's."""
        c = self.c
        if i is not None:
            return c.expected.blocks[c.stream.block[i]].kind
        if j is not None:
            home = c.home_block(j)
            if home is not None:
                return home.kind
            kind = c.actual.blocks[c.actual.block[j]].kind
            return "" if kind == "page" else kind
        return ""

    def claims_at(self, j: int | None) -> tuple[int, int, int] | None:
        """The claim word of the file (block, from, to) that a token is a part of."""
        c = self.c
        if j is None or c.actual.kinds[j] == SYMBOL:
            return None
        block = c.actual.block[j]
        if block not in self._claims_of:
            self._claims_of[block] = find_softened(c.expected.lexicon, c.actual.blocks[block].text)
        token = c.actual.tokens[j]
        for low, high in self._claims_of[block]:
            if low < token.end and high > token.start:
                return (block, low, high)
        return None


def _first(items: list[tuple[int, str, bool]], family: frozenset[str], kept: Counter[str]) -> list[str]:
    """The words of a family in order, each as often as both texts have it."""
    left = Counter(kept)
    found: list[str] = []
    for _, norm, _ in items:
        if norm in family and left[norm]:
            left[norm] -= 1
            found.append(norm)
    return found


def _owners(items: list[tuple[int, str, bool]], arms: frozenset[str]) -> dict[int, tuple[str, ...]]:
    """For each number or claim of a sentence the words of the group it is said of: the group before it, where a group
    comes first in the sentence, else the group after it."""
    runs: list[tuple[str, ...]] = []
    order: list[tuple[str, int]] = []  # ("arm", which run) or ("token", which token)
    open_run = False
    for index, norm, tells in items:
        if norm in ("+", "/", "&", "–"):  # joins the names of one group
            continue
        if norm in arms and not tells:
            if not open_run:
                runs.append(())
                order.append(("arm", len(runs) - 1))
            runs[-1] = (*runs[-1], norm)
            open_run = True
        else:
            open_run = False
            if tells and index >= 0:
                order.append(("token", index))
    if not runs:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    forward = order[0][0] == "arm"
    current: tuple[str, ...] = ()
    for kind, value in order if forward else reversed(order):
        if kind == "arm":
            current = runs[value]
        else:
            found[value] = current
    return found
