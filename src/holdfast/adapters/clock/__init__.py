"""The machine's clock."""

from __future__ import annotations

from holdfast.adapters.clock.system import SystemClock

__all__ = ["SystemClock"]
