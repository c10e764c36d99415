"""Patients as numbers: what the analyses join by. A name is read once, and never compared again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.load import StudyData

if TYPE_CHECKING:
    from analysis.study import Study


def numbered(study: Study, data: StudyData) -> StudyData:
    """The data with each patient as his or her place in the participants' file, from 0, in all files.

    Who is not among the participants is -1. Unchanged where a participant has no name or two have the same.
    """
    import pandas as pd

    column = str(study.files[study.participants].role("patient"))
    main = data.frames[study.participants]
    known = data.checked and study.files[study.participants].key == [column]
    if main[column].hasnans or not (known or main[column].is_unique):
        return data
    names = pd.Index(main[column])
    frames = {study.participants: main.assign(**{column: range(len(main))})}
    for key, frame in data.frames.items():
        own = study.files[key].role("patient")
        if key != study.participants:
            frames[key] = frame if own is None else frame.assign(**{own: names.get_indexer(pd.Index(frame[own]))})
    return replace(data, frames={key: frames[key] for key in data.frames})
