"""What every test gets: a clean environment, no outside network, one property-test profile."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No deadline: tests judge results, never time. The same examples are drawn every time, so that a
# test fails because of a change and of nothing else.
settings.register_profile("holdfast", deadline=None, derandomize=True)
# --hypothesis-profile=thorough: new examples, for an evening, before a release.
settings.register_profile("thorough", deadline=None, max_examples=3_000)
settings.load_profile("holdfast")

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what the developer's shell would tell Holdfast."""
    for name in list(os.environ):
        if name.startswith(("HOLDFAST_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOLDFAST_ACTOR", "tester")


@pytest.fixture(autouse=True)
def usual_garbage() -> Iterator[None]:
    """Undo what a command line or server does to the collector of a process that is all its own."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_outside_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[object, ...] | str | bytes) -> None:
        outside = isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK)
        assert not outside, f"a test reached for the network: {address!r}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
