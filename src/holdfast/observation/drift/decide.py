"""Over all monitors together: which signals moved, with few false ones among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holdfast.observation.drift.watched import Finding, Judged
from holdfast.statistics import multiplicity

__all__ = ["Decided", "State", "decide"]

State: TypeAlias = Literal["moved", "perhaps", "calm"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A finding with the last word on it.

    ``moved``: its window is an alarm, and the evidence of the newest decisions since the reference
    holds against that of every other signal. ``perhaps``: the window alone. ``sure`` is the share
    of false discoveries at which it would be one.
    """

    monitor: str
    finding: Finding
    state: State
    sure: float


def decide(judged: Sequence[Judged], *, false_discoveries: float) -> tuple[Decided, ...]:
    """Every finding of every monitor, what moved first.

    E-values are compared by ``multiplicity.e_bh``, so that whenever one looks, and however
    monitors hang together, no more than that share of what is said to have moved did not.
    """
    found = [(one.monitor.name, finding) for one in judged for finding in one.findings]
    if not found:
        return ()
    told = multiplicity.e_bh([f.e_value for _, f in found], alpha=false_discoveries)
    decided = [
        Decided(name, one, _state(one.over, sure=bool(sure)), float(level))
        for (name, one), sure, level in zip(found, told.rejected, told.adjusted, strict=True)
    ]
    order = {"moved": 0, "perhaps": 1, "calm": 2}
    return tuple(
        sorted(decided, key=lambda d: (order[d.state], -d.finding.effect, d.finding.signal))
    )


def _state(over: bool, *, sure: bool) -> State:  # noqa: FBT001 - what the window says
    return ("moved" if sure else "perhaps") if over else "calm"
