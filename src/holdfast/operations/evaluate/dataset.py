"""Datasets of a project: made from decisions and files, versioned on the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.domain.dataset import Case, Dataset
from holdfast.domain.decision import Decision
from holdfast.domain.event import Change, Edge, Entry, Expect
from holdfast.domain.moment import Cut
from holdfast.domain.withheld import check_text
from holdfast.errors import ConflictError, UsageError
from holdfast.evaluation import dataset as versions
from holdfast.evaluation.adversary.attack import attack
from holdfast.evaluation.dataset import STORE, Version
from holdfast.evaluation.importing.read import read
from holdfast.operations import find
from holdfast.operations.snapshot import check_name
from holdfast.operations.system import System
from holdfast.ports.ledger import Query

TRIES = 5
"""How often a change starts again because somebody else saved the same dataset meanwhile."""
UP, CORRECT = "up", "correct"


@dataclass(frozen=True, slots=True)
class Known:
    """What a person knows about good answers to a decision's question."""

    facts: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    reference: str = ""
    """Empty: the correction or the answer, when feedback says that it is right."""
    relevant: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    expect: str = "answer"


@dataclass(frozen=True, slots=True)
class Saved:
    """The newest version of a dataset, and what became of it."""

    version: Version
    before: int
    """Cases that it had."""
    changed: bool
    """False: it held the same cases already, and nothing was written."""


@dataclass(frozen=True, slots=True)
class Attack:
    """The dataset that attacks were saved as, and how often each kind could not be applied."""

    saved: Saved
    skipped: dict[str, int]


class Datasets:
    """The datasets of one project; ``project.datasets``.

    Reads take ``at``, a moment; without it, they see the newest version on any timeline, because
    a rollback of the system does not forget what good answers are.
    """

    def __init__(self, system: System) -> None:
        self._system = system

    def newest(self, *, at: str | None = None, environment: str | None = None) -> list[Version]:
        """The newest version of every dataset, by name."""
        return versions.versions(ledger=self._system.ledger, at=self._cut(at, environment))

    def load(self, name: str, *, at: str | None = None, environment: str | None = None) -> Dataset:
        """A dataset with its cases. Raises ``NotFoundError``."""
        system, cut = self._system, self._cut(at, environment)
        return versions.load(name, ledger=system.ledger, blobs=system.blobs, at=cut)

    def history(
        self, name: str, *, at: str | None = None, environment: str | None = None
    ) -> list[Version]:
        """Every version of a dataset, newest first."""
        cut = self._cut(at, environment)
        return versions.history(name, ledger=self._system.ledger, at=cut)

    def save(
        self,
        name: str,
        cases: Sequence[Case],
        *,
        environment: str | None = None,
        reason: str = "",
        sources: Sequence[Edge] = (),
    ) -> Saved:
        """Make these cases a dataset's newest version."""
        kept = tuple(cases)
        return self._change(
            name, lambda _: kept, environment=environment, reason=reason, sources=sources
        )

    def add(
        self,
        decision: str,
        *,
        to: str = "golden",
        known: Known | None = None,
        environment: str | None = None,
        reason: str = "",
    ) -> Saved:
        """Make a recorded decision a case; a case of the same decision is replaced."""
        found = find.decision(decision, ledger=self._system.ledger)
        check_text(found, what="a case needs a question; choose another decision")
        made = self._case(found, known or Known())

        def put(cases: tuple[Case, ...]) -> tuple[Case, ...]:
            if any(one.id == made.id for one in cases):
                return tuple(made if one.id == made.id else one for one in cases)
            return (*cases, made)

        return self._change(
            to,
            put,
            environment=environment or found.environment,
            reason=reason,
            sources=(
                Edge(f"decision:{found.id}"),
                *(Edge(ref) for ref in found.stamp.memory),
                *(Edge(entry.ref) for entry in self._feedback(found)),
            ),
            cause=f"decision:{found.id}",
        )

    def import_file(
        self,
        path: Path,
        *,
        to: str,
        format: str | None = None,  # noqa: A002 - the users' word
        append: bool = False,
        environment: str | None = None,
        reason: str = "",
    ) -> Saved:
        """Make a file's cases the dataset's newest version, or add them to it."""
        found = read(path, format=format)
        return self._change(
            to,
            (lambda cases: (*cases, *found.cases)) if append else (lambda _: found.cases),
            environment=environment,
            reason=reason or f"from {path.name} ({found.format})",
            sources=(Edge(f"file:{found.digest}"),),
        )

    def attack(
        self,
        name: str,
        *,
        to: str,
        seed: int = 0,
        kinds: Sequence[str] = (),
        copies: int = 1,
        environment: str | None = None,
    ) -> Attack:
        """Make attacks on a dataset's cases the newest version of another."""
        if to == name:
            raise UsageError(f"attacks on {name!r} go into another dataset; give it another name")
        source = self.load(name)
        made = attack(source.cases, seed=seed, kinds=kinds, copies=copies)
        if not made.cases:
            raise UsageError(
                f"none of {', '.join(kinds)} can be applied to {name!r}: its cases know no facts "
                "and no reference"
            )
        saved = self._change(
            to,
            lambda _: made.cases,
            environment=environment,
            reason=f"attacks on {name} {source.digest[:12]}, seed {seed}",
            sources=(Edge(f"dataset:{source.digest}"),),
        )
        return Attack(saved, made.skipped)

    def _change(
        self,
        name: str,
        edit: Callable[[tuple[Case, ...]], tuple[Case, ...]],
        *,
        environment: str | None,
        reason: str,
        sources: Sequence[Edge],
        cause: str = "",
    ) -> Saved:
        """Save what ``edit`` makes of the newest cases, as if nobody else wrote meanwhile."""
        check_name(name, kind="dataset")
        where = environment or self._system.settings.project.environment
        last: ConflictError | None = None
        for _ in range(TRIES):
            before = versions.newest(name, ledger=self._system.ledger)
            cases = self.load(name).cases if before else ()
            made = Dataset(name, edit(cases))
            if before and made.digest == before.digest:
                return Saved(before, len(cases), changed=False)
            own = [Edge(f"dataset:{before.digest}")] if before else []
            edges = list({edge.source: edge for edge in (*own, *sources)}.values())
            try:
                self._append(made, where=where, sources=edges, reason=reason, cause=cause)
            except ConflictError as e:
                last = e
                continue
            after = self.history(name)[0]
            return Saved(after, len(cases), changed=True)
        raise ConflictError(
            f"dataset {name!r} was saved by others {TRIES} times meanwhile; try again"
        ) from last

    def _append(
        self, made: Dataset, *, where: str, sources: Sequence[Edge], reason: str, cause: str
    ) -> None:
        system = self._system
        head = system.head(where)
        shown = system.ledger.read([(STORE, made.name)], head.cut)[0]
        with system.latch.storing():
            event = versions.saved(made, blobs=system.blobs, sources=sources)
            change = Change(
                head.timeline,
                "dataset",
                (event,),
                expects=(Expect(STORE, made.name, shown.id if shown else None),),
                actor=system.actor,
                reason=reason,
                cause=cause,
            )
            system.append.append(change)

    def _cut(self, at: str | None, environment: str | None) -> Cut | None:
        if at is None and environment is None:
            return None
        where = environment or self._system.settings.project.environment
        return self._system.view(where, at).cut

    def _case(self, decision: Decision, known: Known) -> Case:
        stamp = decision.stamp
        case = Case(
            decision.id,
            decision.question,
            history=self._turns(stamp.memory),
            reference=known.reference or self._approved(decision),
            facts=known.facts,
            forbidden=known.forbidden,
            relevant=known.relevant,
            tags=known.tags,
            expect=known.expect,
            decision=decision.id,
            metadata={
                "answer": decision.answer,
                "status": decision.status,
                "stamp": {
                    "release": stamp.release,
                    "timeline": stamp.timeline,
                    "tick": stamp.tick,
                    "corpus": stamp.corpus,
                    "behaviour": stamp.behaviour(),
                },
            },
        )
        if any(not text.strip() for text in (*case.facts, *case.forbidden, *case.tags)):
            raise UsageError("an empty fact, forbidden claim or tag says nothing; leave it out")
        return case

    def _approved(self, decision: Decision) -> str:
        """The answer that feedback says is right, if it says so."""
        for entry in self._feedback(decision):
            value: dict[str, Any] = entry.value or {}
            if value.get("verdict") == CORRECT:
                return str(value.get("correction", ""))
            if value.get("verdict") == UP:
                return decision.answer
        return ""

    def _feedback(self, decision: Decision) -> list[Entry]:
        """The newest word on a decision, if there is any."""
        query = Query(store="feedback", key=decision.id, newest_first=True, limit=1)
        return [entry for _, entry in self._system.ledger.history(query)]

    def _turns(self, refs: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The turns of the conversation that were in the prompt."""
        found = []
        for ref in refs:
            tick = int(ref.removeprefix("event:@").split(".")[0])
            query = Query(store="memory", after=tick - 1, until=tick)
            found += [
                (entry.value["question"], entry.value["answer"])
                for _, entry in self._system.ledger.history(query)
                if entry.ref == ref and entry.value is not None
            ]
        return tuple(found)
