"""What a release answers to one question when it is asked again and again, and another beside it.

Each answer has a seed of its own, no cache and no memory, and is recorded nowhere. Answers are
grouped by meaning; whether two releases answer from the same distribution is asked of the pooled
answers, grouped without looking whose they are, by a permuted G-test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.errors import ProviderError, UsageError
from holdfast.evaluation import runner
from holdfast.evaluation.meaning import meanings
from holdfast.evaluation.runner import Asking, Pace
from holdfast.operations.build import embedder_identity
from holdfast.operations.deploy import check_prepared
from holdfast.operations.evaluate.evaluate import Conduct, Target
from holdfast.operations.evaluate.subject import ReleaseSubject
from holdfast.statistics.distribution import Contrast, g_test, semantic_entropy
from holdfast.store.releases import catalog

FEWEST, MOST = 2, 10_000


@dataclass(frozen=True, slots=True)
class Meaning:
    """Answers that mean the same: how often each side gave one, and the wording given most."""

    answer: str
    count: int
    against: int
    """0 when there is no other side."""
    wordings: int


@dataclass(frozen=True, slots=True)
class Side:
    """One release's answers: how many there are, and how sure it is of itself."""

    release: str
    answers: int
    errors: int
    """Questions that the infrastructure did not answer; they count nowhere."""
    meanings: int
    entropy: float
    """Semantic entropy in nats: 0 when all answers mean the same."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The answers to one question, the most common meaning first."""

    question: str
    side: Side
    against: Side | None
    meanings: tuple[Meaning, ...]
    contrast: Contrast | None = None
    """Whether both answer alike; ``effect`` is the share of answers that would have to change."""


def distribution(
    conduct: Conduct, question: str, *, targets: Sequence[Target], n: int = 50
) -> Distribution:
    """Ask one release, or two, the same question n times each.

    Raises ``UsageError`` for an empty question or an n that shows nothing, ``ProviderError`` when
    there is not one answer.
    """
    if not question.strip():
        raise UsageError("the question is empty; ask something")
    if not FEWEST <= n <= MOST:
        raise UsageError(f"-n {n!r} must lie between {FEWEST} and {MOST:,}")
    releases, outputs = [], []
    for target in targets:
        release, subject = _subject(conduct, target)
        asking = Asking([Case("question", question)], n, pace=Pace())
        found = runner.run(asking, subject, keep=lambda _: None, progress=conduct.progress)
        releases.append(release)
        outputs.append(list(found.values()))
    texts = [[o.answer for o in side if not o.error] for side in outputs]
    for release, side in zip(releases, texts, strict=True):
        if len(side) < FEWEST:
            raise ProviderError(
                f"release {release[:12]} gave {len(side)} answers of {n}; try again"
            )
    system = conduct.system
    embedder = system.embedders(embedder_identity(system.settings))
    labels = meanings([text for side in texts for text in side], embedder=embedder).tolist()
    split = [labels[: len(texts[0])], labels[len(texts[0]) :]]
    sides = [
        _side(release, side, own)
        for release, side, own in zip(releases, outputs, split, strict=False)
    ]
    both = len(sides) > 1
    return Distribution(
        question,
        sides[0],
        sides[1] if both else None,
        _meanings([text for side in texts for text in side], split),
        g_test(split[0], split[1]) if both else None,
    )


def _subject(conduct: Conduct, target: Target) -> tuple[str, ReleaseSubject]:
    """A known release, or the deployed one, as an environment was at a moment."""
    system = conduct.system
    view = system.view(target.environment, target.at)
    if target.release in (None, catalog.DEPLOYED):
        release = catalog.deployed(view, environment=target.environment)
    else:
        release = catalog.find(target.release or "", ledger=system.ledger)
    check_prepared(view, catalog.components(release, blobs=system.blobs), system=system)
    return release, ReleaseSubject(system, conduct.runtimes(release), view, target.environment)


def _side(release: str, outputs: Sequence[Output], labels: Sequence[int]) -> Side:
    errors = sum(bool(output.error) for output in outputs)
    entropy = round(semantic_entropy(labels), 6)
    return Side(release, len(labels), errors, len(set(labels)), entropy)


def _meanings(texts: Sequence[str], split: Sequence[Sequence[int]]) -> tuple[Meaning, ...]:
    labels = [label for side in split for label in side]
    found = []
    for name in sorted(set(labels)):
        own = [text for text, label in zip(texts, labels, strict=True) if label == name]
        wordings = sorted(set(own), key=lambda text: (-own.count(text), text))
        found.append(
            Meaning(wordings[0], split[0].count(name), split[1].count(name), len(wordings))
        )
    return tuple(sorted(found, key=lambda m: (-m.count - m.against, m.answer)))
