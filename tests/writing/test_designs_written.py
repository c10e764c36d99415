"""Papers of designs: margins, strata, covariates, log scale and families of comparisons, built and audited."""

from __future__ import annotations

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
            "was non-inferior to", "against the margin of 10 percentage points", "(one-sided P",
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
            "Adjusted by Dunnett's method for the number of comparisons", "Adjusted by Holm's method",
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
