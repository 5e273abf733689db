from __future__ import annotations

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.domain.release import COMPONENTS
from holdfast.domain.version import VERSION
from holdfast.errors import SettingsError
from holdfast.operations.build import build, searchable
from tests.support.project import EMBEDDER, EXTRACTIVE, Shop


def test_a_release_is_made_of_what_the_folder_says(shop: Shop) -> None:
    (shop.root / "tools.py").write_text("print(1)\n")
    shop.configure('[code]\ninclude = ["*.py"]\n[sampling]\nseed = 3\n')
    parts = build(shop.system)
    assert set(parts) == set(COMPONENTS)
    assert parts["code"] == {
        "holdfast": VERSION,
        "files": {"tools.py": digest_bytes(b"print(1)\n")},
    }
    assert parts["sampling"]["seed"] == 3
    assert parts["embedder"] == EMBEDDER.identity
    assert parts["model"] == EXTRACTIVE.identity
    assert parts["prompt"]["chain"] == ["answer"]
    assert "{{ question }}" in parts["prompt"]["prompts"]["answer"]
    assert 'id = "discount-limit"' in parts["guard"]["policies"]


def test_the_same_folder_makes_the_same_release_anywhere(shop: Shop) -> None:
    assert build(shop.system) == build(shop.system)
    assert searchable(shop.system).items() <= build(shop.system).items()


def test_a_project_without_rules_has_none(shop: Shop) -> None:
    (shop.root / "policies.toml").unlink()
    assert build(shop.system)["guard"] == {"policies": ""}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[model]\nkind = "openai"\n', r"model\.base_url"),
        ('[embedder]\nkind = "openai"\nmodel = "m"\n', r"embedder\.base_url"),
        ('[prompt]\nchain = ["missing"]\n', r"missing\.md"),
    ],
)
def test_what_is_lacking_is_named(shop: Shop, toml: str, message: str) -> None:
    shop.configure(toml)
    with pytest.raises(SettingsError, match=message):
        build(shop.system)


def test_a_prompt_that_is_no_text_is_refused(shop: Shop) -> None:
    (shop.root / "prompts" / "answer.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"answer\.md: cannot be read"):
        build(shop.system)
