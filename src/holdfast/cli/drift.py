"""``holdfast drift``: what moved, how sure that is, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from holdfast.cli import corpora, monitors
from holdfast.cli.monitors import Name
from holdfast.cli.options import AsJson, At, DryRun, Env, Reason, open_project
from holdfast.cli.output import ERR, count, plain, print_json, safe, say, table, tracking
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.observation.drift import model as models
    from holdfast.observation.drift.curve import Curves
    from holdfast.observation.drift.verdict import Drift

Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a report with charts.")
]
Window = Annotated[int, typer.Option(help="Rows that are judged at a time.")]
AlarmRate = Annotated[float, typer.Option(help="Share of calm windows that may be alarms.")]
Alpha = Annotated[
    float, typer.Option(help="Share of false ones among the columns said to have moved.")
]
CODES = {"calm": 0, "moved": 1, "undecided": 2}

app = typer.Typer(
    help="What moved, how sure that is, and what it costs.", invoke_without_command=True
)


@app.callback()
def drift(
    context: typer.Context,
    name: Name = "",
    env: Env = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """What moved, how sure that is, what it costs, since when, and what may be why.

    Exit code 1: something moved, 2: nothing could be judged.
    """
    if context.invoked_subcommand is None:
        raise typer.Exit(monitors.moved(env=env, name=name, html=html, as_json=as_json))


@app.command()
def calibrate(
    name: Name = "",
    env: Env = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Find from when a move is an alarm, and print how often that would be a false one."""
    monitors.calibrate(env=env, name=name, dry_run=dry_run, as_json=as_json)


@app.command()
def data(
    reference: Annotated[
        Path, typer.Argument(help="What was usual: Parquet, CSV, or what 'drift fit' wrote.")
    ],
    current: Annotated[Path, typer.Argument(help="What is judged: Parquet or CSV.")],
    alpha: Alpha = 0.05,
    floor: Annotated[
        float, typer.Option(help="Smaller moves than this share of rows are harmless.")
    ] = 0.1,
    independent: Annotated[
        bool, typer.Option("--independent", help="Rows have nothing to do with their neighbours.")
    ] = False,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Compare two files of rows; exit code 1: something moved, 2: nothing could be judged."""
    from holdfast.observation.drift.files import compare
    from holdfast.observation.drift.verdict import Limits

    limits = Limits(alpha=alpha, floor=floor, independent=independent)
    found = compare(reference, current, limits=limits)
    if html is not None:
        from holdfast.observation.drift.report import report

        _write(html, report(found))
    if as_json:
        print_json({"verdict": found.drift.verdict, **plain(found.drift)})
    else:
        _tell(found.drift)
    raise typer.Exit(CODES[found.drift.verdict])


@app.command()
def fit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Parquet or CSV files of the same columns; none: the project."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write the reference (JSON).")
    ] = None,
    name: Name = "",
    env: Env = None,
    at: At = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remember what is usual: of files, for 'drift data'; without, of the project's decisions."""
    if not files:
        if out is not None:
            raise UsageError("no file to fit; give a Parquet or CSV file before --out")
        monitors.fit(env=env, name=name, at=at, reason=reason, dry_run=dry_run, as_json=as_json)
        return
    if out is None:
        raise UsageError("give --out FILE, where the reference of the files is written")
    from holdfast.observation.drift.files import fit_files

    fitted = fit_files(files)
    out.write_bytes(fitted.to_bytes())
    if as_json:
        columns = len(fitted.features)
        print_json({"reference": fitted.digest, "rows": fitted.rows, "columns": columns})
    else:
        say(
            f"Fitted {count(fitted.rows, 'row')} of {count(len(fitted.features), 'column')} "
            f"to {safe(out)} ({safe(fitted.digest[:12])})."
        )


def _tell(drift: Drift) -> None:
    rows = [
        (
            finding.column,
            finding.aspect,
            f"{finding.effect:.3f}",
            f"{finding.adjusted:.2g}",
            finding.detail,
        )
        for finding in drift.moved
    ]
    if rows:
        table(("moved", "what", "effect", "adjusted p", "from → to"), rows)
    for issue in drift.issues:
        ERR.print(f"[dim]{safe(issue.column or 'all columns')}: {safe(issue.text)}[/dim]")
    judged = len({finding.column for finding in drift.findings})
    moved = len({finding.column for finding in drift.moved})
    if drift.verdict == "undecided":
        say("Nothing could be judged.")
        return
    say(
        f"{moved} of {count(judged, 'column')} moved: {drift.current_rows:,} rows against "
        f"{drift.reference_rows:,}, false discoveries at most {drift.limits.alpha:.0%}, "
        f"moves below {drift.limits.floor:g} of the rows left out."
    )


@app.command()
def series(
    reference: Annotated[Path, typer.Argument(help="Rows from when all was well, in order.")],
    current: Annotated[Path, typer.Argument(help="Rows that came later, in order.")],
    detector: Annotated[
        list[str] | None,
        typer.Option(help="What judges the columns that it can; may be repeated."),
    ] = None,
    time: Annotated[str, typer.Option(help="Column of the time; only shown.")] = "",
    window: Window = 500,
    alarm_rate: AlarmRate = 0.01,
    alpha: Alpha = 0.05,
    floor: Annotated[
        float | None, typer.Option(help="Smaller effects are harmless, in the detector's unit.")
    ] = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """When did columns move? Exit code 1: something moved, 2: nothing could be judged."""
    from holdfast.observation.drift.curve import Watch
    from holdfast.observation.drift.windows import curves

    watch = Watch(window, tuple(detector or ()), alarm_rate, alpha, floor)
    with tracking("judging columns") as progress:
        found = curves(reference, current, watch=watch, time=time, progress=progress)
    if html is not None:
        from holdfast.observation.drift.report import curves_report

        _write(html, curves_report(found))
    if as_json:
        told = [{**plain(one), "since": one.since, "most": one.most} for one in found.curves]
        print_json({"verdict": found.verdict, **plain(found), "curves": told})
    else:
        _tell_curves(found)
    raise typer.Exit(CODES[found.verdict])


def _tell_curves(found: Curves) -> None:
    rows = [
        (
            curve.column,
            curve.aspect,
            curve.detector,
            f"{sum(curve.alarms):,} of {len(curve.alarms):,}",
            "" if curve.since is None else found.name(curve.since),
            f"{curve.most:.3f}",
            f"{curve.adjusted:.2g}",
        )
        for curve in found.moved
    ]
    if rows:
        heads = ("moved", "what", "detector", "alarms", "since", "largest effect", "adjusted p")
        table(heads, rows)
    for issue in found.issues:
        ERR.print(f"[dim]{safe(issue.column or 'all columns')}: {safe(issue.text)}[/dim]")
    if found.verdict == "undecided":
        say("Nothing could be judged.")
        return
    judged, moved = ({one.column for one in some} for some in (found.curves, found.moved))
    say(
        f"{len(moved):,} of {len(judged):,} moved in {count(len(found.starts), 'window')} of "
        f"{found.watch.window:,} rows. Of calm windows {found.watch.alarm_rate:.2g} are alarms; "
        f"of what is said to have moved at most {found.watch.alpha:.0%} did not."
    )


@app.command()
def model(
    reference: Annotated[Path, typer.Argument(help="Labelled rows from when all was well.")],
    current: Annotated[Path, typer.Argument(help="Rows that came later, in order.")],
    prediction: Annotated[str, typer.Option(help="Column of what the model said.")],
    target: Annotated[str, typer.Option(help="Column of what was true.")],
    probability: Annotated[str, typer.Option(help="Column of its probability of class 1.")] = "",
    labels: Annotated[
        Path | None, typer.Option(help="Truth of the current rows, where it came apart.")
    ] = None,
    time: Annotated[str, typer.Option(help="Column of the time; only shown.")] = "",
    loss: Annotated[
        Literal["ranking", "error", "absolute", "relative"] | None,
        typer.Option(help="1 - AUC, share of wrong ones, absolute or relative error."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Column that is no feature; may be repeated.")
    ] = None,
    window: Window = 500,
    alarm_rate: AlarmRate = 0.01,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Is a tabular model getting worse? Exit code 1: estimated or true loss is above its bound."""
    from holdfast.observation.drift.model import Model, Plan
    from holdfast.observation.drift.tables import Roles, read_table

    roles = Roles(prediction, target, probability, time, tuple(ignore or ()))
    plan = Plan(window, alarm_rate, loss or "")
    watched = Model(read_table(reference, roles), plan)
    found = watched.judge(read_table(current, roles, labels=labels))
    if html is not None:
        from holdfast.observation.drift.report import model_report

        _write(html, model_report(watched, found))
    if as_json:
        bounds = {"bound": watched.estimate_bound, "truth_bound": watched.truth_bound}
        print_json({"loss": watched.loss, **bounds, "windows": found})
    else:
        _tell_windows(watched, found)
    raise typer.Exit(int(any(one.alarm or one.damage for one in found)))


def _tell_windows(watched: models.Model, found: Sequence[models.Window]) -> None:
    rows = [
        (
            one.since or one.start,
            f"{one.estimate:.4g}",
            "" if one.truth is None else f"{one.truth:.4g}",
            one.alert,
            one.kind,
            ", ".join(cause.column for cause in one.causes),
            max(one.causes, key=lambda cause: cause.harm).harmful if one.causes else "",
        )
        for one in found
    ]
    table(("window", "estimate", "truth", "", "kind", "moved most", "most harm"), rows)
    for one in found:
        if one.objection:
            ERR.print(f"[dim]{safe(one.since or one.start)}: {safe(one.objection)}[/dim]")
    say(
        f"{safe(watched.loss)} loss: alarm above {watched.estimate_bound:.4g}, damage above "
        f"{watched.truth_bound:.4g}. The estimate sees that rows got harder, not that the truth "
        "changed for the same rows."
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    ERR.print(f"[dim]report: {safe(path)}[/dim]")


@app.command()
def corpus(
    before: Annotated[str, typer.Argument(metavar="MOMENT", help="What was.")],
    after: Annotated[str, typer.Argument(metavar="MOMENT", help="What is.")] = "head",
    suite: Annotated[str, typer.Option(help="Golden questions that are asked again.")] = "",
    decisions: Annotated[
        int, typer.Option(min=0, max=1_000, help="Recent decisions that are asked again.")
    ] = 20,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """What came, went and moved in the documents, what collides, and which answers it touches."""
    corpora.compare(before, after, env=env, suite=suite, decisions=decisions, as_json=as_json)


@app.command()
def questions(
    file: Annotated[Path, typer.Argument(help="Fixed questions, one a line.")],
    since: Annotated[str, typer.Option("--from", metavar="MOMENT", help="What was usual.")],
    until: Annotated[str, typer.Option("--to", metavar="MOMENT", help="What is judged.")] = "head",
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Ask fixed questions as of two moments: whose evidence changed, and whose answers."""
    from holdfast.operations.watch.churn import churn

    if not file.is_file():
        raise UsageError(f"no file {str(file)!r}; give one with a question a line")
    asked = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    with open_project() as project:
        found = churn(
            project.system,
            [question for question in asked if question],
            runtimes=project.runtime,
            before=since,
            after=until,
            environment=env,
        )
    if as_json:
        print_json(found)
        return
    moved = [one for one in found.asked if one.evidence_changed or one.answer_changed]
    rows = [
        (
            one.question,
            f"{one.overlap:.0%}",
            "another" if one.answer_changed else "same",
            ", ".join([*(f"-{path}" for path in one.gone), *(f"+{path}" for path in one.came)]),
        )
        for one in moved
    ]
    if rows:
        table(("question", "same passages", "answer", "documents"), rows)
    answers = sum(one.answer_changed for one in found.asked)
    evidence = sum(one.evidence_changed for one in found.asked)
    say(
        f"{count(found.added, 'document')} came, {found.removed:,} went, "
        f"{found.changed:,} changed. "
        f"Of {count(len(found.asked), 'question')}, {evidence:,} rest on other passages and "
        f"{answers:,} get another answer."
    )
