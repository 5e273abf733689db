from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import CorruptionError
from holdfast.observation.drift.columns import tabulate
from holdfast.observation.drift.cost import costs, expected
from holdfast.observation.drift.decide import decide
from holdfast.observation.drift.fitted import Fitted, fit
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.threshold import read, thresholds
from holdfast.observation.drift.watched import Watched
from tests.support.seen import asked, embed, seen

WATCH = ("question.meaning", "question.length", "latency", "answer.refusal", "user.feedback")
MONITOR = Monitor(name="all", watch=WATCH, window=60, reference=300)
SHARES = [0.5, 0.3, 0.2]


def usual(rows, monitor=MONITOR) -> Fitted:
    return fit(monitor, rows, embed=embed, embedder="e", source="made up")


def calibrated(rows, monitor=MONITOR) -> tuple[Fitted, dict]:
    known = usual(rows, monitor)
    table = tabulate(rows, monitor.watch, topics=known.topics, embed=embed)
    return known, thresholds(known, table, monitor=monitor)[0]


@pytest.fixture(scope="module")
def known() -> tuple[Fitted, dict]:
    return calibrated(asked(np.random.default_rng(1), 300, shares=SHARES))


def state(known, rows) -> dict[tuple[str, str], str]:
    watched = Watched(*known, monitor=MONITOR, embed=embed)
    watched.feed(rows)
    found = decide([watched.judge()], false_discoveries=0.05)
    return {(one.finding.signal, one.finding.aspect): one.state for one in found}


def test_calm_stays_calm(known) -> None:
    rows = asked(np.random.default_rng(2), 200, shares=SHARES, after=300)
    assert "moved" not in state(known, rows).values()


def test_another_mix_of_questions_moves_their_meaning_alone(known) -> None:
    rows = asked(np.random.default_rng(3), 90, shares=[0.05, 0.15, 0.8], after=300)
    moved = {signal for (signal, _), told in state(known, rows).items() if told == "moved"}
    assert "question.meaning/topic" in moved
    assert all(signal.startswith("question.") for signal in moved)


def test_a_new_subject_is_new(known) -> None:
    rows = asked(np.random.default_rng(4), 90, shares=[0.2, 0.1, 0.1, 0.6], after=300)
    assert state(known, rows)["question.meaning/novelty", "values"] == "moved"


def test_what_never_varied_may_still_move(known) -> None:
    rows = [
        replace(row, fact=replace(row.fact, refused=n % 2 == 0, feedback="down"))
        for n, row in enumerate(asked(np.random.default_rng(5), 120, shares=SHARES, after=300))
    ]
    found = state(known, rows)
    assert found["answer.refusal", "values"] == "moved"
    assert found["user.feedback", "missing"] == "moved"


def test_nothing_is_said_before_a_window_is_full(known) -> None:
    watched = Watched(*known, monitor=MONITOR, embed=embed)
    watched.feed(asked(np.random.default_rng(6), 20, shares=SHARES))
    judged = watched.judge()
    assert (judged.findings, judged.waiting) == ((), 40)
    assert watched.ahead(asked(np.random.default_rng(6), 50, shares=SHARES)).judge().findings
    assert watched.rows == 20


def test_pieces_are_as_good_as_the_whole(known) -> None:
    rows = asked(np.random.default_rng(7), 90, shares=SHARES)
    whole, pieces = (Watched(*known, monitor=MONITOR, embed=embed) for _ in range(2))
    whole.feed(rows)
    for start in range(0, 90, 7):
        pieces.feed(rows[start : start + 7])
    assert whole.judge().findings == pieces.judge().findings


def test_a_threshold_for_another_window_is_none(known) -> None:
    other = MONITOR.model_copy(update={"window": 50})
    watched = Watched(*known, monitor=other, embed=embed)
    watched.feed(asked(np.random.default_rng(8), 60, shares=SHARES))
    assert not any(one.calibrated for one in watched.judge().findings)


def test_references_and_thresholds_survive_being_stored(known) -> None:
    fitted, found = known
    again = Fitted.from_bytes(fitted.to_bytes())
    assert again.to_bytes() == fitted.to_bytes()
    stored = json.loads(json.dumps({name: one.to_json() for name, one in found.items()}))
    assert read(stored) == found
    with pytest.raises(CorruptionError, match="not a monitor's reference"):
        Fitted.from_bytes(b"{}")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 0.0, 1e300])
def test_odd_numbers_are_named_and_the_rest_is_judged(value) -> None:
    rows = [
        replace(row, fact=replace(row.fact, latency={"total": value}))
        for row in asked(np.random.default_rng(9), 300, shares=SHARES)
    ]
    fitted, found = calibrated(rows)
    assert "question.length" in found
    assert "latency" not in found
    watched = Watched(fitted, found, monitor=MONITOR, embed=embed)
    watched.feed(asked(np.random.default_rng(10), 90, shares=SHARES))
    judged = watched.judge()
    assert "latency" in {issue.column for issue in judged.issues}
    assert "question.length" in {one.signal for one in judged.findings}


def test_another_version_of_a_scorer_is_another_signal() -> None:
    monitor = Monitor(name="scores", watch=("score.*",), window=20, reference=40)

    def scored(version, start):
        rows = [seen(start + n) for n in range(40)]
        return [replace(row, scores={f"grounding@{version}": n % 3 == 0}) for n, row in
                enumerate(rows)]  # fmt: skip

    watched = Watched(usual(scored("a", 0), monitor), {}, monitor=monitor, embed=embed)
    watched.feed(scored("b", 40))
    judged = watched.judge()
    assert judged.findings == ()
    assert {(i.column, i.code) for i in judged.issues} == {
        ("score.grounding@a", "column_gone"),
        ("score.grounding@b", "column_new"),
    }


def test_one_decision_and_none_can_be_fitted_to() -> None:
    assert usual([seen(1)]).reference.rows == 1
    bare = Monitor(name="scores", watch=("score.*",), window=20, reference=40)
    assert dict(usual([seen(n) for n in range(40)], bare).reference.features) == {}


def test_costs_are_what_became_worse() -> None:
    before = [seen(n, latency={"total": 0.5 + n % 7 / 10}) for n in range(60)]
    now = [seen(n, refused=n % 2 == 0, latency={"total": 0.5 + n % 7 / 10}) for n in range(60)]
    worse = [cost.measure for cost in costs(before, now) if cost.worse]
    assert set(worse) == {"resolved", "helpful"}
    assert costs([], now) == ()


def test_the_new_mix_alone_would_cost_what_its_bins_did() -> None:
    rows = [seen(n, refused=n % 4 == 0) for n in range(40)]
    bins = np.array([int(n % 4 == 0) for n in range(40)])
    assert expected(bins, np.ones(10, dtype=np.int64), rows=rows) == pytest.approx(0.75)
    assert expected(bins[:3], bins[:3], rows=rows[:3]) is None
