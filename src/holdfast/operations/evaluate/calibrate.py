"""Calibrate a judge against human labels, and keep what is found on the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from holdfast.domain.score import Sample
from holdfast.errors import StatisticsError, UsageError
from holdfast.evaluation import output as outputs
from holdfast.evaluation import run as runs
from holdfast.evaluation.judge import labels as reading
from holdfast.evaluation.judge.budget import Cost, tokens_of
from holdfast.evaluation.judge.calibration import Calibration, Item, choose, measure
from holdfast.evaluation.judge.labels import Labelled, Labels
from holdfast.evaluation.judge.panel import Panel, Spent, values
from holdfast.evaluation.judge.probe import probes, questions
from holdfast.evaluation.judge.vote import Judgement
from holdfast.evaluation.scorers.judge import NEEDED, lacking, opened
from holdfast.evaluation.spread import spread
from holdfast.operations.evaluate.judges import Judges
from holdfast.operations.system import System
from holdfast.store.releases import catalog


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration, and what it took. On a dry run only the questions are counted."""

    calibration: Calibration | None
    labels: int
    questions: int
    most: Cost
    """What the questions can cost at most, nothing being known already."""
    spent: Spent


def calibrate(
    system: System,
    judges: Judges,
    *,
    name: str,
    file: Path,
    application: str = "",
    most: int = 50,
    dry_run: bool = False,
) -> Calibrated:
    """Let a judge judge what people have labelled; ``most`` answers are probed for biases.

    Raises ``UsageError`` that names file and line, ``BudgetError``, ``JudgeDownError``, and
    ``StatisticsError`` when the judge gave no verdict on good, or on bad answers.
    """
    panel = opened(judges.panel, name)
    labels = _read(system, file, application=application)
    _check(panel, labels)
    asked = list(questions(panel, labels.items, most=most))
    done = Calibrated(None, len(labels.items), len(asked), _most(panel, asked), Spent())
    if dry_run:
        return done
    found = _calibration(panel, labels, application=application, most=most)
    judges.keep(found, reason=f"labels {labels.digest[:12]}")
    return replace(done, calibration=found, spent=panel.spent)


def _calibration(panel: Panel, labels: Labels, *, application: str, most: int) -> Calibration:
    terms = panel.definition.terms
    judged = spread(lambda i: panel.judge(i.sample), labels.items, threads=panel.threads)
    threshold, verdicts = choose(
        [item.label for item in labels.items],
        [one.mark for one in judged],
        default=terms.threshold,
        even=terms.kind != "score",
    )
    items = _items(labels.items, judged, verdicts)
    try:
        figures = measure(items)
    except StatisticsError as e:
        raise StatisticsError(f"judge {panel.name!r}: {e}{_first_error(judged)}") from e
    failed = sum(one.mark is None and bool(one.error) for one in judged)
    made = Calibration(
        panel.name,
        panel.definition.digest,
        application,
        threshold,
        items,
        **figures,
        failed=failed,
        undecided=sum(item.verdict is None for item in items) - failed,
        ties=labels.ties,
        served=tuple(sorted({v.served for one in judged for v in one.votes if v.served})),
    )
    known = dict(panel.calibrations)
    probing = replace(panel, calibrations={**known, application: made})
    found = probes(
        probing,
        labels.items,
        verdicts=[probing.combined(one.votes, application=application).verdict for one in judged],
        application=application,
        most=most,
    )
    panel.spent = probing.spent
    return replace(made, probes=found)


def _items(
    labelled: Sequence[Labelled], judged: Sequence[Judgement], verdicts: Sequence[bool | None]
) -> tuple[Item, ...]:
    return tuple(
        Item(
            one.label,
            said.mark,
            verdict,
            one.run,
            one.sample.case.id if one.run else "",
            one.sample.output.sample,
            one.ratings,
        )
        for one, said, verdict in zip(labelled, judged, verdicts, strict=True)
    )


def _first_error(judged: Sequence[Judgement]) -> str:
    error = next((one.error for one in judged if one.error), "")
    return f"; its first failure: {error}" if error else ""


def _read(system: System, file: Path, *, application: str) -> Labels:
    """The labels of a file, the outputs of runs that they name found on the ledger."""

    @cache
    def known(run: str) -> tuple[dict[tuple[str, int], Sample], str]:
        begun = runs.load(run, ledger=system.ledger)
        cases = {case.id: case for case in runs.cases(begun, blobs=system.blobs)}
        there = outputs.outputs(run, ledger=system.ledger)
        samples = {key: Sample(cases[key[0]], output) for key, output in there.items()}
        return samples, _writer(system, begun.subject.get("release", ""))

    def find(run: str, case: str, sample: int) -> Sample | None:
        if runs.find(run, ledger=system.ledger) is None:
            return None
        return known(run)[0].get((case, sample))

    labels = reading.read(file, application=application, find=find)
    items = tuple(reading.named(i, known(i.run)[1]) if i.run else i for i in labels.items)
    return replace(labels, items=items)


def _writer(system: System, release: str) -> str:
    """What the model of a release is called, where it has a name."""
    if not release:
        return ""
    model = catalog.components(release, blobs=system.blobs)["model"]
    return str(model.get("model") or "")


def _most(panel: Panel, asked: Sequence[Sample]) -> Cost:
    terms, prompt = panel.definition.terms, panel.definition.prompt
    total = Cost()
    for sample in asked:
        shown = values(sample)
        messages = prompt.filled({name: shown[name] for name in prompt.placeholders})
        given = sum(tokens_of(message.content) for message in messages)
        for member in panel.members:
            for _ in range(terms.repeats):
                total += member.price.cost(given, terms.max_tokens)
    return total


def _check(panel: Panel, labels: Labels) -> None:
    """Refuse labels of answers that the judge's prompt cannot show."""
    wanted = panel.definition.prompt.placeholders
    for item in labels.items:
        missing = [n for n in NEEDED if n in wanted and not getattr(item.sample.case, n)]
        if missing or lacking(panel, item.sample):
            what = missing[0] if missing else "passages"
            raise UsageError(
                f"{item.where}: no {what}, which the prompt of judge {panel.name!r} shows"
            )
