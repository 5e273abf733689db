"""``holdfast ask``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, safe, say

if TYPE_CHECKING:
    from holdfast.domain.decision import Decision
    from holdfast.project import Project


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    session: Annotated[
        str, typer.Option("--session", "-s", help="Conversation that this belongs to.")
    ] = "",
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the documents; the decision is stamped and recorded."""
    with open_project() as project:
        decision = project.ask(question, session=session, environment=env, at=at)
        if as_json:
            value = {**decision.json(), "complete": decision.stamp.complete}
            print_json({**value, "recorded": at is None})
        else:
            _tell(project, decision, recorded=at is None)


def _tell(project: Project, decision: Decision, *, recorded: bool) -> None:
    stamp = decision.stamp
    say(safe(decision.answer))
    sources = ", ".join(dict.fromkeys(source.path for source in project.sources(decision)))
    kept = decision.id if recorded else "not recorded"
    lacking = "complete" if stamp.complete else f"missing {', '.join(stamp.missing)}"
    say(
        f"[dim]{safe(kept)} · {stamp.cut} · release {stamp.release[:12]} · {safe(lacking)}"
        f"{' · from cache' if stamp.cache else ''}[/dim]"
    )
    say(f"[dim]from {safe(sources or 'no document')}[/dim]")
    for finding in stamp.findings:
        say(
            f"[yellow]{safe(finding.rule)}[/yellow] {safe(finding.action)}: "
            f"{safe(finding.detail)} ({safe(finding.where)})"
        )
