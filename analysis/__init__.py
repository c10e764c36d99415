"""Reads a study, checks its data and computes its results. Knows data and statistics, no words."""
