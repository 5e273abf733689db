"""Decisions as monitors see them, made up."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from holdfast.observation.drift.seen import Found, Seen
from tests.support.fact import FACT

WORDS = {"shoes": 0, "delivery": 1, "students": 2, "vouchers": 3}


def seen(tick: int, question: str = "shoes", answer: str = "Yes, within 30 days.", **more) -> Seen:
    """One decision; what is given besides belongs to its row of figures."""
    fact = replace(FACT, decision=f"d-{tick}", at=tick, question=question, **more)
    return Seen(tick, fact, answer, (Found("c1", "returns.md", 0.5, 3.0),))


def embed(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors, near to each other where texts begin with the same word."""
    rows = []
    for text in texts:
        vector = np.random.default_rng(zlib.crc32(text.encode())).normal(0, 0.15, 32)
        vector[WORDS.get(text.split()[0], 4)] += 1
        rows.append(vector / np.linalg.norm(vector))
    return np.array(rows)


def asked(rng: np.random.Generator, n: int, *, shares: Sequence[float], after: int = 0) -> list:
    """Questions in a mix of subjects."""
    names = rng.choice(list(WORDS)[: len(shares)], size=n, p=shares)
    return [
        seen(
            after + i + 1, f"{name} {int(rng.integers(40))}", latency={"total": float(rng.gamma(4))}
        )
        for i, name in enumerate(names)
    ]
