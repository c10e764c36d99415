"""A supplement with any number of numbers, to measure the audit: invented, consistent, without the composing code.

Each section holds a heading, a paragraph with claims, and a table of means, differences, intervals and P values. It is
written as results.json and ledger.json, and as HTML, DOCX and PDF; what is printed may be another order or other texts
than the ledger's.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

FORMATS = ("html", "docx", "pdf")
ROWS = 12
COLUMNS = ("Measure", "Alpha, mean (SD)", "Beta, mean (SD)", "Difference (95% CI)", "P")
SUBJECTS = ("Walking", "Reading", "Grip", "Balance", "Memory", "Fatigue", "Sleep", "Pain", "Mood", "Vision", "Speech",
            "Appetite")  # fmt: skip
PLACES = ("north", "south", "east", "west", "harbour", "valley", "island", "forest", "lake", "hill")
PER_SECTION = 14 + 8 * ROWS
"""Numbers in a section, about."""
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True)
class Mark:
    """A number or claim, with its entry in the ledger."""

    text: str
    kind: str
    name: str
    more: dict[str, Any] = field(default_factory=dict)


Text = tuple["str | Mark", ...]


@dataclass(frozen=True)
class Item:
    kind: str
    text: Text
    section: str
    table: str = ""
    row: int = 0
    column: int = 0

    @property
    def plain(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.text)


@dataclass(frozen=True)
class Part:
    """What moves as one: a heading with its paragraph, or a table with its caption."""

    items: tuple[Item, ...]

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, empty where it is none."""
        cells = [item.plain for item in self.items if item.kind == "cell"]
        return [cells[k : k + len(COLUMNS)] for k in range(0, len(cells), len(COLUMNS))]


@dataclass(frozen=True)
class Supplement:
    parts: tuple[Part, ...]
    statistics: dict[str, Any]
    analyses: dict[str, Any]

    @property
    def items(self) -> Iterator[Item]:
        for part in self.parts:
            yield from part.items

    @property
    def numbers(self) -> int:
        return sum(isinstance(part, Mark) and part.kind != "claim" for item in self.items for part in item.text)


def make(numbers: int, seed: int = 20) -> Supplement:
    """A supplement of about that many numbers."""
    rng = random.Random(seed)
    statistics: dict[str, Any] = {}
    analyses: dict[str, Any] = {}
    count = max(1, round(numbers / PER_SECTION))
    parts = [part for number in range(1, count + 1) for part in _section(number, rng, statistics, analyses)]
    return Supplement(tuple(parts), statistics, analyses)


def _spell(number: int) -> str:
    """A name without digits for a number."""
    out = ""
    while number:
        number, rest = divmod(number - 1, len(PLACES))
        out = f"{PLACES[rest]} {out}"
    return out.strip()


def _section(number: int, rng: random.Random, statistics: dict[str, Any], analyses: dict[str, Any]) -> list[Part]:
    title = f"Region {_spell(number)}"
    table = f"table-{number}"
    constant = Mark("95", "constant", "analysis.ci_level")
    rows: list[Item] = [
        Item(
            "caption", ("Table ", Mark(str(number), "structure", table), f". Scores in {title.lower()}."), title, table
        ),
        *(Item("cell", (name,) if "95" not in name else ("Difference (", constant, "% CI)"), title, table, 1, k)
          for k, name in enumerate(COLUMNS, 1)),
    ]  # fmt: skip
    told: list[str | Mark] = []
    for row in range(ROWS):
        name = f"o{number}.m{row}"
        marks = _comparison(name, rng, statistics, analyses)
        subject = SUBJECTS[row]
        cells: tuple[Text, ...] = (
            (f"{subject}, {PLACES[(number + row) % len(PLACES)]}",),
            (marks["control.mean"], " (", marks["control.sd"], ")"),
            (marks["treatment.mean"], " (", marks["treatment.sd"], ")"),
            (marks["difference"], " (", marks["ci_low"], " to ", marks["ci_high"], ")"),
            (marks["p"],),
        )
        rows += [Item("cell", text, title, table, row + 2, k) for k, text in enumerate(cells, 1)]
        if row < 2:
            value = statistics[f"{name}.difference"]["value"]
            word, op = ("higher", "gt") if value > 0 else ("lower", "lt")
            claim = Mark(word, "claim", "side", {"predicate": {"op": op, "of": f"{name}.difference", "than": 0}})
            told += [
                f" The mean score of {subject.lower()} was ", claim, " with beta (difference ", marks["difference"],
                " points; ", constant, "% CI ", marks["ci_low"], " to ", marks["ci_high"], "; P ",
                replace(marks["p"], text=marks["p"].text.replace("<", "< ")) if "<" in marks["p"].text else "= ",
                *(() if "<" in marks["p"].text else (marks["p"],)), ").",
            ]  # fmt: skip
    paragraph = ("Table ", Mark(str(number), "structure", table), f" shows what was seen in {title.lower()}.", *told)
    text = (Item("heading", (title,), title), Item("paragraph", tuple(paragraph), title))
    return [Part(text), Part(tuple(rows))]


def _comparison(name: str, rng: random.Random, statistics: dict[str, Any], analyses: dict[str, Any]) -> dict[str, Mark]:
    n = 60
    means = [rng.uniform(20, 80), 0.0]
    means[1] = means[0] + rng.gauss(0, 4)
    sds = [rng.uniform(5, 15), rng.uniform(5, 15)]
    difference = means[1] - means[0]
    error = (sds[0] ** 2 / n + sds[1] ** 2 / n) ** 0.5
    half = NormalDist().inv_cdf(0.975) * error
    p = 2 * NormalDist().cdf(-abs(difference) / error)
    analyses[name] = {"method": "z", "label": "normal approximation", "alpha": 0.05, "ci_level": 0.95, "null": 0}
    values = {
        "control.mean": means[0], "control.sd": sds[0], "treatment.mean": means[1], "treatment.sd": sds[1],
        "difference": difference, "ci_low": difference - half, "ci_high": difference + half, "p": p,
    }  # fmt: skip
    marks = {}
    for key, value in values.items():
        full = f"{name}.{key}"
        last = key.rpartition(".")[2]
        statistics[full] = {
            "value": value, "statistic": last, "unit": None if last == "p" else "points", "error": None,
            "analysis": name if key in ("difference", "ci_low", "ci_high", "p") else None,
            "group": key.partition(".")[0] if "." in key else None,
        }  # fmt: skip
        text = f"{value:.1f}".replace("-", "−")
        if last == "p":
            text = "<0.001" if value < 0.001 else f"{value:.3f}"
        marks[key] = Mark(text, "result", full, {"raw": repr(value)})
    return marks


# ---- the records -----------------------------------------------------------------------------------------------------


def write_records(folder: Path, paper: Supplement) -> None:
    """results.json and ledger.json."""
    results = {
        "schema": "everynumber/results/1",
        "study": {"id": "supplement", "data": "observed", "arms": {"control": "Alpha", "treatment": "Beta"},
                  "reference_arm": "control"},
        "inputs": [], "labels": {}, "software": {"python": "3"}, "analyses": paper.analyses,
        "statistics": paper.statistics,
    }  # fmt: skip
    data = json.dumps(results, ensure_ascii=False).encode()
    (folder / "results.json").write_bytes(data)
    (folder / "ledger.json").write_text(json.dumps(_ledger(paper, data), ensure_ascii=False), encoding="utf-8")


def _ledger(paper: Supplement, results: bytes) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    blocks = []
    tables = []
    for k, item in enumerate(paper.items):
        spans = []
        at = 0
        for part in item.text:
            if isinstance(part, str):
                at += len(part)
                continue
            name = f"n{len(entries) + 1}"
            spans.append([name, at, at + len(part.text)])
            entries[name] = {"kind": part.kind, "name": part.name, "text": part.text, "block": f"b{k}", **part.more}
            at += len(part.text)
        block: dict[str, Any] = {"id": f"b{k}", "kind": item.kind, "section": item.section, "text": item.plain,
                                 "spans": spans}  # fmt: skip
        if item.table:
            block["table"] = item.table
        if item.kind == "cell":
            block |= {"row": item.row, "column": item.column, "header": item.row == 1}
        if item.kind == "caption":
            tables.append({"id": item.table, "number": len(tables) + 1, "header_rows": 1})
        blocks.append(block)
    return {
        "schema": "everynumber/ledger/1", "study": "supplement", "data": "observed", "style": "icmje",
        "results_sha256": hashlib.sha256(results).hexdigest(), "furniture": {"header": "", "footer": "page number"},
        "entries": entries, "blocks": blocks, "figures": [], "tables": tables, "references": [], "constants": {},
        "declared": {"analysis.ci_level": 0.95}, "quoted": {},
    }  # fmt: skip


# ---- the files -------------------------------------------------------------------------------------------------------


def write_file(path: Path, paper: Supplement) -> None:
    """The paper as the file's name says: html, docx or pdf."""
    path.write_bytes({"html": to_html, "docx": to_docx, "pdf": to_pdf}[path.suffix[1:]](paper))


def to_html(paper: Supplement) -> bytes:
    out = ['<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Supplement</title></head><body>']
    for part in paper.parts:
        for item in part.items:
            if item.kind != "cell":
                tag = "h2" if item.kind == "heading" else "p"
                out.append(f"<{tag}>{html.escape(item.plain)}</{tag}>")
        if part.rows:
            cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in part.rows]
            out.append("<table>" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
    out.append("</body></html>")
    return "\n".join(out).encode()


def to_docx(paper: Supplement) -> bytes:
    def p(text: str, style: str = "") -> str:
        look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f'<w:p>{look}<w:r><w:t xml:space="preserve">{html.escape(text)}</w:t></w:r></w:p>'

    body: list[str] = []
    styles = {"heading": "Heading2", "caption": "Caption"}
    for part in paper.parts:
        body += [p(item.plain, styles.get(item.kind, "")) for item in part.items if item.kind != "cell"]
        if part.rows:
            rows = ["".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) for row in part.rows]
            body.append("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>")
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" Target='
        f'"word/document.xml" Type="{office}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{"".join(body)}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def to_pdf(paper: Supplement) -> bytes:
    import typst

    def t(text: str) -> str:
        return "[#" + json.dumps(text, ensure_ascii=False) + "]"

    out = [
        '#set page(paper: "a4", margin: 2cm, footer: context align(center)[Page #counter(page).display() of '
        "#counter(page).final().first()])\n#set text(size: 9pt)\n#set par(justify: true)\n",
    ]
    for part in paper.parts:
        out += [
            ("#heading(level: 2)" if item.kind == "heading" else "#par") + t(item.plain)
            for item in part.items
            if item.kind != "cell"
        ]
        if rows := part.rows:
            head, body = ", ".join(map(t, rows[0])), ",\n".join(", ".join(map(t, row)) for row in rows[1:])
            out.append(f"#table(columns: {len(rows[0])}, stroke: none, table.header({head}), {body})")
    data: bytes = typst.compile("\n".join(out).encode())
    return data


# ---- other than the ledger -------------------------------------------------------------------------------------------


def tampered(paper: Supplement, count: int = 20, seed: int = 7) -> Supplement:
    """The paper with that many errors, spread over it: wrong digits, lost and added numbers, turned claims, swapped
    cells."""
    rng = random.Random(seed)
    parts = list(paper.parts)
    tables = [k for k, part in enumerate(parts) if part.rows]
    texts = [k for k, part in enumerate(parts) if not part.rows]
    kinds = (_digit, _lost, _added, _turned, _swapped)
    for k in range(count):
        kind = kinds[k % len(kinds)]
        among = texts if kind in (_added, _turned) else tables
        at = among[k * len(among) // count]
        items = list(parts[at].items)
        kind(items, rng)
        parts[at] = Part(tuple(items))
    return replace(paper, parts=tuple(parts))


def moved(paper: Supplement, count: int = 10) -> Supplement:
    """The paper with that many of its tables (at most a quarter) each half the paper further on."""
    tables = [k for k, part in enumerate(paper.parts) if part.rows]
    half = len(tables) // 2
    going = tables[: half : max(2, half // count)] if half > 1 else []
    at = {tables[tables.index(k) + half]: k for k in going}
    parts = []
    for k, part in enumerate(paper.parts):
        if k not in going:
            parts.append(part)
        if k in at:
            parts.append(paper.parts[at[k]])
    return replace(paper, parts=tuple(parts))


def _a_cell(items: list[Item], rng: random.Random) -> int:
    """One of the table's cells with a mean and its SD."""
    return rng.choice([k for k, item in enumerate(items) if item.kind == "cell" and len(item.text) == 4])


def _print(item: Item, at: int, new: str) -> Item:
    """The item with one part printed as another text."""
    return replace(item, text=(*item.text[:at], new, *item.text[at + 1 :]))


def _digit(items: list[Item], rng: random.Random) -> None:
    k = _a_cell(items, rng)
    mark = items[k].text[0]
    assert isinstance(mark, Mark)
    items[k] = _print(items[k], 0, str((int(mark.text[0]) + rng.randrange(1, 9)) % 10) + mark.text[1:])


def _lost(items: list[Item], rng: random.Random) -> None:
    k = _a_cell(items, rng)
    items[k] = _print(items[k], 2, "")


def _added(items: list[Item], rng: random.Random) -> None:
    k = next(k for k, item in enumerate(items) if item.kind == "paragraph")
    items[k] = replace(items[k], text=(*items[k].text, f" Another {rng.randrange(100, 999)} were seen elsewhere."))


def _turned(items: list[Item], rng: random.Random) -> None:
    k = next(k for k, item in enumerate(items) if item.kind == "paragraph")
    claims = [n for n, part in enumerate(items[k].text) if _word(part) in ("higher", "lower")]
    at = rng.choice(claims)
    items[k] = _print(items[k], at, "lower" if _word(items[k].text[at]) == "higher" else "higher")


def _word(part: str | Mark) -> str:
    return part if isinstance(part, str) else part.text


def _swapped(items: list[Item], rng: random.Random) -> None:
    k = _a_cell(items, rng)
    other = k + 1 if items[k].column == 2 else k - 1
    items[k], items[other] = replace(items[k], text=items[other].text), replace(items[other], text=items[k].text)
