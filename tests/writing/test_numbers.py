"""Numbers as text: rounding once, by a named rule, within the interval that the digits stand for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report import numbers
from report.errors import ReportError
from report.styles import load_style, style_names

ICMJE, JAMA = load_style("icmje"), load_style("jama")
finite = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)


def back(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("\u2009", ""))


@pytest.mark.parametrize(
    ("value", "decimals", "icmje", "jama"),
    [
        (47.65, 1, "47.7", "47.6"),
        (47.75, 1, "47.8", "47.8"),
        (0.125, 2, "0.13", "0.12"),
        (-0.04, 1, "0.0", "0.0"),
        (-1.25, 1, "−1.3", "−1.2"),
        (2.675, 2, "2.68", "2.68"),
        (12345.6, 0, "12\u2009346", "12\u2009346"),
        (1234.5, 1, "1234.5", "1234.5"),
        (1234567, 0, "1\u2009234\u2009567", "1\u2009234\u2009567"),
    ],
)
def test_ties_and_thousands_follow_the_style(value: float, decimals: int, icmje: str, jama: str) -> None:
    assert numbers.fixed(value, decimals, ICMJE) == icmje
    assert numbers.fixed(value, decimals, JAMA) == jama


@given(finite, st.integers(0, 4), st.sampled_from([ICMJE, JAMA]))
def test_printed_digits_hold_the_raw_value(value: float, decimals: int, style) -> None:  # type: ignore[no-untyped-def]
    text = numbers.fixed(value, decimals, style)
    half = Decimal(1).scaleb(-decimals) / 2
    assert abs(back(text) - Decimal(repr(value))) <= half


@pytest.mark.parametrize(
    ("p", "icmje", "jama"),
    [
        (0.0004, ("<", "0.001"), ("<", ".001")),
        (0.00096, ("<", "0.001"), ("<", ".001")),
        (0.001, ("=", "0.001"), ("=", ".001")),
        (0.0059, ("=", "0.006"), ("=", ".006")),
        (0.00999, ("=", "0.010"), ("=", ".010")),
        (0.0251, ("=", "0.03"), ("=", ".03")),
        (0.046, ("=", "0.046"), ("=", ".046")),
        (0.0499, ("=", "0.0499"), ("=", ".0499")),
        (0.0501, ("=", "0.0501"), ("=", ".0501")),
        (0.05, ("=", "0.05"), ("=", ".05")),
        (0.35, ("=", "0.35"), ("=", ".35")),
        (0.995, (">", "0.99"), (">", ".99")),
        (0.0, ("<", "0.001"), ("<", ".001")),
        (1.0, (">", "0.99"), (">", ".99")),
    ],
)
def test_p_values(p: float, icmje: tuple[str, str], jama: tuple[str, str]) -> None:
    assert numbers.p_text(p, 0.05, ICMJE) == icmje
    assert numbers.p_text(p, 0.05, JAMA) == jama


@given(st.floats(0, 1), st.sampled_from([0.05, 0.01, 0.025]), st.sampled_from([ICMJE, JAMA]))
def test_a_p_value_never_changes_its_side_of_alpha(p: float, alpha: float, style) -> None:  # type: ignore[no-untyped-def]
    operator, digits = numbers.p_text(p, alpha, style)
    shown = Decimal(digits if digits.startswith("0") else f"0{digits}")
    if operator == "=" and abs(p - alpha) > 1e-5:
        assert (shown < Decimal(repr(alpha))) == (Decimal(repr(p)) < Decimal(repr(alpha)))
    assert not (operator == "=" and shown in (0, 1))


@pytest.mark.parametrize(
    ("spread", "decimals"), [(12.3, 0), (9.9, 1), (1.3, 1), (0.38, 2), (0.04, 3), (0, 0), (None, 0)]
)
def test_decimals_give_the_spread_two_significant_digits(spread: float | None, decimals: int) -> None:
    assert numbers.decimals_for(spread, 2, 3) == decimals


@pytest.mark.parametrize(("denominator", "decimals"), [(30, 0), (99, 0), (100, 1), (19000, 1), (None, 1)])
def test_percentages_have_no_more_digits_than_their_denominator(denominator: int | None, decimals: int) -> None:
    assert numbers.percent_decimals(denominator, ICMJE) == decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.18, 0.06, 0.55], 2), ([1.2, 0.9, 15.0], 1), ([2, 1, 150], 0), ([0.004, 0.001, 0.01], 3)],
)
def test_a_ratio_shares_its_decimals_with_its_limits(values: list[float], decimals: int) -> None:
    assert numbers.ratio_decimals(values, ICMJE) == decimals


def test_every_style_names_a_source_for_each_group_of_rules() -> None:
    assert style_names() == ["icmje", "jama"]
    for name in style_names():
        style = load_style(name)
        for group in type(style).model_fields:
            rules = getattr(style, group)
            if hasattr(rules, "source"):
                assert len(rules.source) > 10, (name, group)


def test_an_unknown_style_names_those_that_there_are() -> None:
    with pytest.raises(ReportError, match=r"There is no style 'nejmm'. Choose one of: icmje, jama."):
        load_style("nejmm")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (111_467_799_540.3, "1.11×10¹¹"),
        (-9.996e300, "−1.00×10³⁰¹"),
        (9_999_999_999, "9\u2009999\u2009999\u2009999"),
        (1.7976931348623157e308, "1.80×10³⁰⁸"),
    ],
)
def test_numbers_of_many_digits_are_a_power_of_ten_that_the_audit_reads(value: float, text: str) -> None:
    from report.audit.tokens import tokenise, value_of

    printed = numbers.fixed(value, 0, ICMJE)
    assert printed == text and numbers.fixed(value, 0, JAMA) == text
    (token,) = tokenise(printed)
    read = value_of(token.norm)
    assert read is not None and abs(read.number - Decimal(repr(value))) <= read.step / 2


def test_the_smallest_numbers_are_powers_of_ten_too() -> None:
    assert numbers.scientific(-6.054e-304, ICMJE) == "−6.05×10⁻³⁰⁴"
