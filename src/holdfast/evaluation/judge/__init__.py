"""The LLM judge: what it is asked, what may come back, what it may cost, how far it is right."""
