"""Erasing what one user said and was told, for good, so that the ledger still verifies."""
