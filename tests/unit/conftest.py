"""A shop's project for the units that need a whole one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Shop, made


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three documents, the embedded embedder and generator, a deployed release; no disk."""
    return made(tmp_path / "shop")
