"""The audit: reads a finished paper as a stranger would and gives every number in it a verdict.

It reads finished files, `ledger.json`, `results.json` and, where it is at hand, the study's folder. It never imports
the code that formatted a number, so that one fault cannot write a wrong number and then approve it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report.audit.errors import AuditError
from report.audit.verdict import FileVerdict, Finding, text_of, to_json, to_text

if TYPE_CHECKING:
    from report.audit.run import audit_files

__all__ = ["AuditError", "FileVerdict", "Finding", "audit_files", "text_of", "to_json", "to_text"]


def __getattr__(name: str) -> Any:
    """Reading files needs lxml and pypdfium2; showing a verdict that is already there does not."""
    if name == "audit_files":
        from report.audit.run import audit_files

        return audit_files
    raise AttributeError(name)
