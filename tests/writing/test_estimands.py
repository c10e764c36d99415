"""The estimand of each primary outcome in the methods: each kind, each strategy, each design; faults; who owes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster_study import write_cluster_trial
from crossover_study import write_crossover
from factorial_study import write_factorial
from trial_study import write_trial

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report import build as work
from report.audit import audit_files, to_json
from report.checklist.states import Facts, debts
from report.compose import Paper

EVERY = [
    {"event": "Death", "strategy": "composite"},
    {"event": "rescue, of any kind", "strategy": "hypothetical", "how": "Pain had no rescue been at hand."},
    {"event": "stopping the drug", "strategy": "treatment policy"},
    {"event": "a move", "strategy": "while on treatment"},
    {"event": "vomiting", "strategy": "principal stratum", "how": "patients who would keep either drug down"},
]
STATED: dict[str, Any] = {"prespecified": True, "intercurrent": EVERY[2:3]}
STOPPED = (
    " The intercurrent event considered was stopping the drug (treatment policy strategy: the outcome counted whether "
    "or not it occurred)."
)
MADE = "The population comprised patients who met the criteria of eligibility. The treatment conditions were "
LOW = f"{MADE}assignment to 10 mg of sample drug and assignment to placebo. "


def changed(folder: Path, outcomes: dict[str, dict[str, Any]], **top: Any) -> Path:
    """The study in ``folder`` with only these outcomes, their keys changed; the rest as given."""
    file = folder / "study.yml"
    study = yaml.safe_load(file.read_text(encoding="utf-8"))
    study["outcomes"] = {key: study["outcomes"][key] | one for key, one in outcomes.items()}
    study["subgroups"] = []
    study["baseline"] = [row for row in study["baseline"] if row.get("outcome", key_of(outcomes)) in outcomes]
    for key, one in top.items():
        study[key] = study[key] | one if isinstance(one, dict) else one
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def key_of(outcomes: dict[str, dict[str, Any]]) -> str:
    return next(iter(outcomes))


def composed(folder: Path) -> Paper:
    return work.compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None)


def told(paper: Paper) -> list[str]:
    """The paragraphs under the heading of estimands, as they are read."""
    blocks = [b for b in paper.ledger.blocks if b.kind in ("heading", "paragraph")]
    at = next((i for i, b in enumerate(blocks) if re.fullmatch("Estimands?", b.text)), len(blocks))
    found = []
    for block in blocks[at + 1 :]:
        if block.kind == "heading":
            break
        assert [item[0] for item in block.items] == ["14"], "the checklist finds it"
        found.append(block.text.replace("\u00a0", " "))
    return found


def primary(**more: Any) -> dict[str, Any]:
    return {"role": "primary", "estimand": STATED} | more


KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "binary": ("infected", {}, "The variable was infection within 30 days. The population-level summary measure was "
               "the risk difference (low dose minus placebo)."),
    "graded": ("grade", {}, "The variable was severity of symptoms within 30 days. The population-level summary "
               "measure was the common odds ratio (low dose over placebo)."),
    "time to event": ("infection_time", {"origin": "the operation"}, "The variable was time to infection from the "
                      "operation, up to 90 days. The population-level summary measure was the hazard ratio (low dose "
                      "over placebo)."),
    "continuous": ("pressure", {}, "The variable was systolic blood pressure within 30 days. The population-level "
                   "summary measure was the difference in means (low dose minus placebo)."),
    "adjusted": ("pressure", {"adjust_for": ["age"]}, "The variable was systolic blood pressure within 30 days. The "
                 "population-level summary measure was the adjusted difference in means (low dose minus placebo)."),
    "skewed": ("pressure", {"kind": "skewed"}, "The variable was systolic blood pressure within 30 days. The "
               "population-level summary measure was the Hodges–Lehmann shift (low dose minus placebo)."),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_with_its_measure(kind: str, tmp_path: Path) -> None:
    key, keys, said = KINDS[kind]
    study = changed(write_trial(tmp_path / "trial"), {key: primary(**keys)})
    opening = re.match(r"The estimand of the primary outcome, [a-z ]+, was stated before the data were seen\. ",
                       paragraph := told(composed(study))[0])  # fmt: skip
    assert opening
    assert paragraph.removeprefix(opening.group()) == LOW + said + STOPPED


def test_outcomes_with_one_estimand_stand_together_and_others_apart(tmp_path: Path) -> None:
    other = {"prespecified": False, "intercurrent": [], "population": "Adults after an operation",
             "treatments": "the low dose, and no drug"}  # fmt: skip
    outcomes = {key: primary() for key in ("infected", "grade")} | {"pressure": primary(estimand=other)}
    both, alone = told(composed(changed(write_trial(tmp_path / "trial"), outcomes)))
    assert both == (
        "The estimands of infection and severity of symptoms, primary outcomes, were stated before the data were seen. "
        f"{LOW}The variables were infection within 30 days and severity of symptoms within 30 days. The "
        "population-level summary measures were the risk difference (low dose minus placebo) for infection and the "
        f"common odds ratio (low dose over placebo) for severity of symptoms.{STOPPED}"
    )
    assert alone == (
        "The estimand of systolic blood pressure, a primary outcome, was stated after the data were available. The "
        "population comprised adults after an operation. The treatment conditions were the low dose, and no drug. The "
        "variable was systolic blood pressure within 30 days. The population-level summary measure was the difference "
        "in means (low dose minus placebo). No intercurrent event was considered, and no strategy for such events was "
        "specified."
    )


def test_what_is_not_stated_is_said_and_without_primary_outcomes_nothing_is(tmp_path: Path) -> None:
    eligibility = {"summary": "an operation", "inclusion": ["an operation on the bowel"]}
    few = {"populations": {"some": {"label": "Patients below 60", "where": "age < 60"}}, "eligibility": eligibility}
    study = changed(write_trial(tmp_path / "trial", **few), {"infected": {}})
    (said,) = told(composed(study))
    assert said.startswith(
        "The estimand of the primary outcome, infection, is described by what its analysis estimates. The population "
        "comprised patients with an operation, restricted to patients below 60. "
    )
    assert said.endswith(" Strategies for intercurrent events were not stated.")
    assert told(composed(changed(study, {"infected": {"role": "secondary"}}))) == []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, work.Built]:
    folder = tmp_path_factory.mktemp("estimand")
    estimand = {"prespecified": False, "intercurrent": EVERY}
    study = changed(write_trial(folder / "trial"), {"infected": primary(estimand=estimand)})
    return study, work.build(study, out=folder / "out", engine="embedded")


def test_every_strategy_is_told_and_audited(built: tuple[Path, work.Built]) -> None:
    assert built[1].passed, [found for file in built[1].audit["files"] for found in file["findings"]]
    assert len(built[1].audit["files"]) == 3
    assert told(composed(built[0]))[0].endswith(
        "The intercurrent events considered were death (composite strategy: its occurrence was part of the outcome); "
        "rescue, of any kind (hypothetical strategy: pain had no rescue been at hand); stopping the drug (treatment "
        "policy strategy: the outcome counted whether or not it occurred); a move (while on treatment strategy: the "
        "outcome counted up to its occurrence); and vomiting (principal stratum strategy: patients who would keep "
        "either drug down)."
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">after the data were available<", ">before the data were seen<"),
        (">composite<", ">hypothetical<"),
    ],
)
def test_a_changed_standing_or_strategy_is_found(old: str, new: str, built: tuple[Path, work.Built]) -> None:
    study, paper = built
    page = paper.files["html"]
    source = page.read_text(encoding="utf-8")
    assert source.count(old) == 1
    other = page.with_name("changed.html")
    other.write_text(source.replace(old, new), encoding="utf-8")
    verdict = to_json(audit_files([other], results=page.parent / "results.json", study=study,
                                  ledger=page.parent / "ledger.json"))  # fmt: skip
    assert verdict["verdict"] == "fail"


def test_a_comparison_that_was_not_randomised(write: Callable[..., Paper], results: dict[str, Any]) -> None:
    (said,) = told(write(results))
    assert (
        "treatment with azathioprine plus mycophenolate mofetil and treatment with azathioprine, as received in "
        in said
    )
    assert "the baseline-adjusted difference in means (AZA + MMF minus AZA), a measure of association." in said
    assert not re.search("effect|assign|random", said)


def test_counts(write: Callable[..., Paper], results: dict[str, Any], declared: dict[str, Any]) -> None:
    outcomes = {key: one | {"role": "secondary", "estimand": None} for key, one in declared["outcomes"].items()}
    outcomes["recurrence"] |= {"role": "primary"}
    (said,) = told(write(results, study={"outcomes": outcomes}))
    assert (
        "The variable was the number of recurrences by 12 months. The population-level summary measure was the rate"
        in said
    )
    assert "rate ratio (AZA + MMF over AZA), a measure of association." in said


def test_designs(tmp_path: Path) -> None:
    cases = [
        (changed(write_factorial(tmp_path / "factorial"), {"infected": primary()}),
         f"{MADE}assignment to aspirin or to placebo and assignment to supervised exercise or to no supervised "
         "exercise. The variable was infection within 30 days. The population-level summary measure was the risk "
         "difference (with each treatment minus without it)."),
        (changed(write_crossover(tmp_path / "crossover"), {"pain": primary(), "relief": primary()}),
         "in the same patients. The variables were pain intensity in each period and relief of pain in each period. "
         "The population-level summary measures were the mean difference within patients"),
        (changed(write_cluster_trial(tmp_path / "cluster"), {"fear": primary()}),
         "The variable was fear at 6 months. The population-level summary measure was the adjusted difference in "
         "means"),
        (changed(write_trial(tmp_path / "many", ("low", "high", "placebo")), {"infected": primary()}),
         f"{MADE}assignment to 10 mg of sample drug, assignment to 20 mg of sample drug and assignment to placebo. The "
         "variable was infection within 30 days. The population-level summary measure was the risk difference (each "
         "other group minus placebo)."),
        (changed(write_trial(tmp_path / "margin"),
                 {"infected": primary(margin={"value": 1.5, "scale": "ratio"})},
                 design={"framework": "non-inferiority"}),
         "The population-level summary measure was the risk ratio (low dose over placebo)."),
    ]  # fmt: skip
    for study, said in cases:
        assert said in told(composed(study))[0], study.name


def faults(study: Path) -> list[str]:
    with pytest.raises(StudyError) as raised:
        load_study(study)
    return [re.sub(r"^study\.yml, line \d+, ", "", str(fault)) for fault in raised.value.faults]


def test_faults_are_told_all_at_once(tmp_path: Path) -> None:
    unclear = [{"event": "Death", "strategy": "hypothetical"}, {"event": "death ", "strategy": "composite"}]
    wrong = primary(role="secondary", prespecified=False, estimand={"prespecified": True, "intercurrent": unclear})
    at = "outcomes.infected.estimand"
    assert faults(changed(write_trial(tmp_path / "trial"), {"infected": wrong})) == [
        f"{at}: This outcome is secondary, and estimands are stated for primary outcomes only. Remove it, or write "
        "role: primary.",
        f"{at}.prespecified: The estimand is said to be prespecified, and its outcome not. Correct one of the two.",
        f"{at}.intercurrent.1: The hypothetical strategy is not clear without an explanation. Add how: a clause that "
        "tells what would have been the case had it not occurred.",
        f"{at}.intercurrent.2.event: death  stands twice. Keep one of the two.",
    ]
    typed = {"prespecifed": True, "intercurrent": [{"event": "death", "strategy": "treatment-policy"}]}
    said = faults(changed(write_trial(tmp_path / "typed"), {"infected": primary(estimand=typed)}))
    assert any("prespecifed" in one and "prespecified" in one for one in said), said
    assert any("treatment-policy" in one and "treatment policy" in one for one in said), said


def test_a_randomised_trial_owes_the_strategies_of_a_prespecified_primary_outcome(tmp_path: Path) -> None:
    study = load_study(changed(write_trial(tmp_path / "trial"), {"infected": {}, "grade": {}}))
    facts = Facts(study.model_dump(mode="json"))
    key = "outcomes.infected.estimand.intercurrent"

    def owed(**keys: Any) -> tuple[str, ...]:
        design = facts.study["design"] | {k: v for k, v in keys.items() if k in facts.study["design"]}
        outcome = facts.study["outcomes"]["infected"] | {k: v for k, v in keys.items() if k not in design}
        outcomes = facts.study["outcomes"] | {"infected": outcome}
        made = replace(facts, study={**facts.study, "design": design, "outcomes": outcomes})
        return next((state.keys for of, state in debts(made) if (of, state.item.id) == ("consort", "14")), ())

    assert owed() == (key,)
    assert owed(estimand={"prespecified": True, "intercurrent": None}) == (key,)
    assert owed(estimand={"prespecified": True, "intercurrent": []}) == ()
    assert owed(role="secondary") == ()
    assert owed(prespecified=False) == ()
    assert owed(allocation="non-randomised", assigned_by="routine care") == ()


def test_words_that_the_design_cannot_carry_are_found_in_an_estimand() -> None:
    from report.wording.study import judge

    study = load_study(Path(__file__).resolve().parents[2] / "data" / "nmosd").model_dump(mode="json")
    assert not judge(study, {}).remarks
    study["outcomes"]["adl"]["estimand"]["intercurrent"][0]["how"] = "the effect of the randomised treatment counted"
    study["outcomes"]["adl"]["estimand"]["population"] = "patients who were randomised"
    where = " ".join(remark.where for remark in judge(study, {}).remarks)
    assert "outcomes.adl.estimand.population" in where
    assert "outcomes.adl.estimand.intercurrent.0.how" in where
