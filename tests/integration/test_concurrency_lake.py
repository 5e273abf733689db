"""One lake table read, appended to and cleaned up by several threads at once."""

from __future__ import annotations

import threading
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
