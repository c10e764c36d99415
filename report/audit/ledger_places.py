"""Where a block of the ledger stands, in words that a person can follow."""

from __future__ import annotations

from report.audit.expected import Expected, ExpectedBlock


def describe(expected: Expected, block: ExpectedBlock) -> str:
    """Where a block of the ledger stands, in words."""
    parts = [block.section] if block.section else []
    if block.kind == "cell" and block.table:
        base_row, base_column = expected.table_bases.get(block.table, (0, 0))
        row, column = (block.row or 0) + base_row, (block.column or 0) + base_column
        parts.append(f"{table_label(expected, block.table)}, row {row}, column {column}")
    elif block.kind == "figure":
        parts.append(figure_label(expected, block.figure))
    elif block.kind == "alt":
        parts.append(f"{figure_label(expected, block.figure)}, text alternative")
    elif block.kind == "paragraph":
        parts.append(f"paragraph {block.paragraph}")
    elif block.table:
        parts.append(f"{table_label(expected, block.table)}, {block.kind}")
    elif block.figure:
        parts.append(f"{figure_label(expected, block.figure)}, {block.kind}")
    elif block.kind == "heading":
        parts.append(f"heading “{block.text}”" if block.text != block.section else "heading")
    else:
        parts.append(block.kind)
    return ", ".join(parts)


def table_label(expected: Expected, name: str) -> str:
    if name not in expected.numbers:
        return name
    kind = "Supplementary table S" if name in expected.supplement else "Table "
    return f"{kind}{expected.numbers[name]}"


def figure_label(expected: Expected, name: str | None) -> str:
    return f"Figure {expected.numbers[name]}" if name in expected.numbers else (name or "figure")
