"""The made-up trial with four arms as a 2×2 factorial trial of two treatments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from trial_study import write_trial

CROSSED = ("both", "low", "high", "placebo")
FACTORS: dict[str, dict[str, Any]] = {
    "aspirin": {"label": "Aspirin", "arms": ["both", "low"], "against": "placebo"},
    "exercise": {"label": "Supervised exercise", "arms": ["both", "high"]},
}
NAMES = {
    "both": ("Both", "aspirin and supervised exercise"),
    "low": ("Aspirin", "aspirin alone"),
    "high": ("Exercise", "placebo and supervised exercise"),
    "placebo": ("Placebo", "placebo alone"),
}


def write_factorial(folder: Path, each: int = 40, **changes: Any) -> Path:
    """The trial in ``folder``; ``changes`` as of ``write_trial``."""
    study = write_trial(folder, CROSSED, each, **changes)
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content |= {
        "title": "Aspirin and supervised exercise for the prevention of infection: a randomised factorial trial",
        "short_title": "Aspirin and exercise",
        "objective": "To compare infections with and without aspirin and supervised exercise.",
        "arms": {key: {"label": said[0], "short": said[0], "treatment": said[1]} for key, said in NAMES.items()},
    }
    content["design"] |= {"type": "factorial", "factors": FACTORS}
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study
