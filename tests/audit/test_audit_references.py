"""The list of references: what a style leaves out everywhere, and what only one entry lacks."""

from __future__ import annotations

import pytest

from report.audit.references import Printed, check_reference, check_references, split_entries

FIELDS = [
    {
        "title": "On one",
        "journal": "Brain",
        "year": str(2010 + k),
        "volume": str(30 + k),
        "number": str(k),
        "pages": f"{100 + k}--{120 + k}",
        "doi": f"10.1000/b{k}",
    }
    for k in range(2, 6)
]


def printed(k: int, *, number: bool = True, doi: bool = True) -> str:
    issue = f"({k})" if number else ""
    return f"{k}. A B. On one. Brain. {2010 + k};{30 + k}{issue}:{100 + k}–{120 + k}." + f" doi:10.1000/b{k}." * doi


def listed(texts: list[str]) -> list[Printed]:
    return [Printed(text, k, fields) for k, (text, fields) in enumerate(zip(texts, FIELDS, strict=True), 2)]


@pytest.mark.parametrize("lack", ["number", "doi"])
def test_what_one_entry_lacks_is_missing_where_the_others_print_it(lack: str) -> None:
    texts = [printed(k, **({lack: False} if k == 3 else {})) for k in range(2, 6)]
    faults = check_references(listed(texts))
    assert [[(fault.verdict, fault.expected) for fault in some] for some in faults] == [
        [], [("missing", FIELDS[1][lack])], [], []
    ]  # fmt: skip


@pytest.mark.parametrize("lack", ["number", "doi"])
def test_what_a_style_leaves_out_everywhere_is_not_missing(lack: str) -> None:
    assert check_references(listed([printed(k, **{lack: False}) for k in range(2, 6)])) == [[], [], [], []]


def test_an_entry_whose_number_was_deleted_keeps_its_place() -> None:
    lines = [printed(2).replace("2.", "1.", 1), printed(3).replace("3.", ".", 1), printed(4).replace("4.", "3.", 1)]
    entries = split_entries(lines, 3)
    assert entries == lines
    faults = check_reference(entries[1], 2, FIELDS[1])
    assert [(fault.verdict, fault.expected) for fault in faults] == [("missing", "2")]


def test_empty_brackets_are_a_lost_number_though_no_other_entry_has_one() -> None:
    faults = check_reference(printed(3).replace("(3)", "()"), 3, FIELDS[1])
    assert [(fault.verdict, fault.expected) for fault in faults] == [("missing", "3")]
