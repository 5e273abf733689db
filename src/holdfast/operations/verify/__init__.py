"""Whether all that is recorded is there and what it was; making it again where it is not."""
