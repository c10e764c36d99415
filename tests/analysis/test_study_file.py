"""The study model and its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from analysis import study as model
from analysis.names import level_name, slug, slugs
from analysis.study import Part, Study, load_study

DOCS = Path(__file__).parents[2] / "docs" / "study-file.md"
PARTS = [one for one in vars(model).values() if isinstance(one, type) and issubclass(one, Part) and one is not Part]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_is_described(part: type[Part]) -> None:
    text = DOCS.read_text()
    title = "study.yml" if part is Study else part.__name__
    section = re.split(r"^### ", text.split(f"### {title}\n")[1], flags=re.M)[0]
    for key, field in part.model_fields.items():
        assert field.description, f"{part.__name__}.{key} has no description"
        row = next((line for line in section.splitlines() if line.startswith(f"| `{key}` |")), "")
        assert field.description in row, f"{part.__name__}.{key} is not on the page as the model has it"
        assert ("**yes**" in row) == field.is_required()


def test_nmosd_loads() -> None:
    study = load_study(Path(__file__).parents[2] / "data" / "nmosd")
    assert study.id == "nmosd"
    assert study.contrasts == [("treatment", "control")]
    assert study.participants == "participants"
    with pytest.raises(ValidationError):
        study.title = "another"  # type: ignore[misc]


def test_slugs() -> None:
    assert slug("Adverse reaction (liver)") == "adverse_reaction_liver"
    assert slug("Übelkeit") == "ubelkeit"
    assert re.fullmatch(r"x[0-9a-f]{8}", slug("不良反应"))
    assert slugs(["A b", "a-b", "c"]) == {"A b": "a_b", "a-b": "a_b_2", "c": "c"}


def test_levels_that_differ_in_a_sign_have_names_of_their_own() -> None:
    from report.kinds import name_part

    levels = ["<6m", ">6m", "≤6m", "≥ 6m", "<= 5", ">= 5", "<", "6m", "A_b-2", "é"]
    names = [level_name(level) for level in levels]
    assert names == [name_part(level) for level in levels], "the paper finds what the analysis named"
    assert names[:6] == ["under_6m", "over_6m", "at_most_6m", "at_least_6m", "at_most_5", "at_least_5"]
    assert len(set(names)) == len(names)
