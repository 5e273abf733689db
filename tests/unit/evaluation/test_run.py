from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import UsageError
from holdfast.evaluation.run import Run, check_same, event, seed_of

RUN = Run("r-1", "nightly", "golden", "d", "b", {"kind": "callable", "name": "f"}, 3, 0, 4)


def test_a_run_goes_on_only_as_itself() -> None:
    check_same(RUN, RUN)
    with pytest.raises(UsageError, match="run 'r-1' began with samples 3, not 5; give another"):
        check_same(RUN, replace(RUN, samples=5))


@pytest.mark.parametrize("name", ["", "a/b", "x" * 101, "-a"])
def test_a_bad_id_is_refused(name) -> None:
    with pytest.raises(UsageError, match=r"run .*: use up to 100"):
        event(replace(RUN, id=name))


def test_a_seed_is_what_a_provider_takes() -> None:
    seeds = {seed_of(0, case=str(n), sample=n % 3) for n in range(300)}
    assert len(seeds) == 300
    assert all(0 <= seed < 2**31 for seed in seeds)
