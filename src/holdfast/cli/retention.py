"""``holdfast retention``"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.cli.clean import tell
from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.retention.retained import Retained


def retention(as_json: AsJson = False) -> None:
    """What is kept how long, what is held by whom, and what a clean-up would free."""
    from holdfast.operations.retention.retained import retained

    with open_project() as project:
        found = retained(project.system)
    print_json(found) if as_json else _tell(found)


def _tell(found: Retained) -> None:
    table(
        ("what", "kept", "setting"), [(rule.what, rule.kept, rule.setting) for rule in found.rules]
    )
    say("")
    table(("held", "by", "how many"), [(one.what, one.by, f"{one.count:,}") for one in found.held])
    say("")
    for column in found.columns:
        size = f"{column.size.chunks:,} chunks, {column.size.bytes / 1e6:,.1f} MB"
        say(f"Column {safe(column.embedder)} ({column.space.embedder[:12]}): {size}")
        for holder in column.holders:
            say(f"  held by {safe(holder.name)}: {safe(holder.advice)}")
        if not column.holders:
            say("  held by nobody")
    tell(found.cleaning)
