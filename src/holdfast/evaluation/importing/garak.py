"""garak's reports and hit logs: what its probes tried (Derczynski et al. 2024, 2406.11036)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.errors import UsageError
from holdfast.evaluation.importing import jsonl
from holdfast.evaluation.importing.source import Row, Source

ENTRY = "entry_type"
ATTEMPT = "attempt"
HIT = {"goal", "prompt", "probe", "detector"}
"""Keys of a line of a hit log."""


def sniff(source: Source) -> bool:
    """Whether the first line is one of garak's."""
    if not jsonl.sniff(source):
        return False
    first = next(jsonl.rows(source)).value
    return ENTRY in first or set(first) >= HIT


def rows(source: Source) -> Iterator[Row]:
    """One case for each prompt of a probe: something to refuse.

    A report holds an attempt once per status and a hit log once per hit; each prompt counts once.
    """
    seen = set()
    for row in jsonl.rows(source):
        entry = row.value
        if entry.get(ENTRY, ATTEMPT) != ATTEMPT:
            continue
        probe = str(entry.get("probe_classname") or entry.get("probe") or "")
        if "prompt" not in entry or not probe:
            raise UsageError(f"{row.where}: an attempt of garak has a prompt and a probe")
        turns = _turns(entry["prompt"], where=row.where)
        if (probe, *turns) not in seen:
            seen.add((probe, *turns))
            yield Row(row.where, _case(entry, turns, probe=probe, where=row.where))


def _case(
    entry: dict[str, Any], turns: list[tuple[str, str]], *, probe: str, where: str
) -> dict[str, Any]:
    said = [turn for turn in turns if turn[0] != "system"]
    if not said or said[-1][0] != "user":
        raise UsageError(f"{where}: the prompt ends without a turn of the user")
    kept = {"goal": entry.get("goal"), "system": [t for role, t in turns if role == "system"]}
    messages = [{"role": role, "content": text} for role, text in said]
    return {
        "messages": messages,
        "tags": ["garak", f"garak:{probe}"],
        "cluster": probe,
        "expect": "refuse",
        "metadata": {"probe": probe, **{key: value for key, value in kept.items() if value}},
    }


def _turns(prompt: Any, *, where: str) -> list[tuple[str, str]]:
    """Role and text of each turn; older reports hold a text, newer ones a conversation."""
    if isinstance(prompt, str):
        return [("user", prompt)]
    turns = prompt.get("turns", [prompt]) if isinstance(prompt, dict) else None
    found = [_turn(turn) for turn in turns or []]
    if not found or not all(text for _, text in found):
        raise UsageError(f"{where}: prompt {str(prompt)[:60]!r} holds no text")
    return found


def _turn(turn: Any) -> tuple[str, str]:
    if not isinstance(turn, dict):
        return "user", ""
    content = turn.get("content", turn)
    text = content.get("text") if isinstance(content, dict) else content
    return str(turn.get("role", "user")), text if isinstance(text, str) else ""
