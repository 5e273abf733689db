"""Releases and their components, kept by digest."""
