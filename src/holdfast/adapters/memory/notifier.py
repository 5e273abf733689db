"""Notices that are kept, for tests."""

from __future__ import annotations

from holdfast.domain.alert import Notice
from holdfast.errors import NotifyError


class MemoryNotifier:
    """Keeps what is sent; refuses the first ``failures`` times."""

    def __init__(self, *, failures: int = 0) -> None:
        self.sent: list[Notice] = []
        self.failures = failures

    def send(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise NotifyError(f"{notice.receiver!r} was told to fail; send it again")
        self.sent.append(notice)
