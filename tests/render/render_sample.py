# ruff: noqa: E501  (a manuscript has long lines)
"""A made-up manuscript that uses everything in docs/contracts.md, and text that tries to break out of it."""

from __future__ import annotations

import datetime as dt
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from report.render.project import Manuscript

# A folder whose name is hard on command lines.
AWKWARD = "Ein Ordner mit é, 患者 & 'Zeichen'"

# What a data file or an author may hold; each must be printed as it stands.
NASTY = (
    "a|b pipe",
    "*star* _under_",
    "<script>alert(1)</script>",
    '#read("/etc/passwd")',
    "{{< var x >}}",
    "{{ jinja }}",
    "back\\slash \\alpha \\n",
    "患者 Müller Łódź Ångström",
    "$x$ $$y$$",
    "@foo [@bar]",
    "`code`{=html}",
    "<!-- comment -->",
    "--- -- ...",
    "'single' \"double\"",
    "#set page(fill: red)",
    "1. not a list",
    "&amp; &lt;",
    "[link](javascript:alert(1))",
    "tilde~sub~ caret^sup^",
)


def width(text: str) -> int:
    """pandoc measures grid tables in columns of a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def literal(text: str) -> str:
    return "".join(f"\\{c}" if c in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" else c for c in text)


@dataclass(frozen=True)
class Cell:
    text: str
    span: int = 1


def grid(rows: Sequence[Sequence[Cell | str]], columns: int, header_rows: int) -> str:
    """A pandoc grid table with column spans; every column as wide as its longest text."""
    laid = [[c if isinstance(c, Cell) else Cell(c) for c in row] for row in rows]
    widths = [3] * columns
    for row in laid:
        at = 0
        for cell in row:
            need = width(cell.text) + 2
            if cell.span == 1:
                widths[at] = max(widths[at], need)
            at += cell.span
    for row in laid:
        at = 0
        for cell in row:
            have = sum(widths[at : at + cell.span]) + cell.span - 1
            widths[at + cell.span - 1] += max(0, width(cell.text) + 2 - have)
            at += cell.span

    def edges(row: Sequence[Cell]) -> set[int]:
        seen, at = {0}, 0
        for cell in row:
            at += cell.span
            seen.add(at)
        return seen

    def rule(above: Sequence[Cell] | None, below: Sequence[Cell] | None, mark: str) -> str:
        both = (edges(above) if above else set()) | (edges(below) if below else set())
        line = "+"
        for column in range(columns):
            line += mark * widths[column] + ("+" if column + 1 in both else mark)
        return line

    lines = [rule(None, laid[0], "-")]
    for index, row in enumerate(laid):
        line, at = "|", 0
        for cell in row:
            room = sum(widths[at : at + cell.span]) + cell.span - 1
            line += f" {cell.text}" + " " * (room - 1 - width(cell.text)) + "|"
            at += cell.span
        lines.append(line)
        below = laid[index + 1] if index + 1 < len(laid) else None
        lines.append(rule(row, below, "=" if index + 1 == header_rows else "-"))
    return "\n".join(lines)


_count = 0


def num(text: str, key: str) -> str:
    global _count
    _count += 1
    return f'[{text}]{{.num key="{key}" #n{_count}}}'


def svg(label: str) -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="453.6pt" height="200pt" viewBox="0 0 453.6 200" xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><x xmlns="http://purl.org/x"/></metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round; stroke-linecap: butt}}</style><clipPath id="c"><rect x="0" y="0" width="453" height="200"/></clipPath></defs>
 <g id="box" clip-path="url(#c)"><rect x="80" y="20" width="300" height="60" fill="none" stroke="#000"/>
 <text x="230" y="55" font-family="DejaVu Sans" font-size="11" text-anchor="middle">{label} (n = 60)</text>
 <path d="M230 80 L230 130" stroke="#000"/><rect x="80" y="130" width="300" height="50" fill="#eef" stroke="#000"/>
 <text x="230" y="160" font-family="DejaVu Sans" font-size="11" text-anchor="middle" font-weight="bold">Analysed (n = 59)</text></g>
</svg>
""".encode()


def png(width: int = 945, height: int = 416) -> bytes:
    """A plain grey picture at 150 dpi, 16 cm wide."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x00" + b"\xcc" * width
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"pHYs", struct.pack(">IIB", 5906, 5906, 1))
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


BIB = b"""
@article{one2015, author = {Wingerchuk, Dean M. and Banwell, Brenda and Bennett, Jeffrey L. and Cabre, Philippe and Carroll, William and Chitnis, Tanuja and de Seze, J{\\'e}r{\\^o}me and Fujihara, Kazuo},
 title = {International consensus diagnostic criteria for neuromyelitis optica spectrum disorders}, journal = {Neurology}, year = {2015}, volume = {85}, number = {2}, pages = {177--189}, doi = {10.1212/WNL.0000000000001729}}
@article{two2020, author = {Tian, De-Cai and Li, Zixiao}, title = {Incidence of ({NMOSD}) in {China}: A national study}, journal = {The Lancet Regional Health - Western Pacific}, year = {2020}, volume = {2}, pages = {100021}, doi = {10.1016/j.lanwpc.2020.100021}}
@article{three2022, author = {Wu, Yiqun and Yang, Mo and Gao, Pei}, title = {A large cohort study using claim data}, journal = {BMJ Open}, year = {2022}, volume = {12}, number = {1}, pages = {e048942}}
@book{four2001, author = {Altman, Douglas G.}, title = {Practical statistics for medical research}, publisher = {Chapman and Hall}, address = {London}, year = {1991}}
@article{five1999, author = {Kurtzke, John F.}, title = {Rating neurologic impairment in multiple sclerosis}, journal = {Neurology}, year = {1983}, volume = {33}, pages = {1444--1452}}
"""

LOREM = (
    "Neuromyelitis optica spectrum disorder is an inflammatory disease of the central nervous system in which attacks leave "
    "lasting disability, so that preventing them is the aim of long-term treatment. Azathioprine is widely used where newer "
    "biological agents cannot be paid for, and its combination with mycophenolate mofetil has been described in small series."
)


def baseline_table() -> str:
    c = Cell
    rows: list[list[Cell | str]] = [
        ["Characteristic", c("Treatment group", 2), "Total"],
        ["", "Azathioprine (n\u00a0=\u00a030)", "Combination (n\u00a0=\u00a030)", "(n\u00a0=\u00a060)"],
        [
            "Age, years, mean (SD)",
            num("41.2", "baseline.age.control.mean") + " (" + num("11.3", "x.sd") + ")",
            "42.0 (10.8)",
            "41.6 (11.0)",
        ],
        [c("Sex, n (%)^a^", 4)],
        ["[]{.indent}Female", f"**{num('26', 'baseline.sex.female.control.n')}** (87)", "25 (83)", "51 (85)"],
        ["[]{.indent}Male", "4 (13)", "5 (17)", "9 (15)"],
        ["Barthel index, median (IQR)", "65.0 (55.0 to 75.0)", "65.0 (60.0 to 70.0)", "65.0 (55.0 to 75.0)"],
        [
            "Time since the first attack until enrolment in the cohort, months",
            "−1.2 (0.3)",
            "30.1 (12.9)",
            "29.8 (12.4)",
        ],
    ]
    return grid(rows, 4, 2)


def outcome_table(rows_count: int = 3) -> str:
    c = Cell
    rows: list[list[Cell | str]] = [
        ["Outcome", c("Azathioprine", 2), c("Combination", 2), c("Difference", 2)],
        ["", "Baseline", "6 months", "Baseline", "6 months", "Estimate (95% CI)", "*P*"],
    ]
    values = ["63.2 (8.9)", "71.1 (9.0)", "63.0 (8.1)", "77.3 (8.9)", "6.1 (1.4 to 10.8)", "0.012"]
    rows.extend([f"Outcome {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[index % 26]}", *values] for index in range(rows_count))
    return grid(rows, 7, 2)


def wide_table() -> str:
    header: list[Cell | str] = ["Reaction", *[f"Column {x}" for x in "ABCDEFGHI"]]
    return grid([header, *[[f"Term {x}", *["12 (40)"] * 9] for x in "PQRS"]], 10, 1)


def nasty_table() -> str:
    return grid([["Written", "Value"], *[[literal(text), "5"] for text in NASTY]], 2, 1)


def body(long_table: bool = False) -> str:
    global _count
    _count = 0
    para = "\n\n".join
    return para(
        [
            "::: {.notice}\n**SIMULATED DATA.** The patients in this paper do not exist. Nothing here may guide treatment.\n:::",
            "::: {.paper-title}\nAzathioprine with or without mycophenolate mofetil for neuromyelitis optica spectrum disorder in remission: a non\\-randomised comparative cohort study\n:::",
            "::: {.authors}\nExample Author One^1^, Example Author Two^1,2^\n:::",
            "::: {.affiliations}\n^1^ Department of Neurology, Example Hospital, Xianyang, China\n\n^2^ Institute of Medical Statistics, Łódź, Poland\n:::",
            "::: {.correspondence}\nCorrespondence: Example Author One, author.one\\@example.org\n:::",
            "::: {.abstract}\n## Abstract {.unnumbered}\n\n**Background** "
            + LOREM
            + f"\n\n**Results** At 6 months the mean Barthel index was {num('77.3', 'adl.month_6.treatment.mean')} points and [higher]{{.claim #n900}} than with azathioprine (difference {num('6.1', 'adl.month_6.treatment_vs_control.adjusted.difference')}, 95% CI {num('1.4', 'a.ci_low')} to {num('10.8', 'a.ci_high')}; *P* = {num('0.012', 'a.p')}).\n\n**Conclusions** {LOREM}\n:::",
            "::: {.keywords}\n**Keywords:** neuromyelitis optica; azathioprine; cohort study\n:::",
            "# Introduction",
            LOREM
            + " Diagnosis follows consensus criteria [@one2015], and incidence is low [@two2020; @three2022; @four2001].",
            LOREM + " The scale is described elsewhere [@five1999; @one2015].",
            "# Methods",
            "## Design and participants",
            LOREM
            + f" The dose was 2&nbsp;mg/kg and the level was 10{num('^3^', 'constants.power')} cells, *{num('12', 'k.italic')}* in italics, **{num('13', 'k.bold')}** in bold.",
            "### Statistical methods",
            LOREM,
            "# Results",
            "The flow of participants is shown in [Figure 1](#figure-flow) and their baseline in [Table 1](#table-baseline). "
            + LOREM,
            "::: {#figure-flow .figure}\n![Of 60 patients, 59 were analysed; one was lost.](figures/figure-flow.svg){width=16cm}\n\n::: {.figure-caption}\n**Figure 1.** Flow of participants. "
            + num("59", "flow.analysed")
            + " were analysed.\n:::\n:::",
            '::: {#table-baseline .table widths="40,22,22,16" align="left,center,center,center"}\n::: {.table-caption}\n**Table 1.** Baseline characteristics of '
            + num("60", "flow.included")
            + " patients\n:::\n\n"
            + baseline_table()
            + "\n\n::: {.table-note}\n^a^ Sex as recorded. IQR, interquartile range; SD, standard deviation.\n\nData are n (%) unless said otherwise.\n:::\n:::",
            LOREM,
            '::: {#table-outcomes .table widths="19,12,12,12,12,22,11" align="left,center,center,center,center,center,center"}\n::: {.table-caption}\n**Table 2.** Disability before and after treatment\n:::\n\n'
            + outcome_table(90 if long_table else 3)
            + "\n\n::: {.table-note}\nAnalysis of covariance. CI, confidence interval.\n:::\n:::",
            '::: {#table-wide .table widths="19,9,9,9,9,9,9,9,9,9" align="left,center,center,center,center,center,center,center,center,center"}\n::: {.table-caption}\n**Table 3.** A table with many columns\n:::\n\n'
            + wide_table()
            + "\n\n::: {.table-note}\nPatients, n (%).\n:::\n:::",
            '::: {#table-nasty .table widths="75,25" align="left,center"}\n::: {.table-caption}\n**Table 4.** Labels as they were written\n:::\n\n'
            + nasty_table()
            + "\n:::",
            "# Discussion",
            LOREM,
            'An author\'s own text may hold <b>tags</b>, <script>x()</script>, \\alpha, $x^2$ and `#eval("1")`{=typst}, [a link](javascript:x) and [text]{onclick="x()"}.',
            "# References {.unnumbered}",
            "::: {#refs}\n:::",
        ]
    )


def sample(*, simulated: bool = True, long_table: bool = False, csl: str = "vancouver") -> Manuscript:
    return Manuscript(
        body=body(long_table),
        title="Azathioprine with or without mycophenolate mofetil: *not* <b>bold</b> & a $x$ study",
        short_title="Azathioprine and mycophenolate in NMOSD",
        authors=("Example Author One", 'Łukasz "Ł" Müller'),
        date=dt.date(2026, 1, 15),
        keywords=("cohort study", "a_b"),
        header_text="Azathioprine and mycophenolate in NMOSD" + (" · SIMULATED DATA" if simulated else ""),
        simulated="The data are simulated." if simulated else None,
        bib=BIB,
        csl=csl,
        figures={
            "figure-flow.svg": svg("Included <&> patients".replace("<&>", "&lt;&amp;&gt;")),
            "figure-flow.png": png(),
        },
    )
