"""A release that may answer beside the deployed one."""

from __future__ import annotations

from holdfast.domain.digest import short
from holdfast.errors import StateError, UsageError
from holdfast.operations.build import space_of, target
from holdfast.operations.deploy import check_prepared
from holdfast.operations.system import System
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations
from holdfast.store.releases.catalog import Components


def check_candidate(system: System, view: View, *, components: Components, baseline: str) -> str:
    """The digest of a release that finds everything the deployed one (``baseline``) finds.

    Raises ``StateError`` for what answers already, and for a release that searches a column which
    documents that come in would not fill.
    """
    name = catalog.release_of(components).digest
    if name == baseline:
        raise StateError(f"{short(name)} answers already; change something, or name another one")
    both = {space_of(baseline, blobs=system.blobs)}
    moving = migrations.active(view)
    both |= {moving[0].source, moving[0].target} if moving else set()
    if target(components, system=system).space not in both:
        raise StateError(
            f"{short(name)} searches documents that are prepared another way, and those that come "
            "in would not be; 'holdfast migrate start' prepares them for both"
        )
    check_prepared(view, components, system=system)
    return name


def share(text: str) -> float:
    """A share as people write it. Raises ``UsageError``.

    >>> share("5%"), share("0.05")
    (0.05, 0.05)
    """
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as e:
        raise UsageError(f"{text!r} is no share; write 5% or 0.05") from e
    if not 0 < found <= 1:
        raise UsageError(f"{text!r} is no share; it lies above 0 and is 100% at most")
    return found
