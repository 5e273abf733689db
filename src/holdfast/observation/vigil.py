"""What one round of a probe after the other says: calm, or moved, and in what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from holdfast.observation.answers import GROUPS, Answer, UsualAnswers
from holdfast.statistics.conformal import Exchangeability

CALM = 3
"""Rounds in a row that look like the baseline and end an alarm."""
TWICE = 2
"""Rounds in a row in which a fact differs before it is told of."""
EVIDENCE, MODEL, LATENCY, ANSWERS = "evidence", "model", "latency", "answers"


@dataclass(frozen=True, slots=True)
class Track:
    """Aspects that are judged together, and since when they alarm (None: they do not)."""

    aspects: Mapping[str, Exchangeability]
    since: int | None = None
    calm: int = 0

    @property
    def value(self) -> float:
        """Evidence of all aspects: their mean, which keeps the guarantee of each."""
        return sum(one.value for one in self.aspects.values()) / len(self.aspects)

    def update(self, rounds: Mapping[str, Sequence[float]], *, judging: Judging) -> Track:
        """After one more round; alarms from the threshold on, until rounds are calm again."""
        if self.since is None:
            aspects = {
                name: one.update(rounds[name], draws=judging.draw(len(rounds[name])))
                for name, one in self.aspects.items()
            }
            made = Track(aspects)
            moved = made.value >= judging.threshold
            return Track(aspects, judging.at) if moved else made
        # While it alarms, nothing is learned: what came since is what the alarm is about.
        usual = {name: judging.usual.reference[name] for name in self.aspects}
        fresh = (
            one.update(rounds[name], draws=judging.draw(len(rounds[name])))
            for name, one in usual.items()
        )
        calm = self.calm + 1 if Track(dict(zip(usual, fresh, strict=True))).value <= 1 else 0
        return Track(usual) if calm >= CALM else Track(self.aspects, self.since, calm)


@dataclass(frozen=True, slots=True)
class Judging:
    """What a round is judged by; ``draws`` are uniform and fresh."""

    usual: UsualAnswers
    threshold: float
    """The mean number of rounds between two false alarms, at least."""
    overlap: float
    at: int
    draws: Iterator[float]

    def draw(self, n: int) -> list[float]:
        """The next n draws."""
        return [next(self.draws) for _ in range(n)]


@dataclass(frozen=True, slots=True)
class Vigil:
    """Where a probe stands after its rounds since the baseline."""

    tracks: Mapping[str, Track]
    facts: Mapping[str, int] = field(default_factory=dict)
    """Rounds in a row in which evidence or model were others than the baseline's."""
    rounds: int = 0

    @classmethod
    def of(cls, usual: UsualAnswers) -> Vigil:
        """Before the first round."""
        return cls(
            {
                name: Track({aspect: usual.reference[aspect] for aspect in aspects})
                for name, aspects in GROUPS.items()
            }
        )

    def update(self, answers: Sequence[Answer], *, judging: Judging) -> Vigil:
        """After one more round of answers; a round without any says nothing."""
        if not answers:
            return self
        strange = judging.usual.strangeness(answers)
        tracks = {
            name: track.update({a: strange[a] for a in track.aspects}, judging=judging)
            for name, track in self.tracks.items()
        }
        usual = judging.usual
        differs = {
            EVIDENCE: min(usual.overlap(one.evidence) for one in answers) < judging.overlap,
            MODEL: not any(one.model in usual.models for one in answers),
        }
        facts = {name: self.facts.get(name, 0) + 1 if new else 0 for name, new in differs.items()}
        return Vigil(tracks, facts, self.rounds + 1)

    @property
    def moved(self) -> tuple[str, ...]:
        """What has moved: answers, latency, evidence, model."""
        alarms = [name for name, track in self.tracks.items() if track.since is not None]
        return (*alarms, *(name for name, rounds in self.facts.items() if rounds >= TWICE))

    def json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Vigil:
        tracks = {
            name: Track(
                {
                    aspect: Exchangeability(
                        one["seen"], tuple(one["capital"]), tuple(one["lately"])
                    )
                    for aspect, one in track["aspects"].items()
                },
                track["since"],
                track["calm"],
            )
            for name, track in value["tracks"].items()
        }
        return cls(tracks, value["facts"], value["rounds"])
