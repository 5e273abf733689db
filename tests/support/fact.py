"""A plain good decision, to be varied."""

from __future__ import annotations

from holdfast.observation.fact import Fact

FACT = Fact(
    "d-1", 1, "production", "s", "May I?", "answered", "", "r", "p", "m", "fp", cached=False,
    complete=True, truncated=False, latency={"total": 0.5, "generate": 0.4}, input_tokens=10,
    cached_tokens=0, output_tokens=5, cost=0.01, broken=(), length=20, refused=False,
    similarity=0.5, passages=2, documents=("d",), slice="returns",
)  # fmt: skip
