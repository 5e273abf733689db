"""Alertmanager's webhook, version 4."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2

from holdfast.domain.alert import Alert, Notice
from holdfast.errors import NotifyError, SettingsError

TIMEOUT = 10.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of what has none."""


class WebhookNotifier:
    """Posts notices to a URL; what is not answered with 2xx within ten seconds has failed."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"webhook url {url!r} is no http address; correct alerts.toml")
        self._url = url
        self._host = parts.hostname
        self._timeout = timeout

    def send(self, notice: Notice) -> None:
        try:
            reply = httpx2.post(self._url, json=body(notice), timeout=self._timeout)
        except httpx2.HTTPError as e:
            raise NotifyError(
                f"{notice.receiver!r}: no answer from {self._host} ({type(e).__name__}); "
                "is it running?"
            ) from e
        if not reply.is_success:
            raise NotifyError(
                f"{notice.receiver!r}: {self._host} answered {reply.status_code}; look there"
            )


def body(notice: Notice) -> dict[str, Any]:
    """What is posted."""
    return {
        "version": "4",
        "groupKey": notice.group_key,
        "truncatedAlerts": 0,
        "status": notice.status,
        "receiver": notice.receiver,
        "groupLabels": notice.group_labels,
        "commonLabels": notice.shared("labels"),
        "commonAnnotations": notice.shared("annotations"),
        "externalURL": "",
        "alerts": [_alert(alert) for alert in notice.alerts],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "status": alert.status,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": _time(alert.starts_at),
        "endsAt": NEVER if alert.ends_at is None else _time(alert.ends_at),
        "generatorURL": "",
        "fingerprint": alert.fingerprint,
    }


def _time(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
