"""Binary outcomes and subgroups: from a small study to results, what is refused, and the edges."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.study import load_study

Small = Any

CURED = {
    "label": "Cure", "kind": "binary", "column": "people.cured", "event": ["yes"], "better": "higher",
    "role": "primary", "prespecified": True, "timepoints": ["half"],
}  # fmt: skip


def with_cure(small: Small, cells: str = "ynynyyy.") -> Small:
    """The small study with a column `cured`: y, n, or . where missing."""
    small.study["files"]["people"]["columns"]["cured"] = {
        "type": "category", "levels": {"yes": "Cured", "no": "Not cured"}, "missing_allowed": True,
    }  # fmt: skip
    head, *rows = small.tables["people"].splitlines()
    words = {"y": "yes", "n": "no", ".": ""}
    table = [f"{row},{words[cell]}" for row, cell in zip(rows, cells, strict=True)]
    small.tables["people"] = "\n".join([f"{head},cured", *table]) + "\n"
    small.study["outcomes"]["cure"] = dict(CURED)
    return small


def test_counted_by_hand(small: Small) -> None:
    with_cure(small).study["outcomes"]["cure"]["adjust_for"] = ["age"]
    small.study["subgroups"] = [{"outcome": "cure", "column": "sex", "prespecified": True}]
    r = check(analyse_folder(small.write()))
    at = "cure.half"
    expected = {
        f"{at}.old.n": 2,
        f"{at}.old.of": 4,
        f"{at}.old.percent": 50,
        f"{at}.new.n": 3,
        f"{at}.new.of": 3,
        f"{at}.new.missing": 1,
        f"{at}.total.n": 5,
        f"{at}.total.of": 7,
        f"{at}.total.missing": 1,
        f"{at}.new.percent_ci_high": 100,
        f"{at}.new_vs_old.risk_difference": 50,
        f"{at}.new_vs_old.risk_ratio": 2,
        f"{at}.by_sex.f.old.n": 2,
        f"{at}.by_sex.f.old.of": 3,
        f"{at}.by_sex.m.new.of": 1,
        f"{at}.by_sex.f.new_vs_old.risk_ratio": 1.5,
        "flow.new.analysed_cure_half": 3,
    }
    assert {name: r.value(name) for name in expected} == pytest.approx(expected)
    codes = {
        f"{at}.new_vs_old.relative_reduction": "not_lower",
        f"{at}.new_vs_old.number_needed": "not_different",
        f"{at}.new_vs_old.odds_ratio": "no_events",
        f"{at}.new_vs_old.adjusted.odds_ratio": "separation",
        f"{at}.by_sex.new_vs_old.interaction_p": "separation",
    }
    assert {name: r.statistics[name]["error"]["code"] for name in codes} == codes
    assert r.analyses[f"{at}.adjusted"]["adjusted_for"] == ["age"]
    assert r.analyses[f"{at}.by_sex.interaction"]["label"].startswith("likelihood ratio test of the interaction")
    assert r.analyses[f"{at}.summary"]["n_available"] == {"old": 4, "new": 4}


def test_visits_numbers_and_chi_square(small: Small) -> None:
    small.study["outcomes"]["high"] = {
        **CURED, "column": "visits.edss", "event": [3.5, 5], "timepoints": ["start", "half"], "test": "chi_square",
    }  # fmt: skip
    r = check(analyse_folder(small.write()))
    assert [r.value(f"high.start.{arm}.{part}") for arm in ("old", "new") for part in ("n", "of")] == [1, 4, 1, 3]
    assert [r.value(f"high.half.{arm}.{part}") for arm in ("old", "new") for part in ("n", "of")] == [2, 4, 0, 3]
    assert r.analyses["high.half.test"]["method"] == "chi_square"
    assert r.value("high.half.new_vs_old.chi_square") == pytest.approx(2.1)


def test_number_needed(small: Small) -> None:
    head, *rows = with_cure(small).tables["people"].splitlines()
    many = [re.sub(r"^P", f"Q{i}x", row) for i in range(20) for row in rows[:7]]
    small.tables["people"] = "\n".join([head, *rows, *many]) + "\n"
    r = check(analyse_folder(small.write()))
    difference = [r.value(f"cure.half.new_vs_old.{part}") for part in ("risk_difference", "rd_ci_low", "rd_ci_high")]
    needed = [r.value(f"cure.half.new_vs_old.{part}") for part in ("number_needed", "nn_ci_high", "nn_ci_low")]
    assert difference[1] is not None and difference[1] > 0
    assert needed == pytest.approx([100 / one for one in difference if one])


def test_score_of_the_participants_file(small: Small) -> None:
    small.study["outcomes"]["mass"] = {
        "label": "Weight", "kind": "continuous", "column": "people.weight", "unit": "kg", "better": "lower",
        "role": "secondary", "prespecified": False, "timepoints": ["half"],
    }  # fmt: skip
    r = check(analyse_folder(small.write()))
    assert r.value("mass.half.old.n") == 3
    assert r.value("mass.half.new.mean") == pytest.approx((72.5 + 66 + 59 + 90) / 4)
    assert not any(name.startswith("mass.change") for name in r.statistics)
    assert r.value("flow.old.analysed_mass_half") == 3


def test_months_of_enrolment(small: Small) -> None:
    small.study["dates"].update(enrolment_start="2018-02", enrolment_end="2018-09")
    assert load_study(small.write()).dates.enrolment_end == "2018-09"
    analyse_folder(small.write())
    small.study["dates"]["enrolment_end"] = "2018-08"
    assert small.faults() == [
        "people.csv, line 9, column start, patient P8: 2018-09-01 is after the end of enrolment (2018-08). "
        "Correct the date, or dates in study.yml."
    ]
    small.study["dates"]["enrolment_end"] = "2018-13"
    assert "must be a date (2015-04-01) or a month (2015-04), not 2018-13." in small.faults()[0]


def change(*path: Any) -> Callable[[Small], None]:
    def put(small: Small) -> None:
        part = small.study
        for key in path[:-2]:
            part = part[key]
        part[path[-2]] = path[-1]

    return put


CURE = ("outcomes", "cure")
REFUSED: dict[str, tuple[Callable[[Small], None], str]] = {
    "no event": (lambda small: small.study["outcomes"]["cure"].pop("event"), "does not say what an event is"),
    "unknown level": (change(*CURE, "event", ["yse"]), "yse is not one of the levels. Did you mean yes?"),
    "a number for a level": (change(*CURE, "event", [1]), '1 is a number, but levels are texts. Put it in quotes: "1"'),
    "yes without quotes": (change(*CURE, "event", [True]), "YAML reads yes and no without quotes as true and false"),
    "the arm itself": (
        lambda small: small.study["outcomes"]["cure"].update(column="people.group", event=["N"]),
        "The column people.group says who or when, not what came of it.",
    ),
    "all levels": (change(*CURE, "event", ["yes", "no"]), "Every level counts as the event."),
    "a text for a number": (
        lambda small: small.study["outcomes"]["cure"].update(column="people.age", event=["old"]),
        "old is a text, but the column people.age holds numbers.",
    ),
    "a date": (change(*CURE, "column", "people.start"), "The column people.start is not a category."),
    "two times": (change(*CURE, "timepoints", ["half", "year"]), "one cured for each patient, but the outcome has 2"),
    "a file": (change(*CURE, "file", "attacks"), "A binary outcome has a column, not a file."),
    "adjusted for nothing known": (change(*CURE, "adjust_for", ["aeg"]), "aeg is not one of the columns. Did you mean"),
    "adjusted for a date": (change(*CURE, "adjust_for", ["start"]), "start is neither a number nor a category"),
    "adjusted for the arm": (change(*CURE, "adjust_for", ["group"]), "group is part of the comparison itself"),
    "adjusted for itself": (change(*CURE, "adjust_for", ["cured"]), "cured is part of the comparison itself"),
    "adjusted twice": (change(*CURE, "adjust_for", ["age", "age"]), "age stands twice"),
    "unknown test": (change(*CURE, "test", "fischer"), "fischer is not allowed here. Did you mean fisher?"),
    "event of a score": (change("outcomes", "adl", "event", ["x"]), "A continuous outcome has no event. It is for a b"),
    "score without unit": (lambda small: small.study["outcomes"]["adl"].pop("unit"), "outcomes.adl.unit is missing"),
    "unknown subgroup": (
        change("subgroups", [{"outcome": "cure", "column": "sexx", "prespecified": True}]),
        "sexx is not one of the columns. Did you mean sex?",
    ),
    "unknown outcome": (
        change("subgroups", [{"outcome": "cuer", "column": "sex", "prespecified": True}]),
        "cuer is not one of the outcomes. Did you mean cure?",
    ),
    "subgroup of a score": (
        change("subgroups", [{"outcome": "adl", "column": "sex", "prespecified": True}]),
        "adl is a continuous outcome, which is not compared within subgroups.",
    ),
    "subgroup by a number": (
        change("subgroups", [{"outcome": "cure", "column": "age", "prespecified": True}]),
        "The column age is not a category.",
    ),
    "subgroup by arm": (
        change("subgroups", [{"outcome": "cure", "column": "group", "prespecified": True}]),
        "group tells the arms apart.",
    ),
    "subgroup twice": (
        change("subgroups", [{"outcome": "cure", "column": "sex", "prespecified": True}] * 2),
        "cure by sex stands twice.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(small: Small, name: str) -> None:
    put, sentence = REFUSED[name]
    put(with_cure(small))
    faults = small.faults()
    assert any(sentence in fault for fault in faults), faults
    assert len(faults) <= 2, faults


EXTREME = ["y" * 8, "n" * 8, "." * 8, "yyyynnnn", "....yyyy", "ynyn....", "y......n"]
CELLS = st.lists(st.sampled_from("yn."), min_size=8, max_size=8).map("".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.one_of(CELLS, st.sampled_from(EXTREME)))
def test_any_cells(make_small: Any, tmp_path_factory: pytest.TempPathFactory, cells: str) -> None:
    """Nobody, everybody, nobody known: results that hold together, and no huge number."""
    small = with_cure(make_small(str(tmp_path_factory.mktemp("any") / "study")), cells)
    small.study["outcomes"] = {"cure": {**CURED, "adjust_for": ["age", "sex"]}}
    small.study["baseline"], small.study["subgroups"] = [], []
    for column in ("sex", "stage"):
        small.study["subgroups"].append({"outcome": "cure", "column": column, "prespecified": False})
    r = check(analyse_folder(small.write()))
    for arm, part in (("old", cells[:4]), ("new", cells[4:])):
        assert r.value(f"cure.half.{arm}.n") == part.count("y")
        assert r.value(f"cure.half.{arm}.of") == 4 - part.count(".")
    for name, record in r.statistics.items():
        if name.startswith("cure.") and record["statistic"].endswith("_ratio"):
            assert record["value"] is None or record["value"] < 1e6, name


def test_a_level_that_settles_the_outcome_leaves_the_others(small: Small) -> None:
    """Nobody with stage III is cured: the odds ratio is that of the other patients, and a warning says so."""
    head, *rows = with_cure(small).tables["people"].splitlines()
    made = []
    for i in range(40):
        cells = rows[i % 8].split(",")
        cells[0], cells[1] = f"Q{i}", "ON"[i % 2]
        cells[5] = ("I", "II", "III", "I", "II")[i % 5]
        cells[-1] = "no" if cells[5] == "III" or i % 3 == 0 else "yes" if i % 4 < 3 else "no"
        made.append(",".join(cells))
    small.tables = {"people": "\n".join([head, *made]) + "\n"}
    small.study["files"] = {"people": small.study["files"]["people"]}
    small.study["outcomes"] = {"cure": {**CURED, "adjust_for": ["stage"]}}
    small.study["baseline"] = []
    del small.study["adverse_events"]
    whole = check(analyse_folder(small.write()))
    name = "cure.half.new_vs_old.adjusted.odds_ratio"
    assert "some patients (8)" in whole.analyses["cure.half.adjusted"]["warnings"][0]
    assert "No patient had the event in stage: III." in whole.analyses["cure.half.adjusted"]["warnings"][0]
    small.study["outcomes"]["cure"]["adjusted_by"] = "modified_poisson"
    risks = check(analyse_folder(small.write()))
    assert "some patients (8)" in risks.analyses["cure.half.adjusted"]["warnings"][0]
    assert 0.2 < risks.value("cure.half.new_vs_old.adjusted.risk_ratio") < 5
    small.study["outcomes"]["cure"]["adjusted_by"] = "logistic"
    small.tables["people"] = "\n".join([head, *(row for row in made if ",III," not in row)]) + "\n"
    others = check(analyse_folder(small.write()))
    assert whole.value(name) == pytest.approx(others.value(name), rel=1e-6)
    assert not others.analyses["cure.half.adjusted"]["warnings"]
