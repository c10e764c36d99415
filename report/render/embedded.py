"""The embedded engine: the bundled pandoc writes HTML, Word and typst, the typst library makes the PDF."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from report.errors import ReportError
from report.render import docx, embed
from report.render.project import READER, SOURCE, figure_fonts, read_settings, source_date_epoch

FORMATS = ("html", "docx", "pdf")
STANDARDS = ("a-3a", "ua-1")
"""PDF/A-3 with tags, which allows the attached record, and PDF/UA-1: why these, docs/proof.md tells."""
_TIMEOUT = 300
# Scripts that the fonts inside typst and matplotlib hold: only a text beyond them needs the fonts of the system.
_BEYOND_BUNDLED_FONTS = re.compile(
    "[^\u0000-\u058f\u1e00-\u2bff\u2c60-\u2c7f\ua700-\ua7ff\ue000-\uf8ff\ufb00-\ufb06\ufe00-\ufe0f\ufeff]"
)


def render(folder: Path, formats: Sequence[str] = FORMATS) -> dict[str, Path]:
    """Renders the project in ``folder`` to paper.html, paper.docx and paper.pdf in it, side by side."""
    made = dict(render_each(folder, formats))
    return {name: made[name] for name in formats}


def render_each(folder: Path, formats: Sequence[str] = FORMATS) -> Iterator[tuple[str, Path]]:
    """The same; gives each format with its file as soon as it is there, while the others are being made."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ReportError(f"The format {unknown[0]!r} is unknown: use one of {', '.join(FORMATS)}.")
    settings = read_settings(folder)
    when = source_date_epoch(settings)
    parsed = _pandoc(folder, when, SOURCE, "json", None)
    work = {"pdf": _pdf, "html": _html, "docx": _docx}  # the longest first
    wanted = [name for name in work if name in formats]
    with ThreadPoolExecutor(max_workers=3) as pool:
        running = {name: pool.submit(work[name], folder, when, parsed) for name in wanted}
        names = {future: name for name, future in running.items()}
        for future in as_completed(names):
            yield names[future], future.result()


@functools.cache
def pandoc_path() -> Path:
    """The pandoc inside the pypandoc wheel: never another one that happens to be on the path."""
    spec = importlib.util.find_spec("pypandoc")
    if spec is not None and spec.origin is not None:
        for name in ("pandoc", "pandoc.exe"):
            path = Path(spec.origin).parent / "files" / name
            if path.is_file():
                return path
    raise ReportError("The embedded engine needs pandoc: install the package pypandoc_binary.")


@functools.cache
def version() -> str:
    """The versions of both halves, for example ``pandoc 3.9, typst 0.15.2``."""
    done = subprocess.run([str(pandoc_path()), "--version"], capture_output=True, text=True, timeout=_TIMEOUT)
    return f"{done.stdout.splitlines()[0]}, typst {importlib.metadata.version('typst')}"


def _pandoc(folder: Path, when: str, source: str | bytes, to: str, output: Path | None, *options: str) -> bytes:
    """One run of pandoc: from the manuscript (a file name) or from what an earlier run parsed (JSON)."""
    command = [
        str(pandoc_path()),
        *([source] if isinstance(source, str) else []),
        f"--from={READER if isinstance(source, str) else 'json'}",
        f"--to={to}",
        f"--output={output.name if output else '-'}",
        "--standalone",
        "--wrap=none",
        "--lua-filter=everynumber.lua",
        f"--data-dir={folder / 'no-user-data'}",
        *options,
    ]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": when, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=source if isinstance(source, bytes) else b"",
            capture_output=True,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ReportError(f"pandoc could not be run for {to}: {problem}.") from problem
    messages = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise ReportError(f"pandoc could not make the {to} file: {_reason(messages)}")
    missing = re.findall(r"citation (\S+) not found", messages)
    if missing:
        raise ReportError(f"The text cites {', '.join(sorted(set(missing)))}, which references.bib does not hold.")
    return done.stdout


def _reason(messages: str) -> str:
    """What the filter says itself, else what pandoc says first; no stack of Lua calls."""
    said = re.search(r"everynumber: (.*)", messages)
    if said is not None:
        return said.group(1).strip()
    lines = [line.strip() for line in messages.split("stack traceback", 1)[0].splitlines() if line.strip()]
    return " / ".join(lines[:4]) or "it gave no reason."


def _last_lines(text: str, count: int = 4) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-count:]) or "it gave no reason."


def _beside(folder: Path, name: str) -> Path:
    return folder / f".{name}.{os.getpid()}.part{Path(name).suffix}"


def _html(folder: Path, when: str, parsed: bytes) -> Path:
    output, beside = folder / "paper.html", _beside(folder, "paper.html")
    try:
        _pandoc(folder, when, parsed, "html5", beside, "--template=template.html")
        embed.into_html(beside, folder)
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
    return output


def _docx(folder: Path, when: str, parsed: bytes) -> Path:
    output, beside = folder / "paper.docx", _beside(folder, "paper.docx")
    try:
        _pandoc(folder, when, parsed, "docx", beside, "--reference-doc=reference.docx")
        docx.finish(beside, folder)
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
    return output


def _pdf(folder: Path, when: str, parsed: bytes) -> Path:
    source, output, beside = folder / "manuscript.typ", folder / "paper.pdf", _beside(folder, "paper.pdf")
    try:
        _pandoc(folder, when, parsed, "typst", source, "--template=template.typ")
        beside.write_bytes(_typst(folder, source, when))
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
    return output


def _typst(folder: Path, source: Path, when: str) -> bytes:
    import typst

    fonts = figure_fonts()
    text = source.read_text(encoding="utf-8")

    def compiled(standards: list[Any] | None) -> object:
        return typst.compile(
            str(source),
            root=str(folder),
            font_paths=[str(fonts)] if fonts else [],
            ignore_system_fonts=_BEYOND_BUNDLED_FONTS.search(text) is None,
            format="pdf",
            timestamp=int(when),
            pdf_standards=standards,
            pdf_tags=True,
        )

    try:
        try:
            made = compiled(list(STANDARDS))
        except typst.TypstError as problem:
            if not re.search(r"PDF/(A|UA)", str(problem.message)):
                raise
            made = compiled(None)  # tagged all the same and with the record, only without the promise
    except typst.TypstError as problem:
        reason = _last_lines(str(problem.diagnostic or problem.message), 8)
        raise ReportError(f"typst could not make the PDF: {reason}") from problem
    if not isinstance(made, bytes):
        raise ReportError("typst made no PDF.")
    return made
