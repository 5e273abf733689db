"""Telling people."""

from __future__ import annotations

from typing import Protocol

from holdfast.domain.alert import Notice


class Notifier(Protocol):
    """A way to reach somebody."""

    def send(self, notice: Notice) -> None:
        """Deliver a notice; returns when the other side has taken it.

        Raises ``NotifyError``; the same notice may then be sent again.
        """
        ...
