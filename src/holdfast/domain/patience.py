"""How long to go on asking a provider that fails."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.errors import ProviderBusyError, ProviderDownError, ProviderTimeoutError

PASSING = (ProviderBusyError, ProviderDownError, ProviderTimeoutError)
"""Failures that the same request may not meet again; a refused or broken one would."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait between tries, in seconds.

    Waits double from ``first`` to ``longest``, each drawn between half of that and all of it, so
    that clients that failed together do not come back together. No try begins later than
    ``deadline`` after the first.
    """

    first: float = 0.5
    longest: float = 8.0
    deadline: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    def pause(self, attempt: int, *, asked: float | None) -> float:
        """Seconds until the try after this one (from 1).

        What the provider asks for (``Retry-After``) counts if it is longer.
        """
        limit = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return max(limit * (1 + self.draw()) / 2, asked or 0.0)
