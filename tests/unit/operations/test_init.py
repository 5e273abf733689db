from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import UsageError
from holdfast.operations.init import init
from holdfast.settings import load


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_project_folder_has_all_that_a_project_needs(tmp_path: Path) -> None:
    root = init(tmp_path / "My Shop!")
    assert files(root) >= {
        "holdfast.toml",
        "monitors.toml",
        "policies.toml",
        "probes.toml",
        "prompts/answer.md",
        "documents/returns.md",
        "slos/answers.yaml",
        ".gitignore",
    }
    assert load(root).project.name == "my-shop"
    assert "service: my-shop" in (root / "slos" / "answers.yaml").read_text()


@pytest.mark.parametrize(
    ("folder", "name"), [("shop", "shop"), ("日本", "app"), ("x" * 70, "x" * 63)]
)
def test_a_project_is_called_like_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert load(init(tmp_path / folder)).project.name == name


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holdfast.toml" in files(init(tmp_path / "empty"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(UsageError, match="not empty"):
            init(place)
    assert files(tmp_path) == {"mine.txt"}
