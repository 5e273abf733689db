from __future__ import annotations

import threading
import time

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.errors import ProviderBusyError, ProviderError, StorageFullError
from holdfast.evaluation.runner import PATIENCE, Asking, Pace, run

CASES = [Case(name, f"What is {name}?") for name in "abcd"]


def echo(case: Case, seed: int) -> str:
    return f"{case.question} {seed}"


def test_every_case_is_asked_k_times_with_seeds_of_its_own_that_come_again() -> None:
    kept: list[Output] = []
    seen = []
    found = run(Asking(CASES, 3, seed=7), echo, keep=kept.append, progress=seen.append)
    assert {(o.case, o.sample) for o in kept} == set(found)
    assert len(found) == 12
    assert len({output.seed for output in found.values()}) == 12
    assert found["a", 0].answer == f"What is a? {found['a', 0].seed}"
    assert run(Asking(CASES, 3, seed=7), echo, keep=kept.append)["c", 2].seed == found["c", 2].seed
    assert run(Asking(CASES, 3, seed=8), echo, keep=kept.append)["c", 2].seed != found["c", 2].seed
    assert (seen[-1].done, seen[-1].total, seen[-1].seconds_left) == (12, 12, 0)


def test_what_is_there_is_not_asked_again_but_an_error_is() -> None:
    asked = []
    there = {
        ("a", 0): Output("a", 0, "kept", "answered"),
        ("b", 0): Output("b", 0, "", "failed", error="429", error_code="provider_busy"),
        ("gone", 0): Output("gone", 0, "of a case that is no more", "answered"),
    }

    def subject(case: Case, _: int) -> str:
        asked.append(case.id)
        return "new"

    found = run(Asking(CASES, 1, there=there), subject, keep=lambda _: None)
    assert sorted(asked) == ["b", "c", "d"]
    assert (found["a", 0].answer, found["b", 0].answer) == ("kept", "new")
    assert ("gone", 0) not in found


def test_the_infrastructures_errors_and_the_subjects_failures_are_told_apart() -> None:
    def subject(case: Case, seed: int) -> str | Output:
        if case.id == "a":
            raise ProviderBusyError("429")
        if case.id == "b":
            raise ZeroDivisionError("by zero")
        if case.id == "c":
            return Output("?", 99, "x", "answered", cost=0.5, input_tokens=3, output_tokens=4)
        raise TimeoutError

    seen = []
    found = run(Asking(CASES, 1), subject, keep=lambda _: None, progress=seen.append)
    assert (found["a", 0].error, found["a", 0].error_code) == ("429", "provider_busy")
    assert (found["b", 0].error, found["b", 0].status) == ("", "failed")
    assert found["b", 0].error_code == "ZeroDivisionError: by zero"
    assert found["c", 0].answer == "x"
    assert found["d", 0].error == "TimeoutError"
    assert (seen[-1].errors, seen[-1].cost, seen[-1].tokens) == (2, 0.5, 7)


def test_a_run_stops_when_the_provider_is_down_and_when_the_disk_is_full() -> None:
    asked = []

    def down(case: Case, _: int) -> str:
        asked.append(case)
        raise ConnectionError("refused")

    with pytest.raises(ProviderError, match="in a row got no answer, the last one: refused"):
        run(Asking(CASES, 100), down, keep=lambda _: None)
    assert PATIENCE <= len(asked) <= PATIENCE + 8

    def full(_: Output) -> None:
        raise StorageFullError("no space")

    with pytest.raises(StorageFullError):
        run(Asking(CASES, 100), echo, keep=full)


def test_threads_and_rate_are_limits() -> None:
    lock, now, most, times = threading.Lock(), [0], [0], []

    def subject(_: Case, __: int) -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            times.append(time.monotonic())
        time.sleep(0.002)
        with lock:
            now[0] -= 1
        return "x"

    run(Asking(CASES, 3, pace=Pace(threads=3, rate=200)), subject, keep=lambda _: None)
    assert most[0] <= 3
    assert max(times) - min(times) >= 11 / 200 * 0.9
