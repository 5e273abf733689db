"""A release as the subject of an evaluation: its answers at one cut, of which nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Passage
from holdfast.operations.sources import paths
from holdfast.operations.system import System
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.store.ledger.as_of import View


@dataclass(frozen=True, slots=True)
class ReleaseSubject:
    """Answers cases as a release would have at a cut: no cache, no memory, no decision."""

    system: System
    runtime: Runtime
    view: View
    environment: str

    def __call__(self, case: Case, seed: int) -> Output:
        """The output of one case. A provider's failure is an output with an error."""
        if case.context:
            reason = "a passage cannot be planted beside a release's own retrieval yet"
            return Output(case.id, 0, "", "failed", error=reason, error_code="unsupported")
        question = Question(
            case.question,
            self.environment,
            history=tuple(Turn(asked, answered) for asked, answered in case.history),
            seed=seed,
            cache=False,
        )
        pieces = run(
            question,
            runtime=self.runtime,
            view=self.view,
            search=self.system.search(self.runtime.space),
            clock=self.system.clock,
        )
        return self._output(case, next(piece for piece in pieces if isinstance(piece, Draft)))

    def _output(self, case: Case, draft: Draft) -> Output:
        decision, stamp = draft.decision, draft.decision.stamp
        live = paths({hit.document for hit in stamp.hits}, view=self.view)
        found = {name: entry.key for name, entry in live.items()}
        return Output(
            case.id,
            0,
            decision.answer,
            decision.status,
            passages=tuple(
                Passage(chunk.id, chunk.document, found.get(chunk.document, ""), chunk.text)
                for chunk in draft.passages
            ),
            retrieved=tuple(
                dict.fromkeys(found[hit.document] for hit in stamp.hits if hit.document in found)
            ),
            seconds=stamp.latency["total"],
            input_tokens=sum(step.input_tokens or 0 for step in stamp.prompts),
            output_tokens=sum(step.output_tokens or 0 for step in stamp.prompts),
            cost=stamp.cost,
            error=decision.error,
            error_code=decision.error_code,
            behaviour=stamp.behaviour(),
        )
