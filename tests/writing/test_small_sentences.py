"""Small things of sentences that a first reader stumbled over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from conftest import text_of
from test_wording import paper_of
from trial_study import write_trial

from analysis.guess import guess_column
from report.context import joined


def test_lists_whose_parts_have_commas_are_parted_by_semicolons() -> None:
    assert joined(["age", "sepsis"], apart=True) == "age and sepsis"
    assert joined(["age", "sepsis, or shock"], apart=True) == "age; and sepsis, or shock"
    assert joined(["a, b", "c"]) == "a, b and c"


def test_a_paper_of_a_trial_without_roles_and_exact_tests(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "trial", keep=("infected", "grade"))
    file = study / "study.yml"
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["objective"] = "To compare two doses"
    content["eligibility"] = {"inclusion": ["Age above the limit", "Fever, chills or both"], "exclusion": []}
    content["adverse_events"] = None
    content["authors"] = [one | {"roles": []} for one in content["authors"]]
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    paper = paper_of(study, infected={"test": "chi_square"})
    text = text_of(paper)
    assert "To compare two doses." in text
    assert "with age above the limit; and fever, chills or both." in text
    assert "Author contributions" not in text + paper.body
    assert "P values and the intervals printed with them come from different" in text and "Exact" not in text
    assert "lowest first: no symptoms, mild symptoms, severe symptoms and death" in text and "was graded" not in text


def test_cells_become_labels_of_words() -> None:
    found = guess_column("group", ["dilute_sulfuric_acid", "cider"] * 3)
    assert found.levels == {"cider": "Cider", "dilute_sulfuric_acid": "Dilute sulfuric acid"}


def test_a_unit_is_singular_where_one_is_printed(results: dict[str, Any], write: Any) -> None:
    stem = "harms.any.treatment_vs_control"
    said = {}
    for value in (-1.2, -2.0):
        results["statistics"][f"{stem}.risk_difference"]["value"] = value
        name = f'"{stem}.risk_difference"'
        source = "Measured here {{ n(NAME) }} {{ unit_of(NAME, 'percentage points') }} ends.".replace("NAME", name)
        text = text_of(write(results, discussion=source)).replace("\u00a0", " ")
        said[value] = text.split("Measured here ")[1].split(" ends.")[0]
    assert said == {-1.2: "−1 percentage point", -2.0: "−2 percentage points"}
