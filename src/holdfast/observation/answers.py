"""What answers to one question usually are, and how strange another one is beside them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from types import MappingProxyType

from holdfast.errors import UsageError
from holdfast.evaluation.meaning import meanings, nearest
from holdfast.evaluation.scorers.refusal import refuses
from holdfast.observation.fact import REFUSES
from holdfast.observation.language import language
from holdfast.ports.embedder import Embedder
from holdfast.statistics.conformal import Exchangeability
from holdfast.statistics.overlap import average_overlap

LEAST = 20
"""Answers that a baseline must have."""
LOOK = 3
"""One answer in so many tells how to look; the rest is what others are compared with."""
RARE = 0.05
"""Share of the baseline's answers that are as strange, up to which one is called unusual."""
SHORT, QUICK = 40.0, 0.1
"""Characters and seconds below which a factor of two means nothing."""
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"answers": ("meaning", "manner", "length"), "latency": ("latency",)}
)
"""Aspects that are judged together: what is said, and how long it took."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a probe. ``evidence`` are ids of the chunks in its prompt, best first."""

    text: str
    status: str
    seconds: float
    model: str
    """Model and fingerprint as the provider told them."""
    evidence: tuple[str, ...] = ()
    rests: tuple[str, ...] = ()
    """References to what it rests on: documents, release, model."""
    tokens: int = 0
    cost: float | None = None

    @property
    def manner(self) -> str:
        """Its language, and whether it refuses."""
        refused = self.status == "blocked" or refuses(self.text) >= REFUSES
        return f"{language(self.text)} {'refused' if refused else ''}".strip()


@dataclass(frozen=True, slots=True)
class UsualAnswers:
    """What was usual: made once from a baseline, and never changed by what came later."""

    known: tuple[str, ...]
    """Every wording that was looked at: one alone would not stand for all of its meaning."""
    shares: tuple[float, ...]
    """How common the meaning of each wording was."""
    manners: Mapping[str, float]
    length: float
    seconds: float
    evidence: tuple[str, ...]
    models: frozenset[str]
    reference: Mapping[str, Exchangeability]
    embedder: Embedder = field(repr=False)

    @classmethod
    def of(cls, answers: Sequence[Answer], *, embedder: Embedder) -> UsualAnswers:
        """From answers of when all was well. Raises ``UsageError`` for too few."""
        if len(answers) < LEAST:
            raise UsageError(f"{len(answers)} answers are no baseline; {LEAST} are the least")
        looked = answers[: max(len(answers) // LOOK, 1)]
        texts = [one.text for one in looked]
        labels = meanings(texts, embedder=embedder).tolist()
        counts, meaning = Counter(labels), dict(zip(texts, labels, strict=True))
        manners = Counter(one.manner for one in looked)
        made = cls(
            tuple(meaning),
            tuple(counts[name] / len(looked) for name in meaning.values()),
            {name: count / len(looked) for name, count in manners.items()},
            median(len(one.text) for one in looked),
            median(one.seconds for one in looked),
            Counter(one.evidence for one in answers).most_common(1)[0][0],
            frozenset(one.model for one in answers),
            {},
            embedder,
        )
        rest = made.strangeness(answers[len(looked) :])
        reference = {name: Exchangeability.of(values) for name, values in rest.items()}
        return cls(
            made.known, made.shares, made.manners, made.length, made.seconds, made.evidence,
            made.models, reference, embedder,
        )  # fmt: skip

    def strangeness(self, answers: Sequence[Answer]) -> dict[str, list[float]]:
        """How strange each answer is in each aspect; 0 where there is nothing to say."""
        place = nearest([one.text for one in answers], self.known, embedder=self.embedder)
        return {
            "meaning": [1 - self.shares[i] if i >= 0 else 1.0 for i in place.tolist()],
            "manner": [1 - self.manners.get(one.manner, 0.0) for one in answers],
            # Half doublings, so that an answer that is a few words longer is no news.
            "length": [
                math.floor(2 * abs(_doublings(len(one.text), self.length, SHORT))) / 2
                for one in answers
            ],
            "latency": [
                max(0.0, math.floor(_doublings(one.seconds, self.seconds, QUICK)))
                for one in answers
            ],
        }

    def unusual(self, strangeness: Mapping[str, Sequence[float]]) -> list[tuple[str, ...]]:
        """For each answer the aspects of what is said in which hardly one was as strange."""
        names = GROUPS["answers"]
        found = []
        for values in zip(*(strangeness[name] for name in names), strict=True):
            rare = (
                name
                for name, value in zip(names, values, strict=True)
                if self._share(name, value) <= RARE
            )
            found.append(tuple(rare))
        return found

    def overlap(self, evidence: Sequence[str]) -> float:
        """How much of the baseline's evidence is there: see ``average_overlap``."""
        return average_overlap(self.evidence, evidence)

    def _share(self, name: str, value: float) -> float:
        seen = self.reference[name].seen
        as_strange = sum(n for other, n in seen.items() if float(other) >= round(value, 2))
        return as_strange / sum(seen.values())


def _doublings(value: float, usual: float, least: float) -> float:
    return math.log2((value + least) / (usual + least))
