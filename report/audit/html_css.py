"""The style sheets of an HTML file, and what they make of each element: the cascade, for every medium and width of
page in which the file may be read.

Sheets are parsed by tinycss2 and selectors matched by cssselect2; what follows here is the order of rules (CSS Cascade
4: importance, specificity, order), inheritance, custom properties, and shorthands as far as they concern what a reader
sees. What a sheet holds that is not worked out (imports, fonts of its own, layers, nested rules …) is a fault of the
sheet, never passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

import cssselect2
import tinycss2

RGB = tuple[float, float, float]
Declaration = tuple[str, str, bool]
"""Name, value, and whether it is important."""

MOST_VARIANTS = 64
"""Combinations of media, widths and conditions that are worked out; a paper has half a dozen."""
SCREENS = (400.0, 1280.0)
"""Widths of page, in px, at which a file is read in any case."""
ROOT_SIZE = 16.0
"""The size of text that browsers begin with, in px."""

INHERITED = frozenset(
    (
        "color", "direction", "font-family", "font-variant", "font-variant-numeric", "font-feature-settings",
        "letter-spacing", "line-height", "list-style-image", "list-style-type", "text-indent", "text-shadow",
        "visibility", "word-spacing", "writing-mode", "-webkit-text-fill-color", "text-transform", "white-space",
    )
)  # fmt: skip
_UNITS = {
    "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54,
}  # fmt: skip
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z%]*)\Z")
_VAR = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)", re.IGNORECASE)
_FONT = re.compile(
    r"(?:^|\s)((?:xx?-)?(?:small|large)|medium|smaller|larger|xxx-large|[\d.]+(?:[a-z]+|%)|0)(?:\s*/\s*(\S+))?\s+(\S.*)$"
)
_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0, "xxx-large": 48.0,
}  # fmt: skip
_FEATURE = re.compile(r"\(\s*(min-width|max-width)\s*:\s*([^()]*?)\s*\)")


@dataclass(slots=True)
class Values:
    """What an element has in one variant: declared and inherited values by property, custom properties, and what was
    worked out of them."""

    own: dict[str, str]
    custom: dict[str, str]
    inherited: dict[str, str]
    """Those of `own` that its children inherit."""
    size: float | None = ROOT_SIZE
    """Size of text in px; None where it cannot be told."""
    root: float = ROOT_SIZE
    """Size of the root's text."""
    opacity: float = 1.0
    """With that of all that it stands in."""
    ink: tuple[RGB, float] | None = ((0.0, 0.0, 0.0), 1.0)
    ground: RGB | None = (1.0, 1.0, 1.0)
    """The colour behind its text."""
    filled: bool = False
    """It has a ground of its own."""

    def px(self, value: str, of: float | None = None) -> float | None:
        """A length in px; a percentage of `of`."""
        return length(value, self.size or ROOT_SIZE, self.root, of)


@dataclass(frozen=True, slots=True)
class Rule:
    """The declarations of one rule, and the conditions (by their place in `Sheets.conditions`) that it hangs on."""

    declarations: tuple[Declaration, ...]
    conditions: tuple[int, ...]


@dataclass(slots=True)
class Sheets:
    """All style sheets of a file."""

    matcher: cssselect2.Matcher = field(default_factory=cssselect2.Matcher)
    conditions: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What could not be worked out, as clauses."""
    page_texts: list[str] = field(default_factory=list)
    """Texts that rules for pages print in the margins."""

    variants: tuple[frozenset[int], ...] = (frozenset(),)
    """For each kind of medium and width of page: the conditions that hold in it."""


@lru_cache(maxsize=16)
def read_sheets(sheets: tuple[tuple[str, str], ...]) -> Sheets:
    """The style sheets of a file, in order, each as (text, media)."""
    out = Sheets()
    for text, media in sheets:
        _read_rules(out, tinycss2.parse_stylesheet(text, True, True), _condition(out, media, ()))
    out.variants = _variants(out)
    return out


def _variants(sheets: Sheets) -> tuple[frozenset[int], ...]:
    conditions = sheets.conditions
    widths = sorted({width for text in conditions for width in _breaks(text)})
    points = sorted({*SCREENS, *(near for width in widths for near in (width - 0.5, width + 0.5))})
    unknown = [k for k, text in enumerate(conditions) if _holds(text, "screen", 0.0) is None]
    states: list[frozenset[int]] = [frozenset(), frozenset(unknown), *(frozenset((k,)) for k in unknown)]
    found: dict[frozenset[int], None] = {}
    if len(points) * len(states) <= 16 * MOST_VARIANTS:
        for medium, width, state in product(("screen", "print"), points, states):
            answers = [_holds(text, medium, width) for text in conditions]
            found[frozenset(k for k, holds in enumerate(answers) if holds or (holds is None and k in state))] = None
    if not 0 < len(found) <= MOST_VARIANTS:
        sheets.faults.append("the style sheets hang on more widths and conditions than are worked out")
    return tuple(found)[:MOST_VARIANTS] or (frozenset(), frozenset(range(len(conditions))))


def _condition(out: Sheets, text: str, outer: tuple[int, ...]) -> tuple[int, ...]:
    text = " ".join(text.lower().split())
    if text in ("", "all"):
        return outer
    if text not in out.conditions:
        out.conditions.append(text)
    return (*outer, out.conditions.index(text))


def _read_rules(out: Sheets, nodes: Sequence[Any], conditions: tuple[int, ...]) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            _read_rule(out, node, conditions)
        elif node.type == "at-rule":
            name = node.lower_at_keyword
            prelude = tinycss2.serialize(node.prelude).strip()
            if name in ("media", "supports") and node.content is not None:
                inner = tinycss2.parse_rule_list(node.content, True, True)
                query = prelude if name == "media" else f"supports {prelude}"
                _read_rules(out, inner, _condition(out, query, conditions))
            elif name == "page":
                out.page_texts += _page_texts(node.content or [])
            elif name == "import":
                out.faults.append("a style sheet is brought in from elsewhere (@import)")
            elif name == "font-face":
                out.faults.append("a font of the file's own is used (@font-face), whose letters may look otherwise")
            elif name not in ("charset", "keyframes", "-webkit-keyframes", "-moz-keyframes"):
                out.faults.append(f"a style sheet holds @{name}, which is not worked out")


def _read_rule(out: Sheets, node: Any, conditions: tuple[int, ...]) -> None:
    declarations = []
    for item in tinycss2.parse_blocks_contents(node.content, True, True):
        if item.type == "declaration":
            declarations += expand(item.lower_name if not item.name.startswith("--") else item.name,
                                   tinycss2.serialize(item.value), bool(item.important))  # fmt: skip
        elif item.type in ("qualified-rule", "at-rule"):
            out.faults.append("a style sheet holds rules within rules, which are not worked out")
    if not declarations:
        return
    if _is_slow(node.prelude):
        out.faults.append("a style sheet's selectors look at all siblings or at what is inside (~, :has, of-type)")
        return
    try:
        selectors = cssselect2.compile_selector_list(node.prelude)
    except cssselect2.SelectorError:
        selector = tinycss2.serialize(node.prelude).strip()
        out.faults.append(f"a style sheet's selector is not understood: {selector[:60]}")
        return
    rule = Rule(tuple(declarations), conditions)
    for selector in selectors:
        out.matcher.add_selector(selector, rule)


def _is_slow(prelude: Sequence[Any]) -> bool:
    """Selectors whose cost grows with the square of the file. They are not worked out."""
    for token in prelude:
        name = str(getattr(token, "lower_value", "") or getattr(token, "lower_name", "") or getattr(token, "value", ""))
        if name in ("~", "has") or name.endswith("of-type"):
            return True
        inner = getattr(token, "arguments", None) or getattr(token, "content", None)
        if isinstance(inner, list) and token.type != "[] block" and _is_slow(inner):
            return True
    return False


def _page_texts(content: Sequence[Any]) -> Iterator[str]:
    """The texts that `@page` prints; page counters stand for themselves."""
    for item in tinycss2.parse_blocks_contents(content, True, True):
        if item.type == "at-rule" and item.content:
            yield from _page_texts(item.content)
        elif item.type == "declaration" and item.lower_name == "content":
            yield generated(tinycss2.serialize(item.value))


def generated(value: str) -> str:
    """The text that a `content` property prints; what it takes from elsewhere is told as it stands there."""
    out = []
    for token in tinycss2.parse_component_value_list(value, True):
        if token.type == "string":
            out.append(token.value)
        elif token.type == "ident" and token.lower_value in ("none", "normal", "inherit", "initial", "unset"):
            continue
        elif token.type == "function" and token.lower_name == "counter":
            name = tinycss2.serialize(token.arguments).split(",")[0].strip()
            out.append("" if name in ("page", "pages") else tinycss2.serialize([token]))
        elif token.type != "whitespace":
            out.append(tinycss2.serialize([token]))
    return "".join(out)


# -- media -----------------------------------------------------------------------------------------------------------


def _breaks(text: str) -> Iterator[float]:
    for _, value in _FEATURE.findall(text):
        width = length(value, ROOT_SIZE, ROOT_SIZE)
        if width is not None:
            yield width


def _holds(text: str, medium: str, width: float) -> bool | None:
    """Does a media query hold? None where that hangs on what is not known here (colours, support of a feature …)."""
    answers = [_query_holds(query.strip(), medium, width) for query in text.split(",")]
    return True if True in answers else None if None in answers else False


def _query_holds(query: str, medium: str, width: float) -> bool | None:
    if query.startswith("supports"):
        return None
    holds = True
    for name, value in _FEATURE.findall(query):
        limit = length(value, ROOT_SIZE, ROOT_SIZE)
        if limit is None:
            return None
        holds = holds and (width >= limit if name == "min-width" else width <= limit)
    words = _FEATURE.sub(" ", query).replace(" and ", " ").split()
    kinds = [word for word in words if word not in ("only", "and", "not", "all")]
    if any(kind in ("(", ")", "or") or "(" in kind or ")" in kind for kind in kinds):
        return None
    holds = holds and all(kind == medium for kind in kinds)
    return not holds if "not" in words else holds


# -- declarations ----------------------------------------------------------------------------------------------------


def declarations_of(style: str) -> tuple[list[Declaration], bool]:
    """The declarations of a style attribute, and whether all of it was understood."""
    found: list[Declaration] = []
    items = tinycss2.parse_blocks_contents(style, True, True)
    for item in items:
        if item.type == "declaration":
            name = item.name if item.name.startswith("--") else item.lower_name
            found += expand(name, tinycss2.serialize(item.value), bool(item.important))
    return found, all(item.type in ("declaration", "error") for item in items)


def expand(name: str, value: str, important: bool) -> list[Declaration]:
    """A declaration as declarations of single properties; what is no shorthand stays as it is."""
    if name.startswith("--"):
        return [(name, value.strip(), important)]
    value = " ".join(value.lower().split())
    pairs: list[tuple[str, str]]
    if name in ("margin", "padding", "inset"):
        sides = _split(value)
        four = [sides[0], sides[1 % len(sides)], sides[2 % len(sides)] if len(sides) > 2 else sides[0],
                sides[3] if len(sides) > 3 else sides[1 % len(sides)]] if sides else [""] * 4  # fmt: skip
        names = ("top", "right", "bottom", "left")
        pairs = [(side if name == "inset" else f"{name}-{side}", one) for side, one in zip(names, four, strict=True)]
    elif name == "overflow":
        both = _split(value)
        pairs = [("overflow-x", both[0] if both else ""), ("overflow-y", both[-1] if both else "")]
    elif name == "background":
        pairs = _background(value)
    elif name == "font":
        match = _FONT.search(value)
        pairs = [("font", value)]
        if match:
            size, line, family = match.groups()
            pairs = [("font-size", size), ("line-height", line or "normal"), ("font-family", family)]
    elif name == "list-style":
        words = _split(value)
        image = next((word for word in words if "(" in word), "none")
        kinds = [word for word in words if word not in ("inside", "outside", image)]
        pairs = [("list-style-type", kinds[0] if kinds else "disc"), ("list-style-image", image)]
    elif name == "text-decoration":
        pairs = [("text-decoration-line", value)]
    else:
        pairs = [(name, value)]
    return [(one, text, important) for one, text in pairs]


def _split(value: str) -> list[str]:
    """A value's parts at blanks that stand in no bracket."""
    return re.findall(r"(?:[^\s()]|\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\))+", value)


def _background(value: str) -> list[tuple[str, str]]:
    """Colour and picture of a `background`; where it is more than a colour, all of it is kept as the picture."""
    parts = _split(value)
    if not parts or parts == ["none"]:
        return [("background-color", "transparent"), ("background-image", "none")]
    if len(parts) == 1 and (parts[0].startswith("var(") or parts[0] in _KEYWORDS or colour(parts[0]) is not None):
        return [("background-color", parts[0]), ("background-image", "none")]
    colours = [part for part in parts if colour(part) is not None]
    return [("background-color", colours[-1] if colours else "transparent"), ("background-image", value)]


_KEYWORDS = frozenset(("inherit", "initial", "unset", "revert", "revert-layer"))


@lru_cache(maxsize=4096)
def length(value: str, em: float, rem: float, of: float | None = None) -> float | None:
    """A length in px; a percentage of `of`. None for `auto`, `calc(…)` and all else that is no plain length."""
    match = _LENGTH.match(value)
    if match is None:
        return None
    number, unit = float(match[1]), match[2]
    if unit in _UNITS:
        return number * _UNITS[unit]
    if unit == "":
        return 0.0 if number == 0 else None
    if unit == "%":
        return None if of is None else number / 100 * of
    return (
        number * {"em": em, "rem": rem, "ex": em / 2, "ch": em / 2}[unit] if unit in ("em", "rem", "ex", "ch") else None
    )


@lru_cache(maxsize=4096)
def colour(value: str) -> tuple[RGB, float] | None:
    """Red, green, blue (0 to 1) and opacity of a colour, None for what is none (currentcolor, system colours …)."""
    from tinycss2.color4 import parse_color

    try:
        found = parse_color(value)
        if found is None or isinstance(found, str):
            return None
        red, green, blue = (min(max(float(part or 0), 0.0), 1.0) for part in found.to("srgb").coordinates)
        return (red, green, blue), float(found.alpha)
    except (NotImplementedError, TypeError, ValueError, ZeroDivisionError):
        return None


# -- the cascade -----------------------------------------------------------------------------------------------------


def cascade(
    parent: Values | None, basic: Mapping[str, str], rules: Sequence[Rule], inline: Sequence[Declaration],
    variant: frozenset[int],
) -> Values:  # fmt: skip
    """The values of an element in one variant.

    Args:
        parent: the values of its parent; None for the root.
        basic: what browsers give it by themselves.
        rules: the rules that match it, in ascending order of precedence.
    """
    declared = dict(basic)
    own = [rule.declarations for rule in rules if variant.issuperset(rule.conditions)]
    own.append(tuple(inline))
    for weight in (False, True):
        for declarations in own:
            declared.update({name: value for name, value, important in declarations if important is weight})
    custom = parent.custom if parent else {}
    fresh = {name: value for name, value in declared.items() if name.startswith("--")}
    if fresh:
        custom = {**custom, **fresh}
    above = parent.inherited if parent else {}
    out = dict(above)
    for name, value in declared.items():
        if name in fresh:
            continue
        if "var(" in value.lower():
            out.update({one: text for one, text, _ in expand(name, _resolved(value, custom), False)})
        elif value not in _KEYWORDS:
            out[name] = value
        elif value == "inherit" and parent is not None and name in parent.own:
            out[name] = parent.own[name]
        elif value == "initial" or name not in above:
            out.pop(name, None)
    values = Values(out, custom, {name: value for name, value in out.items() if name in INHERITED})
    _work_out(values, parent)
    return values


def _resolved(value: str, custom: Mapping[str, str]) -> str:
    for _ in range(10):
        if "var(" not in value.lower() or len(value) > 2000:
            break
        value = _VAR.sub(lambda match: custom.get(match[1], match[2] or ""), value)
    return value


def _work_out(values: Values, parent: Values | None) -> None:
    own = values.own
    above = parent.size if parent else ROOT_SIZE
    root = parent.root if parent else ROOT_SIZE
    size = own.get("font-size")
    if size is None:
        values.size = above
    elif size in _SIZES:
        values.size = _SIZES[size]
    elif size in ("smaller", "larger"):
        values.size = None if above is None else above / 1.2 if size == "smaller" else above * 1.2
    else:
        values.size = length(size, above or ROOT_SIZE, root, above or ROOT_SIZE)
    values.root = root if parent else values.size or ROOT_SIZE
    values.opacity = (parent.opacity if parent else 1.0) * _share(own.get("opacity", "1"))
    ink = own.get("-webkit-text-fill-color", "currentcolor")
    if ink == "currentcolor":
        ink = own.get("color", "black")
    values.ink = colour(ink) if ink != "currentcolor" else parent.ink if parent else values.ink
    declared = own.get("background-color", "transparent")
    shade = values.ink if declared == "currentcolor" else colour(declared)
    ground = parent.ground if parent else values.ground
    if shade is None or (ground is None and shade[1] < 1):
        values.ground = None
    else:
        values.ground = shade[0] if ground is None else blend(shade, ground)
    values.filled = shade is None or shade[1] > 0


def _share(text: str) -> float:
    """An opacity; 0 where it is none that is understood."""
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return 0.0
    return min(max(share, 0.0), 1.0)


def blend(over: tuple[RGB, float], ground: RGB) -> RGB:
    """A colour laid over another."""
    (red, green, blue), alpha = over
    return (
        red * alpha + ground[0] * (1 - alpha), green * alpha + ground[1] * (1 - alpha),
        blue * alpha + ground[2] * (1 - alpha),
    )  # fmt: skip


def contrast(one: RGB, other: RGB) -> float:
    """The contrast ratio of two colours, from 1 (none) to 21. Source: WCAG 2.1, relative luminance."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def _luminance(rgb: RGB) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
