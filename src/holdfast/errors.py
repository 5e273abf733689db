"""Every error Holdfast raises on purpose.

    HoldfastError
    ├── UsageError              the call or command cannot mean anything useful
    │   ├── MomentError             no such moment, or more than one
    │   ├── NotFoundError           no such decision, document, release, environment ...
    │   └── LimitError              an input is larger than its limit
    ├── SettingsError           holdfast.toml, policies.toml or a prompt is broken
    ├── StateError              the system's state does not allow it
    │   ├── FencedError             prepared on a timeline that was rolled back since
    │   ├── ConflictError           somebody else changed it first
    │   ├── EmbedderMismatchError   a query and a column of two embedders
    │   └── BusyError               too much waits already: send again later
    ├── StorageError            the disk or the database refused
    │   ├── StorageFullError
    │   ├── StorageLockedError
    │   └── CorruptionError         what is stored does not match its digest
    ├── DocumentError           a document that cannot be read: it is quarantined
    ├── ProviderError           a model or embedding endpoint failed
    │   ├── ProviderBusyError       429: asked too often
    │   ├── ProviderTimeoutError
    │   ├── ProviderDownError       5xx or no connection
    │   ├── ProviderReplyError      a reply that is not what the protocol says
    │   ├── ProviderRefusedError    4xx: the request itself was refused
    │   └── JudgeDownError          a judge got no answer so often that its run stopped
    ├── BudgetError             a judge has spent what it may spend
    ├── QuotaError              answering has cost what it may cost in a day
    ├── NotifyError             a notice could not be delivered
    └── StatisticsError         numbers that a statistic is not defined on

A message names the value that was wrong and the next step. ``code`` is the stable name that
``--json`` and HTTP replies carry, ``exit_code`` what the command line ends with, ``status`` the
HTTP status.
"""

from __future__ import annotations

from typing import ClassVar


class HoldfastError(Exception):
    """Root of all errors that Holdfast raises on purpose."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    decision: str = ""
    """Id of the decision that was recorded all the same: a failed or fenced one."""


class UsageError(HoldfastError, ValueError):
    """The call or command cannot mean anything useful."""

    code = "usage"
    exit_code = 2
    status = 400


class MomentError(UsageError):
    """No such moment, or more than one; the message names the nearest ones."""

    code = "moment"
    status = 404


class NotFoundError(UsageError):
    """No object of that name or id."""

    code = "not_found"
    status = 404


class LimitError(UsageError):
    """An input is larger than its limit."""

    code = "limit"
    status = 413


class SettingsError(HoldfastError):
    """holdfast.toml, policies.toml or a prompt is broken; names file, line and key."""

    code = "settings"
    exit_code = 2
    status = 500


class StateError(HoldfastError):
    """The system's present state does not allow what was asked."""

    code = "state"
    exit_code = 3
    status = 409


class FencedError(StateError):
    """A write was prepared on a timeline that no environment heads any more."""

    code = "fenced"


class ConflictError(StateError):
    """A precondition failed: somebody else changed the same thing first."""

    code = "conflict"


class EmbedderMismatchError(StateError):
    """A query would be embedded by another embedder than the column it searches."""

    code = "embedder_mismatch"


class BusyError(StateError):
    """Too much waits to be worked on; the same request succeeds later."""

    code = "busy"
    status = 503


class StorageError(HoldfastError):
    """The disk or the database refused."""

    code = "storage"
    exit_code = 5
    status = 503


class StorageFullError(StorageError):
    """No space is left; nothing was half-written."""

    code = "storage_full"
    status = 507


class StorageLockedError(StorageError):
    """Another process holds the database for longer than we wait."""

    code = "storage_locked"


class CorruptionError(StorageError):
    """Stored bytes do not match their digest."""

    code = "corruption"
    status = 500


class DocumentError(HoldfastError):
    """A document that cannot be read; it is quarantined and the rest goes on."""

    code = "document"
    exit_code = 1
    status = 422


class ProviderError(HoldfastError):
    """A model or embedding endpoint failed."""

    retry_after: float | None = None
    """Seconds the provider asks to wait before the next try."""

    code = "provider"
    exit_code = 4
    status = 502


class ProviderBusyError(ProviderError):
    """The provider answered 429."""

    code = "provider_busy"
    status = 429


class ProviderTimeoutError(ProviderError):
    """The provider did not answer in time."""

    code = "provider_timeout"
    status = 504


class ProviderDownError(ProviderError):
    """The provider answered 5xx, or there was no connection."""

    code = "provider_down"


class ProviderReplyError(ProviderError):
    """The provider's reply is not what the protocol says: bad JSON, no choices, a cut stream."""

    code = "provider_reply"


class ProviderRefusedError(ProviderError):
    """The provider refused the request itself (4xx other than 429)."""

    code = "provider_refused"


class JudgeDownError(ProviderError):
    """A judge got no answer so often in a row that the run stopped; what was judged is kept."""

    code = "judge_down"


class BudgetError(HoldfastError):
    """A judge has spent its tokens or its money; what was judged is kept."""

    code = "budget"
    exit_code = 6
    status = 402


class QuotaError(HoldfastError):
    """Answering has cost what it may cost in a day; the same question is answered tomorrow."""

    code = "insufficient_quota"
    exit_code = 6
    status = 429

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotifyError(HoldfastError):
    """A notice could not be delivered; it is sent again."""

    code = "notify"
    exit_code = 4
    status = 502


class StatisticsError(HoldfastError, ValueError):
    """Numbers that a statistic is not defined on."""

    code = "statistics"
    exit_code = 2
    status = 422
