"""Releases and prompts: deploy, list, compare."""

from __future__ import annotations

from pydantic import BaseModel

from holdfast.operations.deploy import Deployment
from holdfast.operations.prompt import DeployedPrompt, deployed_prompt
from holdfast.server.api.fields import At, DryRun, Environment, Id, Name, Reason
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened
from holdfast.store.releases.diff import ComponentDiff

router = rest_router("releases")


class DeployBody(Body):
    """Which release shall answer: a stored one by its digest, or the folder's."""

    release: Id | None = None
    environment: Environment = None
    reason: Reason = ""
    force: bool = False
    """Although its gate, a canary or a freeze forbids; needs a reason."""
    dry_run: DryRun = False


class Deployed(BaseModel):
    """A deployment, as history tells it."""

    release: str
    tick: int
    at: int
    actor: str
    reason: str


class PromptVersion(BaseModel):
    """A version of a prompt; ``digest`` is null where a deployment took the prompt away."""

    prompt: str
    digest: str | None
    release: str | None = None
    tick: int
    at: int
    actor: str
    reason: str


@router.post("/deploy")
def deploy(body: DeployBody, project: Opened) -> Deployment:
    """Make a release answer; ``tick`` is null when nothing changed."""
    return project.deploy(
        body.release,
        environment=body.environment,
        reason=body.reason,
        dry_run=body.dry_run,
        force=body.force,
    )


@router.get("/releases")
def list_releases(
    project: Opened, environment: Environment = None, at: At = None
) -> list[Deployed]:
    """The deployments of an environment, newest first."""
    found = project.releases(environment=environment, at=at)
    return [Deployed(**deployed) for deployed in found]


@router.get("/releases/diff")
def diff_releases(before: Id, after: Id, project: Opened) -> tuple[ComponentDiff, ...]:
    """What differs between two releases."""
    return project.diff_releases(before, after)


@router.get("/prompts")
def list_prompts(
    project: Opened, name: Name | None = None, environment: Environment = None, at: At = None
) -> list[PromptVersion]:
    """The history of the prompts, or of one, newest first."""
    found = project.prompts(name, environment=environment, at=at)
    return [PromptVersion(**version) for version in found]


@router.get("/prompts/{name}")
def read_prompt(
    name: Name, project: Opened, environment: Environment = None, at: At = None
) -> DeployedPrompt:
    """A prompt's text and version, as an environment has it."""
    where = environment or project.environment
    return deployed_prompt(project.system, name, environment=where, at=at)
