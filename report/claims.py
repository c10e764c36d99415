"""Claims: words of direction and difference that come from the results, each with the predicate that made it true.

The predicate goes into the ledger, and the audit evaluates it again from results.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from report import vocabulary
from report.emit import Emitter, at_path
from report.errors import ReportError
from report.markdown import Md, escape

State = Literal["above", "below", "unclear", "not_estimable"]
Predicate = dict[str, Any]


@dataclass(frozen=True)
class Claims:
    """The claims that templates may make; ``emit`` holds results and ledger."""

    emit: Emitter

    def null(self, name: str) -> float:
        """The value of no difference: 0 for differences, 1 for ratios, from the analysis record."""
        found = self.emit.record(name)
        analysis = self.emit.results["analyses"].get(found.get("analysis") or "", {})
        declared = analysis.get("null")
        return float(declared) if declared is not None else (1.0 if "ratio" in str(found["statistic"]) else 0.0)

    def state(self, name: str, stem: str = "ci") -> State:
        """What may be said of an estimate: it lies above or below its null value clearly (the interval excludes the
        null value), its direction is unclear (the interval includes it), or it could not be estimated."""
        low, high = self._limits(name, stem)
        if not self.emit.estimable(name, low, high):
            return "not_estimable"
        null = self.null(name)
        if float(self.emit.value(low) or 0) > null:
            return "above"
        if float(self.emit.value(high) or 0) < null:
            return "below"
        return "unclear"

    def direction(self, name: str, above: str, below: str, stem: str = "ci", *, also: Sequence[Predicate] = ()) -> Md:
        """``above`` or ``below``, where the interval excludes the null value; refuses to speak where it does not.
        ``also``: more that makes the word true."""
        if not any(vocabulary.allowed(kind, above, below) for kind in (vocabulary.DIRECTION, vocabulary.EFFECT)):
            raise _unknown(f"{above}' or '{below}")
        state = self.state(name, stem)
        if state not in ("above", "below"):
            raise ReportError(
                f"A template claims a direction for '{name}', but its interval does not allow one ({state})."
            )
        low, high = self._limits(name, stem)
        null = self.null(name)
        predicate: Predicate = {
            "op": "and",
            "all": [
                {"op": "gt" if state == "above" else "lt", "of": name, "than": null},
                {"op": "excludes", "low": low, "high": high, "null": null},
                *also,
            ],
        }
        word = above if state == "above" else below
        return self.emit.claim(word, f"{name} is {state} {null:g}, which its interval excludes", predicate)

    def firm(self, name: str, p: str, stem: str = "ci") -> bool:
        """Whether a comparison may be called an effect where the design allows it: the interval excludes the null
        value, and P, where there is one, lies below the study's alpha."""
        return self.state(name, stem) in ("above", "below") and (not self.emit.estimable(p) or self._below_alpha(p))

    def _below_alpha(self, p: str) -> bool:
        return float(self.emit.value(p) or 0) < self.emit.alpha(self.emit.record(p))

    def firmly(self, name: str, p: str, above: str, below: str, stem: str = "ci") -> Md:
        """``above`` or ``below`` as in `direction`, where `firm` holds; refuses to speak where it does not."""
        if not self.firm(name, p, stem):
            raise ReportError(f"A template claims an effect for '{name}', but its interval or P does not allow one.")
        known = self.emit.estimable(p)
        test: Predicate = {"op": "p_below", "of": p, "than": self.emit.alpha(self.emit.record(p))} if known else {}
        return self.direction(name, above, below, stem, also=[test] if known else [])

    def disputed(self, name: str, p: str, text: str, stem: str = "ci") -> Md:
        """``text``, where the interval excludes the null value but P does not lie below alpha: methods may differ."""
        return self.all_disputed([(name, p, stem)], text)

    def all_disputed(self, of: Sequence[tuple[str, str, str]], text: str) -> Md:
        """As `disputed`, of several comparisons at once: each its name, P and stem of limits."""
        if not vocabulary.allowed(vocabulary.DISPUTED, text):
            raise _unknown(text)
        parts: list[Predicate] = []
        told = []
        for name, p, stem in of:
            if self.state(name, stem) not in ("above", "below") or self.firm(name, p, stem):
                raise ReportError(f"A template says that interval and test of '{name}' disagree, but they do not.")
            low, high = self._limits(name, stem)
            alpha = self.emit.alpha(self.emit.record(p))
            parts.append({"op": "excludes", "low": low, "high": high, "null": self.null(name)})
            parts.append({"op": "p_not_below", "of": p, "than": alpha})
            told.append(f"the interval of {name} excludes {self.null(name):g}, but {p} is not below {alpha:g}")
        return self.emit.claim(text, "; ".join(told), {"op": "and", "all": parts})

    def unclear(self, name: str, text: str, stem: str = "ci") -> Md:
        """``text``, such as 'includes no difference', where the interval includes the null value."""
        return self.all_unclear([(name, stem)], text)

    def all_unclear(self, of: Sequence[tuple[str, str]], text: str) -> Md:
        """As `unclear`, of several comparisons at once: each its name and stem of limits."""
        if not vocabulary.allowed(vocabulary.UNCLEAR, text):
            raise _unknown(text)
        parts: list[Predicate] = []
        told = []
        for name, stem in of:
            if self.state(name, stem) != "unclear":
                raise ReportError(
                    f"A template says of '{name}' that its interval includes no difference, but it does not."
                )
            low, high = self._limits(name, stem)
            parts.append({"op": "includes", "low": low, "high": high, "null": self.null(name)})
            told.append(f"the interval of {name} includes {self.null(name):g}")
        return self.emit.claim(text, "; ".join(told), parts[0] if len(parts) == 1 else {"op": "and", "all": parts})

    def size(self, name: str, p: str, stem: str) -> Md | None:
        """'about half as high' of a ratio of risks or rates; None where no such words fit, or where the interval of
        the ratio does not exclude 1 or P does not lie below alpha."""
        if not self.emit.has(name) or self.state(name, stem) not in ("above", "below") or not self.firm(name, p, stem):
            return None
        found = vocabulary.size_of(float(self.emit.value(name) or 0)) if self.emit.estimable(name) else None
        if found is None:
            return None
        low, high = self._limits(name, stem)
        parts: list[Predicate] = [
            *_between(name, found.low, found.high),
            {"op": "excludes", "low": low, "high": high, "null": self.null(name)},
        ]
        if self.emit.estimable(p):
            parts.append({"op": "p_below", "of": p, "than": self.emit.alpha(self.emit.record(p))})
        told = f"{name} lies between {found.low:.3g} and {found.high:.3g}, and its interval excludes 1"
        return self.emit.claim(found.words, told, {"op": "and", "all": parts})

    def share(self, name: str) -> Md | None:
        """'about one in five' of a percentage; None where no such words fit."""
        found = vocabulary.share_of(float(self.emit.value(name) or 0)) if self.emit.estimable(name) else None
        if found is None:
            return None
        told = f"{name} lies between {found.low:g}% and {found.high:g}%"
        return self.emit.claim(found.words, told, {"op": "and", "all": _between(name, found.low, found.high)})

    def trending(self, at: str) -> bool:
        """Whether the P value of a test for trend, ``<at>.p``, lies below alpha."""
        return self.emit.estimable(f"{at}.p") and self._below_alpha(f"{at}.p")

    def trend(self, at: str) -> Md:
        """'rose' or 'fell' of the test for trend ``<at>.{statistic,p}``; refuses where P is not below alpha."""
        if not self.trending(at):
            raise ReportError(f"A template claims a trend for '{at}', but its P value does not allow one.")
        above = float(self.emit.value(f"{at}.statistic") or 0) > 0
        alpha = self.emit.alpha(self.emit.record(f"{at}.p"))
        parts: list[Predicate] = [
            {"op": "gt" if above else "lt", "of": f"{at}.statistic", "than": 0},
            {"op": "p_below", "of": f"{at}.p", "than": alpha},
        ]
        told = f"{at}.statistic is {'above' if above else 'below'} 0, and {at}.p is below {alpha:g}"
        return self.emit.claim(vocabulary.TREND.words[0][0 if above else 1], told, {"op": "and", "all": parts})

    def no_trend(self, at: str) -> Md:
        """'no clear trend' of the test for trend ``<at>.p``; refuses where P lies below alpha."""
        if self.trending(at):
            raise ReportError(f"A template says 'no clear trend' of '{at}', but its P value shows one.")
        alpha = self.emit.alpha(self.emit.record(f"{at}.p"))
        predicate: Predicate = {"op": "p_not_below", "of": f"{at}.p", "than": alpha}
        return self.emit.claim(vocabulary.NO_TREND.words[0][0], f"{at}.p is not below {alpha:g}", predicate)

    def unplanned(self, paths: Sequence[str]) -> Md:
        """'not prespecified' of parts of study.yml, each a path such as 'outcomes.death'. Refuses where one was."""
        given = [f"{path}.prespecified" for path in paths]
        if any(at_path(self.emit.study, path) for path in given):
            raise ReportError("A template says 'not prespecified' of what study.yml calls prespecified.")
        words = vocabulary.UNPLANNED.words[0][0]
        asked = [path for path in given if self.emit.given is None or self.emit.gives(path)]
        if not asked:  # study.yml leaves it to its default: nothing is there to check it by
            return escape(words)
        parts: list[Predicate] = [{"op": "is", "path": path, "value": False} for path in asked]
        return self.emit.claim(words, f"{', '.join(paths)}: not prespecified", {"op": "and", "all": parts})

    def not_estimable(self, name: str, text: str = "could not be estimated") -> Md:
        """``text`` with the reason that the results give."""
        reason, said = self.reason(name), self.not_estimable_alone(name, text)
        return Md(f"{said} ({reason})") if reason else said

    def all_not_estimable(self, names: Sequence[str], text: str = "could not be estimated") -> Md:
        """As `not_estimable`, of several statistics that have no value for one reason (see `unestimable_why`)."""
        if len(names) == 1:
            return self.not_estimable(names[0], text)
        if not vocabulary.allowed(vocabulary.MISSING, text):
            raise _unknown(text)
        if len({self.unestimable_why(name) for name in names}) > 1:
            raise ReportError(f"A template gives one reason why {', '.join(names)} have no value; there are several.")
        parts: list[Predicate] = [{"op": "null", "of": self._first_null(name)} for name in names]
        said = self.emit.claim(text, f"{', '.join(names)} are not estimable", {"op": "and", "all": parts})
        reason = self.reason(names[0])
        return Md(f"{said} ({reason})") if reason else said

    def unestimable_why(self, name: str) -> str:
        """The reason in the results why a statistic, or a limit of it, has no value; '' where none is given."""
        error = self.emit.record(self._first_null(name)).get("error") or {}
        return str(error.get("message") or "").rstrip(".")

    def not_estimable_alone(self, name: str, text: str) -> Md:
        """``text`` without the reason, which is told beside it."""
        if not vocabulary.allowed(vocabulary.MISSING, text):
            raise _unknown(text)
        return self.emit.claim(text, f"{name} is not estimable", {"op": "null", "of": self._first_null(name)})

    def reason(self, name: str) -> Md:
        message = self.unestimable_why(name)
        if message.startswith("A "):  # an article, where other capitals alone may be names
            message = f"a{message[1:]}"
        return self.emit.literal(message, "reason", self._first_null(name), lower_first=True)

    def _first_null(self, name: str) -> str:
        stem = name.rpartition(".")[0]
        ends = [f"{stem}.ci", f"{name}_ci", *([f"{stem}.rd_ci"] if name.endswith(".risk_difference") else [])]
        for candidate in (name, *(f"{one}_{side}" for one in ends for side in ("low", "high"))):
            if self.emit.has(candidate) and self.emit.value(candidate) is None:
                return candidate
        return name

    def is_(self, path: str, words: Mapping[str, str], *, where: str = "study") -> Md:
        """The word that ``words`` gives for the value at a path of study.yml, or of the results with 'results'. What
        study.yml leaves to its default is said without a claim: nothing is there to check it by."""
        tree = self.emit.study if where == "study" else self.emit.results
        try:
            value = at_path(tree, path)
        except KeyError:
            raise ReportError(f"There is no '{path}' in the {where}.") from None
        key = str(value)
        if key not in words:
            raise ReportError(f"No wording is known for {path} = {key}.")
        if where == "study" and self.emit.given is not None and not self.emit.gives(path):
            return escape(words[key])
        predicate: Predicate = {"op": "is", "path": path if where == "study" else f"results.{path}", "value": value}
        return self.emit.claim(words[key], f"{path} is {key}", predicate)

    def _limits(self, name: str, stem: str) -> tuple[str, str]:
        prefix = name.rpartition(".")[0]
        if stem == "ci" and name.endswith("risk_difference") and self.emit.has(f"{prefix}.rd_ci_low"):
            stem = "rd_ci"
        return f"{prefix}.{stem}_low", f"{prefix}.{stem}_high"


def _between(name: str, low: float, high: float) -> list[Predicate]:
    return [{"op": "ge", "of": name, "than": low}, {"op": "le", "of": name, "than": high}]


def _unknown(text: str) -> ReportError:
    return ReportError(f"A template claims '{text}', which is not among the claims of report/vocabulary.py.")
