"""``/v1/models``: the environments."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from holdfast.project import Project
from holdfast.server.gateway.router import openai_router
from holdfast.server.service import Opened

router = openai_router()


class Model(BaseModel):
    """An environment, as a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """Seconds since 1970."""
    owned_by: Literal["holdfast"] = "holdfast"


class Models(BaseModel):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[Model]


@router.get("/models")
def list_models(project: Opened) -> Models:
    """The environments that can be asked."""
    return Models(data=[_model(project, name) for name in sorted(project.environments())])


@router.get("/models/{model}")
def get_model(model: str, project: Opened) -> Model:
    """One environment."""
    return _model(project, project.head(model).environment)


def _model(project: Project, name: str) -> Model:
    return Model(id=name, created=project.moves(name)[0].at // 1_000_000)
