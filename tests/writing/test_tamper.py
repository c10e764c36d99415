"""Every number of the real paper, changed by one digit: found and named, in HTML and Word; in the PDF by its source.

A file is tampered with at many places at once, far from each other, so that each digit run of the paper is changed in
one of a few files. A change counts as found only when a finding of its own holds the changed digits and says where.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html
import pytest
from conftest import NMOSD

from report.audit import audit_files, to_json
from report.build import build, compose_paper, write_paper
from report.render import embedded
from report.render.project import SOURCE, read_settings, source_date_epoch

STEP = 40
_DIGITS = re.compile(r"\d+")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(NMOSD, engine="embedded", out=tmp_path_factory.mktemp("tamper") / "out").out


def changed(digits: str) -> str:
    """Another number of the same length, its last digit other than it was."""
    return digits[:-1] + str((int(digits[-1]) + 3) % 10)


def findings(path: Path, paper: Path) -> list[dict[str, Any]]:
    verdict = to_json(audit_files([path], results=paper / "results.json", ledger=paper / "ledger.json", study=NMOSD))
    assert verdict["verdict"] == "fail"
    found: list[dict[str, Any]] = verdict["files"][0]["findings"]
    return found


def unnoticed(wanted: list[tuple[str, str]], found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Changes (old, new digits) that no finding of their own names with its place."""
    left = [f for f in found if f["where"]]
    missed = []
    for old, new in wanted:
        # As a whole run first: '13' must not take the finding of '1.13'.
        match = next((f for f in left if new in _DIGITS.findall(f["text"])), None) or next(
            (f for f in left if new in re.sub(r"\D", "", f["text"])), None
        )
        if match is None:
            missed.append((old, new))
        elif len(_DIGITS.findall(match["text"])) == 1:
            left.remove(match)
    return missed


def html_nodes(tree: Any) -> list[tuple[Any, str]]:
    hidden = {"script", "style", "head", "title", "desc"}
    nodes: list[tuple[Any, str]] = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or any(
            isinstance(e.tag, str) and lxml.etree.QName(e).localname in hidden
            for e in [element, *element.iterancestors()]
        ):
            continue
        nodes.append((element, "text"))
        nodes += [(child, "tail") for child in element]
    return nodes


def tamper(nodes: list[tuple[Any, str]], offset: int, step: int) -> list[tuple[str, str]]:
    """Changes each ``step``-th digit run from ``offset`` on; gives (old, new) of each."""
    seen = -1
    done = []
    for element, part in nodes:
        text = getattr(element, part) or ""

        def swap(match: re.Match[str]) -> str:
            nonlocal seen
            seen += 1
            if seen % step != offset:
                return match.group()
            done.append((match.group(), changed(match.group())))
            return done[-1][1]

        if _DIGITS.search(text):
            setattr(element, part, _DIGITS.sub(swap, text))
    return done


def count(nodes: list[tuple[Any, str]]) -> int:
    return sum(len(_DIGITS.findall(getattr(e, p) or "")) for e, p in nodes)


@pytest.mark.parametrize("offset", range(STEP))
def test_each_number_of_the_html(paper: Path, tmp_path: Path, offset: int) -> None:
    tree = lxml.html.fromstring((paper / "paper.html").read_bytes())
    nodes = html_nodes(tree)
    assert count(nodes) > 1200
    wanted = tamper(nodes, offset, STEP)
    assert len(wanted) >= 30
    path = tmp_path / "paper.html"
    path.write_bytes(b"<!DOCTYPE html>\n" + lxml.html.tostring(tree, encoding="utf-8"))
    assert unnoticed(wanted, findings(path, paper)) == []


def docx_nodes(xml: Any) -> list[tuple[Any, str]]:
    return [(t, "text") for t in xml.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")]


@pytest.mark.parametrize("offset", range(STEP))
def test_each_number_of_the_word_file(paper: Path, tmp_path: Path, offset: int) -> None:
    with zipfile.ZipFile(paper / "paper.docx") as parts:
        members = {name: parts.read(name) for name in parts.namelist()}
    body = lxml.etree.fromstring(members["word/document.xml"])
    wanted = tamper(docx_nodes(body), offset, STEP)
    assert len(wanted) >= 25
    members["word/document.xml"] = lxml.etree.tostring(body)
    path = tmp_path / "paper.docx"
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in members.items():
            parts.writestr(name, data)
    assert unnoticed(wanted, findings(path, paper)) == []


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper's project, as the engine gets it."""
    from analysis.pipeline import analyse
    from analysis.study import load_study

    folder = tmp_path_factory.mktemp("project") / "p"
    study = load_study(NMOSD)
    results = analyse(study).text().encode()
    write_paper(folder, compose_paper(study, results, None), study, results)
    return folder


def strings(node: Any) -> list[tuple[dict[str, Any], str]]:
    """The printed strings of a pandoc document, in order (not the alternative text of an image)."""
    if isinstance(node, list):
        return [pair for child in node for pair in strings(child)]
    if not isinstance(node, dict) or node.get("t") == "Image":
        return []
    if node.get("t") == "Str":
        return [(node, "c")]
    return strings(node.get("c"))


class _Node:
    """A string of a pandoc document behind the same face as an element's text."""

    def __init__(self, holder: dict[str, Any]) -> None:
        self.__dict__["holder"] = holder

    def __getattr__(self, name: str) -> str:
        return self.holder["c"] if name == "text" else ""

    def __setattr__(self, name: str, value: str) -> None:
        self.holder["c"] = value


@pytest.mark.parametrize("offset", range(STEP))
def test_each_number_of_the_pdf_by_its_source(paper: Path, project: Path, tmp_path: Path, offset: int) -> None:
    folder = tmp_path / "p"
    shutil.copytree(project, folder)
    when = source_date_epoch(read_settings(folder))
    document = json.loads(embedded._pandoc(folder, when, SOURCE, "json", None))
    nodes = [(_Node(holder), "text") for holder, _ in strings(document["blocks"])]
    assert count(nodes) > 1000
    wanted = tamper(nodes, offset, STEP)
    embedded._pdf(folder, when, json.dumps(document).encode())
    assert unnoticed(wanted, findings(folder / "paper.pdf", paper)) == []


@pytest.mark.parametrize("name", ["figure-flow", "figure-outcomes"])
@pytest.mark.parametrize("offset", range(4))
def test_each_number_of_a_figure_in_the_pdf(paper: Path, project: Path, tmp_path: Path, name: str, offset: int) -> None:
    folder = tmp_path / "p"
    shutil.copytree(project, folder)
    svg = folder / "figures" / f"{name}.svg"
    tree = lxml.etree.fromstring(svg.read_bytes())
    nodes = [(t, "text") for t in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert count(nodes) >= 12
    wanted = tamper(nodes, offset, 4)
    svg.write_bytes(lxml.etree.tostring(tree))
    embedded.render(folder, ["pdf"])
    assert unnoticed(wanted, findings(folder / "paper.pdf", paper)) == []


@pytest.mark.parametrize("name", ["figure-flow", "figure-outcomes"])
def test_an_exchanged_picture_in_the_word_file(paper: Path, tmp_path: Path, name: str) -> None:
    picture = (paper / "figures" / f"{name}.png").read_bytes()
    with zipfile.ZipFile(paper / "paper.docx") as parts:
        members = {n: parts.read(n) for n in parts.namelist()}
    at = next(n for n, data in members.items() if data == picture)
    members[at] = picture[:-20] + b"x" + picture[-19:]
    path = tmp_path / "paper.docx"
    with zipfile.ZipFile(path, "w") as parts:
        for n, data in members.items():
            parts.writestr(n, data)
    assert any("image" in f["why"] or "figure" in f["where"].lower() for f in findings(path, paper))
