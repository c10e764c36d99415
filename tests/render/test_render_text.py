"""Whatever stands in the manuscript stands in all three files, as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from render_reading import docx_text, flat, html_text, pdf_text
from render_sample import NASTY

READERS = {"html": html_text, "docx": docx_text, "pdf": pdf_text}
EXPECTED = (
    "SIMULATED DATA. The patients in this paper do not exist.",
    "a non-randomised comparative cohort study",
    "77.3 points and higher than with azathioprine (difference 6.1, 95% CI 1.4 to 10.8; P = 0.012)",
    "Diagnosis follows consensus criteria [1], and incidence is low [2–4].",
    "The scale is described elsewhere [1,5].",
    "Table 1. Baseline characteristics of 60 patients",
    "Figure 1. Flow of participants. 59 were analysed.",
    "the level was 103 cells, 12 in italics, 13 in bold",
    "Treatment group",
    "Azathioprine (n = 30)",
    "Sex, n (%)a",
    "26 (87)",
    "−1.2 (0.3)",
    "Estimate (95% CI)",
    "6.1 (1.4 to 10.8)",
    "Column I",
    "Carroll W, Chitnis T, et al. International consensus diagnostic criteria",
    "Neurology. 2015;85(2):177–189.",
    "BMJ Open. 2022;12(1):e048942.",
    "An author's own text may hold <b>tags</b>, <script>x()</script>, \\alpha, $x^2$ and",
    'and #eval("1"){=typst}, a link and text.',
)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("text", EXPECTED)
def test_text_is_there(rendered: dict[str, Path], kind: str, text: str) -> None:
    assert flat(text) in READERS[kind](rendered[kind])


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("text", NASTY)
def test_awkward_labels_are_printed_literally(rendered: dict[str, Path], kind: str, text: str) -> None:
    assert flat(text) in READERS[kind](rendered[kind])


def test_the_formats_agree(rendered: dict[str, Path]) -> None:
    """The words of the body, in order; the figure's text is in the HTML only as SVG and in Word as a picture."""
    page, word = html_text(rendered["html"]), docx_text(rendered["docx"])
    figure = "Of 60 patients, 59 were analysed; one was lost. Included <&> patients (n = 60) Analysed (n = 59)"
    squeezed = page.replace(" ", "")
    assert figure.replace(" ", "") in squeezed
    assert squeezed.replace(figure.replace(" ", ""), "") == word.replace(" ", "")


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_figure_text_is_real_text(rendered: dict[str, Path], kind: str) -> None:
    assert "Included <&> patients (n = 60)" in READERS[kind](rendered[kind])
