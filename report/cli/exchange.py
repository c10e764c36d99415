"""``everynumber export`` and ``everynumber import-ard``: results to and from other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from report.cli.app import FINDINGS, app, fail, progress, study_folder
from report.ledger import sha256

FORMATS = ("ars", "ard", "ard-json")


@app.command()
def export(
    source: Annotated[Path, typer.Argument(help="A study's folder, or a results.json", metavar="STUDY_OR_RESULTS")],
    to: Annotated[str, typer.Option("--format", help="ars (CDISC), ard (csv of cards) or ard-json (nested)")] = "ars",
    out: Annotated[Path | None, typer.Option(help="File to write; by default it is printed")] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="ledger.json, for values as printed; by default the one beside results.json")
    ] = None,
    patients: Annotated[
        bool, typer.Option("--patients", help="ars: also what figures draw of single patients (pairs, curves)")
    ] = False,
) -> None:
    """Write the results of a study for other programs."""
    from analysis.exchange.faults import ExchangeError

    if to not in FORMATS:
        fail(f"--format takes {', '.join(FORMATS)}; '{to}' is none.")
    try:
        results, digest, folder = _results(source)
        printed = _ledger(ledger, folder, digest)
        if to == "ars":
            from analysis.exchange.ars import to_ars
            from analysis.exchange.ars_check import ars_faults

            event = to_ars(results, printed, patients=patients)
            faults = ars_faults(event)
            text = json.dumps(event, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
            said = f"{len(event['analyses'])} analyses with {len(results['statistics'])} results"
        else:
            from analysis.exchange import ard

            rows, faults = ard.to_rows(results, printed), []
            nested = to == "ard-json"
            text = json.dumps(ard.to_nested(rows), ensure_ascii=False, indent=1) + "\n" if nested else ard.to_csv(rows)
            said = f"{len(rows)} rows"
    except ExchangeError as error:
        fail(*error.problems)
    _write(out, text, f"{said}{'' if printed else ', no values as printed (no ledger.json beside)'}")
    if faults:
        typer.echo("\n".join(["What was written is not sound:", *faults]), err=True)
        raise typer.Exit(FINDINGS)


def _results(source: Path) -> tuple[dict[str, Any], str, Path | None]:
    """Results, the hash of their file, and the folder in which a ledger may lie: beside the file, or of the build."""
    from analysis.exchange.check import given_faults
    from analysis.exchange.faults import ExchangeError, read_json

    if source.is_file() and source.name != "study.yml":
        results = read_json(source)
        if faults := given_faults(results, source.name):
            raise ExchangeError(faults)
        return results, sha256(source.read_bytes()), source.parent
    folder = study_folder(source)
    with progress() as show:
        show("computing the results")
        from analysis.pipeline import analyse_folder

        made = analyse_folder(folder)
    return made.document, sha256(made.text().encode()), Path("_output") / folder.resolve().name


def _ledger(named: Path | None, folder: Path | None, digest: str) -> Any:
    """The ledger that was written from these results; None where none lies there. A named one must be of them."""
    from analysis.exchange.faults import ExchangeError, read_json

    path = named or (folder / "ledger.json" if folder else None)
    if path is None or (named is None and not path.is_file()):
        return None
    ledger = read_json(path)
    if not isinstance(ledger, dict) or ledger.get("results_sha256") != digest:
        if named is None:
            return None
        raise ExchangeError([f"{path} was not written from these results. Name the ledger of the same build."])
    return ledger


def _write(out: Path | None, text: str, said: str) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    beside = out.with_name(f".{out.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    typer.echo(f"{out}: {said}.")


@app.command("import-ard")
def import_ard(
    file: Annotated[
        Path, typer.Argument(help="An ARD of R cards (csv or nested JSON), or our own ARS", metavar="FILE")
    ],
    study: Annotated[Path, typer.Option(help="Folder of the study that it is of")],
    out: Annotated[Path, typer.Option(help="results.json to write")] = Path("results.json"),
    software: Annotated[
        str | None, typer.Option(help="What computed it, with versions: 'R 4.4.1, cards 0.7.0'; the paper prints it")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Take what it lacks from our own computation, and name our software too")
    ] = False,
) -> None:
    """Make results.json of an ARD, or of an ARS file that everynumber wrote. Rows without a place are told: exit 1."""
    from analysis.exchange.faults import ExchangeError

    folder = study_folder(study)
    try:
        document, unplaced, said = _imported(file, folder, software, complete)
        _sound(document, folder, out.name)
    except ExchangeError as error:
        fail(*error.problems)
    from analysis.results import Results

    if not out.parent.is_dir():
        fail(f"There is no folder {out.parent}.")
    Results(document).write(out)
    typer.echo(f"{out}: {said}.")
    if unplaced:
        typer.echo("\n".join([f"{len(unplaced)} rows of {file.name} have no place:", *unplaced]), err=True)
        raise typer.Exit(FINDINGS)


def _sound(document: dict[str, Any], folder: Path, name: str) -> None:
    """What is written can be used. Raises ExchangeError."""
    from analysis.exchange.check import given_faults, study_faults
    from analysis.exchange.faults import ExchangeError
    from analysis.study import load_study

    if faults := given_faults(document, name) or study_faults(document, load_study(folder), name):
        raise ExchangeError(faults)


def _imported(file: Path, folder: Path, software: str | None, complete: bool) -> tuple[dict[str, Any], list[str], str]:
    """The document, sentences on rows without a place, and what was done in words."""
    from analysis.exchange.faults import ExchangeError, read_json

    if file.suffix.lower() == ".json":
        event = read_json(file)
        if isinstance(event, dict) and "mainListOfContents" in event:
            from analysis.exchange.ars import from_ars
            from analysis.exchange.ars_check import ars_faults

            if faults := ars_faults(event, file.name):
                raise ExchangeError(faults)
            document = from_ars(event)
            return document, [], f"{len(document['statistics'])} statistics of {len(event['analyses'])} analyses"
    from analysis.exchange.ard import read_rows
    from analysis.exchange.ard_in import from_ard
    from analysis.load import load_folder
    from analysis.pipeline import analyse

    programs = _programs(software)
    rows = read_rows(file)
    with progress() as show:
        show("reading the study")
        declared, data = load_folder(folder)
        frame = analyse(declared, data).document
    done = from_ard(rows, declared, frame, programs, complete=complete)
    passed = f", {done.passed} rows passed over for which results.json has no place" if done.passed else ""
    return done.document, done.unplaced, f"{done.placed} statistics placed of {len(rows)} rows{passed}"


def _programs(text: str | None) -> dict[str, str]:
    """'R 4.4.1, cards 0.7.0' as {"R": "4.4.1", "cards": "0.7.0"}."""
    pairs = [part.strip().rpartition(" ") for part in (text or "").split(",") if part.strip()]
    if not pairs or any(not name or not version for name, _, version in pairs):
        fail("Say what computed these results, each with its version: --software 'R 4.4.1, cards 0.7.0'.")
    return {name.strip(): version for name, _, version in pairs}
