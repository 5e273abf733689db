"""The embedded judge: how probable it is that evidence supports a claim.

A reader (a small transformer) and plain features of words each have a say, weighed by a logistic
regression; the outcome is calibrated by a monotone curve. Weights and curve are in ``judge.json``,
made by ``training/judge``; docs/judge.md has the figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from holdfast.domain.digest import JsonObject, digest
from holdfast.evaluation.entailment.features import NAMES, features
from holdfast.evaluation.scorers.align import BUDGET, align, document
from holdfast.evaluation.scorers.overlap import Pair
from holdfast.ports.entailment import Entailment, Reading

VERSION = 1
READINGS = ("logit", "weakest")
"""What is taken of a reading, beside the features of words."""
ABSENT = -12.0
"""The log-odds of a claim for which there is no evidence at all."""
PLACES = 6


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: one weight for each of ``READINGS`` and ``NAMES``, and a curve.

    The curve maps a log-odds to a probability, by straight lines between points that rise.
    """

    weights: tuple[float, ...]
    bias: float
    curve: tuple[tuple[float, float], ...]

    @classmethod
    def stored(cls) -> Weights:
        """Those that come with the package."""
        return _stored()

    def logit(self, row: Sequence[float]) -> float:
        """The log-odds of one row of readings and features, not calibrated."""
        return self.bias + sum(w * value for w, value in zip(self.weights, row, strict=True))

    def probability(self, logit: float) -> float:
        """What a log-odds has meant on the data of calibration."""
        low = self.curve[0]
        for high in self.curve:
            if logit <= high[0]:
                if high[0] == low[0]:
                    return high[1]
                part = (logit - low[0]) / (high[0] - low[0])
                return low[1] + part * (high[1] - low[1])
            low = high
        return low[1]


@dataclass(frozen=True, slots=True)
class Judge:
    """A calibrated ``Support``: of pairs told 0.8, four in five hold.

    That is so where as many claims hold as not, on texts like those of its card. A claim of
    several sentences is as well supported as the least of them; of long evidence, the pieces that
    say most of a claim are read.
    """

    reader: Entailment
    weights: Weights = field(default_factory=Weights.stored)

    @property
    def identity(self) -> JsonObject:
        own = [list(self.weights.weights), self.weights.bias, [list(p) for p in self.weights.curve]]
        return {
            "kind": "judge",
            "version": VERSION,
            "reader": self.reader.identity,
            "weights": digest(own),
            "calibrated": True,
        }

    def __call__(self, pairs: Sequence[Pair]) -> list[float]:
        parts = [(place, *one) for place, pair in enumerate(pairs) for one in _parts(pair)]
        readings = self.reader([(claim, evidence) for _, claim, evidence in parts if evidence])
        told = iter(readings)
        found = [1.0] * len(pairs)
        for place, claim, evidence in parts:
            if evidence:
                logit = self.weights.logit(row(claim, evidence, reading=next(told)))
            else:
                logit = ABSENT
            found[place] = min(found[place], self.weights.probability(logit))
        return [round(support, PLACES) for support in found]


def row(claim: str, evidence: str, *, reading: Reading) -> tuple[float, ...]:
    """What the logistic regression sees: ``READINGS``, then ``features``."""
    weakest = min((mark.logit for mark in reading.marks), default=ABSENT)
    return (reading.logit, weakest, *features(claim, evidence))


def held(claim: str, evidence: str) -> str:
    """The part of a text that a claim is held against: all of it, if it is short."""
    if len(evidence.split()) <= BUDGET:
        return evidence.strip()
    doc = document(evidence)
    return " ".join(doc.pieces[place] for place in align(claim, doc))


def _parts(pair: Pair) -> list[tuple[str, str]]:
    """The sentences of a claim, long ones cut, each with its evidence."""
    told = document(pair.claim).pieces or ("",)
    return [(claim, held(claim, pair.evidence)) for claim in told]


@cache
def _stored() -> Weights:
    text = files("holdfast.evaluation.entailment").joinpath("judge.json").read_text("utf-8")
    value = json.loads(text)
    if value["columns"] != [*READINGS, *NAMES]:
        raise AssertionError("judge.json was made for other features; run training/judge again")
    curve = tuple((float(x), float(y)) for x, y in value["curve"])
    return Weights(tuple(value["weights"]), value["bias"], curve)
