"""Who did it: which recent change the bad decisions rest on more than the good ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import scipy

SMOOTH = 0.5
"""Added to every count of a ratio, so that nothing is divided by zero."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something on the ledger that changed: a document, release, prompt, model, rating."""

    kind: str
    name: str
    """For people: a path, a short digest."""
    ref: str
    """What decisions that rest on it name."""
    tick: int
    at: int
    operation: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change with what speaks against it.

    ``bad_on`` of ``bad`` wrong decisions rest on it and ``good_on`` of ``good`` right ones;
    ``lift`` is how many times as often, ``p_value`` that of Fisher's exact test.
    """

    changed: Changed
    bad_on: int
    bad: int
    good_on: int
    good: int
    lift: float
    p_value: float


def suspects(
    changes: Iterable[Changed],
    *,
    bad: Sequence[frozenset[str]],
    good: Sequence[frozenset[str]],
) -> tuple[Suspect, ...]:
    """Changes ranked by how much more often bad decisions rest on them.

    ``bad`` and ``good`` say of each decision what it rests on, as references. The most telling
    comes first; of equals the newest.

    >>> draft = Changed("document", "draft.md", "document:1", 9, 9, "ingest", "", "")
    >>> other = Changed("document", "old.md", "document:2", 8, 8, "ingest", "", "")
    >>> both = frozenset({"document:1", "document:2"})
    >>> found = suspects([other, draft], bad=[both] * 5, good=[frozenset({"document:2"})] * 5)
    >>> [(s.changed.name, s.bad_on, s.good_on) for s in found]
    [('draft.md', 5, 0), ('old.md', 5, 5)]
    """
    found = [_suspect(change, bad, good) for change in changes]
    return tuple(sorted(found, key=lambda s: (s.p_value, -s.lift, -s.changed.tick)))


def _suspect(
    change: Changed, bad: Sequence[frozenset[str]], good: Sequence[frozenset[str]]
) -> Suspect:
    bad_on, good_on = (sum(change.ref in rests for rests in some) for some in (bad, good))
    share = (bad_on + SMOOTH) / (len(bad) + 2 * SMOOTH)
    usual = (good_on + SMOOTH) / (len(good) + 2 * SMOOTH)
    table = [[bad_on, len(bad) - bad_on], [good_on, len(good) - good_on]]
    p_value = (
        float(scipy.stats.fisher_exact(table, alternative="greater").pvalue)
        if bad and good
        else 1.0
    )
    return Suspect(change, bad_on, len(bad), good_on, len(good), round(share / usual, 3), p_value)


def fingerprints(seen: Sequence[tuple[int, str, str]]) -> list[Changed]:
    """Models that began to answer under way: from (time, model, fingerprint) in order of time.

    >>> [c.name for c in fingerprints([(1, "m", "a"), (2, "m", "a"), (3, "m", "b")])]
    ['m b']
    """
    changes: list[Changed] = []
    known: set[str] = set()
    for at, model, fingerprint in seen:
        name = f"{model} {fingerprint}".strip()
        if not name or name in known:
            continue
        if known:
            changes.append(Changed("model", name, f"model:{name}", 0, at, "", "provider", ""))
        known.add(name)
    return changes
