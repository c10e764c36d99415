"""Other data and other designs in the NMOSD study's clothes: each builds, says what is so, and audits clean."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_build import words_of

from report.build import FORMATS, build

Rows = list[list[str]]


def change(path: Path, edit: Callable[[Rows], Rows]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(edit(rows))


def arms(study: Path) -> dict[str, str]:
    with (study / "participants.csv").open(encoding="utf-8", newline="") as file:
        return {row["patient_id"]: row["arm"] for row in csv.DictReader(file)}


def no_recurrence(study: Path) -> None:
    change(study / "relapses.csv", lambda rows: rows[:1])


def no_adverse_event(study: Path) -> None:
    change(study / "adverse_events.csv", lambda rows: rows[:1])


def recurrences_in_one_arm(study: Path) -> None:
    arm = arms(study)
    change(study / "relapses.csv", lambda rows: rows[:1] + [r for r in rows[1:] if arm[r[0]] == "AZA"])


def one_arm_not_measured(study: Path) -> None:
    arm = arms(study)

    def edit(rows: Rows) -> Rows:
        at = rows[0].index("adl")
        lost = [r for r in rows[1:] if r[1] == "month_6" and arm[r[0]] == "AZA"]
        for row in lost:
            row[at] = ""
        return rows

    change(study / "visits.csv", edit)


def constant_scores(study: Path) -> None:
    def edit(rows: Rows) -> Rows:
        at = rows[0].index("adl")
        return [rows[0], *([*r[:at], "50", *r[at + 1 :]] for r in rows[1:])]

    change(study / "visits.csv", edit)


def arms_exchanged(study: Path) -> None:
    other = {"AZA": "AZA+MMF", "AZA+MMF": "AZA"}
    change(study / "participants.csv", lambda rows: rows[:1] + [[r[0], other[r[1]], *r[2:]] for r in rows[1:]])


def yml(study: Path, edit: Callable[[str], str]) -> None:
    path = study / "study.yml"
    before = path.read_text(encoding="utf-8")
    after = edit(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def without_harms(study: Path) -> None:
    yml(study, lambda t: t[: t.index("adverse_events:\n  file:")] + t[t.index("constants:") :])


def without_counts(study: Path) -> None:
    yml(study, lambda t: t[: t.index("  recurrence:\n")] + "\n" + t[t.index("adverse_events:\n  file:") :])


def with_three_arms(study: Path) -> None:
    yml(
        study,
        lambda t: t.replace("AZA+MMF: treatment}", "AZA+MMF: treatment, RTX: third}").replace(
            "reference_arm: control",
            "  third: {label: Rituximab, short: RTX, treatment: rituximab}\nreference_arm: control",
        ),
    )
    text = (study / "study.yml").read_text(encoding="utf-8")
    (study / "study.yml").write_text(re.sub(r"\n\n+(  third:)", r"\n\1", text), encoding="utf-8")
    change(
        study / "participants.csv",
        lambda rows: rows[:1] + [[r[0], "RTX", *r[2:]] if k % 4 == 0 else r for k, r in enumerate(rows[1:])],
    )


def randomised(study: Path) -> None:
    def edit(text: str) -> str:
        text = text.replace("allocation: non-randomised ", "allocation: randomised ")
        text = text.replace("assigned_by: routine care ", "assigned_by: randomisation ")
        return text.replace(": a non-randomised comparative cohort study", ": a randomised trial")

    yml(study, edit)


def screened_patients_known(study: Path) -> None:
    known = "excluded: [{reason: declined | odd, n: 10}, {reason: pregnant, n: 5}] "
    yml(
        study,
        lambda t: t.replace("eligible_identified: null", "eligible_identified: 75").replace("excluded: [] ", known),
    )


def a_scale_with_a_number_in_its_name(study: Path) -> None:
    yml(study, lambda t: t.replace("short: ADL\n", "short: SF-36\n"))


def without_ranges(study: Path) -> None:
    yml(study, lambda t: re.sub(r"(    unit: points\n)    range: \[0, \d+\]\n", r"\1", t))


def no_score_varies(study: Path) -> None:
    def edit(rows: Rows) -> Rows:
        places = [rows[0].index(name) for name in ("adl", "edss")]
        return [rows[0], *(["5" if at in places else cell for at, cell in enumerate(r)] for r in rows[1:])]

    change(study / "visits.csv", edit)


CASES: list[tuple[Callable[[Path], None], str]] = [
    (no_recurrence, "The ratio of the rate of recurrences in the AZA + MMF group to that in the AZA group could not be estimated"),  # noqa: E501
    (no_adverse_event, "No adverse reaction was recorded in any group"),
    (recurrences_in_one_arm, "the exact conditional rate ratio, because a group had no events"),
    (one_arm_not_measured, "Nothing can be said of the mean ADL at 6 months, which could not be estimated"),
    (constant_scores, "could not be estimated"),
    (no_score_varies, "Nothing can be said of the mean ADL at 6 months and the mean EDSS at 6 months, which could not be estimated (the baseline values do not vary, so there is nothing to adjust for)."),  # noqa: E501
    (arms_exchanged, "The baseline-adjusted mean ADL at 6 months was lower in the AZA + MMF group"),
    (without_harms, "a lower rate of recurrences by 12 months"),
    (without_counts, "a lower recorded incidence of adverse reactions"),
    (with_three_arms, "treated with rituximab"),
    (randomised, "In this randomised trial"),
    (without_ranges, "The baseline-adjusted mean ADL at 6 months was higher"),
    (a_scale_with_a_number_in_its_name, "The baseline-adjusted mean SF-36 at 6 months was higher"),
    (screened_patients_known, "Seventy-five patients were assessed for eligibility."),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), CASES, ids=[edit.__name__ for edit, _ in CASES])
def test_a_variant_builds_says_so_and_audits_clean(
    study_copy: Path, tmp_path: Path, edit: Callable[[Path], None], said: str
) -> None:
    edit(study_copy)
    formats = FORMATS if edit is with_three_arms else ("html",)
    made = build(study_copy, engine="embedded", out=tmp_path / "out", formats=formats)
    assert made.passed, made.audit
    assert said in words_of(made.out / "paper.html").replace("’", "'")
