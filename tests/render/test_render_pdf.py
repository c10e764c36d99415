from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from render_reading import pdf_text
from render_sample import sample

from report.render import embedded
from report.render.project import write_project

pikepdf = pytest.importorskip("pikepdf")


def test_tagged_titled_dated(rendered: dict[str, Path]) -> None:
    with pikepdf.open(rendered["pdf"]) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo["/Title"]) == sample().title
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20260115000000")
        with pdf.open_metadata() as metadata:
            assert metadata.get("pdfuaid:part") == "1"


def test_page_numbers_and_running_header(rendered: dict[str, Path]) -> None:
    pdf = pypdfium2.PdfDocument(rendered["pdf"])
    count = len(pdf)
    for number, page in enumerate(pdf, start=1):
        text = page.get_textpage().get_text_bounded()
        assert f"Page {number} of {count}" in text
        assert "Azathioprine and mycophenolate in NMOSD · SIMULATED DATA" in text


def test_wide_table_is_on_a_landscape_page(rendered: dict[str, Path]) -> None:
    turned = [
        page.get_textpage().get_text_bounded()
        for page in pypdfium2.PdfDocument(rendered["pdf"])
        if page.get_width() > page.get_height()
    ]
    assert len(turned) == 1 and "Column I" in turned[0]


def test_long_table_repeats_its_header(tmp_path: Path) -> None:
    write_project(tmp_path, sample(long_table=True))
    made = embedded.render(tmp_path, ["pdf"])
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(made["pdf"])]
    holding = [text for text in pages if "6.1 (1.4 to 10.8)" in text and "Outcome " in text]
    assert len(holding) >= 2
    assert all("Estimate (95% CI)" in text for text in holding)
    assert pdf_text(made["pdf"]).count("6.1 (1.4 to 10.8)") == 90


def test_no_text_leaves_the_page(rendered: dict[str, Path]) -> None:
    for page in pypdfium2.PdfDocument(rendered["pdf"]):
        width, text = page.get_width(), page.get_textpage()
        for index in range(text.count_rects()):
            left, _, right, _ = text.get_rect(index)
            assert left > 40 and right < width - 40
