"""``holdfast diff``"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import print_json, safe, say

if TYPE_CHECKING:
    from holdfast.operations.diff import StateDiff
    from holdfast.store.releases.diff import ComponentDiff

SIGNS = {"added": "[green]+[/green]", "removed": "[red]-[/red]", "changed": "[yellow]~[/yellow]"}


def diff(
    before: Annotated[str, typer.Argument(help="A moment or a release.")],
    after: Annotated[str, typer.Argument(help="A moment or a release.")] = "head",
    releases: Annotated[
        bool, typer.Option("--releases", help="Compare two releases, not two moments.")
    ] = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """What differs between two moments, or between two releases."""
    with open_project() as project:
        if releases:
            components = project.diff_releases(before, after)
            print_json(components) if as_json else tell_components(components)
            return
        state = project.diff(before, after, environment=env)
    print_json(state) if as_json else tell_state(state)


def tell_components(components: Sequence[ComponentDiff]) -> None:
    """Component by component, with the lines that changed."""
    for part in components:
        say(f"[bold]{safe(part.component)}[/bold] {part.before[:12]} -> {part.after[:12]}")
        for line in part.lines:
            colour = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
            say(f"  [{colour}]{safe(line)}[/{colour}]")


def tell_state(state: StateDiff) -> None:
    """Documents, release and counts."""
    if state.same:
        say("No difference.")
    for document in state.documents:
        say(f"{SIGNS[document.kind]} {safe(document.path)}")
    if state.release_before != state.release_after:
        before, after = state.release_before[:12] or "none", state.release_after[:12] or "none"
        say(f"[bold]release[/bold] {before} -> {after}")
    tell_components(state.components)
    for store in state.stores:
        counts = (("new", store.added), ("gone", store.removed), ("changed", store.changed))
        told = ", ".join(f"{number:,} {what}" for what, number in counts if number)
        say(f"{safe(store.store)}: {told}")
