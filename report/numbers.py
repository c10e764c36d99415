"""Numbers as text, by a style. One value is formatted once, in decimal arithmetic, by a named rounding rule.

Every function takes the raw value at full precision and returns the printed text; none takes text already rounded.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from num2words import num2words

from report.styles import Style

_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
_EXACT = Context(prec=700)
"""Enough for every digit of the largest and of the smallest float."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_GUARD_DIGITS = 4  # how many more decimals a P value may get to stay on its side of alpha


def exact(value: float | int) -> Decimal:
    """The decimal that a float's shortest representation names, so that 0.15 rounds as people expect."""
    return Decimal(repr(value))


def round_to(value: float | int | Decimal, decimals: int, style: Style) -> Decimal:
    """``value`` rounded once to ``decimals`` places by the style's rule; a rounded zero has no sign."""
    number = value if isinstance(value, Decimal) else exact(value)
    step = Decimal(1).scaleb(-decimals)
    rounded = number.quantize(step, rounding=_ROUNDING[style.numbers.rounding], context=_EXACT)
    return abs(rounded) if rounded == 0 else rounded


def fixed(value: float | int | Decimal, decimals: int, style: Style) -> str:
    """``value`` with exactly ``decimals`` places, the style's decimal mark, minus sign and thousands separator.

    With as many digits before the mark as the style writes as a power of ten: so.
    """
    rounded = round_to(value, decimals, style)
    whole, _, fraction = f"{abs(rounded):f}".partition(".")
    rules = style.numbers
    if len(whole) >= rules.scientific.from_digits:
        return scientific(value, style)
    if len(whole) >= rules.thousands.from_digits:
        groups: list[str] = []
        while len(whole) > 3:
            whole, group = whole[:-3], whole[-3:]
            groups.insert(0, group)
        whole = rules.thousands.separator.join([whole, *groups])
    sign = rules.minus if rounded < 0 else ""
    return sign + whole + (rules.decimal_mark + fraction if fraction else "")


def scientific(value: float | int | Decimal, style: Style) -> str:
    """``value`` (not 0) as '1.11×10¹¹': three significant digits and a power of ten."""
    number = value if isinstance(value, Decimal) else exact(value)
    power = number.adjusted()
    shown = round_to(abs(number).scaleb(-power, context=_EXACT), 2, style)
    if shown >= 10:  # 9.996 became 10.00
        power, shown = power + 1, Decimal("1.00")
    rules = style.numbers
    digits = f"{shown:f}".replace(".", rules.decimal_mark)
    return f"{rules.minus if number < 0 else ''}{digits}{rules.scientific.times}10{str(power).translate(_SUPERSCRIPT)}"


def decimals_for(spread: float | None, significant: int, most: int) -> int:
    """Decimals that give ``spread`` (an SD, half an interval) that many significant digits (Cole 2015)."""
    if not spread or spread <= 0:
        return 0
    return max(0, min(most, significant - 1 - exact(spread).adjusted()))


def percent_decimals(denominator: int | None, style: Style) -> int:
    """Decimals of a percentage whose denominator is that many participants."""
    for band in style.percent.bands:
        if band.denominator_below is None or (denominator is not None and denominator < band.denominator_below):
            return band.decimals
    return style.percent.bands[-1].decimals


def p_text(value: float, alpha: float, style: Style) -> tuple[str, str]:
    """(operator, digits) of a P value: ('=', '0.03'), ('<', '0.001'), ('>', '0.99').

    The band is chosen on the raw value, which is rounded once. A value is never rounded to the other side of alpha,
    or on to it: it gets one more digit instead.
    """
    rules = style.p_value
    p = exact(value)
    floor, ceiling = exact(rules.floor), exact(rules.ceiling)

    def digits(text: str) -> str:
        return text if rules.leading_zero else text.removeprefix("0")

    if p < floor:
        return "<", digits(fixed(floor, -floor.as_tuple().exponent, style))  # type: ignore[operator]
    if p > ceiling:
        return ">", digits(fixed(ceiling, -ceiling.as_tuple().exponent, style))  # type: ignore[operator]
    decimals = next((b.decimals for b in rules.bands if p < exact(b.below)), rules.bands[-1].decimals)
    if rules.keep_side_of_alpha:
        threshold = exact(alpha)
        for _ in range(_GUARD_DIGITS):
            rounded = round_to(p, decimals, style)
            if p == threshold or (rounded != threshold and (rounded < threshold) == (p < threshold)):
                break
            decimals += 1
    return "=", digits(fixed(p, decimals, style))


def ratio_decimals(values: list[float], style: Style) -> int:
    """Decimals that a ratio and its limits share: the style's, one less from 10 on, more for small ones."""
    positive = [v for v in values if v > 0]
    if not positive:
        return style.ratio.decimals
    if max(positive) >= 100:
        return max(0, style.ratio.decimals - 2)
    if max(positive) >= 10:
        return max(0, style.ratio.decimals - 1)
    smallest = exact(min(positive)).adjusted()
    return min(4, max(style.ratio.decimals, -smallest)) if smallest < -1 else style.ratio.decimals


def beside_null(low: float | None, high: float | None, null: float, decimals: int, style: Style) -> int:
    """Decimals at which the limit of an interval that excludes the null does not round on to it: 1.004 to 1.9 has
    three of them, and is not 1.00 to 1.90. A limit that is nearer than that is left as it is."""
    limit = low if low is not None and low > null else high if high is not None and high < null else None
    if limit is None:
        return decimals
    enough = (d for d in range(decimals, decimals + _GUARD_DIGITS) if round_to(limit, d, style) != exact(null))
    return next(enough, decimals)


def in_words(value: int) -> str:
    """A whole number as an English word: 'six', 'twenty-one'."""
    return str(num2words(value))
