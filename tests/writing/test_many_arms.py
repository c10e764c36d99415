"""Papers of three to six arms: comparisons stand under their own groups, and no table lies across the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trial_study
import yaml
from conftest import text_of
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.build import FORMATS, build, compose_paper
from report.compose import Paper

SIX = trial_study.ARMS | {
    "twice": ("Twice daily", "10 mg of sample drug twice a day"),
    "exercise": ("Exercise", "supervised exercise"),
}
ORDER = ("low", "high", "both", "twice", "exercise", "placebo")


def arms_of(count: int) -> tuple[str, ...]:
    return (*ORDER[: count - 1], "placebo")


def many(folder: Path, count: int, method: str = "holm", framework: str = "superiority") -> Path:
    """A trial with strata, a log scale and a family of comparisons."""
    study = write_trial(folder, arms_of(count), multiplicity={"method": method if count > 2 else "none"})
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["design"]["framework"] = framework
    content["outcomes"]["infected"]["stratify_by"] = ["centre"]
    content["outcomes"]["infection_time"]["stratify_by"] = ["centre"]
    content["outcomes"]["pressure"]["scale"] = "log"
    if framework != "superiority":
        content["outcomes"]["infected"]["margin"] = {"value": 10}
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


@pytest.fixture(autouse=True)
def six_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_study, "ARMS", SIX)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Paper, dict[str, Any]]]:
    made: dict[tuple[object, ...], tuple[Paper, dict[str, Any]]] = {}

    def paper(*key: Any) -> tuple[Paper, dict[str, Any]]:
        if key not in made:
            folder = many(tmp_path_factory.mktemp("many") / "study", *key)
            text = analyse_folder(folder).text()
            made[key] = compose_paper(load_study(folder), text.encode(), None), json.loads(text)
        return made[key]

    return paper


def rows_of(paper: Paper, table: str) -> dict[int, dict[int, str]]:
    rows: dict[int, dict[int, str]] = {}
    for block in paper.ledger.blocks:
        if block.table == table and block.kind == "cell" and block.row and block.column:
            rows.setdefault(block.row, {})[block.column] = block.text.replace("\u00a0", " ")
    return rows


def row(paper: Paper, table: str, label: str) -> list[str]:
    """The cells of the first row with that label."""
    found = next(cells for cells in rows_of(paper, table).values() if cells.get(1) == label)
    return [found[k] for k in sorted(found)]


def entries(paper: Paper, table: str) -> set[str]:
    wanted = {i for b in paper.ledger.blocks if b.table == table for i, _, _ in b.spans}
    return {paper.ledger.entries[i].name for i in wanted}


def test_six_arms_build_and_audit_in_all_formats(tmp_path: Path) -> None:
    made = build(many(tmp_path / "study", 6), engine="embedded", out=tmp_path / "out", formats=FORMATS)
    assert made.passed, made.audit


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_no_table_lies_on_its_side(papers: Callable[..., tuple[Paper, Any]], count: int) -> None:
    body = papers(count)[0].body
    assert body.count(' wide="no"') >= 8
    assert ' wide="yes"' not in body


@pytest.mark.parametrize("count", [4, 6])
def test_each_comparison_stands_under_its_own_group(papers: Callable[..., tuple[Paper, Any]], count: int) -> None:
    paper, results = papers(count)
    heads = rows_of(paper, "table-binary")[1]
    label = "Risk difference (95% CI)" if count == 4 else "Risk difference"
    cells = row(paper, "table-binary", label)
    assert cells[-1] == "reference" and len(cells) == count + 1
    for k, arm in enumerate(arms_of(count)[:-1], 2):
        assert heads[k].startswith(SIX[arm][0])
        value = results["statistics"][f"infected.day_30.{arm}_vs_placebo.risk_difference"]["value"]
        assert abs(float(cells[k - 1].split(" (")[0].replace("−", "-")) - value) <= 0.5


def test_intervals_take_a_row_of_their_own_where_groups_are_many(papers: Callable[..., tuple[Paper, Any]]) -> None:
    labels = [cells.get(1) for cells in rows_of(papers(6)[0], "table-binary").values()]
    assert labels[labels.index("Risk ratio") : labels.index("Risk ratio") + 3] == ["Risk ratio", "95% CI", "P"]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("table-binary", ["infected.day_30.C.multiplicity.p", "infected.day_30.C.stratified.odds_ratio",
                          "infected.day_30.C.stratified.p", "infected.day_30.C.adjusted.odds_ratio"]),
        ("table-graded", ["grade.day_30.C.multiplicity.p", "grade.day_30.C.odds.odds_ratio"]),
        ("table-survival", ["infection_time.C.multiplicity.p", "infection_time.C.stratified_logrank.p",
                            "infection_time.C.stratified.hazard_ratio", "infection_time.C.adjusted.hazard_ratio"]),
        ("table-outcomes", ["pressure.day_30.C.multiplicity.difference", "pressure.day_30.C.multiplicity.ci_low",
                            "pressure.day_30.C.multiplicity.p", "pressure.day_30.C.geometric.ratio"]),
        ("table-harms", ["harms.any.C.risk_difference", "harms.rash.C.risk_ratio"]),
        ("table-baseline", ["baseline.age.C.smd"]),
    ],
)  # fmt: skip
def test_families_strata_and_adjusted_comparisons_are_rows(
    papers: Callable[..., tuple[Paper, Any]], table: str, names: list[str]
) -> None:
    found = entries(papers(5, "dunnett")[0], table)
    for name in names:
        for arm in arms_of(5)[:-1]:
            assert name.replace(".C.", f".{arm}_vs_placebo.") in found, name


def test_two_arms_have_strata_in_rows_too(papers: Callable[..., tuple[Paper, Any]]) -> None:
    paper, _ = papers(2)
    assert len(row(paper, "table-binary", "Within strata of centre of the trial")) == 4
    assert "infection_time.low_vs_placebo.stratified.hazard_ratio" in entries(paper, "table-survival")


@pytest.mark.parametrize(("count", "framework"), [(2, "non-inferiority"), (5, "non-inferiority"), (2, "equivalence")])
def test_margins_have_a_table_with_the_verdict_as_a_claim(
    papers: Callable[..., tuple[Paper, Any]], count: int, framework: str
) -> None:
    paper, results = papers(count, "holm", framework)
    rows = [cells for cells in rows_of(paper, "table-margins").values() if len(cells) == 5][1:]
    assert [cells[1] for cells in rows] == [f"{SIX[a][0]} compared with Placebo" for a in arms_of(count)[:-1]]
    for arm, cells in zip(arms_of(count)[:-1], rows, strict=True):
        at = f"infected.day_30.{arm}_vs_placebo.score"
        low, high = (results["statistics"][f"{at}.rd_ci_{end}"]["value"] for end in ("low", "high"))
        held = high < 10 and (framework == "non-inferiority" or low > -10)
        right = "non-inferior" if framework == "non-inferiority" else "equivalent"
        assert cells[5] == (right if held else "not shown")
        assert cells[3] == ("10" if framework == "non-inferiority" else "−10 and 10")
    highs = [results["statistics"][f"infected.day_30.{arm}_vs_placebo.score.rd_ci_high"] for arm in arms_of(count)[:-1]]
    better = sum(one["value"] < 0 for one in highs) if framework == "non-inferiority" else 0
    results_text = text_of(paper, "Results > Infection and readmission")
    assert results_text.count("was non-inferior, and superior, to the placebo group") == better
    told = {i for b in paper.ledger.blocks if b.table == "table-margins" for i, _, _ in b.spans}
    claims = [
        paper.ledger.entries[i]
        for i in told
        if paper.ledger.entries[i].text in ("non-inferior", "not shown", "equivalent")
    ]
    assert len(claims) >= count - 1 and all(c.kind == "claim" and c.predicate for c in claims if c.predicate)


def test_of_many_groups_the_text_tells_the_main_comparisons_only(papers: Callable[..., tuple[Paper, Any]]) -> None:
    paper, _ = papers(6)
    text = text_of(paper, "Results > Infection and readmission")
    assert text.count("risk ratio 0.") + text.count("risk ratio 1.") == 10
    assert "number needed" not in text and "With adjustment for" not in text
    assert "The table also gives the comparisons adjusted for age and within strata of centre of the trial." in text
    conclusion = text_of(paper, "Discussion > Conclusion")
    assert "infection" in conclusion and "severity" not in conclusion
