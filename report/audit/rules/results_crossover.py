"""Rules over results.json of a cross-over: patients by period, pairs of events, and the comparison within patients."""

from __future__ import annotations

import math
from collections.abc import Iterator

from report.audit.rules.distributions import p_of_fisher
from report.audit.rules.record import Record, near
from report.audit.rules.results_estimates import wilson
from report.audit.rules.rule import Fault, Rule, shown


def periods(s: Record) -> Iterator[Fault]:
    for sequence in s.sequences:
        at = f"flow.{sequence}"
        held = s.value(f"{at}.with_data")  # who entered is known of patients in the data
        assigned = s.value(f"{at}.assigned") if held is None else held
        if assigned is None:
            continue
        for name in s.starting(f"{at}.entered_"):
            stayed_out = f"{at}.not_entered_{name.removeprefix(f'{at}.entered_')}"
            found = s.all(name, stayed_out)
            if found and sum(found) != assigned:
                why = f"{name} is {shown(found[0])} and {stayed_out} {shown(found[1])}, of {shown(assigned)} patients"
                yield Fault(shown(found[0]), why, shown(assigned - found[1]), name)
            elif found is None and s.values[name] > assigned:
                why = f"{name} is {shown(s.values[name])}, of {shown(assigned)} patients"
                yield Fault(shown(s.values[name]), why, "", name)


def within(s: Record) -> Iterator[Fault]:
    """AB and BA without missing values: the mean over both periods of the difference between the treatments."""
    orders = [tuple(arms) for arms in s.sequences.values()]
    if len(orders) != 2 or len(orders[0]) != 2 or orders[0] != orders[1][::-1] or orders[0][0] == orders[0][1]:
        return
    for outcome, first, second, name in s.contrasts("within.difference"):
        stems = {stem.rpartition(".")[0] for stem in s.stems if stem.endswith(f".{first}") and stem.count(".") == 2}
        times = sorted(stem for stem in stems if stem.startswith(f"{outcome}.") and f"{stem}.{second}.mean" in s.values)
        missing = s.all(*(f"{time}.{arm}.missing" for time in times for arm in (first, second)))
        means = s.all(*(f"{time}.{arm}.mean" for time in times for arm in (first, second)))
        if len(times) != 2 or missing is None or means is None or any(missing):
            continue
        expected = (means[0] - means[1] + means[2] - means[3]) / 2
        if not near(s.values[name], expected, 1e-8, 1e-8):
            why = f"{name} is {shown(s.values[name])}, but the means of the periods give {shown(expected)}"
            yield Fault(shown(s.values[name]), why, shown(expected), name)


def paired(s: Record) -> Iterator[Fault]:
    for stem, parts in s.stems.items():
        if not stem.endswith(".paired") or "risk_difference" not in parts:
            continue
        first, second, n = (s.value(f"{stem}.{part}") for part in ("first_only", "second_only", "n"))
        both, neither = s.value(f"{stem}.both"), s.value(f"{stem}.neither")
        if first is None or second is None:
            continue
        total = n if n is not None else None if both is None or neither is None else both + first + second + neither
        if None not in (both, neither, n) and both + first + second + neither != n:  # type: ignore[operator]
            why = f"the four kinds of pairs of {stem} are not all of its {shown(n or 0)} patients"
            yield Fault(shown(n or 0), why, "", f"{stem}.n")
            continue
        name = f"{stem}.risk_difference"
        found = s.value(name)
        if found is not None and total and not near(found, 100 * (first - second) / total, 1e-8, 1e-8):
            expected = shown(100 * (first - second) / total)
            why = f"{name} is {shown(found)}, but {shown(first)} and {shown(second)} of {shown(total)} give {expected}"
            yield Fault(shown(found), why, expected, name)
        yield from _limits(s, stem, both, first, second, neither)
        p = s.value(f"{stem}.mcnemar_p")
        if p is not None and first + second and not near(p, _sign_test(int(first), int(second)), 1e-6, 1e-12):
            right = shown(_sign_test(int(first), int(second)))
            why = f"{stem}.mcnemar_p is {shown(p)}, but {shown(first)} and {shown(second)} patients give {right}"
            yield Fault(shown(p), why, right, f"{stem}.mcnemar_p")


def _limits(
    s: Record, stem: str, both: float | None, first: float, second: float, neither: float | None
) -> Iterator[Fault]:
    """Newcombe's interval of a paired difference, from the four counts."""
    limits = s.all(f"{stem}.rd_ci_low", f"{stem}.rd_ci_high")
    level = s.analysis_of(f"{stem}.rd_ci_low").get("ci_level")
    if limits is None or both is None or neither is None or level is None:
        return
    n = int(both + first + second + neither)
    if n == 0:
        return
    one, two = int(both + first), int(both + second)
    (low1, high1), (low2, high2) = wilson(one, n, float(level)), wilson(two, n, float(level))
    excess = both * neither - first * second
    corrected = max(excess - n / 2, 0.0) if excess > 0 else excess
    product = one * (n - one) * two * (n - two)
    phi = corrected / math.sqrt(product) if product else 0.0

    def width(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0.0))

    d = (first - second) / n
    expected = (100 * (d - width(one / n - low1, high2 - two / n)), 100 * (d + width(high1 - one / n, two / n - low2)))
    for name, found, right in zip(("rd_ci_low", "rd_ci_high"), limits, expected, strict=True):
        if not near(found, right, 1e-6, 1e-6):
            why = f"{stem}.{name} is {shown(found)}, but the pairs give {shown(right)}"
            yield Fault(shown(found), why, shown(right), f"{stem}.{name}")


def _sign_test(first: int, second: int) -> float:
    """Two-sided binomial P of a half; the distribution is symmetric, so that it is twice a tail."""
    n, least = first + second, min(first, second)
    tail = sum(math.comb(n, k) for k in range(least + 1)) / 2**n
    return float(min(1.0, 2 * tail))


def preference(s: Record) -> Iterator[Fault]:
    """The Mainland–Gart test: Fisher's of the patients with the event in one period only, by sequence."""
    for outcome, *_, name in s.contrasts("mainland_gart.p"):
        counts = s.all(*(f"{outcome}.discordant.{g}.{part}" for g in s.sequences for part in ("n", "of")))
        if counts is None or len(counts) != 4:
            continue
        x1, n1, x2, n2 = (int(count) for count in counts)
        if x1 > n1 or x2 > n2:
            why = f"{outcome}.discordant counts {x1} of {n1} and {x2} of {n2}: a part cannot be more than the whole"
            yield Fault(str(x1), why, "", f"{outcome}.discordant")
        elif not near(s.values[name], p_of_fisher(x1, n1, x2, n2), 1e-6, 1e-250):
            right = shown(p_of_fisher(x1, n1, x2, n2))
            why = f"{name} is {shown(s.values[name])}, but {x1} of {n1} and {x2} of {n2} give {right}"
            yield Fault(shown(s.values[name]), why, right, name)


CROSSOVER_RULES = (
    Rule("R-CROSS-FLOW", "Who entered a period and who did not are all of the sequence.", "definition", periods),
    Rule(
        "R-CROSS-WITHIN",
        "With two treatments in two periods and no missing value, the difference within patients is the mean over both periods of that between the treatments.",  # noqa: E501
        "Hills & Armitage 1979",
        within,
    ),
    Rule(
        "R-CROSS-PAIRED",
        "The four kinds of pairs are all patients with both treatments, and give the risk difference, its interval and McNemar's exact P.",  # noqa: E501
        "Newcombe 1998, paired data, method 10",
        paired,
    ),
    Rule(
        "R-CROSS-FISHER",
        "The P value of the Mainland–Gart test is Fisher's for the patients with the event in one period only.",
        "Mainland 1963; Gart 1969",
        preference,
    ),
)
