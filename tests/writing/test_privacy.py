"""No output tells of a single patient: no identifier, no date of a visit, no row and no column of the data.

Every output is taken apart as far as it goes: parts of Word files, attachments, metadata and all streams of PDFs,
comments and data of pages, text chunks of images. The ids of the study are telling ones (MRN-000101). Each search is
tried on a seeded leak.
"""

from __future__ import annotations

import csv
import functools
import html
import json
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from report.build import build

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
MRN = re.compile(r"\bP(\d\d)\b")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TOKEN = re.compile(r"[a-z_]+|\d+(?:\.\d+)?")
OUTPUTS = (
    "paper.pdf", "paper.html", "paper.docx", "checklist.pdf", "checklist.html", "checklist.docx", "checklist.json",
    "ledger.json", "audit.json", "build.json",
    "figures/figure-flow.svg", "figures/figure-flow.png", "figures/figure-outcomes.svg", "figures/figure-outcomes.png",
    "figures/figure-harms.svg", "figures/figure-harms.png",
)  # fmt: skip
"""All that a build leaves but results.json, whose `pairs` hold joint values: it stays with the data (docs/proof.md)."""


BYTES = "byte by byte"


# ---- taking outputs apart --------------------------------------------------------------------------------------------


def texts(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """(where, text) of everything in a file, whatever a reader sees of it."""
    yield f"{name}, {BYTES}", data.decode("latin-1")
    if data.startswith(b"%PDF"):
        yield from _pdf(data, name)
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as parts:
            yield f"{name}, comment", parts.comment.decode("latin-1")
            for part in parts.namelist():
                yield f"{name}, name of a part", part
                yield from texts(parts.read(part), f"{name}, {part}")
    elif data.startswith(b"\x89PNG"):
        yield from _png(data, name)
    else:
        text = data.decode("utf-8", "replace")
        yield f"{name}, as text", html.unescape(text)
        yield f"{name}, without tags", html.unescape(re.sub(r"<[^<>]*>", " ", text))
        if text.lstrip().startswith("{"):
            yield f"{name}, values", " ".join(_leaves(json.loads(text)))


@functools.lru_cache(maxsize=2)
def apart(data: bytes, name: str) -> tuple[tuple[str, str], ...]:
    return tuple(texts(data, name))


def _leaves(value: object) -> Iterator[str]:
    """The values of JSON data without their keys."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield str(value)


def _pdf(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    document = pypdfium2.PdfDocument(data)
    for number, page in enumerate(document, 1):
        yield f"{name}, page {number}", page.get_textpage().get_text_bounded()
    with pikepdf.open(BytesIO(data)) as pdf:
        for file in pdf.attachments.values():
            yield from texts(file.get_file().read_bytes(), f"{name}, attachment {file.filename}")
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                yield f"{name}, stream {item.objgen}", item.read_bytes().decode("latin-1")
            yield from ((f"{name}, object {item.objgen}", text) for text in _strings(item))


def _strings(item: pikepdf.Object) -> Iterator[str]:
    if isinstance(item, pikepdf.String):
        yield str(item)
    elif isinstance(item, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream):
        for inner in item if isinstance(item, pikepdf.Array) else [value for _, value in item.items()]:
            if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
                yield from _strings(inner)


def _png(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
            packed = body.split(b"\0", 2)[-1]
            yield f"{name}, {kind.decode()}", body.decode("latin-1")
            yield f"{name}, {kind.decode()} unpacked", zlib.decompress(packed).decode() if kind == b"zTXt" else ""
        at += length + 12


# ---- what must not be in them ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Secrets:
    words: frozenset[str]
    """Identifiers, and dates that study.yml does not name."""
    rows: frozenset[tuple[str, ...]]
    """Stretches of five cells of one row, two of them numbers at least."""
    runs: dict[int, frozenset[tuple[str, ...]]]
    """By their length: the numbers of a row; stretches of a column, as they come or sorted, of all or of one group;
    stretches of before and after."""


def tokens(text: str) -> list[str]:
    return [str(float(t)) if t[0].isdigit() else t for t in TOKEN.findall(text.lower())]


def numbers(text: str) -> list[str]:
    return [token for token in tokens(DATE.sub(" ", text)) if token[0].isdigit()]


def windows(items: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(items[at:] for at in range(size)), strict=False)


def secrets(study: Path) -> Secrets:
    words: set[str] = set()
    rows: set[tuple[str, ...]] = set()
    runs: dict[int, set[tuple[str, ...]]] = {4: set(), 8: set()}
    declared = (study / "study.yml").read_text(encoding="utf-8")
    with (study / "participants.csv").open(encoding="utf-8") as file:
        arm = {row["patient_id"]: row["arm"] for row in csv.DictReader(file)}
    for path in sorted(study.glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            table = [row | {"arm": arm[row["patient_id"]]} for row in csv.DictReader(file)]
        for row in table:
            cells = " ".join(value for key, value in row.items() if key != "patient_id")
            words |= {row["patient_id"], *DATE.findall(cells)}
            rows |= {w for w in windows(tokens(cells), 5) if sum(t[0].isdigit() for t in w) >= 2}
            runs[4] |= {w for w in windows(numbers(cells), 4) if len(set(w)) >= 3}
        for column in table[0]:
            for group in _groups(table):
                values = numbers(" ".join(row[column] for row in group if column != "patient_id"))
                for ordered in (values, sorted(values, key=float)):
                    runs[8] |= {w for w in windows(ordered, 8) if len(set(w)) >= 5}
    runs[8] |= _joint(study / "visits.csv", arm)
    return Secrets(
        frozenset(word for word in words if word not in declared),
        frozenset(rows),
        {size: frozenset(found) for size, found in runs.items()},
    )


def _groups(table: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """All rows, and those of each level of each column with few levels, and of two such columns."""
    few = [key for key in table[0] if len({row[key] for row in table}) <= 4]
    yield table
    for one in few:
        for other in few:
            for pair in {(row[one], row[other]) for row in table}:
                yield [row for row in table if (row[one], row[other]) == pair]


def _joint(visits: Path, arm: dict[str, str]) -> set[tuple[str, ...]]:
    """Before and after of each patient, patient after patient: sorted within an arm, with or without how many."""
    values: dict[tuple[str, str], dict[str, str]] = {}
    with visits.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for score in ("adl", "edss"):
                if row[score]:
                    values.setdefault((row["patient_id"], score), {})[row["timepoint"]] = row[score]
    found: set[tuple[str, ...]] = set()
    for score in ("adl", "edss"):
        for group in set(arm.values()):
            pairs = [
                (float(v["baseline"]), float(v["month_6"]))
                for (patient, of), v in values.items()
                if of == score and arm[patient] == group and len(v) > 1
            ]
            for listed in (
                sorted(pairs),
                sorted(set(pairs)),
                [(*p, float(pairs.count(p))) for p in sorted(set(pairs))],
            ):
                flat = [str(value) for pair in listed for value in pair]
                found |= {w for w in windows(flat, 8) if len(set(w)) >= 4}
    return found


def leaks(parts: Iterable[tuple[str, str]], secret: Secrets) -> list[str]:
    found = []
    for where, text in parts:
        low = text.lower()
        found += [f"{where}: {word}" for word in secret.words if word.lower() in low]
        if where.endswith(BYTES):  # its parts, unpacked and decoded, are searched for rows and columns
            continue
        found += [f"{where}: {hit}" for hit in secret.rows.intersection(windows(tokens(text), 5))]
        stream = numbers(text)
        for size, runs in secret.runs.items():
            found += [f"{where}: {hit}" for hit in runs.intersection(windows(stream, size))]
    return found


# ---- the study, its outputs ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The NMOSD study with ids as hospitals have them."""
    folder = tmp_path_factory.mktemp("study") / "nmosd"
    shutil.copytree(NMOSD, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.glob("*.csv"):
        path.write_text(MRN.sub(r"MRN-0001\1", path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def secret(study: Path) -> Secrets:
    return secrets(study)


@pytest.fixture(scope="module")
def out(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(study, engine="embedded", out=tmp_path_factory.mktemp("built") / "out").out


def test_what_is_searched_for(secret: Secrets, study: Path) -> None:
    assert {"MRN-000101", "MRN-000160", "2015-06-08"} <= secret.words
    assert ("49.0", "female", "positive", "5.2", "2.0") in secret.rows
    assert ("49.0", "5.2", "2.0", "375.0") in secret.runs[4]
    with (study / "participants.csv").open(encoding="utf-8") as file:
        ages = [str(float(row["age"])) for row in csv.DictReader(file)]
    assert tuple(ages[:8]) in secret.runs[8]


def test_every_output_is_looked_into(out: Path) -> None:
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {*OUTPUTS, "results.json"}


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_output_tells_of_a_patient(name: str, out: Path, secret: Secrets) -> None:
    parts = list(texts((out / name).read_bytes(), name))
    assert parts
    assert leaks(parts, secret) == []


def test_the_record_is_among_what_is_searched(out: Path) -> None:
    for name in ("paper.pdf", "paper.html", "paper.docx"):
        assert any("everynumber/record/1" in text for where, text in texts((out / name).read_bytes(), name))


def test_results_hold_joint_values_and_nothing_else_of_patients(out: Path, secret: Secrets) -> None:
    """Why results.json is not for publishing as it is, and not in the files: docs/proof.md."""
    results = json.loads((out / "results.json").read_bytes())
    assert leaks(texts(json.dumps(results).encode(), "results.json"), secret)
    del results["pairs"]
    assert leaks(texts(json.dumps(results).encode(), "results.json"), secret) == []


# ---- seeded leaks ----------------------------------------------------------------------------------------------------


def row_of(study: Path) -> str:
    return (study / "participants.csv").read_text(encoding="utf-8").splitlines()[1].partition(",")[2]


def ages_of(study: Path, *, ordered: bool = False) -> list[str]:
    with (study / "participants.csv").open(encoding="utf-8") as file:
        ages = [row["age"] for row in csv.DictReader(file) if row["arm"] == "AZA"]
    return sorted(ages, key=int)[10:18] if ordered else ages[10:18]


LEAKS: dict[str, Callable[[Path], str]] = {
    "an identifier": lambda study: "of MRN-000117.",
    "a date": lambda study: "on 2015-06-08",
    "a row": row_of,
    "a row with names": lambda study: "age: 49; duration: 5.2 years; relapses: 2; followed 375 days",
    "a column": lambda study: json.dumps([int(age) for age in ages_of(study)]),
    "a sorted column": lambda study: ", ".join(ages_of(study, ordered=True)),
}


def in_html(data: bytes, leak: str) -> bytes:
    return data.replace(b"</body>", f"<!-- {leak} --></body>".encode())


def in_cells(data: bytes, leak: str) -> bytes:
    cells = "".join(f"<td>{html.escape(part)}</td>" for part in re.split(r"[, ]+", leak))
    return data.replace(b"</body>", f"<table hidden><tr>{cells}</tr></table></body>".encode())


def in_docx(data: bytes, leak: str) -> bytes:
    made = BytesIO(data)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("customXml/item7.xml", f"<x>{leak}</x>")
    return made.getvalue()


def in_pdf(plant: Callable[[pikepdf.Pdf, str], None]) -> Callable[[bytes, str], bytes]:
    def planted(data: bytes, leak: str) -> bytes:
        made = BytesIO()
        with pikepdf.open(BytesIO(data)) as pdf:
            plant(pdf, leak)
            pdf.save(made)
        return made.getvalue()

    return planted


def attach(pdf: pikepdf.Pdf, leak: str) -> None:
    pdf.attachments["notes.json"] = json.dumps({"note": leak}).encode()


def describe(pdf: pikepdf.Pdf, leak: str) -> None:
    pdf.docinfo["/Subject"] = pikepdf.String(f"Ü {leak}")  # stored as UTF-16


def print_it(pdf: pikepdf.Pdf, leak: str) -> None:
    page = pdf.pages[0]
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    name = page.add_resource(font, pikepdf.Name.Font)
    shown = leak.replace("(", "[").replace(")", "]").encode("latin-1")
    page.contents_add(b"BT %s 4 Tf 20 20 Td (%s) Tj ET" % (bytes(name), shown))


def in_png(data: bytes, leak: str) -> bytes:
    body = b"Comment\0\0" + zlib.compress(leak.encode())
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return data[:33] + chunk + data[33:]


def in_svg(data: bytes, leak: str) -> bytes:
    points = "".join(f"<text>{html.escape(part)}</text>" for part in re.split(r"[, ]+", leak))
    return data.replace(b"</svg>", f"{points}</svg>".encode())


def in_json(data: bytes, leak: str) -> bytes:
    return json.dumps(json.loads(data) | {"more": {str(k): v for k, v in enumerate(leak.split(","))}}).encode()


PLACES: dict[str, tuple[str, Callable[[bytes, str], bytes]]] = {
    "a comment of the page": ("paper.html", in_html),
    "hidden cells of the page": ("paper.html", in_cells),
    "a part of the Word file": ("paper.docx", in_docx),
    "an attachment": ("paper.pdf", in_pdf(attach)),
    "the PDF's description": ("paper.pdf", in_pdf(describe)),
    "a printed line of the PDF": ("paper.pdf", in_pdf(print_it)),
    "a text chunk of an image": ("figures/figure-flow.png", in_png),
    "a drawing": ("figures/figure-outcomes.svg", in_svg),
    "the ledger": ("ledger.json", in_json),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("place", PLACES)
def test_a_seeded_leak_is_found(place: str, leak: str, out: Path, study: Path, secret: Secrets) -> None:
    name, plant = PLACES[place]
    clean = (out / name).read_bytes()
    known = {text for _, text in apart(clean, name)}  # the clean file's parts were searched above: here what is new
    fresh = [(where, text) for where, text in texts(plant(clean, LEAKS[leak](study)), name) if text not in known]
    assert leaks(fresh, secret)


def test_results_that_are_embedded_whole_are_found(out: Path, secret: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    from report import record

    ledger, results = (out / "ledger.json").read_bytes(), (out / "results.json").read_bytes()
    assert leaks(texts(record.make_record(ledger, results), "record"), secret) == []
    monkeypatch.setattr(record, "_used", lambda results, ledger: results)
    assert leaks(texts(record.make_record(ledger, results), "record"), secret)
