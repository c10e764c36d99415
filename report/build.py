"""From a study's folder to its audited paper: one step after the other, each in its own module.

Heavy imports happen inside the steps, so that a command that needs little starts quickly.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report.errors import ReportError
from report.ledger import file_sha256, sha256
from report.manifest import Manifest

if TYPE_CHECKING:
    from analysis.study import Study
    from report.checklist.states import Facts
    from report.compose import Inputs, Paper
    from report.render.engine import Engine

FORMATS = ("pdf", "html", "docx")
LATER = ("report.bibliography", "report.audit.run", "report.render.engine", "typst")
"""Modules that composing, rendering and auditing need."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """What a build left: the folder, the files by format, the audit's verdicts as in audit.json."""

    out: Path
    files: dict[str, Path]
    audit: dict[str, Any]
    engine: str
    reused: bool
    checklist: str = ""
    """How many items of the reporting checklist are in which state."""
    owed: tuple[str, ...] = ()
    """A sentence for each item that the author still owes."""

    @property
    def passed(self) -> bool:
        return bool(self.audit["verdict"] == "pass")

    @property
    def draft(self) -> bool:
        """Whether the paper is marked as a draft."""
        return _marked(self.out)

    @property
    def overruled(self) -> list[str]:
        """A sentence for each finding on the author's words that the author overruled."""
        from report.wording.study import overruled_sentence

        ledger = json.loads((self.out / "ledger.json").read_text(encoding="utf-8"))
        return [overruled_sentence(one) for one in ledger["overrules"]]


def _quiet(_: str) -> None:
    return None


def parse_formats(text: str) -> tuple[str, ...]:
    """'pdf,docx' as formats in their usual order. Raises ReportError for an unknown one."""
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [w for w in wanted if w not in FORMATS]
    if unknown or not wanted:
        raise ReportError(f"--to takes a list of {', '.join(FORMATS)}; '{text}' is none.")
    return tuple(f for f in FORMATS if f in wanted)


def build(
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    engine: str = "auto",
    style: str | None = None,
    out: Path | None = None,
    results: Path | None = None,
    progress: Progress = _quiet,
) -> Built:
    """Builds and audits the paper of the study in ``folder``, from its data, or from ``results``: a results.json that
    another program made (docs/results-file.md). With it the data are not read.

    Raises analysis.faults.StudyError for faults of the study, ReportError for all else that a user can mend. Nothing
    is written to ``out`` unless every file was made.
    """
    folder = folder.resolve()
    out = (out or Path("_output") / study_id(folder)).resolve()
    manifest = Manifest.wanted(folder, formats=formats, engine=engine, style=style)
    if results is not None:
        manifest = _with_results(manifest, results)
    if manifest.stands(out):
        progress("nothing has changed since the last build")
        return _reused(out, formats, manifest)
    if results is None:
        progress("computing the results")
        study, computed, paper = _written(folder, style, progress)
    else:
        study, computed, paper = _from_given(folder, results, style, progress)
    with tempfile.TemporaryDirectory(prefix="everynumber-") as scratch:
        from report.draft import is_marked, marked
        from report.render import engine as engines

        chosen = engines.choose(engine)
        making = partial(_made, study=study, computed=computed, engine=chosen, formats=formats, progress=progress)
        made = making(Path(scratch) / "first", paper)
        if made.owes and not is_marked(paper):  # a finished file lost words that answer an item
            made = making(Path(scratch) / "draft", marked(paper))
        _collect(made.project, made.files, out, made.more)
        manifest.write(out, engine=chosen.name)
    return Built(out, {f: out / f"paper.{f}" for f in formats}, made.audit, chosen.version, False, *_owed(out))


@dataclass(frozen=True)
class _Made:
    """A paper with its files, their verdicts and its checklist, in a temporary folder."""

    project: Path
    files: dict[str, Path]
    audit: dict[str, Any]
    more: list[Path]

    @property
    def owes(self) -> bool:
        return bool(_owed(self.more[0].parent)[1])


def _made(
    scratch: Path,
    paper: Paper,
    *,
    study: Study,
    computed: bytes,
    engine: Engine,
    formats: Sequence[str],
    progress: Progress,
) -> _Made:
    """Renders a paper, audits its files and fills its checklist."""
    project = scratch / "project"
    write_paper(project, paper, study, computed)
    progress(f"rendering and auditing {', '.join(formats)} with {engine.version}")
    files: dict[str, Path] = {}
    audit = audit_outputs(project, _kept(engine.render(project, formats), files), Path(study.folder))
    progress("filling the checklist")
    return _Made(project, files, audit, write_checklist(scratch / "checklist", study, project, files, formats))


def shown(path: Path) -> str:
    """A path as it is told on the terminal: from the working folder, where it lies in it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def study_id(folder: Path) -> str:
    return folder.resolve().name


def _reused(out: Path, formats: Sequence[str], manifest: Manifest) -> Built:
    audit = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    return Built(out, {f: out / f"paper.{f}" for f in formats}, audit, manifest.engine, True, *_owed(out))


def _written(folder: Path, style: str | None, progress: Progress) -> tuple[Study, bytes, Paper]:
    """The study, its results.json and its paper. Raises StudyError with the faults of study file and data together."""
    from report import workers

    with workers.start(folder) as running:
        from analysis.faults import StudyError
        from analysis.study import load_study
        from report import templating

        # What comes later is loaded while the results are being computed.
        templating.warm()
        for later in LATER:
            import_module(later)
        results, faults = running.results.result()
        if faults:
            raise StudyError(faults)
        progress("writing the paper")
        study = load_study(folder)
        return study, results, compose_paper(study, results, style, running.drawing)


def _with_results(manifest: Manifest, results: Path) -> Manifest:
    """The manifest of a build from given results: their hash is one of its options."""
    if not results.is_file():
        raise ReportError(f"There is no file '{results}'. Name the results.json that another program wrote.")
    return replace(manifest, options={**manifest.options, "results_sha256": file_sha256(results)})


def _from_given(folder: Path, path: Path, style: str | None, progress: Progress) -> tuple[Study, bytes, Paper]:
    """The study, results that another program made, and their paper. Raises ReportError with all that is wrong with the
    results, StudyError for faults of study.yml.

    The results are written in the form of our own; inputs of which they give no hash are left out, since a finished
    paper carries hashes.
    """
    from analysis.exchange.check import drawn_faults, given_faults, study_faults
    from analysis.exchange.faults import ExchangeError, read_json
    from analysis.results import Results
    from analysis.study import load_study
    from report.given import compose_given
    from report.styles import load_style

    progress("reading the results")
    study = load_study(folder)
    try:
        document = read_json(path)
    except ExchangeError as error:
        raise ReportError(error.problems) from error
    faults = given_faults(document, path.name) or [
        *study_faults(document, study, path.name),
        *drawn_faults(document, study, path.name),
    ]
    if faults:
        raise ReportError(faults)
    document["inputs"] = [item for item in document["inputs"] if "sha256" in item]
    results = Results(document).text().encode()
    progress("writing the paper")
    inputs = _inputs(study, results)
    paper = compose_given(inputs, load_style(style or inputs.study["style"]), path.name)
    return study, results, _drafted(paper, study)


def compose_paper(
    study: Study, results: bytes, style: str | None, pool: Executor | None = None, *, draft: bool = False
) -> Paper:
    """The paper of a study and its results.json; marked as a draft where the author owes an item of the checklist, and
    with ``draft`` in any case."""
    from report.compose import compose
    from report.styles import load_style

    inputs = _inputs(study, results)
    return _drafted(compose(inputs, load_style(style or inputs.study["style"]), pool), study, always=draft)


def _drafted(paper: Paper, study: Study, *, always: bool = False) -> Paper:
    """The paper, marked as a draft where its author owes an item of the checklist."""
    from report.draft import foreseen, marked, owes

    return marked(paper) if always or owes(foreseen(paper, facts_of(study))) else paper


def _inputs(study: Study, results: bytes) -> Inputs:
    from report.bibliography import read_bibliography
    from report.compose import Inputs, prose_files

    declared = study.model_dump(mode="json")
    folder = Path(study.folder)
    bibliography = read_bibliography(folder / study.references if study.references else None)
    return Inputs(
        study=declared,
        study_id=study_id(folder),
        results=json.loads(results),
        prose=prose_files(declared, folder),
        bibliography=bibliography,
        hashes={
            "results_sha256": sha256(results),
            "study_sha256": file_sha256(folder / "study.yml"),
            "references_sha256": sha256(bibliography.data),
        },
        given=study.model_dump(mode="json", exclude_unset=True),
        lines=study.lines,
    )


def write_paper(project: Path, paper: Paper, study: Study, results: bytes) -> None:
    """Writes the Quarto project of a paper with results.json and ledger.json beside it."""
    from report.record import make_record
    from report.render.project import Manuscript, write_project
    from report.styles import load_style

    style = load_style(paper.ledger.style)
    ledger = paper.ledger.to_json()
    project.mkdir(parents=True, exist_ok=True)
    figures = {f"{name}.svg": figure.svg for name, figure in paper.figures.items()}
    figures |= {f"{name}.png": figure.png for name, figure in paper.figures.items()}
    write_project(
        project,
        Manuscript(
            body=paper.body,
            title=paper.title,
            date=study.dates.document,
            authors=paper.authors,
            short_title=paper.short_title,
            lang=style.language,
            keywords=paper.keywords,
            header_text=paper.header,
            simulated=paper.notice,
            draft=paper.draft,
            bib=paper.references,
            csl=style.references.csl,
            record=make_record(ledger, results),
            figures=figures,
        ),
    )
    (project / "results.json").write_bytes(results)
    (project / "ledger.json").write_bytes(ledger)


def _kept(made: Iterable[tuple[str, Path]], files: dict[str, Path]) -> Iterator[Path]:
    """Each file as it comes from the engine, noted in ``files`` on its way to the audit."""
    for name, path in made:
        files[name] = path
        yield path


def audit_outputs(project: Path, files: Iterable[Path], study: Path) -> dict[str, Any]:
    """Audits finished files as they come against the results and ledger beside them; writes audit.json beside them."""
    from report.audit import AuditError, audit_files, to_json

    try:
        verdicts = audit_files(files, results=project / "results.json", ledger=project / "ledger.json", study=study)
    except AuditError as error:
        raise ReportError(f"The audit could not read what was rendered: {error}") from error
    record: dict[str, Any] = to_json(sorted(verdicts, key=lambda verdict: FORMATS.index(verdict.format)))
    (project / "audit.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return record


def write_checklist(
    folder: Path, study: Study, project: Path, files: dict[str, Path], formats: Sequence[str], *, lines: bool = False
) -> list[Path]:
    """Fills the reporting checklist of finished files into ``folder``; gives what it wrote. ``project`` holds their
    ledger. With ``lines``, the lines of the Word file are read from a layout, where LibreOffice is on the path."""
    from report.checklist import files as checklist

    ledger = json.loads((project / "ledger.json").read_text(encoding="utf-8"))
    facts = facts_of(study)
    filled = checklist.filled(ledger, facts, files, lines=lines)
    return list(checklist.write(folder, filled, ledger, facts, files, formats).values())


def facts_of(study: Study) -> Facts:
    """What the checklist needs of a study file."""
    from report.checklist.states import Facts
    from report.compose import prose_files

    declared = study.model_dump(mode="json")
    prose = {key: text for key, (_, text) in prose_files(declared, Path(study.folder)).items()}
    return Facts(declared, study.model_dump(mode="json", exclude_unset=True), prose)


def number_lines(built: Built, folder: Path) -> Built:
    """Fills the checklist of a build once more, with the lines of the Word file where LibreOffice is on the path."""
    from analysis.study import load_study

    out, files = built.out, built.files
    with tempfile.TemporaryDirectory(prefix="everynumber-") as scratch:
        made = write_checklist(Path(scratch) / "checklist", load_study(folder), out, files, list(files), lines=True)
        _place((path, out / path.name) for path in made)
    Manifest.retake(out)
    return replace(built, checklist=_owed(out)[0], owed=_owed(out)[1])


def _owed(out: Path) -> tuple[str, tuple[str, ...]]:
    """What checklist.json says: the states in one line, and what the author owes."""
    from report.checklist.record import owed_of, summary_of

    record = json.loads((out / "checklist.json").read_text(encoding="utf-8"))
    return summary_of(record), owed_of(record)


def _marked(out: Path) -> bool:
    """Whether the paper in a folder is marked as a draft."""
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    return bool(ledger["furniture"].get("draft"))


def owed_line(count: int, study: str, *, marked: bool) -> str:
    """'3 items await the author, and the paper is marked DRAFT: everynumber check STUDY'"""
    items = f"{count} item{'s' if count != 1 else ''} await{'s' if count == 1 else ''} the author"
    if marked:
        return f"{items}, and the paper is marked DRAFT: everynumber check {study}"
    return (
        f"{items}, and the paper is not marked as a draft, because the finished files lack words that its text had: "
        f"everynumber build {study}"
    )


def _collect(project: Path, files: dict[str, Path], out: Path, more: Sequence[Path] = ()) -> None:
    """Moves everything to its place: made beside it first, then renamed."""
    wanted = [(path, out / f"paper.{fmt}") for fmt, path in files.items()]
    wanted += [(path, out / path.name) for path in more]
    wanted += [(project / name, out / name) for name in ("results.json", "ledger.json", "audit.json")]
    wanted += [(path, out / "figures" / path.name) for path in sorted((project / "figures").iterdir())]
    _place(wanted)
    for form in set(FORMATS) - set(files):  # of an earlier build, and perhaps of other results
        for name in (f"paper.{form}", f"checklist.{form}"):
            (out / name).unlink(missing_ok=True)


def _place(wanted: Iterable[tuple[Path, Path]]) -> None:
    """Copies files beside their places, and renames them when all are there."""
    fresh = []
    for source, target in wanted:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.new")
        shutil.copyfile(source, beside)
        fresh.append((beside, target))
    for beside, target in fresh:
        beside.replace(target)


# ---- quarto render at the root: pre-render composes, post-render collects and audits


def quarto_pre(root: Path | None = None) -> int:
    """Composes the study that ``_quarto.yml`` names into the place where Quarto looks for the manuscript."""
    return _reported(lambda: _quarto_pre((root or Path.cwd()).resolve()))


def quarto_post(root: Path | None = None) -> int:
    """Brings what Quarto rendered to its place in the output folder and audits it."""
    return _reported(lambda: _quarto_post((root or Path.cwd()).resolve()))


def _reported(work: Callable[[], int]) -> int:
    import sys

    from analysis.faults import StudyError

    try:
        return work()
    except StudyError as error:
        lines = [str(fault) for fault in error.faults]
    except ReportError as error:
        lines = list(error.problems)
    print("\n".join(["everynumber could not make the paper:", *lines]), file=sys.stderr)
    return 2


def _quarto_settings(root: Path) -> tuple[Path, Path, Path]:
    """(study folder, project folder, output folder) as ``_quarto.yml`` says."""
    import yaml

    settings = yaml.safe_load((root / "_quarto.yml").read_text(encoding="utf-8"))
    named = (settings.get("everynumber") or {}).get("study")
    if not named:
        raise ReportError("_quarto.yml does not say which study to build. Add 'everynumber: {study: data/…}'.")
    study = root / named
    out = root / (settings["project"].get("output-dir") or "_output") / study_id(study)
    return study, root / "build" / study_id(study), out


def _quarto_pre(root: Path) -> int:
    study_folder, project, _ = _quarto_settings(root)
    study, results, paper = _written(study_folder, None, _quiet)
    write_paper(project, paper, study, results)
    from report.render.project import write_fonts

    write_fonts(project)
    return 0


def _quarto_post(root: Path) -> int:
    import sys

    from analysis.study import load_study
    from report.audit import text_of
    from report.render import quarto

    study_folder, project, out = _quarto_settings(root)
    listed = [line for line in os.environ.get("QUARTO_PROJECT_OUTPUT_FILES", "").splitlines() if line.strip()]
    rendered = quarto.finish([root / line for line in listed], project)
    if not rendered:
        raise ReportError("Quarto rendered no paper. Look above for its message.")
    audit = audit_outputs(project, rendered.values(), study_folder)
    with tempfile.TemporaryDirectory(prefix="everynumber-") as scratch:
        study = load_study(study_folder)
        more = write_checklist(Path(scratch) / "checklist", study, project, rendered, list(rendered))
        _collect(project, rendered, out, more)
    owed = _owed(out)[1]
    unmarked = bool(owed) and not _marked(out)
    for path in rendered.values():
        path.unlink(missing_ok=True)
    shutil.rmtree(out.parent / "build" / out.name, ignore_errors=True)  # what Quarto copied for its page
    print(text_of(audit), file=sys.stderr)
    if owed:
        print(owed_line(len(owed), str(study_folder.relative_to(root)), marked=not unmarked), file=sys.stderr)
    return 0 if audit["verdict"] == "pass" and not unmarked else 1
