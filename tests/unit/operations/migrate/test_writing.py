from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from holdfast.operations.migrate.writing import WAITING, Made, Writer


def made(number: int) -> Made:
    return Made([], np.zeros((0, 2), np.float16), Path(str(number)))


def test_what_comes_while_a_write_is_under_way_is_one_write() -> None:
    began, go, groups = threading.Event(), threading.Event(), []

    def store(group: Sequence[Made]) -> None:
        groups.append([int(str(one.note)) for one in group])
        began.set()
        go.wait()

    with Writer(store) as writer:
        writer.take([made(0)])
        began.wait()
        for number in range(1, 4):
            writer.take([made(number)])
        go.set()
    assert groups == [[0], [1, 2, 3]]


def test_a_slow_disk_is_waited_for() -> None:
    began, go, stored = threading.Event(), threading.Event(), []

    def store(group: Sequence[Made]) -> None:
        began.set()
        go.wait()
        stored.append(len(group))

    def let_go() -> None:
        began.wait()
        go.set()

    with Writer(store) as writer:
        writer.take([made(0)])
        threading.Thread(target=let_go).start()
        writer.take([made(number) for number in range(WAITING)])
        assert stored == [1], "the first write has ended before more is taken"
    assert stored == [1, WAITING]


def test_a_write_that_fails_is_raised_and_the_others_are_tried() -> None:
    stored = []

    def store(group: Sequence[Made]) -> None:
        stored.append(len(group))
        if len(stored) == 1:
            raise OSError("disk full")

    def write() -> None:
        with Writer(store) as writer:
            writer.take([made(0)])
            writer.take([made(number) for number in range(WAITING)])

    with pytest.raises(OSError, match="disk full"):
        write()
    assert stored == [1, WAITING]
