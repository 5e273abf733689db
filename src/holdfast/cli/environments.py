"""``holdfast environments``"""

from __future__ import annotations

from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import print_json, table


def environments(as_json: AsJson = False) -> None:
    """List environments and where they are."""
    with open_project() as project:
        heads = project.environments()
    if as_json:
        print_json(
            {name: {**_json(head.cut), "cut": str(head.cut)} for name, head in heads.items()}
        )
    else:
        table(("environment", "head"), ([name, head.cut] for name, head in heads.items()))


def _json(cut: object) -> dict[str, int]:
    return {name: getattr(cut, name) for name in ("timeline", "tick")}
