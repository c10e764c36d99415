"""The lint over authors' prose: rules, what they exempt, overrules, and the rates that docs/wording.md tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # benchmarks is no installed package

from benchmarks import wording  # noqa: E402
from report.ledger import Block  # noqa: E402
from report.wording.examine import examine  # noqa: E402
from report.wording.generated import overclaims, pieces  # noqa: E402
from report.wording.rules import CLASSES, FACTS, FOLDER, Setting, lists  # noqa: E402
from report.wording.sentences import MASK, sentences  # noqa: E402
from report.wording.study import judge  # noqa: E402

COHORT, TRIAL = Setting("non-randomised"), Setting("randomised", assigned=True, prospective=True)


def told(text: str, setting: Setting = COHORT) -> list[tuple[str, str]]:
    return [(one.class_, one.words) for one in examine(text, setting)]


# ---- the rules -------------------------------------------------------------------------------------------------------


def test_every_list_is_a_class() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == {*CLASSES, "shared", "generated"}


def test_every_rule_tells_its_source_and_what_to_write() -> None:
    known = {"id", "pattern", "within", "designs", "unless", "source", "offer", "cited"}
    for path in (FOLDER / f"{name}.yml" for name in CLASSES):
        assert all(rule.keys() <= known for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]), (
            path.name
        )
    rules = [rule for group in lists().classes for rule in group.rules]
    assert len({rule.id for rule in rules}) == len(rules) > 60
    for rule in rules:
        assert re.search(r"doi:10\.|ICMJE|AMA Manual|Annals", rule.source), rule.id
        assert rule.offer.endswith("."), rule.id
        assert rule.unless in ("", *FACTS), rule.id


def test_every_rule_finds_something() -> None:
    """A rule that no sentence of the sets or of `rule_examples.yaml` needs is dead, or is not tested."""
    used = {one.rule.id for cases in wording.sets().values() for case in cases for one in case.found}
    examples = yaml.safe_load((ROOT / "tests" / "wording" / "rule_examples.yaml").read_text(encoding="utf-8"))
    for rule, text in examples.items():
        assert rule in {one.rule.id for one in examine(text, COHORT)}, (rule, text)
    assert {rule.id for group in lists().classes for rule in group.rules} <= used | examples.keys()


@pytest.mark.parametrize(
    ("text", "fact", "words"),
    [
        ("Patients were assigned to the combination.", "assigned", "Patients were assigned"),
        ("This trial ended early.", "prospective", "This trial"),
        ("There was no difference in pain.", "margin", "no difference"),
        ("There was a trend towards recovery.", "trend_test", "a trend"),
    ],
)
def test_a_fact_of_the_study_lifts_a_rule(text: str, fact: str, words: str) -> None:
    assert words in [found for _, found in told(text)]
    lifted = Setting("non-randomised", **{fact: True})
    assert words not in [found for _, found in told(text, lifted)]


def test_a_cause_may_be_named_in_a_randomised_study_only() -> None:
    text = "The combination reduced the number of relapses, an effect that led to shorter stays."
    assert told(text, TRIAL) == []
    assert [class_ for class_, _ in told(text)] == ["cause", "cause", "cause"]


def test_the_studys_own_treatments_are_treatments() -> None:
    text = "Recovery was explained by thunder tea."
    assert told(text) == []
    named = Setting("non-randomised", treatments=("thunder tea",))
    assert told(text, named) == [("cause", "explained by thunder tea")]


# ---- sentences and exemptions ----------------------------------------------------------------------------------------


def test_sentences_keep_their_places() -> None:
    source = (
        'One, i.e. the first (cf. Fig. 2) et al. end.\nIt\n was "not. ours" {{ n("a.b") }}. [@x2020] Third!\n\nFourth\n'
    )
    found = list(sentences(source))
    assert [one.text for one in found] == [
        "One, i.e. the first (cf. Fig. 2) et al. end.",
        'It was "not. ours" {{ n("a.b") }}.',
        "[@x2020] Third!",
        "Fourth",
    ]
    for one in found:
        assert source[one.start : one.start + len(one.words)].split() == one.text.split()
    assert found[1].words.count(MASK) == len('"not. ours"') + len('{{ n("a.b") }}')
    assert [one.cited for one in found] == [False, False, True, False]


def test_a_finding_names_line_and_words() -> None:
    (found,) = examine("A first line.\n\nIt was seen that the drug was\nwell\ntolerated by all.", TRIAL)
    assert (found.line, found.words, found.class_) == (4, "well tolerated", "safety")
    assert found.sentence == "It was seen that the drug was well tolerated by all."


INNOCENT = {
    "a quotation": "They called it “a safe and effective drug”, and 'an excellent one' as well.",
    "a quoted finding": 'The drug {{ quoted("reduced") }} relapses.',
    "a title in italics": "The book *A safe and effective cure* was read.",
    "a citation": "In another cohort rituximab reduced relapses [@kim2011].",
    "a denial": "These data cannot show that the drug reduced relapses.",
    "an open question": "Whether the drug reduced relapses is not known.",
    "a denial behind": "A reduction caused by treatment cannot be inferred.",
    "a marked limitation": "{# limitation #} The drug reduced relapses only as far as neurologists chose well.",
    "a limitation that is seen": "Confounding by indication may explain that the drug reduced relapses.",
    "studies to come": "Randomised trials of the effect are needed.",
}


@pytest.mark.parametrize("kind", INNOCENT)
def test_what_is_exempt(kind: str) -> None:
    assert told(INNOCENT[kind]) == []


GUILTY = {
    "a citation beside our own claim": ("In our patients the drug reduced relapses, as in others [@kim2011].", "cause"),
    "a denial of something else": ("It was not cheap, but the drug reduced relapses.", "cause"),
    "praise in a cited sentence": ("Excellent results were reported [@kim2011].", "spin"),
    "praise in a limitation": ("{# limitation #} These excellent results come from a single centre.", "spin"),
    "an apostrophe is no quotation": ("The patients' doctors' view was that the drug was safe.", "safety"),
    "across a line's end": ("The drug was well\ntolerated.", "safety"),
    "one word in italics": ("The drug was *safe*.", "safety"),
}


@pytest.mark.parametrize("kind", GUILTY)
def test_what_is_not_exempt(kind: str) -> None:
    text, class_ = GUILTY[kind]
    assert [found for found, _ in told(text)] == [class_]


def test_names_are_no_words() -> None:
    text = "The Safe Effect Scale was used."
    assert told(text) != []
    assert told(text, Setting("non-randomised", names=("Safe Effect Scale",))) == []


# ---- a study and its overrules ---------------------------------------------------------------------------------------

STUDY: dict[str, Any] = {
    "title": "The effect of rest: a cohort study",
    "objective": "To describe rest.",
    "design": {"allocation": "non-randomised", "assigned_by": "routine care", "prospective": False},
    "arms": {"a": {"label": "Rest", "short": "R", "treatment": "rest"}},
    "outcomes": {"pain": {"label": "Pain", "definition": "pain at rest", "instrument": "Safety of Rest Scale"}},
}
PROSE = {"discussion": ("text/d.md", "We used the Safety of Rest Scale.\n\nRest was\nsafe. It was safe at home.")}
LINES = {("title",): 3, ("overrules", 0): 40, ("overrules", 1): 41}


def test_all_findings_are_told_with_file_line_source_and_offer() -> None:
    judged = judge(STUDY, PROSE, LINES)
    assert [(one.where, one.what) for one in judged.remarks] == [
        ("study.yml, line 3, title", "'effect' says more than the study can carry (class cause)."),
        ("text/d.md, line 4", "'safe' says more than the study can carry (class safety)."),
    ]
    assert 'Say "difference" or "association". Source: AMA Manual' in judged.remarks[0].cure
    assert judged.remarks[-1].cure.endswith("(docs/wording.md).") and judged.overruled == ()


def test_an_overrule_keeps_its_reason() -> None:
    overrules = [
        {"text": "discussion", "words": "Rest  was safe", "reason": "It is rest."},
        {"text": "title", "words": "EFFECT of rest", "reason": "A name"},
    ]
    judged = judge(STUDY | {"overrules": overrules}, PROSE, LINES)
    assert judged.remarks == ()
    assert [str(one) for one in judged.overruled] == [
        "study.yml, line 3, title: 'effect' (cause) stands, overruled: A name.",
        "text/d.md, line 4: 'safe' (safety) stands, overruled: It is rest.",
    ]
    assert judged.overruled[1].record() == {
        "text": "discussion",
        "where": "text/d.md, line 4",
        "class": "safety",
        "rule": "safety.safe",
        "words": "safe",
        "sentence": "Rest was safe.",
        "source": judged.overruled[1].finding.rule.source,
        "reason": "It is rest.",
    }


@pytest.mark.parametrize(
    ("overrule", "fault"),
    [
        ({"text": "discusion", "words": "safe"}, "There is no text 'discusion'. Did you mean discussion?"),
        ({"text": "discussion", "words": "unsafe"}, "The words 'unsafe' do not stand in discussion."),
        ({"text": "discussion", "words": "We used"}, "No finding of discussion lies in the words 'We used'."),
        ({"text": "discussion", "words": "saf"}, "The words 'saf' do not stand in discussion."),
    ],
)
def test_an_overrule_of_nothing_is_a_fault(overrule: dict[str, str], fault: str) -> None:
    judged = judge(STUDY | {"overrules": [overrule | {"reason": "A reason."}]}, PROSE, LINES)
    assert f"study.yml, line 40, overrules.1: {fault}" in str(judged.remarks[-1])
    assert len(judged.remarks) == 3 and judged.overruled == ()


def test_what_templates_write_cannot_be_overruled() -> None:
    block = Block("b1", "paragraph", "Discussion", "The effect was seen. It had no effect on sleep [1].")
    assert list(overclaims(block, "randomised", ())) == []
    assert len(list(overclaims(block, "non-randomised", ()))) == 2
    authors = pieces(["It had no effect\non sleep [@x2020]. More."])
    assert [fault[:8] for fault in overclaims(block, "non-randomised", authors)] == ["'effect'"]


# ---- the commands ----------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the NMOSD study to change."""
    folder = tmp_path / "nmosd"
    shutil.copytree(ROOT / "data" / "nmosd", folder)
    return folder


def _write(study: Path, prose: str, overrules: str = "") -> None:
    text = study / "text" / "discussion.md"
    text.write_text(f"{text.read_text(encoding='utf-8')}\n\n{prose}\n", encoding="utf-8")
    yml = study / "study.yml"
    yml.write_text(f"{yml.read_text(encoding='utf-8')}\n{overrules}\n", encoding="utf-8")


def _check(study: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "report", "check", str(study)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_check_tells_words_and_data_together(study: Path) -> None:
    _write(study, "Both drugs were safe.\n\nThe effect of the combination was excellent.")
    rows = (study / "visits.csv").read_text(encoding="utf-8").splitlines()
    (study / "visits.csv").write_text("\n".join([*rows, rows[1]]) + "\n", encoding="utf-8")
    done = _check(study)
    assert done.returncode == 2
    head, *faults = done.stderr.splitlines()
    assert head == "The study has 4 faults:" and faults[0].startswith("- visits.csv")
    places = [re.match(r"- text/discussion.md, line (\d+): '([^']+)'", fault) for fault in faults[1:]]
    assert [found and found.groups() for found in places] == [("8", "safe"), ("10", "effect"), ("10", "excellent")]


def test_check_names_typed_numbers_and_claim_words_of_all_texts_as_build_does(study: Path) -> None:
    _write(study, "Scores were higher\nin 12 patients.")
    (study / "text" / "treatment.md").write_text("Half of them.\n\nThe {{ broken.\n", encoding="utf-8")
    (study / "text" / "introduction.md").write_text("Two drugs.\n", encoding="utf-8")
    done = _check(study)
    assert done.returncode == 2
    assert sorted(fault[2:].split(". ")[0].split(" (")[0] for fault in done.stderr.splitlines()[1:]) == [
        "text/discussion.md, line 8: the claim word 'higher' is typed",
        "text/discussion.md, line 9: the number '12' is typed",
        "text/introduction.md, line 1: the number 'Two' is typed",
        "text/treatment.md, line 3: the template text cannot be read",
    ]


def test_check_prints_what_is_overruled(study: Path) -> None:
    _write(study, "Both were safe.", "overrules: [{text: discussion, words: Both were safe, reason: A test of this}]")
    done = _check(study)
    assert done.returncode == 0, done.stderr
    assert "text/discussion.md, line 8: 'safe' (safety) stands, overruled: A test of this." in done.stdout


def test_build_refuses_findings_and_keeps_overrules(study: Path, tmp_path: Path) -> None:
    """A build is refused for all words at once; overruled ones are printed, in the ledger and in the record."""
    from report.build import build
    from report.errors import ReportError

    _write(study, "The drug was safe, and scores were higher.")
    with pytest.raises(ReportError) as refused:
        build(study, formats=["html"], engine="embedded", out=tmp_path / "out")
    assert [problem.split(": ")[1].split(". ")[0] for problem in refused.value.problems] == [
        "the claim word 'higher' is typed",
        "'safe' says more than the study can carry (class safety)",
    ]
    assert not (tmp_path / "out").exists()
    text = study / "text" / "discussion.md"
    text.write_text(text.read_text(encoding="utf-8").replace(", and scores were higher", ""), encoding="utf-8")
    _write(study, "", "overrules:\n  - {text: discussion, words: The drug was safe, reason: It is 1 of our tests.}")
    built = build(study, formats=["html"], engine="embedded", out=tmp_path / "out")
    assert built.passed
    assert built.overruled == ["text/discussion.md, line 8: 'safe' (safety) stands, overruled: It is 1 of our tests."]
    page = (tmp_path / "out" / "paper.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="everynumber-record">(.*?)</script>', page, re.DOTALL)
    assert found
    (kept,) = json.loads(found.group(1))["ledger"]["overrules"]
    assert (kept["rule"], kept["reason"]) == ("safety.safe", "It is 1 of our tests.")


@pytest.mark.parametrize("name", ["nmosd", "indomethacin", "smoking_cessation", "streptomycin"])
def test_the_examples_say_nothing_that_they_cannot_carry(name: str) -> None:
    from analysis.study import load_study
    from report.compose import prose_files

    loaded = load_study(ROOT / "data" / name)
    plain = loaded.model_dump(mode="json")
    judged = judge(plain, prose_files(plain, ROOT / "data" / name), loaded.lines)
    assert judged.remarks == () and judged.overruled == ()
    assert loaded.lines[("title",)] > 0


# ---- the evaluation --------------------------------------------------------------------------------------------------


def test_the_sets_hold_what_the_evaluation_needs() -> None:
    sets = wording.sets()
    assert {"held_out", "tuning"} <= sets.keys()
    cases = [case for of in sets.values() for case in of]
    assert sum(not case.innocent for case in cases) >= 200 and sum(case.innocent for case in cases) >= 200
    texts = [case.text for case in cases]
    assert len(set(texts)) == len(texts)
    for name in ("held_out", "tuning"):
        for class_ in CLASSES:
            assert sum(case.class_ == class_ and not case.innocent for case in sets[name]) >= 12
            assert sum(case.class_ == class_ and case.innocent for case in sets[name]) >= 12


def test_the_page_tells_the_rates_that_are() -> None:
    text = wording.PAGE.read_text(encoding="utf-8")
    assert wording.page(text) == text, "run python benchmarks/wording.py --write"


def test_the_tuning_set_is_told_as_it_should_be() -> None:
    cases = wording.sets()["tuning"]
    assert [case.text for case in cases if case.innocent == bool(case.found)] == []
