"""Writes the folder that a paper is rendered from: a complete Quarto project document, whichever engine renders it."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from report.errors import ReportError
from report.paths import EXTENSION, LOOKS
from report.render.embed import RECORD
from report.render.zipped import write_zip

SOURCE = "manuscript.qmd"
SETTINGS = "paper.json"
CSL = ("vancouver", "ama")
STANDARD = "a-3a"  # for Quarto, whose typst takes one only; see report/render/embedded.py
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSans-BoldOblique.ttf")

# Author text is Markdown and nothing more: no HTML, TeX or typst, no attributes that reach a format raw, no formulas
# (a formula would need a script in the HTML), no metadata in the middle of the text, no silent changes of characters.
READER = (
    "markdown-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks-tex_math_dollars"
    "-latex_macros-implicit_figures-smart-pandoc_title_block-mmd_title_block"
)
_ASCII_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_FIGURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(svg|png)")


@dataclass(frozen=True)
class Manuscript:
    """All that a paper is made of. ``body`` is Markdown as described in docs/contracts.md, title page included."""

    body: str
    title: str
    date: dt.date
    authors: tuple[str, ...] = ()
    short_title: str = ""
    lang: str = "en-GB"
    keywords: tuple[str, ...] = ()
    header_text: str = ""  # the running header of PDF and Word; by default the short title, else the title
    simulated: str | None = None  # the notice's text when the data are simulated: turns the header red
    draft: bool = False  # whether it is marked as a draft: turns the header red too
    bib: bytes = b""
    csl: str = "vancouver"
    record: bytes = b""  # JSON that the finished files carry (docs/contracts.md); none where empty
    figures: Mapping[str, bytes] = field(default_factory=dict)  # "figure-flow.svg" and "figure-flow.png" → content
    line_numbers: bool = True  # Word only
    double_spacing: bool = True  # Word only

    @property
    def header(self) -> str:
        return self.header_text or self.short_title or self.title


def markdown_literal(text: str) -> str:
    """Plain text as Markdown that prints exactly this text."""
    return _ASCII_PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def write_project(folder: Path, manuscript: Manuscript) -> None:
    """Writes everything that either engine needs into ``folder`` and removes figures that no longer belong."""
    if manuscript.csl not in CSL:
        raise ReportError(f"The citation style {manuscript.csl!r} is unknown: use one of {', '.join(CSL)}.")
    for name in manuscript.figures:
        if not _FIGURE_NAME.fullmatch(name):
            raise ReportError(f"A figure's file name must be letters, digits, hyphens and .svg or .png, not {name!r}.")
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for old in figures.iterdir():
        if old.is_file() and old.name not in manuscript.figures:
            old.unlink()
    for name, content in manuscript.figures.items():
        (figures / name).write_bytes(content)
    (folder / SOURCE).write_text(_source(manuscript), encoding="utf-8", newline="\n")
    (folder / SETTINGS).write_text(_settings(manuscript), encoding="utf-8", newline="\n")
    (folder / "references.bib").write_bytes(manuscript.bib)
    (folder / RECORD).unlink(missing_ok=True)
    if manuscript.record:
        (folder / RECORD).write_bytes(manuscript.record)
    shutil.copyfile(LOOKS / "csl" / f"{manuscript.csl}.csl", folder / "style.csl")
    shutil.copyfile(EXTENSION / "everynumber.lua", folder / "everynumber.lua")
    shutil.copyfile(LOOKS / "paper.typ", folder / "template.typ")
    (folder / "template.html").write_text(_html_template(), encoding="utf-8", newline="\n")
    _write_reference_docx(folder / "reference.docx", manuscript)


def write_fonts(folder: Path) -> None:
    """Copies the figures' font beside the manuscript, where Quarto's typst finds it."""
    source = figure_fonts()
    if source is None:
        return
    target = folder / "fonts"
    target.mkdir(exist_ok=True)
    for name in FONTS:
        there = target / name
        if (source / name).is_file() and not there.is_file():
            shutil.copyfile(source / name, there)


def figure_fonts() -> Path | None:
    """The folder of matplotlib's DejaVu fonts, found without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    fonts = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return fonts if fonts.is_dir() else None


def read_settings(folder: Path) -> dict[str, Any]:
    """What ``write_project`` noted for the steps that do not read Markdown (typst's title page, the Word finisher)."""
    path = folder / SETTINGS
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ReportError(f"{path.name} is missing or broken in {folder}: compose the paper again.") from problem
    return settings


def source_date_epoch(settings: Mapping[str, Any]) -> str:
    """The paper's own date as the time that the tools take for now (midnight, UTC)."""
    return str(int(dt.datetime.fromisoformat(settings["date"]).replace(tzinfo=dt.UTC).timestamp()))


def _settings(manuscript: Manuscript) -> str:
    return (
        json.dumps(
            {
                "title": manuscript.title,
                "short_title": manuscript.short_title,
                "authors": list(manuscript.authors),
                "date": manuscript.date.isoformat(),
                "lang": manuscript.lang,
                "keywords": list(manuscript.keywords),
                "header": manuscript.header,
                "simulated": manuscript.simulated is not None,
                "draft": manuscript.draft,
                "notice": manuscript.simulated,
                "record": RECORD if manuscript.record else None,
                "line_numbers": manuscript.line_numbers,
                "double_spacing": manuscript.double_spacing,
            },
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


def _source(manuscript: Manuscript) -> str:
    """The manuscript with its front matter. JSON is YAML, and leaves no doubt about quoting."""
    front: dict[str, Any] = {
        "pagetitle": markdown_literal(manuscript.title),
        "lang": manuscript.lang,
        "engine": "markdown",
        "from": READER,
        "output-file": "paper",
        "bibliography": "references.bib",
        "csl": "style.csl",
        "citeproc": True,
        "link-citations": True,
        "wrap": "none",
        "pdf-standard": STANDARD,
        "filters": [{"path": "everynumber.lua", "at": "post-quarto"}],
        "paper": {
            # They stand in attributes of the page, where pandoc leaves a double quote as it is.
            "authors": [markdown_literal(name.replace('"', "'")) for name in manuscript.authors],
            "date": manuscript.date.isoformat(),
            "keywords": [markdown_literal(word.replace('"', "'")) for word in manuscript.keywords],
            "simulated": manuscript.simulated is not None,
        },
        "format": {
            "html": {"template": "template.html", "minimal": True, "theme": "none", "embed-resources": True},
            "docx": {"reference-doc": "reference.docx"},
            "typst": {"template": "template.typ", "font-paths": ["fonts"]},
        },
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
    return "---\n" + "\n".join(lines) + "\n---\n\n" + _tame(manuscript.body).rstrip("\n") + "\n"


def _tame(body: str) -> str:
    """The body without what would be read before the filter can look: shortcodes, metadata, raw-format marks."""
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    body = body.replace("{{<", "\\{\\{\\<").replace("{=", "{\\=")
    return re.sub(r"^---[ \t]*$", "----", body, flags=re.MULTILINE)


def _html_template() -> str:
    template = (LOOKS / "paper.html").read_text(encoding="utf-8")
    style = (LOOKS / "paper.css").read_text(encoding="utf-8").strip().replace("$", "$$")
    return template.replace("/*STYLE*/", style)


def _write_reference_docx(path: Path, manuscript: Manuscript) -> None:
    """The Word reference document, put together from its parts so that the running header can be this paper's."""
    parts = LOOKS / "docx"

    def part(name: str) -> str:
        return (parts / name).read_text(encoding="utf-8")

    styles = part("styles.xml").replace('w:val="en-GB" w:eastAsia', f'w:val="{_xml(manuscript.lang)}" w:eastAsia')
    if not manuscript.double_spacing:
        styles = styles.replace('w:line="480"', 'w:line="276"')
    document = part("document.xml")
    if not manuscript.line_numbers:
        document = re.sub(r"\s*<w:lnNumType[^>]*/>", "", document)
    header = part("header.xml").replace("{HEADER}", _xml(manuscript.header))
    if manuscript.simulated is not None or manuscript.draft:
        header = header.replace("<w:rPr></w:rPr>", '<w:rPr><w:b/><w:bCs/><w:color w:val="B00020"/></w:rPr>')
    write_zip(
        path,
        {
            "[Content_Types].xml": part("content-types.xml").encode(),
            "_rels/.rels": part("package-rels.xml").encode(),
            "word/document.xml": document.encode(),
            "word/_rels/document.xml.rels": part("document-rels.xml").encode(),
            "word/styles.xml": styles.encode(),
            "word/settings.xml": part("settings.xml").encode(),
            "word/header1.xml": header.encode(),
            "word/footer1.xml": part("footer.xml").encode(),
        },
    )


def _xml(text: str) -> str:
    legal = "".join(c for c in text if c >= " " or c in "\t\n")
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
