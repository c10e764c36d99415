"""Cross-over trials: treatments compared within patients, by least squares, ranks and conditional likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value, finite
from analysis.stats.likelihood import likelihood_ratio, maximise
from analysis.stats.linear import CONFOUNDED
from analysis.stats.means import TTest
from analysis.stats.proportions import Comparison, Test, fisher, wilson
from analysis.stats.ranks import MannWhitney, mann_whitney
from analysis.stats.regression import NOT_SEPARABLE, SEPARATED, Fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_PAIRS = Problem("too_few", "No patient has values of two periods, so nothing can be compared within patients.")
NO_DISCORDANT = Problem("no_change", "No patient had the event in one period and not in another.")
ONE_PERIOD = Problem("no_variation", "All values are of one period.")


@dataclass(frozen=True)
class FTest:
    """F with its two degrees of freedom and P."""

    statistic: Value
    df: Value
    df_residual: Value
    p: Value


@dataclass(frozen=True)
class Within:
    """Treatments compared within patients.

    Attributes:
        treatments: each treatment but the reference, minus the reference.
        period: the second period minus the first, where there are two.
        periods: the test of all periods.
        used: which values are of patients with two or more, the only ones that tell of treatments.
    """

    treatments: list[TTest]
    period: TTest
    periods: FTest
    used: NDArray[np.bool_]


def within_patients(
    y: Floats, patient: Ints, period: Ints, treatment: Ints, treatments: int, level: float = 0.95
) -> Within:
    """Least squares of `y` on patient, period and treatment; t intervals with the residual degrees of freedom.

    R: `lm(y ~ patient + period + treatment)`, `confint`; the periods' F by `anova`. Patients' effects are swept out as
    means, which gives the same coefficients and residuals. Of two treatments in two periods this is the t test that is
    adjusted for the period (Hills & Armitage 1979).

    Args:
        y: values, one for each patient and period, shape (n,), without missing ones.
        patient, period, treatment: codes of the same length from 0 on; treatment 0 is the reference.
        treatments: how many there should be.
    """
    used = np.bincount(patient, minlength=1)[patient] > 1 if y.size else np.zeros(0, dtype=bool)
    y, patient, period, treatment = y[used], patient[used], period[used], treatment[used]

    def failed(problem: Problem) -> Within:
        nothing = TTest(*([problem] * 7))
        return Within([nothing] * (treatments - 1), nothing, FTest(*([problem] * 4)), used)

    if y.size == 0:
        return failed(NO_PAIRS)
    later, others = np.unique(period)[1:], [one for one in np.unique(treatment) if one != 0]
    if not (treatment == 0).any() or not others:
        return failed(NO_DATA)
    dummies = np.column_stack([treatment[:, None] == others, period[:, None] == later]).astype(np.float64)
    columns, outcome = _about_patients(dummies, patient), _about_patients(y[:, None], patient)[:, 0]
    if np.linalg.matrix_rank(columns) < columns.shape[1]:
        return failed(CONFOUNDED)
    df = y.size - np.unique(patient).size - columns.shape[1]
    if df < 1:
        return failed(TOO_FEW)
    from statsmodels.regression.linear_model import OLS

    fit = OLS(outcome, columns).fit()
    covariance = np.asarray(fit.normalized_cov_params) * float(fit.ssr) / df
    beta, se = np.asarray(fit.params), np.sqrt(np.diag(covariance))
    scale = float(np.abs(y).max()) or 1.0

    def test(i: int) -> TTest:
        if not se[i] > 1e-12 * scale:  # a perfect fit leaves rounding only
            return TTest(float(beta[i]), *([NO_VARIATION] * 6))
        low, high = stats.t.interval(level, df, beta[i], se[i])
        t = float(beta[i] / se[i])
        return TTest(
            float(beta[i]), float(se[i]), float(low), float(high), t, float(df), float(2 * stats.t.sf(abs(t), df))
        )

    nothing = TTest(*([NO_DATA] * 7))
    found = [test(others.index(one)) if one in others else nothing for one in range(1, treatments)]
    q = later.size
    if q == 0:
        return Within(found, TTest(*([ONE_PERIOD] * 7)), FTest(*([ONE_PERIOD] * 4)), used)
    if not se.max() > 1e-12 * scale:
        periods = FTest(*([NO_VARIATION] * 4))
    else:
        b, v = beta[-q:], covariance[-q:, -q:]
        f = float(b @ np.linalg.solve(v, b)) / q
        periods = FTest(finite(f), float(q), float(df), finite(stats.f.sf(f, q, df)))
    return Within(found, test(len(others)), periods, used)


def _about_patients(columns: Floats, patient: Ints) -> Floats:
    """Columns minus the mean of each patient."""
    _, codes, counts = np.unique(patient, return_inverse=True, return_counts=True)
    sums = np.zeros((counts.size, columns.shape[1]))
    np.add.at(sums, codes, columns)
    return np.asarray(columns - (sums / counts[:, None])[codes], dtype=np.float64)


def period_ranks(first: Floats, second: Floats, level: float = 0.95) -> MannWhitney:
    """Two sequences of two periods compared by the ranks of the patients' differences (Koch 1972).

    Args:
        first: period 1 minus period 2 of the patients who had the treatment first, then the reference; NaN is missing.
        second: the same of those who had the reference first.

    Returns:
        The Mann–Whitney test of these differences; its Hodges–Lehmann shift is twice the effect of the treatment, so
        that shift and limits are halved. R: half of the interval of `wilcox.test(first, second, exact = FALSE,
        conf.int = TRUE)`.
    """
    found = mann_whitney(first, second, level)
    half = [
        one if isinstance(one, Problem) else one / 2 for one in (found.shift, found.shift_ci_low, found.shift_ci_high)
    ]
    return MannWhitney(found.statistic, found.p, half[0], half[1], half[2], found.superiority)


# Events ---------------------------------------------------------------------------------------------------------


def mainland_gart(first: tuple[int, int], second: tuple[int, int]) -> Test:
    """Whether patients prefer a treatment, whatever its period (Mainland 1963; Gart 1969).

    R: `fisher.test(rbind(first, second))`.

    Args:
        first: of those who had the treatment first, how many had the event in period 1 only, and in period 2 only.
        second: the same of those who had the reference first.
    """
    if sum(first) + sum(second) == 0:
        return Test(NO_DISCORDANT, NO_DISCORDANT, NO_DISCORDANT)
    return fisher(first[0], sum(first), second[0], sum(second))


def paired_difference(both: int, first: int, second: int, neither: int, level: float = 0.95) -> Comparison:
    """Difference of two risks in the same patients, with the score interval of Newcombe 1998 (paired data, method 10).

    The period is not taken into account. R: from the definition (tests/reference/crossover.R).

    Args:
        both: patients with the event under both treatments.
        first, second: with the event under the first treatment only, under the second only.
        neither: without the event.

    Returns:
        First minus second, as a fraction.
    """
    n = both + first + second + neither
    if n == 0:
        return Comparison(NO_PAIRS, NO_PAIRS, NO_PAIRS, "newcombe_paired")
    p1, p2 = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(both + first, n, level), wilson(both + second, n, level)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    excess = both * neither - first * second
    corrected = max(excess - n / 2, 0.0) if excess > 0 else float(excess)
    phi = corrected / margins**0.5 if margins else 0.0

    def width(one: float, two: float) -> float:
        return float(max(one * one - 2 * phi * one * two + two * two, 0.0) ** 0.5)

    difference = (first - second) / n
    low, high = difference - width(p1 - l1, u2 - p2), difference + width(u1 - p1, p2 - l2)
    return Comparison(difference, low, high, "newcombe_paired")


def mcnemar(first: int, second: int) -> Value:
    """Exact P of McNemar's test, from those with the event under one treatment only. R: `binom.test(first, n)`."""
    if first + second == 0:
        return NO_DISCORDANT
    return float(stats.binomtest(first, first + second).pvalue)


@dataclass(frozen=True)
class Conditional:
    """Conditional logistic regression.

    Attributes:
        fit: coefficients of the treatments from 1 on, then of the periods from the second on.
        columns: which treatments have a coefficient.
        periods: likelihood ratio test of all periods.
    """

    fit: Fit | Problem
    columns: list[int]
    periods: Test


def conditional_logistic(event: Ints, patient: Ints, period: Ints, treatment: Ints) -> Conditional:
    """Odds of the event by treatment and period within patients, by the exact conditional likelihood.

    R: `survival::clogit(event ~ treatment + period + strata(patient), method = "exact")`. `ConditionalLogit` of
    statsmodels takes the second derivatives by differences; here they are exact, and a maximum at infinity is refused.
    Patients with the event in all of their periods, or in none, do not count.

    Args:
        event: 0 or 1 for each patient and period, without missing ones.
        patient, period, treatment: codes of the same length from 0 on; treatment 0 is the reference.
    """
    sums = np.bincount(patient, event, minlength=1)
    sizes = np.bincount(patient, minlength=1)
    tells = ((sums > 0) & (sums < sizes))[patient] if event.size else np.zeros(0, dtype=bool)
    event, patient, period, treatment = event[tells], patient[tells], period[tells], treatment[tells]
    if event.size == 0:
        return Conditional(NO_DISCORDANT, [], Test(NO_DISCORDANT, NO_DISCORDANT, NO_DISCORDANT))
    others = [int(one) for one in np.unique(treatment) if one != 0]
    later = np.unique(period)[1:]
    if not others or not (treatment == 0).any():
        return Conditional(NO_DATA, [], Test(NO_DATA, NO_DATA, NO_DATA))
    design = np.column_stack([treatment[:, None] == others, period[:, None] == later]).astype(np.float64)
    if np.linalg.matrix_rank(_about_patients(design, patient)) < design.shape[1]:
        return Conditional(NOT_SEPARABLE, others, Test(NOT_SEPARABLE, NOT_SEPARABLE, NOT_SEPARABLE))
    full = _conditional(event, patient, design)
    if isinstance(full, Problem):
        return Conditional(full, others, Test(full, full, full))
    reduced = _conditional(event, patient, design[:, : len(others)]) if later.size else ONE_PERIOD
    if isinstance(reduced, Problem):
        return Conditional(full, others, Test(reduced, reduced, reduced))
    return Conditional(full, others, likelihood_ratio(full.log_likelihood, reduced.log_likelihood, later.size))


def _conditional(event: Ints, patient: Ints, design: Floats) -> Fit | Problem:
    """The fit; patients of the same periods, treatments and number of events share a term of the likelihood."""
    k = design.shape[1]
    observed = event @ design
    alike: dict[tuple[bytes, int], tuple[Floats, int]] = {}
    order = np.argsort(patient, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(patient[order])) + 1):
        events = int(event[rows].sum())
        key = (design[rows].tobytes(), events)
        sums = alike[key][0] if key in alike else _subsets(design[rows], events)
        alike[key] = (sums, alike.get(key, (sums, 0))[1] + 1)

    def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = float(observed @ beta), observed.astype(np.float64), np.zeros((k, k))
        for sums, count in alike.values():
            eta = sums @ beta
            top = float(eta.max())
            weights = np.exp(eta - top)
            total = float(weights.sum())
            mean = weights @ sums / total
            spread = (sums * weights[:, None]).T @ sums / total - np.outer(mean, mean)
            value -= count * (top + float(np.log(total)))
            gradient = gradient - count * mean
            hessian -= count * spread
        return value, gradient, hessian

    peak = maximise(derivatives, np.zeros(k))
    if peak is None:
        return SEPARATED
    return Fit(peak.at, np.sqrt(np.diag(peak.covariance)), peak.log_likelihood, peak.covariance)


def _subsets(rows: Floats, events: int) -> Floats:
    """Sums of the rows over every choice of `events` of a patient's periods."""
    return np.array([rows[list(chosen)].sum(axis=0) for chosen in combinations(range(len(rows)), events)])
