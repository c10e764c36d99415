"""docs/prose.md: each helper that it shows prints what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import text_of

from report.compose import Paper

PAGE = Path(__file__).parents[2] / "docs" / "prose.md"
ROW = re.compile(r"^\| `(\{\{.+\}\})` \| (.+) \|$", re.MULTILINE)
HELPERS = (
    "n", "p", "ci", "limits", "n_of_percent", "n_percent", "mean_sd", "median_iqr", "constant", "quoted", "term",
    "direction", "unclear", "is_", "not_estimable", "reason", "declared", "group", "treatment", "when", "date", "ref",
)  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


def test_each_example_prints_what_the_page_says(results: dict[str, Any], write: Callable[..., Paper]) -> None:
    examples = ROW.findall(PAGE.read_text(encoding="utf-8"))
    source = "\n\n".join(f"Example {chr(ord('A') + i)}: {code} ends." for i, (code, _) in enumerate(examples))
    text = _plain(text_of(write(results, discussion=source)))
    for i, (code, printed) in enumerate(examples):
        found = re.search(rf"Example {chr(ord('A') + i)}: (.*?) ends\.", text)
        assert found and found[1] == printed, (code, found and found[1])


def test_every_helper_has_an_example() -> None:
    shown = {re.match(r"\{\{ (\w+)\(", code)[1] for code, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}  # type: ignore[index]
    assert shown == set(HELPERS)
