"""Ask fixed questions on a schedule and compare with a baseline; nobody's statistics see it.

Probes are asked without memory and cache, and are no decisions: no objective, figure, score or
feedback counts them. What they found stands in stores of their own.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from holdfast.domain.decision import BLOCKED
from holdfast.domain.digest import canonical, digest
from holdfast.domain.event import Change, Event, Expect
from holdfast.domain.moment import EventId
from holdfast.errors import (
    BudgetError,
    ConflictError,
    FencedError,
    HoldfastError,
    ProviderError,
)
from holdfast.evaluation.meaning import meanings
from holdfast.evaluation.spread import spread
from holdfast.observation import channel
from holdfast.observation import probe as probing
from holdfast.observation.answers import LEAST, Answer, UsualAnswers
from holdfast.observation.probe import Probe, Schedule
from holdfast.observation.spend import midnight
from holdfast.observation.vigil import Judging, Vigil
from holdfast.operations.build import embedder_identity
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.operations.watch.incidents import RESTS
from holdfast.operations.watch.rounds import (
    ROUNDS,
    Baseline,
    Round,
    baseline,
    rounds,
    said,
    spent,
    vigil,
)
from holdfast.pipeline.question import Question
from holdfast.pipeline.record import record
from holdfast.pipeline.run import PROBE, Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.statistics.distribution import g_test
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

THREADS = 4
"""Answers of a round that are asked for at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a probe does; ``last`` and ``baseline`` are None before there is one."""

    name: str
    probe: Probe
    state: str
    """``moved``, ``calm``, ``failing`` (no answers), or ``no baseline``."""
    baseline: Baseline | None
    last: Round | None
    rounds: int
    """Since the baseline."""
    due: int


@dataclass(frozen=True, slots=True)
class _Asked:
    answers: list[Answer]
    error: str
    errors: int

    @property
    def tokens(self) -> int:
        return sum(one.tokens for one in self.answers)

    @property
    def cost(self) -> float:
        return sum(one.cost or 0.0 for one in self.answers)


class Probes:
    """Fixed questions: ``Probes(project.system, project.runtime)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes
        self._usual: dict[str, UsualAnswers] = {}

    @property
    def schedule(self) -> Schedule:
        """What ``probes.toml`` says now. Raises ``SettingsError``."""
        return probing.load(self._system.root)

    def status(self, environment: str | None = None) -> list[Standing]:
        """How every probe does."""
        name = self._name(environment)
        return [self._standing(name, probe) for probe in self.schedule.probes]

    def due(self, environment: str) -> list[str]:
        """Probes whose next round is to be asked now."""
        now = self._system.clock.now()
        return [one.name for one in self.status(environment) if one.due <= now]

    def run(self, name: str, environment: str | None = None, *, force: bool = True) -> Round | None:
        """Ask one round and judge it; the first makes the baseline when there is none.

        None when somebody else is asking, or (without ``force``) when it is not due. Raises
        ``BudgetError`` when the probes' budget of the day is used up, ``NotFoundError``.
        """
        where = self._name(environment)
        one = self.schedule.named(name)
        view = self._system.view(where)
        known = view.get(ROUNDS, f"{where}/{name}")
        last = next(iter(rounds(self._system.ledger, where, probe=name)), None)
        now = self._system.clock.now()
        if last is not None and last.claimed and now - last.claimed < one.period:
            return None
        if not force and last is not None and now - (last.claimed or last.at) < one.period:
            return None
        release = catalog.deployed(view, environment=where)
        found = baseline(self._system.ledger, where, probe=name, release=release)
        fitting = found is None or found.question != one.question
        self._afford(where, last, answers=one.baseline if fitting else one.samples)
        blank = last or Round(where, name, now, release, "", None)
        claim = self._write(view, replace(blank, claimed=now), expects=known.id if known else None)
        if claim is None:
            return None
        try:
            usual = self.fit(name, where) if fitting or found is None else found
            return self._round(one, usual, last=last, claim=claim, at=now)
        except HoldfastError as e:
            failed = replace(blank, at=now, answers=(), errors=1, error=str(e), tokens=0, cost=0.0)
            self._write(view, failed, expects=claim)
            raise

    def fit(
        self, name: str, environment: str | None = None, *, at: str | None = None, reason: str = ""
    ) -> Baseline:
        """Ask what is usual, now or as of a moment; rounds from now on are compared with it.

        Raises ``ProviderError`` when there are too few answers, ``BudgetError``.
        """
        where = self._name(environment)
        one = self.schedule.named(name)
        self._afford(where, None, answers=0)
        view = self._system.view(where, at)
        release = catalog.deployed(view, environment=where)
        now = self._system.clock.now()
        asked = self._ask(one, name, view=view, environment=where, n=one.baseline, at=now)
        if len(asked.answers) < LEAST:
            raise ProviderError(
                f"probe {name!r}: {len(asked.answers)} answers of {one.baseline} are no baseline "
                f"({asked.error}); try again"
            )
        old = rounds(self._system.ledger, where, probe=name)
        data = canonical({"question": one.question, "answers": [asdict(a) for a in asked.answers]})
        with self._system.latch.storing():
            made = Baseline(
                where,
                name,
                release,
                one.question,
                self._system.blobs.put(data),
                len(asked.answers),
                now,
                str(view.cut),
                asked.tokens,
                asked.cost,
                self._against(old[0] if old else None, one, asked.answers),
            )
            journal = Journal(self._system, where, "probe", "")
            journal.write([made.event(reason=reason)], reason=reason)
        return made

    def _round(
        self, one: Probe, found: Baseline, *, last: Round | None, claim: EventId, at: int
    ) -> Round | None:
        where, name = found.environment, found.probe
        view = self._system.view(where)
        release = catalog.deployed(view, environment=where)
        usual = self._of(found.blob)
        asked = self._ask(one, name, view=view, environment=where, n=one.samples, at=at)
        same = last is not None and last.baseline == found.blob
        before = (vigil(last) if same else None) or Vigil.of(usual)
        judging = Judging(usual, self._threshold(one), one.overlap, at, _draws(where, name, at))
        now = before.update(asked.answers, judging=judging)
        unusual = usual.unusual(usual.strangeness(asked.answers)) if asked.answers else []
        made = Round(
            where,
            name,
            at,
            release,
            found.blob,
            now.json(),
            said(asked.answers, unusual),
            min((usual.overlap(a.evidence) for a in asked.answers), default=1.0),
            now.moved,
            now.tracks["answers"].value,
            judging.threshold,
            asked.errors,
            asked.error,
            asked.tokens,
            asked.cost,
        )
        return made if self._write(view, made, expects=claim) is not None else None

    def _ask(
        self, one: Probe, name: str, *, view: View, environment: str, n: int, at: int
    ) -> _Asked:
        """The same question n times, each with a seed of its own."""
        runtime = self._runtimes(catalog.deployed(view, environment=environment))
        search = self._system.search(runtime.space)

        def answer(sample: int) -> Answer | str:
            question = Question(
                one.question,
                environment,
                history=(),
                seed=_seed(environment, name, at, sample),
                cache=False,
                metadata={PROBE: name},
            )
            pieces = run(
                question, runtime=runtime, view=view, search=search, clock=self._system.clock
            )
            draft = next(piece for piece in pieces if isinstance(piece, Draft))
            return str(draft.error) if draft.error is not None else _answer(draft)

        found = spread(answer, range(min(n, THREADS)), threads=THREADS)
        if any(isinstance(one, Answer) for one in found):
            # Who answers none of the first is not asked so often for nothing.
            found += spread(answer, range(THREADS, n), threads=THREADS)
        errors = [one for one in found if isinstance(one, str)]
        answers = [one for one in found if isinstance(one, Answer)]
        return _Asked(answers, errors[0] if errors else "", len(errors))

    def _against(
        self, last: Round | None, one: Probe, answers: Sequence[Answer]
    ) -> dict[str, str | float]:
        """Whether the baseline before, if it was of this question, answers alike."""
        if last is None or not last.baseline:
            return {}
        value = json.loads(self._system.blobs.get(last.baseline))
        if value["question"] != one.question:
            return {}
        texts = [[a["text"] for a in value["answers"]], [a.text for a in answers]]
        embedder = self._system.embedders(embedder_identity(self._system.settings))
        labels = meanings([*texts[0], *texts[1]], embedder=embedder).tolist()
        found = g_test(labels[: len(texts[0])], labels[len(texts[0]) :])
        return {"release": last.release, "p_value": found.p_value, "effect": found.effect}

    def _of(self, blob: str) -> UsualAnswers:
        if blob not in self._usual:
            answers = [
                Answer(**{**one, "evidence": tuple(one["evidence"]), "rests": tuple(one["rests"])})
                for one in json.loads(self._system.blobs.get(blob))["answers"]
            ]
            embedder = self._system.embedders(embedder_identity(self._system.settings))
            self._usual[blob] = UsualAnswers.of(answers, embedder=embedder)
        return self._usual[blob]

    def _threshold(self, one: Probe) -> float:
        """Rounds between false alarms: those of a year, for all probes, by the alarms accepted."""
        accepted = channel.load(self._system.root).false_pages_a_year
        return max(one.rounds_a_year * len(self.schedule.probes) / accepted, 2.0)

    def _afford(self, environment: str, last: Round | None, *, answers: int) -> None:
        """Refuse what would go beyond the day's budget, as far as the last round tells."""
        limits = self.schedule
        if not limits.tokens_per_day and not limits.dollars_per_day:
            return
        now = self._system.clock.now()
        tokens, dollars = spent(self._system.ledger, environment, since=midnight(now))
        each = answers / last.asked if last is not None and last.asked else 0.0
        if last is not None:
            tokens += round(each * last.tokens)
            dollars += each * last.cost
        over = limits.tokens_per_day and tokens >= limits.tokens_per_day
        if over or (limits.dollars_per_day and dollars >= limits.dollars_per_day):
            raise BudgetError(
                f"{probing.FILE}: the probes of {environment!r} would go beyond the budget of this "
                f"day ({tokens:,} tokens, ${dollars:.4f} with the next round); they go on tomorrow "
                "(UTC), or with a higher tokens_per_day or dollars_per_day"
            )

    def _standing(self, environment: str, name: str) -> Standing:
        one = self.schedule.named(name)
        last = next(iter(rounds(self._system.ledger, environment, probe=name)), None)
        view = self._system.view(environment)
        deployed = view.get("releases", catalog.DEPLOYED)
        release = deployed.value["release"] if deployed else ""
        found = baseline(self._system.ledger, environment, probe=name, release=release)
        if found is not None and found.question != one.question:
            found = None
        stands = vigil(last)
        judged = found is not None and last is not None and last.baseline == found.blob
        state = "no baseline" if found is None else "calm"
        if judged and last is not None:
            failing = last.errors and not last.answers
            state = "moved" if last.moved else "failing" if failing else "calm"
        due = (last.claimed or last.at) + one.period if last is not None else 0
        return Standing(
            name, one, state, found, last, stands.rounds if stands and judged else 0, due
        )

    def _write(self, view: View, made: Round, *, expects: EventId | None) -> EventId | None:
        """Write a round unless somebody else did; its event."""
        event: Event = made.event()
        change = Change(
            view.cut.timeline,
            "probe",
            (event,),
            expects=(Expect(ROUNDS, made.key, expects),),
            actor=self._system.actor,
        )
        try:
            tick = self._system.append.append(change).tick
        except ConflictError:
            return None
        except FencedError:
            if made.claimed:
                return None
            # What was asked has been paid; a rollback meanwhile does not make it unsaid.
            Journal(self._system, made.environment, "probe", "").write([event])
            return EventId(0, 0)
        return EventId(tick, 0)

    def _name(self, environment: str | None) -> str:
        return self._system.head(
            environment or self._system.settings.project.environment
        ).environment


def _answer(draft: Draft) -> Answer:
    """What counts of a draft that nobody records."""
    decision, stamp = draft.decision, draft.decision.stamp
    step = stamp.prompts[-1] if stamp.prompts else None
    model = f"{step.model} {step.fingerprint or ''}".strip() if step else ""
    # An answer that the guard withheld rests on whatever the model had read.
    least = 0.0 if decision.status == BLOCKED else RESTS
    rests = {
        edge.source
        for edge in record(replace(draft, cache_key=""))[0].sources
        if edge.strength >= least and edge.source.partition(":")[0] in ("document", "release")
    }
    return Answer(
        decision.answer,
        decision.status,
        stamp.latency["total"],
        model,
        tuple(hit.chunk for hit in stamp.hits[: stamp.used]),
        (*sorted(rests), f"model:{model}"),
        sum((one.input_tokens or 0) + (one.output_tokens or 0) for one in stamp.prompts),
        stamp.cost,
    )


def _seed(environment: str, name: str, at: int, sample: int) -> int:
    return int(digest([environment, name, at, sample])[:8], 16) & 0x7FFFFFFF


def _draws(environment: str, name: str, at: int) -> Iterator[float]:
    """Uniform draws that a round can be judged again by."""
    source = random.Random(digest([environment, name, at, "draws"]))  # noqa: S311 - breaks ties
    while True:
        yield source.random()
