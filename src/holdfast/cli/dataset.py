"""``holdfast dataset``"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Reason, open_project
from holdfast.cli.output import count, print_json, safe, say, table, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.domain.dataset import Case
    from holdfast.operations.evaluate.dataset import Saved

app = typer.Typer(help="Keep cases: questions with what is known of good answers.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a dataset.")]
To = Annotated[str, typer.Option("--to", metavar="NAME", help="Dataset that they go into.")]


@app.command(name="list")
def list_all(env: Env = None, at: At = None, as_json: AsJson = False) -> None:
    """List datasets with their newest versions."""
    with open_project() as project:
        found = project.datasets.newest(at=at, environment=env)
    if as_json:
        print_json(found)
    else:
        table(
            ("dataset", "cases", "digest", "saved", "who", "why"),
            ([v.name, v.cases, v.digest[:12], when(v.at), v.actor, v.reason] for v in found),
        )


@app.command()
def show(
    name: Name,
    history: Annotated[bool, typer.Option("--history", help="List its versions.")] = False,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show the cases of a dataset, or its versions."""
    with open_project() as project:
        loaded = project.datasets.load(name, at=at, environment=env)
        versions = project.datasets.history(name, at=at, environment=env)
        marks = project.entries("taints", environment=env, at=at, prefix=f"{name}/")
    taints = {mark.key.removeprefix(f"{name}/"): mark.value["cause"] for mark in marks}
    if history:
        if as_json:
            print_json(versions)
            return
        table(
            ("digest", "cases", "event", "saved", "who", "why"),
            (
                [v.digest[:12], v.cases, f"t{v.timeline}{v.event}", when(v.at), v.actor, v.reason]
                for v in versions
            ),
        )
    elif as_json:
        cases = [one.json() for one in loaded.cases]
        print_json({"name": name, "digest": loaded.digest, "cases": cases, "taints": taints})
    else:
        table(
            ("id", "expect", "tags", "known", "question"),
            (
                [one.id[:24], one.expect, ", ".join(one.tags), _known(one), one.question]
                for one in loaded.cases
            ),
        )
        for case, cause in taints.items():
            say(f"[yellow]{safe(case)} was made of what was taken back with {safe(cause)}[/yellow]")


@app.command()
def add(
    decision: Annotated[str, typer.Argument(help="Decision id, or its beginning.")],
    to: To = "golden",
    facts: Annotated[
        list[str] | None, typer.Option("--facts", help="A good answer says this; repeatable.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option("--forbid", help="It never says this; repeatable.")
    ] = None,
    reference: Annotated[str, typer.Option("--reference", help="An answer that is right.")] = "",
    relevant: Annotated[
        list[str] | None, typer.Option("--relevant", help="Document that says it; repeatable.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Slice that it counts in; repeatable.")
    ] = None,
    expect: Annotated[str, typer.Option(help="answer, refuse or unchanged.")] = "answer",
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make a decision a case; it keeps its stamp."""
    from holdfast.operations.evaluate.dataset import Known

    known = Known(
        tuple(facts or ()),
        tuple(forbid or ()),
        reference,
        tuple(relevant or ()),
        tuple(tag or ()),
        expect,
    )
    with open_project() as project:
        saved = project.datasets.add(decision, to=to, known=known, environment=env, reason=reason)
    _tell(saved, as_json=as_json)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="JSON lines, CSV, Parquet, or a public set.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Default: the file's name.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="jsonl, csv, parquet, harmbench, advbench, garak or promptfoo."
        ),
    ] = None,
    append: Annotated[bool, typer.Option("--append", help="Add to the cases there.")] = False,
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make a file's cases the newest version of a dataset."""
    name = to or re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._")
    with open_project() as project:
        saved = project.datasets.import_file(
            file, to=name, format=format_, append=append, environment=env, reason=reason
        )
    _tell(saved, as_json=as_json)


@app.command()
def export(
    name: Name,
    format_: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: standard output.")
    ] = None,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Write the cases of a dataset to a file that 'import' takes back unchanged."""
    from holdfast.evaluation.importing.write import write

    with open_project() as project:
        loaded = project.datasets.load(name, at=at, environment=env)
    data = write(loaded.cases, format=format_)
    if output is None:
        if as_json:
            raise UsageError("'export' prints the cases; give --output FILE with --json")
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as e:
        raise UsageError(f"{str(output)!r} cannot be written: {e.strerror or e}") from e
    if as_json:
        print_json({"file": str(output), "cases": len(loaded.cases), "digest": loaded.digest})
    else:
        say(f"{count(len(loaded.cases), 'case')} written to {safe(output)}.")


@app.command()
def attack(
    name: Name,
    kinds: Annotated[
        str, typer.Option(help="Kinds of attack with commas between; default: all.")
    ] = "",
    seed: Annotated[int, typer.Option(help="The same seed makes the same attacks.")] = 0,
    copies: Annotated[int, typer.Option(help="Attacks of each kind on each case.")] = 1,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Default: NAME-attacked.")
    ] = None,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Make adversarial cases of a dataset's: each with its expected verdict."""
    chosen = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
    with open_project() as project:
        made = project.datasets.attack(
            name,
            to=to or f"{name}-attacked",
            seed=seed,
            kinds=chosen,
            copies=copies,
            environment=env,
        )
    if as_json:
        print_json(made)
        return
    _tell(made.saved, as_json=False)
    if made.skipped:
        told = ", ".join(f"{kind} {number:,}" for kind, number in sorted(made.skipped.items()))
        say(f"[dim]Could not be applied (no facts, or twice the same): {safe(told)}.[/dim]")


def _tell(saved: Saved, *, as_json: bool) -> None:
    version = saved.version
    if as_json:
        print_json(saved)
    elif saved.changed:
        say(
            f"{safe(version.name)} has {count(version.cases, 'case')} "
            f"(before: {saved.before:,}), version {version.digest[:12]} {version.event}."
        )
    else:
        say(f"{safe(version.name)} holds the same {count(version.cases, 'case')} already.")


def _known(one: Case) -> str:
    """What is known of good answers, in few words."""
    parts = (
        ("reference", bool(one.reference)),
        (count(len(one.facts), "fact"), bool(one.facts)),
        (f"{len(one.forbidden)} forbidden", bool(one.forbidden)),
        (f"{len(one.relevant)} relevant", bool(one.relevant)),
    )
    return ", ".join(text for text, there in parts if there) or "nothing"
