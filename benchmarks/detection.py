"""How many seeded errors the audit finds, in every format, and how often it is wrong about files that are right.

    python benchmarks/detection.py                     prints the tables
    python benchmarks/detection.py --write             writes docs/detection.md as well
    python benchmarks/detection.py --sample 10 --format html --only "CI bounds swapped" --show-missed

For every study in data/ the paper is built (or taken from --built FOLDER/<study>), and each class of
`tampering/classes.py` is applied to the finished files: what a reader sees is changed, one tampering a file, spread
over all parts of the paper. Each file is then audited against the ledger, and the findings are judged
(`tampering/judging.py`). All chance comes from --seed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "detection.md"
sys.path.insert(0, str(ROOT))

from benchmarks.tampering import copies, harmless  # noqa: E402
from benchmarks.tampering.classes import CLASSES, Case, Change, Tampering, drawn  # noqa: E402
from benchmarks.tampering.docx import DocxPaper  # noqa: E402
from benchmarks.tampering.html import HtmlPaper  # noqa: E402
from benchmarks.tampering.judging import DRAWN_OVER, Outcome, Subject, judged, judged_harmless, told_of  # noqa: E402
from benchmarks.tampering.located import Located, locate  # noqa: E402
from benchmarks.tampering.nodes import Editable  # noqa: E402
from benchmarks.tampering.page import Report  # noqa: E402
from report.audit import AuditError, FileVerdict, audit_files  # noqa: E402

BATCH = 25
"""Files that are audited in one call: the ledger is read once for them."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One finished file of one study, or a copy of it."""

    study: str
    form: str
    """html, docx, pdf, docx without marks, docx saved by LibreOffice."""
    file: Path
    ledger: Path
    results: Path


# -- papers ----------------------------------------------------------------------------------------------------------


def build(study: Path, out: Path, *more: str) -> None:
    """Builds a study's paper. Raises CalledProcessError where that fails."""
    command = Path(sys.executable).parent / "everynumber"
    subprocess.run([command, "build", str(study), "--out", str(out), *more], check=True, capture_output=True)


def papers_of(study: str, out: Path, work: Path) -> list[Paper]:
    """The three files of a built study and the copies of its Word file."""
    files = {form: out / f"paper.{form}" for form in ("html", "docx", "pdf")}
    word = files["docx"].read_bytes()
    bare = work / f"{study}-bare.docx"
    bare.write_bytes(copies.stripped(word))
    files["docx, marks stripped"] = bare
    if copies.office():
        saved = work / f"{study}-office.docx"
        saved.write_bytes(copies.saved_by_office(word, "docx"))
        files["docx, saved by LibreOffice"] = saved
    files[DRAWN_OVER] = files["pdf"]
    return [Paper(study, form, file, out / "ledger.json", out / "results.json") for form, file in files.items()]


def data_cuts(folder: Path) -> dict[str, dict[str, float | None]]:
    """The study analysed again with some patients left out: by name of the cut, values that it must not print."""
    from dataclasses import replace

    from analysis.load import load_folder
    from analysis.pipeline import analyse

    study, data = load_folder(folder)
    patient = {key: file.role("patient") for key, file in study.files.items()}
    everyone = list(data.frames[study.participants][patient[study.participants]])
    cuts = {"the last three patients left out": everyone[-3:], "every tenth patient left out": everyone[::10]}
    found: dict[str, dict[str, float | None]] = {}
    for name, gone in cuts.items():
        frames = {
            key: frame[~frame[patient[key]].isin(gone)] if patient[key] else frame for key, frame in data.frames.items()
        }
        statistics = analyse(study, replace(data, frames=frames)).statistics
        found[name] = {key: record.get("value") for key, record in statistics.items()}
    return found


def open_paper(file: Path) -> Editable:
    """The file as text that can be edited. Raises ImportError where its format has no editor."""
    if file.suffix == ".pdf":
        from benchmarks.tampering.pdf import EditablePdf

        return EditablePdf(file.read_bytes())
    return (HtmlPaper if file.suffix == ".html" else DocxPaper)(file.read_bytes())


@cache
def opened(paper: Paper) -> tuple[Editable, Located]:
    """A paper's editor, and where it shows what its ledger prints."""
    editor = open_paper(paper.file)
    ledger, results = (json.loads(path.read_text("utf-8")) for path in (paper.ledger, paper.results))
    return editor, locate(editor.nodes, ledger, results)


# -- one class on one paper ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    paper: Paper
    klass: str
    most: int
    seed: int
    cuts: tuple[tuple[str, tuple[tuple[str, float | None], ...]], ...] = ()


def tamperings(job: Job) -> list[tuple[Tampering, bytes]]:
    """At most `most` tamperings of a class on a paper, with the files that they make."""
    editor, located = opened(job.paper)
    rng = random.Random(f"{job.seed} {job.paper.study} {job.paper.form} {job.klass}")
    case = Case(located, rng, {name: dict(values) for name, values in job.cuts})
    if job.klass == PICTURE and isinstance(editor, DocxPaper):
        return _pictures(editor, rng, job.most)
    if job.klass in HARMLESS:
        made = list(HARMLESS[job.klass](case))
        rng.shuffle(made)
        made = made[: job.most]
    else:
        made = drawn(case, job.klass, job.most)
    out: list[tuple[Tampering, bytes]] = []
    for tampering in made:
        edits = [change.edit for change in tampering.changes]
        try:
            if job.paper.form == DRAWN_OVER:
                out.append((tampering, editor.overlaid(edits)))  # type: ignore[attr-defined]
            else:
                out.append((tampering, editor.edited(edits)))
        except ValueError:  # a place that cannot be edited so that it shows: a field, a tab
            continue
    return out


PICTURE = "number in a figure changed"
OVER = ("one digit changed", "two arms' values swapped", "claim word reversed", "number in a figure changed")
"""What is tried that way."""
HARMLESS = {"prose": harmless.prose, "reworded": harmless.reworded}


def _pictures(editor: DocxPaper, rng: random.Random, most: int) -> list[tuple[Tampering, bytes]]:
    """Word files hold figures as images: a digit is painted over somewhere in one of them."""
    from PIL import Image, ImageDraw

    out: list[tuple[Tampering, bytes]] = []
    names = editor.images()
    for k in range(min(most, 12 * len(names))):
        name = names[k % len(names)]
        image = Image.open(BytesIO(editor.member(name))).convert("RGB")
        pen = ImageDraw.Draw(image)
        x, y = rng.randrange(image.width - 60), rng.randrange(image.height - 40)
        pen.rectangle((x, y, x + 40, y + 28), fill="white")
        pen.text((x + 6, y + 6), str(rng.randrange(100)), fill="black")
        data = BytesIO()
        image.save(data, "PNG")
        number = 1 + k % len(names)
        change = Change(-number, 0, 0, "", "")
        out.append(
            (Tampering(PICTURE, f"painted into figure {number}", (change,)), editor.with_member(name, data.getvalue()))
        )
    return out


def run(jobs: Sequence[Job]) -> list[Outcome]:
    """Tampers, audits and judges; the jobs are of one paper. Where the audit cannot run, that counts as missed."""
    paper = jobs[0].paper
    _, located = opened(paper)
    made = [(Subject(paper.study, paper.form, job.klass), *one) for job in jobs for one in tamperings(job)]
    out: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for low in range(0, len(made), BATCH):
            batch = made[low : low + BATCH]
            files = [Path(folder) / f"{low + k}{paper.file.suffix}" for k in range(len(batch))]
            for file, (_, _, data) in zip(files, batch, strict=True):
                file.write_bytes(data)
            for (subject, tampering, _), verdict in zip(batch, audited(files, paper), strict=True):
                judge = judged_harmless if subject.klass in HARMLESS else judged
                out.append(judge(subject, tampering, verdict, located))
            for file in files:
                file.unlink()
    return out


def audited(files: Sequence[Path], paper: Paper) -> list[FileVerdict | str]:
    try:
        return list(audit_files(files, results=paper.results, ledger=paper.ledger))
    except AuditError as error:
        if len(files) == 1:
            return [str(error)]
        return [verdict for file in files for verdict in audited([file], paper)]


# -- clean files -----------------------------------------------------------------------------------------------------


def clean_files(study: Path, built: Path, work: Path) -> list[tuple[str, Path, Path]]:
    """Files that are right: what each is, the file, and the folder with its ledger."""
    word = (built / "paper.docx").read_bytes()
    bare = copies.stripped(word)
    found = [(f"as built, {form}", built / f"paper.{form}", built) for form in ("html", "docx", "pdf")]
    made: list[tuple[str, Callable[[], bytes]]] = [
        ("docx, marks stripped", lambda: bare),
        ("docx, read and written by pandoc", lambda: copies.rewritten_by_pandoc(word)),
    ]
    if copies.office():
        made += [
            ("docx, saved by LibreOffice", lambda: copies.saved_by_office(word, "docx")),
            ("docx, by LibreOffice to odt and back", lambda: copies.saved_by_office(word, "odt", "docx")),
        ]
    for k, (what, make) in enumerate(made):
        file = work / f"{study.name}-clean-{k}.docx"
        file.write_bytes(make())
        found.append((what, file, built))
    variants: list[tuple[str, Sequence[str]]] = [("JAMA style", ("--style", "jama"))]
    if shutil.which("quarto"):
        variants.append(("Quarto engine", ("--engine", "quarto")))
    for what, more in variants:
        out = work / f"{study.name}-{more[1]}"
        build(study, out, *more)
        found += [(f"{what}, {form}", out / f"paper.{form}", out) for form in ("html", "docx", "pdf")]
    return found


def check_clean(files: Iterable[tuple[str, Path, Path]]) -> list[tuple[str, int, int, str]]:
    """What each is, how many findings and looks it has, and the first of them."""
    out = []
    for what, file, home in files:
        try:
            verdict = audit_files([file], results=home / "results.json", ledger=home / "ledger.json")[0]
        except AuditError as error:
            out.append((what, 1, 0, f" · {error}"))
            continue
        told = told_of(verdict.findings + verdict.looks) if verdict.findings or verdict.looks else ""
        out.append((what, len(verdict.findings), len(verdict.looks), told))
    return out


# -- the command -----------------------------------------------------------------------------------------------------


def jobs_of(
    papers: Iterable[Paper], classes: Sequence[str], most: int, seed: int, cuts: Mapping[str, Any]
) -> list[Job]:
    frozen = tuple((name, tuple(values.items())) for name, values in cuts.items())
    return [
        Job(paper, klass, most, seed, frozen if klass.startswith("stale") else ())
        for paper in papers
        for klass in classes
        if paper.form != DRAWN_OVER or klass in OVER
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=60, help="tamperings of each class and file, at most")
    parser.add_argument("--only", action="append", help="a class (or the beginning of its name)")
    parser.add_argument("--format", action="append", help="a format (or the beginning of its name)")
    parser.add_argument("--seed", type=int, default=20260115)
    parser.add_argument("--built", type=Path, help="a folder with papers that are built, one folder for each study")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-clean", action="store_true", help="leave out the clean files")
    parser.add_argument("--show-missed", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    began = time.perf_counter()
    classes = [*CLASSES, *HARMLESS]
    if asked.only:
        classes = [name for name in classes if any(name.startswith(only) for only in asked.only)]
    report = Report([], seed=asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        jobs: list[Job] = []
        for study in sorted(path.parent for path in (ROOT / "data").glob("*/study.yml")):
            built = asked.built / study.name if asked.built else work / study.name
            if not asked.built:
                build(study, built)
            papers = papers_of(study.name, built, work)
            if asked.format:
                papers = [paper for paper in papers if any(paper.form.startswith(form) for form in asked.format)]
            cuts = data_cuts(study) if any(name.startswith("stale") for name in classes) else {}
            jobs += jobs_of(papers, classes, asked.sample, asked.seed, cuts)
            if not asked.no_clean:
                report.clean += [(study.name, *line) for line in check_clean(clean_files(study, built, work))]
        with multiprocessing.get_context("fork").Pool(asked.processes) as pool:
            for job, outcomes in zip(jobs, pool.imap(run, ([job] for job in jobs)), strict=True):
                report.outcomes += outcomes
                grades = ", ".join(f"{n} {grade}" for grade, n in Counter(o.grade for o in outcomes).items())
                print(f"{job.paper.study}, {job.paper.form}, {job.klass}: {grades}", file=sys.stderr, flush=True)
    report.seconds = time.perf_counter() - began
    page = report.page()
    head = page.partition("## What is missed")[0]
    print(page if asked.show_missed else head + f"{sum(o.grade == 'missed' for o in report.outcomes)} missed.")
    print(f"{report.seconds:.0f} s", Counter(o.grade for o in report.outcomes))
    if asked.write:
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
