"""Documents and their way in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel

from holdfast.errors import FencedError
from holdfast.pipeline.queue import Item
from holdfast.project import Project
from holdfast.server.api.fields import MAX_PATH, At, CorpusPath, Environment, Limit, Reason
from holdfast.server.api.router import rest_router
from holdfast.server.api.upload import FORMATS, Upload, Uploaded
from holdfast.server.service import Opened, Served

router = rest_router("documents")

TRIES = 5
"""How often an upload starts again when the environment is rolled back under it."""


class LiveDocument(BaseModel):
    """A document that answers may rest on."""

    path: str
    document: str
    """Digest of its bytes."""
    media_type: str
    title: str
    bytes: int


class LiveDocuments(BaseModel):
    """A page of them, by path; ``total`` counts all."""

    documents: list[LiveDocument]
    total: int


class QueueItem(BaseModel):
    """A document on its way in."""

    key: str
    path: str
    document: str
    media_type: str
    bytes: int
    status: str
    reason: str
    worker: str
    claimed_at: int


class QueueItems(BaseModel):
    """A page of the queue, in order of arrival; ``total`` counts all."""

    items: list[QueueItem]
    total: int


@router.get("/documents")
def list_documents(
    project: Opened,
    environment: Environment = None,
    at: At = None,
    prefix: Annotated[str, Query(max_length=MAX_PATH)] = "",
    after: Annotated[str, Query(max_length=MAX_PATH, description="Begin behind this path.")] = "",
    limit: Limit = 1_000,
) -> LiveDocuments:
    """The live documents, by path."""
    live = project.entries("documents", environment=environment, at=at, prefix=prefix)
    page = [entry for entry in live if entry.key > after][:limit]
    documents = [LiveDocument(path=entry.key, **entry.value) for entry in page]
    return LiveDocuments(documents=documents, total=len(live))


@router.post("/documents", status_code=202, openapi_extra={"requestBody": FORMATS})
async def add_documents(
    uploaded: Uploaded,
    service: Served,
    environment: Environment = None,
    *,
    force: Annotated[bool, Query(description="Although the environment is frozen.")] = False,
) -> QueueItems:
    """Put documents on the queue, all or none; they are live soon after, or quarantined.

    Send JSON (``{"documents": [{"path", "content", "encoding"}]}``) or a form with files.
    """
    items = await service.run(
        _enqueue, uploaded, service.project, environment=environment, force=force
    )
    service.worker.wake()
    return QueueItems(items=items, total=len(items))


@router.delete("/documents/{path:path}", status_code=204)
def remove_document(
    path: CorpusPath,
    project: Opened,
    environment: Environment = None,
    reason: Reason = "",
    *,
    force: Annotated[bool, Query(description="Although the environment is frozen.")] = False,
) -> Response:
    """Take a document out of the corpus; it stays readable in the past."""
    project.remove([path], environment=environment, reason=reason, force=force)
    return Response(status_code=204)


@router.get("/queue")
def list_queue(
    project: Opened,
    environment: Environment = None,
    at: At = None,
    status: Literal["enqueued", "claimed", "committed", "quarantined"] | None = None,
    limit: Limit = 1_000,
) -> QueueItems:
    """The ingestion queue, in order of arrival."""
    items = project.queue(environment=environment, at=at, status=status)
    return QueueItems(items=[_item(item) for item in items[:limit]], total=len(items))


def _enqueue(
    uploads: tuple[Upload, ...], project: Project, *, environment: str | None, force: bool
) -> list[QueueItem]:
    most = project.settings.documents.max_megabytes
    documents = [(upload.path, upload.document(megabytes=most)) for upload in uploads]
    for _ in range(TRIES - 1):
        try:
            project.enqueue(documents, environment=environment, force=force)
            break
        except FencedError:
            # Whoever sends documents means the environment, not the timeline it had just now.
            continue
    else:
        project.enqueue(documents, environment=environment, force=force)
    return [
        _item(Item(path, document.digest, document.media_type, len(document.source)))
        for path, document in documents
    ]


def _item(item: Item) -> QueueItem:
    return QueueItem(key=item.key, **asdict(item))
