"""Notices to Slack, e-mail and whatever else apprise reaches."""

from __future__ import annotations

from holdfast.adapters.apprise.notifier import AppriseNotifier

__all__ = ["AppriseNotifier"]
