"""Emitting: the only way a number, a claim or a citation gets into the paper.

Each call looks the value up, formats it once by the style, notes an entry for the ledger and returns a mark.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from report import numbers
from report.capitals import capitalised, lowered
from report.errors import ReportError
from report.ledger import Entry
from report.markdown import Md, escape, mark
from report.numerals import NUMERAL, claim_pattern
from report.styles import Style

Record = Mapping[str, Any]

NBSP = "\u00a0"
SERIES = f"{NBSP}S"
"""Ends the kind of a table of the supplement, whose numbers are a series of their own: S1, S2."""
_COUNTS = {
    "n",
    "missing",
    "events",
    "of",
    "assigned",
    "received",
    "not_received",
    "stopped",
    "included",
    "identified",
    "arms",
    "censored",
    "at_risk",
}
_DATA_SCALE = {"median", "q1", "q3", "min", "max", "median_ci_low", "median_ci_high"}
_RATIOS = {
    "ratio": ("ratio", "ci_low", "ci_high"),
    "risk_ratio": ("risk_ratio", "rr_ci_low", "rr_ci_high", "ci_low", "ci_high"),
    "odds_ratio": ("odds_ratio", "or_ci_low", "or_ci_high", "ci_low", "ci_high"),
    "hazard_ratio": ("hazard_ratio", "ci_low", "ci_high", "hr_ci_low", "hr_ci_high"),
}
"""Ratios with the limits that share their decimals; `ci_low` is a limit of the one ratio that stands beside it."""
_COMPARED = (
    *((ratio, stem, 1.0) for ratio, limits in _RATIOS.items() for stem in ("ci", limits[1].removesuffix("_low"))),
    ("difference", "ci", 0.0),
    ("shift", "shift_ci", 0.0),
    ("mean", "ci", 0.0),
    ("risk_difference", "rd_ci", 0.0),
    ("risk_difference", "ci", 0.0),
)
"""Estimates with the stem of their limits and the value of no effect."""
_RATES = {"rate", "rate_ci_low", "rate_ci_high"}
_PERCENTS = {"percent", "risk_difference", "rd_ci_low", "rd_ci_high"}
_LEVELS = {"ci_level", "ci_level_percent", "alpha"}
"""Printed with all their digits: they are chosen, not measured."""


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint that ends an error's sentence, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" The nearest name is '{close[0]}'." if close else ""


def at_path(tree: Any, path: str) -> Any:
    """The value at a dotted path of keys and list positions. Raises KeyError where there is none."""
    keys = path.split(".")
    node = tree
    while keys:
        if isinstance(node, Mapping):
            # A key may itself hold dots, so the longest that fits is taken.
            for length in range(len(keys), 0, -1):
                if (key := ".".join(keys[:length])) in node:
                    node, keys = node[key], keys[length:]
                    break
            else:
                raise KeyError(path)
        elif (
            isinstance(node, Sequence) and not isinstance(node, str) and keys[0].isdigit() and int(keys[0]) < len(node)
        ):
            node, keys = node[int(keys[0])], keys[1:]
        else:
            raise KeyError(path)
    return node


@dataclass
class Emitter:
    """Looks up, formats and notes. ``study`` is study.yml as plain data with its defaults, ``given`` what it says
    itself (None: all of it), ``results`` is results.json."""

    results: Record
    study: Record
    style: Style
    given: Record | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    _decimals: dict[str, int] = field(default_factory=dict)

    # ---- entries -------------------------------------------------------------------------------------------------

    def note(self, entry: Entry) -> Md:
        entry_id = f"n{len(self.entries) + 1}"
        self.entries[entry_id] = entry
        return mark(entry_id)

    def record(self, name: str) -> Record:
        statistics: Record = self.results["statistics"]
        if name not in statistics:
            raise ReportError(f"There is no statistic '{name}' in the results.{nearest(name, statistics)}")
        found: Record = statistics[name]
        return found

    def value(self, name: str) -> float | int | None:
        found = self.record(name)["value"]
        return found if found is None else (int(found) if isinstance(found, int) else float(found))

    def gives(self, path: str) -> bool:
        """Whether study.yml itself has a key, and not by default."""
        try:
            at_path(self.given, path)
        except KeyError:
            return False
        return True

    def has(self, name: str) -> bool:
        return name in self.results["statistics"]

    def estimable(self, *names: str) -> bool:
        return all(self.has(name) and self.value(name) is not None for name in names)

    # ---- numbers -------------------------------------------------------------------------------------------------

    def n(
        self,
        name: str,
        *,
        words: bool = False,
        capital: bool = False,
        absolute: bool = False,
        sign: bool = True,
        decimals: int | None = None,
    ) -> Md:
        """The statistic ``name`` as the style prints it.

        ``words``: a small whole number as a word where the style says so; ``capital``: always as a word, with a
        capital, for the start of a sentence; ``absolute``: without its sign, for "lower by …"; ``sign``: with the
        percent sign where it is a percentage.
        """
        found = self.record(name)
        value = self.value(name)
        if value is None:
            return self.note(Entry("not_estimable", name, self.style.table.not_estimable, rule="not_estimable"))
        statistic = str(found["statistic"])
        shown = abs(value) if absolute else value
        if self._is_p(name):
            operator, digits = numbers.p_text(float(value), self.alpha(found), self.style)
            text = digits if operator == "=" else f"{operator}{digits}"
            rule = "p_value"
        elif isinstance(value, int) and (capital or (words and abs(value) < self.style.text_numbers.words_below)):
            text, rule = numbers.in_words(int(shown)), "words"
            text = text.capitalize() if capital else text
        else:
            text = numbers.fixed(shown, self.decimals(name) if decimals is None else decimals, self.style)
            if value and not text.strip("0.") and self._all_tiny(name):
                text = numbers.scientific(shown, self.style)
            rule = statistic
            if statistic == "alpha" and not self.style.p_value.leading_zero:
                text = text.removeprefix("0")
            if sign and statistic == "percent":
                text += self.style.percent.sign
        transform = "absolute" if absolute else "identity"
        return self.note(Entry("result", name, text, raw=repr(value), transform=transform, rule=rule))

    def _is_p(self, name: str) -> bool:
        return name.rsplit(".", 1)[-1] == "p" or name.endswith("_p")

    def alpha(self, found: Record) -> float:
        analysis = self.results["analyses"].get(found.get("analysis") or "", {})
        return float(analysis.get("alpha") or self.study["analysis"]["alpha"])

    def decimals(self, name: str) -> int:
        """How many decimals the statistic gets: shared by all that stand in one row or one estimate."""
        family, _, statistic = name.rpartition(".")
        key = f"{family}|{statistic}"
        if key not in self._decimals:
            found = self._find_decimals(name, family, statistic)
            self._decimals[key] = self._beside_null(family, statistic, found)
        return self._decimals[key]

    def _beside_null(self, family: str, statistic: str, decimals: int) -> int:
        """More decimals where a limit of the interval that the statistic belongs to would be printed as no effect."""
        for estimate, stem, null in _COMPARED:
            together = (estimate, f"{stem}_low", f"{stem}_high")
            if statistic in together and all(self.has(f"{family}.{part}") for part in together):
                if estimate == "mean" and ".change_" not in family:
                    continue
                low, high = self._maybe(f"{family}.{stem}_low"), self._maybe(f"{family}.{stem}_high")
                return numbers.beside_null(low, high, null, decimals, self.style)
        return decimals

    def _find_decimals(self, name: str, family: str, statistic: str) -> int:
        found = self.record(name)
        value = found["value"]
        rules = self.style.summary
        if statistic in _LEVELS:
            return max(0, -int(numbers.exact(value).normalize().as_tuple().exponent))
        if statistic in {"number_needed", "nn_ci_low", "nn_ci_high"}:
            return 0 if value is None or abs(value) >= 10 else 1
        if statistic in _COUNTS or statistic.startswith(("lost_", "completed_", "analysed_")):
            return 0
        if statistic in _PERCENTS or str(found.get("unit") or "").startswith("percent"):
            return self._percent_decimals(found)
        for ratio, together in _RATIOS.items():
            if statistic in together and self.has(f"{family}.{ratio}"):
                values = [self._maybe(f"{family}.{s}") for s in together]
                return numbers.ratio_decimals([v for v in values if v is not None], self.style)
        if statistic in _RATES:
            return 1 if "100" in str(found.get("unit")) else self.style.rate.decimals
        if statistic in {"ci_low", "ci_high", "difference", "shift", "shift_ci_low", "shift_ci_high"} or (
            statistic == "mean" and ".change_" in family
        ):
            stem = "shift_ci" if statistic.startswith("shift") else "ci"
            low, high = self._maybe(f"{family}.{stem}_low"), self._maybe(f"{family}.{stem}_high")
            if low is not None and high is not None:
                return numbers.decimals_for((high - low) / 2, rules.interval_significant, rules.max_decimals)
        if statistic.startswith("icc"):
            return 3
        if family.endswith(".cluster_size"):
            return 1 if statistic == "mean" else 0
        if statistic in {"smd", "smd_ci_low", "smd_ci_high", "superiority", "dispersion", "statistic", "se"}:
            return 2
        if statistic == "df":
            return 0 if float(value or 0).is_integer() else 1
        if statistic in _DATA_SCALE:
            return self._data_decimals(name)
        if family.endswith(".rmst"):
            return 1
        if statistic in {"mean", "sd"}:
            spreads = self._same_variable(name, "sd")
            return numbers.decimals_for(min(spreads, default=None), rules.sd_significant, rules.max_decimals)
        if statistic in {"person_years", "person_time"}:
            return 1
        return 0 if value is None or float(value).is_integer() else 2

    def _all_tiny(self, name: str) -> bool:
        """Whether a number printed as 0 would stand among its like that are all printed so: an SD of 2e-300 beside a
        mean of 5e-300."""
        unit = self.record(name)["unit"]
        stem = name.rpartition(".")[0] + "."
        like = [
            abs(record["value"])
            for key, record in self.results["statistics"].items()
            if key.startswith(stem) and "." not in key[len(stem) :] and record["unit"] == unit and record["value"]
        ]
        return (
            unit not in (None, "percent", "patients")
            and max(like, default=1) < 10.0**-self.style.summary.max_decimals / 2
        )

    def _maybe(self, name: str) -> float | None:
        value = self.value(name) if self.has(name) else None
        return None if value is None else float(value)

    def _percent_decimals(self, found: Record) -> int:
        if found.get("denominator"):
            return numbers.percent_decimals(int(self.value(found["denominator"]) or 0), self.style)
        analysed = self.results["analyses"].get(found.get("analysis") or "", {}).get("n_analysed") or {}
        smallest = min((int(v) for v in analysed.values()), default=0)
        return numbers.percent_decimals(smallest, self.style)

    def _same_variable(self, name: str, statistic: str) -> list[float]:
        """Positive values of a statistic over all groups and times of the variable that ``name`` belongs to."""
        parts = name.split(".")
        depth = 2 if parts[0] == "baseline" else 1
        stem = ".".join(parts[:depth]) + "."
        if parts[0] == "baseline" and any(k.startswith(f"{parts[1]}.baseline.") for k in self.results["statistics"]):
            stem = f"{parts[1]}."  # an outcome's baseline row is printed as the outcome is
        return [
            float(r["value"])
            for k, r in self.results["statistics"].items()
            if k.startswith(stem) and k.endswith(f".{statistic}") and ".change_" not in k and r["value"]
        ]

    def _data_decimals(self, name: str) -> int:
        """Order statistics are printed as they were measured, with at most one more digit."""
        if self._whole_numbers(name):
            return 0 if float(self.value(name) or 0).is_integer() else 1
        values = [v for s in _DATA_SCALE for v in self._same_variable(name, s)]
        return 0 if all(float(v).is_integer() for v in values) else 1

    def _whole_numbers(self, name: str) -> bool:
        """Whether the variable behind a statistic is measured in whole numbers (days, years, attacks)."""
        parts = name.split(".")
        if parts[0] == "followup":
            return True
        variable = parts[1] if parts[0] == "baseline" else parts[0]
        outcome = self.study["outcomes"].get(variable)
        file, _, column = (
            outcome["column"] if outcome and outcome.get("column") else f"participants.{variable}"
        ).partition(".")
        declared = self.study["files"].get(file, {}).get("columns", {}).get(column, {})
        return bool(declared.get("type") == "integer")

    # ---- combinations ----------------------------------------------------------------------------------------------

    def p(self, name: str) -> Md:
        """'P = 0.03' with the symbol, for running text."""
        symbol = "*P*" if self.style.p_value.italic else "P"
        space = NBSP if self.style.p_value.operator_spaces else ""
        if not self.estimable(name):
            return Md(f"{symbol} {self.n(name)}")
        found, value = self.record(name), float(self.value(name) or 0)
        operator, digits = numbers.p_text(value, self.alpha(found), self.style)
        if operator == "=":
            number = self.note(Entry("result", name, digits, raw=repr(value), rule="p_value"))
            return Md(f"{symbol}{space}={space}{number}")
        text = f"{operator}{space}{digits}"
        return Md(f"{symbol}{space}{self.note(Entry('result', name, text, raw=repr(value), rule='p_value'))}")

    def ci_label(self) -> Md:
        level = self.n("design.ci_level_percent")
        return Md(self.style.interval.label.format(level=f"{level}%").replace(" ", NBSP))

    def limits(self, prefix: str, stem: str = "ci") -> Md:
        """'2.0 to 10.2': both limits of an interval."""
        low, high = f"{prefix}.{stem}_low", f"{prefix}.{stem}_high"
        if not self.estimable(low, high):
            return self._one_limit(low, high)
        rules = self.style.interval
        negative = min(float(self.value(low) or 0), float(self.value(high) or 0)) < 0
        separator = rules.separator_if_negative if negative else rules.separator
        return Md(f"{self.n(low)}{separator}{self.n(high)}")

    def _one_limit(self, low: str, high: str) -> Md:
        if self.estimable(low):
            return Md(f"from {self.n(low)} up")
        if self.estimable(high):
            return Md(f"up to {self.n(high)}")
        return self.n(low)

    def ci(self, prefix: str, stem: str = "ci") -> Md:
        """'95% CI 2.0 to 10.2' for running text."""
        gap = self.style.interval.label_separator.replace(" ", NBSP)
        return Md(f"{self.ci_label()}{gap}{self.limits(prefix, stem)}")

    def estimate(self, name: str, stem: str = "ci") -> Md:
        """'6.1 (2.0 to 10.2)' for a table cell."""
        prefix = name.rpartition(".")[0]
        if not self.estimable(name):
            if self.has(f"{prefix}.{stem}_high") and self.estimable(f"{prefix}.{stem}_high"):
                return Md(f"{self.n(name)} ({self.limits(prefix, stem)})")
            return self.n(name)
        return Md(f"{self.n(name)} ({self.limits(prefix, stem)})")

    def mean_sd(self, prefix: str) -> Md:
        if not self.estimable(f"{prefix}.mean"):
            return self.n(f"{prefix}.mean")
        return Md(self.style.summary.mean_sd.format(mean=self.n(f"{prefix}.mean"), sd=self.n(f"{prefix}.sd")))

    def median_iqr(self, prefix: str) -> Md:
        if not self.estimable(f"{prefix}.median"):
            return self.n(f"{prefix}.median")
        return Md(
            self.style.summary.median_iqr.format(
                median=self.n(f"{prefix}.median"), q1=self.n(f"{prefix}.q1"), q3=self.n(f"{prefix}.q3")
            )
        )

    def n_percent(self, prefix: str) -> Md:
        """'4 (13)' for a table whose label says n (%)."""
        count, percent = f"{prefix}.n", f"{prefix}.percent"
        if not self.estimable(percent):
            return self.n(count)
        return Md(self.style.table.count_percent.format(n=self.n(count), percent=self.n(percent, sign=False)))

    def n_of_percent(self, prefix: str, noun: str = "", *, capital: bool = False) -> Md:
        """'4 of 30 (13%)' for running text, from the percentage's own numerator and denominator; ``noun``: '4 of 30
        patients (13%)'."""
        percent = self.record(f"{prefix}.percent")
        count, of = percent["numerator"], percent["denominator"]
        said = f"{self.n(count, capital=capital)} of {self.n(of)}" + (f" {noun}" if noun else "")
        if not self.estimable(f"{prefix}.percent"):
            return Md(said)
        return Md(f"{said} ({self.n(f'{prefix}.percent')})")

    def n_of_cell(self, prefix: str) -> Md:
        """'4/30 (13)' for a table or figure whose label says n/N (%)."""
        percent = self.record(f"{prefix}.percent")
        said = f"{self.n(percent['numerator'])}/{self.n(percent['denominator'])}"
        if not self.estimable(f"{prefix}.percent"):
            return Md(said)
        return Md(f"{said} ({self.n(f'{prefix}.percent', sign=False)})")

    # ---- what the study file declares -------------------------------------------------------------------------------

    def declared(self, path: str, *, lower_first: bool = False, capital: bool = False) -> Md:
        """A text of study.yml, literally; each number or claim word in it becomes an entry that names its path."""
        try:
            value = at_path(self.study, path)
        except KeyError:
            raise ReportError(f"The study file has no key '{path}'.") from None
        if value is None:
            return Md("")
        return self.literal(str(value), "constant", path, lower_first=lower_first, capital=capital)

    def literal(self, text: str, kind: str, name: str, *, lower_first: bool = False, capital: bool = False) -> Md:
        """Text printed as it is, its numerals and claim words noted as entries of that kind and name. ``lower_first``
        and ``capital`` are for its first letter in and outside sentences; abbreviations and names such as pH stay."""
        text = re.sub("[ \t\r\n]+", " ", text).strip()  # a thin space inside a number stays
        names = self.study.get("terms") or []
        if lower_first:
            text = lowered(text, names)
        if capital:
            text = capitalised(text, names)
        out: list[str] = []
        last = 0
        for start, end in _tokens(text):
            out += [escape(text[last:start]), self.note(Entry(kind, name, text[start:end], raw=text[start:end]))]
            last = end
        out.append(escape(text[last:]))
        return Md("".join(out))

    def constant(self, key: str, *, unit: bool = True, words: bool = False) -> Md:
        """A declared constant with its unit, '2 mg/kg'."""
        constants: Record = self.study.get("constants") or {}
        if key not in constants:
            raise ReportError(f"There is no constant '{key}' in study.yml.{nearest(key, constants)}")
        item = constants[key]
        value, text = item["value"], item.get("text")
        small = isinstance(value, int) and value < 100
        if words and small and (value < self.style.text_numbers.words_below or not self.style.text_numbers.words_below):
            shown = numbers.in_words(value) if self.style.text_numbers.words_below else str(value)
        else:
            shown = str(text if text is not None else value)
        printed = self.note(Entry("constant", f"constants.{key}", shown, raw=str(value)))
        if not unit or not item.get("unit"):
            return printed
        return Md(f"{printed}{NBSP}{self.literal(str(item['unit']), 'constant', f'constants.{key}.unit')}")

    def quoted(self, key: str) -> Md:
        """A figure or claim word taken from a cited paper, as declared under ``quoted``."""
        quoted: Record = self.study.get("quoted") or {}
        if key not in quoted:
            raise ReportError(f"There is no quoted figure '{key}' in study.yml.{nearest(key, quoted)}")
        text = str(quoted[key]["text"])
        if not _tokens(text):
            return self.note(Entry("quoted", key, text, raw=text))
        return self.literal(text, "quoted", key)

    def term(self, text: str) -> Md:
        """A literal name that holds digits, as declared under ``terms``."""
        terms = list(self.study.get("terms") or [])
        if text not in terms:
            raise ReportError(f"'{text}' is not among the terms of study.yml.{nearest(text, terms)}")
        return self.literal(text, "constant", f"terms.{terms.index(text)}")

    def structure(self, kind: str, identifier: str, number: int) -> Md:
        """'Table 1', 'Supplementary table S1': the number of a caption or of a reference to it."""
        gap = "" if kind.endswith(SERIES) else NBSP
        return Md(f"{kind}{gap}{self.note(Entry('structure', identifier, str(number), raw=str(number)))}")

    def software(self, name: str) -> Md:
        version = str(self.results["software"][name])
        return self.note(Entry("software", name, version, raw=version))

    def category(self, statistic: str, number: int) -> Md:
        """The number in a category's label, '3' of 'count_3_or_more', tied to the statistic of its row."""
        self.record(statistic)
        return self.note(Entry("category", statistic, str(number), raw=str(number)))

    def claim(self, text: str, name: str, predicate: Mapping[str, Any]) -> Md:
        return self.note(Entry("claim", name, text, predicate=predicate))


def _tokens(text: str) -> list[tuple[int, int]]:
    """Numerals and claim words of a text, in order, without overlap."""
    found = sorted([m.span() for m in NUMERAL.finditer(text)] + [m.span() for m in claim_pattern().finditer(text)])
    kept: list[tuple[int, int]] = []
    for start, end in found:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
