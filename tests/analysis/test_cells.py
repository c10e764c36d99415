"""Cells of data files: levels that another program wrote as 1.0, and bad cells that are alike."""

from __future__ import annotations

from typing import Any

from analysis.pipeline import analyse_folder

Small = Any


def test_levels_written_with_a_decimal_are_levels(small: Small) -> None:
    """pandas writes a column of 0 and 1 with a missing value as 0.0 and 1.0; and the other way round."""
    plain = analyse_folder(small.write())
    small.tables["people"] = small.tables["people"].replace(",f,", ",1,").replace(",m,", ",0,")
    levels = small.study["files"]["people"]["columns"]["sex"]["levels"]
    small.study["files"]["people"]["columns"]["sex"]["levels"] = {"1": levels["f"], "0": levels["m"]}
    small.study["baseline"][2]["show"] = ["1"]
    whole = analyse_folder(small.write())
    small.tables["people"] = small.tables["people"].replace(",1,I", ",1.0,I").replace(",0,I", ",0.0,I")
    assert ",1.0,I" in small.tables["people"]
    assert analyse_folder(small.write()).statistics == whole.statistics
    assert {len(plain.statistics)} == {len(whole.statistics)}


def test_bad_cells_that_are_alike_are_told_once(small: Small) -> None:
    small.tables["people"] = small.tables["people"].replace(",yes,no,", ",yes,nope,")
    said = [fault for fault in small.faults() if "nope" in fault]
    assert len(said) == 1
    assert "people.csv, line 2" in said[0]
    assert "It is so in 5 rows; this is the first." in said[0]


def test_a_few_bad_cells_are_told_singly(small: Small) -> None:
    small.tables["people"] = (
        small.tables["people"].replace("P2,O,45,,m,", "P2,O,45,,x,").replace("P8,N,57,90,m,", "P8,N,57,90,x,")
    )
    assert len([fault for fault in small.faults() if "x is not one of the levels" in fault]) == 2
