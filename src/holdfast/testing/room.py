"""What the fixture ``holdfast`` can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.testing.estimate import Estimate

if TYPE_CHECKING:
    from holdfast.evaluation.gate import Gate
    from holdfast.evaluation.measured import Measured
    from holdfast.operations.evaluate.evaluations import Evaluations
    from holdfast.project import Project


class Room:
    """A project's evaluations, opened when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._project: Project | None = None

    @property
    def project(self) -> Project:
        """The project, found from the folder upward. Raises ``SettingsError``."""
        if self._project is None:
            from holdfast.bootstrap import open_project
            from holdfast.settings import find_root

            self._project = open_project(find_root(self._folder))
        return self._project

    def close(self) -> None:
        """Close the project if it was opened."""
        if self._project is not None:
            self._project.close()
            self._project = None

    def measure(
        self,
        suite: str,
        answer: Callable[..., Any] | None = None,
        *,
        release: str | None = None,
        at: str | None = None,
        samples: int | None = None,
        run: str = "",
    ) -> dict[str, Estimate]:
        """The suite's metrics for a release (default: the folder's), or for a function of yours.

        The function takes the question, and by name ``seed``, ``history`` or ``case``. Every answer
        is kept on the ledger; ``run`` names the run, which goes on if it is there.
        """
        from holdfast.operations.evaluate.evaluate import Own, Target

        room = self._evaluations()
        asked = room.suite(suite, samples=samples)
        target: Target | Own = room.target(release, at=at)
        if answer is not None:
            from holdfast.evaluation.own import subject

            name = f"{answer.__module__}:{answer.__qualname__}"
            target = Own(name, subject(answer, name=name))
        measured = room.evaluate(asked, target, run=run)
        return {
            metric.name: _estimate(metric.name, measured, confidence=asked.confidence)
            for metric in asked.metrics
            if measured.values(metric.name)
        }

    def gate(
        self, suite: str, *, candidate: str | None = None, baseline: str = "deployed", run: str = ""
    ) -> Gate:
        """The gate's word on a candidate (default: the folder's release); it is kept."""
        room = self._evaluations()
        one, other = room.target(candidate), room.target(baseline)
        return room.gate(room.suite(suite), candidate=one, baseline=other, run=run).gate

    def estimate(
        self, values: Sequence[float], *, name: str = "values", confidence: float = 0.95
    ) -> Estimate:
        """Numbers or bools of your own, one a case, as an estimate."""
        return Estimate(tuple(map(float, values)), name, confidence=confidence)

    def _evaluations(self) -> Evaluations:
        from holdfast.operations.evaluate.evaluations import Evaluations

        return Evaluations(self.project.system, self.project.runtime)


def _estimate(metric: str, measured: Measured, *, confidence: float) -> Estimate:
    means = measured.means(metric)
    cases = [case for case in measured.cases if case.id in means]
    return Estimate(
        tuple(means[case.id] for case in cases),
        metric,
        cases=tuple(case.id for case in cases),
        clusters=tuple(case.cluster or f"case {case.id}" for case in cases),
        confidence=confidence,
        lacking=measured.errors + measured.crashed(metric),
    )
