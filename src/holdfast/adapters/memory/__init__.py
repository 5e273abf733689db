"""Every port in plain Python: the specification that other adapters are held to, and for tests."""
