from __future__ import annotations

import os

from holdfast.operations.watch.processes import SERVE, SORT, Processes
from holdfast.server.pulse import Pulse, cpu_of, memory_of
from tests.support.project import Shop


def test_a_server_says_what_it_and_its_sorter_take(shop: Shop) -> None:
    children: list[int | None] = [os.getppid()]
    pulse = Pulse(shop.project, kind=SERVE, sorting=lambda: children[0], answers=lambda: 4)
    pulse.beat()
    shop.parts.clock.advance(seconds=10)
    sum(number * number for number in range(200_000))
    pulse.beat()
    found = {one.kind: one for one in Processes(shop.system).all()}
    mine = found[SERVE]
    assert (mine.pid, mine.answers) == (os.getpid(), 4)
    assert mine.up_seconds >= 10
    assert mine.cpu_seconds > 0
    assert mine.cpu >= 0
    assert mine.memory_bytes is None or mine.memory_bytes > 1 << 20
    # Only Linux tells of other processes.
    assert (SORT in found) == (cpu_of(os.getppid()) is not None)
    children[0] = None
    pulse.beat()
    assert [one.kind for one in Processes(shop.system).all()] == [SERVE]
    pulse.stop()
    assert Processes(shop.system).all() == ()


def test_of_a_process_that_is_not_there_nothing_is_known() -> None:
    assert (cpu_of(-1), memory_of(-1)) == (None, None)
