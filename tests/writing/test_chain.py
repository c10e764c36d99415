"""The chain data → results → ledger → files: each cause of a fault is named as what it is, alone and with others."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import NMOSD

from report.audit import AuditError
from report.build import build, compose_paper
from report.chain import Fresh, audit_chain, differences, fresh, text_of_chain

NAMES = ("paper.pdf", "paper.html", "paper.docx")
STATISTIC = "adl.month_6.treatment.mean"


@dataclass
class Case:
    """A copy of the study and of its built paper, to tamper with."""

    study: Path
    out: Path
    scratch: Path
    now: Fresh | None

    def audit(self, *names: str) -> dict[str, Any]:
        now = self.now or fresh(self.study)
        again = self.scratch / "again.json"
        again.write_bytes(now.results)
        return audit_chain(
            [self.out / name for name in names or NAMES], Fresh(self.study, now.results, now.faults), again
        )

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        path = (self.study if (self.study / name).exists() else self.out) / name
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        path.write_text(after, encoding="utf-8")
        if path.is_relative_to(self.study):
            self.now = None

    def edit_json(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        def changed(text: str) -> str:
            document = json.loads(text)
            change(document)
            return json.dumps(document, sort_keys=name == "results.json", indent=2, ensure_ascii=False) + "\n"

        self.edit(name, changed)

    def results_sha256(self) -> str:
        return hashlib.sha256((self.out / "results.json").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Fresh]:
    root = tmp_path_factory.mktemp("chain")
    study = root / "nmosd"
    shutil.copytree(NMOSD, study, ignore=shutil.ignore_patterns("__pycache__"))
    out = build(study, engine="embedded", out=root / "out").out
    return study, out, fresh(study)


@pytest.fixture
def case(built: tuple[Path, Path, Fresh], tmp_path: Path) -> Case:
    study, out, now = built
    shutil.copytree(study, tmp_path / "nmosd")
    shutil.copytree(out, tmp_path / "out")
    return Case(tmp_path / "nmosd", tmp_path / "out", tmp_path, now)


def verdicts(record: dict[str, Any]) -> dict[str, str]:
    return {link["link"]: link["verdict"] for link in record["chain"]}


def link(record: dict[str, Any], name: str) -> dict[str, Any]:
    return next(link for link in record["chain"] if link["link"] == name)


def value_of(record: dict[str, Any]) -> None:
    record["statistics"][STATISTIC]["value"] += 1


def one_score_more(text: str) -> str:
    """The first ADL score at six months, five points other than it was."""
    lines = text.splitlines()
    at = lines[0].split(",").index("adl")
    for k, line in enumerate(lines):
        cells = line.split(",")
        if "month_6" in cells and cells[at]:
            cells[at] = str(int(float(cells[at])) - 5)
            return "\n".join([*lines[:k], ",".join(cells), *lines[k + 1 :], ""])
    raise AssertionError("no score found")


def shifted(text: str) -> str:
    """The printed mean of the treatment group in the text, one other digit."""
    at = text.index(f'data-key="{STATISTIC}"')
    start = text.index(">", at) + 1
    end = text.index("<", start)
    digit = str((int(text[end - 1]) + 3) % 10)
    return text[: end - 1] + digit + text[end:]


def test_a_clean_chain_passes(case: Case) -> None:
    record = case.audit()
    assert record["verdict"] == "pass"
    assert verdicts(record) == dict.fromkeys(("data", "results", "ledger", "files", "same numbers"), "pass")
    assert all(not link["findings"] and not link["notes"] for link in record["chain"])
    assert link(record, "same numbers")["said"].startswith("All three files print the same ")
    assert "is what the program writes from them" in link(record, "ledger")["said"]
    text = text_of_chain(record)
    assert text.startswith("data → results → ledger → files: PASS")
    assert "paper.pdf: PASS" in text
    json.dumps(record)


def test_one_file_alone_has_nothing_to_be_compared_with(case: Case) -> None:
    record = case.audit("paper.docx")
    assert record["verdict"] == "pass"
    assert "same numbers" not in verdicts(record)


def test_a_csv_that_was_changed_after_the_build(case: Case) -> None:
    case.edit("visits.csv", one_score_more)
    record = case.audit("paper.html")
    assert verdicts(record) == {"data": "fail", "results": "fail", "ledger": "pass", "files": "pass"}
    data, results = link(record, "data"), link(record, "results")
    assert data["said"] == "visits.csv was changed after the results were computed."
    assert [finding["name"] for finding in data["findings"]] == ["visits.csv"]
    assert "are not those that the data give now: visits.csv changed" in results["said"]
    assert "by hand" not in json.dumps(record)
    names = {finding["name"] for finding in results["findings"]}
    assert any(name.startswith("adl.month_6.") for name in names)
    assert not any(name.startswith(("recurrence.", "edss.", "baseline.")) for name in names)


def test_a_csv_whose_change_touches_no_statistic(case: Case) -> None:
    case.edit("participants.csv", lambda text: text.replace("\n", "\r\n"))
    record = case.audit("paper.html")
    assert verdicts(record) == {"data": "fail", "results": "pass", "ledger": "pass", "files": "pass"}
    assert record["verdict"] == "fail"


def test_a_csv_that_is_gone(case: Case) -> None:
    (case.study / "relapses.csv").unlink()
    case.now = None
    record = case.audit("paper.html")
    data, results = link(record, "data"), link(record, "results")
    assert [(f["verdict"], f["name"]) for f in data["findings"]] == [("missing", "relapses.csv")]
    assert results["verdict"] == "fail"
    assert results["said"].startswith("The data cannot be analysed again. relapses.csv")


def test_a_file_that_the_results_do_not_know(case: Case) -> None:
    case.edit_json("results.json", lambda r: r["inputs"].pop())
    record = case.audit("paper.html")
    assert [(f["verdict"], f["name"]) for f in link(record, "data")["findings"]] == [("unaccounted", "visits.csv")]


def test_a_study_file_that_was_changed(case: Case) -> None:
    case.edit("study.yml", lambda text: text + "\n# a remark\n")
    record = case.audit("paper.html")
    assert verdicts(record)["data"] == "fail"
    assert verdicts(record)["results"] == "pass"
    assert link(record, "data")["said"] == "study.yml was changed after the paper was built."


def test_references_that_were_changed(case: Case) -> None:
    case.edit("references.bib", lambda text: text + "\n% a remark\n")
    record = case.audit("paper.html")
    assert link(record, "data")["said"] == "references.bib was changed after the paper was built."
    assert verdicts(record)["results"] == "pass"


@pytest.mark.parametrize("manifest", [True, False])
def test_prose_that_was_changed(case: Case, manifest: bool) -> None:
    name = sorted(path.name for path in (case.study / "text").iterdir())[0]
    case.edit(f"text/{name}", lambda text: text + "\nOne more sentence of the author.\n")
    if not manifest:
        (case.out / "build.json").unlink()
    record = case.audit("paper.html")
    if manifest:  # build.json knows what the text was
        assert link(record, "data")["said"] == f"text/{name} was changed after the paper was built."
    else:
        assert "not what the program writes" in link(record, "ledger")["said"]
    assert verdicts(record)["results"] == "pass"
    assert record["verdict"] == "fail"


def test_results_that_were_edited_by_hand(case: Case) -> None:
    case.edit_json("results.json", value_of)
    record = case.audit("paper.html", "paper.docx")
    results, ledger = link(record, "results"), link(record, "ledger")
    assert verdicts(record)["data"] == "pass"
    assert "results.json was edited by hand" in results["said"]
    (finding,) = results["findings"]
    assert finding["name"] == STATISTIC
    assert float(finding["text"]) == pytest.approx(float(finding["expected"]) + 1)
    assert "belongs to what the data give, not to results.json" in ledger["said"]
    # the files are judged against what the ledger was written from, and are right
    assert verdicts(record)["files"] == "pass"
    assert record["verdict"] == "fail"


def test_results_that_were_edited_with_the_ledgers_hash(case: Case) -> None:
    case.edit_json("results.json", value_of)
    case.edit_json("ledger.json", lambda ledger: ledger.update(results_sha256=case.results_sha256()))
    record = case.audit("paper.html")
    assert verdicts(record) == {"data": "pass", "results": "fail", "ledger": "fail", "files": "fail"}
    assert "results.json was edited by hand" in link(record, "results")["said"]
    assert "values are not those of results.json" in link(record, "ledger")["said"]
    assert STATISTIC in {finding["name"] for finding in link(record, "ledger")["findings"]}


def test_results_rewritten_with_the_whole_paper(case: Case) -> None:
    """The cleverest: results edited, and ledger and paper made from them. Only the data tell."""
    case.edit_json("results.json", value_of)
    from analysis.study import load_study

    paper = compose_paper(load_study(case.study), (case.out / "results.json").read_bytes(), None)
    (case.out / "ledger.json").write_bytes(paper.ledger.to_json())
    record = case.audit("paper.html")
    assert verdicts(record)["results"] == "fail"
    assert verdicts(record)["ledger"] == "pass"
    assert link(record, "results")["findings"][0]["name"] == STATISTIC


def test_a_ledger_of_another_build(case: Case, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(case.study, other)
    (other / "visits.csv").write_text(one_score_more((other / "visits.csv").read_text()))
    from analysis.study import load_study

    paper = compose_paper(load_study(other), fresh(other).results, None)
    (case.out / "ledger.json").write_bytes(paper.ledger.to_json())
    record = case.audit("paper.html")
    assert verdicts(record) == {"data": "pass", "results": "pass", "ledger": "fail", "files": "unknown"}
    assert "ledger.json belongs to another build" in link(record, "ledger")["said"]
    assert record["verdict"] == "fail"
    assert record["files"] == []


def test_a_ledger_whose_text_was_edited(case: Case) -> None:
    def edit(ledger: dict[str, Any]) -> None:
        block = next(b for b in ledger["blocks"] if b["kind"] == "paragraph" and "higher" in b["text"])
        block["text"] = block["text"].replace("higher", "better", 1)

    case.edit_json("ledger.json", edit)
    record = case.audit("paper.html")
    ledger = link(record, "ledger")
    assert ledger["verdict"] == "fail"
    assert "ledger.json was edited" in ledger["said"]
    assert "better" in ledger["findings"][0]["text"]
    assert "higher" in ledger["findings"][0]["expected"]
    assert verdicts(record)["results"] == "pass"


def test_a_file_that_was_tampered_with(case: Case) -> None:
    case.edit("paper.html", shifted)
    record = case.audit()
    assert verdicts(record) == {
        "data": "pass", "results": "pass", "ledger": "pass", "files": "fail", "same numbers": "fail"
    }  # fmt: skip
    assert "paper.html is not what the ledger says" in link(record, "files")["said"]
    (finding,) = link(record, "same numbers")["findings"]
    assert finding["where"]
    assert "paper.html" in finding["text"]


def test_a_csv_and_the_results_and_a_file(case: Case) -> None:
    case.edit("visits.csv", one_score_more)
    case.edit_json("results.json", value_of)
    case.edit("paper.html", shifted)
    record = case.audit("paper.html", "paper.docx")
    assert link(record, "data")["said"] == "visits.csv was changed after the results were computed."
    assert STATISTIC in {finding["name"] for finding in link(record, "results")["findings"]}
    assert verdicts(record)["ledger"] == "fail"
    assert "nor from what the data give now" in link(record, "ledger")["said"]
    assert verdicts(record)["files"] == "unknown"


def test_edited_results_beside_a_tampered_file(case: Case) -> None:
    case.edit_json("results.json", value_of)
    case.edit("paper.html", shifted)
    record = case.audit("paper.html", "paper.docx")
    assert verdicts(record) == {
        "data": "pass", "results": "fail", "ledger": "fail", "files": "fail", "same numbers": "fail"
    }  # fmt: skip
    assert [file["verdict"] for file in record["files"]] == ["fail", "pass"]


def test_other_software_is_a_note(case: Case) -> None:
    case.edit_json("results.json", lambda r: r["software"].update(python="3.11.0"))
    case.edit_json("ledger.json", lambda ledger: ledger.update(results_sha256=case.results_sha256()))
    record = case.audit("paper.html")
    results = link(record, "results")
    assert results["verdict"] == "pass"
    assert any("python 3.11.0 then" in note for note in results["notes"])


def test_a_missing_file_keeps_the_audit_from_running(case: Case) -> None:
    with pytest.raises(AuditError, match="There is no"):
        case.audit("lost.html")
    (case.out / "ledger.json").write_text("[")
    with pytest.raises(AuditError, match=r"ledger\.json"):
        case.audit()


# -- files that carry their own record, alone --------------------------------------------------------------------------


def alone(case: Case) -> None:
    for path in case.out.iterdir():
        if path.name not in NAMES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def in_record(page: str, change: Callable[[dict[str, Any]], object]) -> str:
    """The page with its record changed."""
    at = page.index(">", page.index('id="everynumber-record"')) + 1
    end = page.index("</script>", at)
    record = json.loads(page[at:end])
    change(record)
    text = json.dumps(record)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return page[:at] + text + page[end:]


def test_files_alone_are_judged_by_their_records_and_the_data(case: Case) -> None:
    alone(case)
    record = case.audit()
    assert record["verdict"] == "pass", text_of_chain(record)
    assert set(verdicts(record).values()) == {"pass"}
    assert "Not checked: that these are the results" not in json.dumps(record)
    assert link(record, "ledger")["said"].startswith("The ledger of the record belongs to the results")
    assert not any(link["notes"] for link in record["chain"])


def test_a_record_whose_statistic_was_changed(case: Case) -> None:
    alone(case)
    case.edit("paper.html", lambda page: in_record(page, lambda r: value_of(r["results"])))
    record = case.audit("paper.html")
    assert verdicts(record)["data"] == "pass"
    results = link(record, "results")
    assert [finding["name"] for finding in results["findings"]] == [STATISTIC]
    assert "The results of the record were edited by hand" in results["said"]
    assert record["verdict"] == "fail"


def test_a_whole_forgery_is_found_by_the_data(case: Case) -> None:
    """Value, raw value and hashes of the record agree with each other: only the data tell."""

    def forge(r: dict[str, Any]) -> None:
        value_of(r["results"])
        value = r["results"]["statistics"][STATISTIC]["value"]
        for entry in r["ledger"]["entries"].values():
            if entry.get("name") == STATISTIC and entry["kind"] == "result":
                entry["raw"] = repr(value)
        text = json.dumps(r["ledger"], ensure_ascii=False, indent=1) + "\n"
        r["sha256"]["ledger"] = hashlib.sha256(text.encode()).hexdigest()

    alone(case)
    case.edit("paper.html", lambda page: in_record(page, forge))
    record = case.audit("paper.html")
    assert [finding["name"] for finding in link(record, "results")["findings"]] == [STATISTIC]
    assert "not what the program writes" in link(record, "ledger")["said"]


def test_a_record_with_another_hash_of_the_results(case: Case) -> None:
    def other(r: dict[str, Any]) -> None:
        r["sha256"]["results"] = r["ledger"]["results_sha256"] = "0" * 64

    alone(case)
    case.edit("paper.html", lambda page: in_record(page, other))
    assert "had another hash" in link(case.audit("paper.html"), "results")["said"]


def test_data_that_changed_since_a_lone_file_was_made(case: Case) -> None:
    alone(case)
    case.edit("visits.csv", one_score_more)
    record = case.audit("paper.docx")
    assert link(record, "data")["said"] == "visits.csv was changed after the results were computed."
    assert verdicts(record)["files"] == "pass"


def test_files_of_two_records_are_two_chains(case: Case) -> None:
    alone(case)
    case.edit("paper.html", lambda page: in_record(page, lambda r: value_of(r["results"])))
    record = case.audit("paper.html", "paper.docx")
    told = [(link["files"], link["link"], link["verdict"]) for link in record["chain"]]
    assert (["paper.html"], "results", "fail") in told
    assert (["paper.docx"], "results", "pass") in told
    assert "results of paper.docx: PASS" in text_of_chain(record)


# -- values ----------------------------------------------------------------------------------------------------------

RESULTS: dict[str, Any] = {
    "study": {"id": "x", "sha256": "1"},
    "statistics": {
        "a.mean": {"value": 1.5, "error": None, "warnings": []},
        "a.n": {"value": 30, "error": None, "warnings": []},
        "a.p": {"value": None, "error": {"code": "no_data", "message": "There are none."}, "warnings": []},
    },
    "analyses": {"a": {"n_analysed": {"c": 30}, "method": "ancova"}},
    "labels": {"l": "text"},
}


def paths(change: Callable[[dict[str, Any]], object], *, whole: bool = True) -> list[str]:
    was = copy.deepcopy(RESULTS)
    change(was)
    return [".".join(path) for path, _, _ in differences(was, RESULTS, whole=whole)]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda r: None, []),
        (lambda r: r["statistics"]["a.mean"].update(value=1.5 * (1 + 1e-11)), []),
        (lambda r: r["statistics"]["a.mean"].update(value=1.5 * (1 + 1e-8)), ["statistics.a.mean.value"]),
        (lambda r: r["statistics"]["a.mean"].update(value=-1.5), ["statistics.a.mean.value"]),
        (lambda r: r["statistics"]["a.mean"].update(value=None), ["statistics.a.mean.value"]),
        (lambda r: r["statistics"]["a.mean"].update(value="1.5"), ["statistics.a.mean.value"]),
        (lambda r: r["statistics"]["a.n"].update(value=31), ["statistics.a.n.value"]),
        (lambda r: r["statistics"]["a.n"].update(value=True), ["statistics.a.n.value"]),
        (lambda r: r["statistics"]["a.p"]["error"].update(code="x"), ["statistics.a.p.error.code"]),
        (lambda r: r["statistics"]["a.p"].update(value=0.5), ["statistics.a.p.value"]),
        (lambda r: r["statistics"].pop("a.n"), ["statistics.a.n"]),
        (lambda r: r["statistics"].update(b={}), ["statistics.b"]),
        (lambda r: r["analyses"]["a"]["n_analysed"].update(c=29), ["analyses.a.n_analysed.c"]),
        (lambda r: r["analyses"]["a"].update(method="welch"), ["analyses.a.method"]),
        (lambda r: r["labels"].update(l="other"), ["labels.l"]),
        (lambda r: r["study"].update(sha256="2"), []),  # judged with the data
        (lambda r: r["statistics"]["a.n"].update(warnings=["few"]), ["statistics.a.n.warnings"]),
    ],
)
def test_values_differ(change: Callable[[dict[str, Any]], object], found: list[str]) -> None:
    assert paths(change) == found


def test_a_part_of_the_results_is_compared_as_a_part() -> None:
    assert paths(lambda r: r["statistics"].pop("a.n"), whole=False) == []
    assert paths(lambda r: r.pop("labels"), whole=False) == []
    assert paths(lambda r: r["statistics"].update(b={}), whole=False) == ["statistics.b"]
    assert paths(lambda r: r["statistics"]["a.n"].pop("value"), whole=False) == ["statistics.a.n.value"]


# -- the command -----------------------------------------------------------------------------------------------------


def command(*args: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "report", "audit", *map(str, args)]
    return subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)


def test_the_command(case: Case) -> None:
    files = [case.out / name for name in NAMES]
    done = command(*files, "--recompute", case.study)
    assert (done.returncode, done.stderr) == (0, "")
    assert "All three files print the same" in done.stdout
    case.edit_json("results.json", value_of)
    done = command(*files, "--recompute", case.study / "study.yml", "--json")
    assert done.returncode == 1
    record = json.loads(done.stdout)
    assert [link["link"] for link in record["chain"]] == ["data", "results", "ledger", "files", "same numbers"]
    assert all({"link", "verdict", "said"} <= link.keys() for link in record["chain"])
    assert "edited by hand" in link(record, "results")["said"]
    done = command(case.out / "lost.pdf", "--recompute", case.study)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and done.stderr.strip()
