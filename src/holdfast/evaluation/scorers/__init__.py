"""Scorers: one a file, each a function from a sample to a score."""
