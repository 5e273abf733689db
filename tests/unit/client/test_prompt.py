from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import holdfast
from holdfast.client import prompt as module
from holdfast.domain.digest import digest
from holdfast.errors import NotFoundError, ProviderDownError
from tests.support.project import Shop, made
from tests.support.server import served


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    module._kept.clear()
    yield
    module._kept.clear()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return made(tmp_path_factory.mktemp("prompt") / "shop")


def test_a_prompt_comes_with_its_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(shop.project, api_key="k") as url:
        monkeypatch.setenv("HOLDFAST_ENDPOINT", url)
        monkeypatch.setenv("HOLDFAST_API_KEY", "k")
        found = holdfast.prompt("answer@production")
        assert found.text == (shop.root / "prompts" / "answer.md").read_text()
        assert found.digest == digest(found.text)
        assert (found.name, found.environment) == ("answer", "production")
        assert found.release == shop.project.deployed()
        assert holdfast.prompt("answer").release == found.release
        with pytest.raises(NotFoundError, match="no prompt 'other' in 'production'"):
            holdfast.prompt("other@production", default="never")
    # The server is gone; what is known is used.
    assert holdfast.prompt("answer@production") == found


def test_a_change_is_seen_after_a_while(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(shop.project) as url:
        monkeypatch.setenv("HOLDFAST_ENDPOINT", url)
        before = holdfast.prompt("answer@production")
        text = before.text.replace("one to three", "two")
        (shop.root / "prompts" / "answer.md").write_text(text)
        shop.project.deploy()
        assert holdfast.prompt("answer@production") == before
        monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
        while holdfast.prompt("answer@production") == before:
            pass
        assert holdfast.prompt("answer@production").text == text


def test_without_a_server_the_default_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_ENDPOINT", "http://127.0.0.1:1")
    found = holdfast.prompt("answer@production", default="Answer: {question}")
    assert (found.text, found.release) == ("Answer: {question}", "")
    assert found.digest == digest(found.text)
    with pytest.raises(ProviderDownError, match=r"'answer' cannot be had.*give a default"):
        holdfast.prompt("answer")
