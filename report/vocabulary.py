"""The closed set of what the program may claim of a comparison, each phrase with what must be true of it.

`report.claims` refuses every phrase that is not here. docs/wording.md shows the set; the predicates are those of
docs/contracts.md, which the audit evaluates again from results.json.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """Phrases of one use. ``words``: what is printed, in pairs (above, below) where they turn round with the estimate;
    ``when``: what must be true, in words; ``ops``: the predicates that hold it."""

    use: str
    words: tuple[tuple[str, ...], ...]
    when: str
    ops: tuple[str, ...]


DIRECTION = Phrase(
    "direction",
    (
        ("higher", "lower"),
        ("longer", "shorter"),
        ("increase", "reduction"),
        ("harm", "treat"),
        ("treat", "harm"),
        ("excludes no interaction", "excludes no interaction"),
    ),
    "the estimate lies above (below) the value of no difference, and its interval excludes that value",
    ("gt", "lt", "excludes"),
)
EFFECT = Phrase(
    "effect",
    (("increased", "reduced"),),
    "as for direction, and P, where there is one, lies below alpha; only a prespecified primary outcome of a "
    "randomised study",
    ("gt", "lt", "excludes", "p_below"),
)
UNCLEAR = Phrase(
    "no clear difference",
    (
        ("includes no difference",),
        ("include no difference",),
        ("includes no change",),
        ("includes no interaction",),
        ("includes none",),
        ("include none",),
    ),
    "the interval includes the value of no difference (each interval, where several are named)",
    ("includes",),
)
SHOWN = Phrase(
    "interaction",
    (("excludes its absence",), ("exclude its absence",)),
    "the interval of the interaction excludes the value of none (each interval, where several are named)",
    ("excludes",),
)
DISPUTED = Phrase(
    "interval and test disagree",
    (
        ("excludes no difference, but the test does not",),
        ("exclude no difference, but the tests do not",),
    ),
    "the interval excludes the value of no difference, but P does not lie below alpha",
    ("excludes", "p_not_below"),
)
MARGIN = Phrase(
    "margin",
    (
        ("equivalent",),
        ("non-inferior",),
        ("equivalence was not shown",),
        ("non-inferiority was not shown",),
        ("not shown",),
        ("equivalence could not be judged, because a limit is missing",),
        ("non-inferiority could not be judged, because a limit is missing",),
    ),
    "only with a declared margin: the limits lie inside it; one of them does not; or a limit has no value",
    ("gt", "lt", "ge", "le", "null"),
)
SUPERIOR = Phrase(
    "superiority",
    (("superior",),),
    "only after `non-inferior`: the limit of the same interval lies beyond the value of no difference, on the better "
    "side; a superiority trial says it as an effect",
    ("gt", "lt"),
)
MISSING = Phrase(
    "not estimable",
    (
        ("could not be estimated",),
        ("not estimable",),
        ("not reached",),
        ("was not reached in either group",),
        ("was not reached in any group",),
    ),
    "the statistic has no value; its reason follows",
    ("null",),
)
UNPLANNED = Phrase(
    "not prespecified",
    (("not prespecified",),),
    "study.yml says `prespecified: false` of each outcome named",
    ("is",),
)
STATED = Phrase(
    "when an estimand was stated",
    (("before the data were seen",), ("after the data were available",)),
    "study.yml says `estimand.prespecified: true` (`false`) of each outcome named",
    ("is",),
)
NOBODY = Phrase(
    "nobody had it",
    (("No",), ("No event",), ("No serious event",), ("no record",)),
    "the number of patients with such events is 0 in every group",
    ("le",),
)
TREND = Phrase(
    "trend",
    (("rose", "fell"),),
    "the statistic of a test for trend over the groups' scores lies above (below) 0, and its P below alpha",
    ("gt", "lt", "p_below"),
)
NO_TREND = Phrase(
    "no clear trend",
    (("no clear trend",),),
    "P of a test for trend over the groups' scores does not lie below alpha",
    ("p_not_below",),
)
PHRASES = (
    DIRECTION,
    EFFECT,
    UNCLEAR,
    SHOWN,
    DISPUTED,
    MARGIN,
    SUPERIOR,
    MISSING,
    UNPLANNED,
    STATED,
    NOBODY,
    TREND,
    NO_TREND,
)


@dataclass(frozen=True)
class Size:
    """A ratio in words. ``low`` and ``high`` are both included; those above 1 are the reciprocals of those below, so
    that a comparison turned round keeps its size."""

    words: str
    low: float
    high: float


SIZES = (
    Size("about a quarter as high", 0.22, 0.28),
    Size("about a third as high", 0.30, 0.37),
    Size("about half as high", 0.45, 0.55),
    Size("about two thirds as high", 0.63, 0.70),
    Size("about one and a half times as high", 1 / 0.70, 1 / 0.63),
    Size("about twice as high", 1 / 0.55, 1 / 0.45),
    Size("about three times as high", 1 / 0.37, 1 / 0.30),
    Size("about four times as high", 1 / 0.28, 1 / 0.22),
)


@dataclass(frozen=True)
class Share:
    """A percentage in words, within a tenth of what is said; both ends are included."""

    words: str
    low: float
    high: float


SHARES = (
    Share("about one in twenty", 4.5, 5.5),
    Share("about one in ten", 9.0, 11.0),
    Share("about one in five", 18.0, 22.0),
    Share("about one in four", 22.5, 27.5),
    Share("about one in three", 30.0, 36.5),
    Share("about one in two", 45.0, 55.0),
)


def allowed(phrase: Phrase, *words: str) -> bool:
    """Whether the words, in their order, are one of the phrase's."""
    return words in phrase.words


def size_of(ratio: float) -> Size | None:
    """The words for a ratio of two risks or rates, where there are any."""
    return next((one for one in SIZES if one.low <= ratio <= one.high), None)


def share_of(percent: float) -> Share | None:
    """The words for a percentage, where there are any."""
    return next((one for one in SHARES if one.low <= percent <= one.high), None)
