"""The REST routes: every verb of a project."""

from __future__ import annotations

from holdfast.server.api import answers, documents, explain, releases, time

ROUTERS = (answers.router, documents.router, releases.router, time.router, explain.router)
