"""Rules over results.json: summaries, estimates, their intervals, tests and P values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import NormalDist

from report.audit.rules.distributions import gamma_upper, p_of_chi_square, p_of_fisher, p_of_t, p_of_z
from report.audit.rules.record import Record, lost, near
from report.audit.rules.rule import Fault, Rule, shown

ESTIMATES = {
    "": ("difference", "mean", "ratio", "risk_difference"),
    "mean_": ("mean",),
    "rd_": ("risk_difference",),
    "rr_": ("risk_ratio",),
    "smd_": ("smd",),
    "shift_": ("shift",),
    "rate_": ("rate",),
}
"""What an interval `<prefix>ci_low`..`<prefix>ci_high` is the interval of, in its own stem."""


def intervals(s: Record) -> Iterator[tuple[str, str, str | None, float, float]]:
    """(stem, prefix, name of the estimate, low, high) of every interval."""
    for stem, parts in s.stems.items():
        for part in parts:
            if not part.endswith("ci_low"):
                continue
            prefix = part[: -len("ci_low")]
            low, high = s.bound(f"{stem}.{part}"), s.bound(f"{stem}.{prefix}ci_high")
            if low is None or high is None:
                continue
            estimate = next((e for e in ESTIMATES.get(prefix, (prefix.rstrip("_"),)) if e in parts), None)
            yield stem, prefix, f"{stem}.{estimate}" if estimate else None, low, high


def ci_order(s: Record) -> Iterator[Fault]:
    for stem, prefix, _, low, high in intervals(s):
        if low > high:
            name = f"{stem}.{prefix}ci_low"
            why = f"the interval of {stem} runs from {shown(low)} to {shown(high)}: its limits are the wrong way round"
            yield Fault(shown(low), why, "", name)


def ci_contains(s: Record) -> Iterator[Fault]:
    for _, _, name, low, high in intervals(s):
        value = s.value(name) if name else None
        if name is None or value is None or low > high:
            continue
        slack = 1e-9 * max(1.0, abs(value))
        if not low - slack <= value <= high + slack:
            why = f"{name} is {shown(value)}, outside its interval of {_limits(low, high)}"
            yield Fault(shown(value), why, "", name)


def _limits(low: float, high: float) -> str:
    return " to ".join("infinity" if math.isinf(x) else shown(x) for x in (low, high))


NOT_ONE_MODEL = ("exact", "fisher", "score")
"""Methods whose interval and P value are not made from one statistic (Clopper–Pearson beside the two-sided exact P)."""


def ci_p(s: Record) -> Iterator[Fault]:
    for stem, prefix, name, low, high in intervals(s):
        p = s.value(f"{stem}.p")
        limit = f"{stem}.{prefix}ci_low"
        about = s.analysis_of(limit)
        null, level = about.get("null"), about.get("ci_level")
        if p is None or null is None or level is None or s.method(limit) in NOT_ONE_MODEL:
            continue
        if s.analysis_name(limit) != s.analysis_name(f"{stem}.p"):
            continue
        alpha = 1 - float(level)
        slack = 1e-7 * max(1.0, abs(low) if math.isfinite(low) else 0.0, abs(high) if math.isfinite(high) else 0.0)
        inside, outside = low + slack < null < high - slack, null < low - slack or null > high + slack
        if (inside and p < alpha - 1e-9) or (outside and p > alpha + 1e-9):
            does = "includes" if inside else "excludes"
            why = (
                f"the interval of {name or stem}, {_limits(low, high)}, {does} {shown(null)}, "
                f"but P is {shown(p)}; both are of {s.analysis_name(limit)}"
            )
            yield Fault(shown(p), why, "", f"{stem}.p")


_TOLD = 1e-9
"""A standard error below this share of its estimate: the digits of a float do not tell the width of the interval."""


def ci_width(s: Record) -> Iterator[Fault]:
    for stem, prefix, name, low, high in intervals(s):
        value = s.value(name) if name else None
        level = s.analysis_of(f"{stem}.{prefix}ci_low").get("ci_level")
        if name is None or value is None or level is None or low > high:
            continue
        expected = _expected_limits(s, stem, prefix, value, low, high, float(level))
        if expected:
            why = f"{name} is {shown(value)} with an interval of {_limits(low, high)}, but {expected}"
            yield Fault(_limits(low, high), why, "", f"{stem}.{prefix}ci_low")


def _expected_limits(
    s: Record, stem: str, prefix: str, value: float, low: float, high: float, level: float
) -> str | None:
    """What is wrong with the limits by their own method; None where nothing is, or the method is not known here."""
    alpha, method = 1 - level, s.method(f"{stem}.{prefix}ci_low")
    ci_method = s.analysis_of(f"{stem}.{prefix}ci_low").get("ci_method")
    if ci_method == "t_cluster":
        return _clustered_t(s, stem, prefix, value, low, high, alpha)
    if ci_method == "t" or prefix == "mean_":
        found = _standard_error(s, stem, prefix, value)
        if found is None:
            return None
        se, df = found
        if se < _TOLD * abs(value):
            return None
        if se == 0 or not near(value - low, high - value, 1e-6, 1e-9):
            return None if se == 0 else "the estimate is not in the middle"
        tail = p_of_t((high - low) / 2 / se, df)
        wrong = f"its standard error and degrees of freedom make it one of {100 * (1 - tail):.4g}%"
        return None if near(tail, alpha, 1e-5) else wrong
    if ci_method in ("wald", "wald_robust", "wald_t"):
        z = s.value(f"{stem}.statistic")
        if ci_method == "wald_t" and s.analysis_name(f"{stem}.statistic") != s.analysis_name(f"{stem}.{prefix}ci_low"):
            return None  # the statistic beside a risk ratio is that of the risk difference
        if z is None or abs(z) < 1e-3 or value <= 0 or low <= 0 or not math.isfinite(high):
            return None
        if not near(math.log(value / low), math.log(high / value), 1e-5):
            return "the estimate is not in its middle on the logarithmic scale"
        half, degrees = math.log(high / low) / 2 / (math.log(value) / z), s.value(f"{stem}.df")
        tail = p_of_t(half, degrees) if ci_method == "wald_t" and degrees else p_of_z(half)
        return None if near(tail, alpha, 1e-4) else f"its standard error makes it one of {100 * (1 - tail):.4g}%"
    counts = _fourfold(s, stem)
    if method == "newcombe" and counts:
        return _differ(low, high, *(100 * x for x in newcombe(*counts, level)))
    if method == "katz" and counts and counts[0] and counts[2]:
        x1, n1, x2, n2 = counts
        half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
        return _differ(low, high, value * math.exp(-half), value * math.exp(half))
    if method == "poisson_exact":
        rate = s.records.get(f"{stem}.rate", {})
        events, years = s.value(f"{stem}.events"), s.value(str(rate.get("denominator") or f"{stem}.person_years"))
        if events is None or years is None:
            return None
        if "100" in str(rate.get("unit")):  # rates of harms are per 100 person-years
            years /= 100
        lower = events == 0 or near(1 - gamma_upper(events, low * years), alpha / 2, 1e-5)
        upper = near(gamma_upper(events + 1, high * years), alpha / 2, 1e-5)
        tails = [word for word, right in (("lower", lower), ("upper", upper)) if not right]
        return f"its {' and '.join(tails)} limit is not the exact one of {shown(events)} events" if tails else None
    return None


def _clustered_t(s: Record, stem: str, prefix: str, value: float, low: float, high: float, alpha: float) -> str | None:
    """Of a difference between groups of clusters: its error is the difference over its own t; means have none here."""
    t, df = s.value(f"{stem}.statistic"), s.value(f"{stem}.df")
    if prefix not in ("", "rd_") or not t or df is None:
        return None
    if value / t < _TOLD * abs(value):
        return None
    if not near(value - low, high - value, 1e-6, 1e-9):
        return "the estimate is not in the middle"
    tail = p_of_t((high - low) / 2 / (value / t), df)
    wrong = f"its t and degrees of freedom make it one of {100 * (1 - tail):.4g}%"
    return None if near(tail, alpha, 1e-5) else wrong


def _differ(low: float, high: float, low2: float, high2: float) -> str | None:
    same = near(low, low2, 1e-6, 1e-6) and near(high, high2, 1e-6, 1e-6)
    return None if same else f"the counts give {_limits(low2, high2)}"


def _standard_error(s: Record, stem: str, prefix: str, value: float) -> tuple[float, float] | None:
    """Standard error and degrees of freedom of a mean or a difference, from what stands beside it."""
    sd, n = s.value(f"{stem}.sd"), s.value(f"{stem}.n")
    if sd is not None and n is not None and n > 1:
        return sd / math.sqrt(n), n - 1
    df, se, t = (s.value(f"{stem}.{part}") for part in ("df", "se", "statistic"))
    if df is None or prefix:
        return None
    if se is None and t:
        se = value / t
    return (se, df) if se else None


def newcombe(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    """Newcombe's interval of a difference of proportions (1998, method 10), from Wilson's of each."""
    low1, high1 = wilson(x1, n1, level)
    low2, high2 = wilson(x2, n2, level)
    p1, p2 = x1 / n1, x2 / n2
    d = p1 - p2
    return d - math.hypot(p1 - low1, high2 - p2), d + math.hypot(high1 - p1, p2 - low2)


def wilson(x: int, n: int, level: float) -> tuple[float, float]:
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle, half = x + z2 / 2, math.sqrt(z2 * (x * (n - x) / n + z2 / 4))
    return (middle - half) / (n + z2), (middle + half) / (n + z2)


def _fourfold(s: Record, stem: str) -> tuple[int, int, int, int] | None:
    """Patients with the event and all patients of both arms of a contrast: of harms, or of those free of events."""
    parts = stem.split(".")
    at = next((k for k, part in enumerate(parts) if "_vs_" in part), None)
    if at is None:
        return None
    before, rest, arms = ".".join(parts[:at]), parts[at + 1 :], s.arms_of.get(parts[at])
    if arms is None:
        return None
    if before.startswith("harms.") and not rest:
        names = [f"{before}.{arm}.{part}" for arm in arms for part in ("n", "of")]
    elif rest == ["free"]:
        names = [f"{before}.{arm}.{part}" for arm in arms for part in ("free.n", "n")]
    else:
        return None
    found = s.all(*names)
    if not found or any(v != int(v) or v < 0 for v in found):
        return None
    x1, n1, x2, n2 = (int(v) for v in found)
    return (x1, n1, x2, n2) if n1 and n2 and x1 <= n1 and x2 <= n2 else None


# -- summaries -------------------------------------------------------------------------------------------------------


def in_range(s: Record) -> Iterator[Fault]:
    for stem in s.stems:
        ordered = [
            (part, value)
            for part in ("min", "q1", "median", "q3", "max")
            if (value := s.value(f"{stem}.{part}")) is not None
        ]
        for (one, low), (two, high) in pairwise(ordered):
            if low > high:
                why = f"{stem}.{one} is {shown(low)}, above {stem}.{two}, which is {shown(high)}"
                yield Fault(shown(low), why, "", f"{stem}.{one}")
        found = s.all(f"{stem}.min", f"{stem}.max")
        mean, sd, n = (s.value(f"{stem}.{part}") for part in ("mean", "sd", "n"))
        if sd is not None and sd < 0:
            yield Fault(shown(sd), f"{stem}.sd is {shown(sd)}, and no SD is below 0", "", f"{stem}.sd")
        if found is None:
            continue
        low, high = found
        slack = 1e-9 * max(1.0, abs(low), abs(high))
        if mean is not None and not low - slack <= mean <= high + slack:
            why = f"{stem}.mean is {shown(mean)}, outside the range of {shown(low)} to {shown(high)}"
            yield Fault(shown(mean), why, "", f"{stem}.mean")
        if sd is None or n is None or n < 2:
            continue
        least, most = (high - low) / math.sqrt(2 * (n - 1)), (high - low) / 2 * math.sqrt(n / (n - 1))
        if not least - slack <= sd <= most + slack:
            why = (
                f"{stem}.sd is {shown(sd)}, but {shown(n)} values from {shown(low)} to {shown(high)} "
                f"have one of {shown(least)} to {shown(most)}"
            )
            yield Fault(shown(sd), why, "", f"{stem}.sd")


_POSITIVE = ("n", "missing", "events", "person_years", "rate", "ratio", "risk_ratio", "sd", "se", "df", "dispersion")
_WHOLE = ("n", "missing", "events")
_UNIT = ("p", "superiority")


def p_range(s: Record) -> Iterator[Fault]:
    for name, value in s.values.items():
        kind = str(s.records[name].get("statistic"))
        if kind in _UNIT and not 0 <= value <= 1:
            yield Fault(shown(value), f"{name} is {shown(value)}, and a probability lies between 0 and 1", "", name)
        if kind == "percent" and not 0 <= value <= 100:
            yield Fault(shown(value), f"{name} is {shown(value)}, and a percentage lies between 0 and 100", "", name)
        if kind in _POSITIVE and value < 0:
            yield Fault(shown(value), f"{name} is {shown(value)}, and cannot be below 0", "", name)
        if kind in _WHOLE and value != int(value):
            yield Fault(shown(value), f"{name} is {shown(value)}, and a count is a whole number", "", name)


# -- differences and ratios ------------------------------------------------------------------------------------------


def difference(s: Record) -> Iterator[Fault]:
    for before, first, second, name in s.contrasts("difference"):
        if s.method(name) == "cluster_mixed":  # it weighs clusters, and is no difference of the patients' means
            continue
        yield from _minus(s, name, f"{before}.{first}.mean", f"{before}.{second}.mean")
    for before, first, second, name in s.contrasts("means.difference"):
        if s.method(name) == "cluster_mixed":
            continue
        yield from _minus(s, name, f"{before}.{first}.mean", f"{before}.{second}.mean")
    for before, first, second, name in s.contrasts("risk_difference"):
        yield from _minus(s, name, f"{before}.{first}.percent", f"{before}.{second}.percent")
    for before, first, second, name in s.contrasts("free.risk_difference"):
        yield from _minus(s, name, f"{before}.{first}.free.percent", f"{before}.{second}.free.percent")
    for before, first, second, name in s.contrasts("mixed.difference"):
        yield from _minus(s, name, f"{before}.{first}.mixed.mean", f"{before}.{second}.mixed.mean")
    for stem in s.stems:
        yield from _change(s, stem)


def _minus(s: Record, name: str, one: str, two: str) -> Iterator[Fault]:
    values = s.all(name, one, two)
    if values and not near(values[0], values[1] - values[2], 1e-8, 1e-8 + lost(*values)):
        found, a, b = values
        why = f"{name} is {shown(found)}, but {one} is {shown(a)} and {two} is {shown(b)}"
        yield Fault(shown(found), why, shown(a - b), name)


def _change(s: Record, stem: str) -> Iterator[Fault]:
    """Mean change of an arm: after minus before of the patients who have both."""
    parts = stem.split(".")
    if len(parts) != 3 or not parts[1].startswith("change_"):
        return
    outcome, time, arm = parts[0], parts[1].removeprefix("change_"), parts[2]
    mean, n = s.value(f"{stem}.mean"), s.value(f"{stem}.n")
    if mean is None or n is None:
        return
    pairs = _complete(s, f"{outcome}.{time}", arm)
    if pairs:
        count = sum(k for _, _, k in pairs)
        expected = sum((after - before) * k for before, after, k in pairs) / count
        if count != n:
            why = f"{stem}.n is {shown(n)}, but {count} patients have both values"
            yield Fault(shown(n), why, str(count), f"{stem}.n")
        elif not near(mean, expected, 1e-8, 1e-8 + lost(*(value for pair in pairs for value in pair[:2]))):
            why = f"{stem}.mean is {shown(mean)}, but the values before and after give {shown(expected)}"
            yield Fault(shown(mean), why, shown(expected), f"{stem}.mean")
        return
    after = f"{outcome}.{time}.{arm}"
    for stem2 in s.stems:  # the first time point has no name of its own in the results: everybody has both values there
        at = stem2.split(".")
        if len(at) == 3 and at[0] == outcome and at[2] == arm and at[1] == "baseline":
            complete = s.all(f"{after}.n", f"{stem2}.n")
            if complete and complete[0] == complete[1] == n and s.value(f"{stem2}.missing") == 0:
                yield from _minus(s, f"{stem}.mean", f"{after}.mean", f"{stem2}.mean")


def _complete(s: Record, key: str, arm: str) -> list[tuple[float, float, int]]:
    table = s.pairs.get(key)
    rows = table.get(arm) if isinstance(table, dict) else None
    by = s.sizes.get(key.partition(".")[0], 1.0)
    return [(row[0] / by, row[1] / by, int(row[2])) for row in rows or () if row[0] is not None and row[1] is not None]


def ratio(s: Record) -> Iterator[Fault]:
    for before, first, second, name in s.contrasts("risk_ratio"):
        yield from _over(s, name, f"{before}.{first}.percent", f"{before}.{second}.percent")
    for before, first, second, name in s.contrasts("rate.ratio"):
        # a negative binomial model weighs patients by dispersion
        if s.method(name) in ("poisson_robust", "cluster_poisson", "exact"):
            yield from _over(s, name, f"{before}.{first}.rate", f"{before}.{second}.rate", 1e-5)
    for before, first, second, name in s.contrasts("ranks.superiority"):
        n = s.analysis_of(name).get("n_analysed") or {}
        u, value = s.value(f"{name.rpartition('.')[0]}.statistic"), s.values[name]
        if u is None or not n.get(first) or not n.get(second):
            continue
        expected = u / (n[first] * n[second])
        if not near(value, expected):
            why = f"{name} is {shown(value)}, but U is {shown(u)} of {n[first]} × {n[second]} pairs ({before})"
            yield Fault(shown(value), why, shown(expected), name)


def _over(s: Record, name: str, one: str, two: str, relative: float = 1e-8) -> Iterator[Fault]:
    values = s.all(name, one, two)
    if values and values[2] and not near(values[0], values[1] / values[2], relative):
        found, a, b = values
        why = f"{name} is {shown(found)}, but {one} is {shown(a)} and {two} is {shown(b)}"
        yield Fault(shown(found), why, shown(a / b), name)


def smd(s: Record) -> Iterator[Fault]:
    for before, first, second, name in s.contrasts("smd"):
        value = s.values[name]
        found = s.all(*(f"{before}.{arm}.{part}" for arm in (first, second) for part in ("mean", "sd")))
        if found:
            m1, s1, m2, s2 = found
            spread, d = math.sqrt((s1 * s1 + s2 * s2) / 2), m1 - m2
            if spread and not near(value, d / spread, 1e-8, 1e-8 + lost(m1, m2) / spread):
                means, sds = f"{shown(m1)} and {shown(m2)}", f"{shown(s1)} and {shown(s2)}"
                why = f"{name} is {shown(value)}, but the means are {means}, the SDs {sds}"
                yield Fault(shown(value), why, shown(d / spread), name)
            continue
        ending = f".{first}.percent"
        shares = [n[: -len(ending)] for n in s.starting(f"{before}.") if n.endswith(ending)]
        if len(shares) != 2 or not s.whole:
            continue
        both = s.all(f"{shares[0]}.{first}.percent", f"{shares[0]}.{second}.percent")
        if both is None:
            continue
        p1, p2 = both[0] / 100, both[1] / 100
        spread = math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2)
        if spread and not near(abs(value), abs(p1 - p2) / spread, 1e-8, 1e-8):
            why = f"{name} is {shown(value)}, but the proportions are {shown(100 * p1)}% and {shown(100 * p2)}%"
            yield Fault(shown(value), why, shown(abs(p1 - p2) / spread), name)


# -- tests -----------------------------------------------------------------------------------------------------------


def t_statistic(s: Record) -> Iterator[Fault]:
    for stem, parts in s.stems.items():
        if "statistic" not in parts:
            continue
        name = f"{stem}.statistic"
        t, method = s.value(name), s.method(name)
        if t is None:
            continue
        expected, why = _expected_t(s, stem, method)
        if expected is not None and not near(t, expected, 1e-6, 1e-9):
            yield Fault(shown(t), f"{name} is {shown(t)}, but {why} give {shown(expected)}", shown(expected), name)
        df = s.value(f"{stem}.df")
        expected_df = _expected_df(s, stem, method)
        if df is not None and expected_df is not None and not near(df, expected_df, 1e-6):
            why = f"{stem}.df is {shown(df)}, but {method.replace('_', ' ')} makes it {shown(expected_df)}"
            yield Fault(shown(df), why, shown(expected_df), f"{stem}.df")
        estimate = next((v for p in ("difference", "mean") if (v := s.value(f"{stem}.{p}")) is not None), None)
        ratio = s.value(f"{stem}.ratio")
        if estimate is None and ratio is not None and ratio > 0 and method in ("negative_binomial", "poisson_robust"):
            estimate = math.log(ratio)
        if method not in ("signed_rank", "mann_whitney") and estimate is not None and estimate * t < -1e-9:
            yield Fault(shown(t), f"{name} is {shown(t)}, but the estimate has the other sign", "", name)
    yield from _chi_square(s)


def _chi_square(s: Record) -> Iterator[Fault]:
    for _, _, _, name in s.contrasts("chi_square"):
        counts = _fourfold(s, name.rpartition(".")[0])
        if counts is None:
            continue
        x1, n1, x2, n2 = counts
        events, n = x1 + x2, n1 + n2
        if not 0 < events < n:
            continue
        expected = n * (x1 * (n2 - x2) - x2 * (n1 - x1)) ** 2 / (n1 * n2 * events * (n - events))
        if not near(s.values[name], expected, 1e-8):
            found, right = shown(s.values[name]), shown(expected)
            yield Fault(found, f"{name} is {found}, but {x1} of {n1} and {x2} of {n2} give {right}", right, name)


MIXED = ("mmrm_unstructured", "random_intercept")
"""Models of repeated measures."""


def _expected_t(s: Record, stem: str, method: str) -> tuple[float | None, str]:
    if method == "paired_t":
        found = s.all(f"{stem}.mean", f"{stem}.sd", f"{stem}.n")
        if found and found[1] > 0:
            return found[0] / (found[1] / math.sqrt(found[2])), "its mean, SD and n"
    if method in ("ancova", *MIXED):
        found = s.all(f"{stem}.difference", f"{stem}.se")
        if found and found[1] > 0:
            return found[0] / found[1], "the difference and its standard error"
    if method == "welch":
        spread = _welch(s, stem)
        value = s.value(f"{stem}.difference")
        if spread and value is not None and sum(spread[0]) > 0:
            return value / math.sqrt(sum(spread[0])), "the difference and the SDs"
    return None, ""


def _expected_df(s: Record, stem: str, method: str) -> float | None:
    if method == "paired_t":
        n = s.value(f"{stem}.n")
        return None if n is None else n - 1
    if method == "welch" and (spread := _welch(s, stem)):
        (v1, v2), (n1, n2) = spread
        return (v1 + v2) ** 2 / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1)) if v1 + v2 > 0 else None
    if method == "ancova":
        about = s.analysis_of(f"{stem}.df")
        used, covariates = about.get("n_analysed") or {}, about.get("adjusted_for") or ()
        return float(sum(used.values()) - len(used) - len(covariates)) if used and all(used.values()) else None
    return None


def _welch(s: Record, stem: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Squared standard errors and numbers of both arms of a Welch comparison."""
    before, _, contrast = stem.removesuffix(".means").rpartition(".")
    if contrast not in s.arms_of:
        return None
    found = s.all(*(f"{before}.{arm}.{part}" for arm in s.arms_of[contrast] for part in ("sd", "n")))
    if not found or found[1] < 2 or found[3] < 2:
        return None
    s1, n1, s2, n2 = found
    return (s1 * s1 / n1, s2 * s2 / n2), (n1, n2)


CHI_SQUARE = ("chi_square", "kruskal_wallis", "likelihood_ratio", "logrank", "wald")
NOT_T = (*CHI_SQUARE, "welch_anova", "cluster_wald", "dunnett", "period_f")
"""Methods whose statistic is not Student's t, though degrees of freedom stand beside it (those of F and of Dunnett's
distribution have no tail here)."""

Z = ("negative_binomial", "poisson_robust", "cochran_armitage", "jonckheere_terpstra")
"""Methods whose statistic is standard normal."""


def t_p(s: Record) -> Iterator[Fault]:
    for stem, parts in s.stems.items():
        p, t, df = (s.value(f"{stem}.{part}") for part in ("p", "statistic", "df"))
        if p is not None and t is not None:
            method = s.method(f"{stem}.p")
            if method in NOT_T:
                if df is not None and df > 0 and method in CHI_SQUARE:
                    yield from _tail(stem, "p", p, p_of_chi_square(t, int(df)), f"chi-square = {shown(t)}")
            elif df is not None and df > 0:
                yield from _tail(stem, "p", p, p_of_t(t, df), f"t = {shown(t)} with {shown(df)} degrees of freedom")
            elif method in Z:
                yield from _tail(stem, "p", p, p_of_z(t), f"z = {shown(t)}")
        chi = s.all(f"{stem}.chi_square", f"{stem}.chi_square_p")
        if chi:
            yield from _tail(stem, "chi_square_p", chi[1], p_of_chi_square(chi[0], 1), f"chi-square = {shown(chi[0])}")
        for part in parts & {"p", "fisher_p"}:
            value, counts = s.value(f"{stem}.{part}"), _fourfold(s, stem)
            if value is not None and counts and s.method(f"{stem}.{part}") == "fisher":
                x1, n1, x2, n2 = counts
                yield from _tail(stem, part, value, p_of_fisher(x1, n1, x2, n2), f"{x1} of {n1} and {x2} of {n2}")


def _tail(stem: str, part: str, p: float, expected: float, of: str) -> Iterator[Fault]:
    if not near(p, expected, 1e-6, 1e-250):
        name, right = f"{stem}.{part}", shown(expected)
        yield Fault(shown(p), f"{name} is {shown(p)}, but {of} gives {right}", right, name)


ESTIMATE_RULES = (
    Rule("R-CI-ORDER", "The lower limit of an interval is not above the upper.", "definition", ci_order),
    Rule("R-CI-CONTAINS", "An estimate lies inside its interval.", "holds of every method used", ci_contains),
    Rule(
        "R-CI-P",
        "An interval and a P value of one analysis agree about alpha: the interval leaves the null value out where P is below 1 minus its level, and only there.",  # noqa: E501
        "duality of tests and intervals; not asked of exact methods, whose two-sided P inverts no central interval",
        ci_p,
    ),
    Rule(
        "R-CI-WIDTH",
        "An interval has the width that its method, standard error or counts give it (t, Wald, Newcombe, Katz, exact Poisson).",  # noqa: E501
        "Newcombe 1998, method 10 (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I); Katz 1978; Garwood 1936",  # noqa: E501
        ci_width,
    ),
    Rule(
        "R-RANGE",
        "Minimum, quartiles, median and maximum are in order, the mean lies between the extremes, and the SD is one that so many values of this range can have.",  # noqa: E501
        "definition; bounds of the SD by Popoviciu 1935 and Thomson 1955",
        in_range,
    ),
    Rule(
        "R-P-RANGE",
        "Probabilities lie in 0 to 1, percentages in 0 to 100; counts are whole and, like SDs and rates, not negative.",
        "definition",
        p_range,
    ),
    Rule(
        "R-DIFF",
        "An unadjusted difference is one arm's mean or percentage minus the other's, that of a mixed model one least-squares mean minus the other; a mean change is after minus before of complete pairs.",  # noqa: E501
        "definition",
        difference,
    ),
    Rule(
        "R-RATIO",
        "An unadjusted ratio of risks or rates is their quotient; the probability of superiority is U over the number of pairs.",  # noqa: E501
        "definition; Mann & Whitney 1947",
        ratio,
    ),
    Rule(
        "R-SMD",
        "A standardised mean difference is the difference over the root mean square of the SDs, with its sign.",
        "Austin 2009 (doi:10.1002/sim.3697)",
        smd,
    ),
    Rule(
        "R-T-STAT",
        "A test statistic is what the estimate, the SDs and the counts beside it give, with its degrees of freedom and its sign.",  # noqa: E501
        "Welch 1947; Pearson 1900; definitions",
        t_statistic,
    ),
    Rule(
        "R-T-P",
        "A P value is the tail of its statistic (t, z, chi-square), or Fisher's sum over the tables of its counts.",
        "Nuijten et al. 2016, statcheck (doi:10.3758/s13428-015-0664-2); Fisher 1935",
        t_p,
    ),
)
