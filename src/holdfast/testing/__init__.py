"""Tests of answers: a pytest plugin whose assertions take the interval into account."""
