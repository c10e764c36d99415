"""What templates say of cross-over trials. Nothing here is computed: numbers and claims come from the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context, joined, phrase
from report.emit import Emitter
from report.kinds import Crossed
from report.markdown import Md


@dataclass(frozen=True)
class Crossing:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- the design ----------------------------------------------------------------------

    def period_times(self) -> list[str]:
        """Time points of the periods, in order."""
        points = self.paper.study["timepoints"]
        return sorted((t for t in points if points[t]["period"] is not None), key=lambda t: int(points[t]["period"]))

    def two_by_two(self) -> bool:
        """Whether the design is AB and BA, where carry-over and the Mainland–Gart test are reported."""
        arms, sequences = self.paper.arms, self.paper.study["design"]["sequences"]
        orders = sorted(tuple(one["arms"]) for one in sequences.values())
        return len(arms) == 2 and orders == sorted([tuple(arms), tuple(reversed(arms))])

    def in_period(self, sequence: str, time: str) -> Md:
        """The short name of the treatment that a sequence has in a period."""
        arms = self.paper.study["design"]["sequences"][sequence]["arms"]
        return self.paper.group_short(arms[self.period_times().index(time)])

    def sequence_labels(self) -> list[Md]:
        return [self.paper.assigned_to(s) for s in self.paper.groups]

    def entered(self, sequence: str) -> list[Md]:
        """'ten entered period 1' for each period."""
        return [
            phrase("{} entered {}", self.emit.n(f"flow.{sequence}.entered_{t}"), self.paper.time_lower(t))
            for t in self.period_times()
        ]

    def first_sequences(self) -> tuple[Md, Md]:
        """Of AB and BA: the sequence that begins with the arm, and the one that begins with the reference."""
        reference = self.paper.study["reference_arm"]
        sequences = self.paper.study["design"]["sequences"]
        second = next(s for s in self.paper.groups if sequences[s]["arms"][0] == reference)
        first = next(s for s in self.paper.groups if s != second)
        return self.paper.group(first), self.paper.group(second)

    # ---- outcomes ------------------------------------------------------------------------

    def crossed_scores(self) -> list[Crossed]:
        return [o for o in self.paper.crossed if not o.binary]

    def crossed_events(self) -> list[Crossed]:
        return [o for o in self.paper.crossed if o.binary]

    def crossed_ordinal(self) -> list[Crossed]:
        return [o for o in self.paper.crossed if o.ordinal]

    def crossed_analysed(self, o: Crossed) -> list[Md]:
        """'9 of the A–B sequence' for each sequence: patients who count in the comparison within patients."""
        names = [(s, f"flow.{s}.analysed_{o.id}") for s in self.paper.groups]
        return [phrase("{} of {}", self.emit.n(name), self.paper.group(s)) for s, name in names]

    def crossed_known(self, o: Crossed) -> list[Md]:
        """'18 patients with placebo' for each treatment."""
        part = "of" if o.binary else "n"
        names = [(g, f"{o.id}.{g}.{part}") for g in self.paper.arms]
        return [
            phrase("{} {} {}", self.emit.n(name), self.paper.plural_of(name, "patient"), self.paper.under(g))
            for g, name in names
        ]

    def has_period_effect(self, o: Crossed) -> bool:
        return self.emit.has(f"{o.id}.period.difference")

    # ---- cells of tables -----------------------------------------------------------------

    def treatment_heads(self) -> list[Md]:
        return [self.paper.group_short(g) for g in self.paper.arms]

    def comparison_heads(self) -> list[Md]:
        """Estimate and P, where there is one comparison; several stand in rows, under the arms."""
        if len(self.paper.contrasts) > 1:
            return []
        return [phrase("Comparison ({})", self.emit.ci_label()), self._p_head()]

    def _p_head(self) -> Md:
        return Md("*P*" if self.paper.style.p_value.italic else "P")

    def treatment_cells(self, form: str, o: Crossed, time: str = "") -> list[Md]:
        """A cell for each treatment; blank for one that no sequence has in the period."""
        stems = [f"{o.id}.{time}.{g}" if time else f"{o.id}.{g}" for g in self.paper.arms]
        return [self._treatment_cell(form, stem) for stem in stems]

    def _treatment_cell(self, form: str, stem: str) -> Md:
        if not self.emit.has(f"{stem}.n"):
            return Md("")
        return self.emit.n(f"{stem}.n") if form == "n" else Md(getattr(self.emit, form)(stem))

    def blank_treatments(self) -> list[Md]:
        return [Md("")] * len(self.paper.arms)

    def blank_comparison(self) -> list[Md]:
        return [Md("")] * len(self.comparison_heads())

    def whole_cells(self, head: str, statistic: str, p: str) -> list[Md]:
        """A row of ``statistic`` (where there is one) and ``p``, whole names; with several comparisons, which have no
        columns of their own, P in one cell with the head."""
        label = phrase("[]{{.indent}}{}", head)
        if len(self.paper.contrasts) > 1:
            return [phrase("{}: {}", label, self.emit.p(p))]
        estimate = self.emit.estimate(statistic) if statistic else Md("")
        return [label, *self.blank_treatments(), estimate, self.emit.n(p)]

    def compared_cells(self, o: Crossed, statistic: str, ci: str, p: str) -> list[Md]:
        """Estimate and P of ``O.C.<statistic>``, for the columns beside those of the arms."""
        if len(self.paper.contrasts) > 1:
            return []
        at = f"{o.id}.{self.paper.contrasts[0].id}"
        return [self.emit.estimate(f"{at}.{statistic}", ci), self.emit.n(f"{at}.{p}")]

    def crossed_in_arms(self, o: Crossed, statistic: str, ci: str = "") -> list[Md]:
        """For each arm its comparison with the reference."""
        out = []
        for g in self.paper.arms:
            name = f"{o.id}.{g}_vs_{self.paper.study['reference_arm']}.{statistic}"
            if not self.emit.has(name):
                out.append(Md("reference" if ci else ""))
            else:
                out.append(self.emit.estimate(name, ci) if ci else self.emit.n(name))
        return out

    def crossed_p(self, o: Crossed) -> str:
        """The last parts of the name of P of an event's comparison."""
        c = self.paper.contrasts[0]
        return self.paper.crossed_estimate(o, c)[2].removeprefix(f"{o.id}.{c.id}.")

    def exposed(self) -> list[Md]:
        """'17 patients who had the drug' for each treatment: the denominators of harms."""
        names = [(g, f"harms.any.{g}.of") for g in self.paper.arms]
        return [phrase("{} patients {}", self.emit.n(name), self.paper.under(g)) for g, name in names]

    def paired_harms(self, stem: str) -> list[Md]:
        return [self.emit.estimate(f"{stem}.{c.id}.paired.risk_difference", "rd_ci") for c in self.paper.contrasts]

    def spanned_treatments(self) -> list[Md]:
        return [cell for g in self.paper.arms for cell in (self.paper.group_short(g), Md("<"))]

    def risk_difference_heads(self) -> list[Md]:
        several = len(self.paper.contrasts) > 1
        return [
            phrase(
                "Risk difference{} ({})",
                phrase(", {}", self.paper.group_short(c.arm)) if several else Md(""),
                self.emit.ci_label(),
            )
            for c in self.paper.contrasts
        ]

    def mcnemar_said(self) -> Md:
        """P of the test of any event, of each comparison that has one."""
        names = [(c, f"harms.any.{c.id}.paired.mcnemar_p") for c in self.paper.contrasts]
        several = len(names) > 1
        return joined(
            [
                phrase("{}{}", self.emit.p(p), phrase(" ({})", self.paper.group_short(c.arm)) if several else Md(""))
                for c, p in names
                if self.emit.estimable(p)
            ]
        )

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
