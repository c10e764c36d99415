"""Rates of events in person-time: exact intervals, and ratios by three methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem, Value, finite
from analysis.stats.distributions import z_p, z_quantile
from analysis.stats.linear import inverse, predict, solve, weighted_cross

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """Events per unit of person-time with an exact interval."""

    rate: Value
    ci_low: Value
    ci_high: Value


@dataclass(frozen=True)
class RateRatio:
    """Rate of the first group over that of the second; `statistic` is Wald's z of the log ratio."""

    ratio: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    p: Value
    dispersion: Value


@dataclass(frozen=True)
class RateModel:
    """Rate ratios of each group against the reference by one model, and which one it was.

    Attributes:
        method: `negative_binomial`, `poisson_robust` or `exact`.
        ratios: by group.
        warnings: sentences: why it was not the first of these.
    """

    method: str
    ratios: dict[str, RateRatio]
    warnings: list[str]


def poisson_rate(events: int, time: float, level: float = 0.95) -> Rate:
    """Rate with the exact Poisson interval (Garwood 1936). R: `poisson.test(events, time)`."""
    if time <= 0:
        return Rate(NO_DATA, NO_DATA, NO_DATA)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(special.gammaincinv(events, tail)) / time
    return Rate(events / time, low, float(special.gammaincinv(events + 1, 1 - tail)) / time)


def exact_ratio(x1: int, t1: float, x2: int, t2: float, level: float = 0.95) -> RateRatio:
    """Ratio of two rates given the total of events (Przyborowski & Wilenski 1940; Clopper–Pearson limits).

    R: `poisson.test(c(x1, x2), c(t1, t2))`. With no events in one group only one limit is finite.
    """
    none = Problem("not_defined", "The exact method has no such number.")
    if t1 <= 0 or t2 <= 0:
        return RateRatio(*([NO_DATA] * 6))
    total = x1 + x2
    if total == 0:
        return RateRatio(NO_EVENTS, NO_EVENTS, NO_EVENTS, none, NO_EVENTS, none)
    tail = (1 - level) / 2

    def ratio(share: float) -> float:
        return share / (1 - share) * t2 / t1

    low = 0.0 if x1 == 0 else ratio(float(special.betaincinv(x1, x2 + 1, tail)))
    high: Value = UNBOUNDED if x2 == 0 else ratio(float(special.betaincinv(x1 + 1, x2, 1 - tail)))
    estimate: Value = (
        (x1 / t1) / (x2 / t2)
        if x2
        else Problem("no_events", "There were no events in the reference group, so the ratio is infinite.")
    )
    return RateRatio(estimate, low, high, none, _binomial_p(x1, total, t1 / (t1 + t2)), none)


def _binomial_p(x: int, n: int, share: float) -> float:
    """Two-sided exact P: outcomes no more probable than the one seen. R: `binom.test(x, n, share)$p.value`."""
    k = np.arange(n + 1)
    logs = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    probabilities = np.exp(logs + k * np.log(share) + (n - k) * np.log1p(-share))
    probabilities /= probabilities.sum()
    return float(min(1.0, probabilities[probabilities <= probabilities[x] * (1 + 1e-7)].sum()))


def rate_ratios(events: dict[str, Floats], time: dict[str, Floats], reference: str, level: float = 0.95) -> RateModel:
    """Rate ratios of every group against the reference.

    Negative binomial regression (NB2, log link, log person-time offset); where the dispersion is at its edge (0) or the
    fit does not converge, Poisson regression with robust standard errors; where a group has no events, the exact
    method. The model and why it was chosen are part of the answer.

    Args:
        events: number of events of each patient, by group.
        time: person-time of each patient, all above 0, by group.
        reference: the group that the others are compared with.
        level: of the confidence intervals.
    """
    groups = [group for group in events if group != reference]
    sums = {group: (int(events[group].sum()), float(time[group].sum())) for group in events}
    if any(count == 0 for count, _ in sums.values()):
        ratios = {group: exact_ratio(*sums[group], *sums[reference], level) for group in groups}
        return RateModel("exact", ratios, ["A group had no events, so an exact method was used."])
    y = np.concatenate([events[group] for group in (reference, *groups)])
    t = np.concatenate([time[group] for group in (reference, *groups)])
    x = np.zeros((y.size, 1 + len(groups)))
    x[:, 0] = 1
    start = events[reference].size
    for column, group in enumerate(groups, 1):
        x[start : start + events[group].size, column] = 1
        start += events[group].size
    warning = ""
    fit = negative_binomial(y, x, t)
    if isinstance(fit, Problem):
        warning, method = fit.message, "poisson_robust"
        beta, se = poisson_robust(y, x, t)
        dispersion: Value = fit
    else:
        method, beta, se, dispersion = "negative_binomial", fit.beta, fit.se, fit.dispersion
    ratios = {group: _wald(float(beta[i]), float(se[i]), dispersion, level) for i, group in enumerate(groups, 1)}
    return RateModel(method, ratios, [warning] if warning else [])


def _wald(estimate: float, se: float, dispersion: Value, level: float) -> RateRatio:
    ratio = finite(float(np.exp(estimate)))
    if not se > 0 or not np.isfinite(se):
        none = Problem(
            "no_variation", "The number of events does not vary between patients, so there is no standard error."
        )
        return RateRatio(ratio, none, none, none, none, dispersion)
    half = z_quantile(level) * se
    low, high = finite(float(np.exp(estimate - half))), finite(float(np.exp(estimate + half)), UNBOUNDED)
    return RateRatio(ratio, low, high, estimate / se, z_p(estimate / se), dispersion)


@dataclass(frozen=True)
class NegativeBinomial:
    """A fit: log-scale coefficients, their standard errors, dispersion a (variance mu + a mu²), log-likelihood."""

    beta: Floats
    se: Floats
    dispersion: float
    log_likelihood: float


SMALLEST = 1e-6
"""A dispersion below this is 0: its log-likelihood differs from the Poisson one by rounding only."""

EDGE = Problem(
    "dispersion_at_edge",
    "The counts vary no more than a Poisson model says, so the negative binomial dispersion is 0 "
    "and a Poisson model with robust standard errors was used.",
)
NOT_CONVERGED = Problem(
    "not_converged",
    "The negative binomial model did not converge, and a Poisson model with robust standard errors was used.",
)


def negative_binomial(y: Floats, x: Floats, time: Floats) -> NegativeBinomial | Problem:
    """Negative binomial regression by maximum likelihood, with log person-time as offset.

    NB2 (variance mu + a mu²; Lawless 1987). Coefficients and dispersion are fitted in turn, as `MASS::glm.nb` does
    (a = 1 / theta), and the standard errors are its too: the expected information of the coefficients at the fitted
    dispersion. Equal to R to the accuracy of R's own stopping rule. statsmodels' `NegativeBinomial(y, x,
    exposure=time)` has the same estimates, with standard errors from the observed information.

    Args:
        y: counts, shape (n,).
        x: design matrix with a constant, shape (n, k), of full rank.
        time: person-time, shape (n,), above 0.

    Returns:
        The fit, or `EDGE` where the likelihood falls from a = 0 on, or `NOT_CONVERGED`.
    """
    offset = np.log(time)
    beta = _irls(y, x, offset, 0.0, np.zeros(x.shape[1]), start=True)
    if beta is None:
        return NOT_CONVERGED
    mu = np.exp(predict(x, beta) + offset)
    if float(((y - mu) ** 2 - y).sum()) <= 0:
        return EDGE
    log_a = float(np.log(max(1e-3, ((y - mu) ** 2 - y).sum() / (mu**2).sum())))
    for _ in range(500):
        found = _dispersion(y, mu, log_a)
        if found is None:
            return NOT_CONVERGED
        step = abs(found - log_a)
        log_a = found
        if log_a < np.log(SMALLEST):
            return EDGE
        new = _irls(y, x, offset, float(np.exp(log_a)), beta)
        if new is None:
            return NOT_CONVERGED
        moved = float(np.max(np.abs(new - beta)))
        beta, mu = new, np.exp(predict(x, new) + offset)
        if step < 1e-8 and moved < 1e-9:
            break
    else:
        return NOT_CONVERGED
    a = float(np.exp(log_a))
    covariance = inverse(weighted_cross(x, mu / (1 + a * mu)))
    if covariance is None:
        return NOT_CONVERGED
    return NegativeBinomial(beta, np.sqrt(np.diag(covariance)), a, _log_likelihood(y, mu, a))


def _log_likelihood(y: Floats, mu: Floats, a: float) -> float:
    r = 1 / a
    terms = special.gammaln(y + r) - special.gammaln(r) - special.gammaln(y + 1)
    terms = terms - r * np.log1p(a * mu) + y * (np.log(a * mu) - np.log1p(a * mu))
    return float(terms.sum())


def _irls(y: Floats, x: Floats, offset: Floats, a: float, beta: Floats, start: bool = False) -> Floats | None:
    """Coefficients at a fixed dispersion by Fisher scoring (log link); None where it does not settle."""
    eta = np.log(np.maximum(y, 0.1)) if start else predict(x, beta) + offset
    for _ in range(200):
        mu = np.exp(np.clip(eta, -700, 700))
        weight = mu / (1 + a * mu)
        working = eta - offset + (y - mu) / mu
        if not np.all(np.isfinite(weight * working)):
            return None
        right = np.array([float((x[:, i] * weight * working).sum()) for i in range(x.shape[1])])
        new = solve(weighted_cross(x, weight), right)
        if new is None or not np.all(np.isfinite(new)):
            return None
        moved = float(np.max(np.abs(new - beta)))
        beta, eta = new, predict(x, new) + offset
        if moved < 1e-10:
            return np.asarray(beta)
    return None


def _dispersion(y: Floats, mu: Floats, log_a: float) -> float | None:
    """log a that maximises the likelihood at fixed means, by safeguarded Newton steps; very low where it is at 0."""
    low, high = float(np.log(SMALLEST / 10)), float(np.log(1e6))

    def slope(value: float) -> tuple[float, float]:
        """First and second derivative of the log-likelihood by log r, r = 1 / a."""
        r = float(np.exp(-value))
        d1 = special.digamma(y + r) - special.digamma(r) + np.log(r / (r + mu)) + 1 - (y + r) / (r + mu)
        d2 = special.polygamma(1, y + r) - special.polygamma(1, r) + 1 / r - 2 / (r + mu) + (y + r) / (r + mu) ** 2
        first, second = float(d1.sum()), float(d2.sum())
        return first * r, first * r + second * r * r

    if slope(low)[0] > 0 and _small_dispersion_slope(y, mu) <= 0:
        return low
    for _ in range(200):
        first, second = slope(log_a)
        # in log a the slope changes sign: uphill in log r is downhill in log a
        if first > 0:
            high = log_a
        else:
            low = log_a
        new = log_a + first / second if second < 0 else (low + high) / 2
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - log_a) < 1e-11:
            return new
        log_a = new
    return None


def _small_dispersion_slope(y: Floats, mu: Floats) -> float:
    """Derivative of the log-likelihood by the dispersion at 0."""
    return float(((y - mu) ** 2 - y).sum()) / 2


def poisson_robust(y: Floats, x: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Poisson regression with log person-time offset and robust (sandwich, HC0) standard errors (Zou 2004).

    R: `fit <- glm(y ~ x, poisson, offset = log(time)); sandwich::vcovHC(fit, type = "HC0")`.
    """
    offset = np.log(time)
    beta = _irls(y, x, offset, 0.0, np.zeros(x.shape[1]), start=True)
    if beta is None:  # groups only, each with events: cannot happen, and is not a number if it does
        nothing = np.full(x.shape[1], np.nan)
        return nothing, nothing
    mu = np.exp(predict(x, beta) + offset)
    bread = inverse(weighted_cross(x, mu))
    if bread is None:
        return beta, np.full(x.shape[1], np.nan)
    meat = weighted_cross(x, (y - mu) ** 2)
    variance = [float((row[:, None] * meat * row[None, :]).sum()) for row in bread]
    return beta, np.sqrt(np.maximum(variance, 0))
