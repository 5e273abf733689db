from __future__ import annotations

from dataclasses import replace

from holdfast.operations.watch.observations import Observations
from holdfast.operations.watch.processes import EVERY, MISSED, Process, Processes
from tests.support.project import Shop


def test_a_process_is_told_until_it_is_silent(shop: Shop) -> None:
    room, now = Processes(shop.system), shop.parts.clock.now()
    assert room.all() == ()
    serving = Process("serve", 7, now, now, 1.5, 0.1, 1 << 20, 3)
    sorting = replace(serving, kind="sort", pid=3, answers=0, memory_bytes=None)
    room.beat(serving)
    room.beat(sorting)
    assert Observations(shop.system).status().processes == (serving, sorting)
    shop.parts.clock.advance(seconds=MISSED * EVERY + 1)
    room.beat(replace(sorting, at=shop.parts.clock.now()))
    assert [one.pid for one in room.all()] == [3]
    room.tidy()
    room.gone(3)
    assert list((shop.root / ".holdfast" / "processes").iterdir()) == []


def test_the_past_has_no_processes(shop: Shop) -> None:
    now = shop.parts.clock.now()
    Processes(shop.system).beat(Process("serve", 7, now, now, 1.5, 0.1, None, 3))
    assert Observations(shop.system).status(at=f"@{shop.tick}").processes == ()


def test_a_beat_that_cannot_be_read_or_written_is_passed_over(shop: Shop) -> None:
    folder, now = shop.root / ".holdfast" / "processes", shop.parts.clock.now()
    folder.mkdir(parents=True)
    (folder / "1.json").write_text("half")
    (folder / "2.json").write_text('{"kind": "serve"}')
    room = Processes(shop.system)
    assert room.all() == ()
    room.tidy()
    assert list(folder.iterdir()) == []
    folder.rmdir()
    folder.write_text("no folder")
    room.beat(Process("serve", 7, now, now, 1.5, 0.1, None, 3))
    assert room.all() == ()
