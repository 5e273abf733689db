"""Attack a set of cases, by seed."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from holdfast.domain.dataset import Case
from holdfast.errors import UsageError
from holdfast.evaluation.adversary.casing import casing
from holdfast.evaluation.adversary.collision import collision
from holdfast.evaluation.adversary.confusable import confusable
from holdfast.evaluation.adversary.contradiction import contradiction
from holdfast.evaluation.adversary.encoding import encoding
from holdfast.evaluation.adversary.escalation import escalation
from holdfast.evaluation.adversary.injection import injection
from holdfast.evaluation.adversary.leading import leading
from holdfast.evaluation.adversary.negation import negation
from holdfast.evaluation.adversary.numbers import numbers
from holdfast.evaluation.adversary.planted import planted
from holdfast.evaluation.adversary.roleplay import roleplay
from holdfast.evaluation.adversary.typos import typos
from holdfast.evaluation.adversary.variant import Variant, case_of

KINDS: Mapping[str, Callable[[Case, random.Random], Variant | None]] = MappingProxyType(
    {
        "typos": typos,
        "casing": casing,
        "confusable": confusable,
        "negation": negation,
        "numbers": numbers,
        "leading": leading,
        "contradiction": contradiction,
        "collision": collision,
        "injection": injection,
        "planted": planted,
        "roleplay": roleplay,
        "encoding": encoding,
        "escalation": escalation,
    }
)
"""Kind -> what it makes of a case; None where it cannot be applied."""
MOST = 100
"""Variants of one case by one kind."""


@dataclass(frozen=True, slots=True)
class Attacked:
    """The cases that came of it, and how often each kind could not be applied."""

    cases: tuple[Case, ...]
    skipped: dict[str, int]


def attack(
    cases: Sequence[Case], *, seed: int = 0, kinds: Sequence[str] = (), copies: int = 1
) -> Attacked:
    """New cases by each kind (default: all) of attack; the given ones are not among them.

    The same case, kind and seed give the same attack, whatever else is in the set. Raises
    ``UsageError``.
    """
    chosen = tuple(dict.fromkeys(kinds)) or tuple(KINDS)
    if unknown := [kind for kind in chosen if kind not in KINDS]:
        raise UsageError(f"no attack {unknown[0]!r}; there are {', '.join(KINDS)}")
    if not 1 <= copies <= MOST:
        raise UsageError(f"{copies} copies of each attack: use 1 to {MOST}")
    made: list[Case] = []
    skipped: Counter[str] = Counter()
    for case in cases:
        for kind in chosen:
            seen = set()
            for copy in range(copies):
                variant = KINDS[kind](case, _rng(seed, kind=kind, case=case.id, copy=copy))
                if variant is None or variant in seen:
                    skipped[kind] += 1
                    continue
                seen.add(variant)
                made.append(case_of(variant, case, kind=kind, copy=copy))
    return Attacked(tuple(made), dict(skipped))


def _rng(seed: int, *, kind: str, case: str, copy: int) -> random.Random:
    text = f"{seed}\x1f{kind}\x1f{case}\x1f{copy}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return random.Random(number)  # noqa: S311 - attacks are repeatable, not secret
