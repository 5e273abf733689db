"""Documents in a request: as JSON, or as the files of a form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError, model_validator
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import LimitError, UsageError
from holdfast.pipeline.load import media_type
from holdfast.server.api.fields import CorpusPath
from holdfast.server.body import Body

MAX_DOCUMENTS = 256
"""Documents of one request."""
MAX_FIELDS = 16
"""Fields of a form that are no files; none is read."""
JSON, FORM = "application/json", "multipart/form-data"

T = TypeVar("T")


class NewDocument(Body):
    """A document: its path in the corpus and its content, as text or (any format) base64."""

    path: CorpusPath
    content: str
    encoding: Literal["text", "base64"] = "text"

    @model_validator(mode="after")
    def _decodes(self) -> NewDocument:
        self.data()
        return self

    def data(self) -> bytes:
        """The document's bytes."""
        if self.encoding == "text":
            return self.content.encode()
        try:
            return base64.b64decode(self.content, validate=True)
        except binascii.Error as e:
            raise ValueError(f"the content of {self.path!r} is not base64: {e}") from e


class NewDocuments(Body):
    """Documents to bring in."""

    documents: list[NewDocument] = Field(min_length=1, max_length=MAX_DOCUMENTS)


@dataclass(frozen=True, slots=True)
class Upload:
    """A document as it was sent."""

    path: str
    data: bytes

    def document(self, *, megabytes: int) -> Document:
        """What is stored. Raises ``LimitError``, or ``DocumentError`` if nothing can read it."""
        if len(self.data) > megabytes << 20:
            raise LimitError(
                f"{self.path!r} has {len(self.data)} bytes; documents.max_megabytes is {megabytes}"
            )
        return Document(digest_bytes(self.data), media_type(self.path, self.data), self.data)


FORMATS: dict[str, Any] = {
    "required": True,
    "content": {
        JSON: {"schema": NewDocuments.model_json_schema()},
        FORM: {
            "schema": {
                "type": "object",
                "description": "Each file's name is its path in the corpus.",
                "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                },
                "required": ["files"],
            }
        },
    },
}
"""The request's body, for OpenAPI."""


async def read_upload(request: Request) -> tuple[Upload, ...]:
    """The documents of a request. Raises ``RequestValidationError``, ``UsageError``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        body = _valid(TypeAdapter(NewDocuments), await request.json(), where=("body",))
        uploads = [Upload(document.path, document.data()) for document in body.documents]
    elif kind == FORM:
        uploads = await _files(request)
    else:
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content-type is {kind!r}; send {JSON} or {FORM}"
        )
    _check_distinct(uploads)
    return tuple(uploads)


Uploaded = Annotated[tuple[Upload, ...], Depends(read_upload)]


async def _files(request: Request) -> list[Upload]:
    async with request.form(max_files=MAX_DOCUMENTS, max_fields=MAX_FIELDS) as form:
        files = [(name, f) for name, f in form.multi_items() if isinstance(f, UploadFile)]
        if not files:
            raise UsageError("the form holds no file; send at least one, named by its path")
        return [
            Upload(_valid(PATH, file.filename or "", where=("body", name)), await file.read())
            for name, file in files
        ]


PATH: TypeAdapter[str] = TypeAdapter(CorpusPath)


def _valid(adapter: TypeAdapter[T], value: Any, *, where: tuple[str, ...]) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as e:
        errors = [{**error, "loc": (*where, *error["loc"])} for error in e.errors()]
        raise RequestValidationError(errors) from e


def _check_distinct(uploads: Sequence[Upload]) -> None:
    seen: set[str] = set()
    for upload in uploads:
        if upload.path in seen:
            raise UsageError(f"{upload.path!r} is sent twice; send each path once")
        seen.add(upload.path)
