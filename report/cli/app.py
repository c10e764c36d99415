"""The application object, and what all commands share: progress, error sentences, exit codes."""

from __future__ import annotations

import io
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from report.errors import printable

FINE, FINDINGS, COULD_NOT_RUN = 0, 1, 2

app = typer.Typer(
    name="everynumber",
    help="Writes the paper of a clinical trial from its data, and proves every number in it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point. A fault of the user's input ends in sentences; one of the program in a log file and a sentence."""
    from report.cli import analyse, audit, build, check, checklist, exchange, init, record, trace  # noqa: F401

    for stream in (sys.stdout, sys.stderr):  # a file may hold characters that cannot be printed here
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        fail("Stopped.")
    except Exception as error:
        _explain(error)


def sentences(error: Exception) -> list[str] | None:
    """What to tell the user about a fault of the input; None where it is a fault of the program."""
    from analysis.faults import StudyError
    from report.errors import ReportError

    if isinstance(error, StudyError):
        count = len(error.faults)
        return [f"The study has {count} fault{'s' if count != 1 else ''}:", *(f"- {fault}" for fault in error.faults)]
    if isinstance(error, ReportError):
        return list(error.problems)
    if type(error).__name__ == "AuditError":
        return [str(error)]
    if isinstance(error, OSError):
        return [f"{error.filename or 'A file'}: {error.strerror or error}."]
    return None


def _explain(error: Exception) -> NoReturn:
    told = sentences(error)
    if told is not None:
        fail(*told)
    with tempfile.NamedTemporaryFile("w", prefix="everynumber-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exc(file=log)
    fail(
        f"This is a fault of everynumber, not of your study: {type(error).__name__}: {error}",
        f"The details are in {log.name}.",
    )


def fail(*lines: str) -> NoReturn:
    print(printable("\n".join(lines)), file=sys.stderr)
    raise SystemExit(COULD_NOT_RUN)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Shows the step under way on a terminal; says nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("starting") as status:
        yield lambda step: status.update(f"{step} …")


def study_folder(path: Path) -> Path:
    """The folder of a study, named itself or by its study.yml."""
    folder = path.parent if path.name == "study.yml" else path
    if not folder.is_dir():
        fail(f"There is no folder '{path}'. Name the folder that holds study.yml.")
    if not (folder / "study.yml").is_file():
        fail(f"The folder '{path}' holds no study.yml. Name the folder of a study, for example data/nmosd.")
    return folder
