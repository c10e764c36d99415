"""Figures: same bytes, honest texts, and nothing that leaves its box or covers another."""

import math
import os
import subprocess
import sys
import unicodedata
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pypdfium2
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from report.figures import (
    ArmSeries,
    ArmStage,
    Box,
    Figure,
    FlowDiagram,
    Interval,
    Line,
    OutcomePanel,
    OutcomesDiagram,
    TopStage,
    draw_flow,
    draw_outcomes,
    font_folder,
)
from report.figures.canvas import Canvas, FigureError, Rect, Shape, Text, text_width, wrap
from report.figures.flow import layout_flow
from report.figures.outcomes import layout_outcomes, spread, ticks

SVG = "{http://www.w3.org/2000/svg}"
ODD = r"a < b & c > d $x_1$ and $y$ \frac{1}{2} _under_ #read() {{ n }} *bold* | 'q' \"Q\" é Ł ≥ − µ"


def flow(
    arms: int = 2, reason: str = "moved away", label: str = "Azathioprine plus mycophenolate mofetil"
) -> FlowDiagram:
    treatment = tuple(
        Box((Line(f"{label} (n = 3{arm})", bold=True), "Stopped (n = 2)", Line(f"{reason} (n = 2)", 1)))
        for arm in range(arms)
    )
    lost = tuple(
        Box(("Lost to follow-up before 12 months (n = 1)", *([Line(reason, 1)] if arm == 0 else [])))
        for arm in range(arms)
    )
    analysed = tuple(Box(("Analysed", Line("recurrences (n = 30)", 1))) for _ in range(arms))
    return FlowDiagram(
        "figure-flow",
        "Flow of patients through the study",
        "60 patients were included.",
        (
            TopStage("Identification", Box(("Patients identified; number screened not reported",))),
            TopStage("Eligibility", None, Box(("Not included (n = 7)", Line(f"{reason} (n = 7)", 1)))),
            TopStage("Eligibility", Box(("Included (n = 60)",))),
        ),
        (ArmStage("Treatment", treatment), ArmStage("Follow-up", lost), ArmStage("Analysis", analysed)),
        "Grouped by treatment received (not randomised)",
    )


def outcomes(arms: int = 2, label: str = "Azathioprine", time: str = "Before treatment") -> OutcomesDiagram:
    def panel(id: str, top: float, unit: float, up: bool) -> OutcomePanel:
        pairs: tuple[tuple[float | None, float | None], ...] = (
            *((unit * (k % 7), unit * (k % 5 + 3)) for k in range(12)),
            (unit, None),
            (None, unit),
        )
        series = tuple(
            ArmSeries(f"{label} {arm}", pairs, Interval(3 * unit, 2 * unit, 4 * unit), Interval(top, None, None))
            for arm in range(arms)
        )
        return OutcomePanel(
            id, f"Title of {id}", f"{id} (points)", (0, top), (time, "6 months"), series, "Higher is better", up
        )

    panels = (panel("adl", 100, 5, True), panel("edss", 10, 0.5, False))
    return OutcomesDiagram(
        "figure-outcomes", "Before and after", "Two outcomes.", panels, "One patient", "Mean, 95% CI"
    )


def texts_of(figure: Figure) -> list[str]:
    return ["".join(element.itertext()) for element in etree.fromstring(figure.svg).iter(f"{SVG}text")]


def pdf_text(*figures: Figure) -> str:
    literal = [figure.svg.decode().replace("\\", "\\\\").replace('"', '\\"') for figure in figures]
    source = "#set page(width: auto, height: auto)\n" + "\n".join(
        f'#image(bytes("{svg}"), format: "svg")' for svg in literal
    )
    pdf = typst.compile(source.encode(), font_paths=[str(font_folder())], ignore_system_fonts=True)
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def check_sheet(canvas: Canvas) -> None:
    """No text leaves the sheet or meets another."""
    sheet = Rect(0, 0, canvas.width, canvas.height)
    texts = [item for item in canvas.items if isinstance(item, Text)]
    for text in texts:
        assert sheet.holds(text.box), f"{text.text!r} leaves the sheet"
    for one, other in combinations(texts, 2):
        assert not one.box.meets(other.box, slack=0.3), f"{one.text!r} meets {other.text!r}"


def check_flow(canvas: Canvas) -> None:
    check_sheet(canvas)
    sheet = Rect(0, 0, canvas.width, canvas.height)
    for name, box in canvas.boxes.items():
        assert sheet.holds(box), f"{name} leaves the sheet"
    for (name, box), (other_name, other) in combinations(canvas.boxes.items(), 2):
        assert not box.meets(other), f"{name} meets {other_name}"
    for item in canvas.items:
        if isinstance(item, Text):
            assert canvas.boxes[item.group].holds(item.box), f"{item.text!r} leaves {item.group}"
            assert item.size >= 6.5
        elif not item.group:
            xs, ys = [x for x, _ in item.points], [y for _, y in item.points]
            arrow = Rect(min(xs), min(ys), max(xs), max(ys))
            for name, box in canvas.boxes.items():
                assert not box.meets(arrow), f"an arrow crosses {name}"
    for stage in range(1, 4):
        row = [box for name, box in canvas.boxes.items() if name.endswith(f"-stage-{stage}")]
        assert len({(round(box.top, 6), round(box.bottom, 6)) for box in row}) <= 1


# Both figures


@pytest.mark.parametrize("figure", [lambda: draw_flow(flow()), lambda: draw_outcomes(outcomes())])
class TestBoth:
    def test_same_bytes_twice(self, figure):
        assert figure() == figure()

    def test_texts_are_those_of_the_svg(self, figure):
        drawn = figure()
        assert list(drawn.texts) == texts_of(drawn)

    def test_ids_are_prefixed_and_unique(self, figure):
        drawn = figure()
        ids = [element.get("id") for element in etree.fromstring(drawn.svg).iter() if element.get("id")]
        assert len(ids) == len(set(ids)) > 4
        assert all(id.startswith(f"{drawn.id}-") for id in ids)

    def test_says_what_it_is(self, figure):
        root = etree.fromstring(figure().svg)
        assert root.get("role") == "img"
        named = [root.find(f"{SVG}{tag}") for tag in ("title", "desc")]
        assert [element.get("id") for element in named] == root.get("aria-labelledby").split()
        assert all(element.text for element in named)

    def test_no_style_sheet_script_or_link(self, figure):
        svg = figure().svg.decode()
        assert not any(word in svg for word in ("<style", "<script", "href", "<metadata", "date", "matplotlib"))

    def test_png_has_300_dots_an_inch(self, figure):
        drawn = figure()
        with Image.open(BytesIO(drawn.png)) as picture:
            assert abs(picture.width - drawn.width_cm / 2.54 * 300) <= 1
            assert abs(picture.height - drawn.height_cm / 2.54 * 300) <= 1
            assert [round(value) for value in picture.info["dpi"]] == [300, 300]
            assert set(picture.info) == {"dpi"}
            assert picture.getextrema() != ((255, 255),) * 3

    def test_text_can_be_read_in_a_pdf(self, figure):
        drawn = figure()
        read = " ".join(pdf_text(drawn).split())
        for text in drawn.texts:
            assert " ".join(text.split()) in read


def test_same_bytes_in_another_process_with_another_matplotlibrc(tmp_path):
    (tmp_path / "matplotlibrc").write_text(
        "path.sketch: 3, 100, 2\ntext.usetex: True\nlines.antialiased: False\npatch.antialiased: False\n"
        "text.antialiased: False\nfont.family: serif\nsavefig.dpi: 50\ntext.hinting: force_autohint\n"
        "text.kerning_factor: 6\ntext.hinting_factor: 2\nfont.enable_last_resort: False\n"
    )
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); import test_figures as t;"
        "figures = t.draw_flow(t.flow()), t.draw_outcomes(t.outcomes());"
        "print(*(hashlib.sha256(f.svg + f.png).hexdigest() for f in figures))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            env={**os.environ, **extra},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for extra in ({}, {"MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "7"})
    ]
    assert outputs[0] == outputs[1] != ""


def test_only_the_png_needs_matplotlib():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import report.figures.flow, report.figures.outcomes;"
        "assert not {'matplotlib', 'numpy', 'PIL', 'fontTools'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(Path(__file__).parent)], check=True)


def test_odd_characters_are_printed_literally():
    label = f"{ODD} (n = 30)"
    drawn = draw_flow(flow(2, reason=ODD, label=ODD)), draw_outcomes(outcomes(2, label=ODD))
    for figure in drawn:
        assert list(figure.texts) == texts_of(figure)
        assert squeezed(ODD) in squeezed("".join(figure.texts))
        read = squeezed(pdf_text(figure))
        for text in figure.texts:
            assert squeezed(text) in read
    assert squeezed(label) not in squeezed(ODD)


def test_odd_characters_look_the_same_in_the_png():
    """Mathtext would draw `$x$` narrower, and fail on an unbalanced one."""
    dollars, letters = (Canvas("a", "t", "d", 60, 20) for _ in range(2))
    dollars.text(2, 14, "$x$", 10)
    letters.text(2, 14, "x", 10)
    ink = []
    for canvas in (dollars, letters):
        with Image.open(BytesIO(canvas.finish().png)) as picture:
            ink.append(sum(value < 128 for value in picture.convert("L").tobytes()))
    assert ink[0] > 2 * ink[1]
    unbalanced = Canvas("a", "t", "d", 60, 20)
    unbalanced.text(2, 14, r"$\frac{$ $", 10)
    assert unbalanced.finish().texts == (r"$\frac{$ $",)


def test_forbidden_and_foreign_characters_do_not_break_a_figure(recwarn):
    drawn = draw_flow(flow(2, reason="line\nbreak\ttab \x00\x0b\ud800 視神経脊髄炎"))
    assert list(drawn.texts) == texts_of(drawn)
    assert any("視神経" in text for text in drawn.texts)
    assert not recwarn.list


# Words


def test_wrap_keeps_brackets_numbers_and_no_break_spaces_together():
    room = text_width("follow-up before 12", 8)
    assert wrap("Lost to follow-up before 12 months (n = 3)", room, 8) == (
        ["Lost to follow-up", "before 12 months", "(n = 3)"],
        False,
    )
    assert wrap("a\u00a0b\u00a0c d", text_width("a b c", 8), 8)[0] == ["a\u00a0b\u00a0c", "d"]


def test_wrap_gives_up_a_bracket_before_it_cuts_a_word():
    lines, cut = wrap("(n = 123 of 456)", text_width("(n = 123 o", 8), 8)
    assert (lines, cut) == (["(n = 123", "of 456)"], False)


def test_wrap_says_when_it_cut_a_word():
    lines, cut = wrap("pneumonoultramicroscopic", text_width("pneumono", 8), 8)
    assert cut and "".join(lines) == "pneumonoultramicroscopic"


@given(st.text(max_size=60), st.floats(10, 200))
@settings(max_examples=100, deadline=None)
def test_wrap_loses_nothing_and_fits(text, width):
    lines, _ = wrap(text, width, 8)
    assert squeezed("".join(lines)).replace("\ufffd", "") == squeezed("".join(wrap(text, math.inf, 8)[0])).replace(
        "\ufffd", ""
    )
    assert all(text_width(line, 8) <= width or len(line) == 1 for line in lines)


# Flow


@pytest.mark.parametrize("arms", range(1, 7))
@pytest.mark.parametrize(
    "reason", ["moved", "moved to another city and could not be reached by telephone or by letter at any time " * 2]
)
def test_flow_geometry(arms, reason):
    check_flow(layout_flow(flow(arms, reason)))


words = st.text("abcdefgh  (n = 12)W-", min_size=1, max_size=90).filter(lambda text: text.strip())
boxes = st.builds(
    Box, st.lists(st.builds(Line, words, st.integers(0, 2), st.booleans()), min_size=1, max_size=6).map(tuple)
)


@st.composite
def flows(draw):
    arms = draw(st.integers(2, 6))
    labels = st.sampled_from(
        ["", "Identification", "Follow-up", "A rather long name for a stage of the study", "Analysis"]
    )
    top = draw(st.lists(st.builds(TopStage, labels, st.none() | boxes, st.none() | boxes), max_size=2))
    top.insert(draw(st.integers(0, len(top))), TopStage(draw(labels), draw(boxes)))
    row = st.lists(boxes, min_size=arms, max_size=arms).map(tuple)
    stages = draw(st.lists(st.builds(ArmStage, labels, row), min_size=1, max_size=3))
    return FlowDiagram("f", "t", "d", tuple(top), tuple(stages), draw(st.just("") | words))


@given(flows())
@settings(max_examples=60, deadline=None)
def test_any_flow_is_drawn_without_overlap(diagram):
    check_flow(layout_flow(diagram))


def test_flow_is_upright_as_long_as_no_word_is_cut():
    """A sideways figure is printed smaller: five columns of 2.6 cm hold "Azathioprine", six do not."""
    assert [round(layout_flow(flow(arms)).width / 72 * 2.54, 1) for arms in (2, 3, 5, 6)] == [16, 16, 16, 23]
    assert round(layout_flow(flow(6, label="Placebo")).width / 72 * 2.54, 1) == 16


def test_flow_reads_band_by_band_then_row_by_row():
    texts = draw_flow(flow(2)).texts
    assert texts[:5] == ("Identification", "Eligibility", "Treatment", "Follow-up", "Analysis")
    assert texts.index("Included (n = 60)") < texts.index("Grouped by treatment received (not randomised)")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (replace(flow(), arms=()), "differ in their number of boxes \\(there is none\\)"),
        (replace(flow(), arms=(flow(2).arms[0], flow(3).arms[1])), "differ in their number of boxes \\(2, 3\\)"),
        (flow(7), "has 1 to 6 arms, not 7"),
        (replace(flow(), top=()), "begins with a box before the arms"),
        (replace(flow(), top=(TopStage("x", Box((" ",))),)), "is empty or has an empty line"),
    ],
)
def test_flow_that_cannot_be_drawn(broken, message):
    with pytest.raises(FigureError, match=message):
        draw_flow(broken)


# Outcomes


@pytest.mark.parametrize("arms", range(1, 7))
@pytest.mark.parametrize("label", ["AZA", "Azathioprine plus mycophenolate mofetil"])
@pytest.mark.parametrize("time", ["Before", "Before the treatment of the first attack"])
def test_outcomes_geometry(arms, label, time):
    canvas = layout_outcomes(outcomes(arms, label, time))
    check_sheet(canvas)
    assert all(item.size >= 7 for item in canvas.items if isinstance(item, Text))
    plots = canvas.boxes
    for item in canvas.items:
        if isinstance(item, Shape) and item.group in ("adl", "edss") and item.stroke and item.opacity < 1:
            xs, ys = [x for x, _ in item.points], [y for _, y in item.points]
            assert plots[f"{item.group}-plot"].holds(Rect(min(xs), min(ys), max(xs), max(ys)))


def test_axis_labels_are_texts_of_the_figure():
    drawn = draw_outcomes(outcomes())
    assert drawn.axis == {"adl": ("0", "20", "40", "60", "80", "100"), "edss": ("0", "2", "4", "6", "8", "10")}
    for labels in drawn.axis.values():
        starts = [at for at in range(len(drawn.texts)) if drawn.texts[at : at + len(labels)] == labels]
        assert len(starts) == 1


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 100, "0 20 40 60 80 100"),
        (0, 10, "0 2 4 6 8 10"),
        (0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"),
        (0, 7, "0 2 4 6"),
        (-50, 50, "−40 −20 0 20 40"),
        (18, 101, "20 40 60 80 100"),
        (0, 0.003, "0.0000 0.0005 0.0010 0.0015 0.0020 0.0025 0.0030"),
        (1000, 31000, "5000 10000 15000 20000 25000 30000"),
    ],
)
def test_ticks(low, high, labels):
    assert ticks(low, high)[1] == tuple(labels.split())


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_even_inside_and_say_their_value(low, span):
    high = low + span
    values, labels = ticks(low, high)
    assert 3 <= len(values) <= 8
    assert all(low <= value <= high for value in values)
    assert [float(label.replace("−", "-")) for label in labels] == pytest.approx(values, abs=span * 1e-9)


def test_points_carry_no_order_and_no_identity():
    diagram = outcomes()
    shuffled = replace(
        diagram,
        panels=tuple(
            replace(panel, arms=tuple(replace(arm, pairs=arm.pairs[::-1]) for arm in panel.arms))
            for panel in diagram.panels
        ),
    )
    assert draw_outcomes(diagram) == draw_outcomes(shuffled)


def test_each_patient_is_drawn_once():
    canvas = layout_outcomes(outcomes())
    faint = [item for item in canvas.items if isinstance(item, Shape) and item.opacity < 1]
    assert len([item for item in faint if item.radius is None]) == 2 * 2 * 12
    assert len([item for item in faint if item.radius]) == 2 * 2 * 2


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_patients_of_one_value_lie_apart_and_near_it(pairs):
    offsets = spread(pairs, 0, 2.0)
    assert all(-2.0 <= offset <= 2.0 for offset in offsets)
    places = [(pair[0], offset) for pair, offset in zip(pairs, offsets, strict=True)]
    assert len(set(places)) == len(places)


def test_interval_outside_the_range_widens_the_plot_but_not_the_ticks():
    diagram = outcomes()
    panel = diagram.panels[0]
    arm = replace(panel.arms[0], after=Interval(98, 92, 104))
    canvas = layout_outcomes(replace(diagram, panels=(replace(panel, arms=(arm,)),)))
    check_sheet(canvas)
    assert canvas.axis["adl"][-1] == "100"
    plot = canvas.boxes["adl-plot"]
    for item in canvas.items:
        if isinstance(item, Shape) and item.group == "adl" and item.width == 1.5:
            assert all(plot.top <= y <= plot.bottom for _, y in item.points)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arms": ()}, "'adl' has 0 arms; 1 to 6"),
        ({"range": (5, 5)}, "cannot run from 5 to 5|outside the outcome's range"),
        (
            {"arms": (ArmSeries("AZA", ((3, 105),), None, None),)},
            "'AZA': 105 lies outside the outcome's range 0 to 100",
        ),
        ({"arms": (ArmSeries("AZA", (), Interval(math.nan), None),)}, "'AZA': a mean or its interval is not a number"),
    ],
)
def test_outcomes_that_cannot_be_drawn(change, message):
    diagram = outcomes()
    with pytest.raises(FigureError, match=message):
        draw_outcomes(replace(diagram, panels=(replace(diagram.panels[0], **change),)))


def test_two_panels_of_one_id():
    panel = outcomes().panels[0]
    with pytest.raises(FigureError, match="Two panels have the id 'adl'"):
        draw_outcomes(replace(outcomes(), panels=(panel, panel)))
