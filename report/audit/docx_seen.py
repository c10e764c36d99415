"""What of a Word file's text is seen: looks worked out from defaults, styles, tables and runs, and judged.

The order in which looks add up is that of ECMA-376, part 1, 17.7.2: document defaults, table style, paragraph style,
character style, the run itself; *vanish* and *strike* are toggles (17.7.3): of two styles that both set one, the second
undoes the first. Contrast is that of WCAG 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from report.audit.docx_parts import W14, A, Element, Package, W, number, on

LEAST_CONTRAST = 1.3
"""Ratio of luminances below which text does not stand out from its ground; black on white has 21, light grey 1.4."""
LEAST_SIZE = 4
"""Half points."""
LEAST_WIDTH = 20
"""Per cent to which letters may be squeezed."""
PICTURE_FONTS = (
    "wingdings", "webdings", "zapfdingbats", "zapf dingbats", "mt extra", "marlett", "bookshelf symbol", "opensymbol",
    "starsymbol",
)  # fmt: skip
"""Beginnings of the names of fonts in which a digit is no digit."""
_SCHEME = {
    "text1": "dk1", "dark1": "dk1", "tx1": "dk1", "background1": "lt1", "light1": "lt1", "bg1": "lt1",
    "text2": "dk2", "dark2": "dk2", "tx2": "dk2", "background2": "lt2", "light2": "lt2", "bg2": "lt2",
    "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip
_MAPPED = {"text1": "t1", "text2": "t2", "background1": "bg1", "background2": "bg2", "hyperlink": "hyperlink"}
_HIGHLIGHT = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "00008B", "darkCyan": "008B8B",
    "darkGray": "A9A9A9", "darkGreen": "006400", "darkMagenta": "800080", "darkRed": "8B0000", "darkYellow": "808000",
    "green": "00FF00", "lightGray": "D3D3D3", "magenta": "FF00FF", "red": "FF0000", "white": "FFFFFF",
    "yellow": "FFFF00",
}  # fmt: skip
DEEPEST = 50
"""How many styles one may be based on; Word allows eleven."""
UNKNOWN = "?"
"""A ground that is a picture or a pattern: nothing can be said about what stands out from it."""


class Look(NamedTuple):
    """How text looks. Colours are six hexadecimal digits; the empty string is the automatic one, which always shows."""

    vanish: bool = False
    strike: bool = False
    struck_twice: bool = False
    colour: str = ""
    size: int = 20
    ground: str = ""
    font: str = ""
    clear: bool = False
    """It is drawn with no fill, or see-through."""
    squeezed: int = 100
    spacing: int = 0
    raised: int = 0
    turned: bool = False
    """It is set from right to left."""


@dataclass(frozen=True, slots=True)
class Style:
    kind: str
    name: str
    based_on: str
    run: Element | None
    paragraph: Element | None
    element: Element


@dataclass(slots=True)
class Styles:
    """The styles of one file."""

    styles: Mapping[str, Style]
    defaults: Element | None
    theme: Mapping[str, str]
    page: str
    """The colour of the page."""
    default_paragraph: str = ""
    default_table: str = ""
    _looks: dict[tuple[object, ...], Look] = field(default_factory=dict)
    _chains: dict[str, list[Style]] = field(default_factory=dict)
    _grounds: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def chain(self, style: str) -> list[Style]:
        """A style and those it is based on, the most general first; a loop is cut, and so is a chain beyond reason."""
        known = self._chains.get(style)
        if known is None:
            known, at = [], style
            seen: set[str] = set()
            while at in self.styles and at not in seen and len(seen) < DEEPEST:
                seen.add(at)
                known.append(self.styles[at])
                at = self.styles[at].based_on
            known.reverse()
            self._chains[style] = known
        return known

    def base(self, paragraph: str, character: str, table: tuple[str, tuple[str, ...]] = ("", ())) -> Look:
        """The look that styles give: of the paragraph, of the run, and of the table with the parts of it (first row …)
        in which the cell stands."""
        key = (paragraph, character, table)
        look = self._looks.get(key)
        if look is not None:
            return look
        look = Look()
        if self.defaults is not None:
            look = self.apply(look, self.defaults)
        always = (look.vanish, look.strike)
        toggles = [False, False]
        groups: list[Iterable[Element | None]] = [
            self._table_runs(*table),
            [style.run for style in self.chain(paragraph or self.default_paragraph)],
            [style.run for style in self.chain(character)],
        ]
        for group in groups:
            look = look._replace(vanish=False, strike=False)
            for run in group:
                if run is not None:
                    look = self.apply(look, run)
            toggles = [toggles[0] ^ look.vanish, toggles[1] ^ look.strike]
        look = look._replace(vanish=always[0] or toggles[0], strike=always[1] or toggles[1])
        self._looks[key] = look
        return look

    def _table_runs(self, style: str, parts: tuple[str, ...]) -> list[Element | None]:
        whole: list[Element | None] = [one.run for one in self.chain(style)]
        return whole + [item.find(W + "rPr") for item in self._conditional(style, parts)]

    def _conditional(self, style: str, parts: tuple[str, ...]) -> list[Element]:
        return [
            item
            for part in parts
            for one in self.chain(style)
            for item in one.element.iterfind(W + "tblStylePr")
            if item.get(W + "type") == part
        ]

    def table_ground(self, style: str, parts: tuple[str, ...]) -> str:
        """The shading that a table's style gives to a cell; the empty string for none."""
        known = self._grounds.get((style, parts))
        if known is not None:
            return known
        ground = ""
        for one in self.chain(style):
            ground = self.shade(one.element.find(W + "tcPr/" + W + "shd")) or ground
            ground = self.shade(one.element.find(W + "tblPr/" + W + "shd")) or ground
        for item in self._conditional(style, parts):
            ground = self.shade(item.find(W + "tcPr/" + W + "shd")) or ground
        self._grounds[style, parts] = ground
        return ground

    def paragraph_ground(self, style: str) -> str:
        ground = ""
        for one in self.chain(style or self.default_paragraph):
            if one.paragraph is not None:
                ground = self.shade(one.paragraph.find(W + "shd")) or ground
        return ground

    def apply(self, look: Look, properties: Element) -> Look:
        """A look with the settings of an rPr over it."""
        new: dict[str, object] = {}
        for child in properties:
            tag = child.tag
            if tag == W + "color":
                new["colour"] = self.colour(child, "val", "themeColor", "themeTint", "themeShade")
            elif tag == W + "sz":
                new["size"] = number(child.get(W + "val"), 20)
            elif tag == W + "vanish":
                new["vanish"] = on(child)
            elif tag == W + "strike":
                new["strike"] = on(child)
            elif tag == W + "dstrike":
                new["struck_twice"] = on(child)
            elif tag == W + "rFonts":
                new["font"] = (child.get(W + "ascii") or child.get(W + "hAnsi") or look.font).lower()
            elif tag == W + "shd":
                new["ground"] = self.shade(child) or look.ground
            elif tag == W + "highlight":
                new["ground"] = _HIGHLIGHT.get(child.get(W + "val") or "", look.ground)
            elif tag == W + "w":
                new["squeezed"] = number(child.get(W + "val"), 100)
            elif tag == W + "spacing":
                new["spacing"] = number(child.get(W + "val"))
            elif tag == W + "position":
                new["raised"] = number(child.get(W + "val"))
            elif tag == W + "rtl":
                new["turned"] = on(child)
            elif tag == W14 + "textFill":
                if child.find(W14 + "noFill") is not None:
                    new["clear"] = True
                fill = child.find(W14 + "solidFill/" + W14 + "srgbClr")
                if fill is not None:
                    new["colour"] = _hex(fill.get(W14 + "val"))
                if any(number(a.get(W14 + "val")) >= 90_000 for a in child.iter(W14 + "alpha")):
                    new["clear"] = True
        return look._replace(**new) if new else look  # type: ignore[arg-type]

    def colour(self, element: Element, own: str, theme: str, tint: str, shade: str) -> str:
        """A colour as written, or from the theme where it names one of the theme's."""
        value = self.theme.get(element.get(W + theme) or "", "")
        if value:
            channels = [int(value[k : k + 2], 16) for k in (0, 2, 4)]
            light = _part(element.get(W + tint))
            dark = _part(element.get(W + shade))
            if dark is not None:
                channels = [round(c * dark) for c in channels]
            if light is not None:
                channels = [round(255 - (255 - c) * light) for c in channels]
            return "".join(f"{c:02X}" for c in channels)
        return _hex(element.get(W + own))

    def shade(self, element: Element | None) -> str:
        """The ground that a shading gives; the empty string where it gives none."""
        if element is None:
            return ""
        pattern = element.get(W + "val") or "clear"
        if pattern == "solid":
            return self.colour(element, "color", "themeColor", "themeTint", "themeShade") or "000000"
        fill = self.colour(element, "fill", "themeFill", "themeFillTint", "themeFillShade")
        if pattern in ("clear", "nil"):
            return fill
        return UNKNOWN


def read_styles(package: Package, parts: Mapping[str, str], body: Element | None) -> Styles:
    """The styles of a file from its parts "styles", "theme" and "settings" (kind to part), and the page's colour."""
    styles: dict[str, Style] = {}
    defaults = None
    default_paragraph = default_table = ""
    settings = package.xml(parts["settings"]) if "settings" in parts else None
    if "styles" in parts:
        root = package.xml(parts["styles"])
        defaults = root.find(W + "docDefaults/" + W + "rPrDefault/" + W + "rPr")
        for item in root.iterfind(W + "style"):
            name, kind = item.get(W + "styleId") or "", item.get(W + "type") or "paragraph"
            based_on, called = item.find(W + "basedOn"), item.find(W + "name")
            styles[name] = Style(
                kind,
                (called.get(W + "val") or "") if called is not None else "",
                (based_on.get(W + "val") or "") if based_on is not None else "",
                item.find(W + "rPr"),
                item.find(W + "pPr"),
                item,
            )
            if (item.get(W + "default") or "") in ("1", "true", "on"):
                default_paragraph = name if kind == "paragraph" else default_paragraph
                default_table = name if kind == "table" else default_table
    page = "FFFFFF"
    ground = body.getparent().find(W + "background") if body is not None else None  # type: ignore[union-attr]
    if ground is not None and settings is not None and on(settings.find(W + "displayBackgroundShape")):
        page = _hex(ground.get(W + "color")) or page
    theme = _theme(package.xml(parts["theme"]), settings) if "theme" in parts else {}
    return Styles(styles, defaults, theme, page, default_paragraph, default_table)


def _theme(root: Element, settings: Element | None) -> dict[str, str]:
    """The theme's colours by the names that Word's files call them."""
    scheme: dict[str, str] = {}
    for holder in root.iterfind(A + "themeElements/" + A + "clrScheme/*"):
        if isinstance(holder.tag, str) and len(holder):
            value = _hex(holder[0].get("val") if holder[0].tag == A + "srgbClr" else holder[0].get("lastClr"))
            if value:
                scheme[holder.tag.rpartition("}")[2]] = value
    mapping = settings.find(W + "clrSchemeMapping") if settings is not None else None
    found = {name: scheme[name] for name in scheme}
    for name, key in _SCHEME.items():
        target = key
        if mapping is not None and name in _MAPPED:
            chosen = mapping.get(W + _MAPPED[name]) or ""
            target = _SCHEME.get(chosen, chosen) or key
        if target in scheme:
            found[name] = scheme[target]
    return found


def _part(text: str | None) -> float | None:
    try:
        return int(text[:2], 16) / 255 if text else None
    except ValueError:
        return None


def _hex(text: str | None) -> str:
    value = (text or "").lstrip("#").upper()
    return value if len(value) == 6 and all(c in "0123456789ABCDEF" for c in value) else ""


@lru_cache(maxsize=1024)
def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 (the same) to 21."""
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=4096)
def unseen(look: Look, ground: str) -> str:
    """Why text of this look on this ground is not seen as it is read; the empty string where it is."""
    if look.vanish:
        return "it is hidden text"
    if look.strike or look.struck_twice:
        return "it is struck out"
    if look.clear:
        return "it is drawn without a fill, or see-through"
    if look.size < LEAST_SIZE:
        return "it is set smaller than 2 points"
    if look.squeezed < LEAST_WIDTH:
        return "its letters are squeezed to less than a fifth of their width"
    if look.spacing < 0 and -look.spacing / 20 > 0.6 * look.size / 2:
        return "its letters are drawn over each other"
    if abs(look.raised) > 8 * look.size:
        return "it is raised or lowered out of its line"
    behind = look.ground or ground
    if look.colour and behind != UNKNOWN and contrast(look.colour, behind) < LEAST_CONTRAST:
        return "its colour does not stand out from its ground"
    if look.font.startswith(PICTURE_FONTS):
        return f"it is set in the symbol font {look.font.title()}, in which a digit is not seen as one"
    return ""
