"""A whole project without a disk: the real pipeline, embedder and generator on memory adapters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from holdfast.adapters.duckdb import DuckEngine
from holdfast.adapters.extractive import ExtractiveModel
from holdfast.adapters.memory.blobs import MemoryBlobs
from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.entailment import MemoryReader
from holdfast.adapters.memory.inbox import MemoryInbox
from holdfast.adapters.memory.lake import MemoryLake
from holdfast.adapters.memory.latch import MemoryLatch
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.adapters.memory.notifier import MemoryNotifier
from holdfast.adapters.memory.telemetry import MemoryTelemetry
from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.domain.decision import Decision
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.document import Space
from holdfast.observation.rollup.rollups import Rollups
from holdfast.operations.init import init
from holdfast.operations.system import System
from holdfast.ports.embedder import Embedder
from holdfast.ports.entailment import Entailment
from holdfast.ports.model import Generation, Message, Model, Provider, Sampling, Usage
from holdfast.project import Project
from holdfast.settings import load
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger import timeline
from holdfast.store.ledger.append import GroupCommit

EMBEDDER = WordLlamaEmbedder()
EXTRACTIVE = ExtractiveModel(EMBEDDER)

DOCUMENTS = {
    "returns.md": "# Returns\n\nShoes that you wore once indoors can be returned within 30 days.\n",
    "discounts.md": "# Discounts\n\nStudents get 10 % off with a valid student card.\n",
    "shipping.md": "# Shipping\n\nExpress delivery costs 9.90 euros.\n",
}
SHOES = "Can I return shoes that I wore once?"
STUDENTS = "How much do students get off?"


class Ticking(SettableClock):
    """A millisecond passes whenever somebody looks."""

    def now(self) -> int:
        self.advance(milliseconds=1)
        return super().now()


@dataclass
class Script:
    """A model that answers what a function of its messages says."""

    reply: Callable[[tuple[Message, ...]], str]
    name: str = "script"
    fingerprint: str | None = "fp"
    usage: Usage | None = field(default_factory=lambda: Usage(1, 1))
    deterministic: bool = True
    calls: list[tuple[Message, ...]] = field(default_factory=list)

    @property
    def identity(self) -> JsonObject:
        return {"kind": "script", "name": self.name}

    def generate(
        self,
        messages: tuple[Message, ...],
        *,
        sampling: Sampling,
        schema: JsonObject | None = None,
    ) -> Generation:
        self.calls.append(messages)
        text = self.reply(messages)
        return Generation(text, "stop", self.name, self.fingerprint, self.usage)

    def stream(
        self, messages: tuple[Message, ...], *, sampling: Sampling
    ) -> Iterator[str | Generation]:
        generation = self.generate(messages, sampling=sampling)
        for start in range(0, len(generation.text), 5):
            yield generation.text[start : start + 5]
        yield generation


@dataclass
class Parts:
    """What outlives an opened project: its stores, and what answers and embeds."""

    clock: SettableClock = field(default_factory=Ticking)
    lake: MemoryLake = field(default_factory=MemoryLake)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    model: Model = EXTRACTIVE
    embedder: Embedder = EMBEDDER
    judges: Callable[[Provider], Model] = lambda _: EXTRACTIVE
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)
    reader: Entailment = field(default_factory=MemoryReader)

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger(clock=self.clock)
        self.inbox = MemoryInbox(clock=self.clock)
        self.telemetry = MemoryTelemetry()


def made(folder: Path, parts: Parts | None = None, *, toml: str = "", deploy: bool = True) -> Shop:
    """A project with ``DOCUMENTS`` brought in and, unless told otherwise, its release deployed."""
    root = init(folder)
    for file in (root / "documents").iterdir():
        file.unlink()
    for path, text in DOCUMENTS.items():
        (root / "documents" / path).write_text(text, encoding="utf-8")
    shop = Shop(root, parts or Parts())
    if toml:
        shop.configure(toml)
    shop.project.ingest()
    if deploy:
        shop.project.deploy(reason="opening day")
    return shop


class Shop:
    """A project folder and its parts; the project is opened anew when its settings change."""

    def __init__(self, root: Path, parts: Parts) -> None:
        self.root = root
        self.parts = parts
        self.system = wire(root, parts)
        self.project = Project(self.system)

    def configure(self, toml: str) -> None:
        """Write ``holdfast.toml`` anew, and open again."""
        (self.root / "holdfast.toml").write_text(toml, encoding="utf-8")
        self.system.close()
        self.system = wire(self.root, self.parts)
        self.project = Project(self.system)

    def write(self, path: str, text: str | bytes) -> Path:
        """A file of the documents folder."""
        file = self.root / "documents" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def bring(self, path: str, text: str) -> None:
        """Write a document and ingest it."""
        self.write(path, text)
        self.project.ingest()

    def ask(self, text: str, *, session: str = "") -> Decision:
        return self.project.ask(text, session=session)

    @property
    def tick(self) -> int:
        """The newest tick of the default environment."""
        return self.project.head().tick


def wire(root: Path, parts: Parts) -> System:
    """The parts as a system, as ``bootstrap`` wires the real ones."""
    settings = load(root)
    searches: dict[Space, CorpusSearch] = {}
    lock = threading.Lock()

    def search(space: Space) -> CorpusSearch:
        with lock:
            if space not in searches:
                searches[space] = CorpusSearch(
                    chunks=parts.lake.chunks,
                    ledger=parts.ledger,
                    timelines=parts.ledger,
                    blobs=parts.blobs,
                    space=space,
                    folder=None,
                )
            return searches[space]

    if not parts.ledger.heads():
        start = timeline.Operation("init-production", actor="tester")
        parts.ledger.fork(timeline.create(settings.project.environment, operation=start))
    append = GroupCommit(parts.ledger)
    return System(
        root=root,
        settings=settings,
        actor="tester",
        ledger=parts.ledger,
        timelines=parts.ledger,
        masks=parts.ledger,
        eraser=parts.ledger,
        append=append,
        lake=parts.lake,
        blobs=parts.blobs,
        latch=MemoryLatch(),
        clock=parts.clock,
        models=lambda identity: parts.model,
        embedders=lambda identity: parts.embedder,
        providers=parts.judges,
        reader=lambda: parts.reader,
        search=search,
        inbox=lambda: parts.inbox,
        telemetry=lambda: parts.telemetry,
        spans=lambda: parts.telemetry,
        rollups=cache(lambda: Rollups(parts.ledger, root / ".holdfast" / "rollups")),
        engine=DuckEngine,
        notifiers=lambda target: parts.notifier,
        close=append.close,
    )


def said(text: str) -> str:
    """Digest of a text, as a prompt step names its output."""
    return digest(text)
