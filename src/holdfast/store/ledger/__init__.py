"""The ledger in use: append in groups, read as of a cut, name moments, follow lineage."""
