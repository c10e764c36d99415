"""Quantiles and tails of the distributions used here, by `scipy.special`. R: `qnorm`, `pnorm`, `qt`, `pt`, `pchisq`."""

from __future__ import annotations

from scipy import special


def z_quantile(level: float) -> float:
    """Half-width of a two-sided normal interval in standard errors: 1.96 for 0.95. R: `qnorm((1 + level) / 2)`."""
    return float(special.ndtri((1 + level) / 2))


def t_quantile(level: float, df: float) -> float:
    """The same for Student's t. R: `qt((1 + level) / 2, df)`."""
    return float(special.stdtrit(df, (1 + level) / 2))


def z_p(statistic: float) -> float:
    """Two-sided P of a normal statistic. R: `2 * pnorm(-abs(z))`."""
    return float(min(1.0, 2 * special.ndtr(-abs(statistic))))


def t_p(statistic: float, df: float) -> float:
    """Two-sided P of a t statistic, by the incomplete beta function. R: `2 * pt(-abs(t), df)`."""
    return float(special.betainc(df / 2, 0.5, df / (df + statistic * statistic)))


def chi_square_p(statistic: float, df: float) -> float:
    """Upper tail of chi-square. R: `pchisq(x, df, lower.tail = FALSE)`."""
    return float(special.chdtrc(df, statistic))
