"""One lake table read, appended to and cleaned up at once, and what killed writers leave in it."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from holdfast.adapters.lance import LanceLake
from tests.support.crash_world import document

ROUNDS = 12


def test_reading_goes_on_under_appends_and_clean_ups(tmp_path: Path) -> None:
    lake = LanceLake(tmp_path / "lake", grace=timedelta(0))
    kept = [document(f"kept {n}") for n in range(5)]
    lake.documents.put(kept)
    broken: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            found = lake.documents.get([d.digest for d in kept])
            assert [found[d.digest] for d in kept] == kept

    def put_and_drop(name: str) -> None:
        for n in range(ROUNDS):
            gone = [document(f"{name} {n} {place}") for place in range(3)]
            lake.documents.put(gone)
            assert lake.drop([d.digest for d in gone]).documents == 3

    def guarded(step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException:  # noqa: BLE001 - a panic in Rust is no Exception
            broken.append(traceback.format_exc())

    readers = [threading.Thread(target=guarded, args=(read,)) for _ in range(3)]
    writers = [
        threading.Thread(target=guarded, args=(lambda name=name: put_and_drop(name),))
        for name in "ab"
    ]
    for thread in readers + writers:
        thread.start()
    for writer in writers:
        writer.join()
    done.set()
    for reader in readers:
        reader.join()
    assert not broken, broken[0]
    assert lake.documents.digests() == {d.digest for d in kept}


def test_what_killed_writers_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    """Lance keeps files that no version knows for a week: somebody may be about to commit them."""
    lake = LanceLake(tmp_path, grace=timedelta(0))
    kept = document("kept")
    lake.documents.put([kept])
    data = tmp_path / "documents.lance/data"
    (whole,) = data.iterdir()
    days = {".tmpAbCdEf": 8, "0" * 24 + "1" * 26 + ".lance": 8, "1" * 50 + ".lance": 1}
    for name, old in days.items():
        (data / name).write_bytes(whole.read_bytes())
        os.utime(data / name, (time.time() - old * 86_400,) * 2)
    for n in range(3):
        gone = document(f"gone {n}")
        lake.documents.put([gone])
        lake.drop([gone.digest])
    assert {file.name for file in data.iterdir()} & days.keys() == {"1" * 50 + ".lance"}
    assert lake.documents.get([kept.digest]) == {kept.digest: kept}
