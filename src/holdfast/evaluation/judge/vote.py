"""One answer of one model of a judge, and how several become a judgement."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.domain.digest import JsonObject
from holdfast.evaluation.judge.budget import Cost

REASON = 300
"""Characters of a reason that a score shows."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a model said, or why it said nothing that could be read.

    ``mark`` goes from 0 (bad) to 1 (good); None when the model cannot tell, or failed: then
    ``error`` says how.
    """

    model: str
    repeat: int
    mark: float | None = None
    said: str = ""
    reason: str = ""
    error: str = ""
    code: str = ""
    served: str = ""
    """The model that really answered, as the provider names it."""
    fingerprint: str | None = None
    attempts: int = 0
    tokens: int = 0
    dollars: float = 0.0

    @property
    def cost(self) -> Cost:
        return Cost(self.tokens, self.dollars)

    def shown(self) -> JsonObject:
        """What the detail of a score keeps of it."""
        kept: dict[str, Any] = {"model": self.model, "repeat": self.repeat, "said": self.said}
        if self.error:
            kept["error"] = self.error
        else:
            kept["reason"] = self.reason[:REASON]
        if self.served:
            kept["served"] = self.served
        return kept


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says in the end, with the votes it comes from.

    ``verdict`` None: the votes do not decide, because too many failed, could not tell, or are
    split evenly. ``mark`` None: a vote is missing. ``disagreement`` is the share of the
    votes that are there and speak against the verdict that most of them speak for.
    """

    verdict: bool | None
    mark: float | None
    votes: tuple[Vote, ...]
    disagreement: float = 0.0

    @property
    def error(self) -> str:
        """Why a vote is missing; empty when none failed."""
        return next((f"{vote.model}: {vote.error}" for vote in self.votes if vote.error), "")


def combine(
    votes: Sequence[Vote], *, threshold: float, majority: bool = False, even: bool = False
) -> Judgement:
    """The judgement that votes make: their mean (or median: ``majority``) against a threshold.

    A vote that is missing decides nothing: the verdict stands only where it would be the same
    whatever that vote had said. With ``even`` a mark at the threshold itself is a tie.

    >>> said = [Vote("m", 0, 1.0), Vote("m", 1, 1.0), Vote("m", 2, error="timed out")]
    >>> combine(said, threshold=0.5).verdict, combine(said, threshold=0.5).mark
    (True, None)
    >>> combine(said[1:], threshold=0.5).error
    'm: timed out'
    """
    centre = statistics.median if majority else statistics.fmean
    marks = [vote.mark for vote in votes if vote.mark is not None]
    missing = len(votes) - len(marks)

    def verdict(mark: float) -> bool | None:
        return None if even and mark == threshold else mark >= threshold

    ends = {verdict(centre([*marks, *([end] * missing)])) for end in (0.0, 1.0)}
    decided = ends.pop() if len(ends) == 1 and marks else None
    each = [mark >= threshold for mark in marks]
    against = min(sum(each), len(each) - sum(each)) / len(each) if each else 0.0
    mark = float(centre(marks)) if not missing else None
    return Judgement(decided, mark, tuple(votes), against)
