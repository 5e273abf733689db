"""Numbers in, numbers out: intervals, tests, corrections, agreement and drift.

Nothing here knows of traces, releases or suites. Import the file that holds what is needed, for
example ``from holdfast.statistics.interval import rate_interval``: this package imports nothing
by itself, so that a command which needs no statistics does not pay for scipy.
"""

from __future__ import annotations

__all__: list[str] = []
