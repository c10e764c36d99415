"""The filled checklist as a record, checklist.json, and what is told of it on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from report.checklist.guidelines import guideline
from report.checklist.page import owed_sentence, said
from report.checklist.states import Checklist, State, owed_items

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
        "owed": [owed_sentence(of, state) for of, state in owed_items(checklists)],
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _item(state: State) -> dict[str, Any]:
    places = [
        {
            "section": p.section,
            "page": p.page,
            "line": p.line,
            "paragraph": p.paragraph,
            "text": p.text,
            "sentences": p.sentences,
        }
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
    """A sentence for each item that the author owes, as the record holds them."""
    return tuple(record["owed"])
