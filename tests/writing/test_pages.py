"""Papers of many visits, many arms, or nothing known before treatment: what is said and shown of them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import yaml
from test_build import words_of
from test_repeated_written import spread, visited
from trial_study import write_trial

from report.audit.read_docx import read_docx
from report.build import build


def grades(folder: Path) -> Path:
    """Four arms and four graded outcomes."""
    study = write_trial(folder, ("low", "high", "both", "placebo"), keep=("grade",))
    content = yaml.safe_load((study / "study.yml").read_text(encoding="utf-8"))
    one = content["outcomes"]["grade"]
    content["outcomes"] |= {f"grade{k}": one | {"label": f"Severity by rater {'ABC'[k]}"} for k in range(3)}
    content["baseline"] = []
    (study / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


def test_many_graded_outcomes_part_their_figure_and_no_baseline_means_no_table_of_it(tmp_path: Path) -> None:
    made = build(grades(tmp_path / "trial"), engine="embedded", out=tmp_path / "out", formats=("pdf", "html", "docx"))
    assert made.passed, made.audit
    drawn = sorted(path.stem for path in (made.out / "figures").glob("figure-graded*.svg"))
    assert drawn == ["figure-graded", "figure-graded-2"]
    text = words_of(made.out / "paper.html")
    assert "Figure 2. " in text and "Figure 3. " in text and "Table 1. Graded outcomes" in text
    for words in ("Baseline characteristics", "tandardised mean difference", "Characteristics of the patients"):
        assert words not in text, words


def test_means_over_all_visits_are_drawn_and_the_flow_tells_the_model_from_the_visits(tmp_path: Path) -> None:
    study = visited(tmp_path / "trial", ("low", "placebo"), spread)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert "figure-course.svg" in {path.name for path in (made.out / "figures").iterdir()}
    assert "Means by group over time" in text and "least-squares means of the mixed model afterwards" in text
    blocks = [b["text"] for b in json.loads((made.out / "ledger.json").read_text(encoding="utf-8"))["blocks"]]
    assert sum("These changes within groups hold the natural course" in block for block in blocks) == 1
    assert sum(bool(re.match(r"At \d+ weeks, pain was available", block)) for block in blocks) == 3  # paragraphs
    assert not any("P for the change" in block for block in blocks)
    for arm in ("low", "placebo"):
        with (study / "people.csv").open(encoding="utf-8", newline="") as file:
            people = [one for one in csv.DictReader(file) if one["arm"] == arm]
        in_model = sum(any(one[t] for t in ("week_2", "week_6", "week_12")) for one in people)
        assert f"pain in the mixed model (n = {in_model})" in text.replace("\u00a0", " ")
        last = sum(bool(one["week_12"]) for one in people)
        assert f"pain measured at 12 weeks (n = {last})" in text.replace("\u00a0", " ")
    assert re.search(r"12 weeks, n .*?12 weeks, least-squares mean.*?12 weeks, mean \(SD\)", text)


@pytest.mark.parametrize(("column", "everyone"), [("infected", True), ("readmitted", False)])
def test_all_patients_are_said_to_be_analysed_only_where_they_were(tmp_path: Path, column: str, everyone: bool) -> None:
    study = write_trial(tmp_path / "trial", ("low", "placebo"), keep=(column,))
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html").replace("\u00a0", " ")
    assert ("All randomised patients were analysed" in text) == everyone
    with (study / "people.csv").open(encoding="utf-8", newline="") as file:
        known = [one for one in csv.DictReader(file) if one[column]]
    assert everyone == (len(known) == 80)
    assert ("Patients were analysed in the group to which they were assigned; the analysis of" in text) != everyone


def test_the_audit_sees_a_picture_that_is_larger_than_its_page(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "trial", ("low", "placebo"), keep=("infected",))
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("docx",))
    assert made.passed, made.audit
    data = (made.out / "paper.docx").read_bytes()
    for name, side in (("cx", "wider"), ("cy", "higher")):
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(tmp_path / "large.docx", "w") as new:
            for member in old.namelist():
                content = old.read(member)
                if member == "word/document.xml":
                    content = re.sub(rb'(<wp:extent[^>]*%s=")\d+' % name.encode(), rb"\g<1>9990000", content, count=1)
                new.writestr(member, content)
        images = read_docx((tmp_path / "large.docx").read_bytes(), "large.docx").images
        assert f"it is {side} than the text of its page" in images[0].name
        assert all("than the text" not in image.name for image in read_docx(data, "paper.docx").images)
