"""Ask at an environment's head and record the decision, or at any moment without recording."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from holdfast.domain.decision import FENCED, Decision, new_id
from holdfast.domain.event import Change
from holdfast.domain.moment import Cut
from holdfast.errors import FencedError
from holdfast.operations.budgets import Budgets
from holdfast.operations.keep import Keeper
from holdfast.operations.part import choose
from holdfast.operations.system import System
from holdfast.pipeline.question import Question
from holdfast.pipeline.record import record
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.store.ledger.as_of import View

TRIES = 5
"""How often a question starts again when the environment is rolled back under it."""


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer under way: where it is read, and its pieces; iterate over it once.

    The pieces are text as it comes, then the recorded decision.
    """

    decision: str
    """The id that the decision will have."""
    release: str
    cut: Cut
    pieces: Iterator[str | Decision]

    def __iter__(self) -> Iterator[str | Decision]:
        return self.pieces


class Asker:
    """Answers questions. Keeps the runtimes of recent releases warm.

    ``runtimes`` makes a runtime from a release's full digest.
    """

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes
        self._budgets = Budgets(system)
        self._keeper = Keeper.of(system.settings.privacy)

    def ask(self, question: Question, *, at: str | None = None) -> Decision:
        """The recorded decision; with ``at`` what would have been said then, not recorded.

        Raises ``ProviderError`` after recording the failed decision. When the environment is
        rolled back between reading and recording, the question is worked on again at the new
        head, so that no answer rests on a state that was taken back. Raises ``QuotaError`` when the
        budget of the day is used up; the past costs nothing that is counted.
        """
        question = self._keeper.named(question)
        if at is None:
            question = self._afforded(question)
        last: FencedError | None = None
        if at is None and not question.id:
            question = replace(question, id=new_id("d", at=self._system.clock.now()))
        for _ in range(TRIES if at is None else 1):
            draft = self._draft(question, at=at)
            if at is not None:
                if draft.error is not None:
                    raise draft.error
                return draft.decision
            try:
                decision = self._record(draft)
            except FencedError as e:
                last = e
                continue
            if draft.error is not None:
                draft.error.decision = decision.id
                raise draft.error
            return decision
        raise FencedError(
            f"{question.environment!r} was rolled back {TRIES} times under this question; ask again"
        ) from last

    def stream(self, question: Question) -> Answering:
        """Text as it comes, then the recorded decision.

        Text that was shown cannot be taken back: when the environment is rolled back meanwhile,
        the decision is recorded as ``fenced`` on the new timeline and the stream ends with
        ``FencedError``. Raises ``QuotaError`` before anything is shown.
        """
        question = self._afforded(self._keeper.named(question))
        view = self._system.view(question.environment)
        named = replace(question, id=new_id("d", at=self._system.clock.now()))
        release = choose(view, named).release
        return Answering(named.id, release, view.cut, self._stream(named, view))

    def _afforded(self, question: Question) -> Question:
        """The question, or that its answer is withheld. Raises ``QuotaError``."""
        return replace(question, withheld=self._budgets.check(question.environment))

    def _stream(self, question: Question, view: View) -> Iterator[str | Decision]:
        for piece in self._run(question, view, stream=True):
            if isinstance(piece, str):
                yield piece
                continue
            try:
                yield self._record(piece)
            except FencedError as e:
                e.decision = self._fenced(piece, e)
                raise
            if piece.error is not None:
                piece.error.decision = piece.decision.id
                raise piece.error

    def _fenced(self, draft: Draft, error: FencedError) -> str:
        """Record what was shown although it does not count; empty when that is refused too."""
        fenced = replace(draft.decision, status=FENCED, error=str(error), error_code=error.code)
        for _ in range(TRIES):
            head = self._system.head(fenced.environment)
            try:
                self._record(replace(draft, decision=fenced, cache_key=""), head.timeline)
            except FencedError:
                continue
            return fenced.id
        return ""

    def _draft(self, question: Question, *, at: str | None) -> Draft:
        view = self._system.view(question.environment, at)
        for piece in self._run(question, view, stream=False):
            if isinstance(piece, Draft):
                return piece
        raise AssertionError("a run always ends with a draft")

    def _run(self, question: Question, view: View, *, stream: bool) -> Iterator[str | Draft]:
        part = choose(view, question)
        runtime = self._runtimes(part.release)
        pieces = run(
            question,
            runtime=runtime,
            view=view,
            search=self._system.search(runtime.space),
            clock=self._system.clock,
            stream=stream,
        )
        return (piece if isinstance(piece, str) else part.mark(piece) for piece in pieces)

    def _record(self, draft: Draft, timeline: int | None = None) -> Decision:
        started = time.perf_counter()
        kept = self._keeper.keep(draft)
        stamp = kept.decision.stamp
        change = Change(
            stamp.timeline if timeline is None else timeline,
            "ask",
            record(draft, kept=kept),
            actor=self._system.actor,
            cause=f"decision:{draft.decision.id}",
        )
        self._system.append.append(change)
        latency = {**stamp.latency, "record": round(time.perf_counter() - started, 6)}
        stamp = replace(draft.decision.stamp, latency=latency, missing=stamp.missing)
        # Who asked is told everything; what is kept of it says what was taken out.
        return replace(draft.decision, stamp=stamp, redacted=kept.decision.redacted)
