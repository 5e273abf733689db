from __future__ import annotations

import pytest

from holdfast.errors import SettingsError, UsageError
from holdfast.operations.migrate.plan import wanted
from holdfast.settings import EmbedderSettings, Settings

ENDPOINT = EmbedderSettings(kind="openai", base_url="http://a/v1", model="m", dimensions=512)


def test_another_kind_begins_with_its_defaults() -> None:
    made = wanted(Settings(embedder=ENDPOINT), ["embedder=wordllama"])
    assert made.embedder == EmbedderSettings()
    assert wanted(Settings(embedder=ENDPOINT), ["embedder.model=n"]).embedder.base_url


def test_the_rest_stays() -> None:
    settings = Settings(embedder=ENDPOINT)
    made = wanted(settings, ["preprocessing.overlap=50", "chunking=400"])
    assert made.embedder == ENDPOINT
    assert (made.preprocessing.max_characters, made.preprocessing.overlap) == (400, 50)
    assert settings.preprocessing.max_characters == 800


@pytest.mark.parametrize(
    ("word", "kind", "said"),
    [
        ("embedder", UsageError, "'embedder' is no change of a setting"),
        ("model.kind=openai", UsageError, "'model.kind=openai' is no change"),
        ("embedder.size=1", UsageError, "embedder.dimensions"),
        ("embedder.api_key_env=K", UsageError, "endpoints"),
        ("embedder.dimensions=many", SettingsError, "embedder.dimensions"),
        ("chunking=1", SettingsError, "preprocessing.max_characters"),
        ("embedder=magic", SettingsError, "embedder.kind"),
    ],
)
def test_what_cannot_be_meant_is_named(word: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        wanted(Settings(), [word])
