"""The cases of a suite as they are now, whether on the ledger or in its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from holdfast.domain.dataset import Case
from holdfast.errors import NotFoundError, SettingsError
from holdfast.evaluation import dataset as versions
from holdfast.evaluation.importing.read import read
from holdfast.evaluation.suite import Suite
from holdfast.operations.system import System
from holdfast.settings import line_of


def cases_of(system: System, suite: Suite) -> tuple[Case, ...]:
    """A suite's cases; nothing is imported or written. Raises ``NotFoundError``."""
    if suite.file:
        return read(Path(suite.file)).cases
    name = version_of(system, suite).name
    return versions.load(name, ledger=system.ledger, blobs=system.blobs).cases


def version_of(system: System, suite: Suite) -> versions.Version:
    """The newest version of a suite's dataset. Raises ``NotFoundError`` that names those there."""
    found = versions.newest(suite.dataset, ledger=system.ledger)
    if found is None:
        known = ", ".join(version.name for version in versions.versions(ledger=system.ledger))
        raise NotFoundError(
            f"suite {suite.name!r}: no dataset {suite.dataset!r}; "
            f"{'there are ' + known if known else 'there is none yet'}: 'holdfast dataset import' "
            "makes one, or give the suite a 'file' of cases"
        )
    return found


def check_needs(suite: Suite, cases: Sequence[Case]) -> None:
    """Refuse a metric that could score no case, because all lack what its scorer needs.

    Raises ``SettingsError`` that names the suite's file and line.
    """
    text = Path(suite.path).read_text(encoding="utf-8") if suite.path else ""
    for metric in suite.metrics:
        for field in metric.scorer.needs:
            if not any(getattr(case, field, None) for case in cases):
                line = line_of(text, [f"metrics.{metric.name}"])
                raise SettingsError(
                    f"{suite.path or suite.name}:{line}: metrics.{metric.name}: none of the "
                    f"{len(cases)} cases of {suite.dataset!r} has the field {field!r}, which this "
                    "scorer needs; add it to the cases, or take the metric out"
                )
