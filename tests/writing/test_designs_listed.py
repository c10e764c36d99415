"""The lists of multi-arm and of non-inferiority trials over a paper of that design: what answers them, and what is
missed when it is taken out."""

from __future__ import annotations

import pytest
import yaml
from trial_study import write_trial

from report import build as work
from report.checklist.states import NOT_APPLICABLE, NOT_DONE, OWED, REPORTED, Checklist, Facts, fill, places_of
from report.compose import Paper

Made = tuple[Paper, Facts]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    from analysis.pipeline import analyse_folder
    from analysis.study import load_study

    folder = write_trial(
        tmp_path_factory.mktemp("listed") / "study",
        ("low", "high", "placebo"),
        each=30,
        keep=["infected"],
        title="Sample drug in two doses: a randomised non-inferiority trial",
        reporting={
            "framework_rationale": "The drug is cheaper, so that it need not be better.",
            "reference_trials": {"not_reported": "How the patients compare with those of earlier trials is not known."},
        },
    )
    file = folder / "study.yml"
    study = yaml.safe_load(file.read_text(encoding="utf-8"))
    study["design"]["framework"] = "non-inferiority"
    study["outcomes"]["infected"] |= {"role": "primary", "margin": {"value": 10}}
    study["multiplicity"] = {"method": "holm"}
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    loaded = load_study(folder)
    return work.compose_paper(loaded, analyse_folder(folder).text().encode(), None), work.facts_of(loaded)


def listed(made: Made, key: str, without: frozenset[str] = frozenset()) -> Checklist:
    paper, facts = made
    places = places_of(vars(block) for block in paper.ledger.blocks if block.id not in without)
    return next(one for one in fill(facts, places) if one.guideline == key)


@pytest.mark.parametrize(("key", "owed"), [("multiarm", {"M4"}), ("noninferiority", {"7a"}), ("abstract", set())])
def test_what_answers_the_items_and_what_is_missed_without_it(made: Made, key: str, owed: set[str]) -> None:
    states = listed(made, key).states
    open_ = {one.item.id for one in states if one.state == OWED}
    assert open_ <= owed | {"M9", "22", "12", "14"}  # what the study of the test leaves out
    answered = [one for one in states if one.state in (REPORTED, NOT_DONE)]
    assert len(answered) >= len(states) - len(open_) - 1
    for one in answered:
        gone = frozenset(place.block for place in one.places)
        after = next(other for other in listed(made, key, gone).states if other.item.id == one.item.id)
        assert after.state in (OWED, NOT_APPLICABLE), one.item.id


def test_the_words_answer_their_items(made: Made) -> None:
    said = {
        one.item.id: " ".join(place.sentences for place in one.places)
        for key in ("multiarm", "noninferiority")
        for one in listed(made, key).states
    }
    assert "The trial had three groups." in said["M3"]
    assert "Each other group was compared with the placebo group." in said["M2"]
    assert "non-inferiority trial" in said["1a"]
    assert said["2a"] == "The drug is cheaper, so that it need not be better."
    assert "the interval decides" in said["2b"]
    assert said["4a"] == said["5"] == said["6a"]
    assert "margin" in said["17a"]
