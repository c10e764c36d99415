"""The paper's figures: texts from templates, positions from results, the drawing itself from ``report.figures``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from report.context import Context
from report.emit import Emitter
from report.errors import ReportError
from report.figures.canvas import Figure
from report.figures.course import Course, CourseDiagram, CoursePanel
from report.figures.flow import ArmStage, Box, FlowDiagram, Line, TopStage
from report.figures.forest import Estimate, ForestDiagram, ForestGroup, ForestRow
from report.figures.graded import GradedBar, GradedDiagram, GradedPanel
from report.figures.harms import HarmsDiagram
from report.figures.outcomes import ArmSeries, Interval, OutcomePanel, OutcomesDiagram, Quartiles
from report.figures.survival import Curve, SurvivalDiagram
from report.kinds import Score, Survival
from report.ledger import Entry
from report.markdown import to_plain
from report.panels import Panels, Part
from report.trial import Forest

Diagram = FlowDiagram | OutcomesDiagram | ForestDiagram | GradedDiagram | SurvivalDiagram | HarmsDiagram | CourseDiagram
Spans = tuple[tuple[str, int, int], ...]

_SPACE = re.compile(r"\s")
"""Any space, that between thousands too: a drawing may break its lines there."""


@dataclass
class Drawn:
    """A figure's description: what to draw, and each text of it with its entries."""

    id: str
    caption: str  # Markdown with marks
    alt: str  # Markdown with marks
    diagram: Diagram
    labels: list[tuple[str, Spans]]


def lines_of(rendered: str) -> list[tuple[str, str]]:
    """(key, text) for each line of a figure's template; the key of an item '- …' is '-'."""
    out: list[tuple[str, str]] = []
    for raw in rendered.splitlines():
        line = raw.strip()
        if not line:
            continue
        if line.startswith("- "):
            out.append(("-", line[2:].strip()))
            continue
        key, colon, text = line.partition(":")
        if not colon:
            raise ReportError(f"A figure's template has a line without a key: {line!r}.")
        out.append((key.strip(), text.strip()))
    return out


class Texts:
    """Plain text of each label; remembers the labels with their entries, in the order of their use."""

    def __init__(self, emit: Emitter) -> None:
        self.emit = emit
        self.labels: list[tuple[str, Spans]] = []

    def __call__(self, markdown: str) -> str:
        text, spans = to_plain(markdown, lambda i: self.emit.entries[i].text)
        self.labels.append((text, spans))
        return text


def describe(name: str, rendered: str, context: Context, of: Forest | Survival | Part | None) -> Drawn:
    """The figure ``name`` that the lines of its template describe; ``of``: what a figure of several is about."""
    if name == "figure-flow":
        return describe_flow(rendered, context.emit)
    if name.startswith("figure-outcomes"):
        return describe_outcomes(name, rendered, context)
    if name.startswith("figure-course"):
        return describe_course(name, rendered, context)
    if name == "figure-harms":
        from report.harms_figure import describe_harms

        return describe_harms(rendered, context)
    if isinstance(of, Forest):
        return describe_forest(name, rendered, context)
    if isinstance(of, Survival):
        return describe_survival(name, rendered, context, of)
    return describe_graded(name, rendered, context)


def describe_flow(rendered: str, emit: Emitter) -> Drawn:
    """The flow diagram that the lines of its template describe."""
    text = Texts(emit)
    caption = alt = split = ""
    top: list[tuple[str, list[Line], list[Line]]] = []
    stages: list[tuple[str, list[list[Line]]]] = []
    box: list[Line] | None = None
    for key, value in lines_of(rendered):
        if key == "caption":
            caption = value
        elif key == "alt":
            alt = value
        elif key == "top":
            top.append((text(value), [], []))
        elif key == "line" and stages and box is not None:
            box.append(Line(text(value)))
        elif key in ("line", "side"):
            box = top[-1][1] if key == "line" else top[-1][2]
            box.append(Line(text(value)))
        elif key == "split":
            split = text(value)
        elif key == "stage":
            stages.append((text(value), []))
        elif key == "arm":
            box = [Line(text(value), bold=len(stages) == 1)]
            stages[-1][1].append(box)
        elif key == "-" and box is not None:
            box.append(Line(text(value), indent=1))
        else:
            raise ReportError(f"The template of the flow diagram has an unknown line '{key}'.")
    plain_alt = to_plain(alt, lambda i: emit.entries[i].text)[0]
    diagram = FlowDiagram(
        id="figure-flow",
        title="Flow of patients through the study",
        description=plain_alt,
        top=tuple(
            TopStage(label, Box(tuple(box)) if box else None, Box(tuple(side)) if side else None)
            for label, box, side in top
        ),
        arms=tuple(ArmStage(label, tuple(Box(tuple(b)) for b in boxes)) for label, boxes in stages),
        split_label=split,
    )
    return Drawn("figure-flow", caption, alt, diagram, text.labels)


def describe_outcomes(name: str, rendered: str, context: Context) -> Drawn:
    """The figure of scores before and after treatment."""
    emit = context.emit
    text = Texts(emit)
    single: dict[str, str] = {}
    panels: list[dict[str, Any]] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key in ("patients", "means"):
            single[key] = text(value)
        elif key == "panel":
            panels.append({"id": to_plain(value, str)[0], "times": [], "arms": []})
        elif key in ("times", "arm"):
            panels[-1]["times" if key == "times" else "arms"].append(text(value))
        else:
            panels[-1][key] = text(value)
    scores = {o.id: o for o in context.scores}
    diagram = OutcomesDiagram(
        id=name,
        title="Scores before and after treatment",
        description=to_plain(single["alt"], lambda i: emit.entries[i].text)[0],
        panels=tuple(_panel(panel, scores[panel["id"]], context) for panel in panels),
        patient_label=single["patients"],
        mean_label=single["means"],
    )
    return Drawn(name, single["caption"], single["alt"], diagram, text.labels)


def _found_range(pairs: Mapping[str, Any], emit: Emitter, stems: list[str]) -> tuple[float, float]:
    """The lowest and highest value of an outcome whose possible ones study.yml does not give."""
    found = [float(value) for some in pairs.values() for *two, _ in some for value in two if value is not None]
    if not pairs:
        ends = (emit.value(f"{stem}.{end}") for stem in stems for end in ("q1", "q3"))
        found = [float(value) for value in ends if value is not None]
    low, high = min(found, default=0.0), max(found, default=1.0)
    if low < high:
        return low, high
    part = abs(low) / 20  # of one value: some room round it, whatever its size
    room = part if 0 < abs(low) < 1 else max(0.5, part)
    return low - room, min(high + room, sys.float_info.max)


def _panel(panel: Mapping[str, Any], o: Score, context: Context) -> OutcomePanel:
    emit, last = context.emit, o.later[-1]
    pairs = emit.results.get("pairs", {}).get(f"{o.id}.{last}", {})
    stems = [f"{o.id}.{time}.{arm}" for time in (o.first, last) for arm in context.arms]
    pairs = pairs if context.each_patient else {}
    low, high = context.study["outcomes"][o.id].get("range") or _found_range(pairs, emit, stems)
    return OutcomePanel(
        id=o.id,
        title=panel["title"],
        axis_label=panel["axis"],
        range=(float(low), float(high)),
        times=(panel["times"][0], panel["times"][1]),
        arms=tuple(
            ArmSeries(
                label=label,
                pairs=tuple((before, after) for before, after, n in pairs.get(arm, []) for _ in range(n)),
                before=_interval(emit, f"{o.id}.{o.first}.{arm}"),
                after=_interval(emit, f"{o.id}.{last}.{arm}"),
                boxes=()
                if context.each_patient
                else tuple(_quartiles(emit, f"{o.id}.{t}.{arm}") for t in (o.first, last)),
            )
            for arm, label in zip(context.arms, panel["arms"], strict=True)
        ),
        better=panel["goal"],
        better_up=context.study["outcomes"][o.id]["better"] == "higher",
    )


def describe_course(name: str, rendered: str, context: Context) -> Drawn:
    """Means over time: the arms' names, then a panel for each score with the labels of its visits."""
    text = Texts(context.emit)
    single: dict[str, str] = {}
    arms: list[str] = []
    panels: list[dict[str, Any]] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key == "arm":
            arms.append(text(value))
        elif key == "panel":
            panels.append({"id": to_plain(value, str)[0], "visits": []})
        elif key == "visit":
            panels[-1]["visits"].append(text(value))
        else:
            panels[-1][key] = text(value)
    scores = {o.id: o for o in context.scores}
    diagram = CourseDiagram(
        id=name,
        title="Means over time",
        description=to_plain(single["alt"], lambda i: context.emit.entries[i].text)[0],
        panels=tuple(_course(panel, scores[panel["id"]], context) for panel in panels),
        arms=tuple(arms),
    )
    return Drawn(name, single["caption"], single["alt"], diagram, text.labels)


def _course(panel: Mapping[str, Any], o: Score, context: Context) -> CoursePanel:
    points, modelled = context.study["timepoints"], Panels(context).by_model(o)
    means = []
    for g in context.arms:
        stems = [(f"{o.id}.{t}.{g}", modelled and t != o.first) for t in o.all_times]
        means.append(
            Course(tuple(_least_squares(context.emit, x) if m else _interval(context.emit, x) for x, m in stems))
        )
    return CoursePanel(
        id=o.id,
        title=panel["title"],
        axis_label=panel["axis"],
        visits=tuple((label, float(points[t]["month"])) for label, t in zip(panel["visits"], o.all_times, strict=True)),
        arms=tuple(means),
        better=panel["goal"],
    )


def _least_squares(emit: Emitter, stem: str) -> Interval | None:
    mean, low, high = (_number(emit, f"{stem}.mixed.{part}") for part in ("mean", "ci_low", "ci_high"))
    return None if mean is None else Interval(mean, low, high)


def _quartiles(emit: Emitter, stem: str) -> Quartiles | None:
    found = [emit.value(f"{stem}.{part}") for part in ("q1", "median", "q3")]
    return None if None in found else Quartiles(*(float(one) for one in found if one is not None))


def _interval(emit: Emitter, stem: str) -> Interval | None:
    mean = emit.value(f"{stem}.mean")
    if mean is None:
        return None
    low, high = emit.value(f"{stem}.mean_ci_low"), emit.value(f"{stem}.mean_ci_high")
    return Interval(float(mean), None if low is None else float(low), None if high is None else float(high))


def describe_forest(name: str, rendered: str, context: Context) -> Drawn:
    """A forest plot. A line 'from' names the statistics of the row before it: an estimate and its limits."""
    emit = context.emit
    text = Texts(emit)
    single: dict[str, str] = {}
    heads: list[str] = []
    groups: list[tuple[str, str, list[ForestRow]]] = []
    rows: list[ForestRow] = []
    row: list[str] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key in ("axis", "left", "right"):
            single[key] = text(value)
        elif key == "head":
            heads.append(text(value))
        elif key == "group":
            groups.append((text(value), "", []))
        elif key == "p":
            groups[-1] = (groups[-1][0], text(value), groups[-1][2])
        elif key in ("row", "-"):
            row.append(text(value))
        elif key == "from":
            estimate, low, high = to_plain(value, str)[0].split(" ")
            found = Estimate(_number(emit, estimate), _number(emit, low), _number(emit, high))
            (groups[-1][2] if groups else rows).append(ForestRow(row[0], tuple(row[1:-1]), row[-1], found))
            row = []
        else:
            raise ReportError(f"The template of the forest plot has an unknown line '{key}'.")
    diagram = ForestDiagram(
        id=name,
        title="Subgroups",
        description=to_plain(single["alt"], lambda i: emit.entries[i].text)[0],
        heads=tuple(heads),
        overall=rows[0],
        groups=tuple(ForestGroup(label, p, tuple(made)) for label, p, made in groups),
        axis_label=single["axis"],
        left=single.get("left", ""),
        right=single.get("right", ""),
    )
    return Drawn(name, single["caption"], single["alt"], diagram, text.labels)


def _number(emit: Emitter, name: str) -> float | None:
    value = emit.value(name) if emit.has(name) else None
    return None if value is None else float(value)


def describe_graded(name: str, rendered: str, context: Context) -> Drawn:
    """Bars of graded outcomes. A line 'panel' names it, 'level' a level; 'bar' an arm, with an item 'text = n' each."""
    emit = context.emit
    text = Texts(emit)
    single: dict[str, str] = {}
    panels: list[dict[str, Any]] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key == "axis":
            single[key] = text(value)
        elif key == "panel":
            panels.append({"id": to_plain(value, str)[0], "title": "", "levels": [], "bars": []})
        elif key == "title":
            panels[-1]["title"] = text(value)
        elif key == "level":
            panels[-1]["levels"].append(text(value))
        elif key == "bar":
            panels[-1]["bars"].append((text(value), []))
        elif key == "-":
            printed, _, statistic = value.rpartition(" = ")
            count = emit.value(to_plain(statistic, str)[0])
            panels[-1]["bars"][-1][1].append((text(printed), int(count or 0)))
        else:
            raise ReportError(f"The template of the graded outcomes has an unknown line '{key}'.")
    diagram = GradedDiagram(
        id=name,
        title="Graded outcomes",
        description=to_plain(single["alt"], lambda i: emit.entries[i].text)[0],
        panels=tuple(
            GradedPanel(
                p["id"], p["title"], tuple(p["levels"]), tuple(GradedBar(label, tuple(c)) for label, c in p["bars"])
            )
            for p in panels
        ),
        axis_label=single["axis"],
    )
    return Drawn(name, single["caption"], single["alt"], diagram, text.labels)


def describe_survival(name: str, rendered: str, context: Context, o: Survival) -> Drawn:
    """Survival curves. 'at' and 'curve' print a text and name, after '=', a time point or an arm; 'start' is time 0;
    'row' is the arm's name again, in the table under the curves."""
    emit = context.emit
    text = Texts(emit)
    single: dict[str, str] = {}
    times: list[tuple[str, float]] = []
    arms: list[tuple[str, str, list[str]]] = []
    for key, value in lines_of(rendered):
        if key in ("caption", "alt"):
            single[key] = value
        elif key in ("share", "time", "risk"):
            single[key] = text(value)
        elif key == "start":
            times.append((text(value), 0.0))
        elif key in ("at", "curve"):
            printed, _, what = value.rpartition(" = ")
            what = to_plain(what, str)[0]
            if key == "at":
                times.append((text(printed), o.at(what)))
            else:
                arms.append((text(printed), what, []))
        elif key == "row":
            text(value)
        elif key == "-":
            arms[-1][2].append(text(value))
        else:
            raise ReportError(f"The template of the survival curves has an unknown line '{key}'.")
    curves, censoring = emit.results.get("curves") or {}, emit.results.get("censoring") or {}
    diagram = SurvivalDiagram(
        id=name,
        title="Survival",
        description=to_plain(single["alt"], lambda i: emit.entries[i].text)[0],
        curves=tuple(
            Curve(
                label,
                tuple((float(at), float(percent)) for at, percent, *_ in curves.get(f"{o.id}.{arm}") or [(0, 100)]),
                tuple(float(at) for at, _ in censoring.get(f"{o.id}.{arm}") or []),
                tuple(at_risk),
                tuple((float(at), _or_none(low), _or_none(high)) for at, _, low, high in _limits(curves, o, arm)),
            )
            for label, arm, at_risk in arms
        ),
        times=tuple(times),
        horizon=o.at(o.times[-1]),
        time_label=single["time"],
        share_label=single["share"],
        risk_label=single["risk"],
    )
    return Drawn(name, single["caption"], single["alt"], diagram, text.labels)


def _limits(curves: Mapping[str, Any], o: Survival, arm: str) -> list[list[Any]]:
    """The rows of a curve that have confidence limits: results of another program may lack them."""
    return [row for row in curves.get(f"{o.id}.{arm}") or [] if len(row) == 4]


def _or_none(value: float | None) -> float | None:
    return None if value is None else float(value)


def draw(diagram: Diagram) -> Figure:
    """Drawing itself, apart from everything else so that it can run in another process."""
    if isinstance(diagram, FlowDiagram):
        from report.figures.flow import draw_flow

        return draw_flow(diagram)
    if isinstance(diagram, ForestDiagram):
        from report.figures.forest import draw_forest

        return draw_forest(diagram)
    if isinstance(diagram, GradedDiagram):
        from report.figures.graded import draw_graded

        return draw_graded(diagram)
    if isinstance(diagram, HarmsDiagram):
        from report.figures.harms import draw_harms

        return draw_harms(diagram)
    if isinstance(diagram, CourseDiagram):
        from report.figures.course import draw_course

        return draw_course(diagram)
    if isinstance(diagram, SurvivalDiagram):
        from report.figures.survival import draw_survival

        return draw_survival(diagram)
    from report.figures.outcomes import draw_outcomes

    return draw_outcomes(diagram)


def figure_block(drawn: Drawn, figure: Figure, note: Callable[[Entry], str]) -> tuple[str, Spans]:
    """The figure's texts in drawing order, with the entries of their numbers.

    Each text of the drawing is a label, a line of a wrapped label, or the tick of an axis; any other is refused. A
    single sign (a panel's letter) is a whole label, or goes on with the one whose line stands before it: it must not
    use up a word of another.
    """
    open_labels = [[text, spans, 0] for text, spans in drawn.labels]
    begun: list[list[Any]] = []
    lines: list[str] = []
    out: list[tuple[str, int, int]] = []
    offset = 0
    for string, axis in zip(figure.texts, figure.axes, strict=True):
        before = [label[2] for label in open_labels]
        if axis:
            tick = Entry("axis", f"{drawn.id}.{axis}", string, raw=string)
            out.append((note(tick), offset, offset + len(string)))
            begun = []
        elif (
            (found := _take(begun, string, whole=False)) is not None
            or (found := _take(open_labels, string, whole=True)) is not None
            or (len(string) > 1 and (found := _take(open_labels, string, whole=False)) is not None)
            or (len(string) > 1 and (found := _later(open_labels, string)) is not None)
        ):
            out += [(i, offset + start, offset + end) for i, start, end in found]
            begun = [label for label, done in zip(open_labels, before, strict=True) if label[2] != done]
        elif any(c.isdigit() for c in string):
            raise ReportError(f"The drawing of {drawn.id} prints '{string}', which no template asked for.")
        lines.append(string)
        offset += len(string) + 1
    return "\n".join(lines), tuple(out)


def _later(labels: list[list[Any]], string: str) -> list[tuple[str, int, int]] | None:
    """As `_take`, of words further on in a label: two wrapped labels may begin alike, and the beginning of the one have
    been taken for that of the other."""
    for label in labels:
        text, _, done = label
        flat = _SPACE.sub(" ", text)
        at = re.search(rf"(?<!\S){re.escape(' '.join(string.split()))}(?!\S)", flat[done:])
        if string.strip() and at:
            rest = [*label[:2], done + at.start()]
            found = _take([rest], string, whole=False)
            label[2] = rest[2]
            return found
    return None


def _take(labels: list[list[Any]], string: str, *, whole: bool) -> list[tuple[str, int, int]] | None:
    """The entries of ``string`` as a whole label, or as the next words of one; None where no label goes on with it."""
    wanted = " ".join(string.split())
    for label in labels:
        text, spans, done = label
        flat = _SPACE.sub(" ", text)
        start = done + len(flat[done:]) - len(flat[done:].lstrip())
        end = start + len(wanted)
        if (
            wanted
            and flat.startswith(wanted, start)
            and (start == 0 and end == len(flat) if whole else not flat[end : end + 1].strip())
        ):
            label[2] = end
            return [(i, a - start, b - start) for i, a, b in spans if start <= a and b <= end]
    return None
