"""Sameness, errors, the choice of an engine, and real Quarto where there is one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from render_reading import docx_text, html_text, pdf_text
from render_sample import AWKWARD, sample

from report.errors import ReportError
from report.paths import EXTENSION
from report.render import embedded, engine, quarto
from report.render.project import markdown_literal, write_project

needs_quarto = pytest.mark.skipif(quarto.available() is None, reason="quarto is not on the path")


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".quarto" not in p.parts and p.name != quarto.LOG
    }


def test_same_bytes_in_another_folder(tmp_path: Path, rendered: dict[str, Path]) -> None:
    folder = tmp_path / "elsewhere"
    write_project(folder, sample())
    embedded.render(folder)
    first = hashes(rendered["html"].parent)
    assert {"paper.html", "paper.docx", "paper.pdf", "manuscript.qmd"} <= set(first)
    assert hashes(folder) == first


def test_nothing_half_made_is_left(rendered: dict[str, Path]) -> None:
    assert not [p for p in rendered["html"].parent.iterdir() if p.name.startswith(".") and p.suffix]


def test_no_machine_path_in_the_project(rendered: dict[str, Path]) -> None:
    folder = rendered["html"].parent
    for path in folder.iterdir():
        if path.is_file():
            assert str(folder).encode() not in path.read_bytes(), path.name


def test_old_figures_go(tmp_path: Path) -> None:
    write_project(tmp_path, sample())
    write_project(tmp_path, replace(sample(), figures={"figure-flow.svg": b"<svg/>"}))
    assert [p.name for p in (tmp_path / "figures").iterdir()] == ["figure-flow.svg"]


def test_unknown_citation(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), body="Text [@nobody2020].\n\n::: {#refs}\n:::\n"))
    with pytest.raises(ReportError) as error:
        embedded.render(tmp_path, ["html"])
    assert str(error.value) == "The text cites nobody2020, which references.bib does not hold."


def test_missing_figure(tmp_path: Path) -> None:
    write_project(tmp_path, replace(sample(), figures={}))
    with pytest.raises(
        ReportError,
        match=r"^pandoc could not make the html5 file: the figure file figures/figure-flow\.svg is missing\.$",
    ):
        embedded.render(tmp_path, ["html"])


def test_figure_that_holds_a_script(tmp_path: Path) -> None:
    evil = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    write_project(tmp_path, replace(sample(), figures={"figure-flow.svg": evil}))
    with pytest.raises(ReportError, match="holds a script, which a paper's figure must not"):
        embedded.render(tmp_path, ["html"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"csl": "harvard"}, "The citation style 'harvard' is unknown: use one of vancouver, ama."),
        (
            {"figures": {"../x.svg": b""}},
            "A figure's file name must be letters, digits, hyphens and .svg or .png, not '../x.svg'.",
        ),
    ],
)
def test_bad_manuscripts(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(ReportError) as error:
        write_project(tmp_path, replace(sample(), **change))  # type: ignore[arg-type]
    assert str(error.value) == message
    assert not list(tmp_path.iterdir())


def test_unknown_format_and_engine(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"The format 'odt' is unknown: use one of html, docx, pdf\."):
        embedded.render(tmp_path, ["odt"])
    with pytest.raises(ReportError, match=r"The engine 'latex' is unknown: use auto, quarto or embedded\."):
        engine.choose("latex")


def test_choice_without_quarto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarto, "available", lambda: None)
    chosen = engine.choose("auto")
    assert chosen.name == "embedded" and chosen.version.startswith("pandoc 3.")
    with pytest.raises(ReportError, match="there is no quarto on the path"):
        engine.choose("quarto")


def test_choice_with_quarto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarto, "available", lambda: "1.9.38")
    assert engine.choose("auto").name == "quarto"
    assert engine.choose("embedded").name == "embedded"


def test_quarto_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in on the path: what it says becomes a sentence, the whole goes into the log."""
    tools = tmp_path / "bin"
    tools.mkdir()
    program = tools / "quarto"
    program.write_text("#!/bin/sh\necho some noise\necho 'ERROR: Typst compilation failed' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    project = tmp_path / "project"
    write_project(project, sample())
    with pytest.raises(ReportError) as error:
        quarto.render(project)
    assert str(error.value) == (
        f"Quarto could not render the paper: ERROR: Typst compilation failed. The whole log is quarto.log in {project}."
    )
    assert "some noise" in (project / "quarto.log").read_text()
    assert not (project / "_quarto.yml").exists()


def test_markdown_literal() -> None:
    assert markdown_literal("a_b *c*\n<d>") == r"a\_b \*c\* \<d\>"


def test_scripts_say_what_is_missing(tmp_path: Path) -> None:
    """Outside of any environment with everynumber and without a .venv: a sentence, exit code 2."""
    project = tmp_path / "project"
    shutil.copytree(EXTENSION, project / "_extensions" / "everynumber")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QUARTO", "PYTHON"))}
    script = project / "_extensions" / "everynumber" / "pre_render.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "there is no .venv in" in done.stderr and "Run `make install` first." in done.stderr


@needs_quarto
def test_quarto_prints_the_same_text(tmp_path: Path, rendered: dict[str, Path]) -> None:
    folder = tmp_path / AWKWARD
    write_project(folder, sample())
    made = quarto.render(folder)
    assert html_text(made["html"]) == html_text(rendered["html"])
    assert docx_text(made["docx"]) == docx_text(rendered["docx"])
    assert pdf_text(made["pdf"]) == pdf_text(rendered["pdf"])
    before = {name: path.read_bytes() for name, path in made.items()}
    again = quarto.render(folder)
    assert {name: path.read_bytes() == before[name] for name, path in again.items()} == dict.fromkeys(before, True)


@needs_quarto
def test_quarto_makes_one_format(tmp_path: Path) -> None:
    write_project(tmp_path, sample())
    assert set(quarto.render(tmp_path, ["docx"])) == {"docx"}
    assert not (tmp_path / "paper.html").exists()
