"""Setting the lines of a text anew after edits: what comes after an edit moves, spaces give or take, and where that is
not enough the words run over to the next lines, closer set where the paragraph has no room for them.

Lengths are points of the page; a line runs along `u`, lines follow each other down `v`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from benchmarks.tampering.nodes import Edit
from benchmarks.tampering.pdf_fonts import Font
from benchmarks.tampering.pdf_glyphs import Glyph

BREAK = "\n"
SPACE = 0.25
"""Of the size: a space that no glyph draws."""
TIGHTEST, WIDEST = -0.4, 1.4
"""How much of its width a space may give or take before words run over."""
NARROWEST = 0.55
"""How closely letters may be set, as a part of their width."""

HANGS = 3.0
"""By how much the right edges of justified lines may differ: marks hang over."""

Draw = Callable[[str, Glyph], "tuple[Font, int] | None"]
"""The font and code that draw a character in the looks of a glyph; None for white space that no glyph need draw."""


@dataclass(eq=False, slots=True)
class Atom:
    """A glyph of a text, or a space or break between glyphs."""

    text: str
    like: Glyph
    """Itself, or the glyph whose looks it has."""
    line: int
    kept: bool
    drawn: tuple[Font, int] | None
    width: float
    lead: float = 0.0
    """Distance to what came before it (kerning)."""
    after: Atom | None = None
    """What came before it."""
    stretch: float = 0.0
    """What a space takes more than its width."""

    @property
    def space(self) -> bool:
        return self.text in (" ", BREAK)


@dataclass(frozen=True, slots=True)
class Placed:
    atom: Atom
    line: int
    """May be one that the text did not have: then its base line is further down."""
    u: float
    narrow: float


@dataclass(frozen=True, slots=True)
class Room:
    """What a text may fill."""

    left: float
    right: float
    lines: int
    """How many more lines there is room for."""


@dataclass(eq=False)
class Text:
    """The lines of a node, each from left to right."""

    lines: list[list[Glyph]]
    atoms: list[Atom] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, line in enumerate(self.lines):
            if number:
                self.atoms.append(Atom(BREAK, self.atoms[-1].like, number - 1, True, None, 0.0))
            before: Atom | None = None
            for glyph in line:
                atom = Atom(glyph.text, glyph, number, True, (glyph.font, glyph.code), glyph.width)
                if before is not None:
                    gap = glyph.u - before.like.end
                    if before.text.isspace():
                        before.stretch = gap
                    elif gap > 0.17 * glyph.em and not glyph.text.isspace():
                        before = Atom(" ", before.like, number, True, None, gap, after=before)
                        self.atoms.append(before)
                    else:
                        atom.lead = gap
                    atom.after = before
                before = atom
                self.atoms.append(atom)

    @property
    def text(self) -> str:
        return "".join(atom.text for atom in self.atoms)

    @property
    def left(self) -> list[float]:
        return [line[0].u for line in self.lines]

    @property
    def ends(self) -> list[float]:
        return [max((g.end for g in line if not g.text.isspace()), default=line[0].u) for line in self.lines]

    @property
    def leading(self) -> float:
        """Distance between base lines."""
        steps = [a[0].v - b[0].v for a, b in zip(self.lines, self.lines[1:], strict=False)]
        return statistics.median(steps) if steps else 1.2 * max(g.em for g in self.lines[0])

    def base(self, line: int) -> float:
        """The base line of a line, also of one further down than there are."""
        last = len(self.lines) - 1
        glyphs = self.lines[min(line, last)]
        tallest = max(glyphs, key=lambda g: g.em)
        return tallest.v - max(0, line - last) * self.leading


def edited(text: Text, edits: Sequence[Edit], draw: Draw) -> tuple[list[Atom], set[int], int | None]:
    """The atoms after the edits (of one node, from the first to the last), the lines that they touch, and the line from
    which on words must run over, as two that were on different lines have grown together."""
    old = text.atoms
    begins = [0, *accumulate(len(atom.text) for atom in old)]
    gone = {at for edit in edits for at in range(edit.start, edit.end)}
    inserts: dict[int, list[Edit]] = {}
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        inserts.setdefault(edit.start, []).append(edit)
    out: list[Atom] = []
    touched: set[int] = set()

    def put(new: str, like: Atom) -> None:
        touched.add(like.line)
        for char in new:
            drawn = draw(char, like.like)
            out.append(Atom(char, like.like, like.line, False, drawn, width_of(char, like.like, drawn)))

    def insert(at: int, k: int) -> None:
        for edit in inserts.pop(at, ()):
            before = out[-1] if out and out[-1].text != BREAK else None
            after = next((n for n in range(k, len(old)) if old[n].text != BREAK), None)
            if after is not None and begins[after] < edit.end:
                put(edit.new, old[after])  # it has the looks of what it replaces
            else:
                put(edit.new, before or old[len(old) - 1 if after is None else after])

    parted: list[int] = []
    for k, atom in enumerate(old):
        begin, end = begins[k], begins[k + 1]
        insert(begin, k)
        inside = range(begin + 1, end)
        if not any(at in gone for at in range(begin, end)) and not any(at in inserts for at in inside):
            out.append(atom)
            continue
        touched.add(atom.line)
        if atom.text == BREAK:
            parted.append(atom.line)
            touched.add(atom.line + 1)
        for at in range(begin, end):  # a ligature may be parted
            insert(at, k)
            if at not in gone:
                put(atom.text[at - begin], atom)
    insert(begins[-1], len(old))
    glued = None
    for line in reversed(parted):
        before = [atom for atom in out if atom.line <= line and atom.text != BREAK]
        after = [atom for atom in out if atom.line > line]
        if before and after and not before[-1].space and not after[0].space:
            glued = line
    return out, touched, glued


def width_of(char: str, like: Glyph, drawn: tuple[Font, int] | None) -> float:
    state = like.show.state
    across = state.size * state.wide * like.show.along
    if drawn is None:
        return SPACE * across
    font, code = drawn
    return font.width(code) / 1000 * across


def relaid(
    text: Text, atoms: Sequence[Atom], touched: set[int], glued: int | None, room: Room, known: Callable[[str], bool]
) -> list[Placed]:
    """Where each glyph of the text is drawn. Raises ValueError where the text has no room."""
    ends = text.ends
    right = max(ends)
    count = len(text.lines)
    full = [count > 2 and right - end < HANGS and k < count - 1 for k, end in enumerate(ends)]
    placed: list[Placed] = []
    for number in range(count):
        line = [atom for atom in atoms if atom.line == number and atom.text != BREAK]
        if glued == number:
            break
        if number not in touched:
            placed += [Placed(atom, number, atom.like.u, 1.0) for atom in line if atom.drawn is not None]
            continue
        found = _one_line(line, number, text.left[number], ends[number], room, full[number], count == 1)
        if found is None:
            glued = number
            break
        placed += found
    if glued is None:
        return placed
    rest = [atom for atom in atoms if atom.line >= glued]
    justified = sum(full) >= max(1, 0.5 * (count - 1))
    return placed + _run_over(text, rest, glued, room, right, justified, known)


def _one_line(
    line: list[Atom], number: int, left: float, end: float, room: Room, full: bool, alone: bool
) -> list[Placed] | None:
    """The line with its edits, where it holds them without letting words go; else None."""
    words = [atom for atom in line if not atom.space]
    if not words:
        return []
    spaces = [atom for atom in line if atom.text == " "]
    usual = statistics.median([a.stretch for a in spaces if a.kept] or [0.0])
    for atom in spaces:
        if not atom.kept:
            atom.stretch = usual
    last = max(k for k, atom in enumerate(line) if not atom.space)
    inner = [atom for atom in line[:last] if atom.text == " "]
    start = line[0].like.u if line[0].kept else left
    over = _end(line[: last + 1], start) - (end if full else room.right)
    if full or over > 0:
        natural = sum(a.width for a in inner)
        spread = sum(a.stretch for a in inner)
        if natural and TIGHTEST <= (spread - over) / natural <= WIDEST:
            for atom in inner:
                atom.stretch -= over / len(inner)
        elif full or not alone:
            return None
        else:
            start = max(room.left, start - over)
            if _end(line[: last + 1], start) > room.right + 0.01:
                return None
    return _set(line, number, start, 1.0)


def _end(line: Sequence[Atom], start: float) -> float:
    u = start
    for k, atom in enumerate(line):
        u += (atom.lead if k and atom.after is line[k - 1] else 0.0) + atom.width + atom.stretch
    return u


def _set(line: Sequence[Atom], number: int, start: float, narrow: float) -> list[Placed]:
    out: list[Placed] = []
    u = start
    for k, atom in enumerate(line):
        if k and atom.after is line[k - 1]:
            u += atom.lead * narrow
        if atom.drawn is not None:
            out.append(Placed(atom, number, u, narrow))
        u += (atom.width + atom.stretch) * narrow
    return out


def _run_over(
    text: Text, atoms: list[Atom], first: int, room: Room, right: float, justified: bool, known: Callable[[str], bool]
) -> list[Placed]:
    """Words filled into the lines from `first` on."""
    words = _words(atoms, known)
    limit = right if justified else max(right, room.right)
    lefts = text.left[first:]
    count = len(lefts)
    tries = [(extra, 1.0) for extra in range(room.lines + 1)]
    tries += [(room.lines, k / 100) for k in range(98, int(100 * NARROWEST), -2)]
    if count == 1 and len(text.lines) == 1:  # a cell, a heading: rather closer set than on two lines
        tries = [(0, k / 100) for k in range(98, 78, -2)] + tries
    for extra, narrow in tries:
        edges = lefts + [lefts[-1]] * extra
        filled = _filled(words, edges, limit, narrow)
        if filled is not None:
            break
    else:
        raise ValueError(f"there is no room for “{''.join(atom.text for atom in atoms)[:80]}…”")
    placed: list[Placed] = []
    for k, group in enumerate(filled):
        if not group:
            continue
        line: list[Atom] = []
        for n, word in enumerate(group):
            if n:
                line.append(_space_between(group[n - 1][-1], word[0]))
            line += word
        spaces = [atom for atom in line if atom.text == " "]
        if justified and spaces and any(filled[k + 1 :]):
            slack = limit - edges[k] - _end(line, 0.0) * narrow
            for atom in spaces:
                atom.stretch = slack / len(spaces) / narrow
        placed += _set(line, first + k, edges[k], narrow)
    return placed


def _words(atoms: list[Atom], known: Callable[[str], bool]) -> list[list[Atom]]:
    words: list[list[Atom]] = [[]]
    for k, atom in enumerate(atoms):
        if atom.text == BREAK and words[-1] and words[-1][-1].text in ("-", "\u00ad", "\u2010"):
            # a word that was parted at the line's end: without its hyphen, if it is known so
            rest = []
            for following in atoms[k + 1 :]:
                if following.space:
                    break
                rest.append(following.text)
            joined = "".join(a.text for a in words[-1][:-1]) + "".join(rest)
            if known(joined):
                words[-1].pop()
        elif atom.space:
            if words[-1]:
                words.append([])
        else:
            words[-1].append(atom)
    return [word for word in words if word]


def _filled(words: list[list[Atom]], lefts: list[float], right: float, narrow: float) -> list[list[list[Atom]]] | None:
    lines: list[list[list[Atom]]] = [[]]
    u = lefts[0]
    for word in words:
        width = _end(word, 0.0) * narrow
        space = _space_between(lines[-1][-1][-1], word[0]).width * narrow if lines[-1] else 0.0
        if lines[-1] and u + space + width > right + 0.01:
            if len(lines) == len(lefts):
                return None
            lines.append([])
            u, space = lefts[len(lines) - 1], 0.0
        if u + space + width > right + 0.01:
            return None
        u += space + width
        lines[-1].append(word)
    return lines


def _space_between(before: Atom, after: Atom) -> Atom:
    """A space in the looks of what is before it."""
    font = before.like.font
    code = font.drawn.get(" ")
    drawn = (font, code) if code is not None else None
    return Atom(" ", before.like, before.line, False, drawn, width_of(" ", before.like, drawn))
