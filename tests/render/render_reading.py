"""Plain text of finished files, for the tests of rendering only (the audit has readers of its own)."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pypdfium2
from lxml import etree, html

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def html_text(path: Path) -> str:
    body = html.parse(path, html.HTMLParser(encoding="utf-8")).getroot().find("body")
    assert body is not None
    for style in list(body.iter("style")):
        style.getparent().remove(style)
    return flat(body.text_content())


def docx_part(path: Path, name: str = "word/document.xml") -> Any:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(name))


def docx_text(path: Path) -> str:
    return flat("\n".join("".join(t.text or "" for t in p.iter(W + "t")) for p in docx_part(path).iter(W + "p")))


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return flat("\n".join(page.get_textpage().get_text_bounded() for page in document))
    finally:
        document.close()
