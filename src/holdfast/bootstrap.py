"""Settings become a wired system; the only importer of adapters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from errno import EDQUOT, ENOSPC
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from holdfast.adapters.clock import SystemClock
from holdfast.adapters.files import FileBlobs, FileLatch, FileVault
from holdfast.adapters.sql import SqlLedger
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.document import Space
from holdfast.errors import SettingsError, StorageError, StorageFullError
from holdfast.operations.system import System
from holdfast.ports.blobs import Blobs
from holdfast.ports.clock import Clock
from holdfast.ports.embedder import Embedder
from holdfast.ports.entailment import Entailment
from holdfast.ports.inbox import Inbox
from holdfast.ports.lake import Chunks, Documents, Freed, Lake, Spaces
from holdfast.ports.ledger import Ledger
from holdfast.ports.model import Model, Provider
from holdfast.ports.notifier import Notifier
from holdfast.ports.query import QueryEngine
from holdfast.ports.telemetry import Spans, Telemetry
from holdfast.ports.vault import Vault
from holdfast.project import Project
from holdfast.settings import (
    EmbedderSettings,
    ModelSettings,
    Settings,
    actor,
    load,
    secret,
)
from holdfast.store.ledger import timeline
from holdfast.store.ledger.append import GroupCommit

if TYPE_CHECKING:
    from holdfast.adapters.lance.telemetry import LanceTelemetry
    from holdfast.adapters.sql.inbox import SqlInbox
    from holdfast.observation.channel import Target
    from holdfast.observation.rollup.rollups import Rollups
    from holdfast.store.lake.search import CorpusSearch

EMBEDDED: JsonObject = {"kind": "wordllama", "dimensions": 256}
"""What the embedded generator scores sentences with, whatever documents are embedded with."""
Made = TypeVar("Made")


def open_project(root: Path) -> Project:
    """Open the project in ``root``. Raises ``SettingsError``, ``StorageError``."""
    return Project(wire(root, load(root)))


def init_project(folder: Path) -> Project:
    """Make a project folder with its default environment, and open it."""
    from holdfast.operations.init import init

    return open_project(init(folder))


def wire(root: Path, settings: Settings) -> System:
    """All adapters for a project; nothing heavy is loaded before it is used."""
    home = _home(root / settings.storage.path)
    clock = SystemClock()
    ledger = SqlLedger.open(home / "ledger.db", clock=clock)
    append = GroupCommit(ledger)
    lake = _Lake(home / "lake")
    blobs = FileBlobs(home / "blobs")
    embedders = _Once[Embedder](lambda identity: _embedder(identity, settings))
    models = _Once[Model](lambda identity: _model(identity, settings, embedders))
    received = _Received(home, clock)

    def close() -> None:
        append.close()
        ledger.close()
        received.close()
        embedders.close()
        models.close()

    _first_environment(ledger, settings.project.environment)
    return System(
        root=root,
        settings=settings,
        actor=actor(),
        ledger=ledger,
        timelines=ledger,
        masks=ledger,
        eraser=ledger,
        append=append,
        lake=lake,
        blobs=blobs,
        latch=FileLatch(home / ".latch"),
        clock=clock,
        models=models,
        embedders=embedders,
        providers=_provider,
        reader=_reader,
        search=_Searches(home / "lake" / "index", lake=lake, ledger=ledger, blobs=blobs),
        inbox=lambda: received.inbox,
        telemetry=lambda: received.telemetry,
        spans=lambda: received.spans,
        rollups=_Rolled(ledger, home / "rollups"),
        engine=_engine,
        notifiers=_notifier,
        close=close,
    )


class _Searches:
    """The search of each space, made at first use."""

    def __init__(self, folder: Path, *, lake: Lake, ledger: SqlLedger, blobs: Blobs) -> None:
        self._folder = folder
        self._lake = lake
        self._ledger = ledger
        self._blobs = blobs
        self._made: dict[Space, CorpusSearch] = {}
        self._lock = threading.Lock()

    def __call__(self, space: Space) -> CorpusSearch:
        from holdfast.store.lake.search import CorpusSearch

        with self._lock:
            if space not in self._made:
                self._made[space] = CorpusSearch(
                    chunks=self._lake.chunks,
                    ledger=self._ledger,
                    timelines=self._ledger,
                    blobs=self._blobs,
                    space=space,
                    folder=self._folder,
                )
            return self._made[space]


class _Lake:
    """The lake of Lance tables, loaded at first use: Lance takes long, and few commands need it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _tables(self) -> Lake:
        from holdfast.adapters.lance import LanceLake

        return LanceLake(self._folder)

    @property
    def documents(self) -> Documents:
        return self._tables.documents

    @property
    def chunks(self) -> Chunks:
        return self._tables.chunks

    @property
    def spaces(self) -> Spaces:
        return self._tables.spaces

    def idle(self, *, seconds: float) -> set[str]:
        return self._tables.idle(seconds=seconds)

    def drop(self, documents: Collection[str], *, idle: float = 0, dry_run: bool = False) -> Freed:
        return self._tables.drop(documents, idle=idle, dry_run=dry_run)


class _Rolled:
    """Kept rows of decisions, opened at first use."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder
        self._lock = threading.Lock()
        self._made: Rollups | None = None

    def __call__(self) -> Rollups:
        from holdfast.observation.rollup.rollups import Rollups

        with self._lock:
            if self._made is None:
                self._made = Rollups(self._ledger, self._folder)
            return self._made


def _engine() -> QueryEngine:
    from holdfast.adapters.duckdb import DuckEngine

    return DuckEngine()


class _Received:
    """What applications sent: an inbox and daily tables, opened at first use."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._lock = threading.RLock()
        self._inbox: SqlInbox | None = None

    @property
    def inbox(self) -> Inbox:
        from holdfast.adapters.sql.inbox import SqlInbox

        with self._lock:
            if self._inbox is None:
                self._inbox = SqlInbox.open(self._home / "inbox.db", clock=self._clock)
            return self._inbox

    @property
    def telemetry(self) -> Telemetry:
        return self._tables

    @property
    def spans(self) -> Spans:
        return self._tables

    @cached_property
    def _tables(self) -> LanceTelemetry:
        from holdfast.adapters.lance.telemetry import LanceTelemetry

        return LanceTelemetry(self._home / "telemetry")

    def close(self) -> None:
        if self._inbox is not None:
            self._inbox.close()


def open_vault(settings: Settings, where: str = "") -> Vault:
    """The vault of a place, by default of ``vault.path``: a folder, or ``s3://BUCKET/PREFIX``.

    Raises ``SettingsError`` when none is known, or a folder shall lock what only a bucket can.
    """
    own = settings.vault
    where = where or own.path
    if not where:
        raise SettingsError(
            "vault.path is not set: name a folder on another disk or share, or a bucket, which "
            "other credentials guard, or give --vault"
        )
    if where.startswith("s3://"):
        try:
            from holdfast.adapters.s3 import Retention, S3Vault
        except ModuleNotFoundError as e:
            raise SettingsError(f"{where!r} needs an extra: pip install 'holdfast[s3]'") from e
        return S3Vault(where, retention=Retention(own.lock_days, own.lock_mode))
    if own.lock_days:
        raise SettingsError(
            f"vault.lock_days = {own.lock_days}: {where!r} is a folder, and only a bucket with "
            "Object Lock can lock; name one, or take the key out"
        )
    return FileVault(Path(where).expanduser())


@cache
def _reader() -> Entailment:
    from holdfast.adapters.onnx import OnnxReader

    return OnnxReader()


def _home(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        kind = StorageFullError if e.errno in (ENOSPC, EDQUOT) else StorageError
        raise kind(
            f"cannot make {str(folder)!r} ({e.strerror}); correct storage.path in holdfast.toml, "
            "or see to the disk"
        ) from e
    return folder


def _first_environment(ledger: SqlLedger, name: str) -> None:
    if not ledger.heads():
        operation = timeline.Operation(f"init-{name}", actor=actor())
        ledger.fork(timeline.create(name, operation=operation))


class _Once(Generic[Made]):
    """Keeps what was made for an identity; the embedded embedder exists once."""

    def __init__(self, make: Callable[[JsonObject], Made]) -> None:
        self._make = make
        self._made: dict[str, Made] = {}
        self._lock = threading.Lock()

    def __call__(self, identity: JsonObject) -> Made:
        key = digest(_told(identity))
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(identity)
            return self._made[key]

    def close(self) -> None:
        """Give back the connections of those that hold any."""
        for made in self._made.values():
            close = getattr(made, "close", None)
            if close is not None:
                close()


def _told(identity: JsonObject) -> JsonObject:
    """What a part is made from: of the embedded embedder only its dimensions can be chosen."""
    if identity["kind"] != EMBEDDED["kind"]:
        return identity
    return {**EMBEDDED, "dimensions": identity["dimensions"]}


def _embedder(identity: JsonObject, settings: Settings) -> Embedder:
    match identity["kind"]:
        case "wordllama":
            from holdfast.adapters.wordllama import WordLlamaEmbedder

            return WordLlamaEmbedder(identity["dimensions"])
        case "openai":
            from holdfast.adapters.openai import OpenAIEmbedder

            own = settings.embedder
            return OpenAIEmbedder(
                base_url=identity["base_url"],
                model=identity["model"],
                dimensions=identity["dimensions"],
                api_key=_key(identity["base_url"], own, settings),
            )
        case kind:
            raise SettingsError(f"embedder kind {kind!r} is not known to this version")


def _model(
    identity: JsonObject, settings: Settings, embedders: Callable[[JsonObject], Embedder]
) -> Model:
    match identity["kind"]:
        case "extractive":
            from holdfast.adapters.extractive import ExtractiveModel

            return ExtractiveModel(embedders(EMBEDDED))
        case "openai":
            from holdfast.adapters.openai import OpenAIModel

            own = settings.model
            return OpenAIModel(
                base_url=identity["base_url"],
                model=identity["model"],
                api_key=_key(identity["base_url"], own, settings),
                timeout=own.timeout_seconds,
            )
        case kind:
            raise SettingsError(f"model kind {kind!r} is not known to this version")


def _provider(provider: Provider) -> Model:
    from holdfast.adapters.openai import OpenAIModel

    return OpenAIModel(
        base_url=provider.base_url,
        model=provider.model,
        api_key=secret(provider.api_key_env) if provider.api_key_env else "",
        timeout=provider.timeout,
        total=provider.timeout,
    )


def _notifier(target: Target) -> Notifier:
    url = secret(target.url_env) if target.url_env else target.url
    if target.kind == "apprise":
        from holdfast.adapters.apprise import AppriseNotifier

        return AppriseNotifier(url)
    from holdfast.adapters.webhook import WebhookNotifier

    return WebhookNotifier(url)


def _key(base_url: str, own: EmbedderSettings | ModelSettings, settings: Settings) -> str:
    """The key of an endpoint: the section's own, or the one for endpoints of other releases."""
    variable = own.api_key_env if own.base_url == base_url else ""
    variable = variable or settings.endpoints.keys.get(base_url, "")
    return secret(variable) if variable else ""
