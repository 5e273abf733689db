"""Score recorded decisions, and take people's labels: what online figures rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.decision import Decision
from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.score import Output, Passage, Sample, Score
from holdfast.errors import SettingsError, UsageError
from holdfast.evaluation.scorers.registry import build
from holdfast.evaluation.scorers.scorer import HIGHER, Scorer, address, apply
from holdfast.evaluation.scorers.second import Second
from holdfast.observation.duration import HOUR
from holdfast.observation.fact import Fact, Paths
from holdfast.observation.labelling import Labelling, labelling
from holdfast.observation.measure import measure
from holdfast.observation.sampling import Pick, Plan, picks
from holdfast.operations import find
from holdfast.operations.build import space_of
from holdfast.operations.evaluate.evaluate import parts
from holdfast.operations.journal import Journal
from holdfast.operations.keep import Keeper
from holdfast.operations.system import System
from holdfast.operations.watch.observations import Observations
from holdfast.ports.ledger import Query

SCORES, LABELS = "assessments", "labels"
TOGETHER = 32
"""Decisions that are scored between two writes."""
SHOWN = 4_000
"""Characters of a score's details that are kept."""
GOOD, BAD = "good", "bad"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a pass of scoring did."""

    decisions: int
    scores: int
    failed: int
    waiting: int
    """Decisions that are to be scored and were not, because the budget was spent."""


class Scoring:
    """Scores and labels of decisions: ``Scoring(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._paths = Paths(system.ledger)
        self._scorers: tuple[Scorer, ...] | None = None

    def scorers(self) -> tuple[Scorer, ...]:
        """What ``scoring.scorers`` names, made once. Raises ``SettingsError``."""
        if self._scorers is None:
            wanted = self._system.settings.scoring
            given = parts(self._system)
            try:
                made = [build(kind, {}, parts=given) for kind in wanted.scorers]
            except UsageError as e:
                raise SettingsError(f"scoring.scorers: {e}") from e
            if wanted.second and given.judges is not None:
                panel = given.judges(wanted.second)
                made = [Second(s, panel) if s.direction == HIGHER else s for s in made]
            self._scorers = tuple(made)
        return self._scorers

    def score(
        self,
        environment: str,
        facts: Sequence[Fact],
        *,
        plan: Plan | None = None,
        limit: int | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Scored:
        """Score what the plan picks and nobody scored yet, within the budget of the hour."""
        wanted = self._system.settings.scoring
        chosen = plan or Plan(wanted.rate, wanted.slices, wanted.odd)
        # A scorer that does not apply leaves no score, so it is asked of the events, not the rows.
        since = min((fact.at for fact in facts), default=0)
        done = {
            entry.key.partition("/")[0]
            for _, entry in self._system.ledger.history(Query(store=SCORES, since=since))
        }
        waiting = [pick for pick in picks(facts, chosen) if pick.fact.decision not in done]
        room = self._room() if limit is None else limit
        now = waiting[: max(room, 0)]
        scores = failed = 0
        for start in range(0, len(now), TOGETHER):
            events = [event for pick in now[start : start + TOGETHER] for event in self._of(pick)]
            failed += sum(bool((event.value or {})["error"]) for event in events)
            scores += len(events)
            Journal(self._system, environment, "score", "").write(events)
            progress(min(start + TOGETHER, len(now)))
        return Scored(len(now), scores, failed, len(waiting) - len(now))

    def recent(
        self, environment: str | None = None, *, since: str = "24h", everything: bool = False
    ) -> Scored:
        """Score the decisions of a time, all of them if asked to, without regard to the budget."""
        room = Observations(self._system)
        span = room.span(environment, since=since)
        name = environment or self._system.settings.project.environment
        facts = room.facts(name, span)
        return self.score(name, facts, plan=Plan(1.0) if everything else None, limit=len(facts))

    def label(self, decision: str, verdict: str, *, about: str = GOOD, note: str = "") -> int:
        """What a person says of a decision: good or bad, by a measure. Returns the tick."""
        if verdict not in (GOOD, BAD):
            raise UsageError(f"label {verdict!r} is not known; use good or bad")
        measure(about)
        found = find.decision(decision, ledger=self._system.ledger)
        kept = Keeper.of(self._system.settings.privacy).text(note)
        value = {"good": verdict == GOOD, "by": self._system.actor, "note": kept}
        event = Event(LABELS, f"{found.id}/{about}", value, (Edge(f"decision:{found.id}"),))
        head = self._system.head(found.environment)
        change = Change(
            head.timeline,
            "label",
            (event,),
            actor=self._system.actor,
            cause=f"decision:{found.id}",
        )
        return self._system.append.append(change).tick

    def labelling(
        self,
        environment: str | None = None,
        *,
        about: str = GOOD,
        since: str = "7d",
        at: str | None = None,
        limit: int = 20,
    ) -> Labelling:
        """What to label next, and the rate as labels correct it."""
        room = Observations(self._system)
        facts = room.facts(environment, room.span(environment, since=since, at=at))
        return labelling(facts, measure(about), most=limit)

    def _room(self) -> int:
        """Decisions that may still be scored in this hour."""
        query = Query(store=SCORES, since=self._system.clock.now() - HOUR)
        scored = {e.key.partition("/")[0] for _, e in self._system.ledger.history(query)}
        return self._system.settings.scoring.per_hour - len(scored)

    def _of(self, pick: Pick) -> list[Event]:
        sample = self.sample(find.decision(pick.fact.decision, ledger=self._system.ledger))
        return [
            Event(
                SCORES,
                f"{pick.fact.decision}/{scorer.name}",
                _value(apply(scorer, sample), scorer, pick.why),
                (Edge(f"decision:{pick.fact.decision}"),),
            )
            for scorer in self.scorers()
        ]

    def sample(self, decision: Decision) -> Sample:
        """A recorded decision as scorers see answers, with the text of its passages."""
        stamp = decision.stamp
        used = stamp.hits[: stamp.used]
        space = space_of(stamp.release, blobs=self._system.blobs)
        chunks = self._system.lake.chunks.take([hit.row for hit in used], space=space)
        output = Output(
            decision.id,
            0,
            decision.answer,
            decision.status,
            passages=tuple(
                Passage(c.id, c.document, self._paths.path(c.document), c.text) for c in chunks
            ),
            retrieved=tuple(dict.fromkeys(self._paths.path(h.document) for h in stamp.hits)),
            seconds=stamp.latency.get("total", 0.0),
            input_tokens=sum(step.input_tokens or 0 for step in stamp.prompts),
            output_tokens=sum(step.output_tokens or 0 for step in stamp.prompts),
            cost=stamp.cost,
            error=decision.error,
            error_code=decision.error_code,
        )
        return Sample(Case(decision.id, decision.question), output)


def _value(score: Score, scorer: Scorer, why: str) -> dict[str, Any]:
    detail = score.detail if len(str(score.detail)) <= SHOWN else {"left out": "too long"}
    return {
        "value": score.value,
        "error": score.error,
        "unsure": score.unsure,
        "detail": detail,
        "scorer": address(scorer),
        "why": why,
    }
