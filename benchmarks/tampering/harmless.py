"""Edits that make nothing wrong: the audit may count them or ask for a look, but must find nothing.

`prose` touches no number and no claim: not even a look is due. `reworded` writes a sentence anew round numbers that
stay right: that may be for a look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.tampering.classes import Case, Change, Tampering

_SYNONYMS = {
    "chiefly": "mainly", "therefore": "thus", "particularly": "especially", "widely": "commonly",
    "prescribing": "product", "drugs": "medicines", "drug": "medicine", "literature": "published work",
    "concomitant": "concurrent", "aim": "purpose", "reasoned": "argued", "routine": "usual", "discretion": "judgement",
    "illustrates": "shows", "attack": "episode", "laid down": "set out", "carried out": "conducted",
    "department": "unit", "expectations": "beliefs", "chose": "picked", "kinds": "types", "examined": "looked into",
    "written": "composed", "guide": "pointer", "conflict": "disagree",
}  # fmt: skip
_PLAIN = re.compile(r"\d")


def _quiet(case: Case, node: int, start: int, end: int) -> bool:
    """No number, no entry of the ledger in a stretch of a paragraph of the text."""
    if case.paper.zone(node, start) not in ("text", "abstract", "notes", "captions"):
        return False
    if _PLAIN.search(case.text(node)[start:end]):
        return False
    return not any(s.node == node and s.start < end and s.end > start for s in case.paper.shown)


def prose(case: Case) -> Iterator[Tampering]:
    """Words for words of the same meaning, a harmless sentence taken away or added, where no number stands."""
    for node, seen in enumerate(case.paper.nodes):
        block = case.paper.block(node, 0)
        if seen.kind in ("cell", "figure", "alt", "reference", "heading", "header", "footer") or block is None:
            continue
        if case.paper.ledger["blocks"][block]["kind"] != "paragraph":
            continue
        for low, high in case.paper.sentences(node):
            if not _quiet(case, node, low, high):
                continue
            text = seen.text[low:high]
            for old, new in _SYNONYMS.items():
                for match in re.finditer(rf"\b{old}\b", text):
                    at = low + match.start()
                    yield Tampering("prose", f"{old} to {new}", (Change(node, at, at + len(old), old, new),))
            if not re.search(
                r"\b(?:not|no|nor|none|cannot|without|neither|never|may|might|can|could|differen)", text, re.I
            ):
                yield Tampering("prose", "a plain sentence taken away", (Change(node, low, high, text, ""),))
            yield Tampering(
                "prose", "a plain sentence added",
                (Change(node, high, high, "", " The same holds for the wording of this part."),),
            )  # fmt: skip


_REWORDINGS = (
    (r"^In the (\S+(?: \+ \S+)?) group the mean score was", r"The mean score in the \1 group was"),
    (r"Follow-up lasted a median of (\S+) days", r"The median length of follow-up was \1 days"),
    (r"^At (\d+) months, (\w+) was available for", r"\2 at \1 months could be had for"),
    (r"^Adverse reactions were recorded in", "We saw adverse reactions in"),
    (r"^By (\d+) months, there were", r"In the first \1 months we counted"),
    (r"Patients enrolled from", "All those who were enrolled from"),
    (r"^Enrolment ran from", "Patients were enrolled from"),
    (
        r"Insurance claims of adults in (\w+) gave an incidence of",
        r"In \1, claims data of adult persons yielded an incidence of",
    ),
    (r"^Serious events were recorded in", "As for serious events, these were seen in"),
    (r"^Attacks continue under treatment in many patients:", "Even treated patients go on having attacks:"),
    (r"^Azathioprine and mycophenolate mofetil reduced", "Both drugs reduced"),
    (r"^The dose was", "They were given"),
    (r"^The planned duration was", "Treatment was planned to last"),
    (r"^On recurrences the literature is wide apart\. ", ""),
)  # fmt: skip


def reworded(case: Case) -> Iterator[Tampering]:
    """Sentences with numbers written anew, every number and claim kept."""
    for node in range(len(case.paper.nodes)):
        if case.paper.zone(node, 0) not in ("text", "abstract"):
            continue
        for low, high in case.paper.sentences(node):
            text = case.text(node)[low:high]
            for pattern, new in _REWORDINGS:
                match = re.search(pattern, text)
                if match:
                    said, other = match.group(), match.expand(new)
                    at = low + match.start()
                    yield Tampering(
                        "reworded", f"{said!r} to {other!r}", (Change(node, at, at + len(said), said, other),)
                    )
