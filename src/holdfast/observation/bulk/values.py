"""Attributes of many spans: each to its typed column, the rest to JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from holdfast.observation.attributes import KINDS, SAFE, fits, plain
from holdfast.observation.bulk.fields import (
    BYTES,
    FIXED64,
    VARINT,
    Fields,
    Numbers,
    Source,
    UnusualError,
    fields,
)
from holdfast.ports.telemetry import INT, REAL, TEXT, TEXTS

KEY, VALUE = 1, 2
"""Fields of a ``KeyValue``."""
NONE, STRING, BOOL, WHOLE, DOUBLE, ARRAY, PAIRS, RAW = range(8)
"""Fields of an ``AnyValue``; ``NONE`` stands for one that has none."""
WIRES = {STRING: BYTES, BOOL: VARINT, WHOLE: VARINT, DOUBLE: FIXED64, ARRAY: BYTES, PAIRS: BYTES,
         RAW: BYTES}  # fmt: skip
Mask = NDArray[np.bool_]


class Attributes:
    """Attributes that lie from ``start`` to ``end``, each of the span ``owner``, in order."""

    def __init__(self, source: Source, owner: Numbers, *, start: Numbers, end: Numbers) -> None:
        self._source = source
        self._owner = owner
        pairs = fields(source, start=start, end=end)
        self._keys, self._key = _keys(source, pairs)
        held = pairs.single(VALUE, BYTES)
        there = held >= 0
        values = fields(source, start=pairs.start[held[there]], end=pairs.end[held[there]])
        if (values.owner[1:] == values.owner[:-1]).any():
            raise UnusualError("a value of more than one kind")
        # A value for each attribute: those without one have kind 0.
        at = np.flatnonzero(there)[values.owner]
        self._kind, self._start, self._end = (np.zeros(len(start), np.int64) for _ in range(3))
        self._bits = np.zeros(len(start), np.uint64)
        self._kind[at], self._start[at], self._end[at] = values.number, values.start, values.end
        self._bits[at] = values.value
        _check(values)
        self._whole = self._bits.view(np.int64)
        self._double = self._bits.view(np.float64)
        self._finite = (self._kind == DOUBLE) & np.isfinite(self._double)
        self._parsed, self._unique = self._parse()

    def columns(self, rows: int) -> dict[str, pa.Array]:
        """Typed columns that have a value in any row, and ``attributes``."""
        taken = np.zeros(len(self._owner), np.bool_)
        wanted: dict[str, list[int]] = {}
        for number, key in enumerate(self._keys):
            if key in KINDS:
                wanted.setdefault(KINDS[key][0], []).append(number)
        found = {}
        for column, numbers in wanted.items():
            mine = np.flatnonzero(np.isin(self._key, numbers))
            kind = KINDS[self._keys[numbers[0]]][1]
            fit = mine[self._fit(mine, kind)]
            if fit.size:
                first = np.full(rows, -1)
                # The last one to be written is the first one there is.
                first[self._owner[fit[::-1]]] = fit[::-1]
                chosen = first[first >= 0]
                taken[chosen] = True
                at = np.full(rows, -1)
                at[first >= 0] = np.arange(len(chosen))
                found[column] = self._typed(chosen, kind, at)
        rest = np.flatnonzero(~taken)
        if rest.size:
            found["attributes"] = self._json(rest, rows)
        return found

    def _parse(self) -> tuple[Numbers, list[Any]]:
        """Lists, maps and bytes, each distinct one parsed once: which an attribute has, and all."""
        which = np.full(len(self._kind), -1)
        composed = np.flatnonzero(self._kind >= ARRAY)
        unique: list[Any] = []
        for kind in (ARRAY, PAIRS, RAW):
            mine = composed[self._kind[composed] == kind]
            if not mine.size:
                continue
            parts = self._source.slices(self._start[mine], self._end[mine], raw=True)
            encoded = parts.dictionary_encode()
            which[mine] = encoded.indices.to_numpy() + len(unique)
            unique += [_parsed(kind, content) for content in encoded.dictionary.to_pylist()]
        return which, unique

    def _fit(self, mine: Numbers, wanted: str) -> Mask:
        """Which attributes a column of a kind can hold exactly."""
        kind = self._kind[mine]
        if wanted == TEXT:
            return np.asarray(kind == STRING)
        if wanted == TEXTS:
            good = np.array([fits(value, TEXTS) is not None for value in self._unique] + [False])
            return np.asarray(good[self._parsed[mine]])
        if wanted == REAL:
            return np.asarray((kind == WHOLE) | self._finite[mine])
        double = np.where(self._finite[mine], self._double[mine], 0.5)
        fraction = (double == np.floor(double)) & (np.abs(double) < SAFE)
        return np.asarray(((kind == WHOLE) & (self._whole[mine] != -SAFE)) | fraction)

    def _typed(self, chosen: Numbers, wanted: str, at: Numbers) -> pa.Array:
        """The values of a column; ``at`` says which of the chosen ones each row has."""
        if wanted == TEXT:
            return self._source.slices(self._start[chosen], self._end[chosen], at=at)
        spread = pa.array(at, mask=at < 0)
        if wanted == TEXTS:
            lists = [value if fits(value, TEXTS) is not None else None for value in self._unique]
            return pa.array(lists, pa.list_(pa.string())).take(
                pa.array(self._parsed[chosen]).take(spread)
            )
        whole = self._kind[chosen] == WHOLE
        if wanted == INT:
            from_double = np.where(whole, 0.0, self._double[chosen]).astype(np.int64)
            return pa.array(np.where(whole, self._whole[chosen], from_double)).take(spread)
        return pa.array(
            np.where(whole, self._whole[chosen].astype(np.float64), self._double[chosen])
        ).take(spread)

    def _json(self, rest: Numbers, rows: int) -> pa.Array:
        """The attributes that have no column, as one JSON object a row."""
        owner, key = self._owner[rest], self._key[rest]
        if len(np.unique(owner * len(self._keys) + key)) != len(rest):
            raise UnusualError("an attribute more than once")
        names = pa.array([orjson.dumps(name).decode() + ":" for name in self._keys])
        texts = pc.binary_join_element_wise(names.take(pa.array(key)), self._texts(rest), "")
        counts = np.bincount(owner, minlength=rows)
        bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(bounds), texts), ",")
        whole = pc.binary_join_element_wise("{", joined, "}", "")
        return pc.if_else(pa.array(counts > 0), whole, None)

    def _texts(self, rest: Numbers) -> pa.Array:
        """Each value as JSON."""
        kind = self._kind[rest]
        parts: list[pa.Array] = []
        order: list[Numbers] = []

        def add(mine: Numbers, texts: Callable[[Numbers], pa.Array]) -> None:
            if mine.size:
                parts.append(texts(rest[mine]))
                order.append(mine)

        add(np.flatnonzero(kind == STRING), self._quoted)
        add(np.flatnonzero(kind == WHOLE), lambda at: _each(self._whole[at], int))
        add(np.flatnonzero(kind == DOUBLE), lambda at: _each(self._bits[at], _double))
        add(np.flatnonzero(kind == BOOL), lambda at: _each(self._bits[at] != 0, bool))
        add(np.flatnonzero(kind == NONE), lambda at: pa.array(["null"] * len(at)))
        add(
            np.flatnonzero(kind >= ARRAY),
            lambda at: pa.array(
                [orjson.dumps(value).decode() for value in self._unique], pa.string()
            ).take(pa.array(self._parsed[at])),
        )
        back = np.empty(len(rest), np.int64)
        back[np.concatenate(order)] = np.arange(len(rest))
        return pa.concat_arrays(parts).take(pa.array(back))

    def _quoted(self, at: Numbers) -> pa.Array:
        encoded = self._source.slices(self._start[at], self._end[at]).dictionary_encode()
        texts = [orjson.dumps(text).decode() for text in encoded.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(encoded.indices)


def _keys(source: Source, pairs: Fields) -> tuple[list[str], Numbers]:
    """The distinct keys, and which each attribute has."""
    at = pairs.single(KEY, BYTES)
    there = at >= 0
    spread = np.where(there, np.cumsum(there) - 1, -1)
    found = source.slices(pairs.start[at[there]], pairs.end[at[there]], at=spread)
    encoded = found.fill_null("").dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _check(values: Fields) -> None:
    for number in np.unique(values.number).tolist():
        if number not in WIRES or (values.wire[values.number == number] != WIRES[number]).any():
            raise UnusualError(f"a value of kind {number}")


def _parsed(kind: int, content: bytes) -> Any:
    value = AnyValue()
    if kind == RAW:
        value.bytes_value = content
    elif kind == ARRAY:
        value.array_value.MergeFromString(content)
        value.array_value.SetInParent()
    else:
        value.kvlist_value.MergeFromString(content)
        value.kvlist_value.SetInParent()
    return plain(value)


def _each(values: NDArray[Any], read: Callable[[Any], Any]) -> pa.Array:
    """Each value as JSON, each distinct one written once."""
    unique, which = np.unique(values, return_inverse=True)
    texts = [orjson.dumps(read(value)).decode() for value in unique.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(which))


def _double(bits: int) -> float | str:
    value = float(np.array(bits, np.uint64).view(np.float64))
    return value if np.isfinite(value) else str(value)


def named(values: Numbers, names: Sequence[str]) -> pa.Array:
    """The names of an enumeration's values; the number where it has none.

    >>> named(np.array([1, 0, 9]), ["no", "yes"]).to_pylist()
    ['yes', 'no', '9']
    """
    values = values.astype(np.int32)
    if ((values >= 0) & (values < len(names))).all():
        return pa.array(names).take(pa.array(values))
    unique, which = np.unique(values, return_inverse=True)
    texts = [names[v] if 0 <= v < len(names) else str(v) for v in unique.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(which))
