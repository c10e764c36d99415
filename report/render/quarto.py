"""Real Quarto, where it is on the path: the same project folder, the same filter and templates, ``quarto render``.

Seen with Quarto 1.9: the manuscript's ``from:`` (no raw HTML, TeX or typst) is honoured; so are our own ``template:``
for HTML (with ``minimal`` and without theme nothing of Quarto's stays in the page) and for typst. Citations are set by
the filter itself, so that nothing hangs on where in Quarto's chain citeproc stands.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from report.errors import ReportError
from report.render import docx, embed
from report.render.project import SOURCE, read_settings, source_date_epoch, write_fonts

LOG = "quarto.log"
_WRITERS = {"html": "html", "docx": "docx", "pdf": "typst"}
_OUTPUT = "_rendered"
_TIMEOUT = 900
_PROJECT = f"""# Written for one run of Quarto by everynumber, and removed after it.
project:
  type: default
  output-dir: {_OUTPUT}
  render: [{SOURCE}]
"""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@functools.cache
def available() -> str | None:
    """Quarto's version, or None when there is no quarto on the path (or none that runs)."""
    program = shutil.which("quarto")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip()
    return version if done.returncode == 0 and version else None


def render(folder: Path, formats: Sequence[str] = ("html", "docx", "pdf")) -> dict[str, Path]:
    """Renders the project in ``folder`` with Quarto to paper.html, paper.docx and paper.pdf in it."""
    unknown = [name for name in formats if name not in _WRITERS]
    if unknown:
        raise ReportError(f"The format {unknown[0]!r} is unknown: use one of {', '.join(_WRITERS)}.")
    program = shutil.which("quarto")
    if program is None:
        raise ReportError("There is no quarto on the path: install Quarto or use --engine embedded.")
    settings = read_settings(folder)
    write_fonts(folder)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": source_date_epoch(settings), "NO_COLOR": "1"}
    # Quarto takes one format or all of them.
    runs: list[list[str]] = [[]] if set(formats) == set(_WRITERS) else [["--to", _WRITERS[name]] for name in formats]
    project = folder / "_quarto.yml"
    log: list[str] = []
    try:
        project.write_text(_PROJECT, encoding="utf-8")
        made: dict[str, Path] = {}
        for options in runs:
            shutil.rmtree(folder / _OUTPUT, ignore_errors=True)
            try:
                _run([program, "render", *options], folder, environment, log)
            except ReportError as problem:
                if "PDF/A" not in str(problem):
                    raise
                # As in the embedded engine: tagged all the same and with the record, only without the promise.
                _run([program, "render", *options, "-M", "pdf-standard:1.7"], folder, environment, log)
            for kind, path in finish((folder / _OUTPUT).rglob("paper.*"), folder).items():
                made[kind] = path.replace(folder / path.name)
    finally:
        project.unlink(missing_ok=True)
        shutil.rmtree(folder / _OUTPUT, ignore_errors=True)
        (folder / LOG).write_text("".join(log), encoding="utf-8")
    missing = [name for name in formats if name not in made]
    if missing:
        raise ReportError(f"Quarto ended well but made no {missing[0]} file: see {LOG} in {folder}.")
    return {name: made[name] for name in formats}


def finish(outputs: Iterable[Path], folder: Path) -> dict[str, Path]:
    """Finishes what Quarto rendered from ``folder``, where it lies, and names it by format."""
    made: dict[str, Path] = {}
    for output in sorted(outputs):
        kind = output.suffix.lstrip(".")
        if kind in _WRITERS and output.is_file():
            if kind == "docx":
                docx.finish(output, folder)
            elif kind == "html":
                embed.into_html(output, folder)
            made[kind] = output
    return made


def _run(command: list[str], folder: Path, environment: dict[str, str], log: list[str]) -> None:
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ReportError(f"Quarto could not be run: {problem}.") from problem
    text = _COLOURS.sub("", (done.stdout + done.stderr).decode("utf-8", "replace"))
    log.append(text)
    if done.returncode != 0:
        raise ReportError(f"Quarto could not render the paper: {_reason(text)} The whole log is {LOG} in {folder}.")


def _reason(log: str) -> str:
    """What Quarto says went wrong: its line of error, else its last lines."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "fatal"))]
    said = list(dict.fromkeys(errors))[:3] or lines[-4:] or ["it gave no reason."]
    return " / ".join(said).rstrip(".") + "."
