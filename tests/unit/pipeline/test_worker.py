"""Workers: their names, and whether they have ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from holdfast.pipeline.worker import at_work, gone, name

PRINT = "from holdfast.pipeline.worker import name; print(name(), flush=True); input()"


def test_this_process_is_there_under_one_name() -> None:
    assert name() == name()
    assert not gone(name())


def test_another_process_is_there_until_it_ends() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PRINT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        worker = child.stdout.readline().strip()
        assert not gone(worker)
        child.kill()
    assert gone(worker)


def test_an_earlier_process_with_this_number_is_gone() -> None:
    assert gone(f"{socket.gethostname()}:{os.getpid()}:00000000")


def test_nothing_is_known_of_other_hosts_and_names() -> None:
    for worker in ("elsewhere:1:00000000", "", "somebody", f"{socket.gethostname()}:x:y"):
        assert not gone(worker)


def test_a_piece_of_work_ends_with_an_error_too() -> None:
    tasks = []

    def work() -> None:
        with at_work(name()) as task, at_work(name()) as other:
            assert task != other
            assert not gone(task)
            tasks.extend([task, other])
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        work()
    assert all(gone(task) for task in tasks)
