"""The evaluations of a project: suites, runs, gates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from holdfast.evaluation.flaky import Steadiness
from holdfast.evaluation.gate import Gate, gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.more import Plan
from holdfast.evaluation.runner import Progress
from holdfast.evaluation.suite import Suite
from holdfast.operations.evaluate import evaluate as evaluating
from holdfast.operations.evaluate.distribution import Distribution, distribution
from holdfast.operations.evaluate.early import early
from holdfast.operations.evaluate.evaluate import Conduct, Own, Target
from holdfast.operations.evaluate.flaky import flaky
from holdfast.operations.evaluate.gate import Gated, gate_release, plan_gate
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime


def silent(_: Progress) -> None:
    """Tells nobody how far a run is."""


class Evaluations:
    """What answers are measured with: ``Evaluations(project.system, project.runtime)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes

    def suite(self, name: str, *, samples: int | None = None, stop_early: bool = False) -> Suite:
        """The suite ``suites/NAME.toml``, with what is said otherwise than in its file."""
        suite = evaluating.load_suite(self._system, name)
        return replace(
            suite,
            samples=suite.samples if samples is None else samples,
            stop_early=suite.stop_early or stop_early,
        )

    def target(
        self, release: str | None = None, *, at: str | None = None, environment: str | None = None
    ) -> Target:
        """A release as an environment was at a moment; see ``Target``."""
        where = environment or self._system.settings.project.environment
        return Target(where, release, at)

    def new_run(self) -> str:
        """An id that no run has."""
        return evaluating.new_run(self._system)

    def evaluate(
        self,
        suite: Suite,
        target: Target | Own,
        *,
        run: str = "",
        progress: Callable[[Progress], None] = silent,
    ) -> Measured:
        """Outputs and scores of a release or callable on a suite; a run that is there goes on."""
        return evaluating.evaluate(self._conduct(run, progress), suite, target=target)

    def judge(
        self,
        suite: Suite,
        target: Target | Own,
        *,
        run: str = "",
        progress: Callable[[Progress], None] = silent,
    ) -> tuple[Gate, Measured]:
        """Evaluate and hold against the suite's thresholds, as far as needed if it stops early."""
        session, subject = evaluating.begin(self._conduct(run, progress), suite, target=target)
        if suite.stop_early:
            said, (measured,) = early(suite, [(session, subject)])
            return said, measured
        measured = evaluating.whole(session, subject)
        return gate(suite, measured), measured

    def rescore(self, suite: Suite, run: str) -> Measured:
        """Score the stored outputs of a run with a suite's scorers; nobody is asked again."""
        return evaluating.rescore(self._system, suite, run=run)

    def gate(
        self,
        suite: Suite,
        *,
        candidate: Target,
        baseline: Target,
        run: str = "",
        progress: Callable[[Progress], None] = silent,
    ) -> Gated:
        """Hold a candidate against a baseline on the same cases; the verdict is kept."""
        conduct = self._conduct(run, progress)
        return gate_release(conduct, suite, candidate=candidate, baseline=baseline)

    def plan(self, suite: Suite) -> tuple[Plan, ...]:
        """What the suite's margins can see with its cases; asks nothing."""
        return plan_gate(self._system, suite)

    def flaky(self, suite: Suite) -> list[Steadiness]:
        """How steady each case was in the suite's newest runs, flaky ones first."""
        return flaky(self._system, suite)

    def distribution(
        self,
        question: str,
        targets: Sequence[Target],
        *,
        n: int = 50,
        progress: Callable[[Progress], None] = silent,
    ) -> Distribution:
        """What one release, or two, answer to a question that is asked n times."""
        return distribution(self._conduct("", progress), question, targets=targets, n=n)

    def means(self, suite: Suite, measured: Measured) -> dict[str, float | None]:
        """The mean over cases of every metric, each case counted once; None without scores."""
        found: dict[str, float | None] = {}
        for metric in suite.metrics:
            cases = measured.values(metric.name).values()
            means = [sum(values) / len(values) for values in cases]
            found[metric.name] = sum(means) / len(means) if means else None
        return found

    def _conduct(self, run: str, progress: Callable[[Progress], None]) -> Conduct:
        return Conduct(self._system, self._runtimes, run, progress)
