"""How time and memory grow with the size of a trial, beside what bare pandas needs for the same file.

    python benchmarks/scale.py            prints the tables (under 15 minutes on a quiet machine)
    python benchmarks/scale.py --write    writes docs/benchmarks-scale.md as well
    python benchmarks/scale.py --quick    small sizes and one run of each, to try it

Trials are made by seed (`scale_data.py`) in a temporary folder. Each run is a new process: seconds of wall time and of
processor time (user and system, of it and all its children), Python's start and imports included, and its own peak
memory. On a machine that others use too, only the processor time can be trusted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.build import table  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks-scale.md"
PATIENTS = 19_000
MILLION = 1_000_000
ROWS = (100, 1_000, 10_000, 100_000, 300_000, MILLION)
OUTCOMES = (2, 10, 50, 200)
ARMS = (2, 3, 4, 6)
BASE_ROWS, BASE_OUTCOMES = 20_000, 10
LEAST_ROWS, LEAST_OUTCOMES = 100_000, 10
"""From here on the growth is fitted: below, Python's start hides it."""

ANALYSE = """
import sys
from analysis.pipeline import analyse_folder
analyse_folder(sys.argv[1]).write(sys.argv[2])
"""
BARE = """
import sys
import pandas as pd
frame = pd.read_csv(sys.argv[1] + "/people.csv")
outcomes = [name for name in frame if name.startswith("y")]
for name in outcomes:
    if not pd.api.types.is_numeric_dtype(frame[name]):
        frame[name] = (frame[name] == "yes").astype(float)
frame.groupby("arm")[outcomes].mean().to_csv(sys.argv[2])
"""
BUILD = """
import sys
from pathlib import Path
from report.build import build
done = build(Path(sys.argv[1]), engine="embedded", out=Path(sys.argv[2]))
print("pass" if done.passed else "fail")
"""
WATCH = """
import json, resource, sys
sys.argv = sys.argv[1:]
exec(compile(sys.argv[0], "run", "exec"), {"__name__": "__main__"})
own, below = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
# ru_maxrss of a process begins with that of whoever started it, so Linux is asked for the peak of this program alone
peak = own.ru_maxrss
try:
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    pass
print(json.dumps({"cpu": sum(one.ru_utime + one.ru_stime for one in (own, below)),
                  "memory": max(peak, below.ru_maxrss if below.ru_maxrss > own.ru_maxrss else 0) / 1024}))
"""


@dataclass(frozen=True)
class Run:
    """Seconds of wall time and of processor time, peak memory of the largest process in MB, and what it printed."""

    wall: float
    cpu: float
    memory: float
    said: str = ""


def run(script: str, folder: Path, out: Path) -> Run:
    """One run of a script in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", WATCH, script, str(folder), str(out)],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    wall = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"A run ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    *said, last = done.stdout.splitlines()
    found = json.loads(last)
    return Run(wall, found["cpu"], found["memory"], "\n".join(said))


def median(runs: Sequence[Run]) -> Run:
    """Each number the median of the runs."""
    return Run(
        statistics.median(one.wall for one in runs),
        statistics.median(one.cpu for one in runs),
        statistics.median(one.memory for one in runs),
        runs[-1].said,
    )


@dataclass(frozen=True)
class Point:
    """A trial of one file, analysed, and what bare pandas needed for it."""

    rows: int
    outcomes: int
    arms: int
    ours: Run
    bare: Run


def measure(home: Path, rows: int, outcomes: int, arms: int, runs: int) -> Point:
    from benchmarks.scale_data import write_table

    folder = write_table(home / f"table-{rows}-{outcomes}-{arms}", rows, outcomes, arms)
    ours, bare = [], []
    for k in range(runs):  # in turn, so that a slow moment of the machine meets both
        ours.append(run(ANALYSE, folder, home / f"results-{k}.json"))
        bare.append(run(BARE, folder, home / "means.csv"))
    (folder / "people.csv").unlink()
    return Point(rows, outcomes, arms, median(ours), median(bare))


def exponent(points: Sequence[Point], size: Callable[[Point], int], base: float) -> float:
    """The power of the size with which processor time above `base` grows: least squares on the logarithms."""
    x = [math.log(size(one)) for one in points]
    y = [math.log(max(one.ours.cpu - base, 0.01)) for one in points]
    return statistics.linear_regression(x, y).slope


# ---- telling ---------------------------------------------------------------------------------------------------------


def rows_of(points: Sequence[Point]) -> list[tuple[str, ...]]:
    return [
        (
            f"{one.rows:,} rows, {one.outcomes} outcomes, {one.arms} arms",
            f"{one.ours.wall:.2f}",
            f"{one.ours.cpu:.2f}",
            f"{one.ours.memory:.0f}",
            f"{one.bare.wall:.2f}",
            f"{one.bare.cpu:.2f}",
            f"{one.bare.memory:.0f}",
        )
        for one in points
    ]


def report(quick: bool) -> str:
    """Measures everything and tells it."""
    sizes = (100, 100_000, 300_000) if quick else ROWS
    numbers = (2, 20) if quick else OUTCOMES
    groups = (2, 3) if quick else ARMS
    patients = 2_000 if quick else PATIENTS
    runs = 1 if quick else 3
    from benchmarks.scale_data import write_trial

    with tempfile.TemporaryDirectory(prefix="everynumber-scale-") as scratch:
        home = Path(scratch)
        measure(home / "warm", 100, 2, 2, 1)  # byte code and cold files are paid for here
        by_rows = [measure(home / f"r{n}", n, BASE_OUTCOMES, 2, runs) for n in sizes]
        by_outcomes = [measure(home / f"o{n}", BASE_ROWS, n, 2, runs) for n in numbers]
        by_arms = [measure(home / f"a{n}", BASE_ROWS, BASE_OUTCOMES, n, runs) for n in groups]
        trial = write_trial(home / "trial", patients)
        papers = [run(BUILD, trial, home / f"paper-{k}") for k in range(runs)]
        verdict = papers[-1].said.splitlines()[-1]
        kilobytes = (home / "paper-0" / "results.json").stat().st_size / 1024
    paper, largest, base = median(papers), by_rows[-1], by_rows[0].ours.cpu
    ratio = largest.ours.cpu / largest.bare.cpu
    wall_ratio = largest.ours.wall / largest.bare.wall
    in_rows = exponent([one for one in by_rows if one.rows >= LEAST_ROWS], lambda one: one.rows, base)
    in_outcomes = exponent(
        [one for one in by_outcomes if one.outcomes >= LEAST_OUTCOMES] if not quick else by_outcomes,
        lambda one: one.outcomes,
        base,
    )
    aims = [
        (
            f"{largest.rows:,} rows, {largest.outcomes} binary and continuous outcomes",
            "≤ 3 × bare pandas",
            f"{wall_ratio:.2f} × (processor time {ratio:.2f} ×)",
            wall_ratio <= 3,
        ),
        ("peak memory of that", "≤ 4000 MB", f"{largest.ours.memory:.0f} MB", largest.ours.memory <= 4000),
        (
            f"{patients:,} patients, data to audited paper in three formats",
            "≤ 15 s, audit passes",
            f"{paper.wall:.2f} s (processor time {paper.cpu:.2f} s), {verdict}",
            paper.wall <= 15 and verdict == "pass",
        ),
        ("growth with rows", "exponent ≤ 1.1", f"{in_rows:.2f}", in_rows <= 1.1),
        ("growth with outcomes", "exponent ≤ 1.1", f"{in_outcomes:.2f}", in_outcomes <= 1.1),
    ]
    import importlib.metadata as metadata

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "pandas", "scipy", "statsmodels"))
    about = (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {versions}. "
        f"Median of {runs}.{' Sizes are small: this run is for trying only.' if quick else ''}"
    )
    heads = ("seconds", "processor s", "MB", "pandas: seconds", "processor s", "MB")
    tables = [
        table(("aim", "wanted", "measured", ""), [(*one[:3], "MET" if one[3] else "NOT MET") for one in aims]),
        table(("by rows", *heads), rows_of(by_rows)),
        table(("by outcomes", *heads), rows_of(by_outcomes)),
        table(("by arms", *heads), rows_of(by_arms)),
    ]
    growth = (
        f"Growth is fitted by least squares on the logarithms of size and of processor time above that of "
        f"{by_rows[0].rows} rows ({base:.2f} s: Python and its libraries). The paper's results.json has "
        f"{kilobytes:.0f} kB; the largest of its processes had {paper.memory:.0f} MB."
    )
    return "\n\n".join([about, *tables, growth])


INTRODUCTION = """# How time and memory grow

This page is written by `python benchmarks/scale.py --write`; do not edit it.

Trials of one csv file with continuous and binary outcomes in turn are read, checked in every cell and analysed to
results.json: summaries with intervals, differences, ratios, tests. Beside it, bare pandas reads the same file and makes
the means of the groups, and nothing else. Both are new processes, with Python's start and imports. The paper is that of
a trial with visits, relapses, a time to an event, grades, harms, subgroups and adjusted models.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure time and memory by the size of the trial.")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run of each")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-scale.md")
    chosen = parser.parse_args()
    text = report(chosen.quick)
    print(text)
    if chosen.write:
        PAGE.write_text(f"{INTRODUCTION}\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
