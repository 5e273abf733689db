"""``holdfast judge``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.options import AsJson, DryRun, Env, open_project
from holdfast.cli.output import ERR, count, print_json, safe, say, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.evaluation.judge.calibration import Calibration, Probe
    from holdfast.evaluation.judge.panel import Spent
    from holdfast.evaluation.suite import Suite
    from holdfast.operations.evaluate.pairwise import Compared
    from holdfast.statistics.interval import Interval

app = typer.Typer(help="Language models as judges: ask, calibrate and compare with them.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A file in 'judges', without .toml.")]
RUN = "Id of a run that 'holdfast eval' made."


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """List judges, and for what they are calibrated."""
    from holdfast.operations.evaluate.judges import Judges

    with open_project() as project:
        room = Judges(project.system)
        found = [_described(room, name) for name in room.names()]
    if as_json:
        print_json(found)
        return
    rows = (
        [
            one["name"], one["kind"], one["version"], one["digest"][:12],
            " ".join(one["models"]), one["repeats"], _state(one["calibrations"]),
        ]
        for one in found
    )  # fmt: skip
    table(("judge", "kind", "version", "digest", "models", "repeats", "calibrated"), rows)


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show a judge: what it is asked, and how far it is right."""
    from holdfast.operations.evaluate.judges import Judges

    with open_project() as project:
        room = Judges(project.system)
        told, known = _described(room, name), room.calibrations(room.definition(name).digest)
        prompt = room.definition(name).prompt.text
    if as_json:
        shown = [{k: v for k, v in _plain(one).items() if k != "items"} for one in known.values()]
        print_json({**told, "prompt": prompt, "calibrations": shown})
        return
    say(f"[bold]{safe(name)}[/bold] {told['digest'][:12]}, {told['kind']}, {told['file']}")
    say(f"models: {safe(', '.join(told['models']))}; {count(told['repeats'], 'repeat')}")
    for one in known.values():
        _tell(one)
    if not known:
        say(f"UNCALIBRATED: run 'holdfast judge calibrate {safe(name)} --labels FILE'.")
    print(f"\n{prompt.rstrip()}")


@app.command()
def calibrate(
    name: Name,
    labels: Annotated[
        Path, typer.Option("--labels", metavar="FILE", help="JSONL or CSV of human labels.")
    ],
    application: Annotated[
        str, typer.Option(help="Use the labels of this application; it gets its own threshold.")
    ] = "",
    probes: Annotated[
        int, typer.Option("--probes", min=0, max=10_000, help="Answers to probe for biases.")
    ] = 50,
    dry_run: DryRun = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Measure a judge against human labels: agreement, errors, threshold, biases."""
    from holdfast.operations.evaluate.calibrate import calibrate as measure
    from holdfast.operations.evaluate.judges import Judges

    with open_project() as project:
        room = Judges(project.system, environment=env)
        if not dry_run:
            ERR.print(f"[dim]asking {safe(name)}; answers are kept as they come[/dim]")
            room.panel(name).told = watcher(name)
        done = measure(
            project.system,
            room,
            name=name,
            file=labels,
            application=application,
            most=probes,
            dry_run=dry_run,
        )
    if as_json:
        print_json(done)
    elif done.calibration is None:
        say(
            f"{count(done.labels, 'label')}, at most {count(done.questions, 'question')}, "
            f"{done.most.tokens:,} tokens and ${done.most.dollars:.4f}; nothing was asked."
        )
    else:
        _tell(done.calibration)
        _cost(done.spent)


@app.command()
def sheet(
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN)],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Outputs to label.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed draws the same outputs.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: print it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw outputs of a run for people to label: CSV that 'calibrate' takes."""
    from holdfast.errors import UsageError
    from holdfast.operations.evaluate.sheet import sheet as draw

    if as_json and output is None:
        raise UsageError("'sheet' prints CSV; give --output FILE with --json")
    with open_project() as project:
        text = draw(project.system, run, count=number, seed=seed)
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as e:
        raise UsageError(f"{str(output)!r} cannot be written: {e.strerror or e}") from e
    if as_json:
        print_json({"file": str(output), "run": run})
    else:
        say(f"{safe(output)} written; write pass or fail into each label.")


@app.command()
def pairwise(
    name: Name,
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help=RUN)],
    baseline: Annotated[str, typer.Argument(metavar="BASELINE", help=RUN)],
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Compare the outputs of two runs, each pair in both orders."""
    from holdfast.operations.evaluate.judges import Judges
    from holdfast.operations.evaluate.pairwise import pairwise as compare

    with open_project() as project:
        room = Judges(project.system, environment=env)
        room.panel(name).told = watcher(name)
        done = compare(project.system, room, name=name, candidate=candidate, baseline=baseline)
    if as_json:
        print_json(done)
        return
    _compared(done)
    _cost(done.spent)


def watcher(name: str) -> Callable[[Spent], None]:
    """Prints on standard error what a judge was asked, now and then."""
    import time

    told = [time.monotonic()]

    def watch(spent: Spent) -> None:
        if time.monotonic() - told[0] < 2:  # noqa: PLR2004 - seconds
            return
        told[0] = time.monotonic()
        ERR.print(
            f"[dim]judge {safe(name)}: {spent.asked:,} asked, {spent.failed:,} failed, "
            f"{spent.cost.tokens:,} tokens, ${spent.cost.dollars:.4f}[/dim]"
        )

    return watch


def watch_judges(suite: Suite) -> None:
    """Let every judge of a suite tell what it was asked."""
    from holdfast.evaluation.scorers.judge import panel_of

    for metric in suite.metrics:
        panel = panel_of(metric.scorer)
        if panel is not None:
            panel.told = watcher(panel.name)


def _described(room: Any, name: str) -> dict[str, Any]:
    definition = room.definition(name)
    known = room.calibrations(definition.digest)
    return {
        "name": name,
        "file": definition.file,
        "kind": definition.terms.kind,
        "version": definition.terms.version,
        "digest": definition.digest,
        "models": [model.model for model in definition.terms.models],
        "repeats": definition.terms.repeats,
        "calibrations": [
            {"application": one.application, "labels": len(one.items), "threshold": one.threshold}
            for one in known.values()
        ],
    }


def _state(known: list[dict[str, Any]]) -> str:
    told = (f"{one['application'] or 'default'} ({one['labels']} labels)" for one in known)
    return ", ".join(told) or "UNCALIBRATED"


def _plain(value: Any) -> dict[str, Any]:
    from holdfast.cli.output import plain

    found: dict[str, Any] = plain(value)
    return found


def _tell(one: Calibration) -> None:
    """A calibration for people."""
    who = f"calibrated for {one.application}" if one.application else "calibrated"
    lost = f", {one.failed} failed, {one.undecided} undecided, {one.ties} ties of people"
    say(
        f"{safe(who)} on {count(len(one.items), 'label')}{lost}; threshold {one.threshold:.4g}, "
        f"answered by {safe(', '.join(one.served) or 'nobody')}"
    )
    rows = [
        ("sensitivity", one.sensitivity, "of good answers accepted"),
        ("specificity", one.specificity, "of bad answers rejected"),
        ("balanced accuracy", one.balanced_accuracy, "mean of the two"),
        ("Cohen's kappa", one.kappa, "with people"),
        ("AUROC", one.auroc, "of the mark"),
    ]
    table(
        ("figure", "value", "95 % interval", "what"),
        [(n, f"{i.estimate:.3f}", _interval(i), what) for n, i, what in rows if i is not None],
    )
    if one.alpha is not None:
        people = "" if one.people is None else f"; of people with each other {one.people:.3f}"
        say(f"Krippendorff's alpha with people {one.alpha:.3f}{people}")
    table(("probe", "answers", "moved", "to good", "95 % interval", "p", "alpha", "note"),
          [_probe(probe) for probe in one.probes])  # fmt: skip


def _probe(probe: Probe) -> tuple[object, ...]:
    if probe.rate is None:
        return (probe.name, "", "", "", "", "", "", f"not measured: {probe.note}")
    alpha = "" if probe.alpha is None else f"{probe.alpha:.3f}"
    p_value = "" if probe.p_value is None else f"{probe.p_value:.2g}"
    rate = _interval(probe.rate)
    return (probe.name, probe.n, probe.moved, probe.up, rate, p_value, alpha, probe.note)


def _compared(done: Compared) -> None:
    found = done.found
    say(
        f"{safe(done.candidate)} wins {found.wins}, loses {found.losses} against "
        f"{safe(done.baseline)}; {found.ties} ties, {found.split} split by position, "
        f"{found.open} undecided, {found.failed} failed"
    )
    if found.rate is not None:
        say(f"win rate {found.rate.estimate:.3f} {_interval(found.rate)}, p {found.p_value:.2g}")
    if found.first is not None:
        say(f"the first position is preferred {found.first.estimate:.3f} {_interval(found.first)}")
    say(f"judge {safe(done.judge)} {done.digest}: preferences are UNCALIBRATED")


def _interval(found: Interval) -> str:
    return f"[{found.low:.3f}, {found.high:.3f}]"


def _cost(spent: Spent) -> None:
    say(
        f"[dim]{spent.asked:,} asked, {spent.remembered:,} known already, {spent.failed:,} failed, "
        f"{spent.cost.tokens:,} tokens, ${spent.cost.dollars:.4f}[/dim]"
    )
