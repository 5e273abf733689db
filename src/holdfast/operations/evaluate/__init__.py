"""Judge a release by its answers: datasets, judges, runs, gates."""
