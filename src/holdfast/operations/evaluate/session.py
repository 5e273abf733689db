"""One run under way: ask some of its cases or all, score what came, and keep both."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Score
from holdfast.errors import BudgetError, JudgeDownError
from holdfast.evaluation import output as outputs
from holdfast.evaluation import run as runs
from holdfast.evaluation import runner, scoring
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.run import Run
from holdfast.evaluation.runner import Asking, Pace, Progress, Subject
from holdfast.evaluation.scorers.judge import panel_of
from holdfast.evaluation.suite import Suite
from holdfast.operations.journal import Journal
from holdfast.operations.system import System


class Session:
    """A run that is there already, with what of it is on the ledger."""

    def __init__(
        self,
        system: System,
        suite: Suite,
        *,
        run: Run,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self.run = run
        self.cases = runs.cases(run, blobs=system.blobs)
        default = system.settings.project.environment
        where = run.subject.get("environment", default)
        self._journal = Journal(system, where, "evaluate", f"run:{run.id}")
        self._suite = suite
        self._outputs = outputs.outputs(run.id, ledger=system.ledger)
        self._scores: dict[str, dict[tuple[str, int], Score]] = {m.name: {} for m in suite.metrics}
        self._told = progress
        self._started = time.monotonic()
        self._sum = Progress(0, self.run.cases * self.run.samples, 0, 0.0, 0.0, 0)
        self._bought = 0

    def ask(self, subject: Subject, *, cases: Sequence[Case] | None = None) -> None:
        """Ask what is missing of these cases (default: all); each output is kept as it comes.

        Raises ``ProviderError`` when the provider is down.
        """
        asking = Asking(
            self.cases if cases is None else cases,
            self.run.samples,
            seed=self.run.seed,
            there=self._outputs,
            pace=Pace(self._suite.threads, self._suite.rate),
        )
        before, newest = self._sum, self._sum

        def tell(at: Progress) -> None:
            nonlocal newest
            newest = self._plus(before, at)
            self._told(newest)

        found = runner.run(asking, subject, keep=self._keep, progress=tell)
        self._outputs.update(found)
        self._sum = replace(newest, done=before.done + len(found))

    def measured(self, cases: Sequence[Case] | None = None) -> Measured:
        """What there is of these cases (default: all), scored once.

        Judges come last. When one may spend no more, or its provider is down (``BudgetError``,
        ``JudgeDownError``), the other scores are kept.
        """
        wanted = self.cases if cases is None else tuple(cases)
        keys = [(case.id, n) for case in wanted for n in range(self.run.samples)]
        there = {key: self._outputs[key] for key in keys if key in self._outputs}
        try:
            for metric in sorted(self._suite.metrics, key=lambda m: bool(panel_of(m.scorer))):
                known = self._scores[metric.name]
                new = {key: output for key, output in there.items() if key not in known}
                known.update(scoring.score(wanted, new, scorer=metric.scorer))
        except (BudgetError, JudgeDownError):
            self.keep_scores()
            raise
        scores = {name: {key: known[key] for key in there} for name, known in self._scores.items()}
        return Measured(self.run, wanted, there, scores)

    def keep_scores(self) -> None:
        """Put every score on the ledger."""
        for metric in self._suite.metrics:
            scores = self._scores[metric.name]
            for event in scoring.events(self.run.id, metric.scorer, scores=scores):
                self._journal.write([event])

    def _keep(self, output: Output) -> None:
        self._journal.write([outputs.event(self.run.id, output)])

    def _plus(self, before: Progress, at: Progress) -> Progress:
        """The whole run's progress, of which ``at`` is one part."""
        self._bought += 1
        done = before.done + at.done
        each = (time.monotonic() - self._started) / self._bought
        return Progress(
            done,
            before.total,
            before.errors + at.errors,
            each * (before.total - done),
            before.cost + at.cost,
            before.tokens + at.tokens,
        )
