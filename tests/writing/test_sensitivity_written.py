"""Papers with sensitivity analyses: each named with what it assumes, beside the main estimate, and audited."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from test_build import words_of
from trial_study import write_trial

from report.audit import audit_files, to_json
from report.build import build

IMPUTED = {"method": "multiple_imputation", "seed": 3, "imputations": 5}
TWO: dict[str, Any] = {
    "imputed": {"outcome": "readmitted", "variables": ["age", "sex"], "prespecified": True, **IMPUTED},
    "worst": {"outcome": "readmitted", "method": "worst_case", "prespecified": False},
    "best": {"outcome": "readmitted", "method": "best_case", "prespecified": False},
    "women": {"outcome": "infected", "method": "population", "population": "women", "prespecified": True},
    "none": {"outcome": "infected", "method": "multiple_imputation", "seed": 1, "prespecified": True},
    "ranks": {"outcome": "pressure", "method": "model", "model": {"kind": "skewed"}, "prespecified": False},
    "age": {
        "outcome": "infection_time", "method": "model", "model": {"adjust_for": ["age"]}, "prespecified": False,
        "label": "Age of the patients at entry",
    },
    "lost": {"outcome": "infection_time", "method": "worst_case", "prespecified": False},
}  # fmt: skip
POPULATIONS = {"all": {"label": "all patients", "where": None}, "women": {"label": "women", "where": {"sex": ["f"]}}}
PAPERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "two arms": (
        {"sensitivity": TWO, "populations": POPULATIONS},
        [
            "imputed by chained equations (5 imputations of 10 iterations each",
            "from readmission within 30 days, age and sex, and the risk differences",
            "values are missing at random, given these variables",
            "In the worst case every missing value was taken to be unfavourable in the low dose group and favourable "
            "in the placebo group, and in the best case the reverse",
            "The comparison was repeated in women", "Missing values were to be imputed, but none was missing",
            "With multiple imputation nothing was missing, so that the analysis is the main one",
            "The comparison was repeated by ranks", "By ranks the Hodges–Lehmann shift was",
            "an observation that ended before 90 days without the event was taken to end unfavourably",
            "Adjusted for age (age of the patients at entry) the adjusted hazard ratio was",
            "In the worst case (not prespecified) the risk difference was", "These analyses had been prespecified",
            "Supplementary table S2 shows the sensitivity analyses beside the main analyses",
            "Supplementary table S2. Sensitivity analyses", "values were filled in only where",
        ],
    ),
    "three arms": (
        {
            "arms": ("low", "high", "placebo"),
            "sensitivity": {key: TWO[key] for key in ("imputed", "worst", "ranks")},
        },
        ["in the high dose group compared with the placebo group the risk difference was",
         "unfavourable in the other groups", "High dose compared with Placebo",
         "Sensitivity analyses beside the main analyses"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("paper", PAPERS)
def test_papers(paper: str, tmp_path: Path) -> None:
    keys, said = PAPERS[paper]
    keys = dict(keys)
    study = write_trial(tmp_path / "trial", keys.pop("arms", ("low", "placebo")), **keys)
    built = build(study, out=tmp_path / "out", engine="embedded")
    assert built.passed, [found for file in built.audit["files"] for found in file["findings"]]
    text = words_of(tmp_path / "out" / "paper.html")
    for words in said:
        assert words in text, words
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_text(encoding="utf-8"))
    assert ledger["tables"][-1] == {"id": "table-sensitivity", "number": 2, "series": "S"}


def test_a_changed_number_of_the_supplement_is_found(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "trial", keep=("readmitted",), sensitivity={"worst": TWO["worst"]})
    build(study, formats=("html",), out=tmp_path / "out", engine="embedded")
    page = tmp_path / "out" / "paper.html"
    source = page.read_text(encoding="utf-8")
    at = source.rindex("Supplementary table\u00a0S")
    cell = re.compile(r'(key="sensitivity\.worst\.low_vs_placebo\.risk_difference"[^>]*>)[^<]*(<)')
    assert cell.search(source, at)
    for changed, where in (
        (source[:at] + cell.sub(r"\g<1>77\2", source[at:]), "Supplementary table S2, row"),
        (source[:at] + re.sub(r">2<", ">3<", source[at:], count=1), "Supplementary table S2, caption"),
    ):
        page.write_text(changed, encoding="utf-8")
        verdict = to_json(audit_files([page], results=page.parent / "results.json", study=study,
                                      ledger=page.parent / "ledger.json"))  # fmt: skip
        found = [finding["where"] for file in verdict["files"] for finding in file["findings"]]
        assert len(found) == 1 and where in found[0], found
