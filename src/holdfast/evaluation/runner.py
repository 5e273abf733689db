"""Ask a subject every case of a dataset k times, in a few threads, each answer kept as it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.errors import HoldfastError, ProviderError
from holdfast.evaluation.run import seed_of

Subject: TypeAlias = Callable[[Case, int], Output | str]
"""Answers a case with a seed; a text alone is an output too."""

PATIENCE = 20
"""Infrastructure errors in a row after which a run stops: the provider is down."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many questions at once, and how many a second at most (0: no limit)."""

    threads: int = 4
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: outputs there and wanted, errors among them, and what this start cost."""

    done: int
    total: int
    errors: int
    seconds_left: float
    cost: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: every case ``samples`` times, but for the outputs that are there."""

    cases: Sequence[Case]
    samples: int
    seed: int = 0
    there: Mapping[tuple[str, int], Output] | None = None
    pace: Pace = Pace()

    @property
    def kept(self) -> dict[tuple[str, int], Output]:
        """Outputs that need not be asked for again; where only an error is, they are."""
        wanted = {(case.id, sample) for case in self.cases for sample in range(self.samples)}
        there = self.there or {}
        return {key: there[key] for key in wanted if key in there and not there[key].error}


def run(
    asking: Asking,
    subject: Subject,
    *,
    keep: Callable[[Output], None],
    progress: Callable[[Progress], None] = lambda _: None,
) -> dict[tuple[str, int], Output]:
    """Every output by (case, sample), the kept ones too.

    ``keep`` stores an output durably before it counts. What the infrastructure did wrong (a
    ``ProviderError``, no connection, a time-out) is an output with an ``error``; whatever else a
    subject raises is its own failure: an empty answer with status ``failed``. A storage error ends
    the run, and so do ``PATIENCE`` infrastructure errors in a row (``ProviderError``); started
    again with what is ``there``, it goes on.
    """
    found = asking.kept
    tally = _Tally(len(asking.cases) * asking.samples, dict(found))
    limit = _Limit(asking.pace.rate)
    todo = (
        (case, sample)
        for sample in range(asking.samples)
        for case in asking.cases
        if (case.id, sample) not in found
    )

    def work(case: Case, sample: int) -> Output:
        limit.wait()
        output = _ask(subject, case, sample=sample, seed=asking.seed)
        keep(output)
        return output

    with closing(_parallel(work, todo, threads=asking.pace.threads)) as coming:
        for output in coming:
            tally.add(output)
            progress(tally.now())
            if tally.failing >= PATIENCE:
                raise ProviderError(
                    f"{PATIENCE} questions in a row got no answer, the last one: {output.error}; "
                    "what was answered is kept: start the run again under its id to go on"
                )
    return tally.outputs


def _ask(subject: Subject, case: Case, *, sample: int, seed: int) -> Output:
    drawn = seed_of(seed, case=case.id, sample=sample)
    blank = Output(case.id, sample, "", "failed", seed=drawn)
    started = time.perf_counter()
    try:
        answer = subject(case, drawn)
    except (ProviderError, ConnectionError, TimeoutError) as e:
        code = e.code if isinstance(e, ProviderError) else "connection"
        return replace(blank, error=str(e) or type(e).__name__, error_code=code)
    except HoldfastError as e:
        if e.exit_code == 5:  # noqa: PLR2004 - our own storage failed: nothing can be kept
            raise
        return replace(blank, error_code=f"{e.code}: {e}")
    except Exception as e:  # noqa: BLE001 - a subject that crashes has failed the case
        return replace(blank, error_code=f"{type(e).__name__}: {e}")
    seconds = time.perf_counter() - started
    if isinstance(answer, str):
        return replace(blank, answer=answer, status="answered", seconds=round(seconds, 6))
    seconds = answer.seconds or round(seconds, 6)
    return replace(answer, case=case.id, sample=sample, seed=drawn, seconds=seconds)


def _parallel(
    work: Callable[[Case, int], Output], todo: Iterator[tuple[Case, int]], *, threads: int
) -> Generator[Output, None, None]:
    """Outputs as they come; only as much is under way as there are threads."""
    with ThreadPoolExecutor(threads, thread_name_prefix="evaluate") as pool:
        running: set[Future[Output]] = set()
        try:
            while True:
                spare = threads - len(running)
                running |= {pool.submit(work, case, n) for case, n in islice(todo, spare)}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


class _Limit:
    """Lets callers through one by one, so many a second."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        time.sleep(turn - now)


class _Tally:
    """Counts what came."""

    def __init__(self, total: int, outputs: dict[tuple[str, int], Output]) -> None:
        self.outputs = outputs
        self.failing = 0
        self._total = total
        self._began, self._started = len(outputs), time.monotonic()
        self._cost, self._tokens, self._errors = 0.0, 0, 0

    def add(self, output: Output) -> None:
        self.outputs[output.case, output.sample] = output
        self._errors += bool(output.error)
        self.failing = self.failing + 1 if output.error else 0
        self._cost += output.cost or 0.0
        self._tokens += output.input_tokens + output.output_tokens

    def now(self) -> Progress:
        done = len(self.outputs)
        each = (time.monotonic() - self._started) / max(done - self._began, 1)
        left = each * (self._total - done)
        return Progress(done, self._total, self._errors, left, self._cost, self._tokens)
