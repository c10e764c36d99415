"""A paper audited by the record it carries: what the record holds, what it proves alone, and what only with others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from report.audit import AuditError, FileVerdict, audit_files
from report.audit.record import MAX_RECORD, NAMESPACE, find_record, read_record, record_of
from report.build import build
from report.ledger import sha256
from report.record import make_record

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
FORMS = ("pdf", "html", "docx")
MEAN, PRINTED, EXACT = "adl.month_6.control.mean", "71.0", "71.03448275862068"
SCRIPT = b'<script type="application/json"'
Record = dict[str, Any]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(NMOSD, engine="embedded", out=tmp_path_factory.mktemp("built") / "out").out


@pytest.fixture
def record(out: Path) -> Record:
    return json.loads(record_of(out / "paper.html").raw)


@pytest.fixture
def alone(out: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A finished file by itself in an empty folder."""

    def copied(form: str) -> Path:
        folder = tmp_path / "empty"
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(out / f"paper.{form}", folder))

    return copied


def packed(record: Record) -> bytes:
    """A record as `make_record` writes it."""
    text = json.dumps(record, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def with_record(path: Path, raw: bytes, *, copies: int = 1) -> Path:
    """The file with this instead of its record: a tampering hand's work in each format."""
    if path.suffix == ".html":
        start, end = b'<script type="application/json" id="everynumber-record">', b"</script>\n"
        before, rest = path.read_bytes().split(start)
        path.write_bytes(before + (start + raw + end) * copies + rest.split(end, 1)[1])
    elif path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
        part = f'<record xmlns="{NAMESPACE}">'.encode() + raw + b"</record>"
        members |= {f"customXml/item{number}.xml": part for number in range(1, copies + 1)}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    else:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.attachments["everynumber-record.json"] = raw
            for number in range(1, copies):
                pdf.attachments[f"key {number}"] = pikepdf.AttachedFileSpec(
                    pdf, raw, filename="everynumber-record.json"
                )
            pdf.save(path)
    return path


def on_record(verdict: FileVerdict) -> list[tuple[str, str, str, str]]:
    return [(f.verdict, f.name, f.text, f.expected) for f in verdict.findings if f.where.startswith("embedded record")]


def mended(record: Record) -> Record:
    """The record with the hash of its ledger made right, as a careful forger would."""
    record["sha256"]["ledger"] = sha256((json.dumps(record["ledger"], ensure_ascii=False, indent=1) + "\n").encode())
    return record


# ---- what it holds ---------------------------------------------------------------------------------------------------


def test_the_three_files_carry_the_same_bytes(out: Path) -> None:
    ledger, results = (out / "ledger.json").read_bytes(), (out / "results.json").read_bytes()
    assert {record_of(out / f"paper.{form}").raw for form in FORMS} == {make_record(ledger, results)}


def test_it_holds_the_ledger_whole_and_the_hashes(out: Path, record: Record) -> None:
    ledger = (out / "ledger.json").read_bytes()
    results = (out / "results.json").read_bytes()
    computed = json.loads(results)
    assert record["ledger"] == json.loads(ledger)
    assert record["sha256"] == {
        "ledger": sha256(ledger),
        "results": sha256(results),
        "study": record["ledger"]["study_sha256"],
        "references": record["ledger"]["references_sha256"],
        "data": {item["file"]: item["sha256"] for item in computed["inputs"]},
    }
    assert record["software"] == computed["software"] and "everynumber" in record["software"]
    for name in ("statistics", "analyses", "labels"):
        assert record["results"][name].items() <= computed[name].items()
    assert {k: v for k, v in record["results"].items() if k not in ("statistics", "analyses", "labels")} == {
        k: v for k, v in computed.items() if k not in ("statistics", "analyses", "labels", "pairs")
    }


def test_it_holds_what_the_ledger_and_the_rules_use_and_nothing_of_single_patients(out: Path, record: Record) -> None:
    everything = json.loads((out / "results.json").read_bytes())["statistics"]
    kept = record["results"]["statistics"]
    entries = record["ledger"]["entries"].values()
    printed = {entry["name"] for entry in entries if entry["kind"] in ("result", "not_estimable")}
    assert printed <= kept.keys()
    of = {name for entry in entries for name in re.findall(r'"of": "([^"]+)"', json.dumps(entry.get("predicate")))}
    assert of and of <= kept.keys()
    for statistic in kept.values():
        assert {statistic["numerator"], statistic["denominator"]} - {None} <= kept.keys()
        assert statistic["analysis"] is None or statistic["analysis"] in record["results"]["analyses"]
    assert "adl.month_6.treatment_vs_control.adjusted.df" in kept  # not printed: the rules need it beside P and t
    assert len(kept) < len(everything)
    single = {name for name in everything if name.rpartition(".")[2] in ("min", "q1", "median", "q3", "max")}
    assert single - printed and single & printed
    assert single & kept.keys() == single & printed
    assert "pairs" not in record["results"] and "pairs" in json.loads((out / "results.json").read_bytes())


def test_no_letter_of_it_means_anything_to_html_or_xml(out: Path) -> None:
    ledger = json.loads((out / "ledger.json").read_bytes())
    ledger["declared"]["title"] = "</script><!-- ]]> &amp; \u2028 研究 \U0001f600"
    raw = make_record(json.dumps(ledger).encode(), (out / "results.json").read_bytes())
    assert not set(raw) & set(b"<>&") and raw.isascii()
    assert json.loads(raw)["ledger"] == ledger


# ---- alone -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_file_alone_gets_the_full_verdict_and_is_told_what_was_not_checked(
    form: str, out: Path, alone: Callable[[str], Path]
) -> None:
    (verdict,) = audit_files([alone(form)])
    (beside,) = audit_files([out / f"paper.{form}"])
    assert verdict.passed
    assert (verdict.numbers, verdict.claims, verdict.by_class) == (beside.numbers, beside.claims, beside.by_class)
    notes = " ".join(verdict.notes)
    assert "Audited against the record in the file, for want of ledger.json and results.json." in notes
    assert sha256((out / "results.json").read_bytes()) in notes and sha256((out / "ledger.json").read_bytes()) in notes
    assert "the data (adverse_events.csv, participants.csv, relapses.csv, visits.csv) give them" in notes
    assert ("Not checked: that 3 images show the numbers" in notes) == (form == "docx")
    assert not any("record" in note for note in beside.notes)


def test_a_number_changed_in_a_file_alone_is_found(alone: Callable[[str], Path]) -> None:
    page = alone("html")
    before, record = page.read_bytes().split(SCRIPT)
    assert before.count(PRINTED.encode()) > 1
    page.write_bytes(before.replace(PRINTED.encode(), b"72.0", 1) + SCRIPT + record)
    (verdict,) = audit_files([page])
    assert ("altered", "72.0", PRINTED, MEAN) in [(f.verdict, f.text, f.expected, f.name) for f in verdict.findings]


@pytest.mark.parametrize("form", FORMS)
def test_a_record_that_does_not_fit_itself_is_found(form: str, alone: Callable[[str], Path], record: Record) -> None:
    one = deepcopy(record)
    key = next(k for k, e in one["ledger"]["entries"].items() if e["name"] == MEAN)
    raw = one["ledger"]["entries"][key]["raw"]
    one["ledger"]["entries"][key]["raw"] = "78.25"
    (verdict,) = audit_files([with_record(alone(form), packed(one))])
    hashed = ("altered", "sha256.ledger", record["sha256"]["ledger"], "")
    assert on_record(verdict) == [hashed, ("altered", MEAN, "78.25", raw)]
    (verdict,) = audit_files([with_record(alone(form), packed(mended(one)))])
    assert on_record(verdict) == [("altered", MEAN, "78.25", raw)]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda r: r["sha256"].update(results="0" * 64), "sha256.results"),
        (lambda r: r["sha256"].update(study="0" * 64), "sha256.study"),
        (lambda r: r["sha256"].update(references=None), "sha256.references"),
        (lambda r: r["sha256"]["data"].update({"visits.csv": "0" * 64}), "sha256.data.visits.csv"),
        (lambda r: r["sha256"]["data"].pop("visits.csv"), "sha256.data.visits.csv"),
        (lambda r: r["results"]["statistics"].pop("flow.included"), "flow.included"),
        (lambda r: r["results"]["statistics"]["flow.included"].update(value=None), "flow.included"),
        (lambda r: r["results"]["statistics"]["flow.included"].update(value=1), "flow.included"),
        (lambda r: r["ledger"]["blocks"].pop(), "sha256.ledger"),
    ],
)
def test_each_contradiction_of_a_record_is_named(
    change: Callable[[Record], object], name: str, alone: Callable[[str], Path], record: Record
) -> None:
    change(record)
    (verdict,) = audit_files([with_record(alone("html"), packed(record))])
    assert name in {found[1] for found in on_record(verdict)} and not verdict.passed


DAMAGES = {
    "cut": (lambda raw: raw[: len(raw) // 2], "is damaged or cut short: it is not readable as JSON."),
    "other": (lambda raw: b'{"schema": "x/1"}', "is not one that this version can read (schema 'x/1'"),
    "list": (lambda raw: b"[1]", "is not one that this version can read (schema None"),
    "deep": (lambda raw: b"[" * 200_000, "is damaged or cut short: it is not readable as JSON."),
    "empty": (lambda raw: b"{}", "is not one that this version can read"),
    "no results": (lambda raw: packed(json.loads(raw) | {"results": 3}), "is damaged: it holds no results"),
    "no hashes": (lambda raw: packed(json.loads(raw) | {"sha256": []}), "is damaged: it holds no hashes."),
    "no blocks": (
        lambda raw: packed(json.loads(raw) | {"ledger": json.loads(raw)["ledger"] | {"blocks": 1}}),
        "is damaged: blocks is missing, or is not what it should be.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_alone_is_a_sentence_and_beside_others_a_finding(
    damage: str, out: Path, alone: Callable[[str], Path]
) -> None:
    hurt, says = DAMAGES[damage]
    paper = alone("html")
    with_record(paper, hurt(record_of(paper).raw))
    with pytest.raises(AuditError) as caught:
        audit_files([paper])
    sentence = str(caught.value)
    assert says in sentence and sentence.endswith("Name the ledger.json that the paper was built with: --ledger PATH.")
    (verdict,) = audit_files([paper], ledger=out / "ledger.json", results=out / "results.json")
    assert [(f.verdict, f.where) for f in verdict.findings] == [("altered", "embedded record")]
    assert says in verdict.findings[0].why


@pytest.mark.parametrize("form", FORMS)
def test_two_records_are_one_too_many(form: str, alone: Callable[[str], Path]) -> None:
    paper = alone(form)
    with_record(paper, record_of(paper).raw, copies=2)
    with pytest.raises(AuditError, match="carries 2 records; which of them is its own cannot be told"):
        audit_files([paper])


def test_a_record_of_a_word_file_with_a_document_type_is_refused(alone: Callable[[str], Path]) -> None:
    paper = alone("docx")
    with_record(paper, record_of(paper).raw)
    with zipfile.ZipFile(paper) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    bomb = b'<!DOCTYPE record [<!ENTITY a "aaaa">]><record xmlns="urn:everynumber:record:1">&a;</record>'
    with zipfile.ZipFile(paper, "w") as archive:
        for name, content in (members | {"customXml/item1.xml": bomb}).items():
            archive.writestr(name, content)
    with pytest.raises(AuditError, match="its part of the Word file is not readable as XML"):
        record_of(paper)


def test_too_large_a_record_is_refused_and_many_open_scripts_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("report.audit.record.MAX_RECORD", 1000)
    page = b'<html><script id=everynumber-record type="application/json">' + b"1" * 1001 + b"</script></html>"
    with pytest.raises(AuditError, match=r"The record in p\.html is larger than 0 MB"):
        find_record("html", page, "p.html")
    assert MAX_RECORD == 100_000_000
    assert find_record("html", b"everynumber-record" + b"<script " * 300_000, "p.html") is None


def test_a_file_without_a_record_says_so(out: Path, alone: Callable[[str], Path]) -> None:
    page = alone("html")
    page.write_bytes(re.sub(rb'<script type="application/json".*?</script>', b"", page.read_bytes()))
    with pytest.raises(AuditError) as caught:
        audit_files([page])
    assert str(caught.value) == (
        "There is no ledger.json beside paper.html, and the file carries no record of its own (everynumber did not "
        "write it, or another program saved it). Name the ledger.json that the paper was built with: --ledger PATH."
    )
    (verdict,) = audit_files([page], ledger=out / "ledger.json", results=out / "results.json")
    assert verdict.passed
    assert "The file carries no record of its own; it was audited against ledger.json." in verdict.notes


# ---- with ledger or results at hand ----------------------------------------------------------------------------------


def forged(page: Path, record: Record) -> Path:
    """A number changed everywhere: in the text, in the ledger, in the results, and every hash that can be mended."""
    record["results"]["statistics"][MEAN]["value"] = 72.0
    for entry in record["ledger"]["entries"].values():
        if entry["name"] == MEAN:
            assert entry["text"] == PRINTED
            entry |= {"raw": "72.0", "text": "72.0"}
    for block in record["ledger"]["blocks"]:
        block["text"] = block["text"].replace(PRINTED, "72.0")
    head, tail = page.read_bytes().split(SCRIPT)
    page.write_bytes(head.replace(PRINTED.encode(), b"72.0") + SCRIPT + tail)
    return with_record(page, packed(mended(record)))


def test_a_whole_forgery_agrees_with_itself_and_is_found_against_what_is_at_hand(
    out: Path, alone: Callable[[str], Path], record: Record
) -> None:
    """What embedded proof does not establish, and what does: docs/proof.md."""
    page = forged(alone("html"), record)
    (verdict,) = audit_files([page])
    assert not on_record(verdict) and not [f for f in verdict.findings if f.verdict != "inconsistent"]
    for at_hand in ({"results": out / "results.json"}, {"ledger": out / "ledger.json"}):
        (verdict,) = audit_files([page], **at_hand)
        said = on_record(verdict)
        assert not verdict.passed
        if "results" in at_hand:
            assert ("altered", MEAN, "72.0", EXACT) in said
            assert {f.name for f in verdict.findings if f.where != "embedded record"} >= {MEAN}
        else:
            assert (
                "altered",
                "sha256.ledger",
                record["sha256"]["ledger"],
                sha256((out / "ledger.json").read_bytes()),
            ) in said
            assert ("altered", MEAN, "72.0", f"{PRINTED} ({EXACT})") in said


@pytest.mark.parametrize("form", FORMS)
def test_a_tampered_record_in_an_untouched_file_is_found(form: str, out: Path, tmp_path: Path, record: Record) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    record["results"]["statistics"]["flow.included"]["value"] = 61
    (verdict,) = audit_files([with_record(folder / f"paper.{form}", packed(record))])
    assert on_record(verdict) == [("altered", "flow.included", "61", "60")]
    assert [f.verdict for f in verdict.findings] == ["altered"]
    assert verdict.findings[0].where == "embedded record, the statistic flow.included"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda r: r["ledger"]["declared"].update(title="Another"), "declared"),
        (lambda r: r["ledger"]["blocks"][3].update(text="Another"), "b4"),
        (lambda r: r["ledger"]["entries"].pop(next(iter(r["ledger"]["entries"]))), None),
        (lambda r: r["results"]["analyses"].update(more={}), "more"),
        (lambda r: r["results"]["software"].update(numpy="0"), "software"),
        (lambda r: r["sha256"].update(ledger="0" * 64), "sha256.ledger"),
        (lambda r: r["sha256"].update(results="0" * 64), "sha256.results"),
        (lambda r: r["sha256"].update(study="0" * 64), "sha256.study"),
        (lambda r: r["sha256"]["data"].update({"visits.csv": "0" * 64}), "sha256.data.visits.csv"),
    ],
)
def test_each_difference_from_what_is_at_hand_is_named(
    change: Callable[[Record], object], name: str | None, out: Path, tmp_path: Path, record: Record
) -> None:
    name = name or next(iter(record["ledger"]["entries"].values()))["name"]
    change(record)
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    (verdict,) = audit_files([with_record(folder / "paper.html", packed(record))])
    assert [found[1] for found in on_record(verdict)] == [name]


def test_the_record_of_another_build_is_told_in_few_findings(out: Path, tmp_path: Path, record: Record) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "out"))
    for statistic in record["results"]["statistics"].values():
        statistic["value"] = 1
    (verdict,) = audit_files([with_record(folder / "paper.html", packed(record))])
    found = [f for f in verdict.findings if f.where.startswith("embedded record")]
    assert len(found) == 21
    assert re.fullmatch(r"it differs in \d{3} more places of this kind", found[-1].why)


def test_named_goes_before_beside_and_beside_before_embedded(
    out: Path, alone: Callable[[str], Path], tmp_path: Path
) -> None:
    page = alone("html")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    ledger = json.loads((out / "ledger.json").read_bytes())
    ledger["declared"]["title"] = "Another"
    (foreign / "ledger.json").write_text(json.dumps(ledger))
    shutil.copy(out / "results.json", foreign)
    assert audit_files([page])[0].passed
    shutil.copy(foreign / "ledger.json", page.parent)
    (verdict,) = audit_files([page])  # results are the record's still
    assert [name for _, name, _, _ in on_record(verdict)] == ["sha256.ledger", "declared"]
    assert any("for want of results.json." in note for note in verdict.notes)
    assert audit_files([page], ledger=out / "ledger.json")[0].passed
    (verdict,) = audit_files([page], ledger=foreign / "ledger.json", results=foreign / "results.json")
    assert not verdict.passed and not any("for want of" in note for note in verdict.notes)


def test_results_that_the_record_was_not_made_from(out: Path, alone: Callable[[str], Path]) -> None:
    page = alone("html")
    results = page.with_name("results.json")
    results.write_bytes((out / "results.json").read_bytes().replace(EXACT.encode(), b"71.01"))
    (verdict,) = audit_files([page])
    said = on_record(verdict)
    assert said[0][:2] == ("altered", "sha256.results")
    assert ("altered", MEAN, EXACT, "71.01") in said
    assert said[-1][1] == "sha256.results"


def test_files_of_two_studies_in_one_audit_each_by_its_own_record(alone: Callable[[str], Path], record: Record) -> None:
    pages = [alone("html"), alone("docx")]
    record["ledger"]["declared"]["title"] = "Another"
    with_record(pages[0], packed(mended(record)))
    verdicts = audit_files(pages)
    assert [verdict.passed for verdict in verdicts] == [True, True]
    assert verdicts[0].notes[-2] != verdicts[1].notes[-2]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="there is no LibreOffice on the path")
def test_a_word_file_that_libreoffice_took_through_odt_has_no_record(
    out: Path, alone: Callable[[str], Path], tmp_path: Path
) -> None:
    file = alone("docx")
    for form in ("odt", "docx"):
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", form]
        subprocess.run([*command, "--outdir", str(tmp_path), str(file)], check=True, capture_output=True, timeout=180)
        file = tmp_path / f"paper.{form}"
    with pytest.raises(AuditError, match="the file carries no record of its own"):
        audit_files([file])
    (verdict,) = audit_files([file], ledger=out / "ledger.json", results=out / "results.json")
    assert any("carries no record of its own" in note for note in verdict.notes)


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_record_byte_by_byte(out: Path, tmp_path: Path) -> None:
    def run(file: Path) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "report", "record", str(file)]
        return subprocess.run(command, capture_output=True, timeout=60, cwd=Path(__file__).parents[2])

    printed = [run(out / f"paper.{form}").stdout for form in FORMS]
    assert set(printed) == {record_of(out / "paper.pdf").raw}
    assert read_record(printed[0], "it").ledger.value["study"] == "nmosd"
    page = tmp_path / "other.html"
    page.write_text("<!DOCTYPE html><html><body><p>12 patients</p></body></html>")
    done = run(page)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.decode().strip() == (
        "other.html carries no record: everynumber did not write it, or another program saved it."
    )
