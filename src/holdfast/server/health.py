"""Routes for whoever runs the server: alive, ready, metrics."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from holdfast.domain.version import VERSION
from holdfast.errors import HoldfastError
from holdfast.server.errors import ErrorReply, Problem
from holdfast.server.service import Served

LOG = logging.getLogger("holdfast.server")
router = APIRouter(tags=["operation"])
ready = APIRouter(tags=["operation"])
"""Apart, since a collector has no release that could be ready."""


class Alive(BaseModel):
    """The process answers."""

    status: str
    version: str


class Ready(BaseModel):
    """The server can answer questions, by this release."""

    status: str
    environment: str
    release: str


@router.get("/healthz")
async def check_health() -> Alive:
    """Whether the process is alive; needs no API key."""
    return Alive(status="ok", version=VERSION)


@ready.get("/readyz", response_model=Ready, responses={503: {"model": ErrorReply}})
async def check_readiness(service: Served) -> Ready | Response:
    """Whether the ledger can be read and the deployed release is loaded; 503 says why not."""
    try:
        release = await service.probe(service.readiness.check)
    except HoldfastError as e:
        return Problem(503, e.code, str(e)).response("/readyz")
    environment = service.project.environment
    return Ready(status="ready", environment=environment, release=release)


@router.get("/metrics", response_class=Response)
async def read_metrics(service: Served) -> Response:
    """Counters, histograms and gauges in Prometheus's text format."""
    text = await service.probe(service.metrics.text)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
