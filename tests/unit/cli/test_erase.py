from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.server import made
from tests.support.terminal import Call, caller

NAME = "Featherstonehaugh"


@pytest.fixture
def call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Call:
    with made(tmp_path / "shop") as project:
        project.ask(f"Can I return shoes? I am Ms {NAME}.", session="s-1")
    monkeypatch.chdir(tmp_path / "shop")
    return caller(capsys, monkeypatch)


def test_a_session_is_erased_from_looking_to_verifying(call: Call, tmp_path: Path) -> None:
    plan = call("erase", "--session", "s-1", "--dry-run")
    assert "Would erase the content of 1 decision." in plan.out
    assert call("erase", "--session", "s-1", "--dry-run", "--json").json["decisions"] == 1
    asked = call("erase", "--session", "s-1", "--json", fails=2)
    assert "--yes" in asked.json["error"]["message"]
    done = call("erase", "--session", "s-1", "--yes", "--reason", "letter", "--json").json
    assert (done["status"], done["decisions"], done["reason"]) == ("done", 1, "letter")
    assert done["left"]
    assert "erased on request" in call("verify").out
    assert "[erased]" in call("log").out
    shown = call("show", call("decisions", "--json").json[0]["id"]).out
    assert f"erased by {done['request']}: answer of" in shown
    assert "[erased]" in call("decisions").out
    assert call("erase", "--resume").out == "No erasure was stopped.\n"
    files = [path for path in (tmp_path / "shop").rglob("*") if path.is_file()]
    assert [path for path in files if NAME.encode() in path.read_bytes()] == []


def test_files_are_left_for_a_quiet_hour(call: Call) -> None:
    assert "--resume" in call("erase", "--session", "s-1", "--yes", "--defer").out
    assert "are not finished" in call("verify").out
    assert "Erased e-" in call("erase", "--resume").out
    assert "are not finished" not in call("verify").out


def test_a_mistake_is_one_line(call: Call) -> None:
    assert "a session, a user or a decision" in call("erase", "--yes", fails=2).err
    assert "nothing of user 'x'" in call("erase", "--user", "x", "--yes", fails=2).err
    assert "takes no subject" in call("erase", "--resume", "--user", "x", fails=2).err
