"""HTML as a reader sees it: each way to show something else than the text is found, with its reason, on the real paper.

Some of the tricks are also tried in a browser, where one is installed: what the audit calls unseen is really not seen.
"""

# ruff: noqa: E501

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from report.audit import AuditError, audit_files
from report.audit.html_css import colour, contrast, length, read_sheets
from report.audit.html_svg import look_at
from report.audit.model import Document
from report.audit.read_html import MAX_BYTES, parse_svg, read_html
from report.build import build
from report.paths import LOOKS

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KEY = "adl.month_6.treatment.mean"


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(NMOSD, engine="embedded", formats=("html",), out=tmp_path_factory.mktemp("seen") / "out").out


@pytest.fixture(scope="session")
def page(paper: Path) -> str:
    return (paper / "paper.html").read_text(encoding="utf-8")


def read(page: str) -> Document:
    return read_html(page.encode(), "paper.html")


def reasons(page: str) -> str:
    return "\n".join(f"{item.text} | {item.why}" for item in read(page).unreadable)


def target(page: str) -> re.Match[str]:
    """A number in a paragraph: `<span … data-key="…">80.5</span>`."""
    found = re.search(rf'<span ([^<>]*data-key="{KEY}"[^<>]*)>([^<]*)</span>', page)
    assert found is not None
    return found


def number(page: str) -> str:
    return target(page).group(2)


# -- ways to change the page -----------------------------------------------------------------------------------------


def css(text: str) -> Callable[[str], str]:
    """A rule for the number, at the end of the style sheet; `N` stands for its selector."""

    def edit(page: str) -> str:
        identity = re.search(r'id="([^"]+)"', target(page).group(1))
        assert identity is not None
        return page.replace("</style>", text.replace("N", f"#{identity.group(1)}") + "\n</style>", 1)

    return edit


def style(text: str) -> Callable[[str], str]:
    """A style attribute of the number."""
    return lambda page: page.replace(target(page).group(), target(page).group().replace("<span ", f'<span style="{text}" ', 1), 1)  # fmt: skip


def attribute(text: str) -> Callable[[str], str]:
    return lambda page: page.replace(target(page).group(), target(page).group().replace("<span ", f"<span {text} ", 1), 1)  # fmt: skip


def instead(text: str) -> Callable[[str], str]:
    """Other markup in place of the number; `N` stands for its text."""
    return lambda page: page.replace(target(page).group(), text.replace("N", number(page)), 1)


def after(mark: str, text: str) -> Callable[[str], str]:
    def edit(page: str) -> str:
        assert mark in page
        return page.replace(mark, mark + text, 1)

    return edit


def in_svg(text: str) -> Callable[[str], str]:
    """Something drawn last in the first figure."""
    return lambda page: page.replace("</svg>", text + "</svg>", 1)


def of_svg(old: str, new: str) -> Callable[[str], str]:
    """The first text of a figure that matches, changed."""

    def edit(page: str) -> str:
        start = page.index("<svg")
        changed = re.sub(old, new, page[start:], count=1)
        assert changed != page[start:]
        return page[:start] + changed

    return edit


# -- the clean pages ---------------------------------------------------------------------------------------------------


def test_our_own_page_gives_no_finding(paper: Path, page: str) -> None:
    document = read(page)
    assert document.unreadable == ()
    assert number(page) in " ".join(block.text for block in document.blocks)
    assert audit_files([paper / "paper.html"], study=NMOSD)[0].passed


def test_our_own_style_sheet_is_worked_out_whole() -> None:
    sheets = read_sheets((((LOOKS / "paper.css").read_text(encoding="utf-8"), ""),))
    assert sheets.faults == []
    assert sheets.page_texts == ["Page  of "]
    assert len(sheets.variants) >= 4  # narrow, between, wide, print


@pytest.mark.parametrize(
    "text",
    [
        "N { font-weight: 700; text-transform: uppercase; border-bottom: 1px dotted; letter-spacing: .02em }",
        "N { color: #767676 } N { background: #fff6d6 }",
        "N { display: none } N { display: inline }",  # the later rule wins
        "N { display: inline !important } N { display: none }",
        "N { color: #fff; background: #000 }",
        ".no-such-class { display: none }",
        "N:hover { visibility: hidden }",
        "@media print { nav { display: none } }",
        "@media speech { N { display: none } }",
        "@media (max-width: 40rem) and print { .x { display: none } }",
        "@supports (display: grid) { N { font-style: italic } }",
        ":root { --a: #333; --b: var(--a) } N { color: var(--b) }",
        "N::before { content: '' } N::selection { color: #fff }",
        "N { position: relative; z-index: 3 }",
        "p { text-indent: 1.5em; margin-left: 2em; line-height: 1.3; hyphens: auto; columns: 2 }",
        "@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a, .affiliations, .correspondence, .table-note { color: #eee } .abstract { background: #222 } .csl-entry:target { color: #000 } }",
    ],
)  # fmt: skip
def test_harmless_styles(page: str, text: str) -> None:
    document = read(css(text)(page))
    assert document.unreadable == ()
    assert document.blocks == read(page).blocks


HARMLESS_MARKUP = {
    "aria-hidden": attribute('aria-hidden="true"'),
    "title": attribute('title="12 of 34"'),
    "data script": after("<body class=\"simulated\">", '<script type="application/ld+json">{"a": 1}</script>'),
    "empty hidden": instead('N<span hidden></span><span style="display:none">…</span>'),
    "open details": lambda p: p.replace("<p>", "<details open><summary>More</summary></details><p>", 1),
    "comment": after("<body class=\"simulated\">", "<!-- made by hand -->"),
    "bold": instead("<b>N</b>"),
    "soft break": instead("<wbr>N"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS_MARKUP)
def test_harmless_markup(page: str, name: str) -> None:
    changed = HARMLESS_MARKUP[name](page)
    assert changed != page
    assert read(changed).unreadable == ()


# -- text that is not seen -------------------------------------------------------------------------------------------

UNSEEN: dict[str, tuple[Callable[[str], str], str]] = {
    "display": (css("N { display: none }"), "display"),
    "display by class": (css("p > .num { display: none }"), "display"),
    "display when printed": (css("@media print { N { display: none } }"), "display"),
    "display on wide pages": (css("@media (min-width: 1000px) and (max-width: 1001px) { N { display: none } }"), "display"),
    "display in the dark": (css("@media (prefers-color-scheme: dark) { N { display: none } }"), "display"),
    "display where supported": (css("@supports (color: red) { N { display: none } }"), "display"),
    "display by attribute": (style("display: none"), "display"),
    "display with an escape": (css(r"N { disp\6c ay: n\6fne }"), "display"),
    "important": (css("N { display: none !important } N { display: inline }"), "display"),
    "display of a part": (css("N { display: table-column }"), "shown otherwise"),
    "sheet for print": (lambda p: p.replace("</head>", '<style media="print">.num { display: none }</style></head>'), "display"),
    "hidden": (attribute("hidden"), "hidden"),
    "hidden until found": (attribute('hidden="until-found"'), "hidden"),
    "popover": (attribute("popover"), "hidden"),
    "visibility": (css("N { visibility: hidden }"), "visibility"),
    "visibility above": (css("p { visibility: collapse }"), "visibility"),
    "content-visibility": (style("display: inline-block; content-visibility: hidden"), "content-visibility"),
    "opacity": (style("opacity: 0"), "transparent"),
    "opacity in all": (css("p { opacity: .5 } N { opacity: .5 }"), "transparent"),
    "opacity as a share": (style("opacity: 5%"), "transparent"),
    "white": (style("color: white"), "colour of its ground"),
    "white by variable": (css(":root { --w: #fff } N { color: var(--w) }"), "colour of its ground"),
    "nearly white": (style("color: rgb(235 235 235)"), "colour of its ground"),
    "see-through": (style("color: transparent"), "colour is transparent"),
    "see-through black": (style("color: rgb(0 0 0 / 4%)"), "colour is transparent"),
    "black on black": (style("background: #1b1b1b"), "colour of its ground"),
    "fill colour": (css("N { -webkit-text-fill-color: #fff }"), "colour of its ground"),
    "colour mixed": (css("N { color: color-mix(in srgb, white, white) }"), "colour is not worked out"),
    "white when printed": (css("@media print { N { color: #fff } }"), "colour of its ground"),
    "tiny": (style("font-size: 1px"), "px high"),
    "no size": (style("font-size: 0"), "px high"),
    "no size by shorthand": (css("N { font: 0/1 serif }"), "px high"),
    "tiny in all": (css("p { font-size: 30% } N { font-size: 30% }"), "px high"),
    "size worked out": (css("N { font-size: calc(1px - 1px) }"), "size is not worked out"),
    "clip-path": (style("clip-path: inset(100%)"), "clip-path"),
    "clip": (style("position: absolute; clip: rect(0 0 0 0)"), "position"),
    "off the page": (style("position: absolute; left: -9999px"), "position"),
    "fixed": (style("position: fixed; top: 0"), "position"),
    "shifted": (style("position: relative; left: 3em"), "moved from its place"),
    "indent": (css("p { text-indent: -9999px }"), "text-indent"),
    "margin": (css("p { margin-left: -9999px }"), "margin-left"),
    "margin up": (css("p { margin-top: -1.5em }"), "margin-top"),
    "pushed away": (css("p { padding-left: 9999px }"), "padding-left"),
    "transform": (style("display: inline-block; transform: scale(0)"), "transform"),
    "turned": (style("display: inline-block; rotate: 180deg"), "rotate"),
    "translated": (style("display: inline-block; translate: 5em 0"), "translate"),
    "scale": (css("N { scale: 0 }"), "scale"),
    "zoom": (css("N { zoom: .01 }"), "zoom"),
    "cut off": (css("p { height: 0; overflow: hidden }"), "fixed"),
    "no width": (style("display: inline-block; width: 0; overflow: hidden"), "width"),
    "one line": (css("p { white-space: nowrap; overflow: hidden }"), "cut off"),
    "lines on lines": (css("p { line-height: 0 }"), "line-height"),
    "letters on letters": (style("letter-spacing: -1em"), "letter-spacing"),
    "raised": (style("vertical-align: 3em"), "vertical-align"),
    "filter": (style("filter: opacity(0)"), "filter"),
    "mask": (style("mask-image: linear-gradient(transparent, transparent)"), "mask"),
    "blend": (style("mix-blend-mode: difference"), "blended"),
    "from right to left": (style("direction: rtl; unicode-bidi: bidi-override"), "right to left"),
    "bdo": (instead('<bdo dir="rtl">N</bdo>'), "unicode-bidi"),
    "dir": (attribute('dir="rtl"'), "right to left"),
    "floating": (style("float: right"), "float"),
    "upright": (style("writing-mode: vertical-rl"), "writing-mode"),
    "security": (css("N { -webkit-text-security: disc }"), "-webkit-text-security"),
    "struck": (style("text-decoration: line-through"), "struck"),
    "del": (instead("<del>N</del>"), "struck"),
    "s": (instead("<s>N</s>"), "struck"),
    "symbols": (style("font-family: Wingdings"), "symbols"),
    "features": (style("font-feature-settings: 'frac'"), "font-feature-settings"),
    "shadow of letters": (style("text-shadow: 2em 0 black"), "text-shadow"),
    "animated": (css("@keyframes k { to { opacity: 0 } } N { animation: k 1s forwards }"), "animation"),
    "picture behind": (style("background: url(x.png)"), "picture"),
    "gradient behind": (style("background: linear-gradient(#000, #000)"), "picture"),
    "unknown": (style("some-new-property: 7"), "not one that can be judged"),
    "replaced": (css("N { content: url(x.png) }"), "something else"),
    "turned round": (css("p { display: flex; flex-direction: row-reverse }"), "order"),
    "sup of no size": (instead("<sup style='font-size:0'>N</sup>"), "px high"),
    "template": (instead("<template>N</template>"), "template"),
    "noscript": (instead("<noscript>N</noscript>"), "noscript"),
    "details": (instead("<details><summary>more</summary>N</details>"), "folded"),
    "picture of white": (css("html { background: #000 } body { background: none; color: #fff } p { color: #000 }"), "colour of its ground"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_a_text_that_is_not_seen(page: str, name: str) -> None:
    edit, why = UNSEEN[name]
    changed = edit(page)
    assert changed != page
    document = read(changed)
    told = [item for item in document.unreadable if number(page) in item.text]
    assert told, document.unreadable[:5]
    assert any(why in item.why for item in told), [item.why for item in told]
    assert sum(number(page) in block.text for block in document.blocks) < sum(
        number(page) in block.text for block in read(page).blocks
    ), "it is still among the text that is compared"


def test_a_hidden_number_does_not_stand_in_for_a_visible_one(page: str, paper: Path, tmp_path: Path) -> None:
    """The right number hidden, a wrong one beside it."""
    for name in ("ledger.json", "results.json"):
        shutil.copy(paper / name, tmp_path)
    path = tmp_path / "paper.html"
    path.write_text(instead('<span class="q">N</span>99.9')(css(".q { display: none }")(page)), encoding="utf-8")
    findings = audit_files([path], study=NMOSD)[0].findings
    assert {finding.verdict for finding in findings} >= {"unreadable", "altered"}
    assert any(finding.text.endswith("99.9") for finding in findings)
    assert all(finding.where for finding in findings)


@pytest.mark.parametrize("part", ["tr", "tbody", "td", "table"])
def test_parts_of_a_table(page: str, part: str) -> None:
    table = page.index("<table")
    at = page.index(f"<{part}", page.index("<tbody", table) if part in ("tr", "td") else table)
    document = read(page[:at] + f'<{part} style="display:none"' + page[at + 1 + len(part) :])
    assert document.unreadable
    assert "not shown" in document.unreadable[0].why
    assert len(document.blocks) < len(read(page).blocks)
    if part == "td":
        assert document.unreadable[0].place.column == 1


# -- what shows or covers other text ---------------------------------------------------------------------------------

OTHERWISE: dict[str, tuple[Callable[[str], str], str]] = {
    "printed before": (css("N::before { content: '1' }"), "prints “1”"),
    "printed after": (css(".num::after { content: '%' }"), "prints “%”"),
    "sign before": (css("N::before { content: '\\2212' }"), "prints “−”"),
    "counted": (css("p { counter-increment: c } p::before { content: counter(c) }"), "prints “counter(c)”"),
    "from an attribute": (css("N::after { content: attr(data-key) }"), "prints “attr(data-key)”"),
    "old pseudo-element": (css("N:before { content: 'n' }"), "prints “n”"),
    "first letter": (css("p::first-letter { font-size: 0 }"), "::first-letter"),
    "cover by a pseudo-element": (css("p::after { content: ''; position: absolute; inset: 0; background: #fff }"), "position"),
    "cover": (instead('N<span style="position:absolute;margin-left:-2em;background:#fff"></span>'), "position"),
    "cover by margin": (instead('N<span style="display:inline-block;margin-left:-2em;background:#fff;width:3em"></span>'), "margin-left"),
    "cover by shadow": (instead('N<span style="box-shadow: -2em 0 0 #fff"></span>'), "shadow"),
    "cover by outline": (instead('N<span style="outline: 2em solid #fff"></span>'), "outline"),
    "cover by padding": (instead('<span style="padding-top: 2em; background: #fff">N</span>'), "padding"),
    "cover by border": (instead('<span style="border-top: 2em solid #fff">N</span>'), "border"),
    "numbered list": (lambda p: p.replace("<p>", "<ol start='7'><li>First</li></ol><p>", 1), "list"),
    "list with texts": (lambda p: css("li { list-style-type: '12 ' }")(p.replace("<p>", "<ul><li>First</li></ul><p>", 1)), "list"),
    "rows moved": (css("tbody tr:last-child { display: table-header-group }"), "place in the table"),
    "cells in a row": (css("td { display: block }"), "place in the table"),
    "page margin": (css("@page { @top-center { content: 'P < 0.001' } }"), "margins of pages"),
    "script": (after('<body class="simulated">', "<script>document.title</script>"), "script"),
    "module": (after('<body class="simulated">', '<script type="module">1</script>'), "script"),
    "script file": (after('<body class="simulated">', '<script type="application/json" src="x.js"></script>'), "script"),
    "handler": (attribute('onmouseover="x()"'), "script"),
    "handler in a drawing": (of_svg("<g ", '<g onload="x()" '), "script"),
    "iframe": (after('<body class="simulated">', '<iframe srcdoc="7"></iframe>'), "<iframe>"),
    "object": (after('<body class="simulated">', '<object data="x.svg"></object>'), "<object>"),
    "embed": (after('<body class="simulated">', '<embed src="x.svg">'), "<embed>"),
    "canvas": (after('<body class="simulated">', "<canvas></canvas>"), "<canvas>"),
    "video": (after('<body class="simulated">', '<video src="x"></video>'), "<video>"),
    "input": (instead('<input value="N">'), "<input>"),
    "textarea": (instead("<textarea>N</textarea>"), "<textarea>"),
    "meter": (instead('<meter value="0.7">N</meter>'), "<meter>"),
    "ruby": (instead("<ruby>N<rt>9</rt></ruby>"), "<ruby>"),
    "custom element": (instead("<x-number>N</x-number>"), "<x-number>"),
    "marquee": (instead("<marquee>N</marquee>"), "<marquee>"),
    "font": (instead('<font color="white">N</font>'), "<font>"),
    "shadow tree": (instead('<span><template shadowrootmode="open">9</template>N</span>'), "shadow"),
    "base": (after("<head>", '<base href="https://example.org/">'), "base"),
    "refresh": (after("<head>", '<meta http-equiv="refresh" content="0;url=x.html">'), "refresh"),
    "policy": (after("<head>", "<meta http-equiv=\"Content-Security-Policy\" content=\"style-src 'none'\">"), "content-security-policy"),
    "link": (after("<head>", '<link rel="stylesheet" href="x.css">'), "elsewhere"),
    "import": (css("@import url(x.css);"), "@import"),
    "import first": (lambda p: p.replace("</head>", "<style>@import 'x.css';</style></head>"), "@import"),
    "font-face": (css("@font-face { font-family: X; src: url(data:font/woff2;base64,AA) }"), "@font-face"),
    "layer": (css("@layer a { N { display: none } }"), "@layer"),
    "container": (css("@container (width > 1px) { N { display: none } }"), "@container"),
    "nested rule": (css("p { & .num { display: none } }"), "rules within rules"),
    "odd selector": (css("N:some-new-thing(1) { display: none }"), "selector is not understood"),
    "siblings": (css("p ~ p { display: none }"), "siblings"),
    "parents": (css("p:has(.num) { display: none }"), "siblings"),
    "of one type": (css("p:not(:nth-last-of-type(n + 2)) { display: none }"), "siblings"),
    "too many widths": (css("".join(f"@media (min-width: {k}px) {{ N {{ color: #000 }} }}" for k in range(300, 700))), "more widths"),
    "named sheet": (lambda p: p.replace("</head>", '<style title="a">p { color: #000 }</style></head>'), "chooses from"),
    "srcset": (after('<body class="simulated">', '<img srcset="x.png" src="data:,">'), "srcset"),
    "background attribute": (lambda p: p.replace("<td", '<td background="x.png"', 1), "picture"),
    "bgcolor": (lambda p: p.replace("<td", '<td bgcolor="#1b1b1b"', 1), "colour of its ground"),
    "loose in a table": (lambda p: p.replace("<tbody>", "<tbody>7.5", 1), "between the cells"),
    "paragraph in a table": (lambda p: p.replace("<tbody>", "<tbody><p>7.5</p>", 1), "between the cells"),
    "odd comment": (after('<body class="simulated">', "<!--> 7 -->"), "different ways"),
    "odd end of comment": (after('<body class="simulated">', "<!-- a --!> 7 -->"), "different ways"),
    "cdata": (after('<body class="simulated">', "<![CDATA[ 7 ]]>"), "different ways"),
    "override": (instead("\u202eN\u202c"), "direction"),
    "isolate": (instead("\u2067N\u2069"), "direction"),
    "right-to-left letters": (instead("\u05d0 N"), "right to left"),
    "struck by a sign": (instead("N\u0336"), "over its digits"),
    "encoding": (lambda p: p.replace('<meta charset="utf-8">', "", 1), "encoded"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_seen_otherwise_than_it_is_read(page: str, name: str) -> None:
    edit, why = OTHERWISE[name]
    changed = edit(page)
    assert changed != page
    assert why in reasons(changed)


@pytest.mark.parametrize("text", ["9 patients", "<p>9 patients</p>"])
def test_text_in_the_head_is_read_as_browsers_show_it(page: str, text: str) -> None:
    assert "9 patients" in read(after("</title>", text)(page)).blocks[0].text
    hidden = page.replace("<title>", "<title><!--", 1).replace("</title>", f"</title>{text}<!-- -->", 1)
    assert "9 patients" in read(hidden).blocks[0].text, "a title holds no comments"


def test_another_encoding() -> None:
    page = '<!DOCTYPE html><html><head><meta charset="windows-1252"></head><body><p>12 – 14</p></body></html>'
    document = read_html(page.encode("cp1252"), "x.html")
    assert ["windows-1252" in item.why for item in document.unreadable] == [True]
    assert "encoded" not in reasons(page.replace("–", "to"))


# -- drawings ----------------------------------------------------------------------------------------------------------

WHITE = '<rect x="-1" y="-1" width="9999" height="9999" fill="#ffffff"/>'
DRAWN: dict[str, tuple[Callable[[str], str], str]] = {
    "covered": (in_svg(WHITE), "covered"),
    "covered by a line": (in_svg('<path d="M0 12L400 12" stroke="#fff" stroke-width="14" fill="none"/>'), "covered"),
    "covered by a picture": (in_svg('<image href="x.png" width="90" height="90"/>'), "<image>"),
    "opacity": (of_svg("<text ", '<text opacity="0.1" '), "transparent"),
    "group opacity": (of_svg("<g ", '<g opacity="0" '), "transparent"),
    "fill none": (of_svg('(<text [^>]*)fill="#222222"', r'\1fill="none"'), "without colour"),
    "fill white": (of_svg('(<text [^>]*)fill="#222222"', r'\1fill="#ffffff"'), "colour of its ground"),
    "fill-opacity": (of_svg("<text ", '<text fill-opacity="0" '), "transparent"),
    "tiny": (of_svg(r'font-size="[\d.]+"', 'font-size="1"'), "px high"),
    "tiny drawing": (of_svg(r"width:[\d.]+cm", "width:20pt"), "px high"),
    "outside": (of_svg(r'<text x="[\d.]+"', '<text x="9999"'), "outside"),
    "moved out": (of_svg("<g ", '<g transform="translate(0 -5000)" '), "outside"),
    "scaled away": (of_svg("<g ", '<g transform="scale(0.01)" '), "px high"),
    "mirrored": (of_svg("<g ", '<g transform="matrix(-1 0 0 1 400 0)" '), "mirrored"),
    "upside down": (of_svg(r'<text x="([\d.]+)" y="([\d.]+)"(?![^>]*transform)', r'<text x="\1" y="\2" transform="rotate(180 \1 \2)"'), "upside down"),
    "display": (of_svg("<text ", '<text display="none" '), "not shown"),
    "visibility": (of_svg("<g ", '<g visibility="hidden" '), "visible"),
    "one over the other": (lambda p: of_svg(r"(<text [^>]*>)(Identification)(</text>)", r"\1\2\3\1Exclusion Ident\3")(p), "over another"),
    "text on a path": (in_svg('<text x="9" y="9"><textPath href="#a">77</textPath></text>'), "<textpath>"),
    "use": (in_svg('<use href="#figure-flow-band-1" x="9"/>'), "<use>"),
    "foreign": (in_svg('<foreignObject width="99" height="99"><p>77</p></foreignObject>'), "<foreignobject>"),
    "animated": (in_svg('<animate attributeName="x"/>'), "<animate>"),
    "switch": (in_svg('<switch><text x="9" y="9">77</text></switch>'), "<switch>"),
    "clip": (of_svg("<g ", '<g clip-path="url(#c)" '), "clip-path"),
    "mask": (of_svg("<text ", '<text mask="url(#m)" '), "mask"),
    "filter": (of_svg("<text ", '<text filter="url(#f)" '), "filter"),
    "own style": (of_svg("<text ", '<text style="fill:#fff" '), "style of its own"),
    "style sheet": (in_svg("<style>text { fill: white }</style>"), "<style>"),
    "letters one by one": (of_svg(r'<text x="([\d.]+)"', r'<text x="\1 9 3"'), "one by one"),
    "letters moved": (of_svg("<text ", '<text dx="40" '), "dx"),
    "pressed": (of_svg("<text ", '<text textLength="2" '), "textlength"),
    "outlined": (in_svg('<path d="M1 1C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4C2 2 3 3 4 4Z"/>'), "may be a text"),
    "drawn by a line": (in_svg('<polyline points="200,50 206,50 200,58 206,58 206,50" fill="none" stroke="#222"/>'), "may be a text"),
    "cropped": (of_svg("<svg ", '<svg preserveAspectRatio="xMidYMid slice" '), "cut off"),
    "part hidden": (of_svg(r"(<text [^>]*>)([^<]*)(</text>)", r'\1<tspan opacity="0">\2</tspan>9\3'), "transparent"),
    "hidden figure": (of_svg("<svg ", '<svg style="visibility:hidden" '), "visibility"),
    "figure by sheet": (css(".figure svg { opacity: 0 }"), "transparent"),
    "text by sheet": (css("svg { fill: white }"), "fill"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_that_shows_something_else(page: str, name: str) -> None:
    edit, why = DRAWN[name]
    changed = edit(page)
    assert changed != page
    assert why in reasons(changed)


def test_a_covered_text_is_not_compared(page: str) -> None:
    figure = next(block for block in read(page).blocks if block.kind == "figure")
    left = [block.text for block in read(in_svg(WHITE)(page)).blocks if block.kind == "figure"]
    assert figure.text not in left


def test_a_drawing_as_a_picture() -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" width="100" height="50">'
        b'<text x="5" y="20" font-size="10">mean 7.5</text><text x="5" y="40" font-size="10" fill="white">8.5</text></svg>'
    )
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    page = f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><p>1</p><img src="{source}"></body></html>'
    document = read(page)
    assert [block.text for block in document.blocks] == ["1", "mean 7.5"]
    assert [(item.text, item.why) for item in document.unreadable] == [
        ("8.5", "it is drawn in the colour of its ground")
    ]
    small = read(page.replace("<img ", '<img width="3" '))
    assert "too small" in small.unreadable[0].why
    root = parse_svg(svg)
    assert root is not None
    assert [text.text for text in look_at(root)[0]] == ["mean 7.5", "8.5"]


# -- values ------------------------------------------------------------------------------------------------------------


def test_lengths_and_colours() -> None:
    assert length("1.5em", 20, 16) == 30
    assert length("72pt", 20, 16) == pytest.approx(96)
    assert length("-2rem", 20, 16) == -32
    assert length("50%", 20, 16, 200) == 100
    assert length("calc(1px + 1em)", 20, 16) is None
    assert length("auto", 20, 16) is None
    assert colour("#fff") == ((1.0, 1.0, 1.0), 1.0)
    assert colour("currentcolor") is None
    assert colour("rgb(0 0 0 / 50%)") == ((0.0, 0.0, 0.0), 0.5)
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((1, 1, 1), (1, 1, 1)) == 1


def test_a_page_that_is_too_large(page: str) -> None:
    with pytest.raises(AuditError, match="larger than"):
        read_html(b"<!DOCTYPE html><html>" + b" " * MAX_BYTES, "large.html")


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ("<style>" + ".a { color: #333 }\n" * 50_000 + "</style>", "<p>1</p>", "style sheets of more than"),
        ("", "".join(f"<p style='margin-left: {k}px'>1</p>" for k in range(20_050)), "different styles"),
        ("", "<div>" * 3000 + "1", "nested too deeply"),
    ],
)
def test_a_page_whose_reading_would_not_end(head: str, body: str, said: str) -> None:
    page = f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    with pytest.raises(AuditError, match=said):
        read(page)


# -- what a browser shows ------------------------------------------------------------------------------------------------


@cache
def shot(page: str, folder: Path, width: int = 1000) -> bytes:
    """The page as a browser paints it, its first 800 px, without the words round the number."""
    path = folder / f"{abs(hash(page))}.html"
    path.write_text(page, encoding="utf-8")
    picture = path.with_suffix(".png")
    assert CHROMIUM is not None
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},800"]
    subprocess.run([*words, f"--screenshot={picture}", path.as_uri()], capture_output=True, timeout=120, check=True)
    return picture.read_bytes()


def little(content: str, rules: str = "") -> str:
    """A page that holds nothing but a number, with the paper's look."""
    sheet = (LOOKS / "paper.css").read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{sheet}{rules}</style></head><body><main>'
        f"<h2>Little</h2><p>{content}</p><p>5</p></main></body></html>"
    )


BLIND = [
    "display", "visibility", "opacity", "white", "see-through", "no size", "clip-path", "off the page",
    "transform", "filter", "fill colour", "content-visibility", "indent", "hidden",
]  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("name", BLIND)
def test_a_browser_does_not_show_it_either(tmp_path: Path, name: str) -> None:
    span = f'<span id="n1" class="num" data-key="{KEY}">{{}}</span>'
    edit, _ = UNSEEN[name]
    one, other = (edit(little(span.format(text))) for text in ("80.5", "99.9"))
    assert any("80.5" in item.text for item in read(one).unreadable)
    assert shot(one, tmp_path) == shot(other, tmp_path), "the two numbers look different: they are seen"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_shows_what_is_read(tmp_path: Path) -> None:
    span = f'<span id="n1" class="num" data-key="{KEY}">{{}}</span>'
    one, other = (little(span.format(text)) for text in ("80.5", "99.9"))
    assert read(one).unreadable == ()
    assert shot(one, tmp_path) != shot(other, tmp_path)
    printed = css("N::before { content: '1' }")(one)
    assert shot(printed, tmp_path) != shot(one, tmp_path)
