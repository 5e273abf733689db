"""Protobuf's wire format, read field by field for many messages at once.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types; the two others are groups, which nobody has sent for years."""
PAD = 16
"""Bytes behind the last message, for reads that go past its end before that is noticed."""
MORE = 128
"""The bit of a byte that says that another follows."""
LONGEST = 63
"""Bits that the bytes before a varint's last may hold."""
Numbers: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint64]


class UnusualError(Exception):
    """A message that is whole, perhaps, but not laid out as exporters do."""


class Source:
    """Bodies one after the other."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.data = b"".join([*bodies, bytes(PAD)])
        self.array = np.frombuffer(self.data, np.uint8)
        self._buffer = pa.py_buffer(self.data)
        ends = np.cumsum([len(body) for body in bodies])
        self.bounds = [
            (int(end) - len(body), int(end)) for body, end in zip(bodies, ends, strict=True)
        ]

    def slices(
        self, start: Numbers, end: Numbers, *, at: Numbers | None = None, raw: bool = False
    ) -> pa.Array:
        """Texts (or bytes) from ascending places; with ``at``, nulls where that is negative.

        ``at`` says which of the slices each row has.
        """
        count = len(start)
        index = np.arange(count) if at is None else at
        if not count:
            return pa.nulls(len(index), pa.binary() if raw else pa.string())
        bounds = np.empty(2 * count, np.int32)
        bounds[0::2], bounds[1::2] = start, end
        # Every other one of these is what stands between two slices.
        parts = pa.Array.from_buffers(
            pa.binary() if raw else pa.string(),
            2 * count - 1,
            [None, pa.py_buffer(bounds), self._buffer],
        )
        return parts.take(pa.array(2 * index, mask=index < 0))

    def hexes(self, start: Numbers, *, width: int) -> pa.Array:
        """``width`` bytes from each place, as hex."""
        content = self.array[start[:, None] + np.arange(width)].tobytes().hex().encode()
        bounds = np.arange(len(start) + 1, dtype=np.int32) * (2 * width)
        return pa.StringArray.from_buffers(len(start), pa.py_buffer(bounds), pa.py_buffer(content))


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of ``count`` messages, in the order of the messages and within each."""

    count: int
    owner: Numbers
    number: Numbers
    wire: Numbers
    value: Bits
    """Of a number; a double's bits."""
    start: Numbers
    end: Numbers
    """Of bytes."""

    def single(self, number: int, wire: int) -> Numbers:
        """Where each message's one field of a number is, or -1."""
        found = self.many(number, wire)
        owner = self.owner[found]
        if (owner[1:] == owner[:-1]).any():
            raise UnusualError(f"field {number} more than once")
        at = np.full(self.count, -1)
        at[owner] = found
        return at

    def many(self, number: int, wire: int) -> Numbers:
        """Where fields of a number are."""
        found = np.flatnonzero(self.number == number)
        if (self.wire[found] != wire).any():
            raise UnusualError(f"field {number} of another type")
        return found

    def values(self, number: int, wire: int) -> Numbers:
        """Each message's number of a field, 0 where there is none; 64 bits, with a sign."""
        at = self.single(number, wire)
        return np.where(
            at < 0, np.uint64(0), self.value[at] if len(self.value) else np.uint64(0)
        ).view(np.int64)


def fields(source: Source, *, start: Numbers, end: Numbers) -> Fields:
    """All fields of the messages from ``start`` to ``end``. Raises ``UnusualError``."""
    place = start.copy()
    active = np.flatnonzero(place < end)
    counts = np.zeros(len(start), np.int64)
    rounds: list[tuple[Any, ...]] = []
    while active.size:
        tag, here = varints(source.array, place[active])
        wire = (tag & np.uint64(7)).astype(np.int64)
        value, first, here = _content(source.array, wire, here)
        if (here > end[active]).any() or (here < first).any():
            raise UnusualError("a field goes beyond its message")
        number = (tag >> np.uint64(3)).astype(np.int64)
        rounds.append((active, number, wire, value, first, here, counts[active]))
        counts[active] += 1
        place[active] = here
        active = active[here < end[active]]
    return _ordered(rounds, counts)


def _content(
    array: NDArray[np.uint8], wire: Numbers, here: Numbers
) -> tuple[Bits, Numbers, Numbers]:
    """Values, where bytes begin, and where fields end, after their tags."""
    value = np.zeros(len(here), np.uint64)
    first = here.copy()
    kinds = set(np.flatnonzero(np.bincount(wire, minlength=FIXED32 + 1)).tolist())
    if not kinds <= {VARINT, FIXED64, BYTES, FIXED32}:
        raise UnusualError("a group, or a wire type that there is not")
    if VARINT in kinds:
        mine = np.flatnonzero(wire == VARINT)
        value[mine], here[mine] = varints(array, here[mine])
    if BYTES in kinds:
        mine = np.flatnonzero(wire == BYTES)
        length, begins = varints(array, here[mine])
        if (length > np.uint64(len(array))).any():
            raise UnusualError("a field goes beyond its message")
        first[mine], here[mine] = begins, begins + length.astype(np.int64)
    for kind, width in ((FIXED64, 8), (FIXED32, 4)):
        if kind in kinds:
            mine = np.flatnonzero(wire == kind)
            held = array[here[mine][:, None] + np.arange(width)]
            value[mine] = held.view(f"<u{width}")[:, 0]
            here[mine] += width
    return value, first, here


def _ordered(rounds: list[tuple[Any, ...]], counts: Numbers) -> Fields:
    """The fields of each message together, which were found round by round."""
    if rounds and (counts == len(rounds)).all():
        columns = [np.stack(parts, axis=1).reshape(-1) for parts in zip(*rounds, strict=True)]
        return Fields(len(counts), *columns[:-1])
    total = int(counts.sum())
    before = np.cumsum(counts) - counts
    columns = [np.empty(total, np.uint64 if place == 3 else np.int64) for place in range(6)]  # noqa: PLR2004
    for *parts, rank in rounds:
        to = before[parts[0]] + rank
        for column, part in zip(columns, parts, strict=True):
            column[to] = part
    return Fields(len(counts), *columns)


def varints(array: NDArray[np.uint8], place: Numbers) -> tuple[Bits, Numbers]:
    """The varints at places, and where each ends. Raises ``UnusualError``.

    >>> array = np.frombuffer(bytes([5, 0x96, 0x01]) + bytes(PAD), np.uint8)
    >>> [found.tolist() for found in varints(array, np.array([0, 1]))]
    [[5, 150], [1, 3]]
    """
    byte = array[place].astype(np.uint64)
    value = byte & np.uint64(MORE - 1)
    after = place + 1
    more = np.flatnonzero(byte >= MORE)
    shift = 7
    while more.size:
        if shift > LONGEST:
            raise UnusualError("a number of more than 64 bits")
        byte = array[after[more]].astype(np.uint64)
        value[more] |= (byte & np.uint64(MORE - 1)) << np.uint64(shift)
        after[more] += 1
        more = more[byte >= MORE]
        shift += 7
    return value, after


def walk(data: bytes, *, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each field of bytes of one message; others are passed over.

    >>> list(walk(bytes([0x08, 1, 0x12, 2, 7, 7]), start=0, end=6))
    [(2, 4, 6)]
    """
    while start < end:
        tag, start = _varint(data, start)
        wire = tag & 7
        if wire == BYTES:
            length, start = _varint(data, start)
            if start + length > end:
                raise UnusualError("a field goes beyond its message")
            yield tag >> 3, start, start + length
            start += length
        elif wire == VARINT:
            _, start = _varint(data, start)
        elif wire in (FIXED64, FIXED32):
            start += 8 if wire == FIXED64 else 4
        else:
            raise UnusualError("a group, or a wire type that there is not")
    if start != end:
        raise UnusualError("a message ends in the middle of a field")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = data[place]
    place += 1
    if value < MORE:
        return value, place
    value &= MORE - 1
    shift = 7
    while True:
        byte = data[place]
        place += 1
        value |= (byte & (MORE - 1)) << shift
        if byte < MORE:
            return value, place
        shift += 7
        if shift > LONGEST:
            raise UnusualError("a number of more than 64 bits")
