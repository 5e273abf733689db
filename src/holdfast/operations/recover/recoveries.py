"""Finding what went wrong and taking it back: lineage, blame, bisect, recover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.decision import new_id
from holdfast.domain.digest import JsonObject
from holdfast.domain.moment import EventId
from holdfast.errors import NotFoundError, UsageError
from holdfast.evaluation.scorers.registry import Parts, build
from holdfast.evaluation.suite import FOLDER, Metric, Suite
from holdfast.operations.evaluate.cases import cases_of
from holdfast.operations.evaluate.evaluate import load_suite
from holdfast.operations.recover import recover as recovering
from holdfast.operations.recover.again import Again, ask_again
from holdfast.operations.recover.bisect import Bisection, Search, bisect
from holdfast.operations.recover.blame import Blame, blame
from holdfast.operations.recover.cause import Cause, cause, together
from holdfast.operations.recover.lineage import BOTH, Lineage, lineage
from holdfast.operations.recover.openlineage import run_events
from holdfast.operations.recover.recover import Order, Recovered, RecoverPlan
from holdfast.operations.recover.trial import Trial
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime

Causes: TypeAlias = Sequence[str]
"""Names of documents, decisions, releases, events or spans, as ``cause`` reads them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells good from bad: a suite by name (empty: the settings'), or one question."""

    suite: str = ""
    question: str = ""
    expect: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()


class Recoveries:
    """What was behind an answer, and what it leads to: ``Recoveries(system, runtimes)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes

    def lineage(
        self,
        name: str,
        *,
        direction: str = BOTH,
        threshold: float = 0.0,
        environment: str | None = None,
        at: str | None = None,
    ) -> Lineage:
        """What a thing derives from and what derives from it."""
        where = self._where(environment)
        return lineage(
            self._system, where, name=name, direction=direction, threshold=threshold, at=at
        )

    def openlineage(self, events: frozenset[EventId]) -> list[JsonObject]:
        """The changes of these events as OpenLineage RunEvents."""
        return list(run_events(self._system, events))

    def plan(
        self, names: Causes, *, threshold: float | None = None, environment: str | None = None
    ) -> RecoverPlan:
        """What rests on causes and what only mentions them; changes nothing."""
        where = self._where(environment)
        strength = self._system.settings.recover.threshold if threshold is None else threshold
        return recovering.plan_recovery(
            self._system, where, cause=self._cause(where, names), threshold=strength
        )

    def recover(
        self, names: Causes, *, order: Order | None = None, environment: str | None = None
    ) -> Recovered:
        """Take causes back with all that rests on them. Without an order, as the settings say.

        A second call with the same ``operation`` id changes nothing and returns what the first
        did.
        """
        where = self._where(environment)
        given = order or self.order()
        done = recovering.earlier(self._system, where, operation=given.operation)
        if done is not None:
            return done
        return recovering.recover(self._system, where, cause=self._cause(where, names), order=given)

    def order(self, *, threshold: float | None = None, yes: bool = False) -> Order:
        """How the settings want a recovery; ``yes`` takes back whatever share it is."""
        settings = self._system.settings.recover
        order = Order(settings.threshold if threshold is None else threshold)
        return order if yes else replace(order, most=settings.share)

    def suite(self, name: str = "") -> Suite | None:
        """The suite that is asked again: the one named, or the settings'; None without any.

        Raises ``NotFoundError`` for a name that there is not.
        """
        folder = self._system.root / FOLDER
        if name and not name.endswith(".toml") and not (folder / f"{name}.toml").is_file():
            known = ", ".join(sorted(file.stem for file in folder.glob("*.toml"))) or "none yet"
            raise NotFoundError(f"no suite {name!r}; there are {known}")
        settings = self._system.settings
        wanted = name or settings.recover.suite or settings.gate.suite
        return load_suite(self._system, wanted) if wanted else None

    def again(self, done: Recovered, suite: Suite) -> Again:
        """Ask the suite's questions that a recovery touched, as of before and after it."""
        touched = {turn.before for turn in done.loss.documents if turn.before}
        touched |= {turn.after for turn in done.loss.documents if turn.after}
        beyond = done.loss.revoked.keys() & {"releases", "prompts"}
        return ask_again(
            self._system,
            suite,
            environment=done.environment,
            cuts=(done.before, done.after),
            touched=None if beyond or not touched else touched,
            runtimes=self._runtimes,
        )

    def blame(self, decision: str) -> Blame:
        """What an answer rests on, by leaving each thing out; records nothing."""
        return blame(self._system, decision, runtimes=self._runtimes)

    def new_run(self) -> str:
        """An id that no search has."""
        return new_id("b", at=self._system.clock.now())

    def bisect(
        self,
        asked: Asked,
        *,
        between: tuple[str, str],
        run: str = "",
        environment: str | None = None,
        tell: Callable[[Trial], None] = lambda _: None,
    ) -> Bisection:
        """The event between a good and a bad moment that changed the answers to questions.

        ``run`` names the search; one that is there goes on where it stopped, between the moments
        that it began with.
        """
        suite, cases = self._questions(asked)
        search = Search(*between, suite, cases, run or self.new_run())
        return bisect(
            self._system,
            self._where(environment),
            search=search,
            runtimes=self._runtimes,
            tell=tell,
        )

    def _questions(self, asked: Asked) -> tuple[Suite, tuple[Case, ...]]:
        if asked.question and asked.suite:
            raise UsageError("give a suite or a question, not both")
        if not asked.question:
            if asked.expect or asked.forbid:
                raise UsageError("--expect and --forbid say what a --question is answered; give it")
            suite = self.suite(asked.suite)
            if suite is None:
                raise UsageError(
                    "say what to ask: a suite, or a question with --expect or --forbid"
                )
            return suite, cases_of(self._system, suite)
        if not (asked.expect or asked.forbid):
            raise UsageError("say what tells a good answer: --expect TEXT or --forbid TEXT")
        case = Case("question", asked.question, facts=asked.expect, forbidden=asked.forbid)
        kinds = [kind for kind in ("facts", "forbidden") if getattr(case, kind)]
        metrics = tuple(Metric(kind, build(kind, {}, parts=Parts())) for kind in kinds)
        return Suite("question", "question", metrics), (case,)

    def _cause(self, environment: str, names: Causes) -> Cause:
        if not names:
            raise UsageError("name what went wrong with --from")
        return together(cause(self._system, environment, name=name) for name in names)

    def _where(self, environment: str | None) -> str:
        return environment or self._system.settings.project.environment
