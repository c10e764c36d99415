"""A paper from results that another program made: checked, composed, audited; what is wrong is told all at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from report.audit.record import record_of
from report.cli import app
from report.errors import ReportError

Document = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
DIFFERENCE = "adl.month_6.treatment_vs_control.adjusted.difference"


def foreign(document: Document) -> Document:
    """Results as a program in R would write them: its own software, no hashes."""
    document["software"] = {"R": "4.4.1 (2024-06-14)", "survival": "3.5-8"}
    document["inputs"] = [{"file": "participants.csv"}]
    del document["study"]["sha256"]
    return document


def build(study: str, results: Path, out: Path) -> Any:
    from report.build import build as work

    return work(ROOT / "data" / study, formats=("html",), engine="embedded", out=out, results=results)


def refused(study: str, document: Document, folder: Path) -> tuple[str, ...]:
    """The sentences with which results are refused; nothing is written."""
    path = folder / "given.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ReportError) as raised:
        build(study, path, folder / "out")
    assert not (folder / "out").exists()
    return raised.value.problems


@pytest.mark.parametrize("study", ["nmosd", "smoking_cessation"])
def test_the_paper_names_the_other_program_and_passes(
    study: str, nmosd: Document, smoking: Document, tmp_path: Path
) -> None:
    document = foreign(nmosd if study == "nmosd" else smoking)
    path = tmp_path / "given.json"
    path.write_text(json.dumps(document))
    built = build(study, path, tmp_path / "out")
    assert built.passed and not built.reused
    ledger = json.loads((tmp_path / "out/ledger.json").read_text())
    said = next(b["text"] for b in ledger["blocks"] if "The analyses were made with" in b["text"])
    assert said.endswith("The analyses were made with R 4.4.1 (2024-06-14) and survival 3.5-8.")
    carried = record_of(tmp_path / "out/paper.html")
    assert carried is not None and json.loads(carried.raw)["software"] == document["software"]
    text = (tmp_path / "out/ledger.json").read_text()
    assert not any(own in text for own in ("NumPy", "SciPy", "statsmodels", "pandas"))
    # the manifest: the same results stand, other ones do not
    assert build(study, path, tmp_path / "out").reused
    document["software"]["R"] = "4.3.0"
    path.write_text(json.dumps(document))
    assert not build(study, path, tmp_path / "out").reused


def test_our_own_results_give_the_same_paper(nmosd: Document, tmp_path: Path) -> None:
    from analysis.study import load_study
    from report.build import compose_paper

    text = json.dumps(nmosd, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    (tmp_path / "given.json").write_text(text)
    build("nmosd", tmp_path / "given.json", tmp_path / "out")
    paper = compose_paper(load_study(ROOT / "data/nmosd"), text.encode(), None)
    assert (tmp_path / "out/results.json").read_text() == text
    assert (
        json.loads((tmp_path / "out/ledger.json").read_text())["blocks"] == json.loads(paper.ledger.to_json())["blocks"]
    )


def test_the_data_are_not_read(nmosd: Document, tmp_path: Path) -> None:
    import shutil

    study = tmp_path / "nmosd"
    shutil.copytree(ROOT / "data/nmosd", study, ignore=shutil.ignore_patterns("*.csv"))
    (tmp_path / "given.json").write_text(json.dumps(foreign(nmosd)))
    assert build(str(study), tmp_path / "given.json", tmp_path / "out").passed


def test_recompute_tells_which_statistics_differ(nmosd: Document, tmp_path: Path) -> None:
    inputs = nmosd["inputs"]
    document = foreign(nmosd) | {"inputs": inputs}
    document["statistics"][DIFFERENCE]["value"] += 1e-6
    document["statistics"]["adl.month_6.control.mean"]["value"] *= 1 + 1e-15  # rounding is no difference
    (tmp_path / "given.json").write_text(json.dumps(document))
    assert build("nmosd", tmp_path / "given.json", tmp_path / "out").passed
    done = command("audit", tmp_path / "out/paper.html", "--recompute", ROOT / "data/nmosd", "--json")
    assert done.returncode == 1, done.stderr
    links = {link["link"]: link for link in json.loads(done.stdout)["chain"]}
    assert [finding["name"] for finding in links["results"]["findings"]] == [DIFFERENCE]
    assert f"1 of {len(nmosd['statistics'])} statistics" in links["results"]["said"]
    assert [links[name]["verdict"] for name in ("data", "ledger", "files")] == ["pass", "pass", "pass"]


def test_recompute_without_hashes_of_data_does_not_accuse(nmosd: Document, tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text(json.dumps(foreign(nmosd)))
    assert build("nmosd", tmp_path / "given.json", tmp_path / "out").passed
    done = command("audit", tmp_path / "out/paper.html", "--recompute", ROOT / "data/nmosd", "--json")
    links = {link["link"]: link for link in json.loads(done.stdout)["chain"]}
    assert (links["data"]["verdict"], links["data"]["findings"]) == ("look", [])
    assert (links["results"]["verdict"], links["results"]["findings"]) == ("pass", [])


# ---- what is refused -------------------------------------------------------------------------------------------------


def _lose(document: Document, *names: str) -> None:
    for name in names:
        del document["statistics"][name]


def test_all_that_the_paper_needs_is_named_at_once(nmosd: Document, tmp_path: Path) -> None:
    document = foreign(nmosd)
    lost = ("flow.included", "adl.month_6.control.mean", "baseline.age.treatment.sd", "harms.any.control.n")
    _lose(document, *lost[1:])
    document["statistics"]["flow.includet"] = document["statistics"].pop("flow.included")
    del document["analyses"]["recurrence.month_6.rate"]
    document["statistics"] = {
        name: record for name, record in document["statistics"].items() if record["analysis"] in document["analyses"]
    }
    for record in document["statistics"].values():
        if record["numerator"] in lost:
            record["numerator"] = record["denominator"]
            record["value"] = 100.0
    said = refused("nmosd", document, tmp_path)
    for name in lost:
        assert any(f"no statistic {name}," in problem for problem in said), (name, said)
    assert any("flow.included" in problem and "The nearest name is 'flow.includet'." in problem for problem in said)
    assert any("no analysis recurrence.month_6.rate," in problem for problem in said)


CHANGES: dict[str, tuple[Callable[[Document], Any], str]] = {
    "software": (lambda d: d.update(software={"everynumber": "1"}), "names no program"),
    "a digit": (lambda d: d["software"].update(lme4="1.1"), "lme4 in the part software has a digit"),
    "a text": (lambda d: d["statistics"][DIFFERENCE].update(value="6"), '"6" is not of the type number or null'),
    "no reason": (lambda d: d["statistics"][DIFFERENCE].update(value=None), f"statistics, {DIFFERENCE}, error"),
    "a method": (
        lambda d: d["analyses"]["adl.month_6.ancova"].update(method="ancoba"), "Did you mean ancova?"
    ),
    "another method": (
        lambda d: d["analyses"]["adl.month_6.ancova"].update(method="welch"), "would say that it was by ancova"
    ),
    "an analysis": (
        lambda d: d["statistics"][DIFFERENCE].update(analysis="adl.month_6.ancowa"), "Did you mean adl.month_6.ancova?"
    ),
    "a proportion": (
        lambda d: d["statistics"]["harms.any.control.percent"].update(value=0.2), "Percentages are in percent units"
    ),
    "one limit": (
        lambda d: d["statistics"].pop("adl.month_6.treatment_vs_control.adjusted.ci_low"), "has no other limit"
    ),
    "limits": (
        lambda d: d["statistics"]["adl.month_6.treatment_vs_control.adjusted.ci_low"].update(value=99.0),
        "The lower limit",
    ),
    "a key": (lambda d: d["statistics"][DIFFERENCE].update(units="x"), "no key units here. Did you mean unit?"),
    "the study": (lambda d: d["study"].update(id="other"), "whose id is other; in study.yml it is nmosd"),
    "an arm": (lambda d: d["study"]["arms"].update(third="Third"), "The arm third is not in study.yml"),
    "an outcome": (
        lambda d: d["statistics"].update({DIFFERENCE.replace("adl", "adk"): d["statistics"][DIFFERENCE]}),
        "begins with adk, which is no outcome. Did you mean adl?",
    ),
    "a time": (
        lambda d: d["statistics"].update({DIFFERENCE.replace("month_6", "month6"): d["statistics"][DIFFERENCE]}),
        "is of month6, which is no time point. Did you mean month_6?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_results_that_do_not_fit_are_refused(nmosd: Document, change: str, tmp_path: Path) -> None:
    document = foreign(nmosd)
    change_it, said = CHANGES[change]
    change_it(document)
    problems = refused("nmosd", document, tmp_path)
    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith("given.json") for problem in problems)


def test_what_the_figures_draw_must_be_there(nmosd: Document, smoking: Document, tmp_path: Path) -> None:
    document = foreign(nmosd)
    del document["pairs"]["adl.month_6"]["control"]
    assert refused("nmosd", document, tmp_path) == (
        "given.json: The part pairs has no adl.month_6, control, which a figure draws (docs/results-file.md).",
    )
    document = foreign(smoking)
    del document["curves"]
    said = refused("smoking_cessation", document, tmp_path)
    assert len(said) == 2 and "The part curves has no relapse.combination" in said[0]


def test_no_number_and_keys_that_stand_twice_are_told(tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    for text, said in (('{"a": NaN}', "NaN is no number"), ('{"a": 1, "a": 2}', "the key a stands twice")):
        path.write_text(text)
        with pytest.raises(ReportError, match=said):
            build("nmosd", path, tmp_path / "out")
    with pytest.raises(ReportError, match="There is no file"):
        build("nmosd", tmp_path / "none.json", tmp_path / "out")


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "report", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_command_ends_with_2_and_sentences(nmosd: Document, tmp_path: Path) -> None:
    nmosd["study"]["arms"] = {"control": "A"}
    (tmp_path / "given.json").write_text(json.dumps(nmosd))
    done = command("build", ROOT / "data/nmosd", "--results", tmp_path / "given.json", "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("given.json, study, arms") and "Traceback" not in done.stderr


def test_the_help_names_the_option() -> None:
    from report.cli import build as _  # noqa: F401

    assert "--results" in CliRunner().invoke(app, ["build", "--help"], env={"COLUMNS": "200"}).output


def test_the_sections_that_are_searched_are_those_of_the_paper() -> None:
    import re

    from report.given import SECTIONS

    main = (ROOT / "templates/paper/main.j2").read_text()
    assert re.findall(r'include "paper/(\w+)\.j2"', main) == list(SECTIONS)
