"""Sensitivity analyses of whole studies: beside the main analysis, with missing values filled in, and their faults."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.append(str(Path(__file__).parents[1] / "writing"))
from test_pipeline import check
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.results import Results
from report.audit.rules import check_results


def analysed(folder: Path, entries: dict[str, Any], **more: Any) -> Results:
    """The made-up trial with these sensitivity analyses, none prespecified."""
    listed = {key: {"prespecified": False, **one} for key, one in entries.items()}
    results = check(analyse_folder(write_trial(folder / "trial", sensitivity=listed, **more)))
    assert check_results(results.document) == []
    return results


def parts(results: Results, stem: str, *names: str) -> list[Any]:
    return [results.value(f"{stem}.{name}") for name in names]


RD = ("risk_difference", "rd_ci_low", "rd_ci_high")


def test_another_population_is_the_main_analysis_of_that_population(tmp_path):
    populations = {"all": {"label": "all", "where": None}, "women": {"label": "women", "where": {"sex": ["f"]}}}
    one = {"outcome": "infected", "method": "population", "population": "women"}
    found = analysed(tmp_path, {"women": one}, populations=populations)
    turned = {"women": populations["women"], "all": populations["all"]}
    alone = analyse_folder(write_trial(tmp_path / "alone", populations=turned))
    stem = "infected.day_30.low_vs_placebo"
    assert parts(found, "sensitivity.women.low_vs_placebo", *RD, "p") == parts(alone, stem, *RD, "p")
    assert found.value("sensitivity.women.low.n") == alone.value("infected.day_30.low.of")
    assert found.analyses["sensitivity.women"]["population"] == "women"
    assert found.analyses["sensitivity.women.test"]["method"] == "fisher"
    assert not found.analyses["sensitivity.women"]["prespecified"]


def test_a_changed_model_is_the_analysis_that_the_outcome_would_have(tmp_path):
    entries = {
        "adjusted": {"outcome": "infected", "method": "model", "model": {"adjust_for": ["age", "sex"]}},
        "poisson": {
            "outcome": "infected", "method": "model",
            "model": {"adjust_for": ["age"], "adjusted_by": "modified_poisson"},
        },
        "chi": {"outcome": "infected", "method": "model", "model": {"test": "chi_square"}},
        "ranks": {"outcome": "pressure", "method": "model", "model": {"kind": "skewed"}},
        "cox": {"outcome": "infection_time", "method": "model", "model": {"adjust_for": ["age"]}},
        "strata": {"outcome": "infection_time", "method": "model", "model": {"stratify_by": ["sex"]}},
    }  # fmt: skip
    found = analysed(tmp_path, entries)

    def alone(name: str, **keys: Any) -> Results:
        folder = write_trial(tmp_path / name)
        study = yaml.safe_load((folder / "study.yml").read_text())
        for key, value in keys.items():
            study["outcomes"][key] |= value
        (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False))
        return analyse_folder(folder)

    c, at = "low_vs_placebo", "infected.day_30.low_vs_placebo"
    other = alone("a", infected={"adjust_for": ["age", "sex"]}, pressure={"kind": "skewed"},
                  infection_time={"adjust_for": ["age"], "stratify_by": ["sex"]})  # fmt: skip
    names = ("odds_ratio", "ci_low", "ci_high", "p")
    assert parts(found, f"sensitivity.adjusted.{c}", *names) == parts(other, f"{at}.adjusted", *names)
    names = ("shift", "shift_ci_low", "shift_ci_high", "p")
    ranks = f"pressure.day_30.{c}.ranks"
    assert parts(found, f"sensitivity.ranks.{c}", *names) == parts(other, ranks, *names)
    names = ("hazard_ratio", "ci_low", "ci_high")
    assert parts(found, f"sensitivity.cox.{c}", *names) == parts(other, f"infection_time.{c}.adjusted", *names)
    assert parts(found, f"sensitivity.strata.{c}", *names) == parts(other, f"infection_time.{c}.stratified", *names)
    assert found.value(f"sensitivity.strata.{c}.p") == other.value(f"infection_time.{c}.stratified_logrank.p")
    assert found.statistics[f"sensitivity.poisson.{c}.risk_ratio"]["analysis"] == "sensitivity.poisson"
    assert found.analyses["sensitivity.chi.test"]["method"] == "chi_square"
    assert parts(found, f"sensitivity.chi.{c}", *RD) == parts(found, at, *RD)


def test_worst_and_best_case_of_an_event(tmp_path):
    entries = {key: {"outcome": "readmitted", "method": key} for key in ("worst_case", "best_case")}
    found, c = analysed(tmp_path, entries), "low_vs_placebo"
    n, of, missing = ({g: found.value(f"readmitted.day_30.{g}.{x}") for g in ("low", "placebo")}
                      for x in ("n", "of", "missing"))  # fmt: skip
    assert missing["low"] and missing["placebo"]
    worst = 100 * ((n["low"] + missing["low"]) / 40 - n["placebo"] / 40)
    best = 100 * (n["low"] / 40 - (n["placebo"] + missing["placebo"]) / 40)
    assert found.value(f"sensitivity.worst_case.{c}.risk_difference") == pytest.approx(worst)
    assert found.value(f"sensitivity.best_case.{c}.risk_difference") == pytest.approx(best)
    for key in entries:
        for g in ("low", "placebo"):
            assert found.value(f"sensitivity.{key}.{g}.n") == 40
            assert found.value(f"sensitivity.{key}.{g}.filled") == missing[g] == 40 - of[g]


def test_the_worst_case_of_a_good_event_turns_round(tmp_path):
    folder = write_trial(tmp_path / "trial", keep=("readmitted",), sensitivity={
        "worst": {"outcome": "readmitted", "method": "worst_case", "prespecified": True}})  # fmt: skip
    study = yaml.safe_load((folder / "study.yml").read_text())
    study["outcomes"]["readmitted"]["better"] = "higher"
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False))
    found = analyse_folder(folder)
    n, missing = (found.value(f"readmitted.day_30.{x}") for x in ("low.n", "placebo.missing"))
    worst = 100 * (n / 40 - (found.value("readmitted.day_30.placebo.n") + missing) / 40)
    assert found.value("sensitivity.worst.low_vs_placebo.risk_difference") == pytest.approx(worst)
    assert found.analyses["sensitivity.worst"]["prespecified"]


def test_worst_and_best_case_of_a_time(tmp_path):
    entries = {key: {"outcome": "infection_time", "method": key} for key in ("worst_case", "best_case")}
    found = analysed(tmp_path, entries)
    main = found.value("infection_time.low_vs_placebo.cox.hazard_ratio")
    worst, best = (found.value(f"sensitivity.{key}.low_vs_placebo.hazard_ratio") for key in entries)
    assert best < main < worst
    assert sum(found.value(f"sensitivity.worst_case.{g}.filled") for g in ("low", "placebo")) > 0


def test_imputation_of_an_event(tmp_path):
    one = {"outcome": "readmitted", "method": "multiple_imputation", "seed": 3, "variables": ["age", "sex", "centre"]}
    found, c = analysed(tmp_path, {"mi": one}), "sensitivity.mi.low_vs_placebo"
    low, estimate, high = parts(found, c, "rd_ci_low", "risk_difference", "rd_ci_high")
    assert low < estimate < high and 0 < found.value(f"{c}.fmi") < 0.5
    assert found.value(f"{c}.df") < 78 and found.value("sensitivity.mi.low.n") == 40
    assert found.analyses["sensitivity.mi"]["method"] == "rubin"
    assert found.analyses["sensitivity.mi.imputation"]["adjusted_for"] == ["readmitted.day_30", "age", "sex", "centre"]
    assert found.text() == analyse_folder(tmp_path / "trial").text()
    again = analysed(tmp_path / "other", {"mi": one | {"seed": 4}})
    assert again.value(f"{c}.risk_difference") != estimate
    assert again.value("readmitted.day_30.low.n") == found.value("readmitted.day_30.low.n")


def test_nothing_missing_is_the_main_analysis(tmp_path):
    entries = {
        "mi": {"outcome": "pressure", "method": "multiple_imputation", "seed": 1},
        "event": {"outcome": "infected", "method": "multiple_imputation", "seed": 1},
        "worst": {"outcome": "infected", "method": "worst_case"},
    }
    found, c = analysed(tmp_path, entries), "low_vs_placebo"
    names = ("difference", "ci_low", "ci_high", "p")
    assert parts(found, f"sensitivity.mi.{c}", *names) == parts(found, f"pressure.day_30.{c}", *names)
    for key in ("event", "worst"):
        assert parts(found, f"sensitivity.{key}.{c}", *RD, "p") == parts(found, f"infected.day_30.{c}", *RD, "p")
    assert found.value("sensitivity.mi.low.filled") == 0 and "sensitivity.mi.imputation" not in found.analyses


def test_imputation_of_scores_before_and_after(small):
    small.study["sensitivity"] = {
        "adl": {"outcome": "adl", "method": "multiple_imputation", "seed": 5, "prespecified": False, "variables": []},
        "edss": {"outcome": "edss", "method": "multiple_imputation", "seed": 5, "prespecified": True, "draw": "normal",
                 "imputations": 5},
    }  # fmt: skip
    found = check(analyse_folder(small.write()))
    assert found.value("sensitivity.adl.new.filled") == 1 and found.value("sensitivity.edss.new.filled") == 2
    assert found.value("sensitivity.adl.imputations") == 20 and found.value("sensitivity.edss.imputations") == 5
    assert found.value("sensitivity.edss.new.n") == 4
    assert found.analyses["sensitivity.adl.imputation"]["adjusted_for"] == ["adl.start", "adl.half"]
    assert found.analyses["sensitivity.edss.imputation"]["method"] == "chained_normal"
    assert found.value("sensitivity.adl.new_vs_old.difference") == pytest.approx(
        found.value("adl.half.new_vs_old.adjusted.difference"), abs=15
    )


def test_several_arms_are_compared_each(tmp_path):
    entries = {
        "mi": {"outcome": "readmitted", "method": "multiple_imputation", "seed": 1},
        "best": {"outcome": "readmitted", "method": "best_case"},
    }
    found = analysed(tmp_path, entries, arms=("low", "high", "placebo"))
    for key in entries:
        for arm in ("low", "high"):
            assert found.value(f"sensitivity.{key}.{arm}_vs_placebo.risk_difference") is not None


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ({"outcome": "adll", "method": "worst_case"}, "adll is not one of the outcomes."),
        ({"outcome": "adl", "method": "worst_case"}, "adl is a continuous outcome, for which there is no worst_case."),
        ({"outcome": "attack", "method": "multiple_imputation", "seed": 1},
         "attack is a count, for which there is no multiple_imputation."),
        ({"outcome": "adl", "method": "multiple_imputation"}, "method: multiple_imputation needs the key seed."),
        ({"outcome": "adl", "method": "population"}, "method: population needs the key population."),
        ({"outcome": "adl", "method": "population", "population": "some"}, "some is not one of the populations."),
        ({"outcome": "adl", "method": "population", "population": "all"},
         "all is the population that adl is analysed in anyway."),
        ({"outcome": "adl", "method": "model", "model": {}}, "The model changes nothing."),
        ({"outcome": "adl", "method": "model", "model": {"test": "fisher"}}, "A continuous outcome has no test."),
        ({"outcome": "attack", "method": "model", "model": {"kind": "skewed"}},
         "attack is a count, which cannot be analysed as a skewed outcome."),
        ({"outcome": "adl", "method": "model", "model": {"adjust_for": ["agee"]}}, "agee is not one of the columns."),
        ({"outcome": "adl", "method": "model", "model": {"kind": "skewed"}, "seed": 1},
         "seed belongs to method: multiple_imputation, and the method is model."),
        ({"outcome": "adl", "method": "multiple_imputation", "seed": 1, "variables": ["start"]},
         "The column start is neither a number nor a category."),
        ({"outcome": "adl", "timepoint": "year", "method": "model", "model": {"kind": "skewed"}},
         "adl is not assessed at year."),
        ({"outcome": "adl", "timepoint": "start", "method": "model", "model": {"kind": "skewed"}},
         "This is the time before treatment, at which groups are not compared."),
    ],
)  # fmt: skip
def test_faults(small, one, said):
    small.study["sensitivity"] = {"first": {"prespecified": False, **one}}
    found = small.faults()
    assert len(found) == 1 and said in found[0] and "sensitivity.first" in found[0], found


def test_designs_that_are_not_carried(small):
    small.study["design"]["type"] = "factorial"
    small.study["sensitivity"] = {"first": {"outcome": "adl", "method": "worst_case", "prespecified": False}}
    said = "Sensitivity analyses are made for parallel groups only, and design.type is factorial."
    assert any(said in fault for fault in small.faults())
