"""Papers of recurrent events, chosen methods of binary outcomes and margins of hazards, built and audited."""

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

ATTACKS = {
    "label": "Attacks", "short": "attacks", "kind": "count", "file": "attacks", "unit": "attacks", "better": "lower",
    "role": "primary",
    "prespecified": True, "timepoints": ["day_90"], "adjust_for": ["age"], "recurrent": "andersen_gill",
}  # fmt: skip
SCORE = {"interval": "miettinen_nurminen", "adjust_for": ["age"], "adjusted_by": "modified_poisson"}


def trial(folder: Path, arms: tuple[str, ...], framework: str = "superiority", **more: Any) -> Path:
    """The made-up trial with attacks during the days that each patient was followed, and changed outcomes."""
    outcomes = more.pop("outcomes")
    study = write_trial(folder, arms, keep=tuple(outcomes), **more)
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["design"]["framework"] = framework
    for key, one in outcomes.items():
        content["outcomes"][key] = content["outcomes"].get(key, {}) | one
    content["timepoints"]["day_90"]["window_days"] = 90
    content["files"]["people"]["columns"]["days"]["role"] = "followup"
    content["files"]["attacks"] = {
        "path": "attacks.csv",
        "key": ["patient", "number"],
        "columns": {
            "patient": {"type": "text", "role": "patient"},
            "number": {"type": "integer"},
            "day": {"type": "integer", "role": "day"},
        },
    }
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    chance = random.Random(5)
    with (study / "people.csv").open(encoding="utf-8", newline="") as people:
        rows = [row | {"days": str(max(3, int(row["days"])))} for row in csv.DictReader(people)]  # harms are of day 3
    with (study / "people.csv").open("w", encoding="utf-8", newline="") as people:
        kept = csv.DictWriter(people, rows[0], lineterminator="\n")
        kept.writeheader()
        kept.writerows(rows)
    with (study / "attacks.csv").open("w", encoding="utf-8", newline="") as attacks:
        writer = csv.writer(attacks, lineterminator="\n")
        writer.writerow(["patient", "number", "day"])
        for row in rows:
            rate = (0.05 if row["arm"] == arms[-1] else 0.025) * chance.gammavariate(1.5, 1)
            day = chance.expovariate(rate)
            number = 0
            while day <= int(row["days"]):
                number += 1
                writer.writerow([row["patient"], number, int(day)])
                day += chance.expovariate(rate)
    return study


PAPERS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "three arms": (
        {"arms": ("low", "high", "placebo"), "multiplicity": {"method": "holm"},
         "outcomes": {"attacks": ATTACKS, "infected": SCORE, "readmitted": {}}},
        [
            "In the Andersen–Gill model, the intensity ratio was", "With adjustment for age, the rate ratio was",
            "The ratio of the rates of attacks by 90 days was also adjusted for age by negative binomial regression",
            "The test of all groups (likelihood ratio test in the negative binomial model) gave",
            "With adjustment for age, the risk ratio was", "score test of Miettinen and Nurminen",
            "Risk differences of infection have the score interval of Miettinen and Nurminen",
            "Risk differences of readmission have Newcombe's interval",
            "was adjusted for age by Poisson regression with robust standard errors",
            "Events of a patient on the same day",
        ],
        ["was adjusted for age by logistic regression", "the odds ratio was"],
    ),
    "one method": (
        {"outcomes": {"infected": SCORE, "infection_time": {"stratify_by": ["centre"]}}, "adverse_events": None},
        [
            "within strata of centre of the trial, by the stratified log-rank test and a stratified Cox model, without "
            "and with adjustment for age and sex", "within these strata, the hazard ratio was",
            "risk ratios that of the same method",
        ],
        ["need not agree", "Newcombe", "Fisher", "Andersen"],
    ),
    "hazards": (
        {"framework": "non-inferiority",
         "outcomes": {"infection_time": {"role": "primary", "margin": {"value": 1.3, "scale": "ratio"}}}},
        ["of the hazard ratio by Cox regression for infection was held against the margin of 1.3",
         "was non-inferior, and superior, to", "By the declared margin for the hazard of infection"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_says_by_which_method_and_audits_clean(tmp_path: Path, name: str) -> None:
    keys, said, unsaid = PAPERS[name]
    keys = dict(keys)
    study = trial(tmp_path / "study", keys.pop("arms", ("low", "placebo")), **keys)
    formats = ("pdf", "html", "docx") if name == "three arms" else ("html",)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=formats)
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html").replace("’", "'")
    assert [one for one in said if one not in text] == []
    assert [one for one in unsaid if one in text] == []
