"""Has the way answers are given changed? Cheap descriptors of texts, and one test of them all."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import UsageError
from holdfast.statistics import require
from holdfast.statistics.drift.calibrate import Calibration, Resampling, calibrate
from holdfast.statistics.drift.score import Chance, DriftScore, scarcity
from holdfast.statistics.require import Floats

__all__ = ["DESCRIPTORS", "Behaviour", "Moved", "compare", "describe"]

_REFUSAL = re.compile(
    r"\b(i'?m sorry|sorry,|i can(?:no|')t|as an ai|i am unable|i'm unable"
    r"|cannot (?:assist|help|provide|fulfil))",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(may|might|perhaps|possibly|probably|likely|it depends|generally|i think)\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.MULTILINE)
_CODE = re.compile(r"```|\\boxed|\$[^$]+\$|<[a-z]+>")
_WORD = re.compile(r"\w+")

DESCRIPTORS = (
    "characters", "words", "lines", "refusal", "hedges", "list lines", "markup", "digits",
    "capitals", "non-ascii",
)  # fmt: skip
"""What ``describe`` gives of each answer, in this order; the last three as shares of characters."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A descriptor with its mean before and now, and the gap between both distributions."""

    name: str
    before: float
    now: float
    gap: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the answers are told apart, and by what, the widest gap first."""

    drifted: bool
    score: DriftScore
    moved: tuple[Moved, ...]


def describe(answers: Sequence[str]) -> Floats:
    """One row an answer, one column a descriptor.

    >>> describe(["I'm sorry, I cannot help with that."])[0, :4].tolist()
    [35.0, 8.0, 1.0, 1.0]
    """
    rows = [_row(answer) for answer in answers]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(DESCRIPTORS))


def compare(reference: ArrayLike, current: ArrayLike) -> DriftScore:
    """The widest gap between the distribution functions of any column; it has no p-value.

    The largest of several Kolmogorov-Smirnov statistics; ``calibrate`` finds the threshold that
    holds over all columns together, whatever their dependence.

    >>> rng = np.random.default_rng(0)
    >>> compare(rng.normal(size=(200, 3)), rng.normal(1, 1, (20, 3))).statistic > 0.4
    True
    """
    before, now = require.points(reference, "reference"), require.points(current, "current")
    widest = float(_gaps(before, now).max())
    chance = Chance(math.sqrt(scarcity(len(before), len(now))), 0.5)
    return DriftScore("behaviour", widest, None, widest, len(before), len(now), chance)


class Behaviour:
    """How answers usually are, with a threshold for windows of a size.

    Args:
        answers: from when all was well, at least twice the window.
        window: answers that are judged at a time.
        alarm_rate: false alarms per window that are accepted.

    Raises:
        UsageError: fewer answers than two windows.

    >>> answers = [f"Yes, within {n} days." for n in range(60)]
    >>> usual = Behaviour(answers, window=10)
    >>> usual.judge(["No."] * 10).drifted, usual.judge(answers[::6]).drifted
    (True, False)
    """

    def __init__(
        self, answers: Sequence[str], *, window: int = 20, alarm_rate: float = 0.005
    ) -> None:
        if len(answers) < 2 * window:
            raise UsageError(
                f"{len(answers)!r} answers for windows of {window!r}; twice the window is needed"
            )
        self.usual = describe(answers)
        resamples = max(400, round(2 / alarm_rate))
        self.calibration: Calibration = calibrate(
            compare,
            self.usual,
            window=window,
            alarm_rate=alarm_rate,
            resampling=Resampling(resamples=resamples, block=1),
        )

    def judge(self, answers: Sequence[str]) -> Verdict:
        """Compare answers, a window of them at least."""
        now = describe(answers)
        score = compare(self.usual, now)
        gaps = _gaps(self.usual, now)
        moved = [
            Moved(name, float(self.usual[:, i].mean()), float(now[:, i].mean()), float(gaps[i]))
            for i, name in enumerate(DESCRIPTORS)
            if gaps[i] > self.calibration.threshold
        ]
        moved.sort(key=lambda one: -one.gap)
        return Verdict(self.calibration.fires(score), score, tuple(moved))


def _row(answer: str) -> list[float]:
    size = max(len(answer), 1)
    return [
        float(len(answer)),
        float(len(_WORD.findall(answer))),
        float(answer.count("\n") + 1),
        float(_REFUSAL.search(answer) is not None),
        float(len(_HEDGE.findall(answer))),
        float(len(_LIST.findall(answer))),
        float(len(_CODE.findall(answer))),
        sum(map(str.isdigit, answer)) / size,
        sum(map(str.isupper, answer)) / size,
        sum(not character.isascii() for character in answer) / size,
    ]


def _gaps(before: Floats, now: Floats) -> Floats:
    """Of each column, the largest distance of the distribution functions."""
    found = np.empty(before.shape[1])
    for column in range(before.shape[1]):
        a, b = np.sort(before[:, column]), np.sort(now[:, column])
        at = np.concatenate([a, b])
        found[column] = np.abs(
            np.searchsorted(a, at, side="right") / len(a)
            - np.searchsorted(b, at, side="right") / len(b)
        ).max()
    return found
