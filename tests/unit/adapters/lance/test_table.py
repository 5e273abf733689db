from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import lance
import numpy as np
import pyarrow as pa
import pytest

from holdfast.adapters.lance import durable, table
from holdfast.adapters.lance.rows import ROW, scan
from holdfast.adapters.lance.table import Table
from holdfast.errors import CorruptionError, StorageError, StorageFullError

SCHEMA = pa.schema([pa.field("n", pa.int64(), nullable=False), pa.field("text", pa.string())])
HOUR = timedelta(hours=1)


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": list(numbers), "text": [f"row {n}" * 50 for n in numbers]}, schema=SCHEMA)


def held(one: Table) -> list[int]:
    found = one.read(lambda dataset: scan(dataset, columns=["n"]))
    assert found is not None
    numbers = found[ROW].to_numpy()
    assert (np.diff(numbers.astype(np.int64)) > 0).all()
    return found["n"].to_pylist()


def make(path: Path, *, grace: timedelta = HOUR) -> Table:
    return Table(path / "t.lance", grace=grace)


def test_nothing_is_there_before_the_first_append(tmp_path: Path) -> None:
    one = make(tmp_path)
    assert one.latest() is None
    assert one.read(lambda dataset: dataset.count_rows()) is None
    assert (one.count(), one.bytes()) == (0, 0)
    one.delete([1])
    assert list(tmp_path.iterdir()) == []


def test_another_handle_sees_what_was_appended_at_once(tmp_path: Path) -> None:
    one, other = make(tmp_path), make(tmp_path)
    for n in range(30):
        one.append(rows(n))
        assert held(other) == list(range(n + 1))


def test_data_is_synced_before_the_commit_and_the_manifest_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make(tmp_path)
    one.append(rows(1))
    log: list[str] = []
    sync, commit = os.fsync, lance.LanceDataset.commit

    def watched(handle: int) -> None:
        log.append(Path(f"/proc/self/fd/{handle}").readlink().relative_to(one.path).as_posix())
        sync(handle)

    def committed(*given: object, **named: object) -> object:
        log.append("COMMIT")
        return commit(*given, **named)

    monkeypatch.setattr(durable.os, "fsync", watched)
    monkeypatch.setattr(lance.LanceDataset, "commit", staticmethod(committed))
    before = {path for path in one.path.rglob("*") if path.is_file()}
    one.append(rows(2))
    new = {
        path.relative_to(one.path).as_posix()
        for path in one.path.rglob("*")
        if path.is_file() and path not in before
    }
    at = log.index("COMMIT")
    assert {name for name in new if name.startswith("data/")} <= set(log[:at])
    assert "data" in log[:at]
    assert {name for name in new if name.endswith((".manifest", ".txn"))} <= set(log[at:])
    assert "_versions" in log[at:]


def test_small_fragments_are_merged_and_rows_keep_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "SMALL", 4)
    monkeypatch.setattr(table, "TIERS", (8, 32))
    one = make(tmp_path)
    for n in range(60):
        one.append(rows(n))
        assert held(one) == list(range(n + 1))
    assert len(one.latest().get_fragments()) < 20
    taken = one.latest()._take_rows([59, 0, 17], columns=["n"])
    assert taken["n"].to_pylist() == [59, 0, 17]


@pytest.mark.parametrize("copies", [True, False])
def test_a_table_that_is_read_at_random_has_few_fragments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, copies: bool
) -> None:
    monkeypatch.setattr(table, "TIERS", (8, 32, 128))
    one = Table(tmp_path / "t.lance", grace=HOUR, copies=copies, few=(4, 3, 1))
    for n in range(0, 360, 12):
        one.append(rows(*range(n, n + 12)))
        sizes = [fragment.physical_rows for fragment in one.latest().get_fragments()]
        assert sum(8 <= size < 32 for size in sizes) <= 3
        assert sum(32 <= size < 128 for size in sizes) <= 1
    assert held(one) == list(range(360))
    taken = one.latest()._take_rows([359, 0, 127, 128], columns=["text"])["text"].to_pylist()
    assert taken == [f"row {n}" * 50 for n in (359, 0, 127, 128)]


def test_small_appends_do_not_rewrite_large_fragments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "TIERS", (8, 32, 128))
    one = Table(tmp_path / "t.lance", grace=HOUR, copies=True, few=(4, 3, 1))
    one.append(rows(*range(100)))
    large = one.latest().get_fragments()[0].metadata.files[0].path
    for n in range(100, 120):
        one.append(rows(n))
    assert one.latest().get_fragments()[0].metadata.files[0].path == large
    assert held(one) == list(range(120))


def test_merging_leaves_nothing_of_rows_that_were_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "TIERS", (8, 32, 128))
    one = Table(tmp_path / "t.lance", grace=timedelta(), copies=True, few=(4, 3, 1))
    one.append(rows(*range(12)))
    one._delete([5])  # killed before the files that held it were written anew
    for n in range(12, 60, 12):
        one.append(rows(*range(n, n + 12)))
    one.clean()
    kept = b"".join(path.read_bytes() for path in (one.path / "data").iterdir())
    assert held(one) == [n for n in range(60) if n != 5]
    assert b"row 5row 5row 5" not in kept
    assert b"row 7row 7row 7" in kept


def test_an_old_handle_still_reads_after_rows_were_removed(tmp_path: Path) -> None:
    one, other = make(tmp_path), make(tmp_path)
    one.append(rows(*range(100)))
    old = other.latest()
    one.delete(list(range(50)))
    assert old.count_rows() == 100
    assert old._take_rows([3], columns=["text"])["text"].to_pylist() == ["row 3" * 50]
    assert held(other) == list(range(50, 100))


def test_a_reader_whose_files_are_gone_reads_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make(tmp_path, grace=timedelta()), make(tmp_path)
    one.append(rows(*range(100)))
    stale = other.latest()
    one.delete(list(range(50)))
    one.clean()
    assert len(list((one.path / "data").iterdir())) == 1
    newest, answers = other.latest(), iter([stale])
    monkeypatch.setattr(other, "latest", lambda: next(answers, newest))
    assert held(other) == list(range(50, 100))


def test_versions_are_kept_for_the_grace_after_they_were_superseded(tmp_path: Path) -> None:
    one = make(tmp_path, grace=timedelta(seconds=60))
    for n in range(5):
        one.append(rows(n))
    manifests = sorted((one.path / "_versions").glob("*.manifest"), reverse=True)
    ancient = time.time() - 3600
    os.utime(manifests[0], (ancient, ancient))
    one.clean()
    assert manifests[0].exists(), "its successor is young, so somebody may still read it"
    os.utime(manifests[1], (ancient, ancient))
    one.clean()
    assert not manifests[0].exists()
    assert manifests[1].exists()
    assert held(one) == list(range(5))


@pytest.mark.parametrize("length", [0, 40])
def test_a_commit_that_a_power_cut_tore_is_set_aside(tmp_path: Path, length: int) -> None:
    make(tmp_path).append(rows(1, 2))
    newest = min((tmp_path / "t.lance" / "_versions").glob("*.manifest"))
    torn = newest.with_name(f"{int(newest.stem) - 1:020d}.manifest")
    torn.write_bytes(newest.read_bytes()[:length])
    again = make(tmp_path)
    assert held(again) == [1, 2]
    again.append(rows(3))
    assert held(make(tmp_path)) == [1, 2, 3]


def test_damage_is_told_as_such(tmp_path: Path) -> None:
    one = make(tmp_path)
    one.append(rows(*range(1000)))
    (data,) = (one.path / "data").iterdir()
    whole = data.read_bytes()
    for content in (whole[: len(whole) // 2], b""):
        data.write_bytes(content)
        with pytest.raises(CorruptionError, match="backup"):
            held(make(tmp_path))
    data.unlink()
    with pytest.raises(CorruptionError, match="backup"):
        held(make(tmp_path))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("LanceError(IO): No space left on device (os error 28), /src/io.rs:1:2", StorageFullError),
        ("LanceError(IO): Permission denied (os error 13), /src/io.rs:1:2", StorageError),
    ],
)
def test_what_lance_raises_is_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, expected: type[StorageError]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(message)

    one = make(tmp_path)
    one.append(rows(1))
    monkeypatch.setattr(table, "write_fragments", refuse)
    with pytest.raises(expected, match=r"t\.lance") as raised:
        one.append(rows(2))
    assert type(raised.value) is expected
    assert "io.rs" not in str(raised.value)
    assert held(one) == [1]


def in_process(script: str, *given: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *map(str, given)])


WRITER = """
import sys, pathlib, datetime, pyarrow as pa
from holdfast.adapters.lance.table import Table
one = Table(pathlib.Path(sys.argv[1]), grace=datetime.timedelta(hours=1))
for i in range(25):
    n = int(sys.argv[2]) * 1000 + i
    one.append(pa.table({"n": pa.array([n]), "text": pa.array(["x"])}, schema=pa.schema(
        [pa.field("n", pa.int64(), nullable=False), pa.field("text", pa.string())])))
"""


def test_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.lance"
    writers = [in_process(WRITER, path, i) for i in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    expected = sorted(1000 * i + n for i in range(3) for n in range(25))
    assert sorted(held(make(tmp_path))) == expected


def test_a_killed_writer_leaves_what_it_acknowledged(tmp_path: Path) -> None:
    script = WRITER.replace("range(25)", "range(10**6)") + ""
    script = (
        script.replace("import sys,", "import sys, builtins,").rstrip()
        + "\n    print(n, flush=True)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "t.lance"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
    found = held(make(tmp_path))
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1
