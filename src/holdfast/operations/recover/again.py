"""Ask golden questions again: what they were answered before a recovery, and after it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.moment import Cut
from holdfast.domain.score import Output
from holdfast.evaluation.run import seed_of
from holdfast.evaluation.suite import Suite
from holdfast.operations.evaluate.cases import cases_of
from holdfast.operations.evaluate.subject import ReleaseSubject
from holdfast.operations.recover.trial import score
from holdfast.operations.system import System
from holdfast.pipeline.retrieve import retrieve
from holdfast.pipeline.runtime import Runtime
from holdfast.pipeline.stages import Stages
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog


@dataclass(frozen=True, slots=True)
class Answered:
    """A case's answers before and after, and what the suite's metrics say of each."""

    case: str
    question: str
    before: str
    after: str
    scores: dict[str, tuple[float | None, float | None]]
    """Metric -> its value before and after; None where it does not apply."""


@dataclass(frozen=True, slots=True)
class Again:
    """A suite's questions that a recovery touches."""

    suite: str
    cases: int
    """Cases that the suite has."""
    answered: tuple[Answered, ...]

    @property
    def means(self) -> dict[str, tuple[float, float]]:
        """The mean of each metric over the cases where it applies, before and after."""
        found: dict[str, tuple[float, float]] = {}
        for name in dict.fromkeys(name for one in self.answered for name in one.scores):
            pairs = [one.scores[name] for one in self.answered]
            both = [(a, b) for a, b in pairs if a is not None and b is not None]
            if both:
                before, after = (sum(side) / len(both) for side in zip(*both, strict=True))
                found[name] = (before, after)
        return found


def ask_again(
    system: System,
    suite: Suite,
    *,
    environment: str,
    cuts: tuple[Cut, Cut],
    touched: Collection[str] | None,
    runtimes: Callable[[str], Runtime],
) -> Again:
    """Answer the touched cases of a suite as of two cuts; records nothing.

    A case is touched when a document of ``touched`` (digests) was among its passages at the first
    cut; None touches all.
    """
    before, after = (_Side(system, View(system.ledger, cut), environment, runtimes) for cut in cuts)
    cases = cases_of(system, suite)
    affected = [case for case in cases if touched is None or before.finds(case, touched)]
    answered = []
    for case in affected:
        seed = seed_of(suite.seed, case=case.id, sample=0)
        one, other = before.answer(case, seed), after.answer(case, seed)
        scores = {
            metric.name: (score(metric, one, case=case), score(metric, other, case=case))
            for metric in suite.metrics
        }
        answered.append(Answered(case.id, case.question, one.answer, other.answer, scores))
    return Again(suite.name, len(cases), tuple(answered))


class _Side:
    """A cut that is asked."""

    def __init__(
        self, system: System, view: View, environment: str, runtimes: Callable[[str], Runtime]
    ) -> None:
        self._runtime = runtimes(catalog.deployed(view, environment=environment))
        self._search = system.search(self._runtime.space)
        self._view = view
        self._subject = ReleaseSubject(system, self._runtime, view, environment)

    def finds(self, case: Case, documents: Collection[str]) -> bool:
        evidence = retrieve(
            case.question,
            runtime=self._runtime,
            view=self._view,
            search=self._search,
            stages=Stages(),
        )
        return any(passage.document in documents for passage in evidence.passages)

    def answer(self, case: Case, seed: int) -> Output:
        return self._subject(case, seed)
