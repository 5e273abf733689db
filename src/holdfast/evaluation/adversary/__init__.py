"""Attacks on a dataset: seeded transformations of its cases, one a file."""
