"""Whether the server could answer now."""

from __future__ import annotations

import threading

from holdfast.project import Project


class Readiness:
    """Checks that the ledger can be read and that the deployed release is loaded.

    Loading happens once per release; after a deployment or rollback the next check does it again.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._warm = ""

    def check(self) -> str:
        """The release that answers in the project's environment. Raises why none could."""
        release = self._project.deployed()
        with self._lock:
            if release != self._warm:
                self._project.warm()
                self._warm = release
        return release
