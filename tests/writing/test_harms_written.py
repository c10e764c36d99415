"""Papers with everything that adverse events are told by: built, audited, and telling what was and was not seen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from harms_study import SAID, write_harms_trial
from test_build import words_of

from report.build import build

TOLD = [
    *SAID.values(),
    "The terms of Table 3 were looked for; a term without events is reported as such.",
    "and once at the grade of the worst event; events are counted as well.",
    "the one-sided upper limit of its incidence is that of Clopper and Pearson.",
    "Events led to stopping of treatment in 6 of 38 (16%) in the low dose group and 7 of 41 (17%)",
    "Events led to death in 1 of 38 (3%) in the low dose group and 0 of 41 (0%) in the placebo group.",
    "The gravest grade recorded was “Life-threatening”, the worst of 4 of 38 patients (11%)",
    "Events per 100 person-years were 225.9 (95% CI 172.4 to 290.8) in the low dose group and 196.3",
    "There was no record of anaphylactic reaction.",
    "(one-sided, 97.5%, Clopper–Pearson) is 9.3% in the low dose group and 8.6% in the placebo group.",
    "More is in Table 4 and Table 5; Figure 2 shows the terms.",
    "Adverse events by severity and consequence",
]
NO_STATEMENTS: dict[str, Any] = dict.fromkeys(SAID)


def text_of(path: Path) -> str:
    return " ".join(words_of(path).replace("\u00a0", " ").split())


def cells_of(ledger: Path, table: str) -> list[list[str]]:
    """The texts of a table's body, row by row."""
    found: dict[int, dict[int, str]] = {}
    for block in json.loads(ledger.read_text(encoding="utf-8"))["blocks"]:
        if block["kind"] == "cell" and block["table"] == table and not block.get("header"):
            found.setdefault(block["row"], {})[block["column"]] = " ".join(block["text"].split())
    return [[text for _, text in sorted(row.items())] for _, row in sorted(found.items())]


def test_a_paper_with_classes_severity_and_deaths(tmp_path: Path) -> None:
    made = build(write_harms_trial(tmp_path / "trial"), engine="embedded", out=tmp_path / "out")
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert [words for words in TOLD if words not in text] == []
    assert "was not reported what" not in text
    rows = cells_of(made.out / "ledger.json", "table-harms")
    assert [row[0] for row in rows[:6]] == [
        "Any adverse event", "Gastrointestinal disorders", "Nausea", "Diarrhoea", "Vomiting", "Abdominal pain, upper",
    ]  # fmt: skip
    assert rows[0][1:5] == ["31 (82)", "60", "26 (63)", "46"]
    assert rows[-1][:5] == ["Anaphylactic reaction", "0 (0)", "0", "0 (0)", "0"]
    kinds = cells_of(made.out / "ledger.json", "table-harms-kinds")
    assert [row[0] for row in kinds] == [
        "Worst grade of each patient", "Mild", "Moderate", "Severe", "Life-threatening", "Not known", "Consequence",
        "Serious", "Led to stopping of treatment", "Led to death",
    ]  # fmt: skip
    rates = cells_of(made.out / "ledger.json", "table-harms-rates")
    assert rates[0][1:] == ["225.9 (172.4 to 290.8)", "196.3 (143.7 to 261.8)", "1.15 (0.77 to 1.73)"]


def test_three_arms_by_frequency_and_what_is_not_said(tmp_path: Path) -> None:
    study = write_harms_trial(tmp_path / "trial", ("low", "high", "placebo"), sort="frequency", **NO_STATEMENTS)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert (
        "It was not reported how and when events were asked for, what counted as an event, who assessed the events "
        "(masked or not), by what the severity was graded and by what the terms were put into classes." in text
    )
    labels = [row[0] for row in cells_of(made.out / "ledger.json", "table-harms")]
    terms = [label.removesuffix(", n (%)") for label in labels if label.endswith(", n (%)")]
    assert terms[:4] == ["Any adverse event", "Nausea", "Headache", "Diarrhoea"]
    results = json.loads((made.out / "results.json").read_text(encoding="utf-8"))["statistics"]
    seen = [
        sum(results[f"harms.{name}.{arm}.n"]["value"] for arm in ("low", "high", "placebo"))
        for name in (re.sub(r"\W+", "_", term.lower()) if " " in term else term for term in terms[1:])
    ]
    assert seen == sorted(seen, reverse=True)
    kinds = [row[0] for row in cells_of(made.out / "ledger.json", "table-harms-kinds")]
    assert "Class" in kinds
    assert "Gastrointestinal disorders, n (%)" in kinds


def test_terms_that_were_not_looked_for_are_no_rows(tmp_path: Path) -> None:
    study = write_harms_trial(tmp_path / "trial", systematic=False, sort="declared", classes=None)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    labels = [row[0] for row in cells_of(made.out / "ledger.json", "table-harms")]
    assert "Anaphylactic reaction" not in labels
    assert "Immune system disorders" not in labels
    text = text_of(made.out / "paper.html")
    assert "no record of" not in text
    assert "were looked for" not in text


@pytest.mark.parametrize(("kept", "said"), [(0, "No event led to death."), (1, "Events led to death in 1 of 38 (3%)")])
def test_no_death_is_told(tmp_path: Path, kept: int, said: str) -> None:
    study = write_harms_trial(tmp_path / "trial")
    file = study / "events.csv"
    if not kept:
        lines = file.read_text(encoding="utf-8").splitlines()
        column = lines[0].split(",").index("fatal")
        assert sum(line.rsplit(",", 2)[-2] == "yes" for line in lines[1:]) == 1, lines[0]
        assert column == len(lines[0].split(",")) - 2
        file.write_text("\n".join(re.sub(r",yes,(\d+)$", r",no,\1", line) for line in lines) + "\n", encoding="utf-8")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    assert said in text_of(made.out / "paper.html")
