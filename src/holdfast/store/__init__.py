"""What the system holds: the ledger and what is read through it."""
