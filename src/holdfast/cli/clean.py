"""``holdfast clean``"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.cli.options import AsJson, DryRun, open_project
from holdfast.cli.output import count, print_json, say

if TYPE_CHECKING:
    from holdfast.operations.retention.clean import Cleaning


def clean(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Collect what no event of any timeline refers to."""
    with open_project() as project:
        done = project.clean(dry_run=dry_run)
    if as_json:
        print_json(done)
    else:
        tell(done)


def tell(done: Cleaning) -> None:
    """What a clean-up freed, or would free."""
    verb = "Would free" if done.dry_run else "Freed"
    found = done.collected
    say(
        f"{verb} {count(found.lake.documents, 'document')}, {count(found.lake.chunks, 'chunk')} "
        f"and {count(len(found.blobs), 'blob')}: {found.bytes / 1e6:,.1f} MB."
    )
    if done.expired.days:
        verb = "Would remove" if done.dry_run else "Removed"
        say(
            f"{verb} {count(done.expired.rows, 'row')} of telemetry older than it is kept, "
            f"of {count(len(done.expired.days), 'table')}; "
            f"{count(done.expired.kept, 'trace')} that the ledger names stayed."
        )
