"""Look over everything a project ever recorded: does each answer come from one cut?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from holdfast.domain.decision import FENCED, Decision
from holdfast.domain.event import Commit
from holdfast.domain.moment import Cut, EventId
from holdfast.ports.ledger import Query
from holdfast.project import Project
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.chain import verify
from holdfast.store.releases import catalog
from tests.support.crash_world import recomputed


def audit(project: Project, *, replays: int | None = None) -> list[str]:
    """What contradicts itself: mixed answers, late writes, digests that are not theirs."""
    system = project._system
    verify(system.ledger)

    @cache
    def state(cut: Cut) -> tuple[str, str, frozenset[str]]:
        """Release, corpus digest and live documents as of a cut, computed anew."""
        view = View(system.ledger, cut)
        documents = frozenset(entry.value["document"] for entry in view.scan("documents"))
        wanted = recomputed(view)
        assert corpus.state(view).digest == wanted, cut
        return catalog.deployed(view, environment=""), wanted, documents

    wrong = [f"landed late: {commit!r}" for commit in _late(project)]
    decisions = list(_decisions(project))
    for commit, decision in decisions:
        stamp = decision.stamp
        release, wanted, documents = state(stamp.cut)
        found = {
            "release": stamp.release == release,
            "corpus": stamp.corpus == wanted,
            "documents": {hit.document for hit in stamp.hits} <= documents,
            "order": stamp.tick < commit.tick,
            "timeline": commit.timeline == stamp.timeline or decision.status == FENCED,
            "references": _seen(project, decision),
        }
        wrong += [f"{name} of {decision!r}" for name, fits in found.items() if not fits]
    chosen = decisions if replays is None else decisions[:: max(1, len(decisions) // replays)]
    for _, decision in chosen:
        replay = project.replay(decision.id)
        differing = [stage for stage in replay.stages if not stage.identical]
        wrong += [f"replay of {decision.id} differs: {differing!r}"] if differing else []
    return wrong


def _decisions(project: Project) -> Iterator[tuple[Commit, Decision]]:
    for commit, entry in project._system.ledger.history(Query(store="decisions")):
        yield commit, Decision.from_json(entry.value)


def _late(project: Project) -> Iterator[Commit]:
    """Commits on a timeline after its environment had left it."""
    left: dict[int, int] = {}
    for environment in project.environments():
        moves = project.moves(environment)
        left |= {move.timeline: after.tick for move, after in pairwise(moves)}
    for commit, _ in project._system.ledger.history(Query()):
        if commit.tick >= left.get(commit.timeline, commit.tick + 1):
            yield commit


def _seen(project: Project, decision: Decision) -> bool:
    """Whether the memory, feedback and cache entries of an answer are visible at its cut."""
    stamp = decision.stamp
    names = [*stamp.memory, *stamp.ratings, *([stamp.cache] if stamp.cache else [])]
    wanted = {EventId(*map(int, name.removeprefix("event:@").split("."))) for name in names}
    if not wanted:
        return True
    first = min(wanted).tick - 1
    shown = project._system.ledger.history(Query(within=stamp.cut, after=first))
    return wanted <= {entry.id for _, entry in shown}
