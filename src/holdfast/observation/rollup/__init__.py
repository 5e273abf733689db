"""Rows of decisions that are kept beside the ledger, so that figures need not read it anew."""
