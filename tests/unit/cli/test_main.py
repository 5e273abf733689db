from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from holdfast.cli.main import Loaded, app
from holdfast.domain.version import VERSION
from tests.support.project import SHOES, STUDENTS
from tests.support.provider import error, serving
from tests.support.terminal import Call


@pytest.fixture
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder


READING = [
    ("documents",),
    ("queue",),
    ("releases",),
    ("prompts",),
    ("prompts", "answer"),
    ("environments",),
    ("snapshot", "list"),
    ("log",),
    ("log", "--all", "--limit", "3"),
    ("log", "--store", "cache"),
    ("show", "production"),
    ("show", "returns.md"),
    ("diff", "calm"),
    ("diff", "@1", "calm"),
    ("clean", "--dry-run"),
    ("ingest", "--dry-run"),
    ("deploy", "--dry-run"),
    ("rollback", "--to", "@3", "--dry-run"),
    ("ask", STUDENTS, "--at", "calm"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_commands_speak_words_and_json(
    inside: Path, call: Call, words: tuple[str, ...]
) -> None:
    before = call("environments", "--json").json
    assert call(*words).out.strip()
    told = call(*words, "--json")
    assert isinstance(told.json, dict | list)
    assert told.err == ""
    assert call("environments", "--json").json == before


def test_no_command_offers_to_complete_a_program_of_its_name() -> None:
    offering = [
        name
        for name, command in Loaded().items()
        if any("completion" in option.name for option in command.params)
    ]
    assert offering == []


def test_changing_commands_speak_words_and_json(
    own: Path, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(own)
    answer = call("ask", SHOES, "--session", "s2", "--json").json
    assert answer["recorded"] is True
    assert answer["complete"] is True
    (own / "documents" / "new.md").write_text("New shoes cost 50 euros.")

    def told(*words: str) -> Any:
        return call(*words, "--json", "--reason", "why not").json

    assert told("ingest")["added"] == ["new.md"]
    assert told("remove", "new.md") == {"removed": ["new.md"]}
    (own / "policies.toml").write_text("")
    assert told("deploy")["differences"][0]["component"] == "guard"
    assert told("snapshot", "create", "later")["name"] == "later"
    assert told("fork", "production", "staging")["environment"] == "staging"
    assert told("rollback", "--to", "calm")["to"] == {"timeline": 1, "tick": 7}
    verdict = call("feedback", answer["id"], "--correct", "Yes.", "--json").json
    assert verdict["verdict"] == "correct"
    replay = call("replay", answer["id"], "--json").json
    assert replay["identical"] is True
    assert call("clean", "--json").json["collected"]["documents"] == []
    assert call("init", str(tmp_path / "other"), "--json").json["environment"] == "production"
    assert len(call("log", "--all", "--json", "--limit", "100").json) > 12
    reasons = {line["commit"]["reason"] for line in call("log", "--all", "--json").json}
    assert "why not" in reasons


def test_an_answer_is_told_with_its_stamp_and_sources(inside: Path, call: Call) -> None:
    lines = call("ask", STUDENTS, "--at", "calm").out.splitlines()
    assert lines[0].startswith("Students get 10 % off")
    assert re.fullmatch(r"not recorded · t1@7 · release [0-9a-f]{12} · complete", lines[1])
    assert lines[2].startswith("from discounts.md, ")


def test_a_decision_is_shown_in_words(inside: Path, call: Call) -> None:
    (line,) = call("log", "--operation", "ask", "--json").json
    shown = call("show", line["keys"][0].split("/")[1][:15]).out
    assert f"asked: {SHOES}" in shown
    assert "passages: returns.md (1.0000)" in shown
    assert "session: s1" in shown


def test_a_guarded_answer_names_its_rule(
    own: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    (own / "documents" / "weekend.md").write_text("This weekend everything is 90 % off.")
    call("ingest")
    told = call("ask", "What is off this weekend?").out
    assert told.startswith("I cannot answer that.")
    assert "discount-limit block: 90 % is more than 30 (answer)" in told


def test_the_log_is_one_line_a_change(inside: Path, call: Call) -> None:
    lines = call("log").out.splitlines()
    assert [re.split(r" {2,}", line.strip())[-1] for line in lines] == [
        "why, or what about",
        f"up: {SHOES}",
        SHOES,
        "opening day",
        "discounts.md and 2 more",
        "discounts.md and 2 more",
        "discounts.md and 2 more",
        "production",
    ]


def test_a_folder_is_looked_for_upward_and_by_option(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(folder / "documents")
    assert "returns.md" in call("documents").out
    monkeypatch.chdir(tmp_path)
    assert "returns.md" in call("-C", str(folder), "documents").out
    assert "returns.md" in call("--project", str(folder / "prompts"), "documents").out
    assert "holdfast init" in call("documents", fails=2).err


MISTAKES = [
    (("ask", " "), 2, "usage", "the question is empty; ask something"),
    (("ask", "hello", "--session", "a b"), 2, "usage", "session 'a b' is not a name"),
    (("ask", "hello", "--env", "prodution"), 2, "not_found", "did you mean 'production'"),
    (("ask", "hello", "--at", "yore"), 2, "moment", "no moment 'yore'"),
    (("ask", "hello", "--at", "@1"), 3, "state", "run 'holdfast deploy'"),
    (("rollback", "--to", "@999"), 2, "moment", "the nearest is @7"),
    (("rollback", "--to", "calm", "--requeue", "--quarantine"), 2, "usage", "not both"),
    (("feedback", "d-0", "--up", "--down"), 2, "usage", "exactly one"),
    (("feedback", "d-0"), 2, "usage", "exactly one"),
    (("feedback", "d-ffffffff", "--up"), 2, "not_found", "holdfast log --operation ask"),
    (("replay", "d-ffffffff"), 2, "not_found", "no decision 'd-ffffffff'"),
    (("show", "nothing"), 2, "not_found", "nothing is called 'nothing'"),
    (("diff", "aaaa", "bbbb", "--releases"), 2, "not_found", "holdfast releases"),
    (("remove", "nothing.md"), 3, "state", "'holdfast documents' lists them"),
    (("queue", "--status", "lost"), 2, "usage", "enqueued, claimed, committed, quarantined"),
    (("log", "--store", "lost"), 2, "usage", "the stores are documents, "),
    (("ingest", "nowhere"), 2, "usage", "neither a file nor a folder"),
    (("ingest", "documents/returns.md", "--sync"), 2, "usage", "the whole folder"),
    (("deploy", "ffffffff"), 2, "not_found", "no release starts with 'ffffffff'"),
    (("snapshot", "create", "Not Good"), 2, "usage", "use up to 63 lower-case letters"),
    (("snapshot", "create", "calm"), 3, "conflict", "calm"),
    (("fork", "production", "production"), 3, "conflict", "production"),
    (("init", "."), 2, "usage", "is not empty; give a new folder"),
]


@pytest.mark.parametrize(("words", "code", "kind", "message"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_is_one_line_that_says_what_to_do(
    inside: Path, call: Call, words: tuple[str, ...], code: int, kind: str, message: str
) -> None:
    ended = call(*words, fails=code)
    assert ended.err.startswith("holdfast: ")
    assert message in ended.err
    assert (ended.err.count("\n"), ended.out) == (1, "")
    told = call(*words, "--json", fails=code)
    assert told.json["error"]["code"] == kind
    assert message in told.json["error"]["message"]


@pytest.mark.parametrize(
    "words", [("bogus",), ("ask",), ("rollback",), ("log", "--limit", "0"), ("ask", "x", "--bogus")]
)
def test_what_is_no_command_is_explained(inside: Path, call: Call, words: tuple[str, ...]) -> None:
    assert "Usage: holdfast" in call(*words, fails=2).err


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("holdfast.toml", "[sampling]\nseed = 0\ntemperature = 9\n", r"toml:3: sampling\.temper"),
        ("holdfast.toml", "[sampling]\nheat = 1\n", r"toml:2: sampling\.heat"),
        ("holdfast.toml", "[sampling\n", r"holdfast\.toml: .* line 1"),
        ("policies.toml", '[[rules]]\nid = "x"\nkind = "magic"\n', r"policies\.toml:3: kind"),
        ("prompts/answer.md", "## user\n\n{{ nobody }}\n", r"answer\.md:3"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    own: Path, call: Call, monkeypatch: pytest.MonkeyPatch, file: str, text: str, message: str
) -> None:
    monkeypatch.chdir(own)
    (own / file).write_text(text)
    ended = call("deploy", fails=2)
    assert re.search(message, ended.err)
    assert call("deploy", "--json", fails=2).json["error"]["code"] == "settings"


def test_a_providers_failure_names_the_decision_it_left(
    own: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    with serving(error(401, "who are you")) as (url, _):
        text = (own / "holdfast.toml").read_text().replace('kind = "extractive"', 'kind = "openai"')
        model = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\n'
        (own / "holdfast.toml").write_text(re.sub(r'kind = "openai" .*embedded.*\n', model, text))
        call("deploy")
        ended = call("ask", SHOES, fails=4)
        told = call("ask", SHOES, "--json", fails=4).json
    recorded = re.search(r"\(recorded as (d-\w+)\)", ended.err)
    assert recorded
    assert call("show", recorded[1], "--json").json["value"]["status"] == "failed"
    assert told["error"]["code"] == "provider_refused"
    assert told["error"]["decision"].startswith("d-")


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").out == f"holdfast {VERSION}\n"


def test_every_option_says_what_it_is_for() -> None:
    def leaves(group: Any) -> list[Any]:
        nested = [group.commands[name] for name in group.commands]
        return [leaf for c in nested for leaf in (leaves(c) if hasattr(c, "commands") else [c])]

    commands = leaves(get_command(app))
    assert len(commands) > 20
    assert [c.name for c in commands if not c.help] == []
    silent = [(c.name, p.name) for c in commands for p in c.params if not getattr(p, "help", "")]
    assert silent == []


def test_json_is_never_mixed_with_words(inside: Path, call: Call) -> None:
    told = call("ingest", "--json")
    assert json.loads(told.out)["unchanged"] == 3
    assert told.err == ""
