"""Writes the paper of computed results, renders it and audits the finished files."""
