"""All drift detectors by name. One that is added here is enrolled in the house tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics.drift import (
    chi_square,
    domain_classifier,
    energy,
    frechet,
    jensen_shannon,
    ks,
    mmd,
    psi,
    wasserstein,
)
from holdfast.statistics.drift.adwin import Adwin
from holdfast.statistics.drift.betting_two_sample import BettingTwoSample
from holdfast.statistics.drift.page_hinkley import PageHinkley
from holdfast.statistics.drift.score import DriftScore
from holdfast.statistics.drift.shiryaev_roberts import ShiryaevRoberts

__all__ = ["BATCH", "STREAM", "BatchDetector", "Kind", "StreamDetector", "batch", "stream"]

Kind: TypeAlias = Literal["numbers", "labels", "points"]
"""One number a row, one label a row, or a row of numbers such as an embedding."""


class StreamDetector(Protocol):
    """Takes one value at a time; ``drifted`` stays true once the alarm was raised."""

    def update(self, x: float) -> None: ...
    @property
    def value(self) -> float: ...
    @property
    def drifted(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class BatchDetector:
    """``compare(reference, current)`` and the kinds of rows it takes; the default comes first."""

    name: str
    kinds: tuple[Kind, ...]
    compare: Callable[..., DriftScore]

    @property
    def statistic(self) -> Callable[..., DriftScore]:
        """``compare`` without its p-value, which ``calibrate`` needs not and may take longest."""
        if "p_value" in inspect.signature(self.compare).parameters:
            return partial(self.compare, p_value=False)
        return self.compare


def _table(*detectors: BatchDetector) -> Mapping[str, BatchDetector]:
    return MappingProxyType({detector.name: detector for detector in detectors})


BATCH = _table(
    BatchDetector("ks", ("numbers",), ks.compare),
    BatchDetector("wasserstein", ("numbers",), wasserstein.compare),
    BatchDetector("psi", ("numbers", "labels"), psi.compare),
    BatchDetector("jensen_shannon", ("numbers", "labels"), jensen_shannon.compare),
    BatchDetector("chi_square", ("labels",), chi_square.compare),
    BatchDetector("energy", ("numbers", "points"), energy.compare),
    BatchDetector("domain_classifier", ("points", "numbers"), domain_classifier.compare),
    BatchDetector("mmd", ("points", "numbers"), mmd.compare),
    BatchDetector("frechet", ("points", "numbers"), frechet.compare),
)

STREAM: Mapping[str, Callable[[ArrayLike], StreamDetector]] = MappingProxyType(
    {
        "shiryaev_roberts": ShiryaevRoberts,
        "betting_two_sample": BettingTwoSample,
        "page_hinkley": PageHinkley.calibrated,
        "adwin": lambda _reference: Adwin(),
    }
)
"""From a reference to a detector with its defaults; the last learns as it goes."""


def batch(name: str) -> BatchDetector:
    """The batch detector of that name.

    >>> batch("ks").kinds
    ('numbers',)
    """
    if name not in BATCH:
        raise StatisticsError(f"no batch detector {name!r}; there are {', '.join(BATCH)}")
    return BATCH[name]


def stream(name: str, reference: ArrayLike) -> StreamDetector:
    """A new stream detector of that name with its defaults.

    >>> stream("page_hinkley", [0.0, 0.1]).drifted
    False
    """
    if name not in STREAM:
        raise StatisticsError(f"no stream detector {name!r}; there are {', '.join(STREAM)}")
    return STREAM[name](reference)
