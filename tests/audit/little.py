"""A little paper for the tests: written down once, printed as HTML, DOCX and PDF, with results.json and ledger.json.

It stands for what compose and render make, and uses none of their code.
"""

# ruff: noqa: E501  (long literals of markup)
from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER = "Alpha against beta · SIMULATED DATA"
NOTICE = "SIMULATED DATA. The patients of this paper are invented."


@dataclass(frozen=True)
class Mark:
    """A number or claim in a text, with its ledger entry."""

    text: str
    kind: str
    name: str
    extra: dict[str, Any] = field(default_factory=dict)


Text = Sequence["str | Mark"]


@dataclass(frozen=True)
class Item:
    kind: str
    text: Text
    section: str = ""
    table: str | None = None
    row: int | None = None
    column: int | None = None
    header: bool = False
    figure: str | None = None


STATISTICS: dict[str, Any] = {
    "adl.month_6.control.mean": (77.33333333333333, "points"),
    "adl.month_6.control.sd": (8.912, "points"),
    "adl.month_6.treatment.mean": (83.41, "points"),
    "adl.month_6.treatment.sd": (9.06, "points"),
    "adl.month_6.difference": (6.0766, "points"),
    "adl.month_6.ci_low": (2.04, "points"),
    "adl.month_6.ci_high": (10.113, "points"),
    "adl.month_6.p": (0.00034, None),
    "edss.month_6.difference": (-1.249, "points"),
    "edss.month_6.ci_low": (-2.31, "points"),
    "edss.month_6.ci_high": (-0.188, "points"),
    "edss.month_6.p": (0.0231, None),
    "flow.control.assigned": (30, "patients"),
    "flow.treatment.assigned": (29, "patients"),
    "flow.included": (59, "patients"),
    "harms.any.control.n": (12, "patients"),
    "harms.any.control.percent": (40.0, "%"),
    "harms.any.treatment.n": (3, "patients"),
    "harms.any.treatment.percent": (10.344827586206897, "%"),
    "harms.any.ratio": (None, "ratio"),
    "baseline.age.control.mean": (41.26, "years"),
    "baseline.age.treatment.mean": (39.551, "years"),
    "followup.person_years": (12345.4, "years"),
}


def N(name: str, text: str, **extra: Any) -> Mark:
    value = STATISTICS[name][0]
    return Mark(text, "result", name, {"raw": repr(value), **extra})


def K(key: str, text: str) -> Mark:
    return Mark(text, "constant", key)


def S(name: str, text: str) -> Mark:
    return Mark(text, "structure", name)


def C(keys: str, text: str) -> Mark:
    return Mark(text, "citation", keys)


HIGHER = Mark(
    "higher",
    "claim",
    "the difference is above 0",
    {"predicate": {"op": "gt", "of": "adl.month_6.difference", "than": 0}},
)
LOWER = Mark(
    "lower",
    "claim",
    "the difference is below 0",
    {
        "predicate": {
            "op": "and",
            "all": [
                {"op": "lt", "of": "edss.month_6.difference", "than": 0},
                {"op": "excludes", "low": "edss.month_6.ci_low", "high": "edss.month_6.ci_high", "null": 0},
            ],
        }
    },
)

REFERENCES = {
    "smith2015": {
        "title": "Two trials of AQP4 in 1000 patients",
        "journal": "Neurology",
        "year": "2015",
        "volume": "85",
        "number": "2",
        "pages": "177--189",
        "doi": "10.1212/WNL.0000000000001729",
        "author": "Smith, Jane and Jones, Tom",
    },
    "wu2022": {
        "title": "Incidence in a large cohort",
        "journal": "BMJ Open",
        "year": "2022",
        "volume": "12",
        "pages": "e048942",
        "doi": "10.1136/bmjopen-2021-048942",
        "author": "Wu, Yi",
    },
}
PRINTED = [
    "1. Smith J, Jones T. Two trials of AQP4 in 1000 patients. Neurology. 2015;85(2):177–89. doi:10.1212/WNL.0000000000001729",
    "2. Wu Y. Incidence in a large cohort. BMJ Open. 2022;12:e048942. doi:10.1136/bmjopen-2021-048942",
]

STUDY = """everynumber: 1
data: simulated
eligibility:
  inclusion:
    - diagnosis by the consensus criteria
    - age of 18 years or over
dates: {enrolment_start: 2015-04-01}
analysis: {ci_level: 0.95, alpha: 0.05}
constants:
  dose: {value: 2, unit: mg/kg, source: chosen}
  months: {value: 6, unit: months, source: abstract}
  gram: {value: 1.0, text: "1.0", unit: g, source: chosen}
quoted:
  wu_rate: {cite: wu2022, text: "0.41 per 100\u2009000 person-years", where: abstract}
terms: [AQP4-IgG]
references: references.bib
"""

FIGURE_TEXTS: list[Text] = [
    ["Included (n = ", N("flow.included", "59"), ")"],
    ["Alpha (n = ", N("flow.control.assigned", "30"), ")"],
    ["Beta (n = ", N("flow.treatment.assigned", "29"), ")"],
    [Mark("0", "axis", "figure-flow.adl")],
    [Mark("50", "axis", "figure-flow.adl")],
    [Mark("100", "axis", "figure-flow.adl")],
]


def paper() -> list[Item]:
    """The little paper, in reading order."""

    def cell(row: int, column: int, *text: str | Mark, table: str = "table-outcomes", header: bool = False) -> Item:
        return Item("cell", text, "Results", table, row, column, header)

    level = K("analysis.ci_level", "95")
    items = [
        Item("notice", [NOTICE]),
        Item("title", ["Alpha against beta in ", K("terms.0", "4"), "-positive disease"]),
        Item("authors", ["Example Author"]),
        Item("heading", ["Methods"], "Methods"),
        Item(
            "paragraph",
            [
                "Patients had an age of ", K("eligibility.inclusion.1", "18"), " years or over and took ",
                K("constants.dose", "2"), " mg/kg of beta for ", K("constants.months", "six"), " months, and ",
                K("constants.gram", "1.0"), " g of alpha, from ", K("dates.enrolment_start", "1"), " April ",
                K("dates.enrolment_start", "2015"), " ", C("smith2015", "[1]"), ". The rate was ",
                Mark("0.41", "quoted", "wu_rate"), " per ", Mark("100\u2009000", "quoted", "wu_rate"),
                " person-years in a cohort ", C("wu2022", "[2]"), ". Both were used before ",
                C("smith2015;wu2022", "[1,2]"), ".",
            ],
            "Methods",
        ),
        Item("heading", ["Results"], "Results"),
        Item(
            "paragraph",
            [
                Mark("Fifty-nine", "result", "flow.included", {"raw": "59"}), " patients were included (Table ",
                S("table-outcomes", "1"), ", Figure ", S("figure-flow", "1"), "). The score was ", HIGHER,
                " with beta (difference ", N("adl.month_6.difference", "6.1"), " points; ", level, "% CI ",
                N("adl.month_6.ci_low", "2.0"), " to ", N("adl.month_6.ci_high", "10.1"), "; P ",
                N("adl.month_6.p", "< 0.001"), "), and the disability score was ", LOWER, ", by ",
                N("edss.month_6.difference", "1.2", transform="absolute"), " points (difference ",
                N("edss.month_6.difference", "−1.2"), "; ", level, "% CI ", N("edss.month_6.ci_low", "−2.3"), " to ",
                N("edss.month_6.ci_high", "−0.2"), "; P = ", N("edss.month_6.p", "0.02"), ").",
            ],
            "Results",
        ),
        Item("alt", ["Flow of ", N("flow.included", "59"), " patients."], "Results", figure="figure-flow"),
        *(
            [
                Item(
                    "figure",
                    [part for k, text in enumerate(FIGURE_TEXTS) for part in ([*(["\n"] if k else []), *text])],
                    "Results",
                    figure="figure-flow",
                )
            ]
        ),
        Item("caption", ["Figure ", S("figure-flow", "1"), ". Flow of patients."], "Results", figure="figure-flow"),
        Item("caption", ["Table ", S("table-outcomes", "1"), ". Scores at ", K("constants.months", "6"), " months."],
             "Results", table="table-outcomes"),
        cell(1, 1, "Measure", header=True),
        cell(1, 2, "Alpha (n = ", N("flow.control.assigned", "30"), ")", header=True),
        cell(1, 3, "Beta (n = ", N("flow.treatment.assigned", "29"), ")", header=True),
        cell(2, 1, "Score, mean (SD)"),
        cell(2, 2, N("adl.month_6.control.mean", "77.3"), " (", N("adl.month_6.control.sd", "8.9"), ")"),
        cell(2, 3, N("adl.month_6.treatment.mean", "83.4"), " (", N("adl.month_6.treatment.sd", "9.1"), ")"),
        cell(3, 1, "Age, years"),
        cell(3, 2, N("baseline.age.control.mean", "41.3")),
        cell(3, 3, N("baseline.age.treatment.mean", "39.6")),
        cell(4, 1, "Adverse reactions, n (%)"),
        cell(4, 2, N("harms.any.control.n", "12"), " (", N("harms.any.control.percent", "40%"), ")"),
        cell(4, 3, N("harms.any.treatment.n", "3"), " (", N("harms.any.treatment.percent", "10.3%"), ")"),
        cell(5, 1, "Ratio"),
        cell(5, 2, Mark("NE", "not_estimable", "harms.any.ratio")),
        cell(6, 1, "Person-years"),
        cell(6, 3, N("followup.person_years", "12\u2009345")),
        Item("note", ["SD, standard deviation."], "Results", table="table-outcomes"),
        Item("heading", ["Discussion"], "Discussion"),
        Item("paragraph", ["Alpha is an old drug, and much about it is known from practice alone."], "Discussion"),
        Item("heading", ["References"], "References"),
        Item("reference", [], "References"),
    ]  # fmt: skip
    return items


def plain(text: Text) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in text)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def svg(texts: Sequence[str]) -> str:
    lines = "".join(
        f'<text x="{10 + 150 * (k % 2)}" y="{20 + 30 * k}" font-size="12">{html.escape(t)}</text>'
        for k, t in enumerate(texts)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="320" height="{40 + 30 * len(texts)}">{lines}</svg>'


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def results() -> bytes:
    statistics = {
        name: {
            "value": value,
            "statistic": name.rpartition(".")[2],
            "unit": unit,
            "error": None if value is not None else {"code": "no_events", "message": "no events in one arm"},
        }
        for name, (value, unit) in STATISTICS.items()
    }
    record = {
        "schema": "everynumber/results/1",
        "study": {"id": "little", "data": "simulated", "arms": {"control": "Alpha", "treatment": "Beta"}},
        "analyses": {},
        "software": {"python": "3.11.7"},
        "statistics": statistics,
    }
    return json.dumps(record, ensure_ascii=False).encode()


def ledger(items: Sequence[Item], results_bytes: bytes) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    blocks = []
    for k, item in enumerate(items):
        text = ""
        spans = []
        for part in item.text:
            if isinstance(part, Mark):
                name = f"n{len(entries) + 1}"
                spans.append([name, len(text), len(text) + len(part.text)])
                entries[name] = {
                    "kind": part.kind,
                    "name": part.name,
                    "text": part.text,
                    "block": f"b{k}",
                    **part.extra,
                }
                text += part.text
            else:
                text += part
        block: dict[str, Any] = {
            "id": f"b{k}",
            "kind": item.kind,
            "section": item.section,
            "text": text,
            "spans": spans,
        }
        for key in ("table", "row", "column", "figure"):
            if getattr(item, key) is not None:
                block[key] = getattr(item, key)
        if item.header:
            block["header"] = True
        blocks.append(block)
    drawing = svg([plain(t) for t in FIGURE_TEXTS]).encode()
    return {
        "schema": "everynumber/ledger/1",
        "study": "little",
        "data": "simulated",
        "style": "icmje",
        "results_sha256": sha256(results_bytes),
        "furniture": {"header": HEADER, "footer": "page number", "notice": NOTICE},
        "entries": entries,
        "blocks": blocks,
        "figures": [
            {
                "id": "figure-flow",
                "number": 1,
                "svg": "figures/figure-flow.svg",
                "svg_sha256": sha256(drawing),
                "png": "figures/figure-flow.png",
                "png_sha256": sha256(PNG),
            }
        ],
        "tables": [{"id": "table-outcomes", "number": 1}],
        "references": [{"number": k, "key": key, "fields": f} for k, (key, f) in enumerate(REFERENCES.items(), 1)],
        "constants": {
            "dose": {"value": 2, "unit": "mg/kg"},
            "months": {"value": 6, "unit": "months"},
            "gram": {"value": 1.0, "text": "1.0"},
        },
        "declared": {
            "terms.0": "AQP4-IgG",
            "eligibility.inclusion.1": "age of 18 years or over",
            "dates.enrolment_start": "2015-04-01",
            "analysis.ci_level": 0.95,
        },
        "quoted": {"wu_rate": {"cite": "wu2022", "text": "0.41 per 100\u2009000 person-years"}},
    }


def bib() -> str:
    return "\n".join(
        f"@article{{{key},\n" + ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items()) + "\n}\n"
        for key, fields in REFERENCES.items()
    )


# -- the three formats ----------------------------------------------------------------------------------------------


def rows_of(items: Sequence[Item]) -> list[list[Item]]:
    rows: dict[int, list[Item]] = {}
    for item in items:
        if item.kind == "cell":
            rows.setdefault(item.row or 0, []).append(item)
    return [rows[k] for k in sorted(rows)]


def to_html(items: Sequence[Item], printed: Sequence[str] = PRINTED) -> str:
    def inner(text: Text) -> str:
        return "".join(
            html.escape(p)
            if isinstance(p, str)
            else f'<span class="num" data-key="{p.name}">{html.escape(p.text)}</span>'
            for p in text
        )

    out = [f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Paper 12345</title><style>p {{ margin: 12px }}</style>'
           f'</head><body><div class="banner">{html.escape(NOTICE)}</div>']  # fmt: skip
    table_done = False
    texts: list[str] = []
    alt = ""
    for item in items:
        if item.kind == "cell":
            if not table_done:
                out.append("<table>")
                for row in rows_of(items):
                    cells = {c.column or 0: c for c in row}
                    out.append(
                        "<tr>"
                        + "".join(f"<td>{inner(cells[k].text) if k in cells else ''}</td>" for k in (1, 2, 3))
                        + "</tr>"
                    )
                out.append("</table>")
                table_done = True
        elif item.kind == "heading":
            out.append(f"<h1>{inner(item.text)}</h1>")
        elif item.kind == "alt":
            alt = plain(item.text)
        elif item.kind == "figure":
            texts = plain(item.text).split("\n")
            out.append(
                "<figure>"
                + svg(texts).replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ')
                + "</figure>"
            )
        elif item.kind == "reference":
            out.append('<div id="refs">' + "".join(
                f'<div class="csl-entry"><div class="csl-left-margin">{t.split(" ", 1)[0]} </div>'
                f'<div class="csl-right-inline">{html.escape(t.split(" ", 1)[1])}</div></div>' for t in printed) + "</div>")  # fmt: skip
        elif item.kind == "title":
            out.append(f'<p class="title">{inner(item.text)}</p>')
        else:
            out.append(f"<p>{inner(item.text)}</p>")
    out.append('<script type="application/json">{"x": 99}</script></body></html>')
    return "\n".join(out)


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{html.escape(text)}</w:t></w:r>'


def _wrapped(mark: Mark, k: int) -> str:
    """A number in one of the constructs that Word files hold, in turn."""
    inner = run(mark.text)
    half = len(mark.text) // 2
    return [
        inner,
        f"<w:sdt><w:sdtPr><w:tag w:val='x'/></w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>",
        f"<w:ins w:id='{k}' w:author='A'>{inner}</w:ins><w:del w:id='9{k}'><w:r><w:delText>888</w:delText></w:r></w:del>",
        f"<w:fldSimple w:instr=' REF x12 '>{inner}</w:fldSimple>",
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> REF y777 </w:instrText></w:r>"
        f"<w:r><w:fldChar w:fldCharType='separate'/></w:r>{inner}<w:r><w:fldChar w:fldCharType='end'/></w:r>",
        f"<w:hyperlink w:anchor='a'>{run(mark.text[:half])}<w:proofErr w:type='spellStart'/>{run(mark.text[half:])}</w:hyperlink>",
        f"<w:smartTag w:element='n'>{inner}</w:smartTag>",
        f"<w:moveTo w:id='7{k}'>{inner}</w:moveTo><w:moveFrom w:id='8{k}'>{run('55')}</w:moveFrom>",
        f"<w:bookmarkStart w:id='6{k}' w:name='b444'/>{inner}<w:bookmarkEnd w:id='6{k}'/>",
    ][k % 9]  # fmt: skip


def to_docx(items: Sequence[Item], printed: Sequence[str] = PRINTED, png: bytes = PNG, header: str = HEADER,
            footer: str = "", body: str = "") -> bytes:  # fmt: skip
    count = 0

    def inner(text: Text) -> str:
        nonlocal count
        out = ""
        for part in text:
            if isinstance(part, str):
                out += run(part)
            else:
                out += _wrapped(part, count)
                count += 1
        return out

    def p(content: str, style: str = "") -> str:
        return f"<w:p>{f'<w:pPr><w:pStyle w:val={chr(34)}{style}{chr(34)}/></w:pPr>' if style else ''}{content}</w:p>"

    out: list[str] = []
    table_done = False
    alt = ""
    for item in items:
        if item.kind == "cell":
            if not table_done:
                out.append("<w:tbl>")
                for row in rows_of(items):
                    cells = {c.column or 0: c for c in row}
                    out.append(
                        "<w:tr>"
                        + "".join(
                            f"<w:tc><w:tcPr/>{p(inner(cells[k].text) if k in cells else '')}</w:tc>" for k in (1, 2, 3)
                        )
                        + "</w:tr>"
                    )
                out.append("</w:tbl>")
                table_done = True
        elif item.kind == "heading":
            out.append(p(inner(item.text), "Heading1"))
        elif item.kind == "alt":
            alt = plain(item.text)
        elif item.kind == "figure":
            out.append(p(
                '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
                f'<wp:docPr id="1" name="Picture 1" descr="{html.escape(alt)}"/>'
                '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
                '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
                f'<a:blip xmlns:r="{R}" r:embed="rId5"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'))  # fmt: skip
        elif item.kind == "reference":
            out += [p(run(t), "Bibliography") for t in printed]
        else:
            out.append(p(inner(item.text), "Caption" if item.kind == "caption" else ""))
    document = (
        f'<?xml version="1.0"?><w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{"".join(out)}{body}'
        '<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:footerReference w:type="default" r:id="rId4"/>'
        "</w:sectPr></w:body></w:document>"
    )
    page = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>7</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>"
    kinds = {3: ("header", "header1.xml"), 4: ("footer", "footer1.xml"), 5: ("image", "media/image1.png")}
    relations = "".join(
        f'<Relationship Id="rId{k}" Type="{R}/{kind}" Target="{target}"/>' for k, (kind, target) in kinds.items()
    )
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": document.encode(),
        "word/header1.xml": f'<w:hdr xmlns:w="{W}">{p(run(header))}</w:hdr>'.encode(),
        "word/footer1.xml": f'<w:ftr xmlns:w="{W}">{p(run("Page ") + page + run(footer))}</w:ftr>'.encode(),
        "word/_rels/document.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'.encode(),
        "word/media/image1.png": png,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def to_pdf(items: Sequence[Item], folder: Path, printed: Sequence[str] = PRINTED, *, height: str = "11cm",
           change: Callable[[str], str] = lambda source: source) -> bytes:  # fmt: skip
    import typst

    def t(text: str) -> str:
        return "#" + json.dumps(text, ensure_ascii=False).replace("\\u", "\\\\u") + ""

    out = [
        f"#set page(width: 15cm, height: {height}, margin: 2cm, header: align(center, {json.dumps(HEADER, ensure_ascii=False)}),"
        " footer: context align(center)[Page #counter(page).display() of #counter(page).final().first()])",
        "#set par(justify: true)\n#set text(hyphenate: true, size: 10pt)",
    ]
    table_done = False
    for item in items:
        if item.kind == "cell":
            if not table_done:
                rows = rows_of(items)
                cells = [[{c.column or 0: c for c in row}.get(k) for k in (1, 2, 3)] for row in rows]
                spelled = [[f"[{t(plain(c.text)) if c else ''}]" for c in row] for row in cells]
                body = ", ".join(c for row in spelled[1:] for c in row)
                out.append(f"#table(columns: 3, inset: 8pt, table.header({', '.join(spelled[0])}), {body})")
                table_done = True
        elif item.kind == "heading":
            out.append(f"#heading[{t(plain(item.text))}]")
        elif item.kind == "figure":
            (folder / "f.svg").write_text(svg(plain(item.text).split("\n")))
            out.append('#image("f.svg", width: 6cm)')
        elif item.kind == "reference":
            out += [t(text) for text in printed]
        elif item.kind != "alt":
            out.append(t(plain(item.text)))
    source = folder / "paper.typ"
    source.write_text(change("\n\n".join(out)), encoding="utf-8")
    data: bytes = typst.compile(str(source), root=str(folder))
    return data


def write(folder: Path, items: Sequence[Item] | None = None) -> Path:
    """results.json, ledger.json, the figure, study.yml and references.bib of the little paper, in a folder."""
    items = items or paper()
    folder.mkdir(parents=True, exist_ok=True)
    data = results()
    (folder / "results.json").write_bytes(data)
    (folder / "ledger.json").write_text(json.dumps(ledger(items, data), ensure_ascii=False))
    (folder / "figures").mkdir(exist_ok=True)
    (folder / "figures" / "figure-flow.svg").write_text(svg([plain(t) for t in FIGURE_TEXTS]))
    (folder / "figures" / "figure-flow.png").write_bytes(PNG)
    (folder / "study").mkdir(exist_ok=True)
    (folder / "study" / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "study" / "references.bib").write_text(bib(), encoding="utf-8")
    return folder


def change_mark(items: Sequence[Item], number: int, new: str) -> list[Item]:
    """The paper with its number-th mark printed as another text."""
    count = 0
    out = []
    for item in items:
        text: list[str | Mark] = []
        for part in item.text:
            if isinstance(part, Mark):
                text.append(Mark(new, part.kind, part.name, part.extra) if count == number else part)
                count += 1
            else:
                text.append(part)
        out.append(Item(item.kind, text, item.section, item.table, item.row, item.column, item.header, item.figure))
    return out


def marks(items: Sequence[Item]) -> list[tuple[Mark, Item]]:
    return [(part, item) for item in items for part in item.text if isinstance(part, Mark)]


def change_text(items: Sequence[Item], old: str, new: str) -> list[Item]:
    """The paper with a literal text replaced where it first stands (marks joined in as plain text)."""
    out = []
    done = False
    for item in items:
        whole = plain(item.text)
        if not done and old in whole:
            out.append(
                Item(
                    item.kind,
                    [whole.replace(old, new, 1)],
                    item.section,
                    item.table,
                    item.row,
                    item.column,
                    item.header,
                    item.figure,
                )
            )
            done = True
        else:
            out.append(item)
    assert done, old
    return out


def digits_changed(text: str) -> list[str]:
    """The text with each of its digits changed, one after the other."""
    return [text[: m.start()] + str((int(m.group()) + 1) % 10) + text[m.end() :] for m in re.finditer("[0-9]", text)]
