"""Holdfast keeps an AI application behaving like itself.

It stamps every answer with everything needed to explain it, and takes the whole system (index,
queue, caches, memory, feedback, prompts, release) back to any moment in one transaction.

    import holdfast

    with holdfast.init("support") as project:
        project.ingest()
        project.deploy()
        decision = project.ask("Can I return shoes I wore once?")
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.domain.version import VERSION as __version__

if TYPE_CHECKING:
    from holdfast.client.decision import decision, retrieved, traced
    from holdfast.client.prompt import prompt
    from holdfast.client.sending import dropped, flush
    from holdfast.domain.decision import Decision, Stamp
    from holdfast.domain.document import Hit
    from holdfast.domain.event import Snapshot
    from holdfast.domain.moment import Cut
    from holdfast.domain.release import Release
    from holdfast.errors import (
        FencedError,
        HoldfastError,
        MomentError,
        NotFoundError,
        ProviderError,
        SettingsError,
        StateError,
        StorageError,
        UsageError,
    )
    from holdfast.operations.replay import Replay
    from holdfast.operations.rollback import Rollback
    from holdfast.pipeline.question import Question
    from holdfast.ports.model import Sampling
    from holdfast.project import Project

_HOMES = {
    "Cut": "domain.moment",
    "Decision": "domain.decision",
    "FencedError": "errors",
    "Hit": "domain.document",
    "HoldfastError": "errors",
    "MomentError": "errors",
    "NotFoundError": "errors",
    "Project": "project",
    "ProviderError": "errors",
    "Question": "pipeline.question",
    "Release": "domain.release",
    "Replay": "operations.replay",
    "Rollback": "operations.rollback",
    "Sampling": "ports.model",
    "SettingsError": "errors",
    "Snapshot": "domain.event",
    "Stamp": "domain.decision",
    "StateError": "errors",
    "StorageError": "errors",
    "UsageError": "errors",
    "decision": "client.decision",
    "dropped": "client.sending",
    "flush": "client.sending",
    "prompt": "client.prompt",
    "retrieved": "client.decision",
    "traced": "client.decision",
}
"""Public names and where they live; loaded on first use, so that importing is quick."""

__all__ = [
    "Cut",
    "Decision",
    "FencedError",
    "Hit",
    "HoldfastError",
    "MomentError",
    "NotFoundError",
    "Project",
    "ProviderError",
    "Question",
    "Release",
    "Replay",
    "Rollback",
    "Sampling",
    "SettingsError",
    "Snapshot",
    "Stamp",
    "StateError",
    "StorageError",
    "UsageError",
    "__version__",
    "decision",
    "dropped",
    "flush",
    "init",
    "open",
    "prompt",
    "retrieved",
    "traced",
]


def open(folder: str | Path = ".") -> Project:  # noqa: A001 - holdfast.open reads well
    """Open the project of a folder, found upward as git does. Raises ``UsageError`` if none."""
    from holdfast.bootstrap import open_project
    from holdfast.settings import find_root

    return open_project(find_root(Path(folder)))


def init(folder: str | Path) -> Project:
    """Make a project in a new or empty folder and open it."""
    from holdfast.bootstrap import init_project

    return init_project(Path(folder))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'holdfast' has no attribute {name!r}")
    return getattr(import_module(f"holdfast.{_HOMES[name]}"), name)
