"""``everynumber trace NAME``: one statistic, and where the paper prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from report.cli.app import app, fail


@app.command()
def trace(
    name: Annotated[str, typer.Argument(help="A statistic, for example adl.month_6.treatment.mean")],
    paper: Annotated[Path | None, typer.Option("--in", help="Folder with results.json and ledger.json")] = None,
) -> None:
    """Show a statistic's value, method, population and n, and each place where the paper prints it."""
    folder = paper or _find()
    for needed in ("results.json", "ledger.json"):
        if not (folder / needed).is_file():
            fail(f"There is no {needed} in '{folder}'. Build the study first, or name its output folder with --in.")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    ledger = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    if name not in results["statistics"]:
        from report.emit import nearest

        fail(f"There is no statistic '{name}' in {folder / 'results.json'}.{nearest(name, results['statistics'])}")
    for line in describe(name, results, ledger):
        typer.echo(line)


def _find() -> Path:
    """The output folder that is meant when none is named: this one, or the only one under _output."""
    here = Path.cwd()
    if (here / "results.json").is_file():
        return here
    found = sorted(p.parent for p in here.glob("_output/*/results.json"))
    if len(found) == 1:
        return found[0]
    if not found:
        fail(
            "There is no results.json here or under _output. "
            "Build the study first, or name its output folder with --in."
        )
    fail(f"Several papers lie under _output ({', '.join(p.name for p in found)}). Name one with --in.")


def describe(name: str, results: dict[str, Any], ledger: dict[str, Any]) -> list[str]:
    """The lines that ``trace`` prints."""
    found = results["statistics"][name]
    analysis = results["analyses"].get(found["analysis"] or "", {})
    value = found["value"]
    lines = [name]
    if value is None:
        lines.append(f"  value       not estimable: {found['error']['message']}")
    else:
        lines.append(f"  value       {value!r}{' ' + found['unit'] if found['unit'] else ''}")
    for label, key in (("analysis", "analysis"), ("outcome", "outcome"), ("time", "time"), ("group", "group")):
        if found.get(key):
            lines.append(f"  {label:<11} {found[key]}")
    if found.get("contrast"):
        lines.append(
            f"  contrast    {' minus '.join(found['contrast'])}"
            if "ratio" not in found["statistic"]
            else f"  contrast    {' over '.join(found['contrast'])}"
        )
    for label, key in (("method", "label"), ("population", "population"), ("interval", "ci_method")):
        if analysis.get(key):
            lines.append(f"  {label:<11} {analysis[key]}")
    if analysis.get("adjusted_for"):
        lines.append(f"  adjusted    {', '.join(analysis['adjusted_for'])}")
    if analysis.get("n_analysed"):
        counts = ", ".join(f"{arm} {n}" for arm, n in analysis["n_analysed"].items())
        lines.append(f"  n analysed  {counts}")
    parts = [(key, found[key]) for key in ("numerator", "denominator") if found.get(key)]
    lines += [f"  {key:<11} {part} = {results['statistics'][part]['value']}" for key, part in parts]
    warnings = [*found.get("warnings", []), *analysis.get("warnings", [])]
    lines += [f"  warning     {w['message'] if isinstance(w, dict) else w}" for w in warnings]
    blocks = {b["id"]: b for b in ledger["blocks"]}
    entries = ledger["entries"]
    printed = [k for k, e in entries.items() if e["name"] == name and e["kind"] in ("result", "not_estimable")]
    claims = [k for k, e in entries.items() if e["kind"] == "claim" and f'"{name}"' in json.dumps(e.get("predicate"))]
    lines.append(f"  printed     {len(printed)} time{'s' if len(printed) != 1 else ''}")
    lines += [f"    {entries[k]['text']:<8} {_place(blocks[entries[k]['block']], k)}" for k in printed]
    lines += [f"    “{entries[k]['text']}” (a claim) {_place(blocks[entries[k]['block']], k)}" for k in claims]
    return lines


def _place(block: dict[str, Any], entry: str) -> str:
    """Section, table or figure, and the words around the number."""
    where: list[str] = [block["section"] or "title page"]
    if block.get("table"):
        cell = f"row {block['row']}, column {block['column']}" if block.get("row") else block["kind"]
        where.append(f"{block['table']} {cell}")
    elif block.get("figure"):
        where.append(f"{block['figure']} {block['kind']}")
    start, end = next((a, b) for k, a, b in block["spans"] if k == entry)
    before, after = block["text"][:start], block["text"][end:]
    text = f"{'…' if len(before) > AROUND else ''}{before[-AROUND:]}{block['text'][start:end]}{after[:AROUND]}"
    return f"{', '.join(where)}: {' '.join(text.split())}{'…' if len(after) > AROUND else ''}"


AROUND = 45
"""Letters shown to either side of a number."""
