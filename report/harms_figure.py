"""The dot plot of adverse events: texts from its template, positions from the results."""

from __future__ import annotations

from report.context import Context
from report.drawing import Drawn, Texts, lines_of
from report.emit import Emitter
from report.figures.harms import HarmDifference, HarmRow, HarmsDiagram
from report.markdown import to_plain

FIGURE = "figure-harms"


def describe_harms(rendered: str, context: Context) -> Drawn:
    """The dot plot: 'key' names an arm, 'group' a class, 'row' a term with, after ' = ', the stem of its statistics."""
    emit, text = context.emit, Texts(context.emit)
    single: dict[str, str] = {}
    arms: list[str] = []
    rows: list[HarmRow] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key == "key":
            arms.append(text(value))
        elif key == "group":
            rows.append(HarmRow(text(value)))
        elif key == "row":
            label, _, stem = value.rpartition(" = ")
            rows.append(_row(emit, context, text(label), to_plain(stem, str)[0]))
        else:
            single[key] = text(value)
    diagram = HarmsDiagram(
        id=FIGURE,
        title="Adverse events",
        description=to_plain(single["alt"], lambda i: emit.entries[i].text)[0],
        arms=tuple(arms),
        rows=tuple(rows),
        percent_head=single["percent"],
        difference_head=single["difference"],
        left=single.get("left", ""),
        right=single.get("right", ""),
    )
    return Drawn(FIGURE, single["caption"], single["alt"], diagram, text.labels)


def _row(emit: Emitter, context: Context, label: str, stem: str) -> HarmRow:
    def value(name: str) -> float | None:
        found = emit.value(name) if emit.has(name) else None
        return None if found is None else float(found)

    differences = (
        HarmDifference(
            context.arms.index(c.arm),
            *(value(f"{stem}.{c.id}.{part}") for part in ("risk_difference", "rd_ci_low", "rd_ci_high")),
        )
        for c in context.contrasts
    )
    return HarmRow(label, tuple(value(f"{stem}.{g}.percent") for g in context.arms), tuple(differences))
