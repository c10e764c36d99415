"""How long the audit takes and how much memory, beside nothing but taking the text out of the same file.

    python benchmarks/audit.py                         prints the tables
    python benchmarks/audit.py --write                 writes docs/benchmarks-audit.md as well
    python benchmarks/audit.py --sizes 100,1000 --folder /tmp/papers     fewer; papers made before are taken again

Papers of 10², 10³, 10⁴ and 10⁵ numbers (`supplement.py`) are audited clean, with 20 errors, and with 20 errors and ten
tables that stand elsewhere. Each measurement is a process of its own, so that its peak memory is its own; the time is
that of `audit_files` in it, ledger and results included, without starting Python.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import supplement  # noqa: E402
from benchmarks.build import COMMAND, STUDY, build_command, run, table  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks-audit.md"
SIZES = (100, 500, 1_000, 10_000, 100_000)
VARIANTS = ("clean", "20 errors", "20 errors, tables moved")
PLAIN = {"html": "lxml text_content", "docx": "zipfile, lxml itertext", "pdf": "pypdfium2 get_text_range"}
FITTED = 1_000
"""From so many numbers on the growth is fitted: below, what every audit costs hides it."""


@dataclass(frozen=True)
class Measured:
    seconds: float
    """Of wall time."""
    busy: float
    """Seconds of processor time."""
    memory: float
    """Peak of the process in MB, Python and libraries included."""
    numbers: int = 0
    findings: int = 0
    verdict: str = ""


@dataclass(frozen=True)
class Command:
    """A whole command: seconds of wall time and of processor time."""

    seconds: float
    busy: float


# ---- one measurement, in a process of its own ------------------------------------------------------------------------


def child(what: str, files: Sequence[Path]) -> None:
    """Audits the files ("audit"), or takes out their text ("text"); prints a Measured as JSON."""
    if what == "audit":
        from report.audit import audit_files, run

        assert run  # what the audit stands on is loaded before the clock starts
        began, busy = time.perf_counter(), time.process_time()
        verdicts = audit_files(files)
        found = (sum(v.numbers for v in verdicts), sum(len(v.findings) + len(v.looks) for v in verdicts))
        verdict = "pass" if all(v.passed for v in verdicts) else "fail"
    else:
        take = {"html": _html_text, "docx": _docx_text, "pdf": _pdf_text}
        _load(files)
        began, busy = time.perf_counter(), time.process_time()
        found, verdict = (sum(len(take[file.suffix[1:]](file)) for file in files), 0), ""
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    print(json.dumps(asdict(Measured(seconds, busy, peak_memory(), *found, verdict))))


def peak_memory() -> float:
    """Of this process, in MB. Linux tells it without what the process that started this one had used."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def _load(files: Sequence[Path]) -> None:
    import lxml.html

    assert lxml.html
    if any(file.suffix == ".pdf" for file in files):
        import pypdfium2

        assert pypdfium2


def _html_text(file: Path) -> str:
    import lxml.html

    return str(lxml.html.document_fromstring(file.read_bytes()).text_content())


def _docx_text(file: Path) -> str:
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        parts = [name for name in archive.namelist() if name.startswith("word/") and name.endswith(".xml")]
        return "".join("".join(etree.fromstring(archive.read(name)).itertext()) for name in parts)


def _pdf_text(file: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(file.read_bytes())
    out = []
    for page in document:
        text = page.get_textpage()
        out.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return "".join(out)


def measure(what: str, files: Sequence[Path], runs: int) -> Measured:
    """The median of some runs."""
    found = [Measured(**json.loads(run(sys.executable, __file__, "--child", what, *files).output)) for _ in range(runs)]
    middle = sorted(found, key=lambda m: m.seconds)[len(found) // 2]
    return Measured(
        middle.seconds,
        statistics.median(m.busy for m in found),
        max(m.memory for m in found),
        middle.numbers,
        middle.findings,
        middle.verdict,
    )


# ---- the papers ------------------------------------------------------------------------------------------------------


def papers(folder: Path, size: int) -> dict[str, dict[str, Path]]:
    """Variant and format → file; papers that are there already are taken."""
    home = folder / str(size)
    out = {variant: {form: home / f"{k}.{form}" for form in supplement.FORMATS} for k, variant in enumerate(VARIANTS)}
    missing = [path for files in out.values() for path in files.values() if not path.is_file()]
    if missing:
        home.mkdir(parents=True, exist_ok=True)
        clean = supplement.make(size)
        supplement.write_records(home, clean)
        printed = dict(
            zip(
                VARIANTS, (clean, supplement.tampered(clean), supplement.tampered(supplement.moved(clean))), strict=True
            )
        )
        for variant, files in out.items():
            for path in files.values():
                supplement.write_file(path, printed[variant])
    return out


# ---- telling ---------------------------------------------------------------------------------------------------------


@dataclass
class Figures:
    audits: dict[tuple[int, str, str], Measured]
    """(size, variant, format)."""
    texts: dict[tuple[int, str], Measured]
    paper: dict[str, Measured]
    """The NMOSD paper: each format, and all three together."""
    commands: dict[str, Command]
    """The whole command with the three files of a paper."""
    together: Measured
    """A paper of 500 numbers in three formats, in one process."""
    load: float
    """Processes that wanted a processor while this was measured, these included (mean of some minutes)."""

    def sizes(self) -> list[int]:
        return sorted({size for size, _, _ in self.audits})


def figures(sizes: Sequence[int], folder: Path, runs: int) -> Figures:
    audits: dict[tuple[int, str, str], Measured] = {}
    texts: dict[tuple[int, str], Measured] = {}
    for size in sizes:
        files = papers(folder, size)
        times = runs if size < 10_000 else max(1, runs // 2) if size < 100_000 else 1
        for form in supplement.FORMATS:
            texts[size, form] = measure("text", [files["clean"][form]], times)
            for variant in VARIANTS:
                audits[size, variant, form] = measure("audit", [files[variant][form]], times)
                print(
                    f"{size} numbers, {variant}, {form}: {audits[size, variant, form].seconds:.2f} s", file=sys.stderr
                )
    built = folder / "nmosd"
    if not (built / "paper.pdf").is_file():
        run(*build_command(built), allowed=(0, 1))
    paper = {form: built / f"paper.{form}" for form in supplement.FORMATS}
    small = papers(folder, 500)["clean"]
    return Figures(
        audits,
        texts,
        {form: measure("audit", [path], runs) for form, path in paper.items()}
        | {"all three": measure("audit", list(paper.values()), runs)},
        {
            "NMOSD paper": command(paper.values(), runs, study=True),
            "500 numbers": command(small.values(), runs),
        },
        measure("audit", list(small.values()), runs),
        os.getloadavg()[1] if hasattr(os, "getloadavg") else 0.0,
    )


def command(files: Iterable[Path], runs: int, *, study: bool = False) -> Command:
    """`everynumber audit FILES`, from a cold start."""
    call = (COMMAND, "audit", *files, *(("--study", STUDY) if study else ()))
    seconds, busy = [], []
    for _ in range(runs):
        before = _children()
        seconds.append(run(*call, allowed=(0, 1)).seconds)
        busy.append(_children() - before)
    return Command(statistics.median(seconds), statistics.median(busy))


def _children() -> float:
    """Seconds of processor time of all processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of a straight line through the logarithms, by least squares: 1 is linear, 2 quadratic."""
    xs, ys = zip(*((math.log(x), math.log(y)) for x, y in points), strict=True)
    return statistics.linear_regression(xs, ys).slope


def growth(f: Figures, variant: str, form: str) -> float | None:
    points = [
        (float(f.audits[size, "clean", form].numbers), f.audits[size, variant, form].busy)
        for size in f.sizes()
        if size >= FITTED
    ]
    return exponent(points) if len(points) > 1 else None


def aims(f: Figures) -> list[tuple[str, ...]]:
    """(what, aim, measured, of that processor time, met)."""
    out: list[tuple[str, float, float, str, float | None]] = [
        ("500 numbers in three formats, in process", 0.5, *_timed(f.together)),
        ("500 numbers in three formats, whole command", 0.5, *_timed(f.commands["500 numbers"])),
        ("NMOSD paper in three formats, in process", 0.5, *_timed(f.paper["all three"])),
    ]
    largest = max(f.sizes())
    for form in supplement.FORMATS:
        found = [f.audits[largest, variant, form] for variant in VARIANTS]
        if largest == 100_000:
            worst = max(found, key=lambda m: m.seconds)
            out.append((f"100,000 numbers, {form.upper()}, clean or not", 60.0, *_timed(worst)))
            memory = max(m.memory for m in found)
            out.append((f"100,000 numbers, {form.upper()}, peak memory", 1000.0, memory, "MB", None))
    for form in supplement.FORMATS:
        grows = [g for variant in VARIANTS if (g := growth(f, variant, form)) is not None]
        if grows:
            out.append((f"growth, {form.upper()}, clean or not (exponent)", 1.1, max(grows), "", None))
    return [
        (
            what,
            f"≤ {aim:g} {unit}".rstrip(),
            f"{_short(found)} {unit}".rstrip(),
            "" if busy is None else f"{_short(busy)} s",
            "met" if found <= aim else "NOT MET",
        )
        for what, aim, found, unit, busy in out
    ]


def _timed(found: Measured | Command) -> tuple[float, str, float]:
    return found.seconds, "s", found.busy


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def report(f: Figures, runs: int) -> str:
    sizes = f.sizes()
    beside = []
    for size in sizes:
        for form in supplement.FORMATS:
            audit, text = f.audits[size, "clean", form], f.texts[size, form]
            beside.append(
                (
                    f"{audit.numbers:,} in {form.upper()}",
                    _short(audit.seconds),
                    _short(audit.busy),
                    f"{audit.numbers / audit.busy:,.0f}",
                    f"{text.busy:.4f}",
                    f"{audit.busy / text.busy:,.0f}",
                    f"{audit.memory:.0f}",
                    f"{text.memory:.0f}",
                    audit.verdict,
                )
            )
    tampered = []
    for size in sizes:
        for form in supplement.FORMATS:
            found = [f.audits[size, variant, form] for variant in VARIANTS]
            cells = [cell for m in found for cell in (_short(m.seconds), str(m.findings))]
            tampered.append((f"{size:,} in {form.upper()}", *cells))
    grows = [
        (form.upper(), *(f"{g:.2f}" if (g := growth(f, variant, form)) is not None else "" for variant in VARIANTS))
        for form in supplement.FORMATS
    ]
    real = [
        (name, f"{m.numbers:,}", f"{m.seconds:.3f}", f"{m.busy:.3f}", f"{m.memory:.0f}", m.verdict)
        for name, m in f.paper.items()
    ]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("lxml", "pypdfium2", "typst"))
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout
    return "\n\n".join(
        [
            f"Version {commit.strip() or 'unknown'}. {os.cpu_count()} cores, {platform.system()}, Python "
            f"{platform.python_version()}; {versions}. Seconds of wall time, median of {runs} (fewer from 10,000 "
            f"numbers on, one at 100,000); growth is fitted to processor time from {FITTED:,} numbers on. Memory is "
            f"the peak of the whole process. Load of the machine while this was measured: {f.load:.1f} (on a quiet "
            f"machine about 1; where it is above the number of cores, wall times are longer in proportion).",
            table(("aim", "wanted", "measured", "of the processor", ""), aims(f)),
            f"The whole command for the NMOSD paper in three formats, with the study's folder: "
            f"{f.commands['NMOSD paper'].seconds:.2f} s ({f.commands['NMOSD paper'].busy:.2f} s of the processor).",
            table(("NMOSD paper", "numbers", "seconds", "of the processor", "MB", "verdict"), real),
            table(
                (
                    "numbers",
                    "audit, s",
                    "of the processor",
                    "numbers a second of it",
                    "text only, s of it",
                    "times",
                    "audit, MB",
                    "text, MB",
                    "verdict",
                ),
                beside,
            ),
            table(
                ("numbers", "clean, s", "findings", "20 errors, s", "findings", "and tables moved, s", "findings"),
                tampered,
            ),
            table(("growth (exponent)", *VARIANTS), grows),
        ]
    )


INTRODUCTION = f"""# How long an audit takes

This page is written by `python benchmarks/audit.py --write`; do not edit it.

Papers of any number of numbers are made by `benchmarks/supplement.py`: sections of a paragraph with claims and a table
of means, differences, intervals and P values, with results.json and ledger.json, as HTML, DOCX and (by typst) PDF. Each
is audited as it is, with 20 errors (wrong digits, lost and added numbers, turned claims, swapped cells), and with ten
of its tables elsewhere besides. An error may make several findings: two swapped cells hold four numbers. The yardstick
is what it costs to take the text out of the file and do nothing with it
({"; ".join(f"{form.upper()}: {how}" for form, how in PLAIN.items())}).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the audit beside plain text extraction.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of the papers, with commas")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the papers are made, or were made before")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-audit.md")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child[0], [Path(file) for file in chosen.child[1:]])
        return
    sizes = [int(size) for size in chosen.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="everynumber-audit-") as scratch:
        folder = chosen.folder or Path(scratch)
        text = report(figures(sizes, folder, chosen.runs), chosen.runs)
    print(text)
    if chosen.write:
        PAGE.write_text(f"{INTRODUCTION}\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
