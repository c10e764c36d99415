"""Rules over results.json: silent on what the analysis computes, and each finds its seeded violation by its id."""

# ruff: noqa: E501  (the table of seeded violations)
from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from report.audit.rules import RESULT_RULES, check_results
from report.audit.rules.results_crossover import CROSSOVER_RULES
from report.audit.verdict import Finding

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
Results = dict[str, Any]


@pytest.fixture(scope="module")
def clean() -> Results:
    from analysis.pipeline import analyse_folder

    return json.loads(analyse_folder(NMOSD).text())


def put(**values: float | None) -> Callable[[Results], None]:
    """Other values for statistics, whose dots are written as two underscores."""

    def edit(results: Results) -> None:
        for name, value in values.items():
            results["statistics"][name.replace("__", ".")]["value"] = value

    return edit


def analysis(name: str, **values: Any) -> Callable[[Results], None]:
    return lambda results: results["analyses"][name].update(values)


def all_of(*edits: Callable[[Results], None]) -> Callable[[Results], None]:
    return lambda results: [edit(results) for edit in edits] and None


def screened(results: Results) -> None:
    put(flow__identified=75, flow__excluded=14)(results)


def reason_lost(results: Results) -> None:
    put(flow__control__stopped_reason__leukopenia=0)(results)


def clusters(**values: float) -> Callable[[Results], None]:
    """Both arms of five clusters of six patients, with other values."""

    def edit(results: Results) -> None:
        model = results["statistics"]["flow.included"]
        made = {"flow.clusters": 10}
        for arm in ("control", "treatment"):
            made |= {f"flow.{arm}.clusters": 5, f"adl.month_6.{arm}.clusters": 5, f"flow.{arm}.cluster_size.mean": 6}
        for name, value in (made | {name.replace("__", "."): value for name, value in values.items()}).items():
            results["statistics"][name] = {**model, "value": value, "statistic": name.rpartition(".")[2]}

    return edit


def margins(**values: float) -> Callable[[Results], None]:
    """The two arms as the sides of a treatment, with other values."""

    def edit(results: Results) -> None:
        for side, arm in (("with", "treatment"), ("without", "control")):
            for part in ("n", "mean"):
                record = copy.deepcopy(results["statistics"][f"adl.month_6.{arm}.{part}"])
                results["statistics"][f"adl.month_6.factor_drug.{side}.{part}"] = {**record, "group": None}
        put(**{f"adl__month_6__factor_drug__{name}": value for name, value in values.items()})(results)

    return edit


def grades(**patients: int) -> Callable[[Results], None]:
    """The patients with a reaction of one arm by their worst one, and no events told."""

    def edit(results: Results) -> None:
        model = results["statistics"]["harms.any.control.n"]
        for grade, n in patients.items():
            results["statistics"][f"harms.severity_{grade}.control.n"] = {**model, "value": n}

    return edit


def classes(events: int) -> Callable[[Results], None]:
    """One class with all patients and so many events."""

    def edit(results: Results) -> None:
        for part in ("n", "events"):
            model = results["statistics"][f"harms.any.control.{part}"]
            results["statistics"][f"harms.class_all.control.{part}"] = {**model}
        results["statistics"]["harms.class_all.control.events"]["value"] = events

    return edit


def uppers(**values: float) -> Callable[[Results], None]:
    """The upper limit of a term that no patient of 30 had."""

    def edit(results: Results) -> None:
        model = results["statistics"]["harms.any.control.n"]
        for part, value in (values | {"of": 30, "events": values["n"]}).items():
            results["statistics"][f"harms.serious.control.{part}"] = {**model, "value": value, "statistic": part}

    return edit


SEEDED: list[tuple[str, str, Callable[[Results], None]]] = [
    ("R-FLOW-SUM", "received and not received are not all", put(flow__control__not_received=1)),
    ("R-FLOW-SUM", "arms are not all included", put(flow__included=61)),
    ("R-FLOW-SUM", "screened are not excluded and included", screened),
    ("R-FLOW-SUM", "a reason is lost", reason_lost),
    ("R-FLOW-SUM", "lost and completed are not all", put(flow__treatment__lost_month_12=2)),
    ("R-FLOW-SUM", "lost early, found late", put(flow__treatment__lost_month_6=2, flow__treatment__completed_month_6=28)),
    ("R-CLUSTERS", "clusters miscounted", clusters(flow__clusters=11)),
    ("R-CLUSTERS", "clusters of another size", clusters(flow__control__cluster_size__mean=7.5)),
    ("R-CLUSTERS", "a cluster too many analysed", clusters(adl__month_6__control__clusters=6)),
    ("R-FLOW-N", "one more analysed", put(flow__control__analysed_adl_month_6=30)),
    ("R-FLOW-N", "another denominator of harms", put(harms__any__control__of=29)),
    ("R-FLOW-N", "arms miscounted", put(design__arms=3)),
    ("R-N-MISSING", "missing is one less", put(adl__month_6__control__missing=0)),
    ("R-N-MISSING", "the analysis counts another n", put(edss__change_month_6__control__n=30)),
    ("R-N-MISSING", "more analysed than available", analysis("adl.month_6.ancova", n_available={"control": 28})),
    ("R-TOTAL", "total n", put(baseline__age__total__n=61)),
    ("R-TOTAL", "total person-years", put(followup__total__person_years=63.5)),
    ("R-TOTAL", "total mean", put(baseline__age__total__mean=38.0)),
    ("R-TOTAL", "total SD", put(baseline__age__total__sd=9.9)),
    ("R-TOTAL", "total maximum", put(baseline__age__total__max=62.0)),
    ("R-LEVELS", "a level has one less", put(baseline__sex__male__control__n=1)),
    ("R-PERCENT", "a percentage of another count", put(harms__any__control__percent=40.0)),
    ("R-PERCENT", "more than all", put(harms__leukopenia__control__n=31)),
    ("R-COUNT-NEST", "fewer by 12 months than by 6", put(recurrence__month_12__treatment__events=1)),
    ("R-COUNT-NEST", "more free by 12 months than by 6", put(recurrence__month_12__control__free__n=17)),
    ("R-COUNT-NEST", "categories are not all", put(recurrence__month_6__control__count_2__n=3)),
    ("R-COUNT-NEST", "free is not none", put(recurrence__month_6__control__free__n=15)),
    ("R-COUNT-NEST", "fewer events than patients", put(harms__leukopenia__control__events=6)),
    ("R-COUNT-NEST", "any has fewer than one term", put(harms__any__control__n=6)),
    ("R-COUNT-NEST", "any is not the events of the terms", put(harms__any__control__events=21)),
    ("R-COUNT-NEST", "a patient in no grade", grades(mild=2, severe=1)),
    ("R-COUNT-NEST", "fewer events in the classes", classes(12)),
    ("R-ZERO-UPPER", "a limit of other patients", uppers(n=0, upper=9.5)),
    ("R-ZERO-UPPER", "a limit beside an event", uppers(n=1, upper=11.570331)),
    ("R-PERSON-TIME", "a rate of harms of other events", put(harms__any__control__rate=50.0)),
    ("R-PERSON-TIME", "a rate of other person-time", put(recurrence__month_6__control__person_years=16.0)),
    ("R-PERSON-TIME", "person-time beyond the longest follow-up", put(followup__control__person_years=35.0)),
    ("R-GRIM", "a mean that no whole number of events has", put(recurrence__month_6__control__mean=0.55)),
    ("R-MARGINS", "one patient is on neither side", margins(with__n=29)),
    ("R-MARGINS", "the mean of others", margins(without__mean=70.0)),
    ("R-CI-ORDER", "limits the wrong way round", put(adl__month_6__treatment_vs_control__ci_low=20.0)),
    ("R-CI-CONTAINS", "an estimate outside", put(adl__month_6__treatment_vs_control__adjusted__difference=16.2)),
    ("R-CI-CONTAINS", "a ratio outside", put(recurrence__month_12__treatment_vs_control__rate__ratio=0.6)),
    ("R-CI-P", "P as its complement", put(adl__month_6__treatment_vs_control__adjusted__p=0.994)),
    ("R-CI-P", "P below alpha beside an interval with 0", put(adl__baseline__treatment_vs_control__p=0.018)),
    ("R-CI-P", "ranks", put(edss__baseline__treatment_vs_control__ranks__p=0.003)),
    ("R-CI-WIDTH", "a t interval", put(adl__month_6__treatment_vs_control__ci_high=15.9)),
    ("R-CI-WIDTH", "the interval of a mean", put(adl__month_6__control__mean_ci_low=67.3)),
    ("R-CI-WIDTH", "a Wald interval", put(recurrence__month_12__treatment_vs_control__rate__ci_high=0.57)),
    ("R-CI-WIDTH", "Newcombe's interval", put(harms__any__treatment_vs_control__rd_ci_low=-53.0)),
    ("R-CI-WIDTH", "Katz's interval", put(harms__any__treatment_vs_control__rr_ci_high=0.80)),
    ("R-CI-WIDTH", "an exact interval", put(recurrence__month_6__control__rate_ci_high=1.8)),
    ("R-RANGE", "a median above the third quartile", put(baseline__age__control__median=43.5)),
    ("R-RANGE", "a mean above the maximum", put(baseline__age__control__mean=59.6)),
    ("R-RANGE", "an SD that the range forbids", put(baseline__age__control__sd=21.0)),
    ("R-RANGE", "an SD too small for the range", put(baseline__age__control__sd=1.2)),
    ("R-RANGE", "an SD below 0", put(baseline__age__control__sd=-9.5)),
    ("R-P-RANGE", "P above 1", put(harms__serious__treatment_vs_control__fisher_p=1.2)),
    ("R-P-RANGE", "a count with decimals", put(harms__any__control__n=13.5)),
    ("R-DIFF", "a difference of other means", put(adl__month_6__treatment_vs_control__difference=9.0)),
    ("R-DIFF", "a difference turned round", put(harms__any__treatment_vs_control__risk_difference=33.333333333333336)),
    ("R-DIFF", "a change of other pairs", put(adl__change_month_6__control__mean=11.7)),
    ("R-DIFF", "other proportions free", put(recurrence__month_6__treatment_vs_control__free__risk_difference=43.3)),
    ("R-RATIO", "a ratio turned round", put(harms__any__treatment_vs_control__risk_ratio=3.5)),
    ("R-RATIO", "another quotient of rates", put(recurrence__month_6__treatment_vs_control__rate__ratio=0.13)),
    ("R-RATIO", "superiority of other pairs", put(edss__month_6__treatment_vs_control__ranks__superiority=0.67)),
    ("R-SMD", "the sign of a standardised difference", put(baseline__adl__treatment_vs_control__smd=-0.35117644066708265)),
    ("R-SMD", "a standardised difference of proportions", put(baseline__sex__treatment_vs_control__smd=-0.2)),
    ("R-T-STAT", "a t of another difference", put(adl__month_6__treatment_vs_control__statistic=2.0)),
    ("R-T-STAT", "the sign of t", put(adl__month_6__treatment_vs_control__adjusted__statistic=-2.8649199133913967)),
    ("R-T-STAT", "degrees of freedom", put(adl__change_month_6__control__df=29.0)),
    ("R-T-STAT", "chi-square of other counts", put(harms__any__treatment_vs_control__chi_square=6.9)),
    ("R-T-P", "P of another t", put(edss__month_6__treatment_vs_control__adjusted__p=0.0224)),
    ("R-T-P", "P of another z", put(recurrence__month_12__treatment_vs_control__rate__p=0.0125)),
    ("R-T-P", "P of another chi-square", put(harms__any__treatment_vs_control__chi_square_p=0.0484)),
    ("R-T-P", "Fisher's P of other counts", put(harms__any__treatment_vs_control__fisher_p=0.02)),
    ("R-SENSITIVITY-N", "other patients than were analysed", put(sensitivity__adl_stayed__control__n=27)),
    ("R-SENSITIVITY-N", "more patients than the arm has", all_of(
        put(sensitivity__adl_stayed__control__n=31),
        analysis("sensitivity.adl_stayed", n_analysed={"control": 31, "treatment": 30}))),
    ("R-SENSITIVITY-N", "more imputed than analysed", put(sensitivity__adl_imputed__control__filled=33)),
    ("R-SENSITIVITY-POOLED", "t is not the estimate over its error", put(sensitivity__adl_imputed__treatment_vs_control__statistic=2.5)),
    ("R-SENSITIVITY-POOLED", "a fraction above 1", put(sensitivity__edss_imputed__treatment_vs_control__fmi=1.2)),
    ("R-SENSITIVITY-SAME", "imputed, and none imputed", put(sensitivity__adl_imputed__control__filled=0)),
]  # fmt: skip


def rules_of(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def test_clean_results(clean: Results) -> None:
    assert check_results(clean) == []


def test_clean_margins(clean: Results) -> None:
    results = copy.deepcopy(clean)
    margins()(results)
    clusters()(results)
    assert check_results(results) == []


@pytest.mark.parametrize(("rule", "what", "edit"), SEEDED, ids=[f"{rule}: {what}" for rule, what, _ in SEEDED])
def test_a_seeded_violation_is_found_by_its_rule(
    rule: str, what: str, edit: Callable[[Results], None], clean: Results
) -> None:
    results = copy.deepcopy(clean)
    edit(results)
    found = [finding for finding in check_results(results) if finding.rule == rule]
    assert found, what
    for finding in found:
        assert finding.verdict == "inconsistent"
        assert finding.where == "results.json"
        assert finding.name
        assert sum(character.isdigit() for character in finding.why) >= 2  # names the numbers


def test_each_rule_has_a_seeded_violation() -> None:
    """Those of cross-over trials are in tests/writing/test_crossover_written.py."""
    elsewhere = {rule.id for rule in CROSSOVER_RULES}
    assert {rule for rule, _, _ in SEEDED} == {rule.id for rule in RESULT_RULES} - elsewhere


@pytest.mark.parametrize("seed", range(40))
def test_any_value_changed_by_a_tenth_is_silent_or_an_inconsistency_never_an_error(seed: int, clean: Results) -> None:
    chance = random.Random(seed)
    results = copy.deepcopy(clean)
    for name in chance.sample(sorted(results["statistics"]), 8):
        record = results["statistics"][name]
        record["value"] = chance.choice([None, 0, -1, 1e308, "7", True, [], (record["value"] or 0) * 1.1])
    for name in chance.sample(sorted(results["analyses"]), 3):
        results["analyses"][name].update({"n_analysed": {}, "null": None, "ci_level": chance.choice([None, 0.95, 0.9])})
    assert rules_of(check_results(results)) <= {rule.id for rule in RESULT_RULES}


@pytest.mark.parametrize(
    "results", [{}, {"statistics": []}, {"statistics": {"a": 1}, "analyses": None}, {"study": {"arms": {"a": "A"}}}]
)
def test_results_of_another_form_are_not_checked(results: Results) -> None:
    assert check_results(results) == []


def test_a_part_of_the_results_is_no_contradiction(clean: Results) -> None:
    """A finished file's record leaves out the pairs, and the statistics that the paper does not print."""
    for seed in range(30):
        chance = random.Random(seed)
        part = copy.deepcopy(clean)
        del part["pairs"]
        part["statistics"] = {k: v for k, v in part["statistics"].items() if chance.random() < 0.6}
        assert check_results(part) == []


def test_what_differs_by_right_is_no_contradiction(clean: Results) -> None:
    """True exceptions: another method's P, a touching limit, an infinite limit, an adjusted estimate, a dispersion."""
    harms = clean["statistics"]
    # Fisher's P of 0.052 beside Newcombe's interval without 0: two methods
    assert harms["harms.leukopenia.treatment_vs_control.fisher_p"]["value"] > 0.05
    assert harms["harms.leukopenia.treatment_vs_control.rd_ci_high"]["value"] < 0
    # ranks: P of 0.02, and an interval that touches 0
    assert harms["edss.month_6.treatment_vs_control.ranks.shift_ci_high"]["value"] == 0
    results = copy.deepcopy(clean)
    # no upper limit
    limit = results["statistics"]["recurrence.month_6.treatment_vs_control.rate.ci_high"]
    limit.update(value=None, error={"code": "unbounded", "message": "This limit is infinite."})
    results["analyses"]["recurrence.month_6.rate"].update(method="exact", ci_method="exact")
    assert rules_of(check_results(results)) == set()
