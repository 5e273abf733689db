"""What ports are made of: one package per vendor, wired by bootstrap alone."""
