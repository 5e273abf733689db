"""What the runs on the ledger say of how steady a suite's cases are, and what quarantine needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from holdfast.domain.digest import short
from holdfast.domain.moment import Cut
from holdfast.errors import SettingsError
from holdfast.evaluation import dataset as versions
from holdfast.evaluation import run as runs
from holdfast.evaluation import scoring
from holdfast.evaluation.flaky import Sampled, Steadiness, steadiness
from holdfast.evaluation.run import Run
from holdfast.evaluation.suite import Suite
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.settings import line_of
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View

RUNS = 20
"""The newest runs of a suite that evidence may come from; older evidence has expired."""


def flaky(system: System, suite: Suite) -> list[Steadiness]:
    """How steady each case was in the suite's newest runs, one row a subject; flaky ones first.

    Only samples that the suite's own scorers judged count, of cases that have not been changed
    since. A subject is a release with a corpus, or a callable.
    """
    return steadiness(suite, _samples(system, suite))


def check_quarantine(system: System, suite: Suite) -> None:
    """Refuse a case in quarantine that was not shown to be flaky.

    Raises ``SettingsError`` that names the suite's file, the line and what is known of the case.
    """
    if not suite.quarantine:
        return
    found = flaky(system, suite)
    proven = {one.case for one in found if one.behaviour == "flaky"}
    for case in suite.quarantine:
        if case not in proven:
            known = [one for one in found if one.case == case]
            told = ", ".join(f"{o.metric} passed {o.passed} of {o.samples}" for o in known)
            raise SettingsError(
                f"{_place(suite, case)}: quarantine: case {case!r} is not shown to be flaky "
                f"({told or 'it was never asked twice'}); take it out, or show it: "
                f"'holdfast eval {suite.name} --samples 10' without the quarantine"
            )


def _place(suite: Suite, case: str) -> str:
    """File and line where a case is put into quarantine."""
    if not suite.path:
        return f"suite {suite.name!r}"
    text = Path(suite.path).read_text(encoding="utf-8")
    start = line_of(text, ["quarantine"])
    rest = text.splitlines()[start - 1 :]
    further = next((i for i, line in enumerate(rest) if f'"{case}"' in line), 0)
    return f"{suite.path}:{start + further}"


def _samples(system: System, suite: Suite) -> Iterator[Sampled]:
    newest = versions.newest(suite.dataset, ledger=system.ledger)
    if newest is None:
        return
    dataset = versions.load(suite.dataset, ledger=system.ledger, blobs=system.blobs)
    current = {case.id: case for case in dataset.cases}
    for run in _runs(system, suite):
        before = {case.id: case for case in runs.cases(run, blobs=system.blobs)}
        subject = _subject(system, run)
        for metric in suite.metrics:
            scores = scoring.scores(run.id, metric.scorer, ledger=system.ledger)
            for (case, _), score in scores.items():
                if case in current and before.get(case) == current[case]:
                    yield subject, metric.name, case, score


def _runs(system: System, suite: Suite) -> list[Run]:
    """The suite's newest runs, newest first."""
    found: list[Run] = []
    for _, entry in system.ledger.history(Query(store=runs.STORE, newest_first=True)):
        if entry.value is not None and entry.value["suite"] == suite.name:
            found.append(Run(id=entry.key, **entry.value))
            if len(found) == RUNS:
                break
    return found


def _subject(system: System, run: Run) -> str:
    """What answered; equal subjects should answer alike."""
    of = run.subject
    if "release" not in of:
        return str(of["name"])
    seen = corpus.state(View(system.ledger, Cut(of["timeline"], of["tick"])))
    return f"release {short(of['release'])} on corpus {short(seen.digest)}"
