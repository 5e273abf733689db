"""HTTP: OpenAI-compatible, REST, health and metrics."""
