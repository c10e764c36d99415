"""The flow of patients: boxes that add up, and sizes of groups that the tables give too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from report.audit.rules.paper import Paper, Passage, Table
from report.audit.rules.printed import COUNT, count_of
from report.audit.rules.rule import Fault, Rule
from report.audit.tokens import phrase_value, word_value
from report.audit.verdict import Spot

_BOX = re.compile(rf"\(\s*[nN]\s*=\s*(?P<n>{COUNT})\s*\)")
_KINDS = (
    ("without_data", re.compile(r"\bdata\s+not\s+available\b|\bwithout\s+data\b", re.IGNORECASE)),
    ("with_data", re.compile(r"\bdata\s+available\b|\bwith\s+data\b", re.IGNORECASE)),
    ("excluded", re.compile(r"\b(?:excluded|not\s+included|ineligible)\b(?!.*\banaly)", re.IGNORECASE)),
    ("not_received", re.compile(r"did\s+not\s+(?:\w+\s+)?receive|not\s+received|never\s+received", re.IGNORECASE)),
    ("received", re.compile(r"\breceived\b", re.IGNORECASE)),
    ("lost", re.compile(r"\blost\b|before\s+\d+\s+(?:day|week|month|year)", re.IGNORECASE)),
    ("stopped", re.compile(r"\b(?:stopped|discontinued|withdr\w+)\b", re.IGNORECASE)),
    ("analysed", re.compile(r"\banaly[sz]ed\b", re.IGNORECASE)),
    ("assessed", re.compile(r"\b(?:assessed|screened|identified)\b", re.IGNORECASE)),
    ("assigned", re.compile(r"\b(?:allocated|assigned)\s+to\b", re.IGNORECASE)),
    ("included", re.compile(r"\b(?:randomi[sz]ed|included|enrolled)\b", re.IGNORECASE)),
)
_LONG = re.compile(
    r"(?:allocated|assigned)\s+to\b|did\s+not\s+(?:\w+\s+)?receive|data\s+(?:not\s+)?available", re.IGNORECASE
)
"""How texts of boxes begin that may take many lines."""
_REACH = 300
_MORE_THAN_ONE = r"more\s+than\s+one\s+reason|multiple\s+reasons|several\s+reasons|not\s+mutually\s+exclusive"


_HEADINGS = ("excluded", "lost", "stopped", "analysed")
"""What may stand as a heading over counts of its own: a line under it is no count of all of them."""


@dataclass(frozen=True, slots=True)
class Box:
    """A count of a flow diagram, and what it counts."""

    label: str
    kind: str
    n: int
    spot: Spot


def _box(passage: Passage, match: re.Match[str]) -> Box:
    """The label is what stands before the count in its line, with the line before where it was broken there."""
    text, start = passage.text, match.start()
    low = max(start - _REACH, 0, *(text.rfind(mark, max(0, start - _REACH), start) + 1 for mark in "()"))
    lines = [" ".join(line.split()).strip(" :-–") for line in text[low:start].split("\n") if line.strip()]
    own, label = (lines or [""])[-1], " ".join(lines[-2:])
    begins = next((i for i in reversed(range(len(lines))) if _LONG.match(" ".join(lines[i:]))), None)
    if begins is not None and not _kind(own):  # a treatment's name or a reason may take many lines of a narrow box
        label = " ".join(lines[begins:])
    kind = _kind(own) or _kind(label)
    if not _kind(own) and kind in _HEADINGS:
        kind = ""
    return Box(label, kind, count_of(match["n"]) or 0, passage.spot(*match.span("n")))


def _kind(label: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.search(label)), "")


def boxes(passage: Passage) -> list[Box]:
    """The counts of a flow diagram's texts, in drawing order; [] where it is no such diagram."""
    found = [_box(passage, match) for match in _BOX.finditer(passage.text)]
    kinds = {box.kind for box in found}
    return found if "included" in kinds and len(kinds - {""}) >= 3 else []


def flow_sum(paper: Paper) -> Iterator[Fault]:
    for passage in paper.passages:
        if passage.block.kind in ("figure", "page"):
            yield from _boxes_sum(paper, boxes(passage))
        if passage.block.kind not in ("figure", "cell"):
            yield from _said_sum(passage)
            yield from _flow_said(passage)


def _boxes_sum(paper: Paper, found: list[Box]) -> Iterator[Fault]:
    by_kind: dict[str, list[Box]] = {}
    for box in found:
        by_kind.setdefault(box.kind, []).append(box)
    included = by_kind.get("included", [])
    if len(included) != 1:
        return
    whole, every = included[0], tuple(box.spot for box in found)
    excluded, assessed = by_kind.get("excluded", []), by_kind.get("assessed", [])
    if len(excluded) == 1 and len(assessed) == 1 and assessed[0].n != excluded[0].n + whole.n:
        why = f"{assessed[0].n} were assessed, but {excluded[0].n} excluded and {whole.n} included make {excluded[0].n + whole.n}"  # noqa: E501
        yield Fault(f"n = {assessed[0].n}", why, f"n = {excluded[0].n + whole.n}", spot=assessed[0].spot, others=every)
    if len(excluded) == 1 and not paper.says(_MORE_THAN_ONE):
        at = found.index(excluded[0])
        reasons: list[Box] = []
        for box in found[at + 1 :]:
            if box.kind:
                break
            reasons.append(box)
        if reasons and sum(box.n for box in reasons) != excluded[0].n:
            listed = " + ".join(str(box.n) for box in reasons)
            why = f"{excluded[0].n} were excluded, but the reasons' {listed} make {sum(box.n for box in reasons)}"
            yield Fault(f"n = {excluded[0].n}", why, "", spot=excluded[0].spot, others=every)
    received, refused = by_kind.get("received", []), by_kind.get("not_received", [])
    arms = by_kind.get("assigned", []) or _arms(found, received)
    if len(arms) >= 2 and sum(box.n for box in arms) != whole.n:
        listed = " + ".join(str(box.n) for box in arms)
        why = f"{whole.label}: {whole.n}, but the groups' {listed} make {sum(box.n for box in arms)}"
        yield Fault(f"n = {whole.n}", why, f"n = {sum(box.n for box in arms)}", spot=whole.spot, others=every)
    if arms and len(received) == len(arms):
        treated, not_treated = sum(box.n for box in received), sum(box.n for box in refused)
        if treated + not_treated > sum(box.n for box in arms) or (
            len(refused) in (0, len(arms)) and treated + not_treated != sum(box.n for box in arms)
        ):
            why = f"{sum(box.n for box in arms)} were assigned, but {treated} received and {not_treated} did not receive the treatment"  # noqa: E501
            yield Fault(f"n = {treated}", why, "", spot=received[0].spot, others=every)
    absent, held = by_kind.get("without_data", []), by_kind.get("with_data", [])
    if len(arms) == len(held) == len(absent):
        for arm, there, lacking in zip(arms, held, absent, strict=True):
            if arm.n != there.n + lacking.n:
                why = (
                    f"{arm.n} were assigned, but {there.n} with data and {lacking.n} without make {there.n + lacking.n}"
                )
                yield Fault(f"n = {arm.n}", why, f"n = {there.n + lacking.n}", spot=arm.spot, others=every)
    for box in found:
        if box.n > max(whole.n, assessed[0].n if assessed else 0) and box.kind not in ("excluded", ""):
            why = f"{box.label}: {box.n} are more than the {whole.n} included"
            yield Fault(f"n = {box.n}", why, "", spot=box.spot, others=every)


def _arms(found: list[Box], received: list[Box]) -> list[Box]:
    """The boxes of groups named by their treatment: each stands just before that of those who received it."""
    before = [found[found.index(box) - 1] for box in received if found.index(box)]
    return before if len(before) == len(received) >= 2 and all(not box.kind for box in before) else []


_PEOPLE = r"(?:patients|participants|subjects|persons|people|smokers|women|men|children|adults|individuals|volunteers)"
_WORD = r"[A-Za-z]+(?:-[a-z]+)?"
_SPLIT = re.compile(
    rf"(?<![\w.])(?P<n>{COUNT}|{_WORD})\s+(?:[^\W\d]\w*\s+)?{_PEOPLE}\s+(?:were|was)\s+"
    rf"(?:included|enrolled|randomi[sz]ed|randomly\s+assigned|assigned|recruited)\b[^,:;.()\d]*[,:;]\s+(?P<rest>[^.()]*)"
)
_SCALE = re.compile(r"\s+(?:hundred|thousand)\b")
_INCLUDED = re.compile(r"\bw(?:ere|as)\s+(?:included|enrolled|randomi|randomly|assigned|recruited)")
_PART = re.compile(
    rf"(?<![\w.])(?P<n>{COUNT}|{_WORD})\s+(?:{_PEOPLE}\s+)?(?P<word>to|treated|received|receiving|assigned|allocated|given)\b"
)


def _said_sum(passage: Passage) -> Iterator[Fault]:
    """`Sixty patients were included, 30 treated with A and 30 treated with B`."""
    if not _INCLUDED.search(passage.text):
        return
    for match in _SPLIT.finditer(passage.text):
        if match.end() == len(passage.text):  # the sentence goes on, on the next page
            continue
        scale = _SCALE.match(passage.text, match.end("n"))
        whole = _number(passage.text, match.start("n"), scale.end() if scale else match.end("n"))
        rest = match.start("rest")
        parts = [
            (n, m)
            for m in _PART.finditer(match["rest"])
            if (n := _number(passage.text, rest + m.start("n"), rest + m.end("n"))) is not None
        ]
        if whole is None or len(parts) < 2 or len({m["word"] for _, m in parts}) != 1:
            continue
        if re.search(r"\b(?:rest|remaining|remainder|others?|both|whom|which)\b", match["rest"], re.IGNORECASE):
            continue
        if sum(n for n, _ in parts) != whole:
            listed = " + ".join(str(n) for n, _ in parts)
            why = f"{match['n']} are split into {listed} = {sum(n for n, _ in parts)}"
            yield Fault(match["n"], why, str(sum(n for n, _ in parts)), spot=passage.spot(*match.span()))


def _number(text: str, start: int, end: int) -> int | None:
    """The number at a place: digits, or a number word with those before it ("one hundred and twenty-five")."""
    if text[start].isdigit():
        return count_of(text[start:end])
    words = [word.replace("-", "") for word in re.findall(r"[a-z-]+", text[max(0, start - 60) : end].lower())]
    if words[-1] != "one" and word_value(words[-1]) is None:
        return None
    values = (phrase_value(words[k:]) for k in range(len(words)) if words[k] != "and")
    value = next((value for value in values if value is not None), None)
    return int(value) if value is not None and value == int(value) else None


_ALT_WHOLE = re.compile(rf"({COUNT})\s+{_PEOPLE}\s+were\s+(?:included|randomi[sz]ed|enrolled)\.")
_ALT_ARM = re.compile(
    rf"({COUNT})\s+were\s+(?:treated|assigned|allocated)\b[^.]*?\bof\s+whom\s+({COUNT})\s+received\b([^.]*)"
)


def _flow_said(passage: Passage) -> Iterator[Fault]:
    """The alternative text of a flow diagram: `60 patients were included. 30 were treated with A, of whom 30 …`."""
    if "of whom" not in passage.text:
        return
    whole = _ALT_WHOLE.search(passage.text)
    arms = list(_ALT_ARM.finditer(passage.text))
    if whole and len(arms) >= 2:
        total, parts = count_of(whole[1]) or 0, [count_of(arm[1]) or 0 for arm in arms]
        if sum(parts) != total:
            why = f"{total} were included, but the groups' {' + '.join(map(str, parts))} make {sum(parts)}"
            others = tuple(passage.spot(*arm.span(1)) for arm in arms)
            yield Fault(whole[1], why, str(sum(parts)), "", passage.spot(*whole.span(1)), others)
    for arm in arms:
        size = count_of(arm[1]) or 0
        for match in re.finditer(
            rf"(?<![\w.])({COUNT})\s+(?:received|stopped|(?:was|were)\s+(?:lost|analy[sz]ed))", arm[0]
        ):
            n = count_of(match[1]) or 0
            if n > size:
                why = f"{n} are more than the {size} patients of the group"
                at = arm.start() + match.start(1)
                others = (passage.spot(*arm.span(1)),)
                yield Fault(match[0], why, "", "", passage.spot(at, at + len(match[1])), others)


_NOT_RANDOM = re.compile(r"\b(?:not|non)[\s-]+randomi[sz]ed\b", re.IGNORECASE)
_RANDOM = re.compile(r"\b(?:randomi[sz]ed|randomly|allocated|allocation)\b", re.IGNORECASE)


def flow_words(paper: Paper) -> Iterator[Fault]:
    """A diagram that says that its groups were not formed at random counts nobody as randomised or allocated."""
    for passage in paper.passages:
        counts = list(_BOX.finditer(passage.text)) if passage.block.kind in ("figure", "page") else []
        if not counts or not boxes(passage):
            continue
        first = passage.text.rfind("\n", 0, counts[0].start()) + 1
        drawn = passage.text[first : counts[-1].end()]
        own = _NOT_RANDOM.search(drawn)
        if own is None:
            continue
        others = (passage.spot(first + own.start(), first + own.end()),)
        for match in _RANDOM.finditer(_NOT_RANDOM.sub(lambda m: "\0" * len(m[0]), drawn)):
            count = next((one for one in counts if one.start() >= first + match.end()), None)
            if count is None or count.end() - first > len(drawn):
                continue
            spot = passage.spot(first + match.start(), count.end())
            why = f"the flow diagram says “{own[0]}” of its groups, and “{match[0]}” of {count['n']} patients"
            yield Fault(match[0], why, "", "", spot, others)


# -- sizes of groups -------------------------------------------------------------------------------------------------


def header_n(paper: Paper) -> Iterator[Fault]:
    """The same group's size over several tables and in the flow; another size must be one that the flow counts."""
    flow, counted = _flow_counts(paper)
    seen: dict[str, list[tuple[int, Table, Spot]]] = {}
    for table in paper.tables:
        for column, size in table.sizes.items():
            group = _group(table.heads[column])
            seen.setdefault(group, []).append((size, table, table.head_spots[column]))
    for group, sizes in seen.items():
        numbers = [size for size, _, _ in sizes]
        known = flow | {n for n, times in Counter(numbers).items() if times > max(1, len(numbers) / 2)}
        if not flow or not group:
            continue
        for size, table, spot in sizes:
            if (
                size in known
                or _is_sum(table, size)
                or re.search(r"subgroup|subset|per[\s-]protocol|women|\bmen\b|among|only", table.words, re.IGNORECASE)
            ):
                continue
            others = sorted(set(numbers) - {size})
            why = f"a table's head gives {group} {size} patients, which neither the flow" + (
                f" nor the other tables ({', '.join(map(str, others))}) do" if others else " nor another table does"
            )
            yield Fault(f"n = {size}", why, "", "", spot, tuple(other for _, _, other in sizes) + counted)


def _is_sum(table: Table, size: int) -> bool:
    """Whether it is the size of all, and the groups of the table sum to it; these are sought in the flow themselves."""
    return table.whole is not None and table.sizes[table.whole] == size == sum(table.sizes[c] for c in table.arms)


def _flow_counts(paper: Paper) -> tuple[set[int], tuple[Spot, ...]]:
    """The counts of the flow diagram, or of its alternative text, and where they stand."""
    counts: set[int] = set()
    spots: list[Spot] = []
    for passage in paper.passages:
        if passage.block.kind in ("figure", "page"):
            found = boxes(passage)
            counts |= {box.n for box in found}
            spots += [box.spot for box in found]
        if "of whom" in passage.text and _ALT_WHOLE.search(passage.text) and _ALT_ARM.search(passage.text):
            for match in _ALT_COUNT.finditer(passage.text):
                counts.add(count_of(match[0]) or 0)
                spots.append(passage.spot(*match.span()))
    return counts, tuple(spots)


_ALT_COUNT = re.compile(rf"(?<![\w.]){COUNT}(?=\s+(?:patients\s+)?w(?:as|ere)\b)")


def _group(head: str) -> str:
    """What a head calls its group, without its size and what stands below it."""
    head = re.sub(rf"^\s*of\s+{COUNT}\s*\)", "", head)  # of the head before, on one line of a page: "(n = 28 of 30)"
    return " ".join(re.split(r"\(?\s*\b[nN]\s*=", head)[0].split()[-6:]).strip(" (,")


FLOW_RULES = (
    Rule(
        "T-SUM",
        "The boxes of a flow diagram add up: assessed = excluded + included; the groups sum to the included; received and not received to the group, and so do those with and without data; reasons to the excluded; and so does a sentence that splits the included patients.",  # noqa: E501
        "CONSORT 2025, items 22a and 22b",
        flow_sum,
    ),
    Rule(
        "T-FLOW-WORDS",
        "A flow diagram that says that its groups were not randomised calls nobody in it randomised or allocated.",
        "TREND (doi:10.2105/AJPH.94.3.361): how groups were formed is said as it was",
        flow_words,
    ),
    Rule(
        "T-HEADER-N",
        "The size of a group in a table's head is one that the flow diagram counts, or that of the other tables.",
        "CONSORT 2025, items 22a and 26",
        header_n,
    ),
)
