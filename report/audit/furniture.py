"""What a format adds to the text: running headers and footers, page numbers, repeated table headers and notices.

None of it is waved through: a header must be the ledger's header, a page number the number of its page, a repeated
table header the table's header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from report.audit.expected import Expected
from report.audit.model import Block, Document, Place
from report.audit.tokens import is_number, tokenise
from report.audit.verdict import FileVerdict, Finding

Norms = tuple[str, ...]


def header_norms(expected: Expected) -> Norms:
    header = (expected.ledger.get("furniture") or {}).get("header") or ""
    return tuple(token.norm for token in tokenise(str(header)))


def undrafted(header: Norms, expected: Expected) -> Norms:
    """The header without the mark of a draft: a co-author may take it off. Empty where the paper is no draft."""
    draft = (expected.ledger.get("furniture") or {}).get("draft")
    return header[1:] if draft and header[:1] == ("draft",) else ()


def check_draft(expected: Expected, document: Document, verdict: FileVerdict) -> None:
    """The mark of a draft holds no number. That it is gone is told; that a file bears it whose record is of a paper
    in which nothing is owed, is for a look: one of the two is not what it says."""
    first = next((block.text for block in document.blocks if block.kind not in ("header", "footer")), "")
    told = str((expected.ledger.get("furniture") or {}).get("draft") or "")
    bears = _norms(first)[:1] == ("draft",)
    if told and not bears:
        verdict.notes.append("The notice that the paper is a draft is not at the head of the file, but in its record.")
    elif bears and not told:
        verdict.looks.append(
            Finding(
                "context", first[:60], "notice", "", "furniture.draft",
                "the file is marked as a draft, but its record is of a paper that owes nothing",
            )
        )  # fmt: skip


def repeats(expected: Expected) -> list[Norms]:
    """Texts that may stand in a file once more: notices, the header, heads of tables, headings (in a contents list)."""
    notice = str((expected.ledger.get("furniture") or {}).get("notice") or "")
    header = header_norms(expected)
    found: set[Norms] = {header, undrafted(header, expected), *expected.table_headers.values()}
    found.add(tuple(token.norm for token in tokenise(notice)))
    body = expected.body
    for block in expected.blocks:
        if block.kind in ("notice", "heading", "title") and block.last > block.first:
            found.add(tuple(body.norms[block.first : block.last]))
    heads: dict[str, dict[int, list[str]]] = {}
    for block in expected.blocks:
        if block.kind == "cell" and block.header and block.table and block.row is not None:
            rows = heads.setdefault(block.table, {})
            rows.setdefault(block.row, []).extend(body.norms[block.first : block.last])
    for table, rows in heads.items():
        # a head of several rows may come again by its last rows alone
        tail: list[str] = []
        for row in sorted(rows, reverse=True):
            tail = rows[row] + tail
            if tuple(tail) != expected.table_headers[table]:
                found.add(tuple(tail))
    found.discard(())
    return sorted(found, key=lambda norms: (-len(norms), norms))


def peel(norms: Sequence[str], known: Sequence[Norms], page: int, pages: int) -> bool:
    """Does a stretch of text consist of nothing but known repeats and page numbers?"""
    at = 0
    while at < len(norms):
        step = next((len(k) for k in known if tuple(norms[at : at + len(k)]) == k), 0)
        if not step and page:
            step = next((len(k) for k in page_labels(page, pages) if tuple(norms[at : at + len(k)]) == k), 0)
        if not step:
            return False
        at += step
    return True


def page_labels(page: int, pages: int) -> Iterator[Norms]:
    """The ways in which a page says its number."""
    here, last = str(page), str(pages)
    yield ("page", here, "of", last)
    yield (here, "of", last)
    yield ("page", here, "/", last)
    yield (here, "/", last)
    yield ("page", here)
    yield (here,)


def settle_margins(expected: Expected, document: Document, known: Sequence[Norms] = ()) -> Document:
    """The header and footer of a PDF, known by their text where the pages are too few to tell them by repetition; what
    was taken for them by repetition, but is the head of a table that runs over pages, is given back to the body."""
    if document.format != "pdf":
        return document
    header = header_norms(expected)
    document = _heads_given_back(document, header, known)
    found = {block.kind for block in document.blocks}
    if {"header", "footer"} <= found:
        return document
    pages = max(block.place.page for block in document.blocks)
    blocks: list[Block] = []
    for block in document.blocks:
        lines = block.text.split("\n")
        page = block.place.page
        if block.kind == "page" and "header" not in found and header and len(lines) > 1 and _norms(lines[0]) == header:
            blocks.append(Block("header", lines.pop(0), Place("header", page=page)))
        last = None
        labels = set(page_labels(page, pages)) if block.kind == "page" and "footer" not in found else set()
        if len(lines) > 1 and _norms(lines[-1]) in labels:
            last = Block("footer", lines.pop(), Place("footer", page=page))
        blocks.append(replace(block, text="\n".join(lines)))
        if last is not None:
            blocks.append(last)
    return replace(document, blocks=tuple(blocks))


def _heads_given_back(document: Document, header: Norms, known: Sequence[Norms]) -> Document:
    heads = set(known) - {header}
    blocks: list[Block] = []
    for block in document.blocks:
        tokens = tokenise(block.text) if block.kind == "header" else []
        norms = tuple(token.norm for token in tokens)
        own = len(header) if norms[: len(header)] == header else 0
        if norms[own:] not in heads:
            blocks.append(block)
            continue
        start = tokens[own].start
        if own:
            blocks.append(replace(block, text=block.text[:start].rstrip()))
        blocks.append(Block("page", block.text[start:], Place(page=block.place.page)))
    return replace(document, blocks=tuple(blocks))


def _norms(text: str) -> Norms:
    return tuple(token.norm for token in tokenise(text))


def check_margins(expected: Expected, document: Document, verdict: FileVerdict) -> None:
    """Headers and footers of a PDF's pages or of a Word file's parts."""
    header = header_norms(expected)
    header_text = str((expected.ledger.get("furniture") or {}).get("header") or "")
    pages = max((block.place.page for block in document.blocks), default=0)
    with_header: set[int] = set()
    for block in document.blocks:
        if block.kind not in ("header", "footer"):
            continue
        norms = tuple(token.norm for token in tokenise(block.text))
        numbers = [token for token in tokenise(block.text) if is_number(token)]
        where = block.kind + (f" of page {block.place.page}" if block.place.page else "")
        if norms == header or (document.format == "docx" and norms and norms == undrafted(header, expected)):
            with_header.add(block.place.page)
            verdict.numbers += len(numbers)
            verdict.by_class["furniture"] += len(numbers)
            continue
        if peel(norms, [header] if header else [], block.place.page, pages):
            if header and norms[: len(header)] == header:
                with_header.add(block.place.page)
            verdict.numbers += len(numbers)
            verdict.by_class["furniture"] += len(numbers)
            continue
        if block.kind == "header" and header:
            with_header.add(block.place.page)
            verdict.numbers += len(numbers)
            verdict.findings.append(
                Finding(
                    "altered", block.text, where, header_text, "furniture.header", "the running header is another text"
                )
            )
            continue
        if block.place.page and numbers and norms[:1] == ("page",):
            verdict.numbers += len(numbers)
            verdict.findings.append(
                Finding(
                    "altered",
                    block.text,
                    where,
                    f"Page {block.place.page} of {pages}",
                    "page number",
                    "it is another page",
                )
            )
            continue
        for token in numbers:
            verdict.numbers += 1
            verdict.findings.append(
                Finding(
                    "unaccounted", block.text[token.start : token.end], where,
                    str(block.place.page or ""), "", "a header or footer may hold no number but the page's",
                )
            )  # fmt: skip
    if document.page_numbers:
        verdict.numbers += document.page_numbers
        verdict.by_class["furniture"] += document.page_numbers
    with_number = any(is_number(token) for token in tokenise(header_text))
    if document.format == "html" or not (with_number or expected.ledger.get("data") == "simulated"):
        return
    if document.format == "pdf":
        # the header of a single page cannot be told from its text by repetition: it was peeled off there, or is missing
        lacking = [page for page in range(1, pages + 1) if page not in with_header]
        if lacking and pages > 1:
            where = "pages " + ", ".join(map(str, lacking)) if len(lacking) > 1 else f"page {lacking[0]}"
            verdict.findings.append(
                Finding("missing", "", where, header_text, "furniture.header", "the running header is not there")
            )
    elif not with_header:
        bare = not document.page_numbers and not any(block.kind in ("header", "footer") for block in document.blocks)
        if bare and not with_number:
            # pandoc, journals' templates and copying into a new document leave the margins behind: no number is lost,
            # and the notice in the text is checked apart; but a page that stands alone no longer tells what they are
            verdict.looks.append(
                Finding(
                    "context", "", "header", header_text, "furniture.header", "the file has neither header nor footer"
                )
            )
        else:
            verdict.findings.append(
                Finding("missing", "", "header", header_text, "furniture.header", "the running header is not there")
            )
