"""Watching a system think: figures, objectives, alerts and incidents from what was recorded."""
