"""Tails of the distributions that test statistics are compared with, by the standard library alone.

The incomplete beta and gamma functions by Lentz's continued fractions and the series (Press et al., Numerical Recipes,
3rd ed., sections 6.2 and 6.4; Abramowitz & Stegun 26.5.8, 6.5.29, 6.5.31). Relative error below 1e-10 where P is above
1e-290 (tested against scipy).
"""

from __future__ import annotations

import math

_TINY = 1e-300
_STEPS = 100_000
_MOST = 700.0
"""No logarithm of a density here is as large but by rounding of enormous arguments."""


def beta_fraction(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a, b > 0 and x in 0..1."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(min(log, _MOST))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_continued(a, b, x) / a
    return 1 - front * _beta_continued(b, a, 1 - x) / b


def _beta_continued(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    h = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + step * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + step / c
            c = c if abs(c) > _TINY else _TINY
            h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h


def gamma_upper(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0."""
    if x <= 0:
        return 1.0
    front = math.exp(min(a * math.log(x) - x - math.lgamma(a), _MOST))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, _STEPS):
            term *= x / (a + n)
            total += term
            if term < total * 1e-16:
                break
        return 1 - front * total
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    h = d
    for n in range(1, _STEPS):
        step = -n * (n - a)
        b += 2
        d = step * d + b
        d = 1 / (d if abs(d) > _TINY else _TINY)
        c = b + step / c
        c = c if abs(c) > _TINY else _TINY
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * h


def p_of_z(z: float) -> float:
    """Two-sided P of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def p_of_t(t: float, df: float) -> float:
    """Two-sided P of a t statistic."""
    square = t * t
    if square < 0.5:  # near 0 what is left to 1 is known better
        return 1 - beta_fraction(0.5, df / 2, square / (df + square))
    return beta_fraction(df / 2, 0.5, df / (df + square))


def p_of_f(f: float, df1: float, df2: float) -> float:
    """Upper tail of an F statistic."""
    return beta_fraction(df2 / 2, df1 / 2, df2 / (df2 + df1 * f)) if f > 0 else 1.0


def p_of_chi_square(x: float, df: float) -> float:
    """Upper tail of a chi-square statistic."""
    return gamma_upper(df / 2, x / 2)


def p_of_fisher(x1: int, n1: int, x2: int, n2: int) -> float:
    """Two-sided P of Fisher's exact test: the tables that are no more probable than the one seen."""
    events = x1 + x2
    whole = _log_choose(n1 + n2, events)
    logs = [
        _log_choose(n1, k) + _log_choose(n2, events - k) - whole
        for k in range(max(0, events - n2), min(n1, events) + 1)
    ]
    seen = _log_choose(n1, x1) + _log_choose(n2, x2) - whole
    return min(1.0, math.fsum(math.exp(log) for log in logs if log <= seen + 1e-7))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
