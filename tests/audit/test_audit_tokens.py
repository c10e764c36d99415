"""The tokeniser: what is a number, what is one number, what is the same number."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.audit.checks import holds
from report.audit.tokens import NUMBER, NUMBER_WORD, is_number, phrase_value, tokenise, value_of, word_value


def norms(text: str) -> list[str]:
    return [token.norm for token in tokenise(text)]


def numbers(text: str) -> list[str]:
    return [token.norm for token in tokenise(text) if is_number(token)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("77.3 (8.9)", ["77.3", "8.9"]),
        ("12·5%", ["12.5%"]),
        ("P < .001", ["<.001"]),
        ("P\u00a0<\u00a00.001", ["<0.001"]),
        ("≤5 and ≥ 6, >0.99", ["≤5", "≥6", ">0.99"]),
        ("<= 5", ["≤5"]),
        ("−3.4 to –1.2", ["-3.4", "-1.2"]),
        ("(-5.2--2.6)", ["-5.2", "-2.6"]),
        ("2–3 and 2-3 and 2−3", ["2", "3", "2", "3", "2", "3"]),
        ("COVID-19, AQP4-IgG, CD19", ["19", "4", "19"]),
        ("12,345 and 12\u2009345 and 12\u202f345", ["12345", "12345", "12345"]),
        ("30 100", ["30", "100"]),
        ("[1,2] and 1,234,5", ["1", "2", "1", "234", "5"]),
        ("1.2×10⁻⁵ and 3e-4 and 2 × 10^-3", ["1.2e-5", "3e-4", "2e-3"]),
        ("m² and H₂O", ["2", "2"]),
        ("½ and Ⅳ and ①", ["1⁄2", "IV", "1"]),
        ("5% 5 % 5\u00a0%", ["5%", "5", "5%"]),
        ("１２．５％ and ٣٫٤", ["12.5%", "3.4"]),
        ("3.11.7", ["3.11", "7"]),
        ("Fig.5", ["5"]),
        ("6-month, two-sided", ["6", "two"]),
        ("Twenty-one of ninety‑nine", ["twentyone", "ninetynine"]),
        ("twice half a dozen hundred", ["twice", "half", "dozen", "hundred"]),
        ("1\u00ad2 3\u200b4", ["1", "2", "3", "4"]),
        ("12\u20631", ["12", "1"]),
    ],
)
def test_numbers(text: str, found: list[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text", ["often weight someone", "one second tenth", "a − b", "x - y", "non-randomised", "tension", "fortnight"]
)
def test_no_number(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("−3.4", "-3.4"),
        ("(–3.4)", "(−3.4)"),
        ("n\u00a0= 30", "n = 30"),
        ("eﬃcacy", "efficacy"),
        ("recur\u00adrence", "recurrence"),
        ("12,345", "12\u2009345"),
        ("1·5", "1.5"),
        ("“higher”", "higher"),
        ("6-month", "6 month"),
    ],
)
def test_same(one: str, other: str) -> None:
    assert norms(one) == norms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.4", "−3.4"),
        ("5%", "5"),
        ("<0.001", "0.001"),
        ("<0.001", "=0.001"),
        ("77.3", "77.30"),
        ("77.3", "77,3"),
        ("three", "3"),
        ("(8.9)", "8.9"),
        (".05", "0.05"),
        ("2–3", "2, 3"),
    ],
)
def test_different(one: str, other: str) -> None:
    assert norms(one) != norms(other)


def test_places_are_those_of_the_text() -> None:
    text = "Von １２ % of  “twenty-one” ﬁve"
    assert [text[t.start : t.end] for t in tokenise(text) if is_number(t)] == ["１２", "twenty-one"]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("two hundred and five", 205),
        ("none", 0),
        ("one", 1),
        ("three thousand", 3000),
        ("forty two", None),
        ("higher", None),
    ],
)
def test_phrases(words: str, value: int | None) -> None:
    found = phrase_value(words.split())
    assert found == value or (value is None and found in (None, Decimal(42)))


def test_number_words_are_whole() -> None:
    for value in range(2, 100):
        from_words = [w for w in WORDS if word_value(w) == value]
        assert from_words, value


_UNITS = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = _UNITS[2:] + _TEENS + [t + u for t in _TENS for u in _UNITS]


@given(
    st.decimals(min_value=-(10**7), max_value=10**7, places=3, allow_nan=False),
    st.integers(0, 3),
    st.sampled_from([",", "\u2009", "\u202f", "\u00a0", ""]),
    st.sampled_from(["-", "−", "–"]),
    st.sampled_from([".", "·"]),
    st.sampled_from(["", "%"]),
    st.sampled_from(["", "<", "> ", "≤"]),
)
@settings(max_examples=300, deadline=None)
def test_round_trip(
    value: Decimal, places: int, separator: str, minus: str, mark: str, percent: str, comparison: str
) -> None:
    """A number printed in any style is one token, and that token's value is the number."""
    value = round(value, places)
    printed = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", mark).replace("\0", separator)
    if value < 0:
        printed = minus + printed
    tokens = tokenise(f"was {comparison}{printed}{percent} in")
    assert [t.kind for t in tokens] == [0, NUMBER, 0]
    found = value_of(tokens[1].norm)
    assert found is not None
    assert found.number == value
    assert found.step == Decimal(1).scaleb(-places)
    assert found.percent == bool(percent)
    assert found.comparison == comparison.strip()


@given(st.decimals(min_value=-(10**5), max_value=10**5, allow_nan=False, places=6), st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_interval(raw: Decimal, places: int) -> None:
    """What is rounded from a value holds for it; one unit of the last place more does not."""
    printed = round(raw, places)
    value = value_of(str(printed).replace("E", "e"))
    assert value is not None
    assert holds(raw, value)
    step = Decimal(1).scaleb(-places)
    assert not holds(printed + step, value)
    assert not holds(printed - step, value)


@pytest.mark.parametrize(
    ("printed", "raw", "right"),
    [
        ("<0.001", "0.0009", True),
        ("<0.001", "0.001", False),
        (">0.99", "0.995", True),
        (">0.99", "0.99", False),
        ("77.3", "77.35", True),
        ("77.3", "77.25", True),
        ("77.3", "77.351", False),
        ("0", "-0.3", True),
        ("-1", "1", False),
        ("30", "30", True),
        ("30", "31", False),
    ],
)
def test_holds(printed: str, raw: str, right: bool) -> None:
    value = value_of(printed)
    assert value is not None
    assert holds(Decimal(raw), value) is right


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text(text: str) -> None:
    """No text breaks the tokeniser; tokens stand in order, and every digit is in a number."""
    tokens = tokenise(text)
    assert all(a.end <= b.start for a, b in pairwise(tokens))
    covered = {k for t in tokens if t.kind in (NUMBER, NUMBER_WORD) for k in range(t.start, t.end)}
    assert all(k in covered for k, char in enumerate(text) if char.isascii() and char.isdigit())
    for token in tokens:
        value_of(token.norm)
