"""Papers whose scores are compared by a mixed model of repeated measures, built and audited."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from test_build import words_of
from trial_study import write_trial

from report.build import build

TIMES = {"week_2": 0.5, "week_6": 1.5, "week_12": 2.8}
NUMBER = {"type": "number", "missing_allowed": True}


def visited(
    folder: Path, arms: tuple[str, ...], value: Callable[[random.Random, float, int], float], **pain: Any
) -> Path:
    """The made-up trial with a score of pain before treatment and at three visits, some of which were missed."""
    study = write_trial(folder, arms, keep=("infected",))
    chance = random.Random(3)
    with (study / "people.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    for one in people:
        own = chance.gauss(0, 8)
        one["pain_0"] = f"{55 + own + chance.gauss(0, 6):.0f}"
        for i, time in enumerate(TIMES, 1):
            better = 0 if one["arm"] == arms[-1] else 5 * i
            one[time] = "" if chance.random() < 0.06 * i else f"{value(chance, 52 - 2 * i + own - better, i):.0f}"
    with (study / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, people[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(people)
    content = yaml.safe_load((study / "study.yml").read_text(encoding="utf-8"))
    content["timepoints"] |= {
        time: {"label": time.replace("week_", "") + " weeks", "month": month} for time, month in TIMES.items()
    }
    content["timepoints"] = dict(sorted(content["timepoints"].items(), key=lambda item: item[1]["month"]))
    first = next(iter(content["timepoints"]))
    content["files"]["visits"] = {
        "path": "people.csv", "key": ["patient", "timepoint"],
        "wide": {"pain": {first: "pain_0"} | {time: time for time in TIMES}},
        "columns": {"patient": {"type": "text", "role": "patient"}, "pain": NUMBER},
    }  # fmt: skip
    content["outcomes"] = {
        "pain": {
            "label": "Intensity of pain", "short": "pain", "kind": "continuous", "column": "visits.pain", "unit": "mm",
            "better": "lower", "role": "primary", "prespecified": True, "timepoints": [first, *TIMES],
            "repeated": "unstructured", **pain,
        },
        **content["outcomes"],
    }  # fmt: skip
    (study / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


def spread(chance: random.Random, mean: float, visit: int) -> float:
    return mean + chance.gauss(0, 4 + visit)


def test_an_unstructured_model_is_the_main_comparison_in_three_formats(tmp_path: Path) -> None:
    study = visited(tmp_path / "trial", ("low", "high", "placebo"), spread, adjust_for=["age", "sex"])
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("pdf", "html", "docx"))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    for words in (
        "a mixed model for repeated measures with an unstructured covariance", "missing at random",
        "Satterthwaite's degrees of freedom", "the value before treatment, age and sex",
        "The least-squares mean pain at 12 weeks was lower", "12 weeks, least-squares mean",
        "The mixed model of pain used", "By the values at this time alone",
    ):  # fmt: skip
        assert words in text, words
    for words in ("analysis of covariance", "compound symmetry", "Without adjustment"):
        assert words not in text, words


def test_a_random_intercept_is_named_so_and_its_edge_is_told(tmp_path: Path) -> None:
    last = [50.0]

    def opposite(chance: random.Random, mean: float, visit: int) -> float:
        last[0] = chance.gauss(50, 8) if visit == 1 else 100 - last[0] + chance.gauss(0, 3)
        return last[0]

    study = visited(tmp_path / "trial", ("low", "placebo"), opposite, repeated="random_intercept")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert "a linear mixed model with a random intercept of the patient" in text and "(compound symmetry)" in text
    assert "unstructured" not in text
    assert "The variance between patients was estimated as zero" in text


def test_a_model_that_cannot_be_fitted_is_told_with_its_reason(tmp_path: Path) -> None:
    study = visited(tmp_path / "trial", ("low", "placebo"), lambda chance, mean, visit: 40 + visit)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert "could not be estimated (the observations do not vary" in text
    assert "The mixed model of pain used" not in text and "analysis of covariance" not in text
