"""Which documents a request is under way for: after a kill the very same one is sent again.

What a provider computed in the moment of a kill is lost on the way. The same request under the
same idempotency key costs nothing where the provider keeps to it, so its documents are noted
before it is sent, and the note is taken away when their vectors are stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from holdfast.domain.digest import digest


class Intents:
    """Notes of one migration, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, documents: Sequence[str]) -> Path:
        """Say that a request for documents, in this order, is about to be sent."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{digest(list(documents))}.json"
        new = path.with_suffix(f".{os.getpid()}.new")
        new.write_text(json.dumps(list(documents)), encoding="utf-8")
        new.replace(path)
        return path

    def left(self) -> list[tuple[Path, list[str]]]:
        """Notes of requests that a process did not end, each with its documents in order.

        A note stays until its documents are stored: who sends them may be killed as well.
        """
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                names = json.loads(path.read_text(encoding="utf-8"))
                found.append((path, [str(name) for name in names]))
            except (OSError, ValueError, TypeError):
                path.unlink(missing_ok=True)
        return found

    def clear(self) -> None:
        """Forget all notes."""
        for path in self._folder.glob("*"):
            path.unlink(missing_ok=True)
