from __future__ import annotations

import pytest

from holdfast import settings
from holdfast.errors import SettingsError, UsageError


def test_every_key_has_a_default():
    assert settings.parse("").project.environment == "production"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[sampling]\ntemperature = 3", "f.toml:2: sampling.temperature", "not 3"),
        ("\n\n[retrieval]\npassages = 4\nfoo = 1", "f.toml:5: retrieval.foo", "unknown key"),
        ("x = 1", "f.toml:1: x", "unknown key"),
        ("[model]\n\nkind = 'foo'", "f.toml:3: model.kind", "'foo'"),
        ("[prompt]\nchain = []", "f.toml:2: prompt.chain", "at least 1"),
        ("[prompt]\nchain = ['A b']", "f.toml:2: prompt.chain.0", "'A b'"),
        ("[sampling\n", "f.toml", "line 1"),
        ("[a]\nb = ", "f.toml: not valid TOML", "end of document"),
    ],
)
def test_a_mistake_names_file_line_and_key(text, where, what):
    with pytest.raises(SettingsError) as caught:
        settings.parse(text, file="f.toml")
    assert str(caught.value).startswith(where)
    assert what in str(caught.value)


def test_the_project_is_found_upward(tmp_path):
    (tmp_path / "holdfast.toml").write_text("")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert settings.find_root(inner) == tmp_path.resolve()


def test_no_project_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="holdfast init"):
        settings.find_root(tmp_path)


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "holdfast.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(tmp_path)


def test_a_secret_that_is_not_set(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(SettingsError, match="NO_SUCH_KEY"):
        settings.secret("NO_SUCH_KEY")


def test_rewriting_keeps_comments_and_what_was_not_named(tmp_path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text('# ours\n[embedder]  # by hand\nkind = "wordllama"\n[server]\nport = 1\n')
    settings.rewrite(tmp_path, {"embedder": {"dimensions": 128}, "endpoints": {"keys": {"u": "K"}}})
    assert "# ours" in file.read_text()
    assert "# by hand" in file.read_text()
    made = settings.load(tmp_path)
    assert (made.embedder.dimensions, made.server.port, made.endpoints.keys) == (128, 1, {"u": "K"})


def test_rewriting_to_what_is_not_valid_leaves_the_file_alone(tmp_path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text("[server]\nport = 1\n")
    with pytest.raises(SettingsError, match=r"server\.port"):
        settings.rewrite(tmp_path, {"server": {"port": -3}})
    assert file.read_text() == "[server]\nport = 1\n"
