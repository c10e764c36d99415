"""What templates ask about adverse events: the order of the rows, what was seen and what was not. Nothing is computed.

Counts are only compared with 0 and with each other, to sort rows and to choose between sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from report.checklist.owed import STATEMENTS, answer, harms_told
from report.context import Context, joined, phrase
from report.emit import Emitter
from report.kinds import name_part
from report.markdown import Md

_FEWEST_DRAWN = 4
_MOST_DRAWN = 36  # rows of terms that a page holds
_MOST_LISTED = 12  # terms that a sentence holds
_CONSEQUENCES = ("serious", "stopped", "fatal")


@dataclass(frozen=True)
class HarmGroup:
    """A class with its terms; without ``name`` all terms."""

    name: str  # the second part of its statistics' names, '' for none
    label: Md
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Harms:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- what there is -----------------------------------------------------------------

    def harm_ratios(self, method: str) -> bool:
        """Whether a risk ratio of harms has its interval by ``method``."""
        analyses = self.emit.results["analyses"].items()
        return any(name.startswith("harms.") and about["method"] == method for name, about in analyses)

    def _column(self, role: str) -> str | None:
        return next((str(name) for name, c in self._columns().items() if c.get("role") == role), None)

    def _columns(self) -> dict[str, Any]:
        chosen = self.paper.study.get("adverse_events")
        found: dict[str, Any] = self.paper.study["files"][chosen["file"]]["columns"] if chosen else {}
        return found

    def _levels(self, role: str) -> list[str]:
        column = self._column(role)
        return list(self._columns()[column]["levels"]) if column else []

    def _told(self, name: str) -> bool:
        return all(self.emit.has(f"harms.{name}.{g}.n") for g in self.paper.arms)

    def _patients(self, name: str) -> int:
        return sum(int(self.emit.value(f"harms.{name}.{g}.n") or 0) for g in self.paper.arms)

    def _level_label(self, role: str, level: str) -> Md:
        file = self.paper.study["adverse_events"]["file"]
        return self.emit.declared(f"files.{file}.columns.{self._column(role)}.levels.{level}")

    def harm_grades(self) -> list[tuple[str, Callable[[], Md]]]:
        """(name, label) of each grade of severity in the results, the mildest first, then that of no known grade.

        A label is called where it is printed.
        """
        found: list[tuple[str, Callable[[], Md]]] = []
        for level in self._levels("severity"):
            name = f"severity_{name_part(level)}"
            if self._told(name):
                found.append((name, lambda level=level: self._level_label("severity", level)))  # type: ignore[misc]
        if self._told("severity_unknown"):
            found.append(("severity_unknown", lambda: Md("Not known")))
        return found

    def harm_consequences(self) -> list[str]:
        return [name for name in _CONSEQUENCES if self._told(name)]

    def grave(self, seen: bool) -> list[str]:
        """Serious events and deaths, where the data tell of them and somebody (``seen``) or nobody had one."""
        return [name for name in ("serious", "fatal") if self._told(name) and bool(self._patients(name)) == seen]

    def grave_words(self, names: list[str]) -> Md:
        """'was serious or led to death', after 'no event'."""
        return joined([Md({"serious": "was serious", "fatal": "led to death"}[name]) for name in names], "or")

    def harm_rates(self) -> bool:
        told = all(self.emit.has(f"harms.any.{g}.rate") for g in self.paper.arms)
        return told and not self.paper.crossover and "harms.rate" in self.emit.results["labels"]

    def harm_rates_known(self) -> bool:
        return self.harm_rates() and all(self.emit.estimable(f"harms.any.{g}.rate") for g in self.paper.arms)

    def _class_names(self) -> list[str]:
        """Classes in the results, by the second part of their names."""
        names = [f"class_{name_part(level)}" for level in self._levels("class")]
        return [name for name in names if self._told(name)]

    def harm_classes(self) -> list[tuple[str, Callable[[], Md]]]:
        """(name, label) of the classes, where the terms do not stand within them."""
        if self._within_classes():
            return []
        return [(name, lambda name=name: self._class_label(name)) for name in self._sorted(self._class_names())]  # type: ignore[misc]

    def second_harms(self) -> bool:
        """Whether a second table tells of severity and consequences."""
        told = bool(self.harm_grades() or self._told("fatal") or self.harm_classes())
        return not self.paper.crossover and told

    def kinds_told(self) -> list[str]:
        """What the second table is by, for its caption."""
        told = {"severity": self.harm_grades(), "class": self.harm_classes(), "consequence": self.harm_consequences()}
        return [what for what, rows in told.items() if rows]

    def more_harms(self) -> list[str]:
        """The tables of harms after the first."""
        return [*["table-harms-kinds"] * self.second_harms(), *["table-harms-rates"] * self.harm_rates()]

    # ---- terms, in the order of the table ------------------------------------------------

    def _sort(self) -> str:
        return str(self.paper.study["adverse_events"].get("sort") or "declared")

    def _within_classes(self) -> bool:
        return self._sort() != "frequency" and bool(self._class_names())

    def _sorted(self, names: list[str]) -> list[str]:
        """By patients, most first, where study.yml asks for it; those with as many as they were declared."""
        return names if self._sort() == "declared" else sorted(names, key=lambda name: -self._patients(name_part(name)))

    def harm_terms(self) -> list[str]:
        """Terms that the results have."""
        return self._sorted([term for term in self.paper.terms() if self._told(name_part(term))])

    def harm_groups(self) -> list[HarmGroup]:
        """The terms within their classes, or all of them together."""
        terms = self.harm_terms()
        if not self._within_classes():
            return [HarmGroup("", Md(""), tuple(terms))]
        labels = self.emit.results["labels"]
        home = {term: labels.get(f"harms.{name_part(term)}.class") for term in terms}
        homes = {f"class_{name_part(level)}": level for level in self._levels("class")}
        found = [
            HarmGroup(name, self._class_label(name), tuple(t for t in terms if home[t] == homes[name]))
            for name in self._class_names()
        ]
        rest = tuple(term for term in terms if home[term] not in homes.values())
        return [*found, HarmGroup("", Md(""), rest)] if rest else found

    def _class_label(self, name: str) -> Md:
        level = next(level for level in self._levels("class") if f"class_{name_part(level)}" == name)
        return self._level_label("class", level)

    def many_terms(self) -> bool:
        """Whether the terms are too many for a sentence."""
        return len(self.paper.terms()) > _MOST_LISTED

    # ---- what was not seen -----------------------------------------------------------------

    def none_had(self, names: list[str], text: str) -> Md:
        """``text``, such as 'No event', with the condition that makes it true: nobody had these kinds of events."""
        parts = [f"harms.{name_part(name)}.{g}.n" for name in names for g in self.paper.arms]
        predicate = {"op": "and", "all": [{"op": "le", "of": part, "than": 0} for part in parts]}
        return self.emit.claim(text, f"nobody had {', '.join(names)}", predicate)

    def unseen_terms(self) -> list[str]:
        """Terms that were looked for and that no patient had."""
        return [term for term in self.harm_terms() if not self._patients(name_part(term))]

    def labels_of_terms(self, terms: list[str]) -> list[Md]:
        file = self.paper.study["adverse_events"]["file"]
        path = f"files.{file}.columns.{self._column('term')}.levels"
        return [self.emit.declared(f"{path}.{term}", lower_first=True) for term in terms]

    def upper_limits(self) -> list[Md]:
        """'11.6% in the AZA group' for each group in which no patient had one of the printed kinds of events."""
        names = [name_part(t) for t in self.harm_terms()] + self.harm_consequences() + self._class_names()
        out = []
        for g in self.paper.arms:
            found = next((f"harms.{n}.{g}.upper" for n in names if self.emit.has(f"harms.{n}.{g}.upper")), None)
            if found:
                out.append(phrase("{}% in {}", self.emit.n(found, decimals=1), self.paper.group(g)))
        return out

    def has_uppers(self) -> bool:
        names = [name_part(t) for t in self.harm_terms()] + self.harm_consequences() + self._class_names()
        return any(self.emit.has(f"harms.{n}.{g}.upper") for n in names for g in self.paper.arms)

    # ---- cells and parts of sentences ------------------------------------------------------

    def rate_words(self, capital: bool = False) -> Md:
        """'events per 100 person-years', as the results name it."""
        return self.emit.literal(self.emit.results["labels"]["harms.rate"], "label", "harms.rate", capital=capital)

    def rate_ratios_of(self, name: str) -> list[Md]:
        return [self.emit.estimate(f"harms.{name}.{c.id}.rate.ratio") for c in self.paper.contrasts]

    def harm_followup(self) -> list[Md]:
        """'26.4 person-years in the placebo group' for each arm."""
        return [
            phrase("{} person-years in {}", self.emit.n(f"harms.any.{g}.person_years"), self.paper.group(g))
            for g in self.paper.arms
        ]

    def rates_in_arms(self, name: str) -> list[Md]:
        return [self.emit.estimate(f"harms.{name}.{g}.rate", "rate_ci") for g in self.paper.arms]

    def rated(self) -> list[str]:
        """Kinds of events whose rates the table gives."""
        return ["any", *self._class_names(), *self.harm_consequences()]

    def rated_label(self, name: str) -> Md:
        if name.startswith("class_"):
            return self._class_label(name)
        if name == "any":
            return phrase("Any {}", self.emit.declared("adverse_events.noun"))
        return consequence_label(name)

    def harm_rates_said(self) -> list[Md]:
        """'128.4 (95% CI 94.0 to 171.3) in the placebo group' for each arm."""
        out = []
        for g in self.paper.arms:
            limits = self.emit.ci(f"harms.any.{g}", "rate_ci")
            out.append(phrase("{} ({}) in {}", self.emit.n(f"harms.any.{g}.rate"), limits, self.paper.group(g)))
        return out

    def shares_of(self, name: str, noun: str = "") -> list[Md]:
        """'3 of 41 (7%) in the placebo group' for each arm."""
        parts = [(g, noun if i == 0 else "") for i, g in enumerate(self.paper.arms)]
        return [
            phrase("{} {}", self.emit.n_of_percent(f"harms.{name}.{g}", said), self.paper.under(g)) for g, said in parts
        ]

    def worst_grade(self) -> tuple[str, Callable[[], Md]] | None:
        """The gravest grade that a patient had."""
        return next((one for one in reversed(self.harm_grades()) if self._seen_grade(one[0])), None)

    def _seen_grade(self, name: str) -> bool:
        return name != "severity_unknown" and self._patients(name) > 0

    def harm_statements(self) -> list[str]:
        """Paths of the statements on harms that study.yml makes."""
        chosen = self.paper.study["adverse_events"]
        return [f"adverse_events.{key}" for key in STATEMENTS if chosen.get(key)]

    def harm_unsaid(self) -> list[Md]:
        """What a report must say of how harms were found and is not in study.yml; nothing where the author told in
        words of their own what is not known."""
        if answer(self.paper.study, "reporting.harms_assessment"):
            return []
        return [Md(STATEMENTS[key]) for key in STATEMENTS if not harms_told(self.paper.study, key)]

    # ---- the figure ------------------------------------------------------------------------

    def dot_terms(self) -> list[str]:
        """Terms that somebody had, the most frequent ones where they are many; none where they are few."""
        if not self.paper.harms or self.paper.crossover:
            return []
        seen = [term for term in self.harm_terms() if self._patients(name_part(term))]
        most = sorted(seen, key=lambda term: -self._patients(name_part(term)))[:_MOST_DRAWN]
        return [term for term in seen if term in most] if len(seen) >= _FEWEST_DRAWN else []

    def dots_chosen(self) -> bool:
        """Whether the figure leaves out terms that somebody had."""
        return len([term for term in self.harm_terms() if self._patients(name_part(term))]) > len(self.dot_terms())

    def dot_groups(self) -> list[HarmGroup]:
        drawn = self.dot_terms()
        groups = [HarmGroup(g.name, g.label, tuple(t for t in g.terms if t in drawn)) for g in self.harm_groups()]
        return [group for group in groups if group.terms]

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own} | {"consequence_label": consequence_label}


def consequence_label(name: str) -> Md:
    return Md({"serious": "Serious", "stopped": "Led to stopping of treatment", "fatal": "Led to death"}[name])
