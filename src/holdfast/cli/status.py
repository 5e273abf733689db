"""``holdfast status``"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import count, plain, print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.observation.metrics import Figure, Rows
    from holdfast.observation.objective import Report
    from holdfast.observation.wording import Wording
    from holdfast.operations.budgets import Account
    from holdfast.operations.watch.observations import Status
    from holdfast.operations.watch.processes import Process

Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="30m, 6h, 7d, or a time; default: 24h.")
]
WORDING = "wording"


def status(
    since: Since = "24h",
    by: Annotated[
        str,
        typer.Option(help="Group by release, prompt, model, slice, hour, day or wording."),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every figure, each stage too.")
    ] = False,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Whether it works, and whether it is right: both rows side by side."""
    from holdfast.operations.budgets import Budgets
    from holdfast.operations.watch.objectives import Objectives
    from holdfast.operations.watch.observations import Observations

    with open_project() as project:
        room = Observations(project.system)
        if by == WORDING:
            ways = room.wordings(env, since=since, at=at)
            print_json(ways) if as_json else _ways(ways)
            return
        found = room.status(env, since=since, at=at, by=by)
        promised = Objectives(project.system).reports(environment=env, at=at)
        accounts = Budgets(project.system).accounts()
    if as_json:
        print_json({**plain(found), "objectives": promised, "budgets": accounts})
    else:
        _tell(found, promised, everything=everything)
        for account in accounts:
            if account.environment in ("", found.environment):
                say(_account(account))


def _tell(found: Status, promised: tuple[Report, ...], *, everything: bool) -> None:
    total = sum(rows.decisions for rows in found.groups)
    say(f"{safe(found.environment)}, {when(found.since)} to {when(found.until)}: "
        f"{count(total, 'decision')}")  # fmt: skip
    for row in ("execution", "decision"):
        say(f"{row:9} {_light([one for one in promised if one.row == row])}")
    if len(found.groups) == 1 and not found.groups[0].group:
        _side_by_side(found.groups[0], everything=everything)
    else:
        _grouped(found.groups, everything=everything)
    for one in found.processes:
        say(_process(one))


def _account(one: Account) -> str:
    """What is spent of a limit of the day."""
    color = {"used up": "red", "warning": "yellow"}.get(one.state, "green")
    missing = f"; {count(one.unpriced, 'answer')} without a known price" if one.unpriced else ""
    told = f"{safe(one.told)} spent today ({one.share:.0%}){missing}"
    return f"budget    [{color}]{one.state}[/{color}]: {told}"


def _process(one: Process) -> str:
    """How a process does on this machine.

    >>> from holdfast.operations.watch.processes import Process
    >>> _process(Process("serve", 7, 0, 3_720_000_000, 60.0, 0.25, 300 << 20, 5))
    'process   serve 7: up 1 h 2 m, 25% of a core lately, 60 s in all, 300 MB, 5 answers'
    """
    hours, seconds = divmod(round(one.up_seconds), 3_600)
    up = f"{hours} h {seconds // 60} m" if hours else f"{seconds // 60} m {seconds % 60} s"
    memory = "" if one.memory_bytes is None else f", {one.memory_bytes >> 20:,} MB"
    answered = f", {count(one.answers, 'answer')}" if one.answers else ""
    return (
        f"process   {safe(one.kind)} {one.pid}: up {up}, {one.cpu:.0%} of a core lately, "
        f"{one.cpu_seconds:,.0f} s in all{memory}{answered}"
    )


def left(share: float) -> str:
    """What is left of a budget, in words.

    >>> left(0.25), left(-2.0)
    ('25% of the budget left', 'budget spent 3.0 times')
    """
    return f"{share:.0%} of the budget left" if share > 0 else f"budget spent {1 - share:.1f} times"


def _light(promised: list[Report]) -> str:
    """One word for a row, and what burns."""
    wrong = [one for one in promised if one.state in ("burning", "spent")]
    if not promised:
        return "no objectives (slos/*.yaml)"
    if not wrong:
        return f"[green]green[/green]: {count(len(promised), 'objective')} met"
    told = (
        f"{safe(one.name)} {one.state} ({one.n - one.good} of {one.n} bad, {left(one.left)})"
        for one in wrong
    )
    return f"[red]red[/red]: {'; '.join(told)}"


SHOWN = {
    "availability", "errors", "throughput", "latency.p50", "latency.p95", "latency.p99", "stamp",
    "hallucinated", "policy", "resolved", "thanked", "rephrased", "escalated", "gave-up",
    "relevance", "safe", "tone", "refused", "whole", "length", "language",
    "feedback", "good", "cached", "wrong-hit", "evidence", "spent",
}  # fmt: skip
"""What is shown unless all is asked for."""


def _side_by_side(rows: Rows, *, everything: bool) -> None:
    sides = [
        [figure for figure in side if everything or figure.name in SHOWN]
        for side in (rows.execution, rows.decision)
    ]
    cells = [(*_cells(left), *_cells(right)) for left, right in zip_longest(*sides, fillvalue=None)]
    table(("does it work", "", "", "is it right", "", ""), cells)


def _cells(figure: Figure | None) -> tuple[str, str, str]:
    if figure is None:
        return ("", "", "")
    return (figure.name, _value(figure), _limits(figure))


def _value(figure: Figure) -> str:
    if figure.value is None:
        return "not measured"
    return f"{_number(figure.value, figure.unit)} {figure.unit}".strip()


def _number(value: float, unit: str) -> str:
    if unit in ("tokens", "characters", "decisions"):
        return f"{value:,.0f}"
    return f"{value:.3g}" if unit else f"{value:.1%}"


def _limits(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return figure.about if figure.name == "errors" else ""
    low, high = (_number(limit, figure.unit) for limit in (figure.low, figure.high))
    return f"{low} to {high} (n {figure.n:,})"


COLUMNS = ("availability", "latency.p95", "grounded", "policy", "resolved", "helpful", "feedback",
           "cached")  # fmt: skip
MORE = ("rephrased", "escalated", "gave-up", "thanked", "relevance", "safe", "tone", "length",
        "language", "tokens", "cost", "wrong-hit", "evidence", "similarity")  # fmt: skip
"""Columns beside these with ``--all``."""


def _grouped(groups: tuple[Rows, ...], *, everything: bool) -> None:
    columns = (*COLUMNS, *MORE) if everything else COLUMNS
    lines = []
    for rows in groups:
        known = {figure.name: figure for figure in (*rows.execution, *rows.decision)}
        shown = (known.get(name) for name in columns)
        lines.append(
            (rows.group or "(none)", rows.decisions, *(_value(f) if f else "" for f in shown))
        )
    table(("group", "decisions", *columns), lines)


def _ways(ways: tuple[Wording, ...]) -> None:
    lines = (
        (
            way.question,
            f"{way.bad} of {way.asked}",
            f"{way.others_bad} of {way.others}",
            f"{way.p_value:.2g}",
            "worse" if way.worse else "",
            way.intent,
        )
        for way in ways
    )
    table(("wording", "unresolved", "the same otherwise", "p", "", "intent"), lines)
