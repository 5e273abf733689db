"""Files of cases: our own shape, and those of public adversarial sets."""
