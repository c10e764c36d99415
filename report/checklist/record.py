"""The filled checklist as a record, checklist.json, and what is told of it on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from report.checklist.guidelines import guideline
from report.checklist.page import said
from report.checklist.states import OWED, Checklist, State

SCHEMA = "everynumber/checklist/1"


def to_json(checklists: Sequence[Checklist]) -> str:
    """Each item with its state, the keys to fill, and the places that were found with their words."""
    record = {
        "schema": SCHEMA,
        "guidelines": [
            {
                "id": one.guideline,
                "name": guideline(one.guideline).name,
                "attribution": guideline(one.guideline).attribution,
                "items": [_item(state) for state in one.states],
            }
            for one in checklists
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _item(state: State) -> dict[str, Any]:
    places = [
        {"section": p.section, "page": p.page, "line": p.line, "paragraph": p.paragraph, "text": p.text}
        for p in state.places
    ]
    return {
        "item": state.item.id,
        "topic": state.item.topic,
        "state": state.state,
        "said": said(state),
        "keys": list(state.keys),
        "places": places,
    }


def summary_of(record: Mapping[str, Any]) -> str:
    """'CONSORT 2025: 33 reported at, 5 not applicable, 4 author input needed' for each guideline of a record."""
    parts = []
    for one in record["guidelines"]:
        counts: dict[str, int] = {}
        for item in one["items"]:
            counts[item["state"]] = counts.get(item["state"], 0) + 1
        parts.append(f"{one['name']}: {', '.join(f'{count} {state}' for state, count in counts.items())}")
    return "; ".join(parts)


def owed_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each item of CONSORT (the last of a record's guidelines) that the author owes."""
    items = record["guidelines"][-1]["items"]
    return tuple(owed_sentence(one["item"], one["topic"], one["keys"]) for one in items if one["state"] == OWED)


def owed_sentence(item: str, topic: str, keys: Sequence[str]) -> str:
    """'Item 18 (Allocation concealment mechanism): fill reporting.concealment.'"""
    return f"Item {item} ({topic}): fill {', '.join(keys)}."
