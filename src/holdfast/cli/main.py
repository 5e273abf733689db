"""The ``holdfast`` command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli import (
    alerts,
    ask,
    bisect,
    blame,
    blast,
    clean,
    collect,
    dataset,
    decisions,
    deploy,
    diff,
    distribution,
    documents,
    drift,
    environments,
    evaluate,
    feedback,
    flaky,
    fork,
    gate,
    incidents,
    ingest,
    init,
    judge,
    label,
    labels,
    lineage,
    log,
    migrate,
    prompts,
    queue,
    rebuild,
    recover,
    releases,
    remove,
    replay,
    rollback,
    score,
    serve,
    show,
    slo,
    snapshot,
    sql,
    status,
    trace,
    vault,
    verify,
)
from holdfast.cli.options import FOLDER
from holdfast.domain.version import VERSION
from holdfast.errors import HoldfastError

app = typer.Typer(
    name="holdfast",
    help="Keeps an AI application behaving like itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

INTERRUPTED = 130
"""What typer ends with when Ctrl-C was pressed."""
START, DAILY, TIME, EXPLAIN = "Start", "Every day", "Time", "Explain"
MEASURE, REPAIR, CHANGE = "Measure", "Check and repair", "Change"
WATCH = "Watch"
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    START: (init.init, ingest.ingest, deploy.deploy, serve.serve, collect.collect),
    DAILY: (ask.ask, feedback.feedback, documents.documents, queue.queue, remove.remove),
    TIME: (rollback.rollback, recover.recover, fork.fork, environments.environments, clean.clean),
    EXPLAIN: (
        log.log,
        show.show,
        diff.diff,
        replay.replay,
        lineage.lineage,
        blame.blame,
        bisect.bisect,
        releases.releases,
        prompts.prompts,
        decisions.decisions,
        trace.trace,
        sql.sql,
    ),
    MEASURE: (gate.gate, flaky.flaky, distribution.distribution),
    REPAIR: (verify.verify, rebuild.rebuild),
    WATCH: (
        status.status,
        score.score,
        label.label,
        labels.labels,
        alerts.alerts,
        incidents.incidents,
    ),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command(name="blast-radius", rich_help_panel=EXPLAIN)(blast.blast)
app.add_typer(snapshot.app, name="snapshot", rich_help_panel=TIME)
app.add_typer(slo.app, name="slo", rich_help_panel=WATCH)
app.add_typer(alerts.app, name="alert", rich_help_panel=WATCH)
app.add_typer(incidents.app, name="incident", rich_help_panel=WATCH)
app.command(name="eval", rich_help_panel=MEASURE)(evaluate.evaluate)
app.add_typer(vault.app, name="vault", rich_help_panel=REPAIR)
app.add_typer(migrate.app, name="migrate", rich_help_panel=CHANGE)
app.add_typer(dataset.app, name="dataset", rich_help_panel=MEASURE)
app.add_typer(drift.app, name="drift", rich_help_panel=MEASURE)
app.add_typer(judge.app, name="judge", rich_help_panel=MEASURE)


def _version(asked: bool) -> None:
    if asked:
        print(f"holdfast {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    folder: Annotated[
        Path | None, typer.Option("--project", "-C", help="Folder to look for the project from.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    FOLDER[:] = [folder] if folder is not None else []


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, never a traceback."""
    try:
        app(prog_name="holdfast")
    except HoldfastError as e:
        if "--json" in sys.argv:
            from holdfast.cli.output import print_json

            error = {"code": e.code, "message": str(e)}
            print_json({"error": {**error, "decision": e.decision} if e.decision else error})
        else:
            recorded = f" (recorded as {e.decision})" if e.decision else ""
            print(f"holdfast: {e}{recorded}", file=sys.stderr)
        sys.exit(e.exit_code)
    except SystemExit as e:
        if e.code == INTERRUPTED:
            print("holdfast: interrupted; what was acknowledged is kept", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
