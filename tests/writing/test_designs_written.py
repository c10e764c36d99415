"""Papers of designs: margins, strata, covariates, log scale and families of comparisons, built and audited."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_build import words_of
from trial_study import write_trial

from report.build import build


def designed(
    folder: Path, arms: tuple[str, ...] = ("low", "placebo"), framework: str = "superiority", **more: Any
) -> Path:
    """The made-up trial with keys of its outcomes changed: `outcome={key: value}`."""
    keys = more.pop("outcomes")
    study = write_trial(folder, arms, keep=tuple(keys), **more)
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["design"]["framework"] = framework
    for key, one in keys.items():
        content["outcomes"][key] |= one
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


INFECTED = {"margin": {"value": 10}, "stratify_by": ["sex", "centre"]}
HIGHER = {"better": "higher", "margin": {"value": 0.5, "scale": "ratio"}}
PRESSURE = {"role": "primary", "scale": "log", "margin": {"value": 1.3, "scale": "ratio"}, "adjust_for": ["age", "sex"]}
PAPERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "non-inferior": (
        {"framework": "non-inferiority", "outcomes": {"infected": INFECTED}},
        [
            "was non-inferior, and superior, to", "against the margin of 10 percentage points", "(one-sided P",
            "Within strata of sex and centre of the trial, the common risk difference was", "Cochran–Mantel–Haenszel",
        ],
    ),
    "not shown": (
        {"framework": "non-inferiority", "outcomes": {"infected": HIGHER}},
        ["non-inferiority was not shown for", "against the margin of 0.5"],
    ),
    "equivalence": (
        {"framework": "equivalence", "outcomes": {"pressure": PRESSURE}},
        ["was equivalent to", "The ratio of geometric means", "the margins of 0.769 and 1.3", "adjusted for age and sex"],  # noqa: E501
    ),
    "several arms": (
        {"arms": ("low", "high", "placebo"), "multiplicity": {"method": "dunnett"},
         "outcomes": {"pressure": {}, "infected": {}, "grade": {}, "infection_time": {"stratify_by": ["sex"]}}},
        [
            "P values are by Dunnett's method for the number of comparisons", "P values are by Holm's method",
            "The test of all groups (Kruskal–Wallis test) gave", "stratified log-rank test gave",
            "only where this is said",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "said"), PAPERS.values(), ids=PAPERS)
def test_a_design_builds_says_so_and_audits_clean(tmp_path: Path, keys: dict[str, Any], said: list[str]) -> None:
    study = designed(tmp_path / "trial", **keys)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html", "docx"))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    for words in said:
        assert words in text, words


@pytest.mark.parametrize("arms", [("low", "placebo"), ("low", "high", "both", "placebo")], ids=["two", "four"])
def test_skewed_measurements_are_told_by_medians_and_ranks(tmp_path: Path, arms: tuple[str, ...]) -> None:
    study = designed(tmp_path / "trial", arms, outcomes={"infected": {}})
    with (study / "people.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    chance = random.Random(5)
    for one in people:
        factor = 3 if one["arm"] == arms[-1] else 1
        one["stay"] = str(1 + int(chance.lognormvariate(1, 0.8) * factor))
        one["crp_before"] = f"{chance.lognormvariate(3, 1):.1f}"
        one["crp_after"] = "" if chance.random() < 0.05 else f"{chance.lognormvariate(2, 1) * factor:.1f}"
    with (study / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, people[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(people)
    content = yaml.safe_load((study / "study.yml").read_text(encoding="utf-8"))
    number = {"type": "number", "missing_allowed": True}
    content["files"]["people"]["columns"]["stay"] = number
    content["files"]["visits"] = {
        "path": "people.csv", "key": ["patient", "timepoint"],
        "wide": {"crp": {"start": "crp_before", "day_30": "crp_after"}},
        "columns": {"patient": {"type": "text", "role": "patient"}, "crp": number},
    }  # fmt: skip
    common = {"kind": "skewed", "better": "lower", "prespecified": True}
    content["outcomes"] |= {
        "stay": {**common, "label": "Length of stay", "column": "people.stay", "unit": "days", "role": "primary",
                 "timepoints": ["day_30"], "scale": "log"},
        "crp": {**common, "label": "C-reactive protein", "short": "CRP", "column": "visits.crp", "unit": "mg/L",
                "role": "secondary", "timepoints": ["start", "day_30"]},
    }  # fmt: skip
    content["baseline"].append({"outcome": "crp", "summary": "median"})
    (study / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html", "docx"))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    for words in (
        "The median was", "Hodges–Lehmann shift", "compared by the Mann–Whitney test", "The ratio of geometric means",
        "Wilcoxon signed-rank test", "reduced the length of stay",
    ):  # fmt: skip
        assert words in text, words
    assert "mean length of stay" not in text and "mean CRP" not in text
    assert ("Kruskal–Wallis test" in text) == (len(arms) > 2)
