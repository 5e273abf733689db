"""Which statements make up an answer."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from holdfast.adapters.extractive.score import Scored, Vectors
from holdfast.ports.model import Sampling

MOST = 3
"""Statements in an answer at most."""
FLOOR = 0.26
"""Below this score a statement is about something else."""
KEEP = 0.75
"""A further statement must reach this share of the first one's score, its overlap deducted."""
OVERLAP = 0.25
"""What the cosine to the nearest chosen statement takes off a score (maximal marginal relevance,
Carbonell and Goldstein 1998)."""
SPREAD = 0.10
"""Difference in score that temperature 1 makes e times less likely."""


def choose(scored: Sequence[Scored], vectors: Vectors, *, sampling: Sampling) -> list[Scored]:
    """Statements for an answer in reading order; none when no score reaches ``FLOOR``.

    At temperature 0 the best one is taken first. Above, each is drawn with a probability
    proportional to ``exp(score / (temperature * SPREAD))`` among the most probable that make up
    ``top_p``, by a generator seeded with the sampling's seed.
    """
    generator = random.Random(sampling.seed)  # noqa: S311 - a seeded draw is the point
    left = {k: s.score for k, s in enumerate(scored) if s.score >= FLOOR}
    chosen: list[int] = []
    threshold = FLOOR
    while left and len(chosen) < MOST:
        pick = _draw(left, sampling, generator)
        chosen.append(pick)
        if len(chosen) == 1:
            threshold = max(FLOOR, KEEP * scored[pick].score)
        left = {
            k: value
            for k in left
            if k not in chosen
            and (value := _deducted(k, chosen, scored=scored, vectors=vectors)) >= threshold
        }
    return [scored[k] for k in sorted(chosen)]


def _deducted(
    k: int, chosen: Sequence[int], *, scored: Sequence[Scored], vectors: Vectors
) -> float:
    nearest = max(float(vectors[k] @ vectors[c]) for c in chosen)
    return round(scored[k].score - OVERLAP * max(0.0, nearest), 6)


def _draw(scores: dict[int, float], sampling: Sampling, generator: random.Random) -> int:
    ordered = sorted(scores, key=lambda k: (-scores[k], k))
    if sampling.temperature <= 0.0:
        return ordered[0]
    best = scores[ordered[0]]
    scale = sampling.temperature * SPREAD
    weights = [math.exp((scores[k] - best) / scale) for k in ordered]
    nucleus = _nucleus(weights, sampling.top_p)
    return generator.choices(ordered[:nucleus], weights[:nucleus])[0]


def _nucleus(weights: Sequence[float], top_p: float) -> int:
    """How many of the most probable make up ``top_p`` of all probability."""
    wanted = top_p * math.fsum(weights)
    reached = 0.0
    for count, weight in enumerate(weights, start=1):
        reached += weight
        if reached >= wanted:
            return count
    return len(weights)
