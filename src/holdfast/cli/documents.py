"""``holdfast documents``"""

from __future__ import annotations

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, table


def documents(env: Env = None, at: At = None, as_json: AsJson = False) -> None:
    """List the live documents."""
    with open_project() as project:
        live = project.documents(environment=env, at=at)
    if as_json:
        print_json(live)
    else:
        rows = ([d["path"], d["document"][:12], d["bytes"], d["title"]] for d in live)
        table(("path", "document", "bytes", "title"), rows)
