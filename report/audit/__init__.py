"""The audit: reads a finished paper as a stranger would and gives every number in it a verdict.

It reads finished files, `ledger.json`, `results.json` and, where it is at hand, the study's folder. It never imports
the code that formatted a number, so that one fault cannot write a wrong number and then approve it.
"""

from report.audit.load import AuditError
from report.audit.run import audit_files
from report.audit.verdict import FileVerdict, Finding, text_of, to_json, to_text

__all__ = ["AuditError", "FileVerdict", "Finding", "audit_files", "text_of", "to_json", "to_text"]
