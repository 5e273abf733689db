"""Bias probes: what should not move a judge's verdict, and how often it does.

*rerun*: nothing is changed. *length*: a courtesy that claims nothing is added to the answer.
*position*: the passages are shown in reverse order. *family*: no question is asked; are answers of
models of the judge's own family accepted beyond their labels more often than those of others?
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from holdfast.domain.score import Sample
from holdfast.errors import StatisticsError
from holdfast.evaluation.judge.calibration import Probe
from holdfast.evaluation.judge.labels import Labelled
from holdfast.evaluation.judge.panel import Panel
from holdfast.evaluation.judge.prompt import PASSAGES
from holdfast.evaluation.spread import spread
from holdfast.statistics.agreement import krippendorff_alpha
from holdfast.statistics.interval import rate_interval
from holdfast.statistics.paired import mcnemar
from holdfast.statistics.permutation import deal_rows, p_value
from holdfast.statistics.require import Floats

PADDING = (
    "I hope that this is helpful. Please do not hesitate to ask if there is anything else that you "
    "would like to know; I am always glad to be of help."
)
DEALS = 2_000
LEAST = 5
"""Answers of each side without which families are not compared."""
FAMILY = re.compile(r"[a-z]+")

Change: TypeAlias = Callable[[Sample], Sample | None]
"""A sample with what should not matter changed; None where there is nothing to change."""


def padded(sample: Sample) -> Sample | None:
    """The answer with a courtesy after it."""
    answer = f"{sample.output.answer}\n\n{PADDING}"
    return Sample(sample.case, replace(sample.output, answer=answer))


def turned(sample: Sample) -> Sample | None:
    """The passages in reverse order."""
    passages = sample.output.passages[::-1]
    if len(passages) < 2:  # noqa: PLR2004 - one has no order
        return None
    return Sample(sample.case, replace(sample.output, passages=passages))


CHANGES: Mapping[str, Change] = MappingProxyType(
    {"rerun": lambda sample: sample, "length": padded, "position": turned}
)


def probes(
    panel: Panel,
    items: Sequence[Labelled],
    *,
    verdicts: Sequence[bool | None],
    application: str = "",
    most: int = 50,
) -> tuple[Probe, ...]:
    """Every probe on up to ``most`` answers, drawn at random, that the judge gave a verdict on.

    Raises ``BudgetError``, ``JudgeDownError``.
    """
    there = [(i.sample, v) for i, v in zip(items, verdicts, strict=True) if v is not None]
    drawn = random.Random(0).sample(there, min(most, len(there)))  # noqa: S311 - no secret
    found = [
        _moved(name, change, panel=panel, drawn=drawn, application=application)
        for name, change in CHANGES.items()
    ]
    return (*found, _family(panel, items, verdicts))


def _moved(
    name: str,
    change: Change,
    *,
    panel: Panel,
    drawn: Sequence[tuple[Sample, bool]],
    application: str,
) -> Probe:
    if name == "position" and PASSAGES not in panel.definition.prompt.placeholders:
        return Probe(name, note="the prompt shows no passages")
    changed = [(other, v) for sample, v in drawn if (other := change(sample)) is not None]
    if not changed:
        return Probe(name, note="no answer has several passages")
    # Only a rerun asks the same again; it must not be given what was said before.
    first = panel.definition.terms.repeats if name == "rerun" else 0

    def again(sample: Sample) -> bool | None:
        return panel.judge(sample, application=application, first=first).verdict

    after = spread(again, [sample for sample, _ in changed], threads=panel.threads)
    pairs = [(v, a) for (_, v), a in zip(changed, after, strict=True) if a is not None]
    if not pairs:
        return Probe(name, note="the judge gave no verdict")
    before, later = [b for b, _ in pairs], [a for _, a in pairs]
    moves = mcnemar(before, later)
    moved = moves.lost + moves.gained
    try:
        alpha = krippendorff_alpha([before, later])
    except StatisticsError:
        alpha = None
    rate = replace(rate_interval(moved, len(pairs)), estimate=moved / len(pairs))
    return Probe(name, len(pairs), moved, moves.gained, rate, moves.p_value, alpha)


def family(model: str) -> str:
    """The family of a model, as far as its name says.

    >>> family("openai/gpt-4o-mini"), family("llama3.2")
    ('gpt', 'llama')
    """
    found = FAMILY.search(model.lower().rsplit("/", maxsplit=1)[-1])
    return found[0] if found else ""


def _family(panel: Panel, items: Sequence[Labelled], verdicts: Sequence[bool | None]) -> Probe:
    """``n`` answers of the own family, ``moved`` of them judged wrongly, ``up`` as good."""
    own = {family(model.model) for model in panel.definition.terms.models} - {""}
    known = [
        (family(i.model) in own, float(v) - float(i.label))
        for i, v in zip(items, verdicts, strict=True)
        if v is not None and family(i.model)
    ]
    mine = np.array([error for is_own, error in known if is_own])
    others = np.array([error for is_own, error in known if not is_own])
    if min(len(mine), len(others)) < LEAST:
        told = f"{len(mine)} answers of its own family and {len(others)} of others"
        return Probe("family", note=f"{told} are known; {LEAST} of each are needed")
    wrong, up = int(np.count_nonzero(mine)), int(np.sum(mine > 0))
    chance = _favoured(mine, others)
    lean = float(mine.mean() - others.mean())
    note = f"accepts {lean:+.3f} more of its own family than of others, beyond their labels"
    rate = replace(rate_interval(wrong, len(mine)), estimate=wrong / len(mine))
    return Probe("family", len(mine), wrong, up, rate, chance, note=note)


def _favoured(mine: Floats, others: Floats) -> float:
    """How probable so different mean errors are if families do not matter, by permutation."""
    errors = np.concatenate([mine, others])
    halves = deal_rows(len(mine), len(errors), deals=DEALS, rng=np.random.default_rng(0))
    sums = halves @ errors
    dealt = sums / len(mine) - (errors.sum() - sums) / len(others)
    return p_value(abs(float(mine.mean() - others.mean())), np.abs(dealt))


def questions(panel: Panel, items: Sequence[Labelled], *, most: int) -> Iterator[Sample]:
    """Every sample that a calibration with its probes asks about, for an estimate."""
    yield from (item.sample for item in items)
    for change in CHANGES.values():
        yield from (s for item in items[:most] if (s := change(item.sample)) is not None)
