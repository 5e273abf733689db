from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.cli.main import app

QUESTION = "Can I return shoes I wore once?"


@pytest.fixture
def run(tmp_path, monkeypatch):
    with holdfast.init(tmp_path / "shop") as made:
        made.ingest()
        made.deploy()
    monkeypatch.chdir(tmp_path / "shop")

    def call(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result.stdout

    return call


@pytest.fixture
def probes(tmp_path, run) -> None:
    text = f'[probes.shoes]\nquestion = "{QUESTION}"\nbaseline = 30\n'
    (tmp_path / "shop" / "probes.toml").write_text(text)


def test_without_probes_it_says_where_to_write_one(run, tmp_path) -> None:
    (tmp_path / "shop" / "probes.toml").unlink(missing_ok=True)
    assert "probes.toml" in run("probe")


@pytest.mark.usefixtures("probes")
def test_a_round_is_asked_and_the_probe_alone_shows_how_it_stands(run) -> None:
    assert "no baseline" in run("probe")
    assert "shoes" in run("probe", "run")
    (found,) = json.loads(run("probe", "--json"))
    assert (found["name"], found["state"], found["rounds"]) == ("shoes", "calm", 1)
    assert run("probe", "run", "--due").startswith("Nothing was asked")


@pytest.mark.usefixtures("probes")
def test_an_unknown_probe_is_named(run) -> None:
    result = CliRunner().invoke(app, ["probe", "run", "boots"])
    assert result.exit_code != 0
    assert "shoes" in str(result.exception)
