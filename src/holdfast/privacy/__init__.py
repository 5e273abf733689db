"""What must not be kept: recognised in texts, and taken out before anything is stored."""
