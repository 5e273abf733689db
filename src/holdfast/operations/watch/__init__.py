"""How an environment does: figures, objectives, probes, drift, alerts and incidents."""
