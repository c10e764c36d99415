"""Drawing: a figure's finished words and positions in, SVG and PNG out. Formats no statistic, reads no patient file."""

from report.figures.canvas import Figure, font_folder
from report.figures.flow import ArmStage, Box, FlowDiagram, Line, TopStage, draw_flow
from report.figures.outcomes import ArmSeries, Interval, OutcomePanel, OutcomesDiagram, draw_outcomes

__all__ = [
    "ArmSeries",
    "ArmStage",
    "Box",
    "Figure",
    "FlowDiagram",
    "Interval",
    "Line",
    "OutcomePanel",
    "OutcomesDiagram",
    "TopStage",
    "draw_flow",
    "draw_outcomes",
    "font_folder",
]
