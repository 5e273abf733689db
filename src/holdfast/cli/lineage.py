"""``holdfast lineage``"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Limit, open_project
from holdfast.cli.output import OUT, plain, print_json, safe, say
from holdfast.errors import StorageError, UsageError

if TYPE_CHECKING:
    from rich.tree import Tree

    from holdfast.operations.recover.lineage import Lineage, Node

Threshold = Annotated[
    float, typer.Option("--threshold", min=0.0, max=1.0, help="Leave out what rests on it less.")
]
OpenLineage = Annotated[
    Path | None,
    typer.Option("--openlineage", metavar="FILE", help="Write the changes as OpenLineage events."),
]


def lineage(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Document (path or digest), decision, release, dataset, event or MOMENT..MOMENT.",
        ),
    ],
    up: Annotated[bool, typer.Option("--up", help="Only what it derives from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what derives from it.")] = False,
    threshold: Threshold = 0.0,
    openlineage: OpenLineage = None,
    limit: Limit = 200,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """What something derives from and what derives from it, as a tree with strengths."""
    from holdfast.operations.recover.recoveries import Recoveries

    if up and down:
        raise UsageError("give --up or --down, not both; without either you get both")
    direction = "up" if up else "down" if down else "both"
    with open_project() as project:
        room = Recoveries(project.system, project.runtime)
        found = room.lineage(name, direction=direction, threshold=threshold, environment=env, at=at)
        if openlineage is not None:
            export(openlineage, room.openlineage(found.events))
    if as_json:
        print_json({"name": found.name, "up": found.up, "down": found.down})
    else:
        _tell(found, direction, limit=limit)


def export(file: Path, events: list[dict[str, object]]) -> None:
    """Write events as JSON lines. Raises ``StorageError``."""
    text = "".join(f"{json.dumps(plain(event), ensure_ascii=False)}\n" for event in events)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as e:
        raise StorageError(f"cannot write {str(file)!r}: {e.strerror}; give another file") from e


def _tell(found: Lineage, direction: str, *, limit: int) -> None:
    from rich.tree import Tree

    for side, title, nodes in (
        ("up", "derives from", found.up),
        ("down", "leads to", found.down),
    ):
        if direction not in (side, "both"):
            continue
        left = [limit]
        for node in nodes:
            if node.children or len(nodes) == 1:
                tree = Tree(f"[bold]{safe(node.label)}[/bold] {title}")
                _grow(tree, node, left)
                OUT.print(tree if node.children else f"{tree.label} nothing recorded")
        if left[0] < 0:
            say(f"[dim]{-left[0]:,} more; --limit shows them, --json has all[/dim]")


def _grow(tree: Tree, node: Node, left: list[int]) -> None:
    for child in node.children:
        left[0] -= 1
        branch = tree
        if left[0] >= 0:
            event = f" [dim]{safe(child.event)}[/dim]" if child.event else ""
            branch = tree.add(f"{child.strength:.2f}  {safe(child.label)}{event}")
        _grow(branch, child, left)
