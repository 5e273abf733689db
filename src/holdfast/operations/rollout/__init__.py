"""Bring a release into an environment by and by, or at a time to come."""
