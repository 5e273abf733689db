"""What counts as this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.server.gate import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.168.0.1", "localhost.evil.example", "127.0.0.1.evil"],  # noqa: S104
)
def test_any_other(host: str) -> None:
    assert not is_loopback(host)


@given(st.ip_addresses())
def test_an_address_is_judged_as_python_does(address: object) -> None:
    assert is_loopback(str(address)) == address.is_loopback
