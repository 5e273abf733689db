"""Repair what can be proved: what follows from documents and settings that match their digests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from holdfast.domain.digest import canonical, digest_bytes
from holdfast.domain.document import Space
from holdfast.errors import HoldfastError
from holdfast.operations.build import build
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import prepared
from holdfast.operations.verify.verify import BLOBS, CHUNKS, INDEX, Damage, Tell, Verified, Verifier
from holdfast.store.releases import catalog


def repair(system: System, found: Verified, *, progress: Tell = lambda _: None) -> Verified:
    """Mend what ``verify`` found where the right state can be proved, and look again.

    Search indexes are thrown away and made anew. Chunks are cut and embedded again from a document
    whose bytes match its digest; a table that cannot be read is moved aside first. A blob comes
    back when the project folder makes one of that digest. Everything else stays as it was found.
    """
    if not found.damage:
        return found
    done = {
        key: note
        for kind in (_blobs, _tables, _chunks, _index)
        for key, note in kind(system, found.damage).items()
    }
    again = Verifier(system, progress).verify()
    left = {_key(damage) for damage in again.damage}
    mended = tuple(
        replace(damage, repaired=done[_key(damage)])
        for damage in found.damage
        if _key(damage) in done and _key(damage) not in left
    )
    return replace(again, damage=(*mended, *again.damage))


Key = tuple[str, str, Space | None]


def _key(damage: Damage) -> Key:
    return damage.what, damage.name, damage.space


def _blobs(system: System, damage: Iterable[Damage]) -> dict[Key, str]:
    lost = [one for one in damage if one.what == BLOBS]
    if not lost:
        return {}
    try:
        components = build(system)
    except HoldfastError:
        return {}
    manifest = catalog.release_of(components).manifest()
    known = {digest_bytes(data): data for data in map(canonical, components.values())}
    known[digest_bytes(manifest)] = manifest
    done = {}
    for one in lost:
        if one.name in known:
            system.blobs.drop(one.name)
            system.blobs.put(known[one.name])
            done[_key(one)] = "written again from the project folder"
    return done


def _tables(system: System, damage: Iterable[Damage]) -> dict[Key, str]:
    done = {}
    for one in damage:
        if one.what == CHUNKS and not one.name and one.space is not None:
            system.lake.spaces.forget(one.space, aside=True)
            system.search(one.space).discard()
            wanted = Verifier(system, lambda _: None).wanted(one.space)
            if _prepare(system, one.space, sorted(wanted)):
                done[_key(one)] = "moved aside, and made again from the documents"
    return done


def _chunks(system: System, damage: Iterable[Damage]) -> dict[Key, str]:
    spaces: dict[Space, list[Damage]] = {}
    for one in damage:
        if one.what == CHUNKS and one.name and one.space is not None:
            spaces.setdefault(one.space, []).append(one)
    done = {}
    for space, bad in spaces.items():
        for one in bad:
            if _prepare(system, space, [one.name]):
                done[_key(one)] = "cut and embedded again from the document"
        system.search(space).discard()
    return done


def _prepare(system: System, space: Space, names: list[str]) -> bool:
    """Whether documents' chunks could be made again; nothing is removed before they are."""
    goal = Verifier(system, lambda _: None).goal(space)
    if goal is None:
        return False
    try:
        for name, chunks, vectors in prepared(names, goal, system=system, threads=1):
            with system.latch.storing():
                system.lake.spaces.drop([name], space=space)
                system.lake.chunks.append(chunks, vectors, space=space)
    except HoldfastError:
        return False
    return True


def _index(system: System, damage: Iterable[Damage]) -> dict[Key, str]:
    done = {}
    for one in damage:
        if one.what == INDEX and one.space is not None:
            system.search(one.space).discard()
            done[_key(one)] = "thrown away; it is made again when it is needed"
    return done
