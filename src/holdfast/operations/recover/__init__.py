"""Find what went wrong, what rests on it, and take that back alone."""
