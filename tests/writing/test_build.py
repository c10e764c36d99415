"""Whole builds, in folders with blanks and letters of other scripts: three audited files, the same bytes twice."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pypdfium2
import pytest

from analysis.faults import StudyError
from report.audit import audit_files
from report.build import Built, build, parse_formats
from report.errors import ReportError

NASTY = r"Wär|ter *of* <script>x()</script> #read(y) {{ z }} {{< var w >}} back\slash $m$ 研究 Ω"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Built]]:
    import shutil

    from conftest import NMOSD

    home = tmp_path_factory.mktemp("paper é 研究")
    folder = home / "nmosd"
    shutil.copytree(NMOSD, folder, ignore=shutil.ignore_patterns("__pycache__"))
    yield folder, build(folder, engine="embedded", out=home / "out put")


def words_of(path: Path) -> str:
    """All visible text, blanks made one."""
    if path.suffix == ".html":
        text = lxml.html.fromstring(path.read_bytes()).text_content()
    elif path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            xml = b"".join(parts.read(n) for n in parts.namelist() if re.match(r"word/(document|header\d*)\.xml", n))
        text = "".join(
            " " if t.startswith("<w:p ") or t in ("<w:p>", "</w:p>") else re.sub(r"<[^>]+>", "", t)
            for t in re.findall(r"<w:t(?: [^>]*)?>[^<]*</w:t>|</?w:p[ >]", xml.decode())
        )
        text = lxml.html.fromstring(f"<p>{text}</p>").text_content()
    else:
        pdf = pypdfium2.PdfDocument(path)
        text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
        text = text.replace("\ufffe", "")
    return re.sub(r"\s+", " ", text)


def test_a_build_leaves_three_audited_files_and_their_records(built: tuple[Path, Built]) -> None:
    _, made = built
    assert made.passed
    names = {p.relative_to(made.out).as_posix() for p in made.out.rglob("*") if p.is_file()}
    assert names == {
        "paper.pdf", "paper.html", "paper.docx", "checklist.pdf", "checklist.html", "checklist.docx", "checklist.json",
        "results.json", "ledger.json", "audit.json", "build.json",
        "figures/figure-flow.svg", "figures/figure-flow.png",
        "figures/figure-outcomes.svg", "figures/figure-outcomes.png",
        "figures/figure-harms.svg", "figures/figure-harms.png",
    }  # fmt: skip
    for file in made.audit["files"]:
        assert file["verdict"] == "pass"
        assert file["numbers"] > 900
        assert not file["findings"]


@pytest.mark.parametrize("name", ["paper.pdf", "paper.html", "paper.docx"])
def test_every_file_bears_the_notice_and_the_results(built: tuple[Path, Built], name: str) -> None:
    text = words_of(built[1].out / name)
    assert "SIMULATED DATA. The patients of this paper are invented" in text
    assert "difference 6.2 points; 95% CI 1.9 to 10.6" in text
    assert "Table 2. ADL and EDSS before and after treatment" in text


def test_the_same_input_gives_the_same_bytes_elsewhere(
    built: tuple[Path, Built], study_copy: Path, tmp_path: Path
) -> None:
    moved = study_copy.rename(study_copy.with_name("nmosd"))
    again = build(moved, engine="embedded", out=tmp_path / "again")
    for path in sorted(built[1].out.rglob("*")):
        if path.is_file():
            other = again.out / path.relative_to(built[1].out)
            assert path.read_bytes() == other.read_bytes(), path.name


def test_no_path_of_the_machine_stands_in_any_output(built: tuple[Path, Built]) -> None:
    folder, made = built
    for path in made.out.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".docx":
                with zipfile.ZipFile(path) as parts:
                    data = b"".join(parts.read(n) for n in parts.namelist())
            assert str(folder).encode() not in data and b"/tmp/" not in data, path.name


def test_an_unchanged_study_is_not_built_again(built: tuple[Path, Built]) -> None:
    folder, made = built
    assert build(folder, engine="embedded", out=made.out).reused


def test_an_output_that_was_touched_is_built_again(study_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(study_copy, engine="embedded", out=out, formats=("html",))
    page = out / "paper.html"
    page.write_bytes(page.read_bytes() + b"<!-- edited -->")
    again = build(study_copy, engine="embedded", out=out, formats=("html",))
    assert not again.reused
    assert b"edited" not in page.read_bytes()


def test_changed_data_change_the_paper(study_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(study_copy, engine="embedded", out=out, formats=("html",))
    visits = study_copy / "visits.csv"
    rows = visits.read_text().splitlines()
    at = next(i for i, row in enumerate(rows) if ",month_6," in row and not row.endswith(","))
    cells = rows[at].split(",")
    cells[-2] = "5" if cells[-2] != "5" else "10"
    rows[at] = ",".join(cells)
    before = (out / "paper.html").read_bytes()
    visits.write_text("\n".join(rows) + "\n")
    again = build(study_copy, engine="embedded", out=out, formats=("html",))
    assert not again.reused and again.passed
    assert (out / "paper.html").read_bytes() != before


@pytest.mark.parametrize("style", ["icmje", "jama"])
def test_hostile_text_is_printed_literally_everywhere(study_copy: Path, tmp_path: Path, style: str) -> None:
    study = study_copy / "study.yml"
    text = study.read_text(encoding="utf-8")
    quoted = "'" + NASTY.replace("'", "''") + "'"
    text = re.sub(r"name: Example Author One", lambda _: f"name: {quoted}", text)
    text = text.replace("alopecia: Hair loss", f"alopecia: {quoted}")
    text = text.replace(
        "funding: {statement: No funding was received for this demonstration.", f"funding: {{statement: {quoted}"
    )
    study.write_text(text, encoding="utf-8")
    prose = study_copy / "text" / "discussion.md"
    prose.write_text(
        NASTY.replace("{{ z }} {{< var w >}} ", "").replace("*of* ", "") + " end of it.\n", encoding="utf-8"
    )
    made = build(study_copy, engine="embedded", out=tmp_path / "out", style=style)
    assert made.passed, made.audit
    for name in ("paper.html", "paper.docx", "paper.pdf"):
        found = words_of(made.out / name).replace("’", "'")
        wanted = NASTY
        if name == "paper.pdf":  # a machine without fonts for them prints no Chinese letters
            found, wanted = re.sub("研究 ?", "", found), re.sub("研究 ?", "", wanted)
        assert found.count(wanted) >= 3, name
        assert NASTY.replace("{{ z }} {{< var w >}} ", "").replace("*of* ", "")[:30] in found


def test_real_data_bear_no_notice(study_copy: Path, tmp_path: Path) -> None:
    study = study_copy / "study.yml"
    study.write_text(study.read_text(encoding="utf-8").replace("data: simulated", "data: real"), encoding="utf-8")
    made = build(study_copy, engine="embedded", out=tmp_path / "out")
    assert made.passed
    for name in ("paper.html", "paper.docx", "paper.pdf"):
        assert "SIMULATED DATA" not in words_of(made.out / name)


def test_a_faulty_study_leaves_nothing_behind(study_copy: Path, tmp_path: Path) -> None:
    (study_copy / "visits.csv").unlink()
    out = tmp_path / "out"
    with pytest.raises(StudyError):
        build(study_copy, engine="embedded", out=out)
    assert not out.exists()


def test_a_fault_in_the_prose_leaves_the_last_paper_alone(study_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    earlier = [out / name for name in ("paper.pdf", "paper.docx", "checklist.pdf", "checklist.docx")]
    for path in earlier:
        path.write_bytes(b"of other results")
    build(study_copy, engine="embedded", out=out, formats=("html",))
    assert not any(path.exists() for path in earlier)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    prose = study_copy / "text" / "introduction.md"
    prose.write_text(prose.read_text(encoding="utf-8") + "\n\nThere were 60 patients.\n", encoding="utf-8")
    with pytest.raises(ReportError, match="the number '60' is typed"):
        build(study_copy, engine="embedded", out=out, formats=("html",))
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


def test_formats_are_checked() -> None:
    assert parse_formats("docx, pdf") == ("pdf", "docx")
    with pytest.raises(ReportError, match=r"--to takes a list of pdf, html, docx; 'word' is none."):
        parse_formats("word")


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "report", *words], capture_output=True, text=True, cwd=cwd)


def test_commands_and_their_exit_codes(built: tuple[Path, Built], tmp_path: Path) -> None:
    folder, made = built
    assert "audit" in run("--help", cwd=tmp_path).stdout
    checked = run("check", str(folder), cwd=tmp_path)
    assert checked.returncode == 0 and "participants 60" in checked.stdout
    analysed = run("analyse", str(folder), "--out", "there", cwd=tmp_path)
    assert analysed.returncode == 0
    assert (tmp_path / "there" / "results.json").read_bytes() == (made.out / "results.json").read_bytes()
    audited = run("audit", str(made.out / "paper.html"), "--json", cwd=tmp_path)
    assert audited.returncode == 0 and json.loads(audited.stdout)["verdict"] == "pass"
    traced = run("trace", "adl.month_6.treatment.mean", "--in", str(made.out), cwd=tmp_path)
    assert traced.returncode == 0
    assert re.search(r"value +80\.5 points", traced.stdout) and "table-outcomes row" in traced.stdout
    unknown = run("trace", "adl.month_6.treatment.men", "--in", str(made.out), cwd=tmp_path)
    assert unknown.returncode == 2 and "The nearest name is 'adl.month_6.treatment.mean'" in unknown.stderr


def test_a_wrong_number_makes_exit_code_1(built: tuple[Path, Built], tmp_path: Path) -> None:
    page = (built[1].out / "paper.html").read_text(encoding="utf-8")
    assert ">80.5<" in page
    (tmp_path / "paper.html").write_text(page.replace(">80.5<", ">80.6<", 1), encoding="utf-8")
    for name in ("results.json", "ledger.json"):
        (tmp_path / name).write_bytes((built[1].out / name).read_bytes())
    found = run("audit", "paper.html", cwd=tmp_path)
    assert found.returncode == 1
    assert "80.6" in found.stdout and "adl.month_6.treatment.mean" in found.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("build", "nowhere"), "There is no folder 'nowhere'. Name the folder that holds study.yml."),
        (("check", "."), "The folder '.' holds no study.yml."),
        (("audit", "nothing.pdf"), "nothing.pdf"),
        (("trace", "x"), "There is no results.json here or under _output."),
    ],
)
def test_what_cannot_run_is_said_in_a_sentence(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_two_halves_of_quarto_render(
    tmp_path: Path, study_copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Quarto calls before and after it renders; the rendering between is the embedded engine's here."""
    import shutil

    from report.build import quarto_post, quarto_pre
    from report.render import embedded

    root = tmp_path / "röot"
    shutil.copytree(study_copy, root / "data" / "nmosd")
    settings = (Path(__file__).resolve().parents[2] / "_quarto.yml").read_text(encoding="utf-8")
    (root / "_quarto.yml").write_text(settings, encoding="utf-8")
    assert quarto_pre(root) == 0
    project = root / "build" / "nmosd"
    made = embedded.render(project)
    left = root / "_output" / "build" / "nmosd"
    left.mkdir(parents=True)
    for path in made.values():
        path.replace(left / path.name)
    listed = "\n".join(f"_output/build/nmosd/paper.{f}" for f in ("html", "docx", "pdf"))
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_FILES", listed)
    assert quarto_post(root) == 0
    assert not left.exists()
    page = root / "_output" / "nmosd" / "paper.html"
    assert json.loads((page.parent / "audit.json").read_text(encoding="utf-8"))["verdict"] == "pass"

    left.mkdir(parents=True, exist_ok=True)
    wrong = page.read_text(encoding="utf-8").replace(">80.5<", ">80.6<", 1)
    (left / "paper.html").write_text(wrong, encoding="utf-8")
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_FILES", "_output/build/nmosd/paper.html")
    assert quarto_post(root) == 1
    assert "80.6" in capsys.readouterr().err

    (root / "data" / "nmosd" / "visits.csv").unlink()
    assert quarto_pre(root) == 2
    assert "visits.csv" in capsys.readouterr().err


def test_a_raised_citation_after_a_number_is_no_part_of_it(study_copy: Path, tmp_path: Path) -> None:
    prose = study_copy / "text" / "discussion.md"
    said = (
        "They were {{ n('flow.included') }} [@wu2022incidence]. {{ n('flow.included') }} [@wu2022incidence], as said.\n"
    )
    prose.write_text(prose.read_text(encoding="utf-8").rstrip() + "\n\n" + said, encoding="utf-8")
    made = build(study_copy, engine="embedded", out=tmp_path / "out", style="jama", formats=("pdf", "html"))
    assert made.passed, made.audit
    page = made.out / "paper.html"
    text = page.read_text(encoding="utf-8")
    start = text.index("They were <span")
    flat = re.sub(r"</?sup>", "", text[start : start + 600])  # now it reads 60.2
    page.write_text(text[:start] + flat + text[start + 600 :], encoding="utf-8")
    verdict = audit_files([page])[0]
    assert ("altered", "60.2", "60") in {(f.verdict, f.text, f.expected) for f in verdict.findings}
