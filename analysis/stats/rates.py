"""Rates of events in person-time: exact intervals, and ratios by three methods."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.discrete import discrete_model
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.rates import confint_poisson

from analysis.stats import NO_DATA, NO_EVENTS, TOO_FEW, UNBOUNDED, Problem, Value, finite
from analysis.stats.likelihood import likelihood_ratio
from analysis.stats.proportions import Test, clopper_pearson
from analysis.stats.regression import NOT_SEPARABLE, modified_poisson

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
    low, high = confint_poisson(events, time, method="exact-c", alpha=1 - level)
    return Rate(events / time, 0.0 if events == 0 else float(low), float(high))


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
    least, most = clopper_pearson(x1, total, level)
    low = least / (1 - least) * t2 / t1
    high: Value = UNBOUNDED if x2 == 0 else most / (1 - most) * t2 / t1
    estimate: Value = (
        (x1 / t1) / (x2 / t2)
        if x2
        else Problem("no_events", "There were no events in the reference group, so the ratio is infinite.")
    )
    p = stats.binomtest(x1, total, t1 / (t1 + t2)).pvalue
    return RateRatio(estimate, low, high, none, float(p), none)


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
    y, t, x = _stacked(events, time, [reference, *groups])
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


def _stacked(events: dict[str, Floats], time: dict[str, Floats], groups: list[str]) -> tuple[Floats, Floats, Floats]:
    """Events and time of all patients, and the design: a constant, and a column for each group but the first."""
    y, t = (np.concatenate([one[group] for group in groups]) for one in (events, time))
    code = np.repeat(np.arange(len(groups)), [events[group].size for group in groups])
    return y, t, np.column_stack([np.ones(y.size), code[:, None] == np.arange(1, len(groups))]).astype(np.float64)


def adjusted_rate_ratios(
    events: Floats, time: Floats, group: NDArray[np.int64], groups: list[str], covariates: Floats, level: float = 0.95
) -> RateModel:
    """Rate ratios of every group against the first, adjusted for covariates.

    Negative binomial regression, or Poisson regression with robust standard errors where `negative_binomial` refuses.
    R: `MASS::glm.nb(events ~ group + covariates + offset(log(time)))`.

    Args:
        events: number of events of each patient.
        time: person-time of each patient, above 0.
        group: number of each patient's group.
        groups: names of the groups, in order of their numbers, the reference first.
        covariates: shape (n, k), without a constant; none is a sum of others.
    """

    def refused(why: Problem) -> RateModel:
        return RateModel("negative_binomial", {one: RateRatio(*([why] * 6)) for one in groups[1:]}, [])

    y, x = events, np.column_stack([np.ones(events.size), group[:, None] == np.arange(1, len(groups)), covariates])
    if any(not np.any(group == i) for i in range(len(groups))):
        return refused(NO_DATA)
    if any(not y[group == i].any() for i in range(len(groups))):
        return refused(WITHOUT_EVENTS)
    if y.size <= x.shape[1]:
        return refused(TOO_FEW)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return refused(NOT_SEPARABLE)
    fit = negative_binomial(y, x, time)
    if isinstance(fit, NegativeBinomial):
        ratios = {one: _wald(fit.beta[i], fit.se[i], fit.dispersion, level) for i, one in enumerate(groups[1:], 1)}
        return RateModel("negative_binomial", ratios, [])
    robust = modified_poisson(y, x, time)
    if isinstance(robust, Problem):
        return refused(robust if np.ptp(y) else STEADY)
    ratios = {one: _wald(robust.beta[i], robust.se[i], fit, level) for i, one in enumerate(groups[1:], 1)}
    return RateModel("poisson_robust", ratios, [fit.message])


WITHOUT_EVENTS = Problem("separation", "A group had no events, so that the model has no finite estimate.")


@dataclass(frozen=True)
class RatesAlike:
    """A test that several groups have one rate, and of which kind it is: `likelihood_ratio` or `wald`."""

    method: str
    label: str
    test: Test


def rates_alike(events: dict[str, Floats], time: dict[str, Floats], model: RateModel) -> RatesAlike:
    """Whether all groups have the same rate, in the model that gave their ratios.

    Negative binomial: the likelihood ratio of the models with and without groups, each with its own dispersion (R:
    `anova(glm.nb(…), glm.nb(…))`). Robust Poisson: Wald's test with the robust covariance, since there is no
    likelihood. Where a group had no events, as the exact method: the likelihood ratio of Poisson rates.
    """
    groups = list(events)
    df = len(groups) - 1
    if model.method == "exact":
        x, t = (np.array([float(one[group].sum()) for group in groups]) for one in (events, time))
        label = "likelihood ratio test of Poisson rates"
        if not x.any():
            return RatesAlike("likelihood_ratio", label, Test(NO_EVENTS, NO_EVENTS, NO_EVENTS))
        some = x > 0
        statistic = float((x[some] * np.log(x[some] / (x.sum() * t[some] / t.sum()))).sum())
        return RatesAlike("likelihood_ratio", label, likelihood_ratio(statistic, 0.0, df))
    y, t, x = _stacked(events, time, groups)
    if model.method == "negative_binomial":
        label = "likelihood ratio test in the negative binomial model"
        full, reduced = negative_binomial(y, x, t), negative_binomial(y, x[:, :1], t)
        for one in (full, reduced):
            if isinstance(one, Problem):
                why = Problem(one.code, "The model without groups, or that with them, could not be fitted.")
                return RatesAlike("likelihood_ratio", label, Test(why, why, why))
        found = likelihood_ratio(full.log_likelihood, reduced.log_likelihood, df)  # type: ignore[union-attr]
        return RatesAlike("likelihood_ratio", label, found)
    label, robust = "Wald test with robust standard errors", modified_poisson(y, x, t)
    if isinstance(robust, Problem):
        why = robust if np.ptp(y) else STEADY
        return RatesAlike("wald", label, Test(why, why, why))
    beta, covariance = robust.beta[1:], robust.covariance[1:, 1:]
    if not np.all(robust.se[1:] > 1e-9) or np.linalg.matrix_rank(covariance) < df:
        return RatesAlike("wald", label, Test(STEADY, STEADY, STEADY))
    statistic = float(beta @ np.linalg.solve(covariance, beta))
    return RatesAlike("wald", label, Test(statistic, float(df), float(stats.chi2.sf(statistic, df))))


def _wald(estimate: float, se: float, dispersion: Value, level: float) -> RateRatio:
    ratio = finite(float(np.exp(estimate)))
    if not 1e-9 < se < np.inf:  # counts that do not vary leave rounding only
        return RateRatio(ratio, STEADY, STEADY, STEADY, STEADY, dispersion)
    low, high = np.exp(stats.norm.interval(level, estimate, se))
    p = float(2 * stats.norm.sf(abs(estimate / se)))
    return RateRatio(ratio, finite(low), finite(high, UNBOUNDED), estimate / se, p, dispersion)


@dataclass(frozen=True)
class NegativeBinomial:
    """A fit: log-scale coefficients, their standard errors, dispersion a (variance mu + a mu²), log-likelihood."""

    beta: Floats
    se: Floats
    dispersion: float
    log_likelihood: float


STEADY = Problem("no_variation", "The number of events does not vary between patients, so there is no standard error.")
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

    NB2 (variance mu + a mu²; Lawless 1987). The dispersion is statsmodels' (`NegativeBinomial`); at that dispersion the
    coefficients and their standard errors are those of a generalised linear model, from the expected information, which
    is what `MASS::glm.nb` gives (a = 1 / theta). Equal to R to the accuracy of R's own stopping rule.

    Args:
        y: counts, shape (n,).
        x: design matrix with a constant, shape (n, k), of full rank.
        time: person-time, shape (n,), above 0.

    Returns:
        The fit, or `EDGE` where the likelihood falls from a = 0 on, or `NOT_CONVERGED`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is looked up in the fits
        try:
            poisson = _glm(y, x, time, families.Poisson())
            more = float(((y - poisson.mu) ** 2 - y).sum())  # twice the slope of the likelihood at dispersion 0
            if more <= 0:
                return EDGE
            model = discrete_model.NegativeBinomial(y, x, offset=np.log(time))
            start = [*poisson.params, max(0.01, more / float((poisson.mu**2).sum()))]  # coefficients, moment estimate
            near = model.fit(start, method="bfgs", maxiter=500, disp=False, skip_hessian=True)
            full = model.fit(near.params, method="newton", maxiter=100, disp=False, skip_hessian=True)
            a = float(full.params[-1])
            if a < SMALLEST or full.llf <= poisson.llf:
                return EDGE
            fit = _glm(y, x, time, families.NegativeBinomial(alpha=a))
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return NOT_CONVERGED
    found = np.concatenate([fit.params, fit.bse, [a, full.llf]])
    if not (full.mle_retvals["converged"] and fit.converged and np.all(np.isfinite(found))):
        return NOT_CONVERGED
    return NegativeBinomial(np.asarray(fit.params), np.asarray(fit.bse), a, float(full.llf))


def _glm(y: Floats, x: Floats, time: Floats, family: families.Family, **more: str) -> Any:
    """A generalised linear model with log link and log person-time as offset."""
    model = GLM(y, x, family=family, offset=np.log(time))
    return model.fit(maxiter=200, tol=1e-10, tol_criterion="params", **more)


def poisson_robust(y: Floats, x: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Poisson regression with log person-time offset and robust (sandwich, HC0) standard errors (Zou 2004).

    R: `fit <- glm(y ~ x, poisson, offset = log(time)); sandwich::vcovHC(fit, type = "HC0")`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = _glm(y, x, time, families.Poisson(), cov_type="HC0")
    return np.asarray(fit.params), np.asarray(fit.bse)
