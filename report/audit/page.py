"""The record of an audit as one HTML page: each finding and change in its sentence, with filters.

The page needs nothing but itself: no address outside, no network (its own policy forbids both), style and script inside
and known to the policy by their hashes. Without scripts everything is shown and the filters are not.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

SIGNS = {
    "altered": "≠", "moved": "⇄", "missing": "−", "unaccounted": "+", "unreadable": "?", "inconsistent": "∑",
    "context": "~", "accounted": "✓", "comment": "✎",
}  # fmt: skip
"""A sign for each verdict: colour is never alone."""
MEANS = {
    "altered": "another number, sign, unit or word stands in its place, or it is not what the results say",
    "moved": "a right number in another number's place",
    "missing": "the file should hold it and does not",
    "unaccounted": "the file holds it and nothing accounts for it",
    "unreadable": "it cannot be read, or is seen otherwise than it is written",
    "inconsistent": "it contradicts another number of the paper",
    "context": "a right number whose sentence was rewritten: please look",
    "accounted": "a tracked change after which the number is as the results say",
    "comment": "a remark that holds numbers; no part of the paper, and not judged",
}
WORDS = {"pass": "Pass", "fail": "Fail", "look": "Look"}
_CHANGES = ("altered", "moved", "missing", "unaccounted", "context")
"""Verdicts that the list of changes of a Word file holds, with more than the findings tell."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One row of the page."""

    verdict: str
    now: str
    was: str
    where: str
    section: str
    sentence: str
    at: tuple[int, int]
    name: str
    why: str
    tracked: str
    by: str
    when: str
    rule: str


def page_of(record: Mapping[str, Any]) -> str:
    """The record of an audit (`to_json`, or audit.json) as a self-contained HTML page."""
    files = list(record.get("files") or ())
    title = f"Audit: {WORDS.get(str(record.get('verdict')), str(record.get('verdict')))}"
    items = [_items(file) for file in files]
    every = [item for some in items for item in some]
    body = [f"<header><h1>{_badge(str(record.get('verdict')))} {_subject(files)}</h1>", _chain(record), "</header>"]
    if every:
        body.append(_filters(every))
    body += [_file(file, some) for file, some in zip(files, items, strict=True)]
    if every:
        body.append(_legend({item.verdict for item in every}))
    policy = f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; base-uri 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="generator" content="everynumber audit">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + f"\n<script>{SCRIPT}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _subject(files: Iterable[Mapping[str, Any]]) -> str:
    names = [str(file.get("file")) for file in files]
    return escape(f"Audit of {names[0]}" if len(names) == 1 else f"Audit of {len(names)} files")


def _badge(verdict: str) -> str:
    return f'<span class="badge {escape(verdict)}">{escape(WORDS.get(verdict, verdict))}</span>'


# -- what is told -----------------------------------------------------------------------------------------------------


def _items(file: Mapping[str, Any]) -> list[_Item]:
    """What is told of a file: its findings and looks; of a Word file the changes in the stead of those they are."""
    returned = file.get("returned") or {}
    changes = list(returned.get("changes") or ())
    told = [*(file.get("findings") or ()), *(file.get("looks") or ())]
    if changes:
        told = [finding for finding in told if finding.get("verdict") not in _CHANGES]
    remarks = (
        {**comment, "verdict": "comment", "sentence": comment.get("text"), "text": ""}
        for comment in returned.get("comments") or ()
    )
    return [_item(one) for one in (*changes, *told, *remarks)]


def _item(one: Mapping[str, Any]) -> _Item:
    where = str(one.get("where") or "")
    at = one.get("at") or (0, 0)
    return _Item(
        str(one.get("verdict") or ""),
        str(one.get("now", one.get("text")) or ""),
        str(one.get("was", one.get("expected")) or ""),
        where,
        str(one.get("section") or where.partition(";")[0].partition(",")[0] or "elsewhere"),
        str(one.get("sentence", one.get("context")) or ""),
        (int(at[0]), int(at[1])),
        *(str(one.get(key) or "") for key in ("name", "why", "tracked", "by", "when", "rule")),
    )


def _file(file: Mapping[str, Any], items: list[_Item]) -> str:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.verdict] = counts.get(item.verdict, 0) + 1
    kinds = file.get("by_class") or {}
    facts = [
        f"{file.get('numbers', 0)} numbers and {file.get('claims', 0)} claims",
        ", ".join(f"{count} {escape(str(kind))}" for kind, count in kinds.items()),
    ]
    parts = [
        f'<section class="file"><h2>{_badge(str(file.get("verdict")))} {escape(str(file.get("file")))}</h2>',
        f'<p class="facts">{facts[0]}{f" <span>accounted for: {facts[1]}</span>" if facts[1] else ""}</p>',
        "".join(
            f'<span class="count {escape(v)}">{SIGNS.get(v, "")} {n} {escape(v)}</span>' for v, n in counts.items()
        ),
        _views(file),
    ]
    if items:
        parts.append(f'<ol class="items">{"".join(_row(item) for item in items)}</ol>')
    else:
        parts.append('<p class="none">Nothing was found.</p>')
    notes = [f"<li>{escape(str(note))}</li>" for note in file.get("notes") or ()]
    if notes:
        parts.append(f'<details class="notes" open><summary>Notes</summary><ul>{"".join(notes)}</ul></details>')
    return "\n".join(part for part in parts if part) + "</section>"


def _views(file: Mapping[str, Any]) -> str:
    """Both views of a Word file with tracked changes."""
    returned = file.get("returned") or {}
    rejected = returned.get("rejected")
    if not returned.get("tracked"):
        return ""
    by = ", ".join(f"{escape(str(who))} ({count})" for who, count in (returned.get("authors") or {}).items())
    rows = [("All changes accepted", str(file.get("verdict")), len(file.get("findings") or ()))]
    if rejected:
        rows.append(("All changes rejected", str(rejected["verdict"]), len(rejected.get("findings") or ())))
    cells = "".join(
        f"<tr><th scope=row>{name}</th><td>{_badge(verdict)}</td><td>{count} findings</td></tr>"
        for name, verdict, count in rows
    )
    return (
        f'<p class="facts">{returned["tracked"]} tracked changes; {returned.get("tracked_without_numbers", 0)} '
        f"stretches of changed text touch no number. {f'By {by}.' if by else ''}</p>"
        f'<table class="views">{cells}</table>'
    )


def _row(item: _Item) -> str:
    data = {"verdict": item.verdict, "tracked": _tracking(item), "author": item.by, "section": item.section}
    attributes = "".join(f' data-{key}="{escape(value)}"' for key, value in data.items())
    said = ""
    if item.verdict in ("unreadable", "inconsistent"):
        said = f"“{escape(item.now)}”" if item.now else ""
    elif item.was or item.now:
        was = f"<del>{escape(item.was)}</del>" if item.was else '<span class="nothing">nothing</span>'
        now = f"<ins>{escape(item.now)}</ins>" if item.now else '<span class="nothing">nothing</span>'
        said = f'<span class="change"><b class="mute">was</b> {was} <b class="mute">is</b> {now}</span>'
    who = " ".join(
        part
        for part in (
            escape(item.tracked),
            f"by {escape(item.by)}" if item.by else "",
            f'on <time datetime="{escape(item.when)}">{escape(item.when[:10])}</time>' if item.when else "",
        )
        if part
    )
    meta = (
        f'<span class="where">{escape(item.where)}</span>',
        f"<code>{escape(item.name)}</code>" if item.name else "",
        f'<span class="who">{who}</span>' if who else "",
        f"rule {escape(item.rule)}" if item.rule else "",
    )
    label = f"{SIGNS.get(item.verdict, '')} {escape(item.verdict)}"
    return (
        f'<li class="item {escape(item.verdict)}"{attributes}>'
        f'<div class="head"><span class="label">{label}</span>{said}</div>'
        + (f'<p class="sentence">{_sentence(item)}</p>' if item.sentence else "")
        + (f'<p class="why">{escape(item.why)}</p>' if item.why else "")
        + f'<p class="meta">{" · ".join(part for part in meta if part)}</p></li>'
    )


def _sentence(item: _Item) -> str:
    """The sentence with the number marked."""
    text, (start, end) = item.sentence, item.at
    if not 0 <= start < end <= len(text):
        return escape(text)
    mark = "<mark>" if item.now else '<mark class="gone">'
    return f"{escape(text[:start])}{mark}{escape(text[start:end])}</mark>{escape(text[end:])}"


def _tracking(item: _Item) -> str:
    return "tracked" if item.tracked else "not tracked"


def _chain(record: Mapping[str, Any]) -> str:
    """The links from the data to the files, where the whole chain was judged."""
    links = record.get("chain") or ()
    rows = "".join(
        f"<tr><th scope=row>{escape(str(link.get('link')))}</th><td>{_badge(str(link.get('verdict')))}</td>"
        f"<td>{escape(str(link.get('said') or ''))}</td></tr>"
        for link in links
    )
    return f'<table class="views">{rows}</table>' if rows else ""


def _filters(items: list[_Item]) -> str:
    def choice(key: str, label: str, values: Iterable[str]) -> str:
        found = sorted({value for value in values if value})
        if len(found) < 2:
            return ""
        options = "".join(f"<option>{escape(value)}</option>" for value in found)
        return f'<label>{label} <select data-key="{key}"><option value="">all</option>{options}</select></label>'

    chosen = [
        choice("verdict", "Verdict", (item.verdict for item in items)),
        choice("tracked", "Tracking", (_tracking(item) for item in items)),
        choice("author", "Author", (item.by for item in items)),
        choice("section", "Section", (item.section for item in items)),
    ]
    return (
        f'<form class="filters" hidden>{"".join(chosen)}<label>Search <input type="search" data-key="text"></label>'
        f'<output aria-live="polite">{len(items)} shown</output></form>'
    )


def _legend(verdicts: set[str]) -> str:
    rows = "".join(
        f'<dt><span class="label {name}">{SIGNS[name]} {name}</span></dt><dd>{MEANS[name]}</dd>'
        for name in SIGNS
        if name in verdicts
    )
    return f'<details class="legend"><summary>What the verdicts mean</summary><dl>{rows}</dl></details>'


STYLE = """
:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--ground:#fff;--card:#f6f8fa;--red:#a40e26;--amber:#7d4e00;
--green:#1a6334;--blue:#0a4f9e;--violet:#6639a6;--mark:#fff1b8}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3a424b;--ground:#0d1117;--card:#161b22;
--red:#ff8f8a;--amber:#e3b341;--green:#6fdd8b;--blue:#79b8ff;--violet:#d2a8ff;--mark:#5c4700}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1rem 1.25rem 4rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--ground);overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .25rem}
.badge{display:inline-block;padding:0 .55em;border:2px solid;border-radius:.4em;font-size:.85em;font-weight:700}
.badge.pass,.badge.accounted,.accounted .label,.label.accounted,.count.accounted{color:var(--green)}
.badge.fail,.altered .label,.label.altered,.count.altered,.missing .label,.label.missing,.count.missing,
.unaccounted .label,.label.unaccounted,.count.unaccounted{color:var(--red)}
.badge.look,.context .label,.label.context,.count.context,.moved .label,.label.moved,.count.moved{color:var(--amber)}
.unreadable .label,.label.unreadable,.count.unreadable,.inconsistent .label,.label.inconsistent,
.count.inconsistent{color:var(--violet)}
.comment .label,.label.comment,.count.comment{color:var(--blue)}
.facts{margin:.25rem 0;color:var(--soft)}.facts span{display:block;font-size:.875rem}
.count{display:inline-block;margin:0 .9rem .25rem 0;font-weight:600}
.views{border-collapse:collapse;margin:.5rem 0}.views th,.views td{padding:.2rem .8rem .2rem 0;text-align:left;
vertical-align:top}
.filters{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;padding:.6rem 0;
background:var(--ground);border-bottom:1px solid var(--line)}
.filters[hidden]{display:none}
.filters label{font-size:.875rem;color:var(--soft)}
.filters select,.filters input{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);
border-radius:.3rem;padding:.2rem .4rem;max-width:16rem}
.filters output{margin-left:auto;font-size:.875rem;color:var(--soft)}
.items{list-style:none;margin:.75rem 0;padding:0}
.item{margin:0 0 .6rem;padding:.6rem .9rem;border:1px solid var(--line);border-left:.4rem solid var(--soft);
border-radius:.3rem;background:var(--card);break-inside:avoid}
.item[hidden]{display:none}
.altered,.missing,.unaccounted{border-left-color:var(--red)}.moved,.context{border-left-color:var(--amber)}
.unreadable,.inconsistent{border-left-color:var(--violet)}.accounted{border-left-color:var(--green)}
.comment{border-left-color:var(--blue)}
span.label,span.count{border:0}
.head{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline}.label{font-weight:700}
.mute{font-weight:400;color:var(--soft);font-size:.875rem}.nothing{color:var(--soft);font-style:italic}
del,ins{font-weight:700;font-variant-numeric:tabular-nums;text-decoration-thickness:2px}
.sentence{margin:.35rem 0}.why{margin:.2rem 0}.meta,.why{font-size:.875rem;color:var(--soft)}.meta{margin:.2rem 0 0}
mark{background:var(--mark);color:inherit;font-weight:700;padding:0 .15em;border-radius:.2em;
outline:1px solid currentColor}
mark.gone{text-decoration:line-through}time{white-space:nowrap}code{font-size:.95em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dd{margin:0}
details{margin:1rem 0;color:var(--soft)}summary{cursor:pointer;color:var(--ink)}
@media(max-width:40rem){body{padding:.75rem .75rem 3rem}.filters{position:static}.filters label{flex:1 1 45%}
.filters select,.filters input{display:block;width:100%;max-width:none}.filters output{margin-left:0}
dl{grid-template-columns:1fr}}
@media print{.filters{display:none}body{max-width:none;font-size:11pt}.item{background:none}}
"""

SCRIPT = """
(function () {
  var form = document.querySelector(".filters");
  if (!form) return;
  form.hidden = false;
  var items = Array.prototype.map.call(document.querySelectorAll(".item"), function (item) {
    return { item: item, text: item.textContent.toLowerCase() };
  });
  var fields = form.querySelectorAll("[data-key]"), count = form.querySelector("output");
  function show() {
    var shown = 0;
    items.forEach(function (one) {
      var fits = Array.prototype.every.call(fields, function (field) {
        var key = field.dataset.key, value = field.value;
        if (!value) return true;
        return key === "text" ? one.text.indexOf(value.toLowerCase()) >= 0 : one.item.dataset[key] === value;
      });
      one.item.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + items.length + " shown";
  }
  form.addEventListener("input", show);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  show();
})();
"""
