"""The list of references of a finished file against the bibliography.

A printed reference is right when its numbers are those of its fields, in order: title, journal, year, volume, number,
pages, DOI. A style may leave out the number and the DOI, but then everywhere; it may shorten the last page ("177–89")
and may print other fields that hold numbers (edition, month, address); it may not print a number that no field holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from report.audit.errors import AuditError
from report.audit.tokens import NUMBER, NUMBER_WORD, tokenise

Fields = Mapping[str, str]

HEADINGS = frozenset(("references", "bibliography", "literature", "literature cited", "works cited", "reference list"))

ORDERS = (
    ("title", "journal", "year", "volume", "number", "pages"),
    ("title", "journal", "volume", "number", "year", "pages"),
    ("title", "journal", "volume", "number", "pages", "year"),
    ("year", "title", "journal", "volume", "number", "pages"),
)
"""Orders in which styles print the fields; Vancouver's is the first."""
MAY_LACK = frozenset(("number", "doi"))
"""Fields that a style may leave out."""
EXTRA = (
    "edition", "month", "day", "date", "chapter", "series", "isbn", "issn", "publisher", "address", "location", "note",
    "pmid", "pmcid", "eid", "urldate", "institution", "organization", "booktitle", "editor", "author", "type", "url",
)  # fmt: skip
"""Other fields whose numbers a style may print, anywhere."""
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True, slots=True)
class ReferenceFault:
    verdict: str
    text: str
    expected: str
    why: str
    field: str = ""
    """The field of the bibliography that is missing or altered."""


# -- the bibliography ------------------------------------------------------------------------------------------------


def parse_bib(text: str, name: str) -> dict[str, dict[str, str]]:
    """The entries of a BibTeX file: key to fields, in plain text."""
    entries: dict[str, dict[str, str]] = {}
    strings: dict[str, str] = {}
    for kind, body in _entries(text, name):
        if kind in ("comment", "preamble"):
            continue
        if kind == "string":
            strings.update(_fields(body, strings))
            continue
        key, _, rest = body.partition(",")
        entries[key.strip()] = _fields(rest, strings)
    return entries


def _entries(text: str, name: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"^[ \t]*@[ \t]*(\w+)[ \t\r\n]*\{", text, re.MULTILINE):
        depth, at = 1, match.end()
        for brace in re.finditer(r"\\.|[{}]", text[at:]):
            if brace.group() == "{":
                depth += 1
            elif brace.group() == "}":
                depth -= 1
                if not depth:
                    yield match.group(1).lower(), text[at : at + brace.start()]
                    break
        else:
            raise AuditError(f"{name} is damaged: an entry of the bibliography is not closed.")


_FIELD = re.compile(r"\s*,?\s*([A-Za-z][\w:-]*)\s*=\s*")


def _fields(text: str, strings: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while (match := _FIELD.match(text, at)) is not None:
        value, at = _value(text, match.end(), strings)
        fields[match.group(1).lower()] = plain(value)
    return fields


def _value(text: str, at: int, strings: Mapping[str, str]) -> tuple[str, int]:
    out = ""
    while at < len(text):
        if text[at] in '{"':
            closing = "}" if text[at] == "{" else '"'
            depth, start, at = 0, at + 1, at + 1
            while at < len(text) and (depth or text[at] != closing):
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 2 if text[at] == "\\" else 1
            out += text[start:at]
            at += 1
        else:
            word = re.compile(r"[^,\s#}]+").match(text, at)
            if word is None:
                break
            out += strings.get(word.group().lower(), word.group())
            at = word.end()
        more = re.compile(r"\s*#\s*").match(text, at)
        if more is None:
            break
        at = more.end()
    return out, at


def plain(text: str) -> str:
    """A field without its TeX: braces, accents, dashes, escaped characters."""
    text = re.sub(r"\\[`'^\"~=.uvHckrbdt]\s*\{?\\?([A-Za-z])\}?", r"\1", text)
    text = re.sub(r"\\([%&_#$])", r"\1", text)
    text = re.sub(r"\\[A-Za-z]+\s*", "", text)
    text = text.replace("---", "—").replace("--", "–").replace("~", " ").replace("{", "").replace("}", "")
    return " ".join(text.split())


def normal_fields(fields: Mapping[str, object]) -> dict[str, str]:
    """Fields under one set of names, whether they come from BibTeX, from BibLaTeX or from the ledger."""
    out = {str(key).lower(): plain(str(value)) for key, value in fields.items() if value is not None}
    for new, old in (("journal", "journaltitle"), ("number", "issue"), ("pages", "page"), ("doi", "DOI")):
        if not out.get(new) and out.get(old):
            out[new] = out[old]
    if not out.get("year") and out.get("date"):
        out["year"] = out["date"][:4]
    if not out.get("journal") and out.get("booktitle"):
        out["journal"] = out["booktitle"]
    return out


# -- the printed list ------------------------------------------------------------------------------------------------


def is_references_heading(text: str) -> bool:
    return re.sub(r"^[\d.\s]+", "", text.strip()).rstrip(":").strip().lower() in HEADINGS


def split_entries(lines: Sequence[str], count: int) -> list[str]:
    """The lines of a printed list, gathered into its entries 1 to ``count`` and any more that go on counting.

    An entry whose number was changed is the first line with another number and a name before the next entry; one that
    is gone is an empty text. [] where no number of the list is found.
    """
    starts: list[int | None] = []
    at = -1
    for number in range(1, count + 2):
        here = _labelled(lines, number, at + 1)
        if number > count:
            starts += [here] if here is not None else []
            break
        after = _labelled(lines, number + 1, at + 1) if number < count else None
        if here is None or (after is not None and after < here):
            end = len(lines) if after is None else after
            other = (k for k in range(at + 1, end) if _OTHER_LABEL.match(lines[k]))
            here = next(other, None)
        starts.append(here)
        at = at if here is None else here
    known = [start for start in starts if start is not None]
    if not known:
        return []
    ends = dict(zip(known, [*known[1:], len(lines)], strict=True))
    return ["" if start is None else " ".join(lines[start : ends[start]]) for start in starts]


# A wrong number before a name. A page or year that a line's end has parted from its reference goes on in small letters.
_OTHER_LABEL = re.compile(r"\s*(?:[\[(]\d*[\])]|\d*[.)])\s+[^\W\d_a-z]|\s*\d+\s*$")


def _labelled(lines: Sequence[str], number: int, start: int) -> int | None:
    """The first line from ``start`` on that begins an entry of that number."""
    label = re.compile(rf"\s*(?:[\[(]{number}[\])]|{number}[.)])(?:\s|$)|\s*{number}\s*$")
    return next((k for k in range(start, len(lines)) if label.match(lines[k])), None)


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b\u2060\u2063]+", "", unicodedata.normalize("NFKC", text)).lower()


_DOI = re.compile(
    r"(?:https?\s*:\s*/\s*/\s*(?:dx\s*\.\s*)?doi\s*\.\s*org\s*/\s*|doi\s*:\s*)?10\s*\.\s*[0-9]{4,9}\s*/", re.IGNORECASE
)


def _without_doi(text: str, doi: str) -> tuple[str, str | None]:
    """The text with its DOI cut out, and a fault: the DOI that was printed instead of the right one."""
    found = _DOI.search(text)
    if found is None:
        other = re.search(r"(?:doi\s*\.\s*org\s*/|doi\s*:)\s*([0-9]\S*)", text, re.IGNORECASE)
        if other is None:
            return text, None
        return text[: other.start()] + " " + text[other.end() :], other.group(1)
    start = re.compile(r"10\s*\.").search(text, found.start())
    at = start.start() if start else found.start()
    wanted = _squeeze(doi)
    taken = ""
    position = at
    while position < len(text) and len(taken) < len(wanted):
        taken += _squeeze(text[position])
        position += 1
    rest = text[position:]
    # A digit or letter that goes on without a gap would make it another DOI.
    if wanted and taken == wanted and not re.match(r"[\w/-]", rest):
        return text[: found.start()] + " " + rest, None
    stray = re.compile(r"10\s*\.\s*[0-9]{4,9}\s*/\s*\S*").search(text, at)
    return text[: found.start()] + " " + (text[stray.end() :] if stray else rest), (
        stray.group() if stray else text[at : at + 30]
    )


def _without_url(text: str, url: str) -> str:
    wanted = _squeeze(url)
    if not wanted:
        return text
    start = re.search(r"https?\s*:", text)
    if start is None:
        return text
    taken, position = "", start.start()
    while position < len(text) and len(taken) < len(wanted):
        taken += _squeeze(text[position])
        position += 1
    return text[: start.start()] + " " + text[position:] if taken == wanted else text


def _digits(text: str) -> list[str]:
    """The number tokens of a field or of a printed reference. Dashes part them here: "177–89" are 177 and 89."""
    return [
        token.norm.lstrip("-+").rstrip("%")
        for token in tokenise(re.sub(r"[-‐‑–—−]+", " – ", text))
        if token.kind in (NUMBER, NUMBER_WORD)
    ]


def _page_forms(pages: str) -> list[list[str]]:
    """The ways in which a page range may be printed."""
    full = _digits(pages)
    forms = [full]
    if len(full) == 2 and full[0].isdigit() and full[1].isdigit():
        first, last = full
        if len(last) < len(first):
            last = first[: len(first) - len(last)] + last
        if len(last) == len(first):
            keep = next((i for i in range(len(first)) if first[i] != last[i]), len(first) - 1)
            forms = [[first, last]] + [[first, last[i:]] for i in range(1, keep + 1)]
        if [first, last] not in forms:
            forms.append([first, last])
    return forms


@dataclass(frozen=True, slots=True)
class Printed:
    """An entry of a printed list: its text, its number, the fields that the bibliography has for it, and whether the
    text should begin with the number."""

    text: str
    number: int
    fields: Fields
    labelled: bool = True


def check_references(entries: Sequence[Printed]) -> list[list[ReferenceFault]]:
    """What is wrong with each entry of a printed list. A field that the style may leave out is missing from an entry
    where more entries print it than lack it."""
    found = [check_reference(e.text, e.number, e.fields, labelled=e.labelled, may_lack=frozenset()) for e in entries]
    lacking: dict[str, int] = dict.fromkeys(MAY_LACK, 0)
    for entry, faults in zip(entries, found, strict=True):
        missing = {fault.field for fault in faults if fault.verdict == "missing"}
        for name in MAY_LACK:
            if entry.fields.get(name):
                lacking[name] += 1 if name in missing else -1
    left_out = frozenset(name for name, count in lacking.items() if count >= 0)
    return [
        check_reference(e.text, e.number, e.fields, labelled=e.labelled, may_lack=left_out)
        if any(fault.field in left_out for fault in faults)
        else faults
        for e, faults in zip(entries, found, strict=True)
    ]


_EMPTY = re.compile(r"\(\s*\)|\[\s*\]")


def check_reference(
    text: str, number: int, fields: Fields, *, labelled: bool = True, may_lack: frozenset[str] = MAY_LACK
) -> list[ReferenceFault]:
    """What is wrong with the numbers of one printed reference."""
    faults: list[ReferenceFault] = []
    body, wrong_doi = _without_doi(text, fields.get("doi", ""))
    if fields.get("doi") and body == text and wrong_doi is None and "doi" not in may_lack:
        faults.append(ReferenceFault("missing", "", fields["doi"], f"its DOI is {fields['doi']}", "doi"))
    if wrong_doi is not None:
        said = f"its DOI is {fields['doi']}" if fields.get("doi") else "the bibliography gives no DOI for it"
        faults.append(ReferenceFault("altered", wrong_doi, fields.get("doi", ""), said))
    body = _without_url(body, fields.get("url", ""))
    if _EMPTY.search(body) and not any(_EMPTY.search(value) for value in fields.values()):
        faults.append(ReferenceFault("missing", "", fields.get("number", ""), "its brackets are empty", "number"))
        may_lack |= {"number"}  # it is told already
    printed = _digits(body)
    if labelled and not re.match(r"\s*[\[(]?\d", text):
        faults.append(ReferenceFault("missing", "", str(number), f"it is reference number {number}"))
    elif labelled:
        if not printed or printed[0] != str(number):
            faults.append(
                ReferenceFault(
                    "altered", printed[0] if printed else "", str(number), f"it is reference number {number}"
                )
            )
        printed = printed[1:]
    best: list[ReferenceFault] | None = None
    for order in ORDERS:
        for pages in _page_forms(fields.get("pages", "")):
            found = _compare(printed, order, pages, fields, may_lack)
            if best is None or len(found) < len(best):
                best = found
            if not best:
                return faults
    return faults + (best or [])


def _compare(
    printed: Sequence[str], order: Sequence[str], pages: list[str], fields: Fields, may_lack: frozenset[str]
) -> list[ReferenceFault]:
    wanted: list[tuple[str, str]] = []  # token, field
    for name in order:
        tokens = pages if name == "pages" else _digits(fields.get(name, ""))
        wanted += [(token, name) for token in tokens]
    spare = [token for name in EXTRA for token in _digits(fields.get(name, ""))]
    spare += [str(_MONTHS.index(m[:3].lower()) + 1) for m in [fields.get("month", "")] if m[:3].lower() in _MONTHS]
    faults: list[ReferenceFault] = []
    at = 0
    for index, (token, name) in enumerate(wanted):
        if at < len(printed) and printed[at] == token:
            at += 1
            continue
        # an author's name or an edition may hold a number word or number that stands before
        ahead = at
        while ahead < len(printed) and printed[ahead] != token and printed[ahead] in spare:
            ahead += 1
        if ahead < len(printed) and printed[ahead] == token:
            for used in printed[at:ahead]:
                spare.remove(used) if used in spare else None
            at = ahead + 1
            continue
        if name in may_lack:
            # left out by the style, unless the next thing printed stands in its place
            following = wanted[index + 1][0] if index + 1 < len(wanted) else None
            if at >= len(printed) or printed[at] == following:
                continue
        if at < len(printed):
            if printed[at] in [t for t, _ in wanted[index + 1 :]]:
                faults.append(ReferenceFault("missing", "", token, f"its {name} is {fields.get(name, token)}", name))
            else:
                faults.append(
                    ReferenceFault("altered", printed[at], token, f"its {name} is {fields.get(name, token)}", name)
                )
                at += 1
        else:
            faults.append(ReferenceFault("missing", "", token, f"its {name} is {fields.get(name, token)}", name))
    for token in printed[at:]:
        if token in spare:
            spare.remove(token)
        else:
            faults.append(
                ReferenceFault("unaccounted", token, "", "no field of its entry in the bibliography holds it")
            )
    return faults
