"""The import contract names every room, so that a new one cannot slip past it."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.shape.tree import ROOT, modules

ROOMS = {module.room for module in modules()} - {"__init__", "__main__"}
INSIDE = {
    "domain", "privacy", "ports", "statistics", "store", "pipeline",
    "evaluation", "observation", "operations", "training",
}  # fmt: skip
"""Rooms that no vendor may enter."""
STRANGERS = {"store", "pipeline", "evaluation", "observation", "statistics"}
"""Rooms that adapters do not know."""


def contract(name: str) -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["name"] == name)


def test_every_room_that_exists_is_required_by_the_layers() -> None:
    layers = [
        room.strip() for row in contract("Rooms form layers")["layers"] for room in row.split("|")
    ]
    required = {room for room in layers if not room.startswith("(")}
    assert required == ROOMS


def test_no_inner_room_is_left_out_of_the_vendor_contract() -> None:
    sources = contract("Vendors stay at the edges")["source_modules"]
    assert {name.removeprefix("holdfast.") for name in sources} == INSIDE & ROOMS


def test_no_inner_room_is_left_out_of_the_adapter_contract() -> None:
    forbidden = contract("Adapters know ports and values only")["forbidden_modules"]
    assert {name.removeprefix("holdfast.") for name in forbidden} == STRANGERS & ROOMS
