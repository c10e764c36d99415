"""Papers cut, flipped, spliced and made of random bytes: a sentence or a verdict, and no pass for a paper cut short."""

# ruff: noqa: E501  (long literals)
from __future__ import annotations

import faulthandler
import io
import os
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import little
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.audit import audit_files
from report.audit.errors import AuditError
from report.build import build
from report.cli.app import sentences
from report.errors import ReportError
from report.guard import Limits, measured

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the guard needs fork")

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
FORMS = ("html", "docx", "pdf")
LIMITS = Limits(memory=2_000_000_000, seconds=60)
ENDS = {"html": b"</body></html>", "pdf": b"\n%%EOF\n", "docx": b""}
HEADS = {"html": b"<!doctype html><html><body>12 ", "pdf": b"%PDF-1.7\n", "docx": b"PK\3\4[Content_Types].xml word/"}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the real papers, with ledger and results."""
    return build(NMOSD, engine="embedded", out=tmp_path_factory.mktemp("bytes") / "out").out


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the little paper in its three formats."""
    folder = little.write(tmp_path_factory.mktemp("little"))
    items = little.paper()
    (folder / "paper.html").write_text(little.to_html(items), encoding="utf-8")
    (folder / "paper.docx").write_bytes(little.to_docx(items))
    (folder / "paper.pdf").write_bytes(little.to_pdf(items, folder))
    return folder


def told(path: Path) -> str:
    """The verdict or the sentence; a fault of the program is raised."""
    try:
        return audit_files([path])[0].verdict
    except AuditError as refusal:
        return str(refusal)


def outcomes(folder: Path, form: str, cases: Sequence[bytes]) -> list[str]:
    """What comes of files of these bytes, in a child: all in one, and where one takes that down, each in its own."""
    paths = []
    for number, data in enumerate(cases):
        paths.append(folder / f"case-{number}.{form}")
        paths[-1].write_bytes(data)

    def work(some: Sequence[Path]) -> Callable[[], list[str]]:
        def run() -> list[str]:
            faulthandler.disable()  # pytest's own, which would print
            return [told(path) for path in some]

        return run

    try:
        found: list[str] = measured(work(paths), sentences, "all", LIMITS).value
    except ReportError:
        found = []
        for path in paths:
            try:
                found += measured(work([path]), sentences, path.name, LIMITS).value
            except ReportError as refusal:
                found.append(str(refusal))
    for path in paths:
        path.unlink()
    assert len(found) == len(cases) and all(found)
    return found


# -- cut --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_cut_at_any_kilobyte_is_refused(form: str, papers: Path) -> None:
    whole = (papers / f"paper.{form}").read_bytes()
    cut = papers / f"cut.{form}"
    cut.write_bytes(whole)
    assert told(cut) == "pass"
    for size in range((len(whole) - 1) // 1024 * 1024, -1, -1024):
        os.truncate(cut, size)
        said = told(cut)
        assert any(word in said for word in ("cut short", "damaged", "is not a", "is empty")), (size, said)


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_cut_and_ended_does_not_pass(form: str, papers: Path) -> None:
    """Cut, and given the end that its format must have, so that it gets as far as the reader."""
    whole = (papers / f"paper.{form}").read_bytes()
    text = _unpacked(whole) if form == "docx" else whole
    pieces = [text[: len(text) * part // 9] for part in range(1, 9)]
    found = outcomes(papers, form, [_repacked(whole, p) if form == "docx" else p + ENDS[form] for p in pieces])
    assert "pass" not in found


def _unpacked(word: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        return archive.read("word/document.xml")


def _repacked(word: bytes, document: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, document if name == "word/document.xml" else old.read(name))
    return target.getvalue()


# -- flipped and spliced ----------------------------------------------------------------------------------------------


def flipped(data: bytes, seed: int) -> bytes:
    """Some bits turned, and at times a stretch lost or said twice."""
    rng = random.Random(seed)
    out = bytearray(data)
    for _ in range(rng.choice((1, 3, 20))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    if seed % 4 == 0:
        low, high = sorted(rng.randrange(len(out)) for _ in range(2))
        out[low : low + (high - low) // 20] = out[high : high + 50] * 2 if seed % 8 else b""
    return bytes(out)


@pytest.mark.parametrize(("form", "count"), [("html", 60), ("docx", 40), ("pdf", 80)])
def test_bits_turned(form: str, count: int, home: Path) -> None:
    whole = (home / f"paper.{form}").read_bytes()
    found = outcomes(home, form, [flipped(whole, seed) for seed in range(count)])
    assert len(set(found)) > 1
    if form == "docx":  # each part has its checksum: what is turned in one is found; names and dates may be turned
        assert found.count("pass") < count / 4
        document = _unpacked(whole)
        outcomes(home, form, [_repacked(whole, flipped(document, seed)) for seed in range(60)])


@pytest.mark.parametrize("form", FORMS)
def test_bits_turned_in_the_real_papers(form: str, papers: Path) -> None:
    whole = (papers / f"paper.{form}").read_bytes()
    outcomes(papers, form, [flipped(whole, seed) for seed in range(4)])


def test_two_papers_spliced(home: Path, papers: Path) -> None:
    files = {
        (folder.name, form): (folder / f"paper.{form}").read_bytes() for folder in (home, papers) for form in FORMS
    }
    cases: Mapping[str, list[bytes]] = {form: [] for form in FORMS}
    names = [*files]
    for at, (name, one) in enumerate(files.items()):
        for other in (files[names[(at + step) % len(names)]] for step in (1, 3)):
            cases[name[1]].append(one[: len(one) * 6 // 10] + other[len(other) * 6 // 10 :])
    for form, spliced in cases.items():
        outcomes(home, form, spliced)
        whole = [files[home.name, form] + files[papers.name, form], files[papers.name, form] + files[home.name, form]]
        assert "look" not in outcomes(home, form, whole)


# -- random -----------------------------------------------------------------------------------------------------------

MODEST = settings(
    max_examples=60, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
WORDS = ["<p>", "</p>", "<table>", "<tr>", "<td colspan=3>", "</table>", "<svg>", "<text>", "77.3", "&#x37;", "<!--", "-->", "]]>",
         "<style>", "</style>", "p{display:none}", "<script>", "\0", "�", "\u202e", "<", ">", "&", '"', "<img src=data:,>", "−", "P < 0.001"]  # fmt: skip
OBJECTS = [b"1 0 obj", b"endobj", b"<<", b">>", b"/Type/Catalog/Pages 1 0 R", b"/Type/Pages/Kids[1 0 R]/Count 1", b"/Type/Page",
           b"stream\n", b"endstream", b"/Length 9", b"xref\n0 1\n", b"trailer", b"/Root 1 0 R", b"startxref\n9\n", b"(7)", b"BT", b"Tj", b"[", b"]"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@MODEST
@given(data=st.binary(max_size=600), headed=st.booleans())
def test_random_bytes(form: str, home: Path, data: bytes, headed: bool) -> None:
    path = home / f"random.{form}"
    path.write_bytes((HEADS[form] if headed else b"") + data + (ENDS[form] if headed and form != "pdf" else b""))
    assert told(path) not in ("pass", "look")


@MODEST
@given(words=st.lists(st.sampled_from(WORDS), max_size=60))
def test_random_markup(home: Path, words: list[str]) -> None:
    path = home / "random.html"
    path.write_text("<!doctype html><html><body>12 " + "".join(words) + "</body></html>", encoding="utf-8")
    assert told(path) not in ("pass", "look")


def test_random_objects(home: Path) -> None:
    rng = random.Random(7)
    cases = [b"%PDF-1.7\n" + b" ".join(rng.choices(OBJECTS, k=rng.randrange(5, 80))) + b"\n%%EOF\n" for _ in range(150)]
    assert "pass" not in outcomes(home, "pdf", cases)
