"""The judges of a project: their files, their versions on the ledger, what they answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from holdfast.domain.digest import JsonObject, canonical
from holdfast.domain.event import Edge, Event
from holdfast.domain.patience import Patience
from holdfast.evaluation.judge.ask import Member
from holdfast.evaluation.judge.budget import Budget, Price
from holdfast.evaluation.judge.calibration import Calibration, from_json
from holdfast.evaluation.judge.definition import Definition, load, names
from holdfast.evaluation.judge.panel import Panel
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.ports.ledger import Ledger, Query

STORE, ANSWERS, CALIBRATIONS = "judges", "judgements", "calibrations"
DEFAULT = "default"
"""What no application is called in keys."""


class Judges:
    """The judges of one project; each is opened once, so that its budget is one.

    What a judge is and said is read on any timeline: a rollback does not unmeasure.
    """

    def __init__(
        self, system: System, *, environment: str | None = None, patience: Patience | None = None
    ) -> None:
        self._system = system
        self._environment = environment or system.settings.project.environment
        self._patience = patience or Patience()
        self._panels: dict[str, Panel] = {}

    def names(self) -> list[str]:
        """The judges of the project folder."""
        return names(self._system.root)

    def definition(self, name: str) -> Definition:
        """A judge as its files say. Raises ``NotFoundError``, ``SettingsError``."""
        return load(self._system.root, name)

    def panel(self, name: str) -> Panel:
        """A judge ready to be asked. Raises ``NotFoundError``, ``SettingsError``."""
        if name not in self._panels:
            self._panels[name] = self._opened(self.definition(name))
        return self._panels[name]

    def calibrations(self, digest: str) -> dict[str, Calibration]:
        """What is known of a judge's digest, by application; empty when it is uncalibrated."""
        system, found = self._system, {}
        query = Query(store=CALIBRATIONS, prefix=f"{digest}/")
        for _, entry in system.ledger.history(query):
            value = dict(entry.value)
            items = json.loads(system.blobs.get(value.pop("blob")))
            found[value["application"]] = from_json(value, items)
        return found

    def keep(self, calibration: Calibration, *, reason: str = "") -> None:
        """Make a calibration the newest of its judge and application."""
        system = self._system
        self.register(self.definition(calibration.judge))
        key = f"{calibration.digest}/{calibration.application or DEFAULT}"
        with system.latch.storing():
            items = json.loads(json.dumps([asdict(item) for item in calibration.items]))
            blob = system.blobs.put(canonical(items))
            value = {**calibration.json(), "blob": blob}
            event = Event(CALIBRATIONS, key, value, (Edge(f"judge:{calibration.digest}"),))
            self._journal(calibration.digest).write([event], reason=reason)

    def register(self, definition: Definition) -> None:
        """Make a judge's digest known on the ledger, with its document as a blob."""
        system = self._system
        query = Query(store=STORE, key=definition.name, newest_first=True, limit=1)
        newest = next((entry.value for _, entry in system.ledger.history(query)), None) or {}
        if newest.get("digest") == definition.digest:
            return
        with system.latch.storing():
            system.blobs.put(canonical(definition.identity))
            value = {"digest": definition.digest, "version": definition.terms.version}
            self._journal(definition.digest).write([Event(STORE, definition.name, value)])

    def _opened(self, definition: Definition) -> Panel:
        terms = definition.terms
        budget = Budget(terms.budget.tokens, terms.budget.dollars, definition.file)
        members = [
            Member(
                model.model,
                self._system.providers(model.provider),
                Price(model.price.input, model.price.output) if model.price else Price(),
                budget,
            )
            for model in terms.models
        ]
        return Panel(
            definition,
            members,
            memory=_LedgerMemory(self, self._system, definition),
            patience=self._patience,
            calibrations=self.calibrations(definition.digest),
        )

    def _journal(self, digest: str) -> Journal:
        return Journal(self._system, self._environment, "judge", f"judge:{digest}")


@dataclass
class _LedgerMemory:
    """Answers on the ledger, each durable before it counts."""

    judges: Judges
    system: System
    definition: Definition
    _known: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> JsonObject | None:
        query = Query(store=ANSWERS, key=key, newest_first=True, limit=1)
        value: JsonObject | None = None
        for _, entry in self.system.ledger.history(query):
            value = entry.value
        return value

    def keep(self, key: str, value: JsonObject) -> None:
        with self._lock:
            if not self._known:
                self.judges.register(self.definition)
                self._known = True
        digest = self.definition.digest
        event = Event(ANSWERS, key, value, (Edge(f"judge:{digest}"),))
        self.judges._journal(digest).write([event])  # noqa: SLF001 - its own other half


def pinned(ledger: Ledger) -> set[str]:
    """Digests of the blobs that judges and calibrations ever needed: no clean-up may take them."""
    return {*_values(ledger, STORE, "digest"), *_values(ledger, CALIBRATIONS, "blob")}


def _values(ledger: Ledger, store: str, name: str) -> Iterator[str]:
    for _, entry in ledger.history(Query(store=store)):
        if entry.value is not None:
            yield entry.value[name]
