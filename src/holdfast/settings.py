"""The only reader of the environment and of ``holdfast.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from holdfast.errors import SettingsError, UsageError

FILE = "holdfast.toml"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
PromptName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Section(BaseModel):
    """One table of ``holdfast.toml``; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectSettings(Section):
    """``[project]``"""

    name: Name = "app"
    """Shown in logs and metrics."""
    environment: Name = "production"
    """The environment that commands mean when ``--env`` is not given."""


class StorageSettings(Section):
    """``[storage]``"""

    path: str = ".holdfast"
    """Folder of ledger, lake and blobs, relative to the project."""
    grace_minutes: int = Field(default=60, ge=0, le=60 * 24 * 365)
    """A clean-up leaves alone what is younger than this."""
    retention_days: int = Field(default=30, ge=0, le=36_500)
    """Moments this young can always be restored: no column they need is given up."""


class DocumentSettings(Section):
    """``[documents]``"""

    path: str = "documents"
    """Folder that ``holdfast ingest`` reads when no path is given."""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns of files to read."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of files to leave out."""
    max_megabytes: int = Field(default=50, ge=1, le=50)
    """A larger document is quarantined."""


class PreprocessingSettings(Section):
    """``[preprocessing]``: how documents are cut into chunks."""

    max_characters: int = Field(default=800, ge=100, le=20_000)
    """Longest chunk."""
    overlap: int = Field(default=0, ge=0, le=5_000)
    """Characters that neighbouring chunks share."""


class EmbedderSettings(Section):
    """``[embedder]``"""

    kind: Literal["wordllama", "openai"] = "wordllama"
    """``wordllama`` is embedded; ``openai`` is any OpenAI-compatible endpoint."""
    base_url: str = ""
    """Endpoint, for ``openai``."""
    model: str = ""
    """Model name at the endpoint."""
    dimensions: int = Field(default=256, ge=8, le=8192)
    """Length of a vector."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key."""


class ModelSettings(Section):
    """``[model]``: what writes the answers."""

    kind: Literal["extractive", "openai"] = "extractive"
    """``extractive`` is embedded; ``openai`` is any OpenAI-compatible endpoint."""
    base_url: str = ""
    """Endpoint, for ``openai``."""
    model: str = ""
    """Model name at the endpoint."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key."""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    """Longest wait for the next byte."""
    attempts: int = Field(default=3, ge=1, le=10)
    """Tries per answer, where trying again is safe."""


class EndpointSettings(Section):
    """``[endpoints]``: what releases other than the folder's need, too."""

    keys: dict[str, str] = Field(default={})
    """Names of the environment variables that hold keys, by ``base_url``."""


class SamplingSettings(Section):
    """``[sampling]``"""

    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """0 always takes the best."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Nucleus sampling."""
    max_tokens: int = Field(default=512, ge=1, le=100_000)
    """Longest answer."""
    seed: int = Field(default=0, ge=-1, le=2**31 - 1)
    """Seed of every answer; -1 draws a new one for each and stamps it."""


class PromptSettings(Section):
    """``[prompt]``"""

    chain: tuple[PromptName, ...] = Field(default=("answer",), min_length=1, max_length=8)
    """Prompts of ``prompts/NAME.md`` in order; the last one's output is the answer."""


class RetrievalSettings(Section):
    """``[retrieval]``: what reaches the prompt."""

    candidates: int = Field(default=50, ge=1, le=1000)
    """Chunks taken from each of the two searches."""
    passages: int = Field(default=6, ge=1, le=100)
    """Chunks in the prompt."""
    feedback_weight: float = Field(default=0.15, ge=0.0, le=0.5)
    """How far feedback can move a chunk's score, at most."""
    memory_turns: int = Field(default=4, ge=0, le=50)
    """Earlier turns of the conversation in the prompt."""
    cache: bool = True
    """Whether an answer may be given again to the same question on the same evidence."""


class GuardSettings(Section):
    """``[guard]``"""

    policies: str = "policies.toml"
    """File of rules, relative to the project."""


Kind = Literal["email", "phone", "card", "iban", "key"]
PatternName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class PrivacySettings(Section):
    """``[privacy]``: what is taken out before anything is stored."""

    capture: bool = True
    """Whether questions, answers and the texts of telemetry are kept at all."""
    redact: tuple[Kind, ...] = ("card", "iban", "key")
    """What is replaced by its kind: email, phone, card, iban, key (tokens and passwords too)."""
    region: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    """Country (ISO 3166) of phone numbers that are written without a code; empty: none are."""
    patterns: dict[PatternName, str] = Field(default={})
    """Patterns of your own (RE2) by the name that replaces what they match."""
    allow: tuple[str, ...] = ()
    """What stays all the same: the shop's own address and phone number."""


class GateSettings(Section):
    """``[gate]``"""

    suite: str = ""
    """Suite whose gate a release must pass before it is deployed; empty: none."""


class RecoverSettings(Section):
    """``[recover]``: what is taken back with a cause."""

    threshold: float = Field(default=0.15, gt=0.0, le=1.0)
    """From what strength on something rests on a cause; what rests on it less stays."""
    share: float = Field(default=0.2, ge=0.0, le=1.0)
    """Share of the changes, or of the live documents, that is taken back without asking."""
    suite: str = ""
    """Suite whose questions are asked again afterwards; empty: that of the gate."""


class CodeSettings(Section):
    """``[code]``: files of yours that are part of a release."""

    include: tuple[str, ...] = ()
    """Glob patterns; their content goes into the release's digest."""


class ScoringSettings(Section):
    """``[scoring]``: decisions that ``holdfast serve`` scores while it answers."""

    rate: float = Field(default=0.1, ge=0, le=1)
    """Share of decisions that is scored; rates rest on these alone."""
    slices: int = Field(default=0, ge=0, le=10_000)
    """At least so many of each slice in a day, beside them."""
    odd: bool = True
    """Also those that look odd: refused, cut off, disliked, asked again, poorly grounded."""
    per_hour: int = Field(default=600, ge=0, le=1_000_000)
    """Decisions that are scored in an hour at most, the odd ones first."""
    scorers: tuple[str, ...] = ("grounding", "relevance", "resolution", "safety", "tone")
    """Scorers by kind."""
    second: str = ""
    """The LLM judge that decides where a scorer is unsure; empty: none."""


class Limit(Section):
    """What answering may cost in a UTC day; 0 sets no limit."""

    tokens_per_day: int = Field(default=0, ge=0)
    """Input and output tokens; those of answers from the cache count once."""
    dollars_per_day: float = Field(default=0.0, ge=0)
    """US dollars, where the provider publishes its prices."""


class BudgetSettings(Limit):
    """``[budget]``: what decisions and probes may cost in a UTC day, all environments together."""

    warn: float = Field(default=0.8, gt=0, le=1)
    """Share of a limit from which a ticket is raised."""
    stop: Literal["refuse", "fallback"] = "refuse"
    """What is done when it is used up: 429, or the fallback of the policies as the answer."""
    environments: dict[Name, Limit] = Field(default={})
    """Limits of one environment: ``[budget.environments.staging]``."""


class WatchSettings(Section):
    """``[watch]``: what ``holdfast serve`` does beside answering."""

    seconds: float = Field(default=10.0, ge=0, le=3600)
    """How often objectives, monitors, canaries and schedules are looked at; 0: never."""


class CanarySettings(Section):
    """``[canary]``: when a canary is promoted, and when it is rolled back."""

    measures: tuple[str, ...] = (
        "availability",
        "policy",
        "resolved",
        "grounded",
        "safe",
        "feedback",
        "good",
    )
    """A decision is good unless one of these says otherwise."""
    margin: float = Field(default=0.03, gt=0, lt=1)
    """Largest loss, in shares of good decisions, with which a canary is still promoted."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of each verdict, however often one looks."""
    settle_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """How long after its first answer a conversation is counted."""


class VaultSettings(Section):
    """``[vault]``: where moments are sealed, and whose seals are taken."""

    path: str = ""
    """Another disk or share, or ``s3://BUCKET/PREFIX``, which other credentials guard."""
    lock_days: int = Field(default=0, ge=0, le=36_500)
    """For how long a bucket locks what is sealed; 0: for as long as the bucket says by itself."""
    lock_mode: Literal["compliance", "governance"] = "compliance"
    """Whether nobody can shorten that, or who has a special right."""
    key: str = "~/.config/holdfast/vault.pem"
    """File of the private key that signs; made at the first seal."""
    trusted: tuple[str, ...] = ()
    """Public keys of others whose bundles are taken."""


class ServerSettings(Section):
    """``[server]``"""

    host: str = "127.0.0.1"
    """Address to listen on; another than loopback needs an API key."""
    port: int = Field(default=8321, ge=0, le=65535)
    """0 picks a free one."""
    max_body_megabytes: int = Field(default=8, ge=1, le=1024)
    """A larger request is refused with 413."""
    threads: int = Field(default=16, ge=1, le=256)
    """Requests worked on at once."""


class CollectSettings(Section):
    """``[collect]``: spans, metrics and logs that applications send (OTLP)."""

    grpc_port: int = Field(default=4317, ge=0, le=65535)
    """Port of ``holdfast collect`` for gRPC; 0 picks a free one."""
    http_port: int = Field(default=4318, ge=0, le=65535)
    """Port of ``holdfast collect`` for HTTP; 0 picks a free one."""
    backlog_megabytes: int = Field(default=4096, ge=1, le=1 << 20)
    """What may wait in the inbox; more is refused with 503 until it is worked on."""
    keep_days: int = Field(default=90, ge=1, le=3650)
    """Older spans, points and records are rejected, and ``holdfast clean`` removes them."""


class Settings(Section):
    """A whole ``holdfast.toml``; every key has a default."""

    project: ProjectSettings = ProjectSettings()
    storage: StorageSettings = StorageSettings()
    documents: DocumentSettings = DocumentSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    model: ModelSettings = ModelSettings()
    endpoints: EndpointSettings = EndpointSettings()
    sampling: SamplingSettings = SamplingSettings()
    prompt: PromptSettings = PromptSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    guard: GuardSettings = GuardSettings()
    privacy: PrivacySettings = PrivacySettings()
    gate: GateSettings = GateSettings()
    recover: RecoverSettings = RecoverSettings()
    code: CodeSettings = CodeSettings()
    scoring: ScoringSettings = ScoringSettings()
    budget: BudgetSettings = BudgetSettings()
    watch: WatchSettings = WatchSettings()
    canary: CanarySettings = CanarySettings()
    vault: VaultSettings = VaultSettings()
    server: ServerSettings = ServerSettings()
    collect: CollectSettings = CollectSettings()


def rewrite(root: Path, tables: dict[str, dict[str, Any]]) -> None:
    """Set keys of ``root/holdfast.toml``; comments and everything else stay as they are.

    Raises ``SettingsError`` when the file would not be valid then, and leaves it alone.
    """
    path = root / FILE
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        for name, values in tables.items():
            table = document.setdefault(name, tomlkit.table())
            for key, value in values.items():
                table[key] = value
        text = tomlkit.dumps(document)
        parse(text, file=str(path))
        new = path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except (OSError, UnicodeDecodeError, TOMLKitError) as e:
        raise SettingsError(f"{path}: cannot be rewritten: {e}") from e


def find_root(start: Path) -> Path:
    """The nearest folder upward from ``start`` that holds ``holdfast.toml``, as git does."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise UsageError(
        f"no {FILE} in {str(start)!r} or above; run 'holdfast init NAME' or change folder"
    )


def load(root: Path) -> Settings:
    """Read ``root/holdfast.toml``. Raises ``SettingsError`` that names file, line and key."""
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: cannot be read: {e}") from e
    return parse(text, file=str(path))


def parse(text: str, *, file: str = FILE) -> Settings:
    """Settings from the text of a ``holdfast.toml``.

    >>> parse("[sampling]\\ntemperature = 0.7").sampling.temperature
    0.7
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{file}: not valid TOML: {e}") from e
    try:
        return Settings.model_validate(values)
    except ValidationError as e:
        problem = e.errors()[0]
        keys = [str(part) for part in problem["loc"]]
        line = line_of(text, keys)
        raise SettingsError(f"{file}:{line}: {'.'.join(keys)}: {_explain(problem)}") from e


def line_of(text: str, keys: list[str], *, number: int = 0, shared: bool = False) -> int:
    """The line (from 1) where a key of a TOML text stands, in the table of that number by its name.

    If it is not found there its table's; where it may be ``shared``, first the line where it stands
    above all tables, for all of them.

    >>> line_of("a = 1\\n[[t]]\\nb = 2\\n[[t]]\\nb = 3", ["t", "b"], number=1)
    5
    >>> line_of("a = 1\\n[[t]]\\nb = 2", ["t", "a"], shared=True)
    1
    """
    table, seen, above, begun = "", -1, 0, 1
    for at, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            table = header[1]
            if table == keys[0]:
                seen += 1
                begun = at if seen == number else begun
            continue
        entry = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if entry is None:
            continue
        path = f"{table}.{entry[1]}" if table else entry[1]
        if path == ".".join(keys[:2]) and (not table or seen == number):
            return at
        if shared and path == keys[-1]:
            above = above or at
    return above or begun


def _explain(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key; see docs/reference/settings.md for the known ones"
    return f"{problem['msg']}, not {problem['input']!r}"


def secret(variable: str) -> str:
    """The value of an environment variable that holds a key. Raises ``SettingsError``."""
    value = os.environ.get(variable, "")
    if not value:
        raise SettingsError(f"environment variable {variable!r} is not set; it must hold the key")
    return value


def endpoint() -> str:
    """Where applications send what they decided (``HOLDFAST_ENDPOINT``)."""
    return os.environ.get("HOLDFAST_ENDPOINT", "").rstrip("/") or "http://127.0.0.1:8321"


def server_key() -> str:
    """The API key the server asks for (``HOLDFAST_API_KEY``), empty when there is none."""
    return os.environ.get("HOLDFAST_API_KEY", "")


def actor() -> str:
    """Who acts, for the ledger: ``HOLDFAST_ACTOR`` or the login name."""
    return os.environ.get("HOLDFAST_ACTOR") or os.environ.get("USER") or "unknown"


def client_privacy() -> PrivacySettings:
    """What an application takes out of its spans before they are sent; nothing unless told.

    ``HOLDFAST_REDACT`` names kinds, ``card,key``; ``HOLDFAST_CAPTURE`` is ``off`` where no text may
    leave. Raises ``SettingsError``.
    """
    named = os.environ.get("HOLDFAST_REDACT", "")
    captured = os.environ.get("HOLDFAST_CAPTURE", "") or "on"
    if captured not in ("on", "off"):
        raise SettingsError(f"HOLDFAST_CAPTURE is {captured!r}; write on or off")
    kinds = [kind.strip() for kind in named.split(",") if kind.strip()]
    try:
        return PrivacySettings.model_validate({"redact": kinds, "capture": captured == "on"})
    except ValidationError as e:
        known = ", ".join(get_args(Kind))
        raise SettingsError(f"HOLDFAST_REDACT is {named!r}; write any of {known}") from e
