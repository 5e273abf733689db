"""Has what arrives changed? One detector a file.

Batch detectors are a function ``compare(reference, current) -> DriftScore``; stream detectors a
class with ``update(x)``, ``value`` and ``drifted``. ``registry`` lists them all; ``calibrate``
turns a batch detector's statistic into an alarm of a known false-alarm rate.
"""

from __future__ import annotations

__all__: list[str] = []
