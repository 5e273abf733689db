"""What went wrong, as people name it: a document, a decision, a release, an event or a span."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from holdfast.domain.digest import short
from holdfast.domain.event import Entry
from holdfast.domain.moment import EventId
from holdfast.errors import MomentError, NotFoundError, UsageError
from holdfast.operations import find
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

DOCUMENT, DECISION, RELEASE, EVENT, SPAN = "document", "decision", "release", "event", "span"
_EVENT = re.compile(r"(?:event:)?@(\d{1,18})\.(\d{1,9})")
_CHANGE = re.compile(r"@(\d{1,18})")
_DIGEST = re.compile(r"(?:document:|file:)?([0-9a-f]{8,64})")
_WHOLE = 64
"""Characters of a digest in full."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that other things derive from.

    ``entries`` are the events that it is itself; ``refs`` are what else derivation starts at, and
    only what was written after tick ``after`` can derive from it.
    """

    kind: str
    name: str
    """For people, and to find it again."""
    entries: tuple[Entry, ...]
    refs: tuple[str, ...] = ()
    after: int = 0

    @property
    def events(self) -> frozenset[EventId]:
        return frozenset(entry.id for entry in self.entries)


def cause(system: System, environment: str, *, name: str, at: str | None = None) -> Cause:
    """What a name means at an environment's head, or at a moment.

    A span ``MOMENT..MOMENT`` (without the first moment, with the second; an empty one is the
    head), an event ``@12.0``, a change ``@12``, the path of a live document, a decision, a
    release, or a document's digest, which is the sha256 of its file. Raises ``NotFoundError``.
    """
    view = system.view(environment, at)
    finders: tuple[Callable[[System, View, str], Cause | None], ...] = (
        _event,
        _document,
        _decision,
        _release,
        _digest,
    )
    if not name.strip():
        raise UsageError("the cause is empty; name a document, decision, release or span")
    if ".." in name and view.get("documents", name) is None:
        return _span(system, view, name, environment=environment)
    for finder in finders:
        found = finder(system, view, name)
        if found is not None:
            return found
    raise NotFoundError(
        f"nothing live is called {name!r}; give a document's path or digest, a decision, a "
        "release, an event (@12.0), a change (@12) or a span (MOMENT..MOMENT)"
    )


def together(causes: Iterable[Cause]) -> Cause:
    """Several causes as one."""
    known = tuple(causes)
    if len(known) == 1:
        return known[0]
    entries = {entry.id: entry for one in known for entry in one.entries}
    return Cause(
        " and ".join(dict.fromkeys(one.kind for one in known)),
        ", ".join(one.name for one in known),
        tuple(entries[event] for event in sorted(entries)),
        tuple(dict.fromkeys(ref for one in known for ref in one.refs)),
        min((one.after for one in known), default=0),
    )


def _span(system: System, view: View, name: str, *, environment: str) -> Cause:
    first, _, last = name.partition("..")
    head = view.cut
    since, until = (
        system.cut(environment, text.strip()) if text.strip() else head for text in (first, last)
    )
    if since.tick >= until.tick:
        raise UsageError(
            f"span {name!r} is empty: it would go from {since} to {until}; give the earlier "
            "moment first"
        )
    query = Query(within=head, after=since.tick, until=until.tick)
    entries = tuple(entry for _, entry in system.ledger.history(query))
    if not entries:
        raise NotFoundError(f"{environment!r} shows nothing between {since} and {until}")
    return Cause(SPAN, name, entries, _started(entries), since.tick)


def _started(entries: Iterable[Entry]) -> tuple[str, ...]:
    """What events bring in besides themselves: documents that go live, releases that answer."""
    refs: dict[str, None] = {}
    for entry in entries:
        if entry.value is None:
            continue
        if entry.store == "documents":
            refs[f"document:{entry.value['document']}"] = None
        elif entry.store == "releases" and entry.key == catalog.DEPLOYED:
            refs[f"release:{entry.value['release']}"] = None
    return tuple(refs)


def _event(system: System, view: View, name: str) -> Cause | None:
    event, change = _EVENT.fullmatch(name), _CHANGE.fullmatch(name)
    if event is None and change is None:
        return None
    tick = int((event or change or [])[1])
    query = Query(within=view.cut, after=tick - 1, until=tick)
    entries = tuple(
        entry
        for _, entry in system.ledger.history(query)
        if event is None or entry.id.place == int(event[2])
    )
    if not entries:
        raise NotFoundError(f"{name!r} does not show at {view.cut}; 'holdfast log' lists changes")
    return Cause(EVENT, name, entries, _started(entries), tick - 1)


def _document(system: System, view: View, name: str) -> Cause | None:
    entry = view.get("documents", name)
    if entry is None:
        return None
    return _version(system, view, digest=entry.value["document"], name=name)


def _version(system: System, view: View, *, digest: str, name: str) -> Cause:
    """A version of a document, wherever it is or was live."""
    ref = f"document:{digest}"
    links = [link for link in system.ledger.links(sources=[ref]) if link.store == "documents"]
    entries = tuple(
        entry
        for path in dict.fromkeys(link.key for link in links)
        for _, entry in system.ledger.history(Query("documents", path, within=view.cut))
        if entry.value is not None and entry.value["document"] == digest
    )
    return Cause(DOCUMENT, f"{name} ({short(digest)})", entries, (ref,))


def _decision(system: System, view: View, name: str) -> Cause | None:
    try:
        decision = find.decision(name.removeprefix("decision:"), ledger=system.ledger)
    except NotFoundError:
        return None
    query = Query("decisions", decision.id, within=view.cut)
    entries = tuple(entry for _, entry in system.ledger.history(query))
    if not entries:
        raise NotFoundError(
            f"decision {decision.id!r} does not show at {view.cut}: it was taken back, or is of "
            "another environment"
        )
    return Cause(DECISION, decision.id, entries, (f"decision:{decision.id}",))


def _release(system: System, view: View, name: str) -> Cause | None:
    if re.fullmatch(r"(?:release:|sha256:)?[0-9a-f]{4,64}", name) is None:
        return None
    try:
        digest = catalog.find(
            name.removeprefix("release:").removeprefix("sha256:"), ledger=system.ledger
        )
    except NotFoundError:
        return None
    query = Query("releases", catalog.DEPLOYED, within=view.cut)
    entries = tuple(
        entry
        for _, entry in system.ledger.history(query)
        if entry.value is not None and entry.value["release"] == digest
    )
    return Cause(RELEASE, short(digest), entries, (f"release:{digest}",))


def _digest(system: System, view: View, name: str) -> Cause | None:
    match = _DIGEST.fullmatch(name)
    if match is None:
        return None
    digest = match[1]
    if len(digest) < _WHOLE:
        live = {entry.value["document"]: entry.key for entry in view.scan("documents")}
        found = sorted(known for known in live if known.startswith(digest))
        if len(found) > 1:
            raise MomentError(f"{name!r} could be any of {', '.join(map(short, found))}")
        if not found:
            return None
        digest = found[0]
    made = _version(system, view, digest=digest, name="document")
    return replace(made, name=f"document {short(digest)}") if made.entries else None
