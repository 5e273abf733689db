"""The cases of a suite as they are now, whether on the ledger or in its file."""

from __future__ import annotations

from pathlib import Path

from holdfast.domain.dataset import Case
from holdfast.evaluation import dataset as versions
from holdfast.evaluation.importing.read import read
from holdfast.evaluation.suite import Suite
from holdfast.operations.system import System


def cases_of(system: System, suite: Suite) -> tuple[Case, ...]:
    """A suite's cases; nothing is imported or written. Raises ``NotFoundError``."""
    if suite.file:
        return read(Path(suite.file)).cases
    return versions.load(suite.dataset, ledger=system.ledger, blobs=system.blobs).cases
