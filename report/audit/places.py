"""A place of a file in words."""

from __future__ import annotations

from report.audit.model import Place


def where_of(place: Place) -> str:
    """Section, then table, row and column or paragraph, then part and page, as far as the format tells them."""
    parts = [
        place.section,
        f"table {place.table}, row {place.row}, column {place.column}" if place.table else "",
        f"paragraph {place.paragraph}" if place.paragraph and not place.table else "",
        place.part if place.part != "body" else "",
        f"page {place.page}" if place.page else "",
    ]
    return ", ".join(part for part in parts if part) or "the file"
