"""How long a build takes, step by step, beside a bare script that makes the same paper and audits nothing (bare.py).

    python benchmarks/build.py            prints the table
    python benchmarks/build.py --write    writes docs/benchmarks.md as well

Every figure is the median of five (``--runs``). Each run is a new process that writes into a new folder; everynumber
and the bare script run in turn, so that a slow moment of the machine meets both. One run of each goes before,
unmeasured, so that neither pays for byte code or cold files. Memory is measured in runs of its own, by adding up the
whole tree of processes every few milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "data" / "nmosd"
BARE = ROOT / "benchmarks" / "bare.py"
PAGE = ROOT / "docs" / "benchmarks.md"
COMMAND = Path(sys.executable).parent / "everynumber"

# The steps of a build. In the build itself the first three run side by side, and so do rendering and auditing.
STEPS = (
    "read, check and analyse",
    "compile templates, load the rest",
    "compose and draw",
    "write project",
    "render three files",
    "audit three files",
    "collect",
)


# ---- the steps one after the other, in a process of their own ----------------------------------------


def child(out: Path) -> None:
    """Takes the steps of a build one after the other, each with its imports; prints the seconds of each as JSON."""
    from report import build as work
    from report import templating, workers

    spent: dict[str, float] = {}
    began = time.perf_counter()

    def done(step: str) -> None:
        nonlocal began
        now = time.perf_counter()
        spent[step], began = now - began, now

    results, faults = workers.compute(STUDY)
    assert not faults
    done("read, check and analyse")
    templating.warm()
    for later in work.LATER:
        import_module(later)
    done("compile templates, load the rest")
    from analysis.study import load_study

    study = load_study(STUDY)
    paper = work.compose_paper(study, results, None)
    done("compose and draw")
    project = out / "project"
    work.write_paper(project, paper, study, results)
    done("write project")
    from report.render import embedded

    files = embedded.render(project, work.FORMATS)
    done("render three files")
    record = work.audit_outputs(project, files.values(), STUDY)
    done("audit three files")
    work._collect(project, files, out / "out")
    done("collect")
    print(json.dumps({"steps": spent, "verdict": record["verdict"]}))


# ---- running and measuring -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    seconds: float
    output: str


def run(*command: str | Path, allowed: tuple[int, ...] = (0,)) -> Run:
    began = time.perf_counter()
    done = subprocess.run([str(c) for c in command], cwd=ROOT, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode not in allowed:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return Run(seconds, done.stdout)


def build_command(out: Path) -> tuple[str | Path, ...]:
    return (COMMAND, "build", STUDY, "--engine", "embedded", "--out", out)


def bare_command(out: Path) -> tuple[str | Path, ...]:
    return (sys.executable, BARE, "--out", out)


def peak_memory(*command: str | Path) -> float:
    """The largest sum of the memory of a process and all its descendants, in MB (Linux; shared pages counted once)."""
    process = subprocess.Popen(
        [str(c) for c in command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak, over = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.is_set():
            peak = max(peak, sum(_memory(pid) for pid in _tree(process.pid)))
            over.wait(0.004)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    over.set()
    watcher.join()
    return peak / 1024


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(p) for p in (task / "children").read_text().split()]
        except OSError:
            continue  # it has just ended
    return found


def _memory(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(found.group(1)) if (found := re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)) else 0


def printed_numbers(pdf: Path) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return len(re.findall(r"\d+(?:[.,]\d+)*", text))


@dataclass
class Measured:
    times: dict[str, list[float]]
    steps: dict[str, list[float]]
    bare_steps: dict[str, list[float]]
    memory: dict[str, float]
    numbers: dict[str, int]
    verdict: str

    def __getitem__(self, name: str) -> float:
        return statistics.median(self.times[name])


def measure(runs: int) -> Measured:
    times: dict[str, list[float]] = {name: [] for name in ("build", "bare", "unchanged", "help")}
    steps: dict[str, list[float]] = {name: [] for name in STEPS}
    bare_steps: dict[str, list[float]] = {}
    verdict = ""
    with tempfile.TemporaryDirectory(prefix="everynumber-benchmark-") as scratch:
        home = Path(scratch)
        for k in range(runs + 1):
            ours, bare, third = home / f"build-{k}", home / f"bare-{k}", home / f"steps-{k}"
            found = {"build": run(*build_command(ours), allowed=(0, 1)).seconds}
            found["bare"] = run(*bare_command(bare)).seconds
            found["unchanged"] = run(*build_command(ours), allowed=(0, 1)).seconds
            found["help"] = run(COMMAND, "--help").seconds
            clocked = run(sys.executable, Path(__file__), "--child", third)
            if k == 0:
                continue
            for name, seconds in found.items():
                times[name].append(seconds)
            record = json.loads(clocked.output.splitlines()[-1])
            verdict = record["verdict"]
            for name in STEPS:
                steps[name].append(record["steps"][name])
            for name, seconds in json.loads((bare / "times.json").read_text()).items():
                bare_steps.setdefault(name, []).append(seconds)
        memory = {
            "build": statistics.median(peak_memory(*build_command(home / f"m{k}")) for k in range(runs)),
            "bare": statistics.median(peak_memory(*bare_command(home / f"n{k}")) for k in range(runs)),
        }
        numbers = {"build": printed_numbers(ours / "paper.pdf"), "bare": printed_numbers(bare / "paper.pdf")}
    return Measured(times, steps, bare_steps, memory, numbers, verdict)


# ---- telling ---------------------------------------------------------------------------------------------------------


def aims(m: Measured) -> list[tuple[str, str, str, bool]]:
    """(what, aim, measured, met)."""
    bare, audit = m["bare"], statistics.median(m.steps["audit three files"])
    return [
        ("data to three audited files", f"≤ {bare:.2f} s, the bare script", f"{m['build']:.2f} s", m["build"] <= bare),
        ("peak memory of all processes", "≤ 500 MB", f"{m.memory['build']:.0f} MB", m.memory["build"] <= 500),
        ("audit of all three files", f"≤ {bare / 10:.2f} s, a tenth of it", f"{audit:.2f} s", audit <= bare / 10),
        (
            "unchanged study again",
            f"≤ {bare / 10:.2f} s, a tenth of it",
            f"{m['unchanged']:.2f} s",
            m["unchanged"] <= bare / 10,
        ),
        ("everynumber --help", "≤ 0.30 s", f"{m['help']:.2f} s", m["help"] <= 0.3),
    ]


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table, its first column to the left and the others to the right."""
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]

    def line(row: tuple[str, ...]) -> str:
        first, *rest = zip(row, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]) + " |"

    rule = "|" + "|".join("-" * (w + 2) if k == 0 else "-" * (w + 1) + ":" for k, w in enumerate(widths)) + "|"
    return "\n".join([line(header), rule, *map(line, rows)])


def spread(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.3f}", f"{min(values):.3f} to {max(values):.3f}"


def report(m: Measured, runs: int) -> str:
    steps = [(name, *spread(values)) for name, values in m.steps.items()]
    steps.append(("whole `everynumber build`, steps side by side", *spread(m.times["build"])))
    bare = [(name, *spread(values)) for name, values in m.bare_steps.items()]
    bare.append(("whole bare script", *spread(m.times["bare"])))
    start = [
        ("the same study again, unchanged", *spread(m.times["unchanged"])),
        ("`everynumber --help`", *spread(m.times["help"])),
    ]
    goals = [(what, aim, found, "met" if met else "NOT MET") for what, aim, found, met in aims(m)]
    import importlib.metadata as metadata

    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("pandas", "scipy", "matplotlib", "pypandoc_binary", "typst")
    )
    about = (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {versions}. Seconds of wall "
        f"time, median of {runs} with the range; embedded engine, cold processes, fresh output folders. The audit's "
        f"verdict on what was built: {m.verdict}."
    )
    memory = (
        f"Peak memory: everynumber {m.memory['build']:.0f} MB, bare script {m.memory['bare']:.0f} MB (all processes "
        f"together, shared pages counted once). Numbers in the PDFs' text: {m.numbers['build']}, {m.numbers['bare']}."
    )
    tables = [
        table(("aim", "wanted", "measured", ""), goals),
        table(("everynumber", "median", "range"), steps),
        table(("bare script (`benchmarks/bare.py`)", "median", "range"), bare),
        table(("start-up", "median", "range"), start),
    ]
    return "\n\n".join([about, *tables, memory])


INTRODUCTION = """# How long a build takes

This page is written by `make benchmark` (`python benchmarks/build.py --write`); do not edit it.

The yardstick is `benchmarks/bare.py`: a plain script that imports pandas, SciPy, statsmodels, matplotlib and Jinja,
computes about the same statistics from the same files, draws two figures, fills one template and calls pandoc three
times and typst once, one after the other. It checks no input, keeps no record and audits nothing. The two run in turn.
The steps were timed one after the other in a process of their own, each with its imports. In the build itself the
results are computed in one process, the figures drawn in another, and files are audited while others are rendered.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a build beside a bare script.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    text = report(measure(chosen.runs), chosen.runs)
    print(text)
    if chosen.write:
        PAGE.write_text(f"{INTRODUCTION}\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
