"""What the paper concludes, sentence by sentence: the words are chosen by design, standing of the outcome, and result.

An effect is claimed only of a prespecified primary outcome of a randomised study, where interval and test allow it.
docs/wording.md shows the sentences for all combinations. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from report.context import Conclusion, Context, Contrast, joined, of_family, phrase
from report.emit import Emitter, at_path
from report.factorial import Factorial, Margin
from report.kinds import Binary, Count, Crossed, Outcome, Score, Skewed
from report.markdown import Md

Said = Literal["effect", "clear", "disputed", "unclear", "missing"]
_SENTENCES: tuple[Said, ...] = ("effect", "clear", "disputed", "unclear", "missing")
_STANDINGS = ("primary", "secondary", "exploratory", "unplanned", "harms")
_MEASURES = {
    "difference": "difference",
    "risk_difference": "risk difference",
    "ratio": "rate ratio",
    "odds_ratio": "common odds ratio",
    "hazard_ratio": "hazard ratio",
    "shift": "Hodges–Lehmann shift",
}


@dataclass(frozen=True)
class Concluding:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context
    factorial: Factorial

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- what may be said ----------------------------------------------------------------

    def _said(self, item: Conclusion) -> Said:
        claims = self.paper.claims
        state = claims.state(item.name, item.stem)
        if state == "not_estimable":
            return "missing"
        if state == "unclear":
            return "unclear"
        if not claims.firm(item.name, item.p, item.stem):
            return "disputed"
        return "effect" if item.confirmatory and not self.paper.non_randomised else "clear"

    def _planned(self, item: Conclusion) -> bool:
        return bool(at_path(self.paper.study, f"{item.path}.prespecified"))

    def _standing(self, item: Conclusion) -> str:
        if item.path == "adverse_events":
            return "harms"
        return str(at_path(self.paper.study, f"{item.path}.role")) if self._planned(item) else "unplanned"

    def unplanned_all(self) -> bool:
        """Whether no analysis that the conclusion may speak of was prespecified."""
        study = self.paper.study
        parts = [*study["outcomes"].values(), *([study["adverse_events"]] if self.paper.harms else [])]
        return not any(part["prespecified"] for part in parts)

    def _outcome(self, item: Conclusion) -> Outcome | None:
        return next((o for o in self.paper.outcomes if f"outcomes.{o.id}" == item.path), None)

    # ---- parts of sentences ----------------------------------------------------------------

    def _sides(self, c: Contrast | Margin, than: str = "than") -> Md:
        """'in the low dose group than in the placebo group', 'with aspirin than without it'."""
        if isinstance(c, Margin):
            first, second = phrase("with {}", self.factorial.factor_name(c.factor)), self.factorial.without(c.factor)
        else:
            first, second = self.paper.under(c.arm), self.paper.under(c.reference)
        return phrase("{} {} {}", first, than, second)

    def _patients(self, c: Contrast | Margin) -> Md:
        """As `_sides`, with the treatments' names."""
        if isinstance(c, Margin) or self.paper.crossover:
            return self._sides(c)
        return phrase("among patients {} than among those {}", self.paper.arm_in(c.arm), self.paper.arm_in(c.reference))

    def _against(self, c: Contrast | Margin) -> tuple[Md, Md]:
        return self.factorial.first_of(c), self.factorial.second_of(c)

    def _direction(self, item: Conclusion) -> Md:
        if of_family(item.p):  # the adjusted P value is what the claim rests on
            return self.paper.claims.firmly(item.name, item.p, *item.words, item.stem)
        return self.paper.claims.direction(item.name, *item.words, item.stem)

    def _rank(self, standing: str, items: Sequence[Conclusion]) -> str:
        """'a secondary outcome', as it stands behind the subject; '' where nothing is to be said."""
        if standing not in ("primary", "secondary", "exploratory"):
            return ""
        word = "main" if standing == "primary" and self.paper.non_randomised else standing
        if len(items) > 1:
            return f"{word} outcomes"
        declared = [o for o in self.paper.outcomes if o.declared["role"] == standing]
        if standing == "primary" and len(declared) == 1:
            return f"the {word} outcome"
        return f"{'an' if word == 'exploratory' else 'a'} {word} outcome"

    def _subjects(self, standing: str, items: Sequence[Conclusion]) -> Md:
        """'the risk of death, the primary outcome,': ready for a verb."""
        named = joined([phrase("the {}", item.subject) for item in items])
        rank = self._rank(standing, items)
        return phrase("{}, {},", named, rank) if rank else named

    def _lead(self, standing: str, items: Sequence[Conclusion], frame: str) -> Md:
        """What begins a sentence on outcomes that were not prespecified, where the paper has others too."""
        unplanned = [item for item in items if not self._planned(item)]
        if frame == "whole" or not unplanned:
            return Md("")
        words = self.paper.claims.unplanned(list(dict.fromkeys(item.path for item in unplanned)))
        if standing == "harms":
            return phrase("in a comparison that was {}, ", words)
        if len(items) == 1:
            return phrase("in an analysis that was {} and is exploratory, ", words)
        return phrase("in analyses that were {} and are exploratory, ", words)

    # ---- sentences -----------------------------------------------------------------------

    def _sentence(self, said: Said, standing: str, items: Sequence[Conclusion], c: Contrast | Margin, place: str) -> Md:
        """One sentence without its first words and full stop. ``place``: 'first' of the conclusion, first of a further
        'pair' of groups, or 'later'."""
        claims = self.paper.claims
        first, second = self._against(c)
        if said == "effect":
            told = joined(
                phrase("{} the {}", claims.firmly(i.name, i.p, "increased", "reduced", i.stem), i.subject)
                for i in items
            )
            if place == "first":
                return phrase("{}, in comparison with {}, {}", first, second, told)
            return phrase("in comparison with {}, {} {}", second, first, told)
        if said == "clear" and self.paper.non_randomised:
            told = joined(phrase("{}{} {}", i.article, self._direction(i), i.subject) for i in items)
            rank = self._rank(standing, items)
            after = (phrase(", {}", rank) if len(items) == 1 else phrase(" ({})", rank)) if rank else Md("")
            if place == "first":
                return phrase("{} was associated, in comparison with {}, with {}{}", first, second, told, after)
            if place == "pair":
                return phrase("in comparison with {}, {} was associated with {}{}", second, first, told, after)
            return phrase("it was associated with {}{}", told, after)
        if said == "clear":
            sides = self._sides(c) if place == "later" else self._patients(c)
            if len(items) == 1:
                (item,) = items
                return phrase("{} {} {} {}", self._subjects(standing, items), item.were, self._direction(item), sides)
            told = joined(phrase("the {} {} {}", i.subject, i.were, self._direction(i)) for i in items)
            among = phrase("among the {}, ", rank) if (rank := self._rank(standing, items)) else Md("")
            return phrase("{}{} {}", among, told, sides)
        if said == "missing":
            alike: dict[str, list[Conclusion]] = {}
            for i in items:
                alike.setdefault(claims.unestimable_why(i.name), []).append(i)
            each = (
                phrase(
                    "{}, which {}",
                    joined(phrase("the {}", i.subject) for i in these),
                    claims.all_not_estimable([i.name for i in these]),
                )
                for these in alike.values()
            )
            return phrase("nothing can be said of {}", joined(each, apart=True))
        many = len(items) > 1
        if said == "disputed":
            words = "exclude no difference, but the tests do not" if many else (
                "excludes no difference, but the test does not"
            )  # fmt: skip
            claim = claims.all_disputed([(i.name, i.p, i.stem) for i in items], words)
            open_end = phrase("{}, and", claim)
        else:
            words = "include no difference" if many else "includes no difference"
            open_end = phrase("{}, and", claims.all_unclear([(i.name, i.stem) for i in items], words))
        return phrase(
            "the {} for {} {} the data do not settle the direction of {}",
            "intervals" if many else "interval",
            self._subjects(standing, items),
            open_end,
            "the differences" if many else "the difference",
        )

    def concluded_said(self, c: Contrast | Margin, design_word: Callable[[], Md]) -> Md:
        """The sentences of the conclusion on two groups, most weighty first."""
        items = self.factorial.concluded(c)
        whole = self.unplanned_all()
        place = "first" if c == self.factorial.compared()[0] else "pair"
        out: list[Md] = []
        associated = False
        for standing in ("all",) if whole else _STANDINGS:
            for said in _SENTENCES:
                these = [i for i in items if standing in ("all", self._standing(i)) and self._said(i) == said]
                if not these:
                    continue
                place = place if not out else "later"
                if place == "later" and said == "clear" and self.paper.non_randomised and not associated:
                    place = "pair"  # 'it' has nothing to stand for yet
                associated |= said == "clear"
                out.append(self._framed(said, standing, these, c, place, not out, whole, design_word))
        return Md(" ".join(out))

    def _framed(
        self,
        said: Said,
        standing: str,
        items: Sequence[Conclusion],
        c: Contrast | Margin,
        place: str,
        begins: bool,
        whole: bool,
        design_word: Callable[[], Md],
    ) -> Md:
        """A whole sentence: the first one names the design, and what is so of all analyses."""
        lead = self._lead(standing, items, "whole" if whole else "")
        body = phrase("{}{}", lead, self._sentence(said, standing, items, c, place))
        if not begins:
            return phrase("{}.", _capital(body))
        noun = "comparison" if self.paper.non_randomised else "trial"
        of = Md("")
        if said in ("disputed", "unclear", "missing"):
            joint = "with" if self.paper.non_randomised else "in comparison with"
            of = phrase(f" of {{}} {joint} {{}}", *self._against(c))
        told = phrase("In this {} {}{}", Md(design_word()), noun, of) if place == "first" else (
            phrase("For {} in comparison with {}", *self._against(c)) if of else Md("")
        )  # fmt: skip
        if whole and place == "first":
            paths = list(dict.fromkeys(i.path for i in self.factorial.concluded(c)))
            which = phrase("whose analyses were {} and are exploratory", self.paper.claims.unplanned(paths))
            told = phrase("{}, {}", told, which)
        return phrase("{}, {}.", told, body) if told else phrase("{}.", _capital(body))

    # ---- the opening of the discussion -------------------------------------------------------

    def opening(self, design_word: Callable[[], Md]) -> Md:
        """The main findings with their numbers: those of the main outcomes, else of all, and of harms."""
        paper, out = self.paper, []
        noun = "study" if paper.non_randomised else "trial"
        told: list[Conclusion] = []
        for c in self.factorial.compared():
            items = self.factorial.concluded(c)
            roles = {
                i.path: None if i.path == "adverse_events" else at_path(paper.study, f"{i.path}.role") for i in items
            }
            main = [i for i in items if roles[i.path] == "primary"]
            these = [i for i in items if i in main or i.path == "adverse_events"] if main else items
            told += these
            out += [self._found(item, c) for item in these]
        pairs = joined(phrase("{} against {}", *self._against(c)) for c in self.factorial.compared())
        out.insert(0, phrase("This {} {} compared {}.", Md(design_word()), noun, pairs))
        unplanned = list(dict.fromkeys(i.path for i in told if not self._planned(i)))
        if unplanned:
            words = paper.claims.unplanned(unplanned)
            if len(unplanned) == len({i.path for i in told}):
                start = "These comparisons were {} and are" if len(told) > 1 else "This comparison was {} and is"
                out.append(phrase(f"{start} exploratory.", words))
            else:
                named = joined(self._short(path) for path in unplanned)
                out.append(phrase("The comparison of {} was {} and is exploratory.", named, words))
        return Md(" ".join(out))

    def _short(self, path: str) -> Md:
        if path == "adverse_events":
            return phrase("{}s", self.emit.declared("adverse_events.noun"))
        return next(o.short for o in self.paper.outcomes if f"outcomes.{o.id}" == path)

    def _found(self, item: Conclusion, c: Contrast | Margin) -> Md:
        """One finding with its numbers, as a sentence."""
        claims, emit = self.paper.claims, self.emit
        said, o = self._said(item), self._outcome(item)
        subject = phrase("{}{}", item.subject, self._better(o))
        if said in ("effect", "clear"):
            if sized := self._sized(item, o, c):
                return sized
            found = phrase("{} {} {}", item.were, self._direction(item), self._sides(c))
            numbers = phrase("{} {}", self._measure(item), self._listed(item, o))
            return phrase("The {} {} ({}){}.", subject, found, numbers, self._counts(o, c))
        start = phrase("The {} for the {}, {},", self._measure(item), subject, self._first_and_second(item, c))
        if said == "missing":
            return phrase("{} {}.", start, claims.not_estimable(item.name))
        if said == "unclear":
            end = claims.unclear(item.name, "includes no difference", item.stem)
        else:
            words = "excludes no difference, but the test does not"
            end = phrase("{} ({})", claims.disputed(item.name, item.p, words, item.stem), self._p(item))
        number = phrase("{}{}", emit.n(item.name), self._unit(item, o)) if emit.estimable(item.name) else Md("")
        interval = self._interval(item)
        return phrase("{} was {} ({}), an interval that {}.", start, number, interval, end)

    def _p(self, item: Conclusion) -> Md:
        return phrase("multiplicity-adjusted {}" if of_family(item.p) else "{}", self.emit.p(item.p))

    def _interval(self, item: Conclusion) -> Md:
        stem = item.name.rpartition(".")[0]
        return phrase("simultaneous {}" if stem.endswith(".multiplicity") else "{}", self.emit.ci(stem, item.stem))

    def _better(self, o: Outcome | None) -> Md:
        """' (lower values are better)' of a measurement; of an event its name says so."""
        measured = isinstance(o, Score | Skewed) or (isinstance(o, Crossed) and not o.binary)
        if o is None or not measured:
            return Md("")
        words = {"higher": "higher values are better", "lower": "lower values are better"}
        return phrase(" ({})", self.paper.claims.is_(f"outcomes.{o.id}.better", words))

    def _sized(self, item: Conclusion, o: Outcome | None, c: Contrast | Margin) -> Md | None:
        """The finding with a word for its size, where there is one: of risks and of rates."""
        emit, stem = self.emit, item.name.rpartition(".")[0]
        if isinstance(o, Count):
            name, ends, kind = item.name, item.stem, "rate ratio"
        elif isinstance(o, Binary):
            name, ends, kind = f"{stem}.risk_ratio", "rr_ci", "risk ratio"
        else:
            return None
        size = self.paper.claims.size(name, item.p, ends)
        if size is None:
            return None
        listed = phrase("{} {}; {}", kind, emit.n(name), emit.ci(stem, ends))
        if isinstance(o, Binary):
            listed = phrase("{}; {} {}", listed, self._measure(item), self._listed(item, o))
        found = phrase("{} {}", size, self._sides(c, "as"))
        return phrase("The {} was {} ({}){}.", item.subject, found, listed, self._counts(o, c))

    def _counts(self, o: Outcome | None, c: Contrast | Margin) -> Md:
        """': 27 of 295 patients (9.2%, about one in ten) against 52 of 307 (17%)' of a binary outcome."""
        if not isinstance(o, Binary) or isinstance(c, Margin):
            return Md("")
        stems = [f"{o.id}.{o.times[-1]}.{arm}" for arm in (c.arm, c.reference)]
        if not all(self.emit.has(f"{at}.percent") and self.emit.estimable(f"{at}.percent") for at in stems):
            return Md("")
        told = []
        for at, noun in zip(stems, (" patients", ""), strict=True):
            found = self.emit.record(f"{at}.percent")
            share = self.paper.claims.share(f"{at}.percent")
            about = phrase(", {}", share) if share else Md("")
            counted = phrase("{} of {}{}", self.emit.n(found["numerator"]), self.emit.n(found["denominator"]), noun)
            told.append(phrase("{} ({}{})", counted, self.emit.n(f"{at}.percent"), about))
        return phrase(": {} against {}", *told)

    def _measure(self, item: Conclusion) -> str:
        return _MEASURES[item.name.rpartition(".")[2]]

    def _unit(self, item: Conclusion, o: Outcome | None) -> Md:
        statistic = item.name.rpartition(".")[2]
        if statistic == "risk_difference":
            return phrase(" {}", self.paper.unit_of(item.name, "percentage points"))
        return (
            phrase(" {}", self.paper.unit_of(item.name, self.emit.declared(f"outcomes.{o.id}.unit")))
            if o and statistic in ("difference", "shift")
            else Md("")
        )

    def _listed(self, item: Conclusion, o: Outcome | None) -> Md:
        interval = self._interval(item)
        if not self.emit.estimable(item.name):
            return interval
        return phrase("{}{}; {}", self.emit.n(item.name), self._unit(item, o), interval)

    def _first_and_second(self, item: Conclusion, c: Contrast | Margin) -> Md:
        """'the low dose group minus the placebo group', 'over' of ratios, 'aspirin against placebo' at the margins."""
        if isinstance(c, Margin):
            return phrase("{} against {}", *self._against(c))
        word = "minus" if item.name.rpartition(".")[2] in ("difference", "risk_difference", "shift") else "over"
        return phrase("{} {} {}", self.paper.group(c.arm), word, self.paper.group(c.reference))

    def globals(self) -> dict[str, Any]:
        return {"concluded_said": self.concluded_said, "opening": self.opening, "unplanned_all": self.unplanned_all}


def _capital(text: Md) -> Md:
    """With a capital at its start: sentences here begin with words of ours."""
    return Md(text[:1].upper() + text[1:])
