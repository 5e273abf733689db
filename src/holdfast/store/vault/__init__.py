"""Bundles that outlive the project they were sealed from."""
