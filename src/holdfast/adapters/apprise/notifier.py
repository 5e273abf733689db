"""Apprise: one URL for each of a hundred services."""

from __future__ import annotations

from typing import Any

from holdfast.domain.alert import FIRING, Alert, Notice
from holdfast.errors import NotifyError, SettingsError


class AppriseNotifier:
    """Sends a notice as title and text. Raises ``SettingsError`` for a URL apprise cannot read."""

    def __init__(self, url: str) -> None:
        try:
            import apprise
        except ModuleNotFoundError as e:
            raise SettingsError(
                "an apprise target needs the extra 'notify': pip install 'holdfast[notify]'"
            ) from e
        self._types = {True: apprise.NotifyType.FAILURE, False: apprise.NotifyType.SUCCESS}
        self._client: Any = apprise.Apprise()
        if not self._client.add(url):
            # The URL holds keys, so it is not repeated.
            raise SettingsError("apprise cannot read the url of a target; correct alerts.toml")

    def send(self, notice: Notice) -> None:
        firing = notice.status == FIRING
        try:
            done = self._client.notify(
                title=title(notice), body=text(notice), notify_type=self._types[firing]
            )
        except Exception as e:
            raise NotifyError(
                f"{notice.receiver!r}: apprise failed ({type(e).__name__}); try again"
            ) from e
        if not done:
            raise NotifyError(
                f"{notice.receiver!r}: the service did not take it; check the url and the service"
            )


def title(notice: Notice) -> str:
    """One line that says what it is about."""
    first = notice.alerts[0]
    rest = f" and {len(notice.alerts) - 1} more" if len(notice.alerts) > 1 else ""
    severity = first.labels.get("severity", "alert")
    return f"[{notice.status}] {severity}: {first.labels.get('alertname', first.fingerprint)}{rest}"


def text(notice: Notice) -> str:
    """Every alert with its summary."""
    return "\n".join(_line(alert) for alert in notice.alerts)


def _line(alert: Alert) -> str:
    details = " ".join(f"{name}={value}" for name, value in sorted(alert.labels.items()))
    said = " ".join(alert.annotations.get(name, "") for name in ("summary", "description"))
    return f"{said.strip()} ({details})"
