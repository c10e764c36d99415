"""Where ledger and results of a file come from: named, beside the file, or out of the record that it carries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from report.audit.errors import AuditError
from report.audit.load import Against, Source, read_ledger, read_results
from report.audit.record import WHERE, Record, differences, find_record, read_record, unfit
from report.audit.verdict import FileVerdict, Finding

Carried = Record | str | None
"""The record that a file carries; the sentence about what is wrong with it; None where it carries none."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where ledger and results are from: a file, or the record that the audited file carries."""

    ledger: Path | Record
    results: Path | Record
    folder: Path
    """Where the figures' files lie, if they are at hand."""

    def read(self) -> tuple[Source, Source]:
        """Ledger and results. Raises AuditError where a file cannot be read."""
        return (
            read_ledger(self.ledger) if isinstance(self.ledger, Path) else self.ledger.ledger,
            read_results(self.results) if isinstance(self.results, Path) else self.results.results,
        )


def carried_by(form: str, data: bytes, name: str, known: dict[bytes, Record] | None = None) -> Carried:
    """The record that a file of a format carries. What is wrong with it is told, not raised: with ledger and results
    at hand the file can be audited all the same. `known` keeps the records, which several files have in common."""
    known = {} if known is None else known
    try:
        raw = find_record(form, data, name)
        if raw is not None and raw not in known:
            known[raw] = read_record(raw, name)
        return None if raw is None else known[raw]
    except AuditError as error:
        return str(error)


def find_origin(file: Path, carried: Carried, ledger: Path | None, results: Path | None) -> Origin:
    """Raises AuditError with what to do where ledger or results are nowhere."""
    printed = ledger or _beside(file, "ledger.json", carried)
    computed = results or _beside(file, "results.json", carried)
    return Origin(printed, computed, printed.parent if isinstance(printed, Path) else file.parent)


def _beside(file: Path, name: str, carried: Carried) -> Path | Record:
    path = file.parent / name
    if path.is_file():
        return path
    if isinstance(carried, Record):
        return carried
    why = (
        f"the record in the file cannot stand in for it: {carried}"
        if carried
        else "the file carries no record of its own (everynumber did not write it, or another program saved it)."
    )
    raise AuditError(
        f"There is no {name} beside {file.name}, and {why} "
        f"Name the {name} that the paper was built with: --{path.stem} PATH."
    )


def judge_record(carried: Carried, against: Against, known: dict[bytes, list[Finding]], verdict: FileVerdict) -> None:
    """Is the record that a file carries sound, and that of the ledger and the results at hand? `known` keeps what was
    found about a record."""
    ledger, results = against.ledger_source, against.results_source
    if carried is None:
        verdict.notes.append(f"The file carries no record of its own; it was audited against {ledger.name}.")
        return
    if isinstance(carried, str):
        verdict.findings.append(Finding("altered", "", WHERE, "", "", carried))
        return
    alone = [name for name, source in (("ledger.json", ledger), ("results.json", results)) if source.embedded]
    if carried.raw not in known:
        known[carried.raw] = differences(carried, ledger, results) or (unfit(carried) if alone else [])
    verdict.findings += known[carried.raw]
    if alone:
        verdict.notes += [
            f"Audited against the record in the file, for want of {' and '.join(alone)}. SHA-256 in the record: "
            f"results {carried.results.sha256}, ledger {carried.ledger.sha256}.",
            "Not checked: that these are the results that were computed, and that the data "
            f"({', '.join(sorted(carried.sha256['data']))}) give them. Compare the hashes with published ones, or name "
            "the study with --recompute.",
        ]
