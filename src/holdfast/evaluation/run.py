"""Runs on the ledger: what was asked how often, so that a run can go on where it stopped."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.event import Edge, Event
from holdfast.errors import NotFoundError, UsageError
from holdfast.ports.blobs import Blobs
from holdfast.ports.ledger import Ledger, Query

STORE = "runs"
NAME = re.compile(r"[A-Za-z0-9][\w.:-]{0,99}")


@dataclass(frozen=True, slots=True)
class Run:
    """k samples of every case of one version of a dataset, by one subject."""

    id: str
    suite: str
    dataset: str
    digest: str
    """Of the dataset's cases."""
    blob: str
    """Where the cases are."""
    subject: JsonObject
    """What answers; equal subjects answer alike."""
    samples: int
    seed: int
    cases: int


def check_id(name: str) -> str:
    """The run's id, if it can be one. Raises ``UsageError``.

    >>> check_id("nightly-7")
    'nightly-7'
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"run {name!r}: use up to 100 letters, digits and . : _ -")
    return name


def event(run: Run) -> Event:
    """The event that begins a run."""
    value = {name: inner for name, inner in asdict(run).items() if name != "id"}
    edges = [Edge(f"dataset:{run.digest}")]
    if "release" in run.subject:
        edges.append(Edge(f"release:{run.subject['release']}"))
    return Event(STORE, check_id(run.id), value, tuple(edges))


def find(name: str, *, ledger: Ledger) -> Run | None:
    """The run with this id, on whatever timeline it began; ``None`` if there is none."""
    query = Query(store=STORE, key=name, newest_first=True, limit=1)
    for _, entry in ledger.history(query):
        if entry.value is not None:
            return Run(id=name, **entry.value)
    return None


def load(name: str, *, ledger: Ledger) -> Run:
    """The run with this id. Raises ``NotFoundError``."""
    found = find(name, ledger=ledger)
    if found is None:
        raise NotFoundError(f"no run {name!r}; 'holdfast log --operation evaluate' lists them")
    return found


def cases(run: Run, *, blobs: Blobs) -> tuple[Case, ...]:
    """The cases that a run asks, in the version it began with."""
    lines = blobs.get(run.blob).decode().split("\n")
    return tuple(Case.from_json(json.loads(line)) for line in lines if line)


def check_same(old: Run, new: Run) -> None:
    """Refuse to go on with a run as another one. Raises ``UsageError`` that names what differs."""
    for name in ("suite", "digest", "subject", "samples", "seed"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            raise UsageError(
                f"run {old.id!r} began with {name} {before!r}, not {after!r}; give another --run"
            )


def seed_of(run_seed: int, *, case: str, sample: int) -> int:
    """The seed of one answer: the same for every subject, so that comparisons are paired.

    >>> seed_of(0, case="a", sample=0) == seed_of(0, case="a", sample=0)
    True
    """
    return int(digest([run_seed, case, sample])[:8], 16) & 0x7FFFFFFF
