"""The classes of tampering: what each changes, and every place of a paper where it can.

A class is a function of a `Case` (the clean paper, located; a source of chance; values of other data cuts) that gives
all tamperings it can make. What would leave the paper saying the same (two equal values swapped) is not made.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import combinations, pairwise

from benchmarks.tampering.located import Located, Number, Shown
from benchmarks.tampering.nodes import Edit


@dataclass(frozen=True, slots=True)
class Change:
    """One stretch of the paper that is no longer what it was."""

    node: int
    start: int
    end: int
    old: str
    new: str

    @property
    def edit(self) -> Edit:
        return Edit(self.node, self.start, self.end, self.new)


@dataclass(frozen=True, slots=True)
class Tampering:
    klass: str
    what: str
    changes: tuple[Change, ...]
    together: bool = False
    """Things changed places as a whole: it is told exactly when one of the two sides is named in full."""
    sentence: bool = False
    """What is wrong is the sentence as a whole: it is told exactly when its place is named, with any of its numbers."""


@dataclass
class Case:
    paper: Located
    rng: random.Random
    cuts: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Name of a data cut → statistic → its value there."""

    def text(self, node: int) -> str:
        return self.paper.nodes[node].text


Class = Callable[[Case], Iterator[Tampering]]
CLASSES: dict[str, Class] = {}


def _class(name: str) -> Callable[[Callable[[Case], Iterator[Tampering]]], Class]:
    def register(make: Callable[[Case], Iterator[Tampering]]) -> Class:
        CLASSES[name] = make
        return make

    return register


def _number(klass: str, number: Number, new: str, what: str) -> Tampering:
    return Tampering(klass, what, (Change(number.node, number.start, number.end, number.text, new),))


# -- digits ----------------------------------------------------------------------------------------------------------


@_class("one digit changed")
def one_digit(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        digits = [k for k, c in enumerate(number.text) if c.isdigit()]
        at = case.rng.choice(digits)
        first = at == digits[0] and len(digits) > 1
        new = case.rng.choice([d for d in "0123456789"[first:] if d != number.text[at]])
        yield _number("one digit changed", number, number.text[:at] + new + number.text[at + 1 :], "one digit")


@_class("two digits swapped")
def two_digits(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        digits = [k for k, c in enumerate(number.text) if c.isdigit()]
        pairs = [(a, b) for a, b in pairwise(digits) if number.text[a] != number.text[b]]
        if pairs:
            a, b = case.rng.choice(pairs)
            said = list(number.text)
            said[a], said[b] = said[b], said[a]
            yield _number("two digits swapped", number, "".join(said), "neighbouring digits")


@_class("decimal point moved, dropped or turned to a comma")
def decimal_point(case: Case) -> Iterator[Tampering]:
    name = "decimal point moved, dropped or turned to a comma"
    for number in case.paper.numbers():
        whole, point, rest = number.text.partition(".")
        if not point or not rest:
            continue
        options = [(whole + rest, "dropped"), (f"{whole},{rest}", "comma")]
        if len(whole.lstrip("−+-")) > 1:
            options.append((f"{whole[:-1]}.{whole[-1]}{rest}", "moved left"))
        if len(rest) > 1:
            options.append((f"{whole}{rest[0]}.{rest[1:]}", "moved right"))
        for new, what in options:
            yield _number(name, number, new, what)


@_class("sign dropped or changed")
def sign(case: Case) -> Iterator[Tampering]:
    name = "sign dropped or changed"
    for number in case.paper.numbers():
        if number.text[0] in "−-":
            yield _number(name, number, number.text[1:], "dropped")
            yield _number(name, number, "+" + number.text[1:], "minus to plus")
        elif number.shown and number.shown.kind == "result" and number.text.strip("0."):
            before = case.text(number.node)[: number.start].rstrip("\u00a0 ")[-1:]
            if before not in "<>":
                yield _number(name, number, "−" + number.text, "minus added")


@_class("last digit rounded the wrong way")
def rounding(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        if number.shown is None or number.shown.kind != "result":
            continue
        entry = case.paper.ledger["entries"][number.shown.entry]
        try:
            raw, printed = Decimal(entry["raw"]), Decimal(number.text.replace("−", "-"))
        except (InvalidOperation, TypeError):
            continue
        if entry.get("transform") == "absolute":
            raw = abs(raw)
        before = case.text(number.node)[: number.start].rstrip("\u00a0 ")[-1:]
        if raw == printed or before in "<>" or abs(raw - printed) > 1:
            continue
        step = Decimal(1).scaleb(int(printed.as_tuple().exponent))
        wrong = printed + (step if raw > printed else -step)
        new = str(wrong).replace("-", "−")
        yield _number("last digit rounded the wrong way", number, new, f"{entry['raw']} as {new}")


@_class("stale value from another data cut")
def stale(case: Case) -> Iterator[Tampering]:
    for cut, values in case.cuts.items():
        for number in case.paper.numbers():
            shown = number.shown
            if shown is None or shown.kind != "result" or values.get(shown.name) is None:
                continue
            entry = case.paper.ledger["entries"][shown.entry]
            before = case.text(number.node)[: number.start].rstrip("\u00a0 ")[-1:]
            if before in "<>" or not re.fullmatch(r"[−+]?\d+(?:\.\d+)?", number.text):
                continue
            value = Decimal(repr(values[shown.name]))
            if entry.get("transform") == "absolute":
                value = abs(value)
            decimals = len(number.text.partition(".")[2])
            new = str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)).replace("-", "−")
            if new.lstrip("−").strip("0.") == "":
                new = new.lstrip("−")
            if new != number.text and not (shown.name.endswith("p") and not new.strip("0.")):
                yield _number("stale value from another data cut", number, new, f"value of the cut {cut}")


# -- right numbers, wrong places -------------------------------------------------------------------------------------


def _swap(klass: str, what: str, text: Callable[[int], str], a: Shown, b: Shown) -> Tampering | None:
    said, other = text(a.node)[a.start : a.end], text(b.node)[b.start : b.end]
    if said.split() == other.split():
        return None
    return Tampering(
        klass, what, (Change(a.node, a.start, a.end, said, other), Change(b.node, b.start, b.end, other, said))
    )


def _together(case: Case) -> Iterator[list[Shown]]:
    """Results that stand in one paragraph, or in one row of a table."""
    groups: dict[object, list[Shown]] = {}
    for shown in case.paper.shown:
        block = case.paper.ledger["blocks"][shown.block]
        key = (block["table"], block["row"]) if block["kind"] == "cell" else shown.block
        if shown.kind == "result":
            groups.setdefault(key, []).append(shown)
    yield from groups.values()


@_class("two arms' values swapped")
def arms(case: Case) -> Iterator[Tampering]:
    ids = list(case.paper.results["study"]["arms"])
    for group in _together(case):
        for k, shown in enumerate(group):
            parts = shown.name.split(".")
            for a, b in combinations(ids, 2):
                if parts.count(a) + parts.count(b) != 1:
                    continue
                other = ".".join(b if part == a else a if part == b else part for part in parts)
                match = next((s for s in group[k + 1 :] if s.name == other), None)
                made = match and _swap("two arms' values swapped", shown.name, case.text, shown, match)
                if made:
                    yield made


@_class("two rows swapped")
def rows(case: Case) -> Iterator[Tampering]:
    tables: dict[str, dict[int, dict[int, tuple[int, int, int]]]] = {}
    for node, runs in enumerate(case.paper._runs):
        for start, end, index in runs:
            block = case.paper.ledger["blocks"][index]
            if block["kind"] == "cell" and not block.get("header") and block["column"] > 1:
                line = tables.setdefault(block["table"], {}).setdefault(block["row"], {})
                line[block["column"]] = (node, start, end)
    for table, lines in tables.items():
        for a, b in combinations(sorted(lines), 2):
            if set(lines[a]) != set(lines[b]) or len(lines[a]) < 2:
                continue
            changes: list[Change] = []
            for column in sorted(lines[a]):
                (m, s, e), (n, u, v) = lines[a][column], lines[b][column]
                said, other = case.text(m)[s:e], case.text(n)[u:v]
                if said.split() != other.split():
                    changes += [Change(m, s, e, said, other), Change(n, u, v, other, said)]
            if changes:
                what = f"values of rows {a} and {b} of {table}, under their old labels"
                yield Tampering("two rows swapped", what, tuple(changes), together=True)


@_class("numerator and denominator swapped")
def fraction(case: Case) -> Iterator[Tampering]:
    name = "numerator and denominator swapped"
    for node, seen in enumerate(case.paper.nodes):
        for match in re.finditer(r"(?<![\d.])(\d+)( of |/)(\d+)(?![\d.])", seen.text):
            a, _, b = match.groups()
            if a != b and not (match[2] == "/" and "doi" in seen.text):
                yield Tampering(
                    name, match.group(),
                    (Change(node, *match.span(1), a, b), Change(node, *match.span(3), b, a)),
                )  # fmt: skip
    for group in _together(case):
        for shown in group:
            if shown.name.endswith(".n"):
                percent = next(
                    (s for s in group if s.name == shown.name[:-1] + "percent" and s.node == shown.node), None
                )
                made = percent and _swap(name, f"{shown.name} and its percentage", case.text, shown, percent)
                if made:
                    yield made


@_class("CI bounds swapped")
def bounds(case: Case) -> Iterator[Tampering]:
    for group in _together(case):
        for shown in group:
            if shown.name.endswith("ci_low"):
                high = shown.name[: -len("low")] + "high"
                other = next(
                    (s for s in group if s.name == high and s.start > shown.start - 1 and s.node == shown.node), None
                )
                made = other and _swap("CI bounds swapped", shown.name, case.text, shown, other)
                if made:
                    yield made


@_class("names of groups or outcomes exchanged")
def exchanged(case: Case) -> Iterator[Tampering]:
    arms = {
        match[1].strip()
        for block in case.paper.ledger["blocks"]
        if block["kind"] == "cell" and block.get("header")
        for match in [re.match(r"(.+?) ?\((?:n|N)\b", " ".join(block["text"].split()))]
        if match and match[1].strip().lower() != "total"
    }
    outcomes = {line for b in case.paper.ledger["blocks"] if b["kind"] == "figure" for line in b["text"].split("\n")}
    outcomes = {line for line in outcomes if re.fullmatch(r"[A-Z]{3,}", line)} - arms
    for names in (arms, outcomes):
        if len(names) < 2:
            continue
        pattern = re.compile(
            rf"(?<![\w+])(?:{'|'.join(re.escape(n) for n in sorted(names, key=len, reverse=True))})(?!\w)"
        )
        for node, seen in enumerate(case.paper.nodes):
            block = case.paper.block(node, 0)
            if block is None or case.paper.ledger["blocks"][block]["kind"] not in ("paragraph", "note", "caption"):
                continue
            for low, high in case.paper.sentences(node):
                told = [s for s in case.paper.shown if s.node == node and low <= s.start < high]
                if not any(s.kind in ("result", "claim") for s in told):
                    continue
                found = list(pattern.finditer(seen.text, low, high))
                for one, other in pairwise(found):
                    if one.group() != other.group():
                        yield Tampering(
                            "names of groups or outcomes exchanged", f"{one.group()} and {other.group()}",
                            (
                                Change(node, *one.span(), one.group(), other.group()),
                                Change(node, *other.span(), other.group(), one.group()),
                            ),
                            sentence=True,
                        )  # fmt: skip


# -- P, percent, n, unit ---------------------------------------------------------------------------------------------


@_class("P as its complement, or its sign turned")
def p_value(case: Case) -> Iterator[Tampering]:
    name = "P as its complement, or its sign turned"
    for shown in case.paper.shown:
        if shown.kind != "result" or not re.search(r"(?:^|[._])p$", shown.name):
            continue
        text = case.text(shown.node)
        said = text[shown.start : shown.end]
        digits = re.search(r"\d*\.\d+", said)
        if digits is None:
            continue
        at = shown.start + digits.start()
        complement = str(1 - Decimal(digits.group()))
        complement = complement if digits.group()[0] == "0" else complement.lstrip("0")
        yield Tampering(
            name, "complement", (Change(shown.node, at, at + len(digits.group()), digits.group(), complement),)
        )
        mark = re.search(r"[<=>](?=[\s\u00a0]*$)", text[:at])
        if mark is not None:
            for new in "<>=":
                if new != mark.group():
                    what = f"{mark.group()} to {new}"
                    yield Tampering(name, what, (Change(shown.node, mark.start(), mark.end(), mark.group(), new),))


@_class("percent sign lost")
def percent(case: Case) -> Iterator[Tampering]:
    for node, seen in enumerate(case.paper.nodes):
        for match in re.finditer(r"\d[\u00a0\u202f ]?%", seen.text):
            before = re.search(r"[\d.]+[\u00a0\u202f ]?%$", seen.text[: match.end()])
            old = before.group() if before else match.group()
            start = match.end() - len(old)
            yield Tampering("percent sign lost", old, (Change(node, start, match.end(), old, old.rstrip("%")),))


@_class("n off by one")
def off_by_one(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        if number.shown and number.shown.kind == "result" and number.text.isdigit():
            for step in (-1, 1):
                if int(number.text) + step >= 0:
                    yield _number("n off by one", number, str(int(number.text) + step), f"{step:+d}")


_UNITS = {
    "points": "years", "years": "months", "year": "month", "months": "weeks", "month": "week", "weeks": "days",
    "days": "hours", "hours": "days", "mg/kg": "mg", "mg": "g", "g": "mg", "patients": "events", "person-years": "days",
    "percentage points": "points", "%": "‰", "recurrences": "patients", "mean (SD)": "median (IQR)",
}  # fmt: skip


@_class("unit changed")
def unit(case: Case) -> Iterator[Tampering]:
    units = "|".join(re.escape(u) for u in sorted(_UNITS, key=len, reverse=True))
    after_number = re.compile(rf"(?<=\d)([\s\u00a0\u202f]?)({units})(?![\w])")
    in_label = re.compile(rf"(?<=, )({units})(?=$|,|;|\b)")
    for node, seen in enumerate(case.paper.nodes):
        for match in after_number.finditer(seen.text):
            old = match.group(2)
            yield Tampering(
                "unit changed", f"{old} to {_UNITS[old]}", (Change(node, *match.span(2), old, _UNITS[old]),)
            )
        if seen.kind == "reference":
            continue
        found = case.paper.block(node, 0)
        if found is not None and case.paper.ledger["blocks"][found]["kind"] in ("cell", "figure"):
            for match in in_label.finditer(seen.text):
                old = match.group(1)
                what = f"{old} to {_UNITS[old]} in a label"
                yield Tampering("unit changed", what, (Change(node, *match.span(1), old, _UNITS[old]),))


# -- numbers that go and come ----------------------------------------------------------------------------------------


@_class("number deleted")
def deleted(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        text = case.text(number.node)
        end = number.end + (text[number.end : number.end + 1] == " " and text[max(0, number.start - 1)] == " ")
        yield Tampering(
            "number deleted", number.text, (Change(number.node, number.start, end, text[number.start : end], ""),)
        )


@_class("number inserted")
def inserted(case: Case) -> Iterator[Tampering]:
    for node, seen in enumerate(case.paper.nodes):
        places = [m.end() for m in re.finditer(r"[A-Za-z]{3,}(?=[ ,.;)]|$)", seen.text)]
        if "Page " in seen.text and seen.kind == "footer":
            continue
        for at in case.rng.sample(places, min(len(places), 3)):
            new = case.rng.choice([" 17", " (23)", " 4.6%", " 0.03", " (n = 41)", " 128", " seven", " 9.4"])
            yield Tampering("number inserted", new, (Change(node, at, at, "", new),))


_SENTENCES = (
    " In a further analysis the difference was 4.7 points (95% CI 1.3 to 8.1; P = 0.008).",
    " At 18 months 21 of 26 patients (81%) were still followed.",
    " The median was 7.4 days (range 3 to 19).",
    " Two patients were excluded after 11 days.",
    " The hazard ratio was 0.44.",
    " After 24 months the mean score had risen by 13.6 points.",
)


@_class("sentence with numbers inserted")
def sentence(case: Case) -> Iterator[Tampering]:
    for node, seen in enumerate(case.paper.nodes):
        if seen.kind in ("reference", "header", "footer", "alt"):
            continue
        ends = [m.end() for m in re.finditer(r"[a-z)\]%][.](?=\s|$)", seen.text)]
        for at in ends:
            new = case.rng.choice(_SENTENCES)
            yield Tampering("sentence with numbers inserted", new.strip(), (Change(node, at, at, "", new),))


_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def _word(number: int) -> str | None:
    if number < 20:
        return _WORDS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_WORDS[ones]}" if ones else "")
    return None


@_class("number turned into a word, or back")
def words(case: Case) -> Iterator[Tampering]:
    name = "number turned into a word, or back"
    for number in case.paper.numbers():
        if number.text.isdigit() and int(number.text) > 1 and case.paper.zone(number.node, 0) != "references":
            word = _word(int(number.text))
            alone = re.match(r"[^\w.%\-]|$", case.text(number.node)[number.end :])
            if word and alone:
                yield _number(name, number, word, "number to word")
    known = {word: n for n in range(2, 100) if (word := _word(n))}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(known, key=len, reverse=True))})\b", re.IGNORECASE)
    for node, seen in enumerate(case.paper.nodes):
        for match in pattern.finditer(seen.text):
            value = known[match.group().lower()]
            yield Tampering(name, "word to number", (Change(node, *match.span(), match.group(), str(value)),))
            other = _word(value + 1) or "ninety"
            yield Tampering(name, "another word", (Change(node, *match.span(), match.group(), other),))


# -- claims ----------------------------------------------------------------------------------------------------------

_OPPOSITE = {
    "higher": "lower", "lower": "higher", "greater": "smaller", "larger": "smaller", "smaller": "larger",
    "fewer": "more", "better": "worse", "worse": "better", "increased": "decreased", "decreased": "increased",
    "reduced": "increased", "reduction": "increase", "above": "below", "below": "above", "more than": "less than",
    "less than": "more than", "similar": "different", "improved": "worsened", "very limited": "very extensive",
    "included": "excluded", "absent": "present", "before": "after",
}  # fmt: skip


@_class("claim word reversed")
def reversed_claim(case: Case) -> Iterator[Tampering]:
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(_OPPOSITE, key=len, reverse=True))})\b")
    for node, seen in enumerate(case.paper.nodes):
        if node in case.paper._reference:
            continue
        for match in pattern.finditer(seen.text):
            old = match.group()
            what = f"{old} to {_OPPOSITE[old]}"
            yield Tampering("claim word reversed", what, (Change(node, *match.span(), old, _OPPOSITE[old]),))


_STRONGER = (
    (r"\b(?=(?:higher|lower)\b)", "significantly "),
    (r"\b(?=(?:higher|lower)\b)", "much "),
    (r"\bwas associated\b(?=.* with)", "was causally associated"),
    (r"\bnon-randomised\b", "randomised"),
    (r"\bexploratory\b", "confirmatory"),
    (r"\bretrospective\b", "prospective"),
    (r"\bmay reflect\b", "reflect"),
    (r"\bcannot establish\b", "establishes"),
    (r"\bcannot be excluded\b", "are excluded"),
    (r"\bassociations\b", "effects"),
    (r"\bhad not been prespecified\b", "had been prespecified"),
    (r"\bcompared by\b", "proved different by"),
    (r"\brecorded incidence\b", "true incidence"),
    (r"\bcould be\b", "must be"),
    (r"\bmight\b", "will"),
    (r"\bPatients could be included\b", "All patients were included"),
)


@_class("claim strengthened")
def strengthened(case: Case) -> Iterator[Tampering]:
    for node, seen in enumerate(case.paper.nodes):
        if node in case.paper._reference:
            continue
        for pattern, new in _STRONGER:
            for match in re.finditer(pattern, seen.text):
                old = match.group()
                yield Tampering(
                    "claim strengthened", f"{old or 'lower, higher'}: {new}", (Change(node, *match.span(), old, new),)
                )


_NEGATED = (
    (r"\b(?:was|were|had been|is|are)\b(?! not)(?=\s)", "{} not"),
    (r"\b(was|were|is|are|had|has|does|did|could|may) not\b", "{1}"),
    (r"\bNo (?=\w)", "Some "),
    (r"\bno (?=\w)", "some "),
    (r"\bcannot\b", "can"),
    (r"\bwithout\b", "with"),
    (r"\bwas absent\b", "was present"),
)


@_class("claim negated")
def negated(case: Case) -> Iterator[Tampering]:
    for node, seen in enumerate(case.paper.nodes):
        if node in case.paper._reference or seen.kind in ("cell",):
            continue
        for pattern, form in _NEGATED:
            for match in re.finditer(pattern, seen.text):
                new = form.replace("{1}", match[1]) if "{1}" in form else form.replace("{}", match.group())
                yield Tampering(
                    "claim negated", f"{match.group()}: {new}", (Change(node, *match.span(), match.group(), new),)
                )


# -- figures and references ------------------------------------------------------------------------------------------


@_class("number in a figure changed")
def figure(case: Case) -> Iterator[Tampering]:
    for number in case.paper.numbers():
        if case.paper.zone(number.node, number.start) == "figures":
            new = str(int(re.sub(r"\D", "", number.text) or 0) + case.rng.choice([1, 2, 5, 10]))
            yield _number("number in a figure changed", number, new, "")


@_class("year of a reference changed")
def year(case: Case) -> Iterator[Tampering]:
    for node in case.paper._reference:
        for match in re.finditer(r"\b(19|20)\d\d(?=[;.,) ])", case.text(node)):
            for step in (-10, -1, 1, 2):
                new = str(int(match.group()) + step)
                what = f"{match.group()} to {new}"
                yield Tampering("year of a reference changed", what, (Change(node, *match.span(), match.group(), new),))


def drawn(case: Case, klass: str, most: int) -> list[Tampering]:
    """At most that many tamperings of a class, spread over the parts of the paper, each once."""
    zones: dict[str, list[Tampering]] = {}
    for made in CLASSES[klass](case):
        first = made.changes[0]
        zones.setdefault(case.paper.zone(first.node, first.start), []).append(made)
    for made_here in zones.values():
        case.rng.shuffle(made_here)
    out: list[Tampering] = []
    while zones and len(out) < most:
        for zone in sorted(zones):
            if len(out) < most:
                out.append(zones[zone].pop())
            if not zones[zone]:
                del zones[zone]
    return out
