"""Asking a suite's questions at a state that may never have been: is it like the good or the bad?

Only questions that tell the two ends apart are asked in between. Where answers come out of chance,
each is asked as often as it takes: Wald's sequential probability ratio test (1945) between what
was seen at the two ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from holdfast.domain.dataset import Case
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.moment import Cut, EventId
from holdfast.domain.score import Output, Sample
from holdfast.evaluation import output as outputs
from holdfast.evaluation import runner
from holdfast.evaluation.runner import Asking, Pace
from holdfast.evaluation.scorers.scorer import apply
from holdfast.evaluation.suite import Metric, Suite
from holdfast.operations.build import assemble
from holdfast.operations.evaluate.subject import ReleaseSubject
from holdfast.operations.journal import Journal
from holdfast.operations.recover.isolate import BAD, GOOD, UNSURE
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

RISK = 0.0025
"""How often a place may be called wrongly: about twenty are, so the whole is right by 95 %."""
ROUNDS = 24
"""How often every question is asked at one state before it is given up."""
FIRST = 4
"""How often every question is asked at the ends when answers vary."""
TELLING = 5
"""Questions that are asked between the ends, at most: those that tell them apart best."""
APART = 0.25
"""How much more often answers must be bad at the bad end than at the good one."""


@dataclass(frozen=True, slots=True)
class State:
    """What is asked: everything up to a tick, but for some events and with some older components.

    ``older`` names components that are taken from release ``before`` instead of the deployed one.
    """

    tick: int
    hidden: frozenset[EventId] = frozenset()
    older: frozenset[str] = frozenset()
    before: str = ""

    @property
    def name(self) -> str:
        """Short, and the same for the same state: its outputs are filed under it."""
        if not (self.hidden or self.older):
            return f"@{self.tick}"
        rest: JsonObject = {
            "hidden": [str(event) for event in sorted(self.hidden)],
            "older": sorted(self.older),
            "before": self.before,
        }
        return f"@{self.tick}-{digest(rest)[:12]}"


@dataclass(frozen=True, slots=True)
class Signal:
    """A metric that tells the two ends apart on a case, with its mean at each."""

    case: Case
    metric: Metric
    good: float
    bad: float

    def like_bad(self, output: Output) -> bool | None:
        """Whether an answer's score lies nearer to the bad end's; None where there is none."""
        value = score(self.metric, output, case=self.case)
        return None if value is None else abs(value - self.bad) < abs(value - self.good)


@dataclass(frozen=True, slots=True)
class Trial:
    """A state that was asked, and what it is like."""

    state: str
    verdict: str
    bad: int
    """Answers like those at the bad end, of ``asked``."""
    asked: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where states lie: an environment and a timeline that shows them all."""

    environment: str
    timeline: int
    run: str
    """What outputs are filed under."""


@dataclass(slots=True)
class Tester:
    """Answers questions at states, each output kept as it comes, so that nothing is asked twice."""

    system: System
    runtimes: Callable[[str], Runtime]
    place: Place
    suite: Suite
    asked: int = 0
    """Answers that were asked for by this process."""
    _states: dict[str, int] = field(default_factory=dict)
    """State -> how many answers it took, kept ones too."""

    @property
    def evaluations(self) -> int:
        """States that questions were asked at."""
        return len(self._states)

    def outputs(
        self, state: State, cases: Sequence[Case], *, samples: int
    ) -> Mapping[tuple[str, int], Output]:
        """The outputs of cases at a state by (case, sample)."""
        name = f"{self.place.run}:{state.name}"
        journal = Journal(self.system, self.place.environment, "bisect", f"run:{self.place.run}")

        def keep(output: Output) -> None:
            self.asked += 1
            journal.write([outputs.event(name, output)])

        cut = Cut(self.place.timeline, state.tick)
        asking = Asking(
            cases,
            samples,
            seed=self.suite.seed,
            there=outputs.outputs(name, ledger=self.system.ledger),
            pace=Pace(self.suite.threads, self.suite.rate),
        )
        with self.system.masks.masked(cut, state.hidden) as shown:
            view = View(self.system.ledger, shown)
            subject = ReleaseSubject(
                self.system, self.runtime(state, view), view, self.place.environment
            )
            found = runner.run(asking, subject, keep=keep)
        self._states[state.name] = max(len(found), self._states.get(state.name, 0))
        return found

    def runtime(self, state: State, view: View) -> Runtime:
        """What answers at a state: the release deployed there, or one made of two."""
        release = catalog.deployed(view, environment=self.place.environment)
        if not state.older:
            return self.runtimes(release)
        blobs = self.system.blobs
        old, new = (catalog.components(name, blobs=blobs) for name in (state.before, release))
        mixed = {name: (old if name in state.older else new)[name] for name in new}
        return assemble(mixed, system=self.system)


@dataclass(frozen=True, slots=True)
class Scale:
    """What tells the ends apart, and how often answers are like the bad end's at each of them.

    Without chance (``steady``) that is never and always, and one answer to each question says it.
    """

    signals: tuple[Signal, ...]
    steady: bool
    at_good: float = 0.0
    at_bad: float = 1.0
    telling: int = 0
    """Questions that tell the ends apart; no more than ``TELLING`` of them are asked in between."""

    @property
    def cases(self) -> list[Case]:
        return list({signal.case.id: signal.case for signal in self.signals}.values())

    def votes(self, found: Mapping[tuple[str, int], Output]) -> list[bool]:
        """For every answer that can be scored, whether it is like the bad end's."""
        told: list[bool] = []
        for (case, _), output in sorted(found.items()):
            said = [s.like_bad(output) for s in self.signals if s.case.id == case]
            known = [vote for vote in said if vote is not None]
            if known:
                told.append(2 * sum(known) > len(known))
        return told

    def verdict(self, votes: Sequence[bool]) -> str:
        """Good, bad, or not sure yet."""
        if not votes:
            return UNSURE
        bad = sum(votes)
        if self.steady:
            return BAD if 2 * bad >= len(votes) else GOOD
        up = math.log(self.at_bad / self.at_good)
        down = math.log((1 - self.at_bad) / (1 - self.at_good))
        ratio = bad * up + (len(votes) - bad) * down
        enough = math.log((1 - RISK) / RISK)
        return BAD if ratio > enough else GOOD if ratio < -enough else UNSURE


def trial(tester: Tester, state: State, *, scale: Scale) -> Trial:
    """Ask at a state until it is clear what it is like, or ``ROUNDS`` times."""
    rounds = 1 if scale.steady else ROUNDS
    votes: list[bool] = []
    verdict = UNSURE
    for samples in range(1, rounds + 1):
        found = tester.outputs(state, scale.cases, samples=samples)
        votes = scale.votes(found)
        verdict = scale.verdict(votes)
        if verdict != UNSURE:
            break
    return Trial(state.name, verdict, sum(votes), len(votes))


def scale_of(
    tester: Tester, cases: Sequence[Case], *, ends: tuple[State, State], steady: bool
) -> Scale | None:
    """What tells the ends apart; ``None`` when nothing does.

    Where chance plays a part, the signals are chosen on the first answers and measured on others,
    so that choosing does not flatter them.
    """
    samples = 1 if steady else FIRST
    found = [tester.outputs(state, cases, samples=samples) for state in ends]
    signals = tuple(_signals(tester.suite.metrics, cases, found[0], found[1]))
    if not signals:
        return None
    best: dict[str, float] = {}
    for signal in signals:
        apart = signal.good - signal.bad
        best[signal.case.id] = max(apart, best.get(signal.case.id, 0.0))
    most = set(sorted(best, key=lambda case: -best[case])[:TELLING])
    kept = tuple(signal for signal in signals if signal.case.id in most)
    chosen = Scale(kept, steady, telling=len(best))
    if steady:
        return chosen
    for more in (1, 2, 4):
        rates = [_rate(tester, chosen, state, samples=(1 + more) * FIRST) for state in ends]
        (low, many), (high, others) = rates
        spread = math.sqrt(low * (1 - low) / many + high * (1 - high) / others)
        if high - low >= max(APART, 2 * spread):
            return replace(chosen, at_good=low, at_bad=high)
    return None


def _rate(tester: Tester, scale: Scale, state: State, *, samples: int) -> tuple[float, int]:
    """How often answers are like the bad end's, and of how many; never quite 0 or 1."""
    found = tester.outputs(state, scale.cases, samples=samples)
    votes = scale.votes({key: output for key, output in found.items() if key[1] >= FIRST})
    return (sum(votes) + 0.5) / (len(votes) + 1), len(votes) + 1


def _signals(
    metrics: Sequence[Metric],
    cases: Sequence[Case],
    good: Mapping[tuple[str, int], Output],
    bad: Mapping[tuple[str, int], Output],
) -> list[Signal]:
    found = []
    for case in cases:
        for metric in metrics:
            if not metric.higher:
                continue
            means = [_mean(metric, case, side) for side in (good, bad)]
            if means[0] is not None and means[1] is not None and means[0] > means[1]:
                found.append(Signal(case, metric, means[0], means[1]))
    return found


def _mean(metric: Metric, case: Case, found: Mapping[tuple[str, int], Output]) -> float | None:
    values = [
        value
        for (name, _), output in found.items()
        if name == case.id and (value := score(metric, output, case=case)) is not None
    ]
    return sum(values) / len(values) if values else None


def score(metric: Metric, output: Output, *, case: Case) -> float | None:
    """A metric's number for one answer; None where it does not apply or says none."""
    value = apply(metric.scorer, Sample(case, output)).value
    return float(value) if isinstance(value, bool | int | float) else None
