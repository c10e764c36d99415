"""Which elements of an HTML file a reader sees as they are read, and why others are not.

Every property of every style is either known to be harmless, or judged by its value, or a reason by itself: nothing
that a style sheet says is passed over because it is unknown here. What is judged is the outcome of the cascade in each
variant (screen and print, widths, conditions); it is enough that a text is not seen in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cssselect2
import lxml.etree

from report.audit.errors import AuditError
from report.audit.html_css import (
    Declaration,
    Rule,
    Values,
    cascade,
    contrast,
    declarations_of,
    generated,
    read_sheets,
)

LEAST_CONTRAST = 1.5
"""Contrast of a text with its ground; grey on white that is hard to read has about 2."""
LEAST_OPACITY = 0.3
LEAST_SIZE = 4.0
"""Size of text, in px (3 pt)."""
LEAST_BOX = 24.0
"""Width of a box that holds text, in px."""
MOST_STYLES = 20_000
"""Different styles of elements that are worked out; a paper has some hundred."""
WIDEST = 160.0
"""How far a table may reach into the margin of the page, in px."""
MOST_SHIFT = 1000.0
"""Margin, padding or indent that may still be meant as one, in px."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How an element is seen. Empty where it is seen as it is read."""

    gone: str = ""
    """Why it and all in it is not seen, or seen otherwise than it is read."""
    covers: bool = False
    """It may lie over other text, or print some, even where it holds none."""
    unseen: str = ""
    """Why the text that stands in it directly is not seen; elements in it may be."""


PLAIN = Sight()

HARMLESS = frozenset(
    (
        "accent-color", "align-content", "align-items", "align-self", "appearance", "-webkit-appearance",
        "backface-visibility", "background-attachment", "background-clip", "background-origin",
        "background-position", "background-repeat", "background-size", "box-decoration-break", "box-sizing",
        "break-after", "break-before", "break-inside", "caption-side", "caret-color", "clear", "column-count",
        "column-fill", "column-gap", "column-rule", "column-rule-color", "column-rule-style",
        "column-rule-width", "column-span", "column-width", "columns", "counter-increment", "counter-reset",
        "counter-set", "cursor", "empty-cells", "flex", "flex-basis", "flex-grow", "flex-shrink",
        "font-kerning", "font-optical-sizing", "font-size", "font-smooth", "font-stretch", "font-style",
        "font-synthesis", "font-variant-caps", "font-variant-ligatures", "font-weight", "gap", "hyphens",
        "-webkit-hyphens", "-moz-hyphens", "image-rendering", "isolation", "justify-content", "justify-items",
        "justify-self", "line-break", "min-height", "min-width", "min-inline-size", "min-block-size",
        "orphans", "outline-color", "outline-style", "overflow-anchor", "overflow-wrap",
        "overscroll-behavior", "page-break-after", "page-break-before", "page-break-inside", "page",
        "place-content", "place-items", "place-self", "pointer-events", "print-color-adjust",
        "-webkit-print-color-adjust", "resize", "row-gap", "-webkit-font-smoothing", "-moz-osx-font-smoothing",
        "speak", "tab-size", "-moz-tab-size", "table-layout", "text-align", "text-align-last",
        "text-decoration-color", "text-decoration-style", "text-decoration-skip-ink", "text-justify",
        "text-rendering", "text-size-adjust", "-webkit-text-size-adjust", "-ms-text-size-adjust",
        "-moz-text-size-adjust", "text-transform", "text-underline-position", "text-wrap", "text-wrap-mode",
        "text-wrap-style", "touch-action", "user-select", "-webkit-user-select", "-webkit-tap-highlight-color",
        "white-space", "white-space-collapse", "widows", "will-change", "word-break", "word-wrap", "z-index",
        "color", "opacity", "background-color", "-webkit-text-fill-color",
    )
)  # fmt: skip
"""Properties that cannot keep a reader from seeing a text as it is read, or that are judged by what they lead to."""
_HARMLESS_KINDS = ("transition", "scroll", "-webkit-overflow-scrolling")
_WORDS: dict[str, tuple[str, str]] = {
    # property: (values that are harmless, what the others do)
    "visibility": ("visible", ""),
    "content-visibility": ("visible auto", "it is hidden (content-visibility)"),
    "clip": ("auto", "it is cut away (clip)"),
    "clip-path": ("none", "it is cut away (clip-path)"),
    "-webkit-clip-path": ("none", "it is cut away (clip-path)"),
    "mask": ("none", "it is masked"),
    "mask-image": ("none", "it is masked"),
    "-webkit-mask": ("none", "it is masked"),
    "-webkit-mask-image": ("none", "it is masked"),
    "filter": ("none", "it is changed by a filter"),
    "backdrop-filter": ("none", "it is changed by a filter"),
    "mix-blend-mode": ("normal", "it is blended with its ground"),
    "transform": ("none", "it is moved, turned or made smaller (transform)"),
    "-webkit-transform": ("none", "it is moved, turned or made smaller (transform)"),
    "translate": ("none", "it is moved (translate)"),
    "rotate": ("none", "it is turned (rotate)"),
    "scale": ("none 1", "it is made smaller or mirrored (scale)"),
    "zoom": ("normal 1 100%", "it is made smaller or larger (zoom)"),
    "float": ("none", "it is moved beside other text (float)"),
    "animation": ("none", "it is changed by an animation"),
    "animation-name": ("none", "it is changed by an animation"),
    "-webkit-animation": ("none", "it is changed by an animation"),
    "direction": ("ltr", "its letters run from right to left"),
    "unicode-bidi": ("normal isolate plaintext embed", "the order of its letters is changed (unicode-bidi)"),
    "writing-mode": ("horizontal-tb", "its lines run otherwise (writing-mode)"),
    "box-shadow": ("none", "its shadow may cover other text"),
    "text-shadow": ("none", "its letters are drawn again beside themselves (text-shadow)"),
    "flex-direction": ("row column", "the order in which it is seen is changed"),
    "flex-wrap": ("wrap nowrap", "the order in which it is seen is changed"),
    "flex-flow": ("row column wrap nowrap", "the order in which it is seen is changed"),
    "order": ("0", "the order in which it is seen is changed"),
    "outline": ("none 0 medium auto", "its outline may cover other text"),
    "outline-width": ("0 thin medium", "its outline may cover other text"),
    "text-overflow": ("clip ellipsis", "what is cut off is replaced"),
    "font-variant": ("normal small-caps all-small-caps tabular-nums lining-nums", "its letters are drawn otherwise"),
    "font-variant-numeric": (
        "normal lining-nums oldstyle-nums tabular-nums proportional-nums slashed-zero",
        "its digits are drawn otherwise",
    ),
    "font-feature-settings": ("normal", "its letters are drawn otherwise (font-feature-settings)"),
    "list-style-image": ("none", "pictures stand before its entries"),
    "content": ("normal none", "a style sheet puts something else in its place"),
    "position": ("static relative sticky", "it is placed over the page by itself (position)"),
    "object-fit": ("fill contain scale-down", "parts of it are cut away (object-fit)"),
    "overflow-x": ("visible auto scroll hidden clip", "its overflow is not worked out"),
    "overflow-y": ("visible auto scroll hidden clip", "its overflow is not worked out"),
}
_HIDING = frozenset(
    (
        "content-visibility", "clip", "clip-path", "-webkit-clip-path", "mask", "mask-image", "-webkit-mask",
        "-webkit-mask-image", "direction", "unicode-bidi", "writing-mode", "text-shadow", "font-variant",
        "font-variant-numeric", "font-feature-settings", "text-overflow", "text-indent", "line-height",
        "letter-spacing", "word-spacing", "font-family", "display", "float", "list-style-image", "list-style-type",
        "animation", "animation-name", "-webkit-animation", "zoom", "mix-blend-mode", "flex-direction", "flex-wrap",
        "flex-flow", "order", "text-decoration-line", "vertical-align",
    )
)  # fmt: skip
"""Properties by which an element without text does no harm."""
_SPACED = re.compile(r"margin-|padding-")
_SYMBOL_FONTS = ("symbol", "wingdings", "webdings", "dingbats", "barcode")

_BLOCKS = frozenset(
    (
        "html", "body", "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "h1",
        "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "dt", "dd", "figure", "figcaption", "blockquote", "pre",
        "address", "details", "summary", "form", "fieldset", "legend", "hr", "center", "hgroup", "search",
        "menu",
    )
)  # fmt: skip
_PARTS = {
    "table": "table", "caption": "table-caption", "thead": "table-header-group", "tbody": "table-row-group",
    "tfoot": "table-footer-group", "tr": "table-row", "td": "table-cell", "th": "table-cell",
    "colgroup": "table-column-group", "col": "table-column", "li": "list-item",
}  # fmt: skip
NOT_DRAWN = frozenset(
    ("head", "script", "style", "template", "title", "meta", "link", "base", "datalist", "noembed", "noframes", "rp",
     "dialog")
)  # fmt: skip
_SIZES = {
    "h1": "2em", "h2": "1.5em", "h3": "1.17em", "h5": "0.83em", "h6": "0.67em", "small": "0.83em", "sub": "0.83em",
    "sup": "0.83em", "big": "1.2em", "code": "0.8125em", "kbd": "0.8125em", "samp": "0.8125em", "tt": "0.8125em",
    "pre": "0.8125em",
}  # fmt: skip
_FLOWS = frozenset(("block", "inline", "inline-block", "flow-root", "flex", "inline-flex", "grid", "inline-grid",
                    "list-item", "contents", "table", "inline-table"))  # fmt: skip
_MARKERS = frozenset(("none", "disc", "circle", "square", "disclosure-open", "disclosure-closed"))
_REPLACED = frozenset(("img", "svg"))


def basic_values(element: lxml.etree._Element, tag: str) -> dict[str, str]:
    """What browsers give an element by themselves and for its attributes. Source: HTML standard, rendering."""
    out = {"display": _PARTS.get(tag, "block" if tag in _BLOCKS else "none" if tag in NOT_DRAWN else "inline")}
    if tag in _SIZES:
        out["font-size"] = _SIZES[tag]
    if tag in ("s", "strike", "del"):
        out["text-decoration-line"] = "line-through"
    elif tag == "ol":
        out["list-style-type"] = "decimal"
    elif tag in ("ul", "menu"):
        out["list-style-type"] = "disc"
    elif tag == "bdo":
        out["unicode-bidi"] = "bidi-override"
    elif tag == "mark":
        out |= {"background-color": "yellow", "color": "black"}
    if not element.attrib:
        return out
    if tag == "a" and element.get("href") is not None:
        out["color"] = "#0000ee"
    if element.get("hidden") is not None or element.get("popover") is not None:
        out["display"] = "none"
    if tag == "dialog" and element.get("open") is not None:
        out["display"] = "block"
    if (element.get("dir") or "").strip().lower() == "rtl":
        out["direction"] = "rtl"
    for attribute, name in (("bgcolor", "background-color"), ("text", "color"), ("color", "color")):
        if (value := element.get(attribute)) is not None:
            out[name] = value.strip().lower()
    return out


# -- judging ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _At:
    """Where an element stands, as far as its style is judged by that."""

    tag: str
    in_table: bool
    first: bool
    """Nothing stands before it in its parent."""


def faults(values: Values, parent: Values | None, at: _At) -> Iterator[tuple[str, str]]:
    """Why an element is not seen as it is read, in one variant: (property, reason)."""
    display = values.own.get("display", "inline")
    yield from _shown(display, at)
    if at.tag in _REPLACED and values.own.get("visibility", "visible") != "visible":
        yield "opacity", "it is not visible (visibility)"
    if values.opacity < LEAST_OPACITY:
        yield "opacity", "it is transparent"
    for name, value in values.own.items():
        if name in HARMLESS or name.startswith(_HARMLESS_KINDS) or name == "display":
            continue
        if name in _WORDS:
            allowed, why = _WORDS[name]
            if why and not set(value.split()) <= set(allowed.split()):
                yield name, why
        elif name in _JUDGES:
            why = _JUDGES[name](value, values, at)
            if why:
                yield name, why
        elif _SPACED.match(name):
            why = _space(name, value, values, parent, at)
            if why:
                yield name, why
        elif name.startswith("border"):
            why = _border(name, value, values)
            if why:
                yield name, why
        else:
            yield name, f"its style is not one that can be judged ({name}: {value[:40]})"
    if display == "list-item" and values.own.get("list-style-type", "disc") not in _MARKERS:
        yield "marker", "numbers or signs that are no text stand before the entries of a list"
    cut = {values.own.get("overflow-x"), values.own.get("overflow-y")} & {"hidden", "clip"}
    if cut and any(values.own.get(name, "none") not in ("none", "auto", "100%") for name in _HEIGHTS):
        yield "overflow", "what goes beyond its box is cut off (overflow)"
    if cut and values.own.get("white-space") in ("nowrap", "pre"):
        yield "overflow", "what goes beyond its line is cut off (overflow)"


def _shown(display: str, at: _At) -> Iterator[tuple[str, str]]:
    if display == "none":
        yield "display", "it is not shown (display: none, or hidden)"
    elif at.tag in _PARTS and at.tag not in ("table", "li", "caption"):
        if display not in (_PARTS[at.tag], "table-header-group" if at.tag == "thead" else ""):
            yield "display", f"its place in the table is changed (display: {display})"
    elif display not in _FLOWS and display != _PARTS.get(at.tag):
        yield "display", f"it is shown otherwise (display: {display})"


_HEIGHTS = ("height", "max-height", "block-size", "max-block-size")
Judge = Callable[[str, Values, _At], str]


def _offset(value: str, values: Values, at: _At) -> str:
    """left, top …: harmless where it is nothing, or where nothing is moved by it."""
    if value == "auto" or values.px(value) == 0 or values.own.get("position", "static") == "static":
        return ""
    return "it is moved from its place (position)"


def _height(value: str, values: Values, at: _At) -> str:
    if value in ("auto", "none", "100%", "fit-content", "max-content", "min-content", "100vh") or at.tag in _REPLACED:
        small = values.px(value)
        return "it is too small to be read (height)" if small is not None and small < LEAST_BOX else ""
    if at.tag in ("td", "th", "tr", "table", "thead", "tbody", "tfoot"):
        return ""  # a table's height is the least, not the most
    return "its height is fixed, and what follows may lie over it"


def _width(value: str, values: Values, at: _At) -> str:
    if at.tag in ("col", "colgroup", "td", "th") and values.own.get("table-layout", "auto") == "auto":
        return ""  # a column is never narrower than what it holds
    wide = values.px(value, 1000.0)
    if wide is not None and wide < LEAST_BOX:
        return "it is too narrow to be read (width)"
    return ""


def _indent(value: str, values: Values, at: _At) -> str:
    size = values.size or 16.0
    indent = values.px(value, 500.0)
    if indent is None or not -3 * size <= indent <= 6 * size:
        return "it is moved from its place (text-indent)"
    return ""


def _line_height(value: str, values: Values, at: _At) -> str:
    size = values.size or 16.0
    if value == "normal" or values.own.get("display") == "inline":
        return ""
    number = values.px(value + "em" if _is_number(value) else value, size)
    return "its lines lie over each other (line-height)" if number is None or number < 0.7 * size else ""


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"[\d.]+", value))


def _letters(value: str, values: Values, at: _At) -> str:
    size = values.size or 16.0
    if value == "normal":
        return ""
    space = values.px(value)
    return "" if space is not None and -0.1 * size <= space <= size else "its letters are moved (letter-spacing)"


def _raised(value: str, values: Values, at: _At) -> str:
    size = values.size or 16.0
    if value.replace("-", "").isalpha():  # baseline, text-top …
        return ""
    shift = values.px(value, size)
    return "" if shift is not None and abs(shift) <= 0.6 * size else "it is moved to another line (vertical-align)"


def _family(value: str, values: Values, at: _At) -> str:
    if any(name in value for name in _SYMBOL_FONTS):
        return "it is drawn in a font of symbols"
    return ""


def _font(value: str, values: Values, at: _At) -> str:
    return "" if "font-size" in values.own and "font-family" in values.own else "its font is not understood"


def _decoration(value: str, values: Values, at: _At) -> str:
    if "line-through" in value:
        return "it is struck through"
    words = set(value.split())
    thick = [word for word in words if values.px(word) is not None]
    return "its line may cover it" if any((values.px(word) or 0) > 4 for word in thick) else ""


def _picture(value: str, values: Values, at: _At) -> str:
    """A picture behind a text. A single gradient is a rule where it is no more than 2 px wide or high."""
    if value == "none":
        return ""
    if value.startswith("linear-gradient(") and value.count("gradient(") == 1 and "url" not in value:
        tail = value[value.rindex(")") + 1 :] if value.endswith("no-repeat") else ""
        sizes = [values.px(word) for word in f"{values.own.get('background-size', '')} {tail}".split()]
        if any(thick is not None and 0 < thick <= 2 for thick in sizes):
            return ""
    return "a picture lies behind it"


def _marker(value: str, values: Values, at: _At) -> str:
    return ""  # judged where an entry of a list is shown


_JUDGES: dict[str, Judge] = {
    **dict.fromkeys(("top", "right", "bottom", "left", "inset-block", "inset-inline"), _offset),
    **dict.fromkeys(_HEIGHTS, _height),
    **dict.fromkeys(("width", "max-width", "inline-size", "max-inline-size"), _width),
    "text-indent": _indent,
    "line-height": _line_height,
    "letter-spacing": _letters,
    "word-spacing": _letters,
    "vertical-align": _raised,
    "font-family": _family,
    "font": _font,
    "text-decoration-line": _decoration,
    "background-image": _picture,
    "list-style-type": _marker,
}


def _space(name: str, value: str, values: Values, parent: Values | None, at: _At) -> str:
    """Margins and paddings: those that draw text over what stands beside it, or off the page."""
    space = values.px(value, 500.0)
    if value in ("auto", "normal") or space == 0:
        return ""
    if space is None or abs(space) > MOST_SHIFT:
        return f"it is moved from its place ({name})"
    side, display = name.rpartition("-")[2], values.own.get("display")
    if space < 0:
        if at.in_table or display == "inline":
            return f"it is drawn over what stands beside it ({name})"
        inner = (parent.px(parent.own.get(f"padding-{side}", "0")) or 0.0) if parent else 0.0
        if -space <= inner + 0.01 and (at.first or side in ("left", "right")):
            return ""  # into the empty edge of its parent
        if side in ("left", "right") and display == "block" and -space <= WIDEST:
            return ""  # into the margin of the page
        return f"it is drawn over what stands beside it ({name})"
    thick = name.startswith("padding") and side in ("top", "bottom") and space > 0.5 * (values.size or 16.0)
    if thick and display == "inline" and values.filled:
        return "its ground covers other lines (padding)"
    return ""


def _border(name: str, value: str, values: Values) -> str:
    if name.startswith("border-image") and value != "none":
        return "a picture is its border"
    widths = [values.px(word) or 0.0 for word in value.split()]
    inline = values.own.get("display") == "inline" and "radius" not in name
    if inline and max(widths, default=0.0) > 0.5 * (values.size or 16.0):
        return "its border covers other lines"
    return ""


# -- a whole file ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Style:
    """The values of an element in each variant; one object for all elements that have the same."""

    variants: tuple[Values, ...]
    sight: Sight


@dataclass(slots=True)
class Sights:
    """What was found about the elements of a file: those that are seen as they are read are not listed."""

    of: dict[lxml.etree._Element, Sight] = field(default_factory=dict)
    grounds: dict[lxml.etree._Element, tuple[float, float, float] | None] = field(default_factory=dict)
    """For drawings: the colour of the page behind them."""
    printed: dict[lxml.etree._Element, list[str]] = field(default_factory=dict)
    """Texts that style sheets print before or after an element, or what else they do to parts of it."""
    faults: list[str] = field(default_factory=list)
    page_texts: list[str] = field(default_factory=list)


def sights_of(root: lxml.etree._Element, sheets: Sequence[tuple[str, str]]) -> Sights:
    """How each element below `root` is seen with these style sheets, each as (text, media)."""
    read = read_sheets(tuple(sheets))
    out = Sights(faults=read.faults, page_texts=read.page_texts)
    looker = _Looker(read.variants)
    stack: list[tuple[cssselect2.ElementWrapper, _Style | None, bool]] = []
    stack.append((cssselect2.ElementWrapper.from_html_root(root), None, False))
    while stack:
        wrapper, parent, in_table = stack.pop()
        element = wrapper.etree_element
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2].lower()
        if tag in NOT_DRAWN and tag != "dialog" and tag != "template":
            continue
        matched = read.matcher.match(wrapper)
        style = looker.style(element, tag, matched, parent, in_table, wrapper)
        if style.sight is not PLAIN:
            out.of[element] = style.sight
        pseudo = [(name, rule) for _, _, name, rule in matched if name is not None]
        if pseudo:
            told = list(_pseudo(pseudo))
            if told:
                out.printed[element] = told
        if tag == "svg":
            out.grounds[element] = style.variants[0].ground
            continue  # what is in a drawing is judged by html_svg
        inside = in_table or tag in ("td", "th")
        stack += [(child, style, inside) for child in reversed(list(wrapper.iter_children()))]
    return out


class _Looker:
    def __init__(self, variants: tuple[frozenset[int], ...]) -> None:
        self.variants = variants
        self.known: dict[tuple[Any, ...], _Style] = {}

    def style(
        self, element: lxml.etree._Element, tag: str, matched: Sequence[tuple[Any, int, str | None, Rule]],
        parent: _Style | None, in_table: bool, wrapper: cssselect2.ElementWrapper,
    ) -> _Style:  # fmt: skip
        basic = basic_values(element, tag)
        above = wrapper.parent.etree_element if wrapper.parent is not None else None
        first = tag in _BLOCKS and wrapper.index == 0 and not (above is not None and (above.text or "").strip())
        orders = tuple(order for _, order, name, _ in matched if name is None)
        inline = element.get("style") or ""
        key = (id(parent), tag, orders, inline, in_table, first, tuple(basic.items()))
        style = self.known.get(key)
        if style is None:
            if len(self.known) >= MOST_STYLES:
                raise AuditError(f"The HTML file holds more than {MOST_STYLES:,} different styles and was not read.")
            rules = [rule for _, _, name, rule in matched if name is None]
            style = self.known[key] = self.judged(rules, inline, basic, parent, _At(tag, in_table, first))
        return style

    def judged(
        self, rules: Sequence[Rule], inline: str, basic: Mapping[str, str], parent: _Style | None, at: _At
    ) -> _Style:
        declared: list[Declaration] = []
        understood = True
        if inline:
            declared, understood = declarations_of(inline)
        found: list[Values] = []
        reasons: dict[str, str] = {}
        unseen = ""
        known: dict[tuple[int, tuple[bool, ...]], Values] = {}
        for number, variant in enumerate(self.variants):
            above = parent.variants[number] if parent else None
            key = (id(above), tuple([variant.issuperset(rule.conditions) for rule in rules if rule.conditions]))
            values = known.get(key)
            if values is None:
                values = known[key] = cascade(above, basic, rules, declared, variant)
                for name, why in faults(values, above, at):
                    reasons.setdefault(name, why)
                unseen = unseen or _text_unseen(values)
            found.append(values)
        if not understood:
            reasons["style"] = "its style attribute is not understood"
        gone = next(iter(reasons.values()), "")
        covers = any(name not in _HIDING and name != "opacity" for name in reasons)
        return _Style(tuple(found), Sight(gone, covers, unseen) if gone or unseen else PLAIN)


def _text_unseen(values: Values) -> str:
    """Why text that stands in an element itself is not seen."""
    if values.own.get("visibility", "visible") != "visible":
        return "it is not visible (visibility)"
    size, ink, ground = values.size, values.ink, values.ground
    if size is None:
        return "its size is not worked out"
    if size < LEAST_SIZE:
        return f"it is {size:.3g} px high"
    if ink is None:
        return "its colour is not worked out"
    if ink[1] < LEAST_OPACITY:
        return "its colour is transparent"
    if ground is None:
        return "the colour behind it is not worked out"
    if contrast(ink[0], ground) < LEAST_CONTRAST:
        return "it is drawn in the colour of its ground"
    return ""


def _pseudo(found: Sequence[tuple[str, Rule]]) -> Iterator[str]:
    """What rules for parts of an element (::before, ::first-letter …) print or change."""
    for name, rule in found:
        kind = str(name)
        if kind in ("selection", "placeholder", "backdrop", "-moz-selection", "spelling-error", "grammar-error"):
            continue
        values = {one: value for one, value, _ in rule.declarations if not one.startswith("--")}
        content = values.pop("content", "none")
        if kind in ("before", "after", "marker"):
            text = generated(content)
            if text.strip():
                yield f"a style sheet prints “{text.strip()[:40]}”, which is no text of the page"
                continue
            if kind != "marker" and content in ("none", "normal"):
                continue
        elif kind not in ("first-letter", "first-line"):
            yield f"a style sheet changes a part of it (::{kind})"
            continue
        for _, why in faults(Values(values, {}, {}, filled=True), None, _At("span", True, False)):
            yield f"a part of it (::{kind}): {why}"
        if kind.startswith("first") and values.keys() & {"color", "font-size", "visibility", "opacity"}:
            yield f"a style sheet gives a part of it (::{kind}) another colour or size"
