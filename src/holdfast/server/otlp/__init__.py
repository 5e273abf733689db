"""OpenTelemetry's protocol: traces, metrics and logs that applications send."""
