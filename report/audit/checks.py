"""One check for each kind of ledger entry: does what was printed agree with where it is said to come from?

Each check takes an entry and the tokens printed for it, and answers None where it holds or the reason why not.
They read results.json, study.yml and the ledger's own tables; they know nothing of how a number was formatted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from report.audit.expected import Expected
from report.audit.load import Against, decimal_of
from report.audit.sentences import sentence
from report.audit.tokens import SYMBOL, Token, Value, is_number, phrase_value, tokenise, value_of

Entry = Mapping[str, Any]
MISSING = object()


@dataclass
class Checker:
    """Checks entries once each; the answers are kept, since three files print the same ledger."""

    against: Against
    expected: Expected
    unchecked: dict[str, str] = field(default_factory=dict)
    """Entries that could not be checked, each with the reason."""
    _answers: dict[str, str | None] = field(default_factory=dict)
    _axes: dict[str, str | None] = field(default_factory=dict)
    _citations: dict[str, int] | None = None

    def check(self, name: str) -> str | None:
        if name not in self._answers:
            self._answers[name] = self._check(name)
        return self._answers[name]

    def _check(self, name: str) -> str | None:
        entry = self.expected.entries[name]
        check = _CHECKS.get(str(entry.get("kind")))
        if check is None:
            return f"the ledger gives it a kind that the audit does not know ({entry.get('kind')!r})"
        for faulty, why in self.expected.faults:
            if faulty == name:
                return why
        tokens = self.expected.entry_tokens.get(name, [])
        try:
            return check(self, name, entry, tokens)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            return f"its ledger entry cannot be read ({error!r})"

    def statistic(self, name: str) -> Mapping[str, Any] | None:
        found = self.against.results["statistics"].get(name)
        return found if isinstance(found, Mapping) else None

    def value(self, name: str) -> Decimal | None:
        found = self.statistic(name)
        return None if found is None else decimal_of(found.get("value"))

    def citation_numbers(self) -> dict[str, int]:
        """Key to number, by order of first citation in the text."""
        if self._citations is None:
            self._citations = {}
            for block in self.expected.blocks:
                for name in block.entries:
                    entry = self.expected.entries[name]
                    if entry.get("kind") == "citation":
                        for key in str(entry.get("name")).split(";"):
                            self._citations.setdefault(key.strip(), len(self._citations) + 1)
        return self._citations


# -- numbers ---------------------------------------------------------------------------------------------------------


def printed_value(tokens: Sequence[Token]) -> Value | None:
    """The one value that an entry's tokens stand for, None if they stand for none or for several."""
    numbers = [token for token in tokens if is_number(token)]
    if len(numbers) == 1 and all(t.kind == SYMBOL or t is numbers[0] for t in tokens):
        return value_of(numbers[0].norm)
    phrase = phrase_value([token.norm for token in tokens if token.kind != SYMBOL])
    if phrase is not None:
        return Value(phrase, Decimal(0), "", False)
    return value_of(numbers[0].norm) if len(numbers) == 1 else None


def holds(raw: Decimal, printed: Value) -> bool:
    """Does the raw value lie in the (closed) interval that the printed digits stand for?"""
    if printed.comparison == "<":
        return raw < printed.number
    if printed.comparison == ">":
        return raw > printed.number
    if printed.comparison == "≤":
        return raw <= printed.number
    if printed.comparison == "≥":
        return raw >= printed.number
    if printed.number > 0 > raw or printed.number < 0 < raw:
        return False
    return abs(raw - printed.number) * 2 <= printed.step


def _check_result(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    record = c.statistic(name)
    if record is None:
        return f"results.json has no statistic {name}"
    raw = decimal_of(record.get("value"))
    if raw is None:
        return f"{name} has no value in results.json"
    if entry.get("raw") is not None and decimal_of(entry["raw"]) != raw:
        return f"the ledger says that {name} is {entry['raw']}, results.json says {raw}"
    transform = entry.get("transform") or "identity"
    if transform == "absolute":
        raw = abs(raw)
    elif transform != "identity":
        return f"the ledger names a transform that the audit does not know ({transform!r})"
    printed = printed_value(tokens)
    if printed is None:
        return "what is printed for it is not one number"
    unit = str(record.get("unit") or "")
    if printed.percent and unit and not unit.lower().startswith(("%", "percent")):
        return f"it is printed with a percent sign, but {name} is in {unit}"
    if not holds(raw, printed):
        return f"{name} is {raw}" + (" (its sign left out)" if transform == "absolute" else "")
    return None


def _check_not_estimable(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    record = c.statistic(name)
    if record is None:
        return f"results.json has no statistic {name}"
    if record.get("value") is not None:
        return f"{name} was estimated: it is {record['value']}"
    if not record.get("error"):
        return f"{name} has no value, and results.json does not say why"
    if any(is_number(token) for token in tokens):
        return f"a number is printed for {name}, which was not estimable"
    return None


def _check_category(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    if c.statistic(name) is None:
        return f"results.json has no statistic {name}"
    own = {Decimal(digits) for digits in re.findall(r"(?<![0-9])[0-9]+", name)}
    for token in tokens:
        value = value_of(token.norm) if is_number(token) else None
        if value is not None and value.number not in own:
            return f"{name} is another category"
    return None


def _check_software(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name")).removeprefix("software.")
    version = (c.against.results.get("software") or {}).get(name)
    if version is None:
        return f"results.json does not name a version of {name}"
    said = [t.norm for t in tokens]
    known = [t.norm for t in tokenise(str(version))]
    return None if said and said == known[: len(said)] else f"results.json was made with {name} {version}"


def _check_label(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    label = (c.against.results.get("labels") or {}).get(name)
    if label is None:
        return f"results.json has no label {name}"
    return None if tokens and stands_in(tokens, label) else f"the label {name} is {label!r}"


def _check_reason(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    record = c.statistic(name) or (c.against.results.get("analyses") or {}).get(name)
    if not isinstance(record, Mapping):
        return f"results.json has no statistic {name}"
    message = str((record.get("error") or {}).get("message") or "")
    return None if tokens and _contains(message, tokens) else f"the reason in results.json is: {message}"


def _check_warning(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    record = (c.against.results.get("analyses") or {}).get(name) or c.statistic(name)
    if not isinstance(record, Mapping):
        return f"results.json has no analysis {name}"
    said = [str(w.get("message") if isinstance(w, Mapping) else w) for w in record.get("warnings") or ()]
    found = bool(tokens) and any(_contains(text, tokens) for text in said)
    return None if found else f"the warnings of {name} in results.json do not say so"


# -- what the study file declares ------------------------------------------------------------------------------------


def at_path(tree: Any, path: str) -> Any:
    """The value at a dotted path of keys and list positions; keys may hold dots. MISSING where there is none."""
    if not path:
        return tree
    if isinstance(tree, Mapping):
        keys = path.split(".")
        for length in range(len(keys), 0, -1):
            key = ".".join(keys[:length])
            if key in tree:
                return at_path(tree[key], ".".join(keys[length:]))
        return MISSING
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        head, _, rest = path.partition(".")
        if head.isascii() and head.isdigit() and int(head) < len(tree):
            return at_path(tree[int(head)], rest)
    return MISSING


def leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [] if value is None else [str(value)]


def _contains(text: str, tokens: Sequence[Token]) -> bool:
    """Do the tokens stand in a text, in their order? "100 000" may have its groups as numbers of their own."""
    norms = [t.norm for t in tokens]
    for form in (text, _THIN_SPACE.sub(" ", text)):
        known = [t.norm for t in tokenise(form)]
        if any(known[i : i + len(norms)] == norms for i in range(len(known) - len(norms) + 1)):
            return True
    return False


_THIN_SPACE = re.compile("[\u00a0\u2007-\u200a\u202f]")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def stands_in(tokens: Sequence[Token], value: Any) -> bool:
    """Do the tokens stand in a declared value, in their order: as its text, as its number, or as a part of its date?"""
    for leaf in leaves(value):
        known = [t.norm for t in tokenise(leaf)]
        if _contains(leaf, tokens):
            return True
        date = _DATE.fullmatch(leaf.strip())
        parts = {Decimal(part) for part in date.groups()} if date else set()
        number = decimal_of(leaf)
        allowed = parts if date else ({number} if number is not None else set())
        printed = printed_value(tokens)
        if printed is None or printed.comparison:
            continue
        if printed.percent:
            if number is not None and printed.number == number * 100:
                return True
        elif printed.number in allowed:
            return True
        # a number word for a digit of a text, or the other way round
        if any((v := value_of(k)) is not None and v == printed for k in known):
            return True
    return False


def _lookup(c: Checker, path: str) -> Any:
    against = c.against
    if path.startswith(("results.", "analyses.", "software.")):
        return at_path(against.results, path.removeprefix("results."))
    if against.study is not None:
        return at_path(against.study, path)
    for copy in ("declared", "constants"):
        table = against.ledger.get(copy) or {}
        for key in (path, path.removeprefix("constants.")):
            found = at_path(table, key)
            if found is not MISSING:
                return found
    return MISSING


def _check_constant(c: Checker, name: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    path = str(entry.get("name"))
    value = _lookup(c, path)
    if value is MISSING:
        if c.against.study is None and not path.startswith(("constants.", "results.", "analyses.")):
            c.unchecked[name] = f"{path} stands in study.yml only"
            return None
        return f"study.yml has no {path}"
    if path.startswith("constants.") and isinstance(value, Mapping):
        value = {key: part for key, part in value.items() if key in ("value", "text", "unit")}
    if not tokens:
        return "nothing is printed for it"
    return None if stands_in(tokens, value) else f"{path} is {_short(value)}"


def _check_quoted(c: Checker, name: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    key = str(entry.get("name")).removeprefix("quoted.")
    table = (c.against.study if c.against.study is not None else c.against.ledger).get("quoted") or {}
    quoted = at_path(table, key)
    if not isinstance(quoted, Mapping):
        return f"no quoted figure {key} is declared"
    if not _contains(str(quoted.get("text")), tokens):
        return f"{key} is declared as {quoted.get('text')!r}"
    cite = str(quoted.get("cite"))
    block = c.expected.blocks[c.expected.entry_blocks[name]]
    spans = {str(i): (int(a), int(b)) for i, a, b in c.expected.ledger["blocks"][block.index].get("spans") or ()}
    low, high = sentence(block.text, *spans[name])
    for other, (a, b) in spans.items():
        other_entry = c.expected.entries.get(other) or {}
        if other_entry.get("kind") == "citation" and low <= a and b <= high + 12:
            keys = [part.strip() for part in str(other_entry.get("name")).split(";")]
            if cite in keys:
                return None
    return f"the citation of {cite} does not stand in its sentence"


# -- the document's own numbers --------------------------------------------------------------------------------------


def _check_structure(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    name = str(entry.get("name"))
    for kind in ("tables", "figures"):
        listed = c.against.ledger.get(kind) or ()
        series = next((item.get("series") for item in listed if item.get("id") == name), None)
        for position, item in enumerate((one for one in listed if one.get("series") == series), 1):
            if item.get("id") == name:
                if item.get("number") != position:
                    return f"{name} is the {kind[:-1]} at place {position}, the ledger numbers it {item.get('number')}"
                printed = printed_value(tokens)
                if printed is None or printed.number != position:
                    return f"{name} is number {position} of the {kind}"
                return None
    return f"there is no table or figure {name}"


def citation_list(tokens: Sequence[Token]) -> list[int] | None:
    """The numbers of "1,3–5" as a list: 1, 3, 4, 5. None where it is not such a list."""
    numbers: list[int] = []
    through = False
    for token in tokens:
        if token.norm == "–":
            through = True
        elif token.kind == SYMBOL:
            through = False
        elif token.norm.isdigit() or (token.norm[:1] == "-" and token.norm[1:].isdigit() and numbers):
            number = int(token.norm.lstrip("-"))
            if (through or token.norm[0] == "-") and numbers and number - numbers[-1] < 1000:
                numbers += range(numbers[-1] + 1, number)
            numbers.append(number)
            through = False
        else:
            return None
    return numbers


def _check_citation(c: Checker, _: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    keys = [key.strip() for key in str(entry.get("name")).split(";")]
    order = c.citation_numbers()
    listed = {str(item.get("key")): item.get("number") for item in c.against.ledger.get("references") or ()}
    for key in keys:
        if key not in listed:
            return f"{key} is not among the references"
        if listed[key] != order[key]:
            return f"{key} is cited as number {order[key]} but stands as number {listed[key]} among the references"
    printed = citation_list(tokens)
    should = sorted(order[key] for key in keys)
    if printed is None or sorted(printed) != should:
        return f"{', '.join(keys)} has the number {', '.join(map(str, should))}"
    return None


def _check_axis(c: Checker, name: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    axis = str(entry.get("name"))
    if printed_value(tokens) is None:
        return "it is not one number"
    if axis not in c._axes:
        ticks: list[Decimal] = []
        for other in sorted(
            (n for n, e in c.expected.entries.items() if e.get("kind") == "axis" and e.get("name") == axis),
            key=lambda n: (c.expected.entry_blocks.get(n, 0), _first(c.expected.entry_tokens.get(n))),
        ):
            value = printed_value(c.expected.entry_tokens.get(other, []))
            if value is not None:
                ticks.append(value.number)
        even = _even([b - a for a, b in pairwise(ticks)], Decimal(0)) or (
            all(tick > 0 for tick in ticks) and _even([b / a for a, b in pairwise(ticks)], Decimal(1))
        )  # the steps of a logarithmic axis are ratios
        c._axes[axis] = None if even else f"the ticks of {axis} are not evenly spaced ({', '.join(map(str, ticks))})"
    return c._axes[axis]


def _even(steps: Sequence[Decimal], none: Decimal) -> bool:
    """Are all steps from tick to tick the same, and not ``none``?"""
    return len(set(steps)) <= 1 and none not in steps


def _first(tokens: Sequence[Token] | None) -> int:
    return tokens[0].start if tokens else 0


# -- claims ----------------------------------------------------------------------------------------------------------


def evaluate(c: Checker, predicate: Mapping[str, Any]) -> str | None:
    """None where the predicate holds, else why it does not."""
    op = predicate["op"]
    if op == "and":
        parts = predicate["all"]
        if not parts:
            return "its predicate is empty"
        return next((why for part in parts if (why := evaluate(c, part)) is not None), None)
    if op == "null":
        record = c.statistic(predicate["of"])
        if record is None:
            return f"results.json has no statistic {predicate['of']}"
        return None if record.get("value") is None else f"{predicate['of']} was estimated: it is {record['value']}"
    if op == "is":
        value = _lookup(c, str(predicate["path"]))
        if value is MISSING:
            if c.against.study is None and not str(predicate["path"]).startswith("results."):
                return ""
            return f"there is no {predicate['path']}"
        return None if _same(value, predicate["value"]) else f"{predicate['path']} is {_short(value)}"
    if op in ("excludes", "includes"):
        low, high = c.value(predicate["low"]), c.value(predicate["high"])
        null = decimal_of(predicate["null"])
        if low is None or high is None or null is None:
            return f"the interval from {predicate['low']} to {predicate['high']} has no limits in results.json"
        inside = low <= null <= high
        if inside == (op == "includes"):
            return None
        return f"the interval from {low} to {high} {'includes' if inside else 'excludes'} {null}"
    value, than = c.value(predicate["of"]), decimal_of(predicate["than"])
    if value is None or than is None:
        return f"{predicate['of']} has no value in results.json"
    true = {
        "gt": value > than, "lt": value < than, "ge": value >= than, "le": value <= than,
        "p_below": value < than, "p_not_below": value >= than,
    }.get(op)  # fmt: skip
    if true is None:
        return f"the audit does not know the predicate {op!r}"
    return None if true else f"{predicate['of']} is {value}, which is not {_WORDS[op]} {than}"


_WORDS = {
    "gt": "above", "lt": "below", "ge": "at or above", "le": "at or below", "p_below": "below",
    "p_not_below": "at or above",
}  # fmt: skip


def _same(found: Any, said: Any) -> bool:
    if isinstance(said, bool) or isinstance(found, bool):
        yes, no = ("true", "yes", "on"), ("false", "no", "off")
        a, b = str(found).lower(), str(said).lower()
        return (a in yes and b in yes) or (a in no and b in no)
    if said is None or found is None:
        return (found is None or str(found) in ("", "null", "~")) and said is None
    a_number, b_number = decimal_of(found), decimal_of(said)
    if a_number is not None and b_number is not None:
        return a_number == b_number
    return " ".join(str(found).split()) == " ".join(str(said).split())


def _check_claim(c: Checker, name: str, entry: Entry, tokens: Sequence[Token]) -> str | None:
    predicate = entry.get("predicate")
    if not isinstance(predicate, Mapping):
        return "the ledger gives no predicate for it"
    why = evaluate(c, predicate)
    if why == "":
        c.unchecked[name] = "its predicate asks study.yml"
        return None
    return None if why is None else f"the claim does not hold: {why}"


def _short(value: Any) -> str:
    text = " ".join(" ".join(leaves(value)).split()) if not isinstance(value, str) else " ".join(value.split())
    return repr(text if len(text) <= 80 else text[:77] + "…")


_CHECKS: dict[str, Callable[[Checker, str, Entry, Sequence[Token]], str | None]] = {
    "result": _check_result,
    "not_estimable": _check_not_estimable,
    "category": _check_category,
    "software": _check_software,
    "label": _check_label,
    "reason": _check_reason,
    "warning": _check_warning,
    "constant": _check_constant,
    "quoted": _check_quoted,
    "structure": _check_structure,
    "citation": _check_citation,
    "axis": _check_axis,
    "claim": _check_claim,
}
