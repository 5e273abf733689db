"""``holdfast show``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import plain, print_json, safe, say, when

if TYPE_CHECKING:
    from holdfast.domain.decision import Decision
    from holdfast.operations.show import Shown
    from holdfast.operations.sources import Source

SHORT = 80
"""Characters up to which a value stands on one line."""


def show(
    name: Annotated[
        str,
        typer.Argument(
            help="Decision, release, document path, snapshot, environment, @12 or @12.0."
        ),
    ],
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Any object by its id; a decision in full with --json."""
    with open_project() as project:
        shown = project.show(name, environment=env, at=at)
        if as_json:
            print_json(shown)
        elif shown.kind == "decision":
            decision = project.decision(shown.id)
            _tell_decision(decision, project.sources(decision), revoked=shown.value.get("revoked"))
        else:
            _tell(shown)


def _tell(shown: Shown) -> None:
    say(f"[bold]{safe(shown.kind)}[/bold] {safe(shown.id)}")
    for key, value in plain(shown.value).items():
        if value != "":
            say(f"[bold]{safe(key)}[/bold]: {safe(_text(key, value))}")


def _text(key: str, value: Any) -> str:
    if key == "at" and isinstance(value, int):
        return when(value)
    if isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= SHORT else json.dumps(value, ensure_ascii=False, indent=2)


def _tell_decision(
    decision: Decision, sources: tuple[Source, ...], *, revoked: dict[str, Any] | None
) -> None:
    stamp = decision.stamp
    lines = {
        "asked": decision.question,
        "answer": decision.answer,
        "status": f"{decision.status} {decision.error}".strip(),
        "revoked": f"{revoked['operation']} {revoked['reason']}".strip() if revoked else "",
        "when": f"{when(decision.at)}, in {decision.environment}",
        "session": decision.session,
        "state": f"{stamp.cut}, corpus {stamp.corpus[:12]}",
        "release": stamp.release[:12],
        "adapter": _adapter(stamp.space.get("adapter")),
        "passages": ", ".join(f"{source.path} ({source.score:.4f})" for source in sources),
        "from": f"cache, {stamp.cache}" if stamp.cache else "",
        "memory": ", ".join(stamp.memory),
        "feedback": ", ".join(stamp.ratings),
        "model": ", ".join(f"{step.model} ({step.finish_reason})" for step in stamp.prompts),
        "sampling": ", ".join(f"{name} {value}" for name, value in stamp.sampling.items()),
        "guard": ", ".join(f"{f.rule} {f.action}: {f.detail}" for f in stamp.findings),
        "seconds": ", ".join(f"{name} {took:.3f}" for name, took in stamp.latency.items()),
        "missing": ", ".join(stamp.missing),
        "redacted": _redacted(decision),
        "withheld": _withheld(decision),
    }
    say(f"[bold]decision[/bold] {safe(decision.id)}")
    for name, text in lines.items():
        if text:
            say(f"[bold]{name}[/bold]: {safe(text)}")


def _adapter(adapter: dict[str, Any] | None) -> str:
    """Through what a question was embedded, where not by the embedder of the column."""
    if adapter is None:
        return ""
    recall = adapter["recall"]
    return (
        f"the question was embedded by {adapter['embedder'][:12]} through map "
        f"{adapter['map'][:12]}, which keeps {recall['mean']:.1%} ({recall['low']:.1%} to "
        f"{recall['high']:.1%}) of the exact ten nearest"
    )


def _redacted(decision: Decision) -> str:
    """What was taken out of a decision before it was recorded."""
    return "; ".join(
        f"{field}: {', '.join(f'{number} {kind}' for kind, number in found.items())}"
        for field, found in decision.redacted.items()
    )


def _withheld(decision: Decision) -> str:
    """Why there is no text, and how long it was."""
    known = decision.withheld
    if not known:
        return ""
    lengths = ", ".join(
        f"{name} of {about['characters']:,} characters"
        for name, about in known.items()
        if isinstance(about, dict)
    )
    why = f"erased by {known['request']}" if "request" in known else "not kept (privacy.capture)"
    return f"{why}: {lengths}" if lengths else why
