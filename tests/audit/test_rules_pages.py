"""docs/rules.md lists exactly the rules that there are."""

from __future__ import annotations

import re
from pathlib import Path

from report.audit.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def listed() -> list[tuple[str, str, str]]:
    rows = re.findall(r"^\| `([RT]-[A-Z0-9-]+)` \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [(name, title, source) for name, title, source in rows]


def test_the_page_is_the_registry() -> None:
    assert listed() == [(rule.id, rule.title, rule.source) for rule in RULES]


def test_ids_are_unique_and_say_what_they_read() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) > 30
    assert {rule.reads for rule in RULES} == {"results", "text"}
    assert all(rule.id.startswith({"results": "R-", "text": "T-"}[rule.reads]) for rule in RULES)
