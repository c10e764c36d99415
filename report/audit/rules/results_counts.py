"""Rules over results.json: patients and events, which are counted and must add up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from report.audit.rules.record import Record, lost, near
from report.audit.rules.rule import Fault, Rule, shown

DAYS_PER_YEAR = 365.25


def _adds_up(s: Record, whole: str, parts: Iterable[str], *, closed: bool = True) -> Iterator[Fault]:
    """`closed`: the parts are known to be all there are; else they may not be more than the whole."""
    names = list(parts)
    total, values = s.value(whole), s.all(*names)
    if total is None or not names or values is None:
        return
    found = sum(values)
    if near(found, total) or (not closed and found < total):
        return
    listed = " + ".join(f"{shown(v)} ({n})" for n, v in zip(names, values, strict=True))
    yield Fault(shown(total), f"{whole} is {shown(total)}, but {listed} = {shown(found)}", shown(found), whole)


def _at_most(s: Record, part: str, whole: str, why: str) -> Iterator[Fault]:
    values = s.all(part, whole)
    if values and values[0] > values[1] + 1e-9:
        yield Fault(
            shown(values[0]), f"{part} is {shown(values[0])} and {whole} is {shown(values[1])}: {why}", "", part
        )


def flow_sum(s: Record) -> Iterator[Fault]:
    yield from _adds_up(s, "flow.identified", ["flow.excluded", "flow.included"])
    yield from _adds_up(s, "flow.included", [f"flow.{arm}.assigned" for arm in s.groups])
    yield from _adds_up(s, "flow.included", ["flow.with_data", "flow.without_data"])
    for part in ("with_data", "without_data"):
        yield from _adds_up(s, f"flow.{part}", [f"flow.{arm}.{part}" for arm in s.groups])
    if (reasons := s.starting("flow.excluded_reason.")) and s.whole:
        yield from _adds_up(s, "flow.excluded", reasons)
    for arm in s.groups:
        at = f"flow.{arm}"
        assigned = f"{at}.assigned"
        yield from _adds_up(s, assigned, [f"{at}.received", f"{at}.not_received"])
        yield from _adds_up(s, assigned, [f"{at}.with_data", f"{at}.without_data"])
        lost = [(name.removeprefix(f"{at}.lost_"), name) for name in s.starting(f"{at}.lost_")]
        times = [(time, name) for time, name in lost if "." not in time]
        for time, name in times:
            yield from _adds_up(s, assigned, [name, f"{at}.completed_{time}"])
        for early, late in s.later(times):
            yield from _at_most(s, early, late, "who is lost early is lost later too")
        parts = [f"{at}.{part}" for part in ("stopped", "not_received", "without_data")]
        for total in [*parts, *(name for _, name in times)]:
            yield from _adds_up(s, total, s.starting(f"{total}_reason."), closed=s.whole)
            yield from _at_most(s, total, assigned, "a part cannot be more than the whole")


def flow_n(s: Record) -> Iterator[Fault]:
    arms = s.value("design.arms")
    if arms is not None and s.arms and arms != len(s.arms):
        yield Fault(shown(arms), f"design.arms is {shown(arms)}, the study has {len(s.arms)} arms", "", "design.arms")
    for arm in s.groups:
        held = s.value(f"flow.{arm}.with_data")
        for name, about in s.analyses.items():
            available = (about.get("n_available") or {}).get(arm)
            if held is not None and available is not None and available > held:
                why = f"{name} has {available} patients of {arm}, of whom the data hold {shown(held)}"
                yield Fault(str(available), why, "", name)
        for name in s.starting(f"flow.{arm}.analysed_"):
            what = name.removeprefix(f"flow.{arm}.analysed_")
            left = [f"flow.{arm}.{part}_{what}" for part in ("outside", "without_value")]
            if any(one in s.values for one in left):
                absent = f"flow.{arm}.without_data"
                parts = [name, *left, *([absent] if absent in s.values else [])]
                yield from _adds_up(s, f"flow.{arm}.assigned", parts)
            yield from _at_most(s, name, f"flow.{arm}.assigned", "more are analysed than were assigned")
            others = (
                {n: s.value(n) for n in s.values if n.startswith("harms.") and n.endswith(f".{arm}.of")}
                if what == "harms"
                else _analysed(s, what, arm)
            )
            for other, count in others.items():
                if count is not None and count != s.values[name]:
                    why = f"{name} is {shown(s.values[name])}, but {other} is {shown(count)}"
                    yield Fault(shown(s.values[name]), why, shown(count), name)


def _analysed(s: Record, what: str, arm: str) -> dict[str, float | None]:
    """Patients of an arm in the main analysis of an outcome and time (`adl_month_6`): that of the flow's last box."""
    for analysis, about in s.analyses.items():
        key = f"{about.get('outcome')}.{about.get('time')}"
        if key.replace(".", "_", 1) == what and analysis.rpartition(".")[0] == key:
            mains = [f"{key}.{kind}" for kind in ("ancova", "clustered_adjusted", "rate", "welch", "clustered")]
            model = f"{about.get('outcome')}.mixed"  # of all times but the one before treatment, for which it adjusts
            if key not in (s.analyses.get(model, {}).get("adjusted_for") or ()):
                mains.insert(0, model)
            for name in mains:
                main = s.analyses.get(name)
                if main:
                    counts = main.get("n_analysed") or {}
                    return {f"n_analysed of {name} in {arm}": counts.get(arm)}
    return {}


def clusters(s: Record) -> Iterator[Fault]:
    """Clusters of the arms make all clusters, their mean size makes the patients, and no analysis has more of them."""
    yield from _adds_up(s, "flow.clusters", [f"flow.{arm}.clusters" for arm in s.arms])
    for arm in s.arms:
        at = f"flow.{arm}"
        patients = f"{at}.with_data" if f"{at}.with_data" in s.values else f"{at}.assigned"
        found = s.all(f"{at}.clusters", f"{at}.cluster_size.mean", patients)
        if found and not near(found[0] * found[1], found[2]):
            many, mean, assigned = found
            why = f"{shown(many)} clusters of {shown(mean)} patients on average make {shown(many * mean)}, not {shown(assigned)}"  # noqa: E501
            yield Fault(shown(mean), why, shown(assigned / many) if many else "", f"{at}.cluster_size.mean")
        for name in s.values:
            if name.endswith(f".{arm}.clusters") and name != f"{at}.clusters":
                yield from _at_most(s, name, f"{at}.clusters", "no more clusters are analysed than were assigned")


def n_missing(s: Record) -> Iterator[Fault]:
    for name, about in s.analyses.items():
        used, available = about.get("n_analysed") or {}, about.get("n_available") or {}
        for arm, n in used.items():
            if arm in available and n > available[arm]:
                why = f"{name} analysed {n} patients of {arm}, of whom {available[arm]} were available"
                yield Fault(str(n), why, "", name)
            for stem in (f"{name}.{arm}", f"{name.rpartition('.')[0]}.{arm}"):
                # where `of` is the patients, `n` is those with the event
                part = "of" if about.get("method") == "count" or f"{stem}.of" in s.records else "n"
                count, missing = s.value(f"{stem}.{part}"), s.value(f"{stem}.missing")
                if count is None or s.analysis_name(f"{stem}.{part}") != name:
                    continue
                if count != n:
                    why = f"{stem}.{part} is {shown(count)}, but {name} analysed {n} patients of {arm}"
                    yield Fault(shown(count), why, str(n), f"{stem}.{part}")
                if missing is not None and arm in available and count + missing != available[arm]:
                    why = (
                        f"{stem}: {shown(count)} with a value and {shown(missing)} without make "
                        f"{shown(count + missing)}, of {available[arm]} patients"
                    )
                    yield Fault(shown(missing), why, shown(available[arm] - count), f"{stem}.missing")


_SUMMED = ("n", "missing", "person_years", "events")


def total(s: Record) -> Iterator[Fault]:
    for stem, parts in s.stems.items():
        before, _, last = stem.rpartition(".")
        if last != "total" or not s.groups:
            continue
        for part in parts & set(_SUMMED):
            yield from _adds_up(s, f"{stem}.{part}", [f"{before}.{arm}.{part}" for arm in s.groups])
        for part, of in (("min", min), ("max", max)):
            values, whole = s.all(*(f"{before}.{arm}.{part}" for arm in s.groups)), s.value(f"{stem}.{part}")
            if values and whole is not None and of(values) != whole:
                why = f"{stem}.{part} is {shown(whole)}, but the arms' are {', '.join(map(shown, values))}"
                yield Fault(shown(whole), why, shown(of(values)), f"{stem}.{part}")
        yield from _pooled(s, before, stem)


def _pooled(s: Record, before: str, stem: str) -> Iterator[Fault]:
    """Mean and SD of all patients, from the arms' numbers, means and SDs."""
    n = s.all(*(f"{before}.{arm}.n" for arm in s.groups))
    means = s.all(*(f"{before}.{arm}.mean" for arm in s.groups))
    mean, sd = s.value(f"{stem}.mean"), s.value(f"{stem}.sd")
    if not n or not means or mean is None or sum(n) <= 0:
        return
    expected = sum(k * m for k, m in zip(n, means, strict=True)) / sum(n)
    if not near(expected, mean, 1e-8):
        why = f"{stem}.mean is {shown(mean)}, but the arms' means give {shown(expected)}"
        yield Fault(shown(mean), why, shown(expected), f"{stem}.mean")
    sds = s.all(*(f"{before}.{arm}.sd" for arm in s.groups))
    if not sds or sd is None or sum(n) < 2:
        return
    squares = sum((k - 1) * d * d + k * (m - mean) ** 2 for k, m, d in zip(n, means, sds, strict=True))
    expected = (squares / (sum(n) - 1)) ** 0.5
    if not near(expected, sd, 1e-7, 1e-7 + lost(*means)):
        why = f"{stem}.sd is {shown(sd)}, but the arms' means and SDs give {shown(expected)}"
        yield Fault(shown(sd), why, shown(expected), f"{stem}.sd")


def percent(s: Record) -> Iterator[Fault]:
    for name, record in s.records.items():
        if record.get("statistic") != "percent":
            continue
        values = s.all(name, str(record.get("numerator")), str(record.get("denominator")))
        if values is None or values[2] == 0:
            continue
        value, over, under = values
        expected = 100 * over / under
        if over > under or not near(value, expected):
            why = f"{name} is {shown(value)}, but {shown(over)} of {shown(under)} is {shown(expected)}%"
            yield Fault(shown(value), why, shown(expected), name)


_CATEGORY = re.compile(r"count_([0-9]+)(_or_more)?")


def count_nest(s: Record) -> Iterator[Fault]:
    for name in s.values:
        if not name.startswith("harms.") and name.endswith(".events"):
            yield from _distribution(s, name.removesuffix(".events"))
    yield from _windows(s)
    for arm in s.arms:
        yield from _harms(s, arm)


def _distribution(s: Record, stem: str) -> Iterator[Fault]:
    """Patients by number of events, over those who were followed for the whole window."""
    found = {
        part: match for part in s.stems if part.startswith(f"{stem}.") and (match := _category(part.rpartition(".")[2]))
    }
    counts = {part: s.value(f"{part}.n") for part in found}
    known = {part: count for part, count in counts.items() if count is not None}
    if known:
        yield from _adds_up(s, f"{stem}.n", [f"{part}.n" for part in known], closed=s.whole)
        least = sum(int(found[part][1]) * count for part, count in known.items())
        events = s.value(f"{stem}.events")
        if events is not None and least > events:
            why = f"the patients by number of events have {shown(least)} or more, {stem}.events is {shown(events)}"
            yield Fault(shown(events), why, "", f"{stem}.events")
    free, none = s.value(f"{stem}.free.n"), s.value(f"{stem}.count_0.n")
    if free is not None and none is not None and free != none:
        why = f"{shown(free)} patients are free of events, but {shown(none)} have none"
        yield Fault(shown(free), why, shown(none), f"{stem}.free.n")


def _category(part: str) -> re.Match[str] | None:
    return _CATEGORY.fullmatch(part)


def _windows(s: Record) -> Iterator[Fault]:
    """A later window contains the earlier ones: events and person-time grow, patients free of events do not."""
    series: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for name in s.values:
        parts = name.split(".")
        if len(parts) >= 4 and parts[2] in s.arms and f"{'.'.join(parts[:3])}.events" in s.values:
            rest = ".".join(parts[3:])
            if rest in ("events", "person_years", "free.n", "n"):
                series.setdefault((parts[0], parts[2], rest), []).append((parts[1], name))
    for (_, _, rest), names in series.items():
        for early, late in s.later(names):
            if rest in ("events", "person_years"):
                yield from _at_most(s, early, late, "the later window contains the earlier one")
            else:
                yield from _at_most(s, late, early, "the later window contains the earlier one")


def _harms(s: Record, arm: str) -> Iterator[Fault]:
    """Patients are counted once for a term, and once for any."""
    stems = [stem for stem in s.stems if stem.startswith("harms.") and stem.endswith(f".{arm}")]
    for stem in stems:
        yield from _at_most(s, f"{stem}.n", f"{stem}.events", "each patient with an event has one at least")
        yield from _at_most(s, f"{stem}.n", f"{stem}.of", "a part cannot be more than the whole")
        n, events = s.value(f"{stem}.n"), s.value(f"{stem}.events")
        if n == 0 and events and not stem.startswith("harms.severity_"):  # a patient counts in the worst grade only
            yield Fault(shown(events), f"{stem}: {shown(events)} events, but no patient", "0", f"{stem}.events")
        if stem != f"harms.any.{arm}":
            for part in ("n", "events"):
                yield from _at_most(s, f"{stem}.{part}", f"harms.any.{arm}.{part}", "any event includes it")
    terms = [stem for stem in stems if not _NO_TERM.match(stem.split(".")[1])]
    patients, everybody = s.all(*(f"{stem}.n" for stem in terms)), s.value(f"harms.any.{arm}.n")
    if s.whole and patients and everybody is not None:
        if everybody > sum(patients):
            why = f"harms.any.{arm}.n is {shown(everybody)}, but the terms have {shown(sum(patients))} patients in all"
            yield Fault(shown(everybody), why, "", f"harms.any.{arm}.n")
        yield from _adds_up(s, f"harms.any.{arm}.events", [f"{stem}.events" for stem in terms])
    yield from _harm_groups(s, arm, stems)


_NO_TERM = re.compile(r"(?:any|serious|stopped|fatal)$|class_|severity_")
"""What the second part of a name is where it is no term."""


def _harm_groups(s: Record, arm: str, stems: list[str]) -> Iterator[Fault]:
    """Grades of severity part the patients and their events, classes the events; a fatal event is serious."""
    for part in ("n", "events"):
        yield from _at_most(s, f"harms.fatal.{arm}.{part}", f"harms.serious.{arm}.{part}", "a fatal event is serious")
        grades = [f"{stem}.{part}" for stem in stems if stem.startswith("harms.severity_")]
        yield from _adds_up(s, f"harms.any.{arm}.{part}", grades, closed=s.whole)
    classes = [stem for stem in stems if stem.startswith("harms.class_")]
    everybody, patients = s.value(f"harms.any.{arm}.n"), s.all(*(f"{stem}.n" for stem in classes))
    if s.whole and classes and patients and everybody is not None and everybody > sum(patients):
        why = f"harms.any.{arm}.n is {shown(everybody)}, but the classes have {shown(sum(patients))} patients in all"
        yield Fault(shown(everybody), why, "", f"harms.any.{arm}.n")
    yield from _adds_up(s, f"harms.any.{arm}.events", [f"{stem}.events" for stem in classes], closed=s.whole)


def zero_upper(s: Record) -> Iterator[Fault]:
    """Where nobody of n had an event, the exact upper limit of level L is 1 - (1 - L)^(1/n)."""
    level = s.value("harms.zero.ci_level_percent")
    for name, value in s.values.items():
        stem, _, last = name.rpartition(".")
        if not name.startswith("harms.") or last != "upper":
            continue
        n, of = s.value(f"{stem}.n"), s.value(f"{stem}.of")
        if n:
            why = f"{name} is {shown(value)}, a limit for no patient with the event, but {stem}.n is {shown(n)}"
            yield Fault(shown(value), why, "", name)
        elif of and level is not None and 0 < level < 100:
            expected = 100 * (1 - (1 - level / 100) ** (1 / of))
            if not near(value, expected, 1e-8):
                why = f"{name} is {shown(value)}, but none of {shown(of)} patients gives {shown(expected)}"
                yield Fault(shown(value), why, shown(expected), name)


def levels(s: Record) -> Iterator[Fault]:
    """The levels of a category sum to the patients with a value."""
    for group in [*s.groups, "total"]:
        by_variable: dict[str, list[str]] = {}
        for stem in s.stems:
            parts = stem.split(".")
            if len(parts) == 4 and parts[0] == "baseline" and parts[3] == group:
                by_variable.setdefault(parts[1], []).append(f"{stem}.n")
        for variable, names in by_variable.items():
            yield from _adds_up(s, f"baseline.{variable}.{group}.n", names, closed=s.whole)


def person_time(s: Record) -> Iterator[Fault]:
    for name, record in s.records.items():
        if record.get("statistic") != "rate":
            continue
        values = s.all(name, str(record.get("numerator")), str(record.get("denominator")))
        per = 100 if "100" in str(record.get("unit")) else 1  # rates of harms are per 100 person-years
        if values and values[2] > 0 and not near(values[0], per * values[1] / values[2]):
            rate, events, years = values
            expected = shown(per * events / years)
            why = f"{name} is {shown(rate)}, but {shown(events)} events in {shown(years)} years are {expected}"
            yield Fault(shown(rate), why, expected, name)
    counts = (s.analyses.get("followup") or {}).get("n_analysed") or {}
    for arm, n in counts.items():
        at = f"followup.{arm}"
        found = s.all(f"{at}.person_years", f"{at}.min", f"{at}.max")
        if found is None:
            continue
        years, shortest, longest = found
        if not shortest * n - 1e-6 <= years * DAYS_PER_YEAR <= longest * n + 1e-6:
            why = (
                f"{at}.person_years is {shown(years)}, but {n} patients were followed for "
                f"{shown(shortest)} to {shown(longest)} days"
            )
            yield Fault(shown(years), why, "", f"{at}.person_years")


def grim(s: Record) -> Iterator[Fault]:
    for name, record in s.records.items():
        stem, _, last = name.rpartition(".")
        if last != "mean" or record.get("statistic") != "mean" or f"{stem}.count_0.n" not in s.records:
            continue
        values = s.all(name, f"{stem}.n")
        if values is None:
            continue
        mean, n = values
        if not near(mean * n, round(mean * n), 0, 1e-6):
            why = f"{name} is {shown(mean)} of {shown(n)} patients, which makes {shown(mean * n)} events"
            yield Fault(shown(mean), why, "", name)


COUNT_RULES = (
    Rule(
        "R-FLOW-SUM",
        "The boxes of the flow of patients add up: identified = excluded + included; included = the arms together; assigned = received + not received = completed + lost = with data + without data; reasons sum to their total; who is lost early is lost later too.",  # noqa: E501
        "CONSORT 2025, items 22a and 22b",
        flow_sum,
    ),
    Rule(
        "R-FLOW-N",
        "The number analysed that the flow gives is that of the main analysis, and the denominator of the harms; with those outside its population, without a value and without data it makes the assigned.",  # noqa: E501
        "CONSORT 2025, items 22a and 26",
        flow_n,
    ),
    Rule(
        "R-CLUSTERS",
        "Clusters of the arms make all clusters; their mean size times their number is the patients; no analysis has more clusters than its arm.",  # noqa: E501
        "definition; CONSORT extension for cluster trials (doi:10.1136/bmj.e5661)",
        clusters,
    ),
    Rule(
        "R-N-MISSING",
        "Patients with a value and patients without make all patients; an analysis counts those it used.",
        "definition",
        n_missing,
    ),
    Rule(
        "R-TOTAL",
        "The total of all arms is their sum; its mean and SD are those pooled from the arms, its extremes those of the arms.",  # noqa: E501
        "definition; pooled SD from the sums of squares within and between groups",
        total,
    ),
    Rule("R-LEVELS", "The levels of a category sum to the patients with a value.", "definition", levels),
    Rule("R-PERCENT", "A percentage is 100 times its numerator over its denominator.", "definition", percent),
    Rule(
        "R-COUNT-NEST",
        "Counts nest: a later window contains the earlier ones; the patients by number of events sum to all and have no more events than there are; events are no fewer than patients with one; any event includes each; grades of severity part the patients with an event, classes their events; fatal events are serious.",  # noqa: E501
        "definition of cumulative windows and of counting a patient once (CONSORT Harms 2022)",
        count_nest,
    ),
    Rule(
        "R-ZERO-UPPER",
        "An upper limit for no patient with an event is that of Clopper and Pearson, 1 - (1 - level)^(1/n), and stands where there is none.",  # noqa: E501
        "Clopper & Pearson 1934 (doi:10.1093/biomet/26.4.404); Hanley & Lippman-Hand 1983 (doi:10.1001/jama.1983.03330370053031)",  # noqa: E501
        zero_upper,
    ),
    Rule(
        "R-PERSON-TIME",
        "A rate is events over person-time, and person-time lies between the shortest and the longest follow-up of all.",  # noqa: E501
        "definition",
        person_time,
    ),
    Rule(
        "R-GRIM",
        "The mean of whole numbers times their number is a whole number.",
        "Brown & Heathers 2017, the GRIM test (doi:10.1177/1948550616673876)",
        grim,
    ),
)
