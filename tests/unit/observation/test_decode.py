from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain.digest import digest_bytes
from holdfast.observation import decode as module
from holdfast.observation.decode import decode
from holdfast.ports.inbox import Body, Held
from tests.support.otlp import NOW, gauge, logs, spans, traces

AT = NOW * 1_000


def held(number: int, content: bytes, *, signal: str = "traces", encoding: str = "") -> Held:
    return Held(number, NOW, Body(signal, digest_bytes(content), encoding, 1, content))


def test_all_signals_are_decoded_and_what_is_damaged_is_named() -> None:
    bodies = [
        held(1, traces(2, at=AT).SerializeToString()),
        held(2, b"\xff\xff"),
        held(3, logs("a", at=AT).SerializeToString(), signal="logs"),
        held(4, b"no gzip", encoding="gzip"),
        held(5, gauge("n", 1.0, at=AT).SerializeToString(), signal="metrics"),
        held(6, gzip.compress(traces(3, at=AT).SerializeToString()), encoding="gzip"),
    ]
    found = decode(bodies, keep_days=9)
    assert found.numbers == [1, 2, 3, 4, 5, 6]
    assert sorted(found.damaged) == [2, 4]
    counts = {table: len(rows) for (table, _), rows in found.tables().items()}
    assert counts == {"spans": 5, "logs": 1, "points": 1}


def test_what_is_laid_out_in_another_way_holds_up_nobody_else() -> None:
    odd = traces(1, at=AT)
    for value in ("a", "b"):
        pair = spans(odd)[0].attributes.add()
        pair.key, pair.value.string_value = "twice", value
    bodies = [held(n, traces(1, at=AT).SerializeToString()) for n in range(4)]
    bodies.insert(2, held(9, odd.SerializeToString()))
    (rows,) = decode(bodies, keep_days=9).tables().values()
    assert rows["batch"].to_pylist() == [0, 1, 9, 2, 3]
    assert rows["attributes"].to_pylist()[2] == '{"twice":"b"}'


def test_no_more_is_unpacked_than_there_is_room_for() -> None:
    content = bytes(20 << 20)
    bodies = [held(n, gzip.compress(content), encoding="gzip") for n in range(8)]
    assert len(decode(bodies, keep_days=9).numbers) == 1 + module.ROOM // len(content)


@given(st.binary(max_size=60), st.integers(0, 80))
def test_whatever_the_body_is_the_others_go_on(noise: bytes, cut: int) -> None:
    content = traces(2, at=AT).SerializeToString()
    bodies = [noise, content[: -cut or None], content + noise, content]
    found = decode([held(n, body) for n, body in enumerate(bodies)], keep_days=9)
    assert found.numbers == [0, 1, 2, 3]
    assert 3 not in found.damaged
