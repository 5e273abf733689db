"""The wired parts of one project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Space
from holdfast.domain.moment import Cut, Head
from holdfast.ports.blobs import Blobs
from holdfast.ports.clock import Clock
from holdfast.ports.embedder import Embedder
from holdfast.ports.entailment import Entailment
from holdfast.ports.eraser import Eraser
from holdfast.ports.inbox import Inbox
from holdfast.ports.lake import Lake
from holdfast.ports.latch import Latch
from holdfast.ports.ledger import Ledger
from holdfast.ports.masks import Masks
from holdfast.ports.model import Model, Provider
from holdfast.ports.notifier import Notifier
from holdfast.ports.query import QueryEngine
from holdfast.ports.telemetry import Spans, Telemetry
from holdfast.ports.timelines import Timelines
from holdfast.settings import Settings
from holdfast.store.ledger import timeline
from holdfast.store.ledger.append import GroupCommit
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.moment import resolve

if TYPE_CHECKING:
    from holdfast.observation.channel import Target
    from holdfast.observation.rollup.rollups import Rollups
    from holdfast.store.lake.search import CorpusSearch


@dataclass(frozen=True, slots=True)
class System:
    """Ports and factories that ``bootstrap`` wired; operations take it as their first argument.

    ``models`` and ``embedders`` make a part from a component's identity, so that any release ever
    deployed can answer again; ``providers`` opens an endpoint that a judge asks.
    """

    root: Path
    settings: Settings
    actor: str
    ledger: Ledger
    timelines: Timelines
    masks: Masks
    eraser: Eraser
    append: GroupCommit
    lake: Lake
    blobs: Blobs
    latch: Latch
    clock: Clock
    models: Callable[[JsonObject], Model]
    embedders: Callable[[JsonObject], Embedder]
    providers: Callable[[Provider], Model]
    reader: Callable[[], Entailment]
    """What the embedded judge reads with; loaded at first use."""
    search: Callable[[Space], CorpusSearch]
    inbox: Callable[[], Inbox]
    telemetry: Callable[[], Telemetry]
    spans: Callable[[], Spans]
    """What applications send of themselves; opened at first use."""
    rollups: Callable[[], Rollups]
    """Rows of decisions that figures are computed from; opened at first use."""
    engine: Callable[[], QueryEngine]
    notifiers: Callable[[Target], Notifier]
    close: Callable[[], None]

    def head(self, environment: str) -> Head:
        """Where an environment is. Raises ``NotFoundError`` that names the closest ones."""
        return timeline.head(self.timelines, environment)

    def view(self, environment: str, moment: str | None = None) -> View:
        """Everything as an environment shows it, now or at a moment."""
        cut = self.head(environment).cut if moment is None else self.cut(environment, moment)
        return View(self.ledger, cut)

    def cut(self, environment: str, moment: str) -> Cut:
        """The cut that a moment means for an environment. Raises ``MomentError``."""
        return resolve(
            moment,
            environment=environment,
            ledger=self.ledger,
            timelines=self.timelines,
            clock=self.clock,
        )
