"""What keeps the audit from running."""

from __future__ import annotations


class AuditError(Exception):
    """The audit could not run. The message is a sentence for the user."""
