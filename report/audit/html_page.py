"""What in an HTML file can show a reader something else than its text: scripts, frames, embedded objects, forms,
references to other files, and places where programs differ in how they read the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.etree

from report.audit.html_svg import name_of

DATA_SCRIPTS = frozenset(("application/json", "application/ld+json"))
"""Types of script that hold data and are never run."""

_READ = frozenset(
    (
        "html", "head", "body", "title", "meta", "link", "style", "script", "base", "p", "div", "section",
        "article", "aside", "header", "footer", "main", "nav", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol",
        "li", "dl", "dt", "dd", "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td",
        "th", "figure", "figcaption", "blockquote", "pre", "address", "details", "summary", "hr", "hgroup",
        "search", "menu", "span", "strong", "em", "a", "b", "i", "u", "code", "kbd", "samp", "sup", "sub",
        "small", "abbr", "cite", "q", "time", "var", "mark", "ins", "del", "s", "strike", "br", "wbr", "img",
        "svg", "data", "dfn", "bdi", "bdo", "template", "noscript", "center", "tt", "big", "label",
    )
)  # fmt: skip
"""Elements whose text is read as it is seen (or that are judged apart)."""
_STANDS_IN = {
    # the children that an element of a table may have; browsers put all else before the table
    "table": frozenset(("caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "script", "style", "template")),
    "thead": frozenset(("tr", "script", "style", "template")),
    "tbody": frozenset(("tr", "script", "style", "template")),
    "tfoot": frozenset(("tr", "script", "style", "template")),
    "tr": frozenset(("td", "th", "script", "style", "template")),
    "colgroup": frozenset(("col", "template")),
}
_IN_HEAD = frozenset(("title", "meta", "link", "style", "script", "base", "template", "noscript"))
_ENDS = re.compile(
    r"</\s*(?:title|textarea|style|script|xmp|iframe|noembed|noframes|noscript|plaintext)", re.IGNORECASE
)
_ODD_MARKUP = re.compile(r"<!--+>|--!>|<!\[CDATA\[|<\?(?!xml )", re.IGNORECASE)
_RESOURCES = frozenset(("stylesheet", "preload", "import", "prefetch", "modulepreload"))
_ATTRIBUTES = {
    "background": "a picture lies behind it",
    "srcset": "other pictures may be shown in its place (srcset)",
    "slot": "a script may put it elsewhere (slot)",
    "is": "a script may draw it (is)",
}


def faults_of_markup(text: str) -> Iterator[str]:
    """Markup that programs read differently, so that one of them shows what another takes for a comment."""
    if _ODD_MARKUP.search(text):
        yield "it holds markup that programs read in different ways (odd comments, CDATA or instructions)"


def fault_of(element: lxml.etree._Element) -> str:
    """Why an element, or its attributes, may show something else than its text; empty where they do not."""
    tag = element.tag
    if not isinstance(tag, str):
        if tag is lxml.etree.Comment:
            return (
                "a comment holds the end of an element, and may end elsewhere"
                if _ENDS.search(element.text or "")
                else ""
            )
        return "it holds an instruction for a program" if tag is lxml.etree.ProcessingInstruction else ""
    name = name_of(element)
    if name not in _READ:
        return f"<{name}> shows what is not read as text"
    by_name = _BY_NAME.get(name)
    why = by_name(element) if by_name is not None else ""
    if why or not element.attrib:
        return why
    return _attributes(element)


def fault_in_drawing(element: lxml.etree._Element) -> str:
    """The same for an element of a drawing, as far as scripts go; html_svg judges what is drawn."""
    if name_of(element) == "script":
        return _script(element)
    return _attributes(element) if any(str(key).startswith("on") for key in element.attrib) else ""


def _attributes(element: lxml.etree._Element) -> str:
    for key in element.attrib:
        key = str(key)
        if key.startswith("on") and key.isalpha():
            return f"it holds a script ({key}), which can change what is shown"
        if key in _ATTRIBUTES:
            return _ATTRIBUTES[key]
    return ""


def _script(element: lxml.etree._Element) -> str:
    kind = (element.get("type") or "").split(";")[0].strip().lower()
    if kind not in DATA_SCRIPTS or element.get("src") is not None:
        return "a script can change what is shown"
    return "a script holds a comment, and may end elsewhere" if "<!--" in (element.text or "") else ""


def _style(element: lxml.etree._Element) -> str:
    if "<" in (element.text or ""):
        return "a style sheet holds markup, and may end elsewhere"
    if element.get("title") is not None:
        return "a style sheet may be one of several that a reader chooses from"
    return ""


def _link(element: lxml.etree._Element) -> str:
    kinds = set((element.get("rel") or "").lower().split())
    return "it uses a file from elsewhere (link)" if kinds & _RESOURCES else ""


def _base(element: lxml.etree._Element) -> str:
    return "it takes files and links from elsewhere (base)"


def _meta(element: lxml.etree._Element) -> str:
    kind = (element.get("http-equiv") or "").strip().lower()
    if kind in ("refresh", "content-security-policy", "default-style"):
        return "another page takes its place (refresh)" if kind == "refresh" else f"its styles may not be used ({kind})"
    scheme = (element.get("name") or "").lower() == "color-scheme" and "dark" in (element.get("content") or "")
    return "it may be shown in other colours (color-scheme)" if scheme else ""


def _title(element: lxml.etree._Element) -> str:
    return "its title holds markup, and may end elsewhere" if len(element) else ""


def _head(element: lxml.etree._Element) -> str:
    strays = [child for child in element if isinstance(child.tag, str) and name_of(child) not in _IN_HEAD]
    loose = (element.text or "").strip() or "".join(child.tail or "" for child in element).strip()
    return "browsers show what stands in its head besides titles and styles" if strays or loose else ""


def _template(element: lxml.etree._Element) -> str:
    mode = element.get("shadowrootmode") or element.get("shadowroot")
    return "a shadow tree is shown in place of its parent's text" if mode is not None else ""


def _table_part(element: lxml.etree._Element) -> str:
    allowed = _STANDS_IN[name_of(element)]
    strays = [child for child in element if isinstance(child.tag, str) and name_of(child) not in allowed]
    loose = (element.text or "").strip() or "".join(child.tail or "" for child in element).strip()
    return "browsers put what stands between the cells of a table elsewhere" if strays or loose else ""


_BY_NAME = {
    "head": _head,
    "script": _script,
    "style": _style,
    "link": _link,
    "base": _base,
    "meta": _meta,
    "title": _title,
    "template": _template,
    **dict.fromkeys(_STANDS_IN, _table_part),
}
