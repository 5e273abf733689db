from __future__ import annotations

from pathlib import Path

from holdfast.operations.migrate.intents import Intents


def test_what_was_noted_and_not_ended_is_left(tmp_path: Path) -> None:
    intents = Intents(tmp_path / "notes")
    assert intents.left() == []
    done = intents.note(["a", "b"])
    open_ = intents.note(["d", "c"])
    done.unlink()
    again = Intents(tmp_path / "notes")
    assert again.left() == [(open_, ["d", "c"])], "in the order they were sent"
    assert again.left() == intents.left(), "whoever reads it may be killed before it is sent"
    assert again.note(["d", "c"]) == open_, "sent again, it is the same note"


def test_a_torn_note_is_no_note(tmp_path: Path) -> None:
    intents = Intents(tmp_path)
    intents.note(["a"]).write_text("[", encoding="utf-8")
    assert intents.left() == []
    intents.note(["b"])
    intents.clear()
    assert list(tmp_path.iterdir()) == []
