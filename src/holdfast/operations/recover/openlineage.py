"""Lineage as OpenLineage events, for catalogs that show it beside everything else.

One RunEvent for every change: its job is the operation, its run the change, its inputs what the
events derive from and its outputs the events. https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.event import Commit, Edge, Entry
from holdfast.domain.moment import EventId
from holdfast.domain.version import VERSION
from holdfast.operations.system import System
from holdfast.ports.ledger import Query

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
PRODUCER = f"https://github.com/holdfast/holdfast/tree/v{VERSION}"
OWN = f"{PRODUCER}/docs/reference/events.md"
"""Schema of the facets that are ours: what a change and an edge say."""


def run_events(system: System, events: Collection[EventId]) -> Iterator[JsonObject]:
    """The changes that these events belong to, as RunEvents, oldest first."""
    edges: dict[EventId, list[Edge]] = defaultdict(list)
    for link in system.ledger.links(events=list(events)):
        edges[link.event].append(link.edge)
    namespace = f"holdfast://{system.settings.project.name}"
    for tick in sorted({event.tick for event in events}):
        found = list(system.ledger.history(Query(after=tick - 1, until=tick)))
        entries = [entry for _, entry in found if entry.id in events]
        yield _run_event(found[0][0], entries, edges=edges, namespace=namespace)


def _run_event(
    commit: Commit, entries: list[Entry], *, edges: dict[EventId, list[Edge]], namespace: str
) -> JsonObject:
    strengths: dict[str, float] = {}
    for entry in entries:
        for edge in edges.get(entry.id, ()):
            strengths[edge.source] = max(edge.strength, strengths.get(edge.source, 0.0))
    own = {
        "tick": commit.tick,
        "timeline": commit.timeline,
        "hash": commit.hash,
        "actor": commit.actor,
        "reason": commit.reason,
        "cause": commit.cause,
    }
    return {
        "eventType": "COMPLETE",
        "eventTime": datetime.fromtimestamp(commit.at / 1e6, tz=UTC).isoformat(),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {
            "runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"holdfast:{commit.hash}")),
            "facets": {"holdfast_change": _facet(OWN, **own)},
        },
        "job": {
            "namespace": namespace,
            "name": commit.operation,
            "facets": {
                "jobType": _facet(
                    f"{FACETS}/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
                    processingType="BATCH",
                    integration="HOLDFAST",
                    jobType="CHANGE",
                )
            },
        },
        "inputs": [
            {
                "namespace": namespace,
                "name": source,
                "inputFacets": {"holdfast_strength": _facet(OWN, strength=strength)},
            }
            for source, strength in sorted(strengths.items())
        ],
        "outputs": [_output(entry, namespace) for entry in entries],
    }


def _output(entry: Entry, namespace: str) -> JsonObject:
    """An event as a dataset, under the name that other events' edges have for it."""
    name = f"decision:{entry.key}" if entry.store == "decisions" else entry.ref
    version = _facet(
        f"{FACETS}/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
        datasetVersion=digest(entry.value),
    )
    own = _facet(OWN, store=entry.store, key=entry.key, removed=entry.value is None)
    return {
        "namespace": namespace,
        "name": name,
        "facets": {"version": version, "holdfast_event": own},
    }


def _facet(schema: str, **values: object) -> JsonObject:
    return {"_producer": PRODUCER, "_schemaURL": schema, **values}
