"""The pytest plugin: the fixture ``holdfast``, and messages that tell how sure a failure is.

def test_answers_hold_the_facts(holdfast):
score = holdfast.measure("golden")["facts"]
assert score >= 0.9
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from holdfast.testing.room import Room

SETTING = "holdfast_project"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting that says where the project is."""
    parser.addini(SETTING, "Folder of the Holdfast project; default: found from the rootdir up.")


@pytest.fixture(scope="session")
def holdfast(pytestconfig: pytest.Config) -> Iterator[Room]:
    """Measures releases, callables and plain numbers; see ``holdfast.testing.room.Room``."""
    from holdfast.testing.room import Room

    given = str(pytestconfig.getini(SETTING) or "")
    room = Room(pytestconfig.rootpath / given if given else Path(pytestconfig.rootpath))
    yield room
    room.close()


def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> Sequence[str] | None:
    """What an estimate that was compared says."""
    turned = {"<=": ">=", ">=": "<="}
    if op not in turned or "Estimate" not in {type(left).__name__, type(right).__name__}:
        return None
    from holdfast.testing.estimate import Estimate

    if isinstance(right, Estimate):
        left, right, op = right, left, turned[op]
    if not isinstance(left, Estimate) or isinstance(right, Estimate):
        return None
    return [left.explain(float(right), higher=op == ">=")]
