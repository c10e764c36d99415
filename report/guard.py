"""Work on files from outside, done in a child process with limits, so that no file takes the command down with it: what
it does to the libraries that read it (a crash, all memory, no end) becomes one sentence.

The child is a fork. It may take so much more address space and so much processor time, may write no byte to any file,
and hands its outcome back through a pipe as JSON, which cannot carry code. Where there is no fork (Windows) the work is
done here, without limits. docs/limits.md has the figures.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from report.errors import ReportError

Told = Callable[[Exception], "Sequence[str] | None"]
"""The sentences for a fault of the user's input; None for a fault of the program."""

NO_MEMORY = 70
"""The child's exit code where memory ran out."""


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int = 4_000_000_000
    """Bytes of address space beyond those held at the fork. macOS takes the figure but does not hold to it."""
    seconds: int = 300
    """Seconds of processor time."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of the work, and what it took: seconds of processor time, bytes of memory at the most (with what the
    process that was forked held already)."""

    value: Any
    seconds: float
    memory: int


def guarded(work: Callable[[], Any], told: Told, what: str, limits: Limits | None = None) -> Any:
    """What `work` returns (JSON data), done in a child process within the limits. `what` is worked on, in words.

    Raises ReportError with the sentences of what `work` raised, or one about a limit or a crash; RuntimeError, with
    the child's traceback as its cause, where `told` knows no sentence: a fault of the program.
    """
    return work() if sys.platform == "win32" else measured(work, told, what, limits).value


def measured(work: Callable[[], Any], told: Told, what: str, limits: Limits | None = None) -> Done:
    """As `guarded`, always in a child, and with what it took."""
    limits = limits or Limits()
    sys.stdout.flush()
    sys.stderr.flush()
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        _work(work, told, limits, sender)
    os.close(sender)
    try:
        with os.fdopen(receiver, "rb") as pipe:
            answer = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise ReportError(f"{what} could not be audited: {_end(code, limits)}.")
    kind, value = json.loads(answer)
    if kind == "told":
        raise ReportError(value)
    if kind == "fault":
        raise RuntimeError(value[0]) from RuntimeError("in the child process\n" + value[1])
    return Done(value, used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def _work(work: Callable[[], Any], told: Told, limits: Limits, sender: int) -> NoReturn:
    """The child's life: it never comes back to its caller."""
    code = 1
    warnings.simplefilter("ignore")  # of libraries about a file: the verdict or the sentence tells it
    try:
        _limit(limits)
        try:
            answer = json.dumps(("done", work()))
        except MemoryError:
            raise
        except Exception as error:
            lines = told(error)
            fault = (f"{type(error).__name__}: {error}", traceback.format_exc())
            answer = json.dumps(("fault", fault) if lines is None else ("told", list(lines)))
        with os.fdopen(sender, "wb") as pipe:
            pipe.write(answer.encode())
        code = 0
    except MemoryError:
        code = NO_MEMORY
    finally:
        os._exit(code)


def _limit(limits: Limits) -> None:
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, limits.memory + _held()),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # a platform that knows the limit and refuses it
            resource.setrlimit(kind, (least, hard))


def _held() -> int:
    """Bytes of address space of this process, where the system tells (Linux); 0 otherwise."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _end(code: int, limits: Limits) -> str:
    """How a child ended that gave no answer."""
    if code == NO_MEMORY:
        return f"reading it took more than the {limits.memory / 1e9:g} GB of memory that are allowed"
    if code == -signal.SIGXCPU:
        return f"it took more than the {limits.seconds} s of processor time that are allowed"
    if code == -signal.SIGKILL:
        return "the system ended the process that read it, as it does where memory runs out"
    if code < 0:
        return (
            f"it is damaged, made to do harm, or takes more than {limits.memory / 1e9:g} GB of memory: "
            f"the program that read it crashed ({signal.Signals(-code).name})"
        )
    return f"the process that read it ended without an answer (exit code {code})"
