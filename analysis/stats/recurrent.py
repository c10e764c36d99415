"""Recurrent events: the Andersen–Gill model, with standard errors that allow for a patient's events being alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_EVENTS, Problem
from analysis.stats.cox import ALONE, RUNAWAY, Partial
from analysis.stats.likelihood import maximise
from analysis.stats.regression import NOT_SEPARABLE, Fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_SPREAD = Problem(
    "no_variation", "The events do not vary between patients, so that there is no robust standard error."
)


def andersen_gill(start: Floats, stop: Floats, event: Floats, x: Floats, patient: Ints) -> Fit | Problem:
    """Intensity of recurrent events, proportional between groups (Andersen & Gill 1982; ties by Efron).

    The standard errors are robust, each patient's intervals taken together (Lin & Wei 1989; Lawless & Nadeau 1995).
    R: `coxph(Surv(start, stop, event) ~ x + cluster(patient), ties = "efron")`.

    Args:
        start, stop: each row's interval, open at its start: at risk at t where start < t <= stop; start < stop.
        event: 1 where an event ends the interval, else 0.
        x: covariates, shape (n, k), without a constant.
        patient: whose interval it is.

    Returns:
        Log ratios of intensities; their covariance is the robust one.
    """
    if stop.size == 0:
        return NO_DATA
    if not np.any(event == 1):
        return NO_EVENTS
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if np.any(scale == 0) or np.linalg.matrix_rank((x - centre) / scale) < x.shape[1]:
        return NOT_SEPARABLE
    partial = Intervals(start, stop, event, (x - centre) / scale)
    _, _, information = partial.derivatives(np.zeros(x.shape[1]))
    if np.linalg.matrix_rank(information) < x.shape[1]:
        return ALONE
    peak = maximise(partial.derivatives, np.zeros(x.shape[1]))
    if peak is None:
        return RUNAWAY
    moved = _by_patient(partial.score_residuals(peak.at), patient) @ peak.covariance
    covariance = (moved.T @ moved) / np.outer(scale, scale)
    if not np.all(np.diag(covariance) > 1e-20):
        return NO_SPREAD
    return Fit(peak.at / scale, np.sqrt(np.diag(covariance)), peak.log_likelihood, covariance)


def _by_patient(residuals: Floats, patient: Ints) -> Floats:
    _, codes = np.unique(patient, return_inverse=True)
    summed = np.zeros((int(codes.max()) + 1, residuals.shape[1]))
    np.add.at(summed, codes, residuals)
    return summed


class Intervals(Partial):
    """Efron's partial likelihood of intervals that need not begin at the same time."""

    def __init__(self, start: Floats, stop: Floats, event: Floats, x: Floats) -> None:
        super().__init__(stop, event, x, np.zeros(stop.size, np.int64))
        self.order = np.argsort(-stop, kind="stable")  # that of the rows of `self.x`
        self.start, self.stop = start[self.order], stop[self.order]
        self.late = np.argsort(-self.start, kind="stable")
        self.not_yet = np.searchsorted(-self.start[self.late], -self.time, side="right")  # rows that begin at or after

    def _at_risk(self, values: Floats) -> Floats:
        begun = super()._at_risk(values)
        summed = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values[self.late]]), axis=0)
        return np.asarray(begun - summed[self.not_yet], dtype=np.float64)

    def score_residuals(self, beta: Floats) -> Floats:
        """Each row's part of the score, in the order in which the rows were given; they add up to 0 at the maximum.

        Therneau & Grambsch 2000, section 7.2; among d events at once, the k-th counts the others of them by 1 - k / d.
        """
        weight = np.exp(self.x @ beta)
        total = self._at_risk(weight)
        mean = self._at_risk(weight[:, None] * self.x) / total[:, None]
        rise, pull = 1 / total, mean / total[:, None]
        ascending = np.argsort(self.time, kind="stable")
        times = self.time[ascending]
        hazard = np.append(0.0, np.cumsum(rise[ascending]))
        drift = np.vstack([np.zeros(mean.shape[1]), np.cumsum(pull[ascending], axis=0)])
        until, since = (np.searchsorted(times, one, side="right") for one in (self.stop, self.start))
        found = -weight[:, None] * (self.x * (hazard[until] - hazard[since])[:, None] - (drift[until] - drift[since]))
        # those who had an event: their own row less the mean of the means of that time, and their smaller weight there
        size = int(self.moment.max()) + 1
        many = np.bincount(self.moment, minlength=size)
        middle, less, less_pull = np.zeros((size, mean.shape[1])), np.zeros(size), np.zeros((size, mean.shape[1]))
        np.add.at(middle, self.moment, mean)
        np.add.at(less, self.moment, self.share * rise)
        np.add.at(less_pull, self.moment, self.share[:, None] * pull)
        own = self.x[self.seen] - (middle / np.maximum(many, 1)[:, None])[self.moment]
        back = weight[self.seen][:, None] * (self.x[self.seen] * less[self.moment][:, None] - less_pull[self.moment])
        found[self.seen] += own + back
        given: Floats = np.empty_like(found)
        given[self.order] = found
        return given
