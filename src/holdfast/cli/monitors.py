"""``holdfast drift`` on a project: what its monitors say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import open_project
from holdfast.cli.output import ERR, count, long, print_json, safe, say, table, tracking, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.observation.drift.reference import Sketch
    from holdfast.operations.watch.monitors import Calibrated, Kept
    from holdfast.operations.watch.movement import Moved, Movement, Watch

MONITORS = ("monitor", "moved", "decisions since", "reference", "")
SIGNALS = ("what", "effect", "p", "evidence", "from → to")
WIDE = 72
"""Characters of a question that is shown."""
CODES = {"calm": 0, "moved": 1, "undecided": 2}
Name = Annotated[str, typer.Option("--monitor", help="Only this one of monitors.toml.")]


def moved(*, env: str | None, name: str, html: Path | None, as_json: bool) -> int:
    """Print what moved; returns the exit code."""
    from holdfast.operations.watch.monitors import Monitors
    from holdfast.operations.watch.movement import movement, sketches

    with open_project() as project:
        monitors = Monitors(project.system)
        with tracking("monitors") as advance:
            checked = monitors.check(env, name=name, progress=lambda _name, n, of: advance(n, of))
        with tracking("signals that moved") as advance:
            found = movement(monitors, checked, progress=advance)
        charts = sketches(monitors, found) if html is not None else []
    if html is not None:
        html.write_text(_page(found, charts), encoding="utf-8")
        ERR.print(f"[dim]report: {safe(html)}[/dim]")
    if as_json:
        shown = ("environment", "monitors", "moved", "perhaps", "costs")
        print_json({"verdict": found.verdict, **{name: getattr(found, name) for name in shown}})
    else:
        _tell(found)
    return CODES[found.verdict]


def fit(
    *, env: str | None, name: str, at: str | None, reason: str, dry_run: bool, as_json: bool
) -> None:
    """Take the newest decisions for usual."""
    from holdfast.operations.watch.monitors import Monitors

    with open_project() as project, tracking("monitors") as advance:
        made = Monitors(project.system).fit(
            env, name=name, at=at, reason=reason, dry_run=dry_run,
            progress=lambda _name, n, of: advance(n, of),
        )  # fmt: skip
    if as_json:
        print_json(made)
        return
    for one in made:
        say(f"{_fitted(one)}{' (dry run)' if dry_run else ''}")
    say("'holdfast drift calibrate' finds from when a move is an alarm.")


def calibrate(*, env: str | None, name: str, dry_run: bool, as_json: bool) -> None:
    """Find thresholds and print the report."""
    from holdfast.operations.watch.monitors import Monitors

    with open_project() as project, tracking("signals") as advance:
        done = Monitors(project.system).calibrate(
            env, name=name, dry_run=dry_run, progress=lambda _name, n, total: advance(n, total)
        )
    if as_json:
        print_json(done)
        return
    for one in done:
        _tell_calibrated(one)
    if any(one.thresholds for one in done):
        say(
            "wanted: false alarms per window; in order: windows of the reference as they came "
            "that would be one; p < 0.05: those that it would have been by custom."
        )


def _fitted(one: Kept) -> str:
    looked = "" if one.among in (0, one.rows) else f", {one.rows:,} of them spread over it,"
    return (
        f"{safe(one.monitor)}: {count(one.among or one.rows, 'decision')} of {long(one.lasts)}"
        f"{looked} up to @{one.until} of release {safe(one.release[:12])} "
        f"({safe(one.reference[:12])})."
    )


def _tell_calibrated(one: Calibrated) -> None:
    say(f"[bold]{safe(one.kept.monitor)}[/bold]: {count(one.kept.rows, 'decision')} of reference")
    rows = [
        (
            t.signal,
            t.window,
            t.block,
            f"{t.statistic:.3g}",
            f"{t.alarm_rate:.1%}",
            f"{t.realised:.1%}",
            f"{t.customary:.1%}",
        )
        for t in one.thresholds
    ]
    if rows:
        heads = ("signal", "window", "block", "alarm from", "wanted", "in order", "p < 0.05")
        table(heads, rows)
    for signal, why in one.refused.items():
        ERR.print(f"[dim]{safe(signal)}: {safe(why)}[/dim]")
    if not rows and not one.refused:
        ERR.print("[dim]none of what it watches is there yet[/dim]")


def _tell(found: Movement) -> None:
    if not found.monitors:
        say("Nothing is watched; write monitors.toml ('holdfast init' shows one).")
        return
    _tell_monitors(found)
    _tell_moved("moved", found.moved)
    _tell_moved("perhaps", found.perhaps)
    if found.moved or found.perhaps:
        say(
            "effect: share of decisions that fall elsewhere, 0 to 1; p: unchanged windows that are "
            "as far off; evidence: what betting on a change has won, 1 at the start."
        )
    _tell_reasons(found.moved)
    _tell_costs(found)
    for monitor in found.monitors:
        for issue in (one for one in monitor.issues if one.code != "constant"):
            ERR.print(f"[dim]{safe(issue.column or monitor.monitor)}: {safe(issue.text)}[/dim]")
    if found.verdict == "undecided":
        say("Nothing could be judged yet.")
    elif found.verdict == "calm":
        say("Nothing moved.")


def _tell_monitors(found: Movement) -> None:
    """All monitors; what is said of each alike once."""
    rows = _monitors(found)
    notes = {row[-1] for row in rows}
    alike = len(rows) > 1 and len(notes) == 1
    table(MONITORS, [(*row[:-1], "") for row in rows] if alike else rows)
    if alike and "" not in notes:
        say(f"All: {safe(notes.pop())}")


def _tell_reasons(moved: Sequence[Moved]) -> None:
    """Of each monitor the farthest move: since when, for example, and why."""
    told = set()
    for one in moved:
        if one.evidence is not None and one.monitor not in told:
            _explain(one, more=sum(other.monitor == one.monitor for other in moved) - 1)
            told.add(one.monitor)
    asked = [one for one in moved if one.signal.startswith("question.")]
    if not asked or len(asked) == len(moved):
        return
    if any(one.signal == "answer.change" for one in moved):
        say("People ask other things, and the same questions are answered otherwise too.")
    else:
        say("People ask other things: what is found and answered may have moved with that.")


def _tell_costs(found: Movement) -> None:
    worse = [cost for cost in found.costs if cost.worse]
    for cost in worse:
        now = f"{cost.now:.3g} {cost.unit}".rstrip()
        say(
            f"It costs: {safe(cost.measure)} {cost.before:.3g} → {safe(now)} "
            f"(p {cost.p_value:.1g}, {count(cost.n, 'decision')})."
        )
    if found.moved and not worse:
        say("It costs nothing that can be measured: no figure of the decisions is worse.")


def _monitors(found: Movement) -> list[tuple[str, ...]]:
    return [
        (
            one.monitor,
            f"{one.moved} of {one.signals}" if one.signals else "-",
            f"{one.rows:,}",
            _reference(one) if one.until else "-",
            one.note or (f"waits for {count(one.waiting, 'decision')}" if one.waiting else ""),
        )
        for one in found.monitors
    ]


def _reference(one: Watch) -> str:
    """How many decisions of how long a time, until when, of which release, and whose wish."""
    told = f"{one.usual:,} of {long(one.lasts)}" if one.lasts else f"{one.usual:,}"
    return f"{told} to @{one.until} ({one.release[:12]})" + (" by itself" if one.automatic else "")


def _signals(some: Sequence[Moved]) -> list[tuple[str, ...]]:
    return [
        (
            one.signal,
            one.aspect,
            f"{one.effect:.2f}",
            f"{one.p_value:.2g}{'' if one.calibrated else ' ?'}",
            f"{one.e_value:.2g}",
            one.detail,
        )
        for one in some
    ]


def _page(found: Movement, charts: Sequence[tuple[str, Sketch, Sketch]]) -> str:
    from holdfast.observation.drift.report import monitors_report

    costs = [
        (c.measure, f"{c.before:.3g}", f"{c.now:.3g}", c.unit, f"{c.p_value:.1g}",
         "worse" if c.worse else "")
        for c in found.costs
    ]  # fmt: skip
    causes = [
        (one.signal, s.changed.kind, s.changed.name, when(s.changed.at), f"{s.p_value:.1g}")
        for one in found.moved
        for s in (one.evidence.suspects[:3] if one.evidence else ())
    ]
    return monitors_report(
        f"Drift of {found.environment}: {len(found.moved)} signals moved",
        tables=(
            ("Monitors", MONITORS, _monitors(found)),
            ("Moved", ("signal", *SIGNALS), _signals(found.moved)),
            ("Perhaps", ("signal", *SIGNALS), _signals(found.perhaps)),
            ("Cost", ("figure", "before", "now", "", "p", ""), costs),
            ("Suspects", ("signal", "what", "name", "when", "p"), causes),
        ),
        charts=charts,
    )


def _tell_moved(word: str, some: Sequence[Moved]) -> None:
    rows = _signals(some)
    if rows:
        table((word, *SIGNALS), rows)
        if any(not one.calibrated and one.aspect == "values" for one in some):
            say("? not calibrated: from the counts alone.")


def _explain(one: Moved, *, more: int) -> None:
    evidence = one.evidence
    if evidence is None:
        return
    since = ""
    if evidence.onset is not None:
        at = evidence.onset
        since = f", since {when(at.at)} ({when(at.earliest)} to {when(at.latest)})"
    others = f", the farthest of {count(more + 1, 'signal')} of {safe(one.monitor)}" if more else ""
    say(f"[bold]{safe(one.signal)}[/bold]{others}{since}")
    for example in one.examples:
        asked = " ".join(example.question.split())
        shown = asked if len(asked) <= WIDE else f"{asked[:WIDE]} ..."
        say(f"  such as: {safe(shown or 'a question that is not kept')} ({safe(example.decision)})")
    likely = [s for s in evidence.suspects if s.p_value < 0.05][:3]  # noqa: PLR2004
    for suspect in likely:
        changed = suspect.changed
        place = f" @{changed.tick}" if changed.tick else ""
        say(
            f"  likely: {safe(changed.kind)} {safe(changed.name)}{place}, {when(changed.at)} by "
            f"{safe(changed.actor or changed.operation)}; {suspect.bad_on} of {suspect.bad} such "
            f"decisions rest on it, {suspect.good_on} of {suspect.good} others"
        )
    if one.signal.startswith("question."):
        say("  likely cause: who asks; nothing on the ledger changes what is asked")
    elif not likely:
        said = "nothing that changed just before" if evidence.suspects else "no change"
        say(f"  likely cause: none on the ledger ({said}); look at who asks, or at the provider")
    if one.expected is not None:
        say(f"  expected from this move alone: {one.expected:+.1%} of decisions not resolved")
