"""The REST routes: every verb of a project."""

from __future__ import annotations

from holdfast.server.api import (
    answers,
    documents,
    explain,
    privacy,
    query,
    recover,
    releases,
    rollouts,
    time,
    watch,
)

ROUTERS = (
    answers.router,
    documents.router,
    releases.router,
    rollouts.router,
    time.router,
    recover.router,
    explain.router,
    watch.router,
    privacy.router,
    query.router,
)
