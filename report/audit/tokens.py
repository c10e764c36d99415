"""Text to tokens: words, numbers, symbols.

Two texts print the same numbers in the same places when their tokens are equal; so a token keeps what a reader
takes for meaning (digits, sign, decimal mark, comparison, percent sign) and drops what he does not see (kinds of space,
kinds of hyphen, soft hyphens, thousands separators, capitals, full stops and quotation marks).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from report.audit.model import BOUNDARY

WORD, NUMBER, NUMBER_WORD, SYMBOL = 0, 1, 2, 3


class Token(NamedTuple):
    """One token. `norm` is what is compared; `start` and `end` are places in the text it came from."""

    norm: str
    kind: int
    start: int
    end: int


UNITS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {
    "hundred": 100, "hundreds": 100, "thousand": 1000, "thousands": 1000, "million": 10**6, "millions": 10**6,
    "billion": 10**9,
}  # fmt: skip
ODD: dict[str, int | str] = {"half": "0.5", "twice": 2, "thrice": 3, "dozen": 12, "dozens": 12}
SMALL = {"zero": 0, "no": 0, "none": 0, "neither": 0, "one": 1, "once": 1, "a": 1, "an": 1}
"""Words that stand for a number only where the ledger says so: they are not number tokens."""

# A soft hyphen, a zero-width space or joiner, a word joiner: invisible, allowed inside words and digits.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# Spaces that hold a number together. The ordinary space is not among them: "30 100" are two numbers.
_THIN = "\u00a0\u2007\u2008\u2009\u200a\u202f"

# A number. What it must not match, or not as a part of itself:
# - a hyphen or dash that follows a letter, a digit, a closing bracket or a percent sign is no sign: "COVID-19", "2-3",
#   "(1)-2", "5%-6%";
# - groups of three digits are joined only by a comma or by a thin or no-break space, and only when each has exactly
#   three digits, so that citations such as "1,2" and lists such as "12, 345" stay apart;
# - a leading mark makes a decimal (".05") only where no letter, digit, percent sign, closing bracket or quotation mark
#   stands before it: "Fig.5" is 5, "3.11.7" is 3.11 and 7, "52%.10" is 52% and 10 (a raised citation);
# - the percent sign may be closed up or stand after a thin space; after an ordinary space it is a symbol of its own;
# - an exponent needs a digit: "2e" is 2 and a word.
_NUMBER = (
    r"(?:(?P<cmp>[<>]=?|[≤≥⩽⩾≦≧])[ " + _THIN + r"]?)?"
    r"(?P<sign>(?<![^\W_])(?<![)\]%])[-−–+](?=[0-9.·]))?"
    r"(?P<digits>"
    r"[0-9]{1,3}(?:[," + _THIN + r"][0-9]{3})+(?!,?[0-9])(?:[.·][0-9]+)?"
    r"|[0-9]+(?:[.·][0-9]+)?"
    r"|(?<![^\W_])(?<![%)\]\"”’])[.·][0-9]+)"
    r"(?P<exp>[eE][-−+]?[0-9]+(?![^\W_])|[ " + _THIN + r"]?[×x][ " + _THIN + r"]?10(?:\^[-−]?[0-9]+|⁻?[⁰¹²³⁴-⁹]+))?"
    r"(?P<pct>[" + _THIN + r"]?[%‰])?"
)
# A number word, from two upwards, whole words only: not "often", "weight", "one", "second", "tenth".
# A tens word and a unit are one number when joined by a hyphen of any kind, or by a hyphen lost at a line's end.
_NUMBER_WORD = (
    r"(?<![^\W_])(?:(?:" + "|".join(TENS) + r")(?:[-‐‑" + _INVISIBLE + r"]?(?:one|" + "|".join(UNITS) + r"))?|"
    + "|".join(sorted([*UNITS, *TEENS, *SCALES, *ODD], key=len, reverse=True))
    + r")(?![^\W_])"
)  # fmt: skip
# A word: letters, with invisible marks inside. Hyphens part words, so that a hyphen lost or won at a line's end
# changes only where the cut lies. Digits part words as well: "AQP4" is AQP and 4.
_ODD_DIGITS = "⁰¹²³⁴-⁹₀-₉¼-¾⅐-ↈ①-⒛⓪-⓿❶-➓"
_LETTER = r"[^\W\d_" + _ODD_DIGITS + "]"
_WORD = _LETTER + "+(?:[" + _INVISIBLE + "]+" + _LETTER + "+)*"
# Raised and lowered digits, fractions, Roman and ringed numerals as characters of their own: "m²", "10⁻³", "½".
_RAISED = r"[⁺⁻₊₋]?[" + _ODD_DIGITS + "]+"
# A hyphen or dash between two digits is a range; an en or em dash or a minus anywhere else is a dash.
# A plain hyphen anywhere else is dropped.
_DASH = r"(?<=[0-9])[-‐‑](?=[0-9])|[–—−‒―]"
_SYMBOL = r"<=|>=|[%‰<>=≤≥≈~±×÷/()\[\]{}+:;,*^|&#$€£°†‡§∞]"

# What a number and a number word begin with at least: at most places one letter tells that there is none.
_NUMBER_HEAD = r"(?=[0-9.·<>≤≥⩽⩾≦≧−–+-])"
_NUMBER_WORD_HEAD = "(?=[" + "".join(sorted({word[0] for word in (*TENS, *UNITS, *TEENS, *SCALES, *ODD)})) + "])"
_MASTER = re.compile(
    rf"(?P<number>{_NUMBER_HEAD}{_NUMBER})|(?P<nw>{_NUMBER_WORD_HEAD}{_NUMBER_WORD})|(?P<word>{_WORD})"
    rf"|(?P<raised>{_RAISED})|(?P<dash>{_DASH})|(?P<symbol>{_SYMBOL})",
    re.IGNORECASE,
)
_DROP = {ord(c): None for c in _INVISIBLE + BOUNDARY}
_DROP_SEPARATORS = {ord(c): None for c in "," + _THIN}
_COMPARISONS = {"<=": "≤", ">=": "≥", "⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥"}


class _Fold(dict[int, int]):
    """One character to one character (so that places in the text stay true): any script's digits and full-width signs
    to ASCII, look-alikes of the minus and of the decimal point to one of each."""

    def __missing__(self, code: int) -> int:
        new = code
        if code > 127:
            char = chr(code)
            category = unicodedata.category(char)
            if category == "Nd":
                new = ord("0") + unicodedata.decimal(char)
            elif 0xFF01 <= code <= 0xFF5E:
                new = code - 0xFEE0
            elif char in "﹣－":
                new = ord("−")
            elif char in "‧∙⋅﹒․":
                new = ord("·")
            elif char in "﹪٪":
                new = ord("%")
            elif char == "∕" or char == "⁄":
                new = ord("/")
            elif char in "∼～":
                new = ord("~")
            elif char == "٫":
                new = ord(".")
            elif char == "\u037e":
                new = ord(";")
            elif category == "Zs" and char not in _THIN:
                new = ord(" ")
        self[code] = new
        return new


_FOLD = _Fold()


def fold(text: str) -> str:
    """The text with look-alike characters made one, each character in its old place."""
    return text if text.isascii() else text.translate(_FOLD)


def _norm_number(match: re.Match[str]) -> str:
    comparison, sign, digits, exponent, percent = match.group("cmp", "sign", "digits", "exp", "pct")
    if len(digits) > 4:
        digits = digits.translate(_DROP_SEPARATORS)
    out = digits.replace("·", ".")
    if sign:
        out = ("+" if sign == "+" else "-") + out
    if comparison:
        out = _COMPARISONS.get(comparison, comparison) + out
    if exponent:
        out += _norm_exponent(exponent)
    if percent:
        out += percent[-1]
    return out


def _norm_exponent(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("^", "").translate(_DROP_SEPARATORS)
    plain = plain.replace(" ", "").lower()
    plain = plain.removeprefix("×10").removeprefix("x10").removeprefix("e")
    return "e" + plain.removeprefix("+")


def _read(text: str) -> list[Token]:
    folded = fold(text)
    ascii_only = folded.isascii()
    made: list[Token] = []
    token = tuple.__new__  # what Token(…) does, without the call in between
    for match in _MASTER.finditer(folded):
        group, norm = match.lastgroup, match[0]
        kind = WORD
        if group == "word":
            norm = norm.lower()
            if not ascii_only and not norm.isascii():
                norm = unicodedata.normalize("NFKC", norm.translate(_DROP))
        elif group == "symbol":
            norm, kind = _COMPARISONS.get(norm, norm), SYMBOL
        elif group == "dash":
            norm, kind = "–", SYMBOL
        elif group == "nw":
            norm = norm.lower().translate(_DROP)
            norm, kind = norm.replace("-", "").replace("‐", "").replace("‑", ""), NUMBER_WORD
        elif group == "raised":
            norm, kind = unicodedata.normalize("NFKC", norm).replace("−", "-"), NUMBER
        else:
            norm, kind = _norm_number(match), NUMBER
        made.append(token(Token, (norm, kind, *match.span())))
    return made


_CACHE: dict[str, tuple[Token, ...]] = {}


def tokenise(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order. Equal texts are read once."""
    found = _CACHE.get(text)
    if found is None:
        if len(_CACHE) > 50_000:
            _CACHE.clear()
        found = _CACHE[text] = tuple(_read(text))
    return found


def is_number(token: Token) -> bool:
    return token.kind in (NUMBER, NUMBER_WORD)


class Value(NamedTuple):
    """What a printed number stands for."""

    number: Decimal
    step: Decimal
    """One unit of the last printed place."""
    comparison: str
    percent: bool


_PARTS = re.compile(r"(?P<cmp>[<>≤≥]?)(?P<sign>[-+]?)(?P<digits>[0-9]*\.?[0-9]+)(?:e(?P<exp>-?[0-9]+))?(?P<pct>[%‰]?)")


@lru_cache(maxsize=16_384)
def value_of(norm: str) -> Value | None:
    """The value of a number token's norm, None for anything else."""
    match = _PARTS.fullmatch(norm)
    if match is None:
        word = word_value(norm)
        return None if word is None else Value(word, Decimal(0), "", False)
    comparison, sign, digits, power, share = match.groups()
    exponent = int(power or 0)
    if abs(exponent) > 400 or len(digits) > 400:
        return None
    decimals = len(digits.partition(".")[2])
    number = Decimal(digits).scaleb(exponent)
    if sign == "-":
        number = -number
    return Value(number, Decimal(1).scaleb(exponent - decimals), comparison, share == "%")


def word_value(word: str) -> Decimal | None:
    """The value of one number word ("three", "twentyone", "dozen"), None for any other word."""
    table: Mapping[str, int | str]
    for table in (UNITS, TEENS, TENS, SCALES, ODD):
        if word in table:
            return Decimal(table[word])
    for tens, base in TENS.items():
        if word.startswith(tens):
            rest = word[len(tens) :]
            if rest == "one":
                return Decimal(base + 1)
            if rest in UNITS:
                return Decimal(base + UNITS[rest])
    return None


def phrase_value(norms: list[str]) -> Decimal | None:
    """The value of a phrase of number words: "two hundred and five", "none", "one". None if it is not one."""
    total = Decimal(0)
    current: Decimal | None = None
    for norm in norms:
        if norm == "and" and current is not None:
            continue
        value = word_value(norm)
        if value is None and norm in SMALL:
            value = Decimal(SMALL[norm])
        if value is None:
            return None
        if norm in SCALES:
            current = (current if current is not None else Decimal(1)) * value
            if value >= 1000:
                total, current = total + current, Decimal(0)
        elif current is None:
            current = value
        elif current % 100 == 0 or current == 0:
            current += value
        else:
            return None
    return None if current is None else total + current
