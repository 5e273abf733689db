"""The migrations of a project: plan, fill, verify, cut over, go back, give up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdfast.domain.digest import digest
from holdfast.domain.document import Space
from holdfast.domain.migration import BACKFILL, VERIFIED, Migration
from holdfast.evaluation.runner import Progress as Asked
from holdfast.operations.build import searchable
from holdfast.operations.deploy import Deployment
from holdfast.operations.evaluate.cases import cases_of
from holdfast.operations.evaluate.evaluations import Evaluations
from holdfast.operations.evaluate.gate import Gated
from holdfast.operations.migrate import adapt as adapting
from holdfast.operations.migrate import backfill as filling
from holdfast.operations.migrate import compare as comparing
from holdfast.operations.migrate import move
from holdfast.operations.migrate import plan as planning
from holdfast.operations.migrate.adapt import Recall
from holdfast.operations.migrate.backfill import Filled, Pace, Progress
from holdfast.operations.migrate.compare import Comparison, Question
from holdfast.operations.system import System
from holdfast.pipeline import worker
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.ledger import Query
from holdfast.settings import PreprocessingSettings, load, rewrite
from holdfast.store.releases import catalog, migrations


@dataclass(frozen=True, slots=True)
class Status:
    """Where a migration is. ``chunks`` are those of live documents in the new column."""

    migration: Migration
    documents: int
    done: int
    at_work: bool
    folder: str
    """Which side holdfast.toml describes: ``source``, ``target`` or ``neither``."""
    tick: int
    at: int


class Migrations:
    """What embeddings are migrated with: ``Migrations(project.system, project.runtime)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes

    def plan(
        self, environment: str, words: Sequence[str], *, price: float | None = None
    ) -> planning.Estimate:
        """Rows, time, money and disk, measured on a sample; nothing is changed."""
        return planning.estimate(self._system, environment, words=words, price=price)

    def start(self, environment: str, words: Sequence[str], *, reason: str = "") -> Migration:
        """Begin: documents that come in are prepared for both sides from here on."""
        migration, components = planning.prepare(self._system, environment, words=words)
        return move.begin(
            self._system, environment, migration=migration, components=components, reason=reason
        )

    def backfill(
        self,
        environment: str,
        *,
        pace: Pace | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Filled:
        """Fill the new column; may be killed at any time and run again."""
        return filling.backfill(self._system, environment, pace=pace, progress=progress)

    def adapt(
        self,
        environment: str,
        *,
        pace: Pace | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Recall | None:
        """Answer through an adapter while the old embedder is gone; what it keeps, if one does."""
        return adapting.adapt(self._system, environment, pace=pace, progress=progress)

    def verify(self, environment: str, *, suite: str = "") -> Comparison:
        """Compare both sides on a suite's questions, or on passages of the corpus."""
        return comparing.compare(
            self._system, environment, questions=self._questions(environment, suite)
        )

    def gate(
        self, environment: str, suite: str, *, progress: Callable[[Asked], None] = lambda _: None
    ) -> Gated:
        """Hold the release that the cutover would deploy against the one that answers."""
        view = self._system.view(environment)
        migration = comparing.under_way(view, environment)
        components = comparing.moved(view, migration.target, system=self._system)
        candidate = comparing.announce(self._system, environment, components=components)
        room = Evaluations(self._system, self._runtimes)
        return room.gate(
            room.suite(suite),
            candidate=room.target(candidate, environment=environment),
            baseline=room.target(catalog.DEPLOYED, environment=environment),
            progress=progress,
        )

    def status(self, environment: str) -> list[Status]:
        """Every migration of an environment, the one under way first."""
        view = self._system.view(environment)
        live = set(planning.live_documents(view))
        found = []
        for entry in view.scan(migrations.STORE):
            migration = migrations.of(entry)
            there = self._system.lake.chunks.documents(migration.target)
            query = Query(after=entry.id.tick - 1, until=entry.id.tick, limit=1)
            commit, _ = next(iter(self._system.ledger.history(query)))
            found.append(
                Status(
                    migration,
                    len(live),
                    len(live & there),
                    bool(migration.worker) and not worker.gone(migration.worker),
                    self._folder(migration),
                    entry.id.tick,
                    commit.at,
                )
            )
        return sorted(found, key=lambda one: (not one.migration.active, -one.tick))

    def pause(self, environment: str) -> Migration:
        """Stop filling after the requests under way."""
        return move.pause(self._system, environment)

    def cutover(self, environment: str, *, reason: str = "", force: bool = False) -> Deployment:
        """Answer from the new column: one change. ``holdfast.toml`` follows, if it was the old's.

        Else the next deployment of the folder would go back to the old column.
        """
        migration = self._under_way(environment)
        done = move.cutover(self._system, environment, reason=reason, force=force)
        self._follow(migration.source, migration.target)
        return done

    def back(self, environment: str, *, reason: str = "") -> Deployment | None:
        """Leave the migration at whatever stage it is."""
        migration = self._under_way(environment)
        done = move.back(self._system, environment, reason=reason)
        self._follow(migration.target, migration.source)
        return done

    def contract(
        self, environment: str, *, force: bool = False, dry_run: bool = False, reason: str = ""
    ) -> move.Contracted:
        """Give up the column that answers no more."""
        return move.contract(self._system, environment, force=force, dry_run=dry_run, reason=reason)

    def filled(self, environment: str) -> bool:
        """Whether nothing is left to a backfill: no live document lacks its new vectors.

        After the cutover the new column is the one that answers, and nothing is live without it.
        """
        view = self._system.view(environment)
        migration = comparing.under_way(view, environment)
        if migration.stage not in (BACKFILL, VERIFIED):
            return True
        there = self._system.lake.chunks.documents(migration.target)
        return migration.stage == VERIFIED and there.issuperset(planning.live_documents(view))

    def _under_way(self, environment: str) -> Migration:
        return comparing.under_way(self._system.view(environment), environment)

    def _questions(self, environment: str, suite: str) -> list[Question]:
        """The suite's questions that name a live document; of any other none can be found."""
        if not suite:
            return []
        room = Evaluations(self._system, self._runtimes)
        view = self._system.view(environment)
        live = {entry.key: entry.value["document"] for entry in view.scan("documents")}
        found = []
        for case in cases_of(self._system, room.suite(suite)):
            relevant = frozenset(live[path] for path in case.relevant if path in live)
            if relevant:
                found.append(Question(case.question, relevant))
        return found

    def _folder(self, migration: Migration) -> str:
        own = self._own()
        for side in ("source", "target"):
            space: Space = getattr(migration, side)
            if own == {"embedder": space.embedder, "preprocessing": space.preprocessing}:
                return side
        return "neither"

    def _own(self) -> dict[str, str]:
        """What the project's file says by now; the process may have read an earlier one."""
        system = replace(self._system, settings=load(self._system.root))
        return {name: digest(part) for name, part in searchable(system).items()}

    def _follow(self, left: Space, taken: Space) -> None:
        """Let ``holdfast.toml`` describe the side that answers, if it described the other one."""
        if self._own() != {"embedder": left.embedder, "preprocessing": left.preprocessing}:
            return
        settings = load(self._system.root)
        parts = catalog.parts_of(taken, blobs=self._system.blobs)
        keys = dict(settings.endpoints.keys)
        if settings.embedder.api_key_env:
            keys[settings.embedder.base_url] = settings.embedder.api_key_env
        base_url = parts["embedder"].get("base_url", "")
        tables: dict[str, dict[str, Any]] = {
            "embedder": {
                "kind": parts["embedder"]["kind"],
                "base_url": base_url,
                "model": parts["embedder"].get("model", ""),
                "dimensions": parts["embedder"]["dimensions"],
                "api_key_env": keys.get(base_url, ""),
            },
            "preprocessing": {
                name: parts["preprocessing"][name] for name in PreprocessingSettings.model_fields
            },
        }
        if keys:
            tables["endpoints"] = {"keys": keys}
        rewrite(self._system.root, tables)
