"""The mark of a paper whose checklist still needs input of its author: DRAFT, in a notice and in the header."""

from __future__ import annotations

import re
from dataclasses import replace

from report.checklist.states import Checklist, Facts, fill, places_of
from report.compose import Paper
from report.ledger import Block

MARK = "DRAFT"
NOTICE = (
    "Facts that the reporting guideline asks for are still to be supplied by the authors; "
    "the checklist beside this paper names them."
)
_BLOCK = "draft"
_OPENING = re.compile(r"\A(::: \{\.notice\}\n\n)?")


def foreseen(paper: Paper, facts: Facts) -> tuple[Checklist, ...]:
    """The checklists of a paper that is not rendered yet: as they will be, unless a finished file loses words."""
    return fill(facts, places_of(vars(block) for block in paper.ledger.blocks))


def owes(checklists: tuple[Checklist, ...]) -> bool:
    """Whether the author still owes an item of a checklist."""
    return any(one.debts for one in checklists)


def is_marked(paper: Paper) -> bool:
    return bool(paper.ledger.furniture.get("draft"))


def marked(paper: Paper) -> Paper:
    """The paper with the mark in its running header and in a notice above everything else, each once."""
    if is_marked(paper):
        return paper
    header = f"{MARK} · {paper.header}"
    text = f"{MARK}. {NOTICE}"
    said = f"**{MARK}.** {NOTICE}\n\n"
    # With simulated data the notice stands in the same frame as theirs, which stays in sight on a screen.
    body = _OPENING.sub(lambda found: (found.group(1) or "::: {.notice}\n\n") + said, paper.body, count=1)
    if not paper.body.startswith("::: {.notice}"):
        body = body.replace(said, f"{said}:::\n\n", 1)
    ledger = replace(
        paper.ledger,
        furniture={**paper.ledger.furniture, "header": header, "draft": text},
        blocks=(Block(_BLOCK, "draft", "", text), *paper.ledger.blocks),
    )
    return replace(paper, body=body, header=header, draft=True, ledger=ledger)
