"""A deployed prompt with its text."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.errors import NotFoundError
from holdfast.operations.system import System
from holdfast.store.releases import catalog


@dataclass(frozen=True, slots=True)
class DeployedPrompt:
    """A prompt as an environment has it."""

    prompt: str
    environment: str
    text: str
    digest: str
    release: str
    """The release whose text it is; later ones may have the same."""


def deployed_prompt(
    system: System, name: str, *, environment: str, at: str | None = None
) -> DeployedPrompt:
    """The prompt of that name, now or at a moment. Raises ``NotFoundError``."""
    view = system.view(environment, at)
    entry = view.get("prompts", name)
    if entry is None:
        known = ", ".join(sorted(repr(entry.key) for entry in view.scan("prompts"))) or "none"
        raise NotFoundError(f"no prompt {name!r} in {environment!r}; there is {known}")
    release = entry.value["release"]
    texts = catalog.components(release, blobs=system.blobs)["prompt"]["prompts"]
    return DeployedPrompt(name, environment, texts[name], entry.value["digest"], release)
