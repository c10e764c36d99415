"""The ledger: what the paper prints, in reading order, and where each number and claim in it comes from.

Its form is described in ``docs/contracts.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = "everynumber/ledger/1"


@dataclass(frozen=True)
class Entry:
    """One printed number, claim word or citation."""

    kind: str
    name: str
    text: str
    raw: str | None = None
    transform: str = "identity"
    rule: str = ""
    block: str = ""
    predicate: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Block:
    """A piece of text as a reader sees it; ``spans`` are (entry id, start, end) in ``text``."""

    id: str
    kind: str
    section: str
    text: str
    spans: tuple[tuple[str, int, int], ...] = ()
    table: str | None = None
    row: int | None = None
    column: int | None = None
    header: bool = False
    figure: str | None = None
    items: tuple[tuple[str, str, int, int], ...] = ()
    """Items of the checklist that parts of the text answer: item, what it says of it, start and end."""


@dataclass(frozen=True)
class Ledger:
    study: str
    data: str
    style: str
    hashes: Mapping[str, str]
    furniture: Mapping[str, str]
    entries: Mapping[str, Entry]
    blocks: tuple[Block, ...]
    figures: tuple[Mapping[str, Any], ...] = ()
    tables: tuple[Mapping[str, Any], ...] = ()
    references: tuple[Mapping[str, Any], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    quoted: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    overrules: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> bytes:
        """Equal content gives equal bytes."""
        record: dict[str, Any] = {"schema": SCHEMA, "study": self.study, "data": self.data, "style": self.style}
        record |= dict(self.hashes)
        record["furniture"] = dict(self.furniture)
        record["entries"] = {key: _slim(asdict(entry)) for key, entry in self.entries.items()}
        record["blocks"] = [_slim(asdict(block)) for block in self.blocks]
        for part in ("figures", "tables", "references"):
            record[part] = [dict(item) for item in getattr(self, part)]
        for part in ("constants", "quoted", "declared"):
            record[part] = dict(getattr(self, part))
        record["overrules"] = [dict(item) for item in self.overrules]
        return (json.dumps(record, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")


def _slim(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if not (v is None or v == "" or v is False or (k == "items" and not v))}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    return sha256(path.read_bytes())
