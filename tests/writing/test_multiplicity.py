"""Comparisons are counted and the count printed; a declared adjustment decides what the paper may say; what was not
prespecified is called so."""

from __future__ import annotations

import csv
import json
import re
from math import log
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
import yaml
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.audit import audit_files, to_json
from report.build import build, compose_paper
from report.compose import Paper

ARMS = ("low", "high", "placebo")
EACH = 40
KEPT = ("infected", "grade", "infection_time", "pressure")
DIFFERENCE = re.compile(r"\b(?:higher|lower|longer|shorter|increased|reduced|increase|reduction|superior)\b")


def borderline(folder: Path, method: str, **outcomes: dict[str, Any]) -> Path:
    """Three arms; each active one differs from placebo with P below 0.05 alone, and not when it is adjusted."""
    write_trial(folder, ARMS, EACH, multiplicity={"method": method}, keep=KEPT)
    file = folder / "people.csv"
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    for number, row in enumerate(rows):
        i, worse = number % EACH, row["arm"] == "placebo"
        share = (i + 0.5) / EACH
        row["infected"] = "yes" if i < (20 if worse else 10) else "no"
        cuts = (10, 24, 34) if worse else (19, 31, 37)
        row["grade"] = ("none", "mild", "severe", "dead")[sum(i >= cut for cut in cuts)]
        row["days"] = str(min(120, max(1, round(-(26 if worse else 42) * log(1 - share)))))
        row["seen"] = "yes" if row["days"] != "120" else "no"
        row["pressure"] = f"{(127.8 if worse else 122) + 12 * NormalDist().inv_cdf((i * 7 % EACH + 0.5) / EACH):.2f}"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    study = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    study["subgroups"] = []
    for key, more in outcomes.items():
        study["outcomes"][key] |= more
    del study["outcomes"]["infected"]["adjust_for"]
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def text_of(paper: Paper) -> str:
    return "\n".join(b.text.replace("\u00a0", " ") for b in paper.ledger.blocks if b.kind == "paragraph")


def claims_of_difference(paper: Paper) -> list[str]:
    """Words of difference that are claims, outside what study.yml says is better."""
    told = [e for e in paper.ledger.entries.values() if e.kind == "claim" and DIFFERENCE.search(e.text)]
    return [e.text for e in told if "better" not in e.text]


@pytest.mark.parametrize("method", ["none", "holm", "dunnett"])
def test_a_declared_adjustment_decides_what_is_called_a_difference(tmp_path: Path, method: str) -> None:
    folder = borderline(tmp_path / "study", method)
    results = analyse_folder(folder)
    for name, found in results.document["statistics"].items():
        plain = name in {f"infected.day_30.{arm}_vs_placebo.p" for arm in ("low", "high")}
        assert not plain or found["value"] < 0.05, name
        assert not name.endswith(".multiplicity.p") or found["value"] > 0.05, name
    paper = compose_paper(load_study(folder), results.text().encode(), None)
    assert bool(claims_of_difference(paper)) == (method == "none")
    text = text_of(paper)
    assert ("multiplicity-adjusted P = 0.07" in text) == (method != "none")
    assert ("simultaneous 95% CI" in text) == (method == "dunnett")
    printed = {e.name for e in paper.ledger.entries.values()}
    if method != "none":
        assert "excludes no difference, but the test does not" in text
        said = [b.text for b in paper.ledger.blocks if b.section == "Abstract" and "Results." in b.text]
        assert said and not re.search(r"(?<!adjusted )P\s=\s0\.0", said[0].replace("\u00a0", " "))
        assert {"infected.day_30.low_vs_placebo.multiplicity.p", "infected.day_30.low_vs_placebo.p"} <= printed


def test_a_clear_difference_of_a_family_rests_on_the_adjusted_p(tmp_path: Path) -> None:
    """The predicates of its words name the adjusted P value."""
    folder = write_trial(tmp_path / "study", ARMS, 150, multiplicity={"method": "holm"}, keep=("infected",))
    paper = compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None)
    words = [e for e in paper.ledger.entries.values() if e.kind == "claim" and DIFFERENCE.search(e.text)]
    rests = [json.dumps(e.predicate) for e in words if "_vs_placebo.risk_difference" in e.name and "by_" not in e.name]
    assert len(rests) > 5 and all(".multiplicity.p" in one for one in rests)


def test_the_papers_audit_clean_and_an_exchanged_p_is_found(tmp_path: Path) -> None:
    folder = borderline(tmp_path / "study", "dunnett")
    made = build(folder, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    page = tmp_path / "out" / "paper.html"
    text = page.read_text(encoding="utf-8")
    found = re.search(r"multiplicity-adjusted <em>P</em>[^<]*<span[^>]*>0\.07<", text)
    assert found, "no adjusted P in the page"
    page.write_text(text.replace(found[0], found[0].replace("0.07", "0.04"), 1), encoding="utf-8")
    verdict = to_json(
        audit_files([page], results=made.out / "results.json", ledger=made.out / "ledger.json", study=folder)
    )
    assert any(one["verdict"] == "fail" for one in verdict["files"])


# ---- the count -------------------------------------------------------------------------------------------------------


def test_comparisons_are_counted_once_for_each_question(tmp_path: Path) -> None:
    """Four outcomes at one time and two pairs: methods for the same question are one, rates of survival too."""
    found = analyse_folder(borderline(tmp_path / "study", "holm")).document["statistics"]
    counts = {k.removeprefix("design.comparisons"): v["value"] for k, v in found.items() if ".comparisons" in k}
    harms = 2 * len({k.split(".")[1] for k in found if k.startswith("harms.") and k.endswith("_vs_placebo.fisher_p")})
    assert counts["_outcomes"] == counts["_adjusted"] == 4 * 2
    assert counts["_tests"] == 4 and counts["_interactions"] == counts["_sensitivity"] == 0
    assert counts["_harms"] == harms
    assert counts[""] == 8 + 4 + harms


def test_the_count_is_printed_once_and_left_out_where_results_lack_it(tmp_path: Path) -> None:
    folder = borderline(tmp_path / "study", "holm")
    document = json.loads(analyse_folder(folder).text())
    total = document["statistics"]["design.comparisons"]["value"]
    text = text_of(compose_paper(load_study(folder), json.dumps(document).encode(), None))
    assert text.count(f"{total} comparisons between groups were made: 8 of outcomes, 4 of all groups at once and") == 1
    for name in [name for name in document["statistics"] if name.startswith("design.comparisons")]:
        del document["statistics"][name]
    text = text_of(compose_paper(load_study(folder), json.dumps(document).encode(), None))
    assert "comparisons between groups" not in text and "only where this is said, and decide there" in text


# ---- what was not prespecified ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("planned", [False, True])
def test_every_analysis_that_was_not_prespecified_is_called_so(tmp_path: Path, planned: bool) -> None:
    folder = write_trial(tmp_path / "study", ARMS)
    file = folder / "study.yml"
    study = yaml.safe_load(file.read_text(encoding="utf-8"))
    model = {"label": "Adjusted for age", "outcome": "pressure", "method": "model", "model": {"adjust_for": ["age"]}}
    study["sensitivity"] = {"aged": model | {"prespecified": planned}}
    for one in [*study["outcomes"].values(), *study["subgroups"], study["adverse_events"]]:
        one["prespecified"] = planned
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    paper = compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None)
    text = text_of(paper)
    if planned:
        assert not re.search(r"not (?:been )?prespecified|exploratory", text)
        return
    assert "No analysis was specified before the data were available; all are exploratory" in text
    assert text.count("This outcome was") == len(study["outcomes"])
    assert len(re.findall(r"This outcome was [^.]* and had not been prespecified", text)) == len(study["outcomes"])
    assert text.count("No subgroup had been prespecified") == 2
    assert "This analysis was not prespecified" in text and "whose analyses were not prespecified" in text
    assert "comparison of harms between the groups had not been prespecified" in text
