"""One Protocol per file: what the rooms above need from the world, and nothing else."""
