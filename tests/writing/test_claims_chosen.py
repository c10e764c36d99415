"""The words that conclusions choose: every combination of result, standing and design; and rules over whole papers."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report import vocabulary
from report.build import compose_paper
from report.claims import Claims
from report.compose import Paper
from report.emit import Emitter
from report.errors import ReportError
from report.styles import load_style

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # benchmarks is no installed package

from benchmarks import claims  # noqa: E402
from benchmarks.claims import KINDS, Combination, Sentences, sentences_of  # noqa: E402

STUDIES = ("nmosd", "indomethacin", "smoking_cessation", "streptomycin")
WORDS = {"higher": "lower", "longer": "shorter", "increased": "reduced"}
OPPOSITES = WORDS | {low: high for high, low in WORDS.items()} | {
    one.words: other.words for one, other in zip(vocabulary.SIZES, reversed(vocabulary.SIZES), strict=True)
}  # fmt: skip
CAUSAL = re.compile(r"\b(?:increased|reduced|effects?)\b")


@pytest.fixture(scope="module")
def written() -> dict[Combination, Sentences]:
    """All combinations of a binary outcome, and all kinds of the main ones."""
    every = list(claims.combinations())
    every += [one for one in claims.combinations(tuple(KINDS)) if one.role == "primary" and one.prespecified]
    return {one: sentences_of(one) for one in every}


def test_every_combination_has_sentences(written: dict[Combination, Sentences]) -> None:
    assert len({(c.design, c.role, c.prespecified, c.better, c.state) for c in written}) == 3 * 3 * 2 * 2 * 6
    for one, made in written.items():
        for text in (made.conclusion, made.opening):
            assert text.strip().endswith(".") and "  " not in text.strip() and "None" not in text, (one, text)
            assert not re.search(r"[{}]|\.\.|,,| [.,;)]|\( ", text), (one, text)
            assert all(part[0].isupper() for part in re.split(r"(?<=\.) (?=\D)", text.strip())), (one, text)


def test_effects_are_claimed_of_planned_main_outcomes_of_randomised_studies_only(
    written: dict[Combination, Sentences],
) -> None:
    for one, made in written.items():
        may = (
            one.design == "randomised"
            and one.role == "primary"
            and one.prespecified
            and one.state in ("above", "below")
        )
        assert bool(CAUSAL.search(made.conclusion)) == may, (one, made.conclusion)
        assert ("was associated" in made.conclusion) == (one.design != "randomised" and one.state in ("above", "below"))


def test_no_direction_is_told_where_the_result_is_open(written: dict[Combination, Sentences]) -> None:
    for one, made in written.items():
        told = " ".join(e.text for e in made.entries if e.kind == "claim" and not e.text.endswith("are better"))
        found = [word for word in OPPOSITES if word in told]
        assert bool(found) == (one.state in ("above", "below")), (one, made.conclusion)
        if one.state == "unclear":
            assert "includes no difference" in made.conclusion and "do not settle the direction" in made.conclusion
        if one.state.startswith("disputed"):
            assert "excludes no difference, but the test does not" in made.conclusion
        if one.state == "not estimable":
            assert "could not be estimated (there were no events)" in made.conclusion


def test_what_was_not_prespecified_is_called_so(written: dict[Combination, Sentences]) -> None:
    for one, made in written.items():
        for text in (made.conclusion, made.opening):
            assert ("not prespecified" in text and "exploratory" in text) or one.prespecified, (one, text)
            assert "not prespecified" not in text or not one.prespecified, (one, text)


def test_the_opening_does_not_repeat_the_conclusion(written: dict[Combination, Sentences]) -> None:
    for one, made in written.items():
        first = set(re.split(r"(?<=\.) ", made.conclusion.strip()))
        assert not first & set(re.split(r"(?<=\.) ", made.opening.strip())), one


def test_arms_turned_round_turn_each_claim_round_and_nothing_else(written: dict[Combination, Sentences]) -> None:
    pattern = re.compile("|".join(sorted(map(re.escape, OPPOSITES), key=len, reverse=True)))
    for one, made in written.items():
        other = written[one.turned()]
        turned = pattern.sub(lambda found: OPPOSITES[found.group()], made.conclusion)
        assert turned == other.conclusion, one
        mine = [e.text for e in made.entries if e.kind == "claim" and not e.text.endswith("are better")]
        theirs = [e.text for e in other.entries if e.kind == "claim" and not e.text.endswith("are better")]
        assert [OPPOSITES.get(text, text) for text in mine] == theirs, one


def test_routine_care_and_investigators_conclude_alike(written: dict[Combination, Sentences]) -> None:
    for one, made in written.items():
        if one.design == "treatment by routine care":
            assert written[replace(one, design="treatment by investigators")].conclusion == made.conclusion


def test_the_page_shows_what_the_program_writes() -> None:
    text = claims.PAGE.read_text(encoding="utf-8")
    assert claims.page(text) == text, "run python benchmarks/claims.py --write"


# ---- the closed set --------------------------------------------------------------------------------------------------


def claims_on(value: float, low: float, high: float, p: float) -> Claims:
    """Claims on a risk ratio and a percentage of the same value."""
    numbers = {"x.risk_ratio": value, "x.rr_ci_low": low, "x.rr_ci_high": high, "x.p": p, "x.percent": value}
    statistics = {n: {"value": v, "statistic": n.rpartition(".")[2], "analysis": "x"} for n, v in numbers.items()}
    statistics["design.alpha"] = {"value": 0.05, "statistic": "alpha", "analysis": None}
    results = {"statistics": statistics, "analyses": {"x": {"null": 1.0, "alpha": 0.05}}}
    return Claims(Emitter(results, {}, load_style("icmje")))


def words(made: Claims, said: object) -> str:
    return "" if said is None else list(made.emit.entries.values())[-1].text


@pytest.mark.parametrize(
    ("value", "low", "high", "p", "said"),
    [
        (0.45, 0.3, 0.8, 0.01, "about half as high"), (0.55, 0.3, 0.8, 0.01, "about half as high"),
        (0.551, 0.3, 0.8, 0.01, ""), (0.449, 0.3, 0.8, 0.01, ""), (1 / 0.55, 1.2, 3, 0.01, "about twice as high"),
        (2.0, 1.2, 3.0, 0.01, "about twice as high"), (2.0, 0.9, 3.0, 0.01, ""), (2.0, 1.2, 3.0, 0.06, ""),
        (0.5, 0.2, 1.0, 0.01, ""), (3.0, 1.2, 4.0, 0.01, "about three times as high"),
    ],
)  # fmt: skip
def test_sizes_at_the_ends_of_their_intervals(value: float, low: float, high: float, p: float, said: str) -> None:
    made = claims_on(value, low, high, p)
    assert words(made, made.size("x.risk_ratio", "x.p", "rr_ci")) == said


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        (18.0, "about one in five"),
        (22.0, "about one in five"),
        (17.9, ""),
        (22.1, ""),
        (9.2, "about one in ten"),
        (0.0, ""),
    ],
)
def test_shares_at_the_ends_of_their_intervals(percent: float, said: str) -> None:
    made = claims_on(percent, 1.0, 1.0, 1.0)
    assert words(made, made.share("x.percent")) == said


def test_sizes_and_shares_do_not_overlap_and_turn_round() -> None:
    for ranks in (vocabulary.SIZES, vocabulary.SHARES):
        assert all(a.high < b.low for a, b in pairwise(ranks))
    for one, other in zip(vocabulary.SIZES, reversed(vocabulary.SIZES), strict=True):
        assert one.low * other.high == pytest.approx(1) and one.high * other.low == pytest.approx(1)


def test_words_outside_the_set_are_refused() -> None:
    made = claims_on(2.0, 1.2, 3.0, 0.01)
    with pytest.raises(ReportError, match="not among the claims of report/vocabulary"):
        made.direction("x.risk_ratio", "much higher", "much lower", "rr_ci")
    with pytest.raises(ReportError, match="'shows no effect', which is not among"):
        made.unclear("x.risk_ratio", "shows no effect", "rr_ci")


# ---- rules over whole papers -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers() -> dict[str, Paper]:
    return {
        name: compose_paper(
            load_study(ROOT / "data" / name), analyse_folder(ROOT / "data" / name).text().encode(), None
        )
        for name in STUDIES
    }


def said_in(paper: Paper, section: str) -> str:
    return "\n".join(b.text for b in paper.ledger.blocks if b.section.startswith(section) and b.kind == "paragraph")


@pytest.mark.parametrize("name", STUDIES)
def test_claims_of_a_paper_are_of_the_closed_set(papers: dict[str, Paper], name: str) -> None:
    known = {word for phrase in vocabulary.PHRASES for pair in phrase.words for word in pair}
    known |= {one.words for one in (*vocabulary.SIZES, *vocabulary.SHARES)}
    free = [e for e in papers[name].ledger.entries.values() if e.kind == "claim" and e.text not in known]
    assert [e.text for e in free if not e.predicate or e.predicate["op"] != "is"] == []


@pytest.mark.parametrize("name", STUDIES)
def test_the_conclusion_of_the_abstract_stands_in_the_body(papers: dict[str, Paper], name: str) -> None:
    abstract = said_in(papers[name], "Abstract").rpartition("Conclusion. ")[2]
    assert len(abstract) > 80
    assert abstract.partition("\n")[0].strip() in said_in(papers[name], "Discussion > Conclusion")


@pytest.mark.parametrize("name", STUDIES)
def test_the_conclusion_compares_groups_and_no_group_with_itself(papers: dict[str, Paper], name: str) -> None:
    """Every direction of conclusion and opening is of a comparison of two groups."""
    paper = papers[name]
    blocks = [b for b in paper.ledger.blocks if b.section.startswith("Discussion") and b.kind == "paragraph"]
    chosen = [blocks[0], *(b for b in blocks if b.section == "Discussion > Conclusion")]
    claimed = [
        paper.ledger.entries[i] for b in chosen for i, _, _ in b.spans if paper.ledger.entries[i].kind == "claim"
    ]
    used = set(re.findall(r'"(?:of|low|high)": "([^"]+)"', json.dumps([e.predicate for e in claimed])))
    assert used and not [n for n in used if "_vs_" not in n and not n.endswith(".percent")]


@pytest.mark.parametrize("name", STUDIES)
def test_the_abstract_tells_harms_where_the_study_has_them(papers: dict[str, Paper], name: str) -> None:
    study = load_study(ROOT / "data" / name).model_dump(mode="json")
    if study["adverse_events"] is None:
        return
    results, _, conclusion = said_in(papers[name], "Abstract").rpartition("Conclusion. ")
    noun = study["adverse_events"]["noun"]
    assert noun in results.lower() and noun in conclusion


@pytest.mark.parametrize("name", STUDIES)
def test_what_a_study_did_not_plan_is_called_so(papers: dict[str, Paper], name: str) -> None:
    study = load_study(ROOT / "data" / name).model_dump(mode="json")
    unplanned = any(not one["prespecified"] for one in study["outcomes"].values())
    for section in ("Abstract", "Discussion > Conclusion"):
        assert ("not prespecified and" in said_in(papers[name], section)) == unplanned


@pytest.mark.parametrize("name", STUDIES)
def test_comparisons_without_adjustment_are_disclosed(papers: dict[str, Paper], name: str) -> None:
    methods, limits = said_in(papers[name], "Methods"), said_in(papers[name], "Discussion > Limitations")
    assert "adjusted for the number of comparisons" in methods
    assert "compared without adjustment for multiplicity" in limits


# ---- a whole paper with its arms turned round ------------------------------------------------------------------------

TURNED = ("nmosd", "smoking_cessation", "streptomycin")
_PAIR = re.compile(r"was (higher|lower|longer|shorter) in the (.+?) group than in the (.+?) group")


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Paper, Paper]]:
    """The papers without their authors' prose, which names statistics: as they are, and with the other arm as the
    reference."""
    made = {}
    for name in TURNED:
        folder = tmp_path_factory.mktemp("turned") / name
        shutil.copytree(ROOT / "data" / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        study = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8")) | {"text": {}, "overrules": []}
        pair = []
        for reference in (study["reference_arm"], *(arm for arm in study["arms"] if arm != study["reference_arm"])):
            changed = yaml.safe_dump(study | {"reference_arm": reference}, allow_unicode=True, sort_keys=False)
            (folder / "study.yml").write_text(changed, encoding="utf-8")
            pair.append(compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None))
        made[name] = (pair[0], pair[1])
    return made


def compared(paper: Paper) -> Counter[tuple[str, str]]:
    """The claims of a paper on statistics, each with the names of what it is of, whichever arm is the reference."""
    found: Counter[tuple[str, str]] = Counter()
    for entry in paper.ledger.entries.values():
        predicate = json.dumps(entry.predicate)
        if entry.kind == "claim" and ('"of"' in predicate or '"low"' in predicate):
            names = sorted(set(re.findall(r'"(?:of|low|high)": "([^"]+)"', predicate)))
            found[entry.text, " ".join(re.sub(r"\w+_vs_\w+", "VS", name) for name in names)] += 1
    return found


@pytest.mark.parametrize("name", TURNED)
def test_a_paper_turned_round_turns_each_claim_round(both_ways: dict[str, tuple[Paper, Paper]], name: str) -> None:
    mine, theirs = map(compared, both_ways[name])
    turn = OPPOSITES | {"treat": "harm", "harm": "treat"}  # the number needed to treat, or to harm
    expected: Counter[tuple[str, str]] = Counter()
    for (text, of), times in mine.items():
        expected[turn.get(text, text) if "VS" in of else text, of] += times
    for told in (expected, theirs):  # a relative reduction is told of one direction only
        for key in [key for key in told if key[0] in ("reduction", "increase")]:
            del told[key]
    assert mine.total() > 10 and expected == theirs


@pytest.mark.parametrize("name", TURNED)
def test_a_paper_turned_round_keeps_its_sense(both_ways: dict[str, tuple[Paper, Paper]], name: str) -> None:
    """'lower in the A group than in the B group' becomes 'higher in the B group than in the A group'."""
    mine, theirs = (
        [found for b in paper.ledger.blocks if b.kind == "paragraph" for found in _PAIR.findall(b.text)]
        for paper in both_ways[name]
    )
    assert mine and Counter((OPPOSITES[word], other, one) for word, one, other in mine) == Counter(theirs)
