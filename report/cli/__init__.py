"""The command ``everynumber``: one module a command, sentences for errors, exit codes 0 (fine), 1 (findings), 2."""

from __future__ import annotations

from report.cli.app import app, main

__all__ = ["app", "main"]
