from __future__ import annotations

import pytest

from holdfast.adapters.openai.endpoint import Endpoint, connect
from holdfast.errors import SettingsError


def test_a_key_is_not_shown() -> None:
    assert "sk-1" not in repr(Endpoint("http://localhost/v1", api_key="sk-1"))


def test_the_host_is_that_of_the_address() -> None:
    assert Endpoint("https://api.shop.example:8443/v1").host == "api.shop.example"


@pytest.mark.parametrize("address", ["", "localhost", "file:///etc", "http://", "http://a:b@c/v1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingsError):
        Endpoint(address)


def test_the_client_tries_once_unless_told() -> None:
    with connect(Endpoint("http://localhost/v1")) as client:
        assert client.max_retries == 0
    with connect(Endpoint("http://localhost/v1", retries=2)) as client:
        assert client.max_retries == 2
