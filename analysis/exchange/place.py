"""Where the rows of an ARD from R belong: from variable, groups, context and statistic to a name of ours.

Rows that carry a `name` need no placing. The others are placed where cards and cardx say all that is needed: summaries,
counts, missing values, Welch's, Fisher's, chi-square and Wilcoxon's tests. docs/exchange.md has the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.exchange.ard import Row
from analysis.faults import suggestion
from analysis.names import level_name

if TYPE_CHECKING:
    from analysis.study import Outcome, Study

PASSED = {
    *(
        "method",
        "alternative",
        "mu",
        "paired",
        "var.equal",
        "conf.level",
        "estimate1",
        "estimate2",
        "null.value",
        "var",
    ),
    *("N_obs", "p_miss", "p_nonmiss", "n_cum", "p_cum", "correct", "exact", "conf.int", "strata"),
}
"""Statistics of cards and cardx that results.json has no place for."""
SUMMARY = {
    "N": "n",
    "N_nonmiss": "n",
    "N_miss": "missing",
    "p25": "q1",
    "p75": "q3",
    **{word: word for word in ("mean", "sd", "median", "min", "max")},
}
TEST = {
    "estimate": "difference",
    "conf.low": "ci_low",
    "conf.high": "ci_high",
    "statistic": "statistic",
    "parameter": "df",
    "p.value": "p",
}
SUMMARIES = ("summary", "continuous", "missing")
COUNTS = ("tabulate", "tabulate_value", "categorical", "dichotomous")
TESTS = {
    "stats_t_test": "welch",
    "stats_wilcox_test": "mann_whitney",
    "stats_chisq_test": "chi_square",
    "stats_fisher_test": "fisher",
}
DIRECTED = ("difference", "ci_low", "ci_high", "statistic")
"""Numbers of a t test that change with the order of the two arms, which cards does not tell."""
TOTAL_N = "..ard_total_n.."
YES = ("TRUE", "true", "1", "yes", "Yes")


class NotPlacedError(Exception):
    """A row has no place; the message is the rest of a sentence that begins with the row."""


class PassedOverError(Exception):
    """A row is of no use here, and nothing is wrong with it."""


@dataclass(frozen=True)
class Placed:
    """The name that a row's number has, and the method by which it must have been computed, if only one will do."""

    name: str
    method: str | None = None
    directed: bool = False


@dataclass(frozen=True)
class Places:
    """What a study calls the columns and levels that rows name."""

    study: Study
    arm_columns: set[str] = field(default_factory=set)
    arms: dict[str, str] = field(default_factory=dict)
    time_columns: set[str] = field(default_factory=set)
    times: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study) -> Places:
        main = study.files[study.participants]
        arm = main.role("arm") or "arm"
        arms = {key: key for key in study.arms}
        for key, about in study.arms.items():
            arms |= {about.label: key, about.short: key}
        arms |= (main.columns[arm].levels or {}) if arm in main.columns else {}
        times = {key: key for key in study.timepoints} | {t.label: key for key, t in study.timepoints.items()}
        columns = {"time"}
        for file in study.files.values():
            if name := file.role("timepoint"):
                columns.add(name)
                times |= file.columns[name].levels or {}
        return cls(study, {arm, "arm"}, arms, columns, times)

    def place(self, row: Row) -> Placed:
        """The name of a row's number.

        Raises:
            NotPlacedError: where the row does not say enough, or says something that the study does not know.
            PassedOverError: where the number is one that results.json does not hold.
        """
        word, context = str(row.get("stat_name")), str(row.get("context") or "")
        if word in PASSED or context == "attributes":
            raise PassedOverError
        variable = str(row.get("variable") or "")
        if variable == TOTAL_N:
            return Placed("flow.included")
        group, time, subgroup, contrast = self._groups(row)
        if variable in self.arm_columns and context in COUNTS:
            if word != "n":
                raise PassedOverError
            return Placed(f"flow.{self._known(row.get('variable_level'), self.arms, 'arm')}.assigned")
        item, outcome = self._item(variable, time)
        item += subgroup
        if context in SUMMARIES:
            return Placed(f"{item}.{group}.{self._number(word, SUMMARY, context)}")
        if context in COUNTS:
            return Placed(f"{item}{self._counted(row, word, group, variable, outcome)}")
        if context in TESTS:
            return self._tested(item, contrast or self._only_contrast(), word, context, outcome)
        raise NotPlacedError(
            f"is of the context {context or 'nothing'}, whose numbers are placed by a column name only: "
            "add the name of the statistic (docs/results-file.md)."
        )

    def _groups(self, row: Row) -> tuple[str, str | None, str, str | None]:
        """(arm or total, time point, part of the name for a subgroup, contrast)."""
        arm, time, subgroup, contrast = "total", None, "", None
        columns = self.study.files[self.study.participants].columns
        for i in range(1, 10):
            name, level = row.get(f"group{i}"), row.get(f"group{i}_level")
            if name is None or name == "analysis":
                continue
            if name in self.arm_columns:
                arm = self._known(level, self.arms, "arm") if level is not None else arm
            elif name in self.time_columns:
                time = self._known(level, self.times, "time point")
            elif name == "contrast":
                contrast = str(level)
            elif name in columns:
                subgroup = f".by_{level_name(str(name))}.{self._level(str(name), level)}"
            else:
                known = [*sorted(self.arm_columns), *sorted(self.time_columns), *columns]
                raise NotPlacedError(f"is grouped by {name}, which the study does not know. {suggestion(name, known)}")
        return arm, time, subgroup, contrast

    def _known(self, level: Any, known: Mapping[str, str], what: str) -> str:
        if str(level) not in known:
            raise NotPlacedError(f"is of the {what} {level}, which the study does not know. {suggestion(level, known)}")
        return known[str(level)]

    def _item(self, variable: str, time: str | None) -> tuple[str, Outcome | None]:
        """What the number is of, as a name begins, and the outcome if it is one."""
        study = self.study
        rows = {row.column: row.key for row in study.baseline if row.column}
        by_column = {str(o.column).partition(".")[2]: key for key, o in study.outcomes.items() if o.column}
        key = variable if variable in study.outcomes else None if variable in rows else by_column.get(variable)
        if key is None and variable in rows:
            if time is not None and time != study.first_timepoint:
                raise NotPlacedError(f"is of {variable} at {time}, but {variable} is known at the beginning only.")
            return f"baseline.{rows[variable]}", None
        if key is None:
            known = [*study.outcomes, *by_column, *rows]
            raise NotPlacedError(f"is of {variable}, which the study does not know. {suggestion(variable, known)}")
        outcome = study.outcomes[key]
        if time is None and len(outcome.timepoints) > 1:
            raise NotPlacedError(f"does not say at which time {variable} was assessed. Group by the time point.")
        return f"{key}.{time or outcome.timepoints[0]}", outcome

    def _number(self, word: str, known: Mapping[str, str], context: str) -> str:
        if word not in known:
            cure = suggestion(word, known, "word")
            raise NotPlacedError(f"is {word} of {context}, for which results.json has no place. {cure}")
        return known[word]

    def _level(self, column: str, level: Any) -> str:
        """A level as a part of a name: given itself, or by its label."""
        levels = self.study.files[self.study.participants].columns[column].levels or {}
        return self._named_level(levels, level)

    def _named_level(self, levels: Mapping[str, str], level: Any) -> str:
        by_label = {label: key for key, label in levels.items()} | {key: key for key in levels}
        return level_name(self._known(level, by_label, "level"))

    def _counted(self, row: Row, word: str, group: str, variable: str, outcome: Outcome | None) -> str:
        """The rest of the name of a count, a percentage or its denominator."""
        number = self._number(word, {"n": "n", "p": "percent", "N": "N"}, "tabulate")
        level = row.get("variable_level")
        if outcome is not None and outcome.kind == "binary":
            if not self._is_event(outcome, level):
                raise PassedOverError
            return f".{group}.{'of' if number == 'N' else number}"
        if number == "N":
            return f".{group}.n"
        if outcome is not None and outcome.column:
            file, _, column = outcome.column.partition(".")
            return f".{self._named_level(self.study.files[file].columns[column].levels or {}, level)}.{group}.{number}"
        return f".{self._level(variable, level)}.{group}.{number}"

    def _is_event(self, outcome: Outcome, level: Any) -> bool:
        file, _, column = str(outcome.column).partition(".")
        levels = self.study.files[file].columns[column].levels or {}
        events = {str(one) for one in outcome.event or ()}
        events |= {levels[one] for one in events if one in levels}
        if str(level) in events:
            return True
        others = {*levels, *levels.values(), "FALSE", "false", "0"} - events
        if str(level) in others:
            return False
        if str(level) in YES:
            return True
        raise NotPlacedError(f"is of the level {level}, which the study does not know. {suggestion(level, levels)}")

    def _only_contrast(self) -> str:
        contrasts = [f"{a}_vs_{b}" for a, b in self.study.contrasts]
        if len(contrasts) > 1:
            raise NotPlacedError(
                "compares arms without saying which. Add a group contrast with one of these levels: "
                + ", ".join(contrasts)
                + "."
            )
        return contrasts[0]

    def _tested(self, item: str, contrast: str, word: str, context: str, outcome: Outcome | None) -> Placed:
        method = TESTS[context]
        number = self._number(word, TEST, context)
        if outcome is None:
            if number != "p":
                raise PassedOverError  # of tests at baseline, P alone has a place
            return Placed(f"{item}.{contrast}.p", method)
        if method == "welch":
            return Placed(f"{item}.{contrast}.{number}", method, number in DIRECTED)
        if method == "mann_whitney":
            if number != "p":
                raise NotPlacedError(f"is {word} of Wilcoxon's test; its P alone is placed. Add a column name for it.")
            return Placed(f"{item}.{contrast}.ranks.p", method)
        if number == "p":
            return Placed(f"{item}.{contrast}.p", method)
        if method == "chi_square" and number == "statistic":
            return Placed(f"{item}.{contrast}.chi_square", method)
        raise PassedOverError


def told_methods(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """What the rows `method` of tests say, by (context, variable)."""
    return {
        (str(row.get("context")), str(row.get("variable"))): str(row.get("stat"))
        for row in rows
        if row.get("stat_name") == "method"
    }
