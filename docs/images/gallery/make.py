"""Makes the pictures of docs/gallery.md again: first page, main table and main figure of each real trial's paper.

.venv/bin/python docs/images/gallery/make.py [STUDY ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from report.build import build

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MAIN = {  # study: its main table and figure
    "indomethacin": ("table-binary", "figure-forest"),
    "streptomycin": ("table-graded", "figure-graded"),
    "smoking_cessation": ("table-survival", "figure-survival"),
}
DPI, MARGIN, WIDTH = 110, 12, 900  # of a table, pixels an inch and round it; width of a figure in pixels


def pictures(study: str, out: Path) -> None:
    """Builds the study's paper and writes its three pictures."""
    built = build(ROOT / "data" / study, formats=("pdf",), engine="embedded", out=out)
    if not built.passed:
        raise SystemExit(f"The paper of {study} does not pass its audit.")
    ledger = json.loads((built.out / "ledger.json").read_bytes())
    table, figure = MAIN[study]
    with pypdfium2.PdfDocument(built.files["pdf"]) as pdf:
        _save(pdf[0].render(scale=1).to_pil(), f"{study}-page")
        _save(_cut(pdf, _texts(ledger, table)), f"{study}-table")
    with Image.open(built.out / "figures" / f"{figure}.png") as drawn:
        drawn.thumbnail((WIDTH, 10 * WIDTH))
        _save(drawn, f"{study}-figure")


def _texts(ledger: dict[str, Any], table: str) -> tuple[str, str]:
    """The caption of a table and its last note (or its last cell)."""
    blocks = [block["text"] for block in ledger["blocks"] if block.get("table") == table and block["text"].strip()]
    return blocks[0], blocks[-1]


def _cut(pdf: pypdfium2.PdfDocument, ends: tuple[str, str]) -> Image.Image:
    """The part of a page from one text to another, as wide as what stands between."""
    for page in pdf:
        text = page.get_textpage()
        whole = text.get_text_range()
        where = [k for k in range(len(whole)) if not whole[k].isspace()]
        dense = "".join(whole[k] for k in where)
        first, last = (_dense(end) for end in ends)
        start, stop = dense.find(first), dense.rfind(last)
        if start < 0 or stop < start:
            continue
        boxes = [text.get_charbox(where[k]) for k in range(start, stop + len(last))]
        scale, height = DPI / 72, page.get_height()
        left, right = min(b[0] for b in boxes), max(b[2] for b in boxes)
        top, bottom = height - max(b[3] for b in boxes), height - min(b[1] for b in boxes)
        box = (left * scale - MARGIN, top * scale - MARGIN, right * scale + MARGIN, bottom * scale + MARGIN)
        return page.render(scale=scale).to_pil().crop(tuple(round(side) for side in box))
    raise SystemExit(f"{ends[0]!r} was not found whole on one page of the PDF.")


def _dense(text: str) -> str:
    return "".join(text.split())


def _save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").quantize(64).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for one in sys.argv[1:] or MAIN:
            pictures(one, Path(scratch) / one)
