"""One Lance table: opened, appended to, read and cleaned the way the lake needs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import lance
import pyarrow as pa
from lance.commit import CommitConflictError
from lance.fragment import write_fragments
from lance.optimize import Compaction, CompactionOptions

from holdfast.adapters.lance.durable import alone, sync, turn
from holdfast.adapters.lance.translate import VENDOR, missing, translate
from holdfast.errors import CorruptionError, StorageLockedError

T = TypeVar("T")
Dataset: TypeAlias = Any
"""A ``lance.LanceDataset`` at one version; Lance has no types."""

Change: TypeAlias = lance.LanceOperation.BaseOperation | lance.Transaction

CONFLICT = "commit conflict"

FORMAT: Literal["2.1"] = "2.1"
TRIES = 10
TIERS = (1_024, 16_384, 262_144)
"""Rows per fragment that small ones are merged into, step by step."""
SMALL = 32
"""How many fragments below a tier are left alone: each append makes one."""
FEW = (SMALL, 8, 2)
"""How many of each tier are left alone where rows are read at random: each one touched costs."""
NEWEST = 2**64 - 1
"""Lance names a manifest by this number minus its version."""
MAGIC = b"LANC"
"""How every whole manifest ends."""
TICK = 100_000_000
"""Nanoseconds in which a folder's time may stand still."""
BATCH = 20_000
"""Row ids in one predicate."""


class Table:
    """A table with stable row ids; made at its first append.

    An append is durable when it returns: its data files are synced before the commit and the
    manifest after it. A reader keeps the version it opened until it asks for ``latest``;
    superseded versions stay on disk for ``grace``. With ``copies`` large fragments are merged by
    copying their pages: a quarter of the time and hardly any memory. ``few`` says how many
    fragments of each tier may gather. Tables of one ``session`` share what they keep in memory.
    """

    def __init__(
        self,
        path: Path,
        *,
        grace: timedelta,
        copies: bool = False,
        few: Sequence[int] = (),
        session: Any = None,
    ) -> None:
        self.path = path
        self._grace = grace
        self._copies = copies
        self._few = few
        self._session = session
        self._dataset: Dataset | None = None
        self._lock = threading.Lock()
        self._settled = 0
        self._seen = 0

    def latest(self) -> Dataset | None:
        """The newest version, or ``None`` while nothing was ever appended."""
        with self._lock, translate(self.path):
            changed = self._changed()
            if changed is None:
                self._dataset = None
                return None
            if self._dataset is None:
                self._dataset = self._open()
            elif changed != self._seen:
                newest = self._dataset.latest_version
                if newest != self._dataset.version:
                    self._dataset = self._dataset.checkout_version(newest)
            # A file system's clock ticks: two commits in one tick leave the same time.
            self._seen = changed if time.time_ns() - changed > TICK else 0
            return self._dataset

    def read(self, use: Callable[[Dataset], T]) -> T | None:
        """What ``use`` makes of the newest version; once more if that was cleaned meanwhile.

        ``None`` while there is no table.
        """
        dataset = self.latest()
        if dataset is None:
            return None
        with translate(self.path):
            try:
                return use(dataset)
            except VENDOR as e:
                if not missing(e):
                    raise
                self._forget(dataset)
                newest = self.latest()
                return None if newest is None else use(newest)

    def append(self, rows: pa.Table) -> None:
        """Add rows, durably, in one commit."""
        with translate(self.path):
            dataset = self.latest()
            if dataset is None:
                dataset = self._create(rows.schema)
            change: Any = write_fragments(rows, dataset, mode="append", return_transaction=True)
            self._sync_data(change.operation.fragments)
            _retried(self.path, lambda: self._commit(self.latest(), change))
        self._tidy()

    def index(self, column: str, *, rows: int) -> None:
        """Index a column for exact look-ups once ``rows`` rows, and a quarter, are not indexed.

        A look-up is right in any case: it scans the rows that no index covers.
        """
        latest = self.latest()
        if latest is None:
            return
        name = f"{column}_idx"
        known = {found.name: found.num_rows_indexed for found in latest.describe_indices()}
        covered = known.get(name, 0)
        if latest.count_rows() - covered < max(rows, covered // 4):
            return
        with translate(self.path):
            dataset = lance.dataset(str(self.path), version=latest.version, session=self._session)
            if covered:
                dataset.optimize.optimize_indices()
            else:
                dataset.create_scalar_index(column, "BTREE", name=name, replace=True)
            folder = self.path / "_indices"
            sync([*(path for path in folder.rglob("*")), folder, self.path])
            self._sync_manifest(dataset.latest_version)

    def delete(self, rows: Sequence[int], *, grace: timedelta | None = None) -> None:
        """Remove rows by number, then the files that still held them (after the grace)."""
        for start in range(0, len(rows), BATCH):
            self._delete(rows[start : start + BATCH])
        self._compact(TIERS[-1], threshold=0.0)
        self.clean(grace=grace)

    def bytes(self) -> int:
        """Size of the newest version's files."""
        return (
            self.read(lambda table: int(table.get_version()["metadata"]["total_files_size"])) or 0
        )

    def count(self) -> int:
        """How many rows there are."""
        return self.read(lambda table: int(table.count_rows())) or 0

    def clean(self, *, grace: timedelta | None = None) -> None:
        """Remove versions that were superseded longer than the grace ago."""
        manifests = sorted(
            (NEWEST - int(path.stem), path) for path in self._versions().glob("*.manifest")
        )
        limit = time.time() - (self._grace if grace is None else grace).total_seconds()
        old = [
            version
            for (version, _), (_, successor) in pairwise(manifests)
            if successor.stat().st_mtime < limit
        ]
        dataset = self.latest()
        if old and dataset is not None:
            with translate(self.path):
                dataset.cleanup_old_versions(versions=old, error_if_tagged_old_versions=False)

    def _changed(self) -> int | None:
        """When a version was last added or removed (ns); ``None`` while there is no table.

        Cheaper than listing the versions, which are as many as there were commits of late.
        """
        try:
            return self._versions().stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _open(self) -> Dataset:
        try:
            return lance.dataset(str(self.path), session=self._session)
        except VENDOR as e:
            if not self._set_torn_manifest_aside():
                raise
            try:
                return lance.dataset(str(self.path), session=self._session)
            except VENDOR:
                raise e from None

    def _set_torn_manifest_aside(self) -> bool:
        """A commit that a power cut tore was never acknowledged: its manifest has no ending."""
        manifests = sorted(self._versions().glob("*.manifest"))
        if len(manifests) < 2 or manifests[0].read_bytes().endswith(MAGIC):  # noqa: PLR2004
            return False
        manifests[0].rename(manifests[0].with_suffix(".torn"))
        return True

    def _create(self, schema: pa.Schema) -> Dataset:
        # Of two creations at once, Lance lets the later one overwrite what the first one made.
        with turn(self.path.parent / ".making"):
            made = self.latest()
            return self._created(schema) if made is None else made

    def _created(self, schema: pa.Schema) -> Dataset:
        dataset = lance.write_dataset(
            schema.empty_table(),
            str(self.path),
            enable_stable_row_ids=True,
            data_storage_version=FORMAT,
        )
        (self.path / "data").mkdir(exist_ok=True)
        sync([*self._versions().iterdir(), *self.path.iterdir(), self.path, self.path.parent])
        return dataset

    def _sync_data(self, fragments: Sequence[Any]) -> None:
        data = self.path / "data"
        sync([*(data / file.path for part in fragments for file in part.files), data])

    def _commit(self, dataset: Dataset, change: Change) -> None:
        committed = lance.LanceDataset.commit(dataset, change, read_version=dataset.version)
        self._sync_manifest(committed.version, getattr(change, "uuid", None))
        with self._lock:
            self._dataset = committed

    def _sync_manifest(self, version: int, transaction: str | None = None) -> None:
        folder = self.path / "_transactions"
        manifest = self._versions() / f"{NEWEST - version:020d}.manifest"
        described = folder.glob(f"*-{transaction}.txn" if transaction else f"{version - 1}-*.txn")
        sync([*described, folder, manifest, self._versions()])

    def _delete(self, rows: Sequence[int]) -> None:
        listed = ", ".join(map(str, rows))

        def once() -> None:
            dataset = self.latest()
            if dataset is None:
                return
            changed, gone = [], []
            for fragment in dataset.get_fragments():
                if not fragment.count_rows(f"_rowid IN ({listed})"):
                    continue
                left = fragment.delete(f"_rowid IN ({listed})")
                if left is None:
                    gone.append(fragment.fragment_id)
                else:
                    changed.append(left)
            deletions = self.path / "_deletions"
            if deletions.is_dir():
                sync([*deletions.iterdir(), deletions, self.path])
            operation = lance.LanceOperation.Delete(changed, gone, f"_rowid IN ({listed})")
            self._commit(dataset, operation)

        with translate(self.path):
            _retried(self.path, once)

    def _tidy(self) -> None:
        """Merge small fragments when many have gathered."""
        dataset = self.latest()
        fragments = dataset.get_fragments() if dataset is not None else []
        if len(fragments) - self._settled <= min(self._few, default=SMALL):
            return
        sizes = [fragment.physical_rows for fragment in fragments]
        if not any(self._crowded(sizes, number) for number in range(len(TIERS))):
            return
        with alone(self.path.with_suffix(".tidy")) as held:
            if not held:
                return
            for number, tier in enumerate(TIERS):
                if self._crowded(sizes, number):
                    sizes = self._compact(tier, threshold=0.1)
            self._settled = sum(size >= TIERS[-1] for size in sizes)
            self.clean()

    def _crowded(self, sizes: Sequence[int], number: int) -> bool:
        """Whether too many fragments have gathered below a tier, or in it."""
        below = [size for size in sizes if size < TIERS[number]]
        held = [size for size in below if number == 0 or size >= TIERS[number - 1]]
        return len(below) > SMALL or (bool(self._few) and len(held) > self._few[number])

    def _compact(self, rows: int, *, threshold: float) -> list[int]:
        """Merge neighbours into fragments of about ``rows``; returns the sizes after."""
        latest = self.latest()
        if latest is None:
            return []
        # Pages of small fragments are too small to be kept, and removed rows must not be copied.
        copied = self._copies and rows > TIERS[0] and threshold > 0
        options: CompactionOptions = {
            "target_rows_per_fragment": rows,
            "materialize_deletions_threshold": threshold,
            "compaction_mode": "try_binary_copy" if copied else "reencode",
        }
        with translate(self.path):
            # A commit changes the handle it is given; nobody may be reading through that one.
            dataset = lance.dataset(str(self.path), version=latest.version, session=self._session)
            plan = Compaction.plan(dataset, options)
            results = [task.execute(dataset) for task in plan.tasks]
            if results:
                self._sync_data([new for result in results for new in result.new_fragments])
                try:
                    Compaction.commit(dataset, results)
                except OSError as e:
                    # Compaction raises no CommitConflictError, only its text.
                    if CONFLICT not in str(e):
                        raise
                    # Somebody else merged or removed the same fragments.
                else:
                    self._sync_manifest(dataset.latest_version)
        newest = self.latest()
        return [fragment.physical_rows for fragment in newest.get_fragments()] if newest else []

    def _versions(self) -> Path:
        return self.path / "_versions"

    def _forget(self, dataset: Dataset) -> None:
        with self._lock:
            if self._dataset is dataset:
                self._dataset = None


def checked(dataset: Dataset, *, expect: dict[str, str], path: Path) -> None:
    """Make sure that a table is the one its name says. Raises ``CorruptionError``."""
    found = {k.decode(): v.decode() for k, v in (dataset.schema.metadata or {}).items()}
    for key, value in expect.items():
        if found.get(key) != value:
            raise CorruptionError(
                f"{str(path)!r} says {key} is {found.get(key)!r}, not {value!r}; "
                "it was not written for this space: move it away and prepare the documents again"
            )


def _retried(path: Path, attempt: Callable[[], T]) -> T:
    for pause in range(TRIES):
        try:
            return attempt()
        except CommitConflictError as e:
            if not e.retryable:
                raise
            time.sleep(0.01 * 2**pause)
    raise StorageLockedError(f"{str(path)!r} is written by others all the time; retry later")
