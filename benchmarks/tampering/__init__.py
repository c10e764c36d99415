"""Tampering with finished papers, to measure what the audit finds."""
