"""Fixed questions asked as of two moments: whose evidence changed, and whose answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.errors import UsageError
from holdfast.operations import diff as diffing
from holdfast.operations.ask import Asker
from holdfast.operations.retrieve import retrieve
from holdfast.operations.system import System
from holdfast.pipeline.question import Question
from holdfast.pipeline.runtime import Runtime
from holdfast.statistics.overlap import jaccard
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

__all__ = ["Asked", "Churn", "churn"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question at both moments.

    ``overlap`` is the share of passages that both found, of those that either did (Jaccard).
    ``gone`` and ``came`` are paths that only one of them rests on.
    """

    question: str
    overlap: float
    gone: tuple[str, ...]
    came: tuple[str, ...]
    before: str
    now: str

    @property
    def evidence_changed(self) -> bool:
        return self.overlap < 1

    @property
    def answer_changed(self) -> bool:
        return self.before != self.now


@dataclass(frozen=True, slots=True)
class Churn:
    """What moved in the corpus between two moments, and what that did to the questions."""

    added: int
    removed: int
    changed: int
    asked: tuple[Asked, ...]


def churn(
    system: System,
    questions: Sequence[str],
    *,
    runtimes: Callable[[str], Runtime],
    before: str,
    after: str = "head",
    environment: str | None = None,
) -> Churn:
    """Ask every question as of both moments; nothing is recorded.

    Raises:
        UsageError: no questions.
        StateError: a moment at which no release is deployed.
    """
    if not questions:
        raise UsageError("no questions to ask; give a file with one a line")
    name = environment or system.settings.project.environment
    views = {at: system.view(name, at) for at in (before, after)}
    documents = diffing.compare(views[before], views[after], system=system).documents
    kinds = [one.kind for one in documents]
    asker = Asker(system, runtimes)

    def answers(question: str, at: str) -> tuple[dict[str, str], str]:
        """Paths by passage, and the answer."""
        found = _passages(system, question, view=views[at], runtimes=runtimes, environment=name)
        return found, asker.ask(Question(question, name), at=at).answer

    asked = []
    for question in questions:
        (old, said), (new, says) = (answers(question, at) for at in (before, after))
        paths = set(old.values()), set(new.values())
        asked.append(
            Asked(
                question,
                jaccard(list(old), list(new)),
                tuple(sorted(paths[0] - paths[1])),
                tuple(sorted(paths[1] - paths[0])),
                said,
                says,
            )
        )
    added, removed, changed = (kinds.count(kind) for kind in ("added", "removed", "changed"))
    return Churn(added, removed, changed, tuple(asked))


def _passages(
    system: System,
    question: str,
    *,
    view: View,
    runtimes: Callable[[str], Runtime],
    environment: str,
) -> dict[str, str]:
    runtime = runtimes(catalog.deployed(view, environment=environment))
    found = retrieve(
        question,
        runtime=runtime,
        view=view,
        search=system.search(runtime.space),
        limit=runtime.retrieval.passages,
    )
    return {passage.chunk: passage.path for passage in found.passages}
