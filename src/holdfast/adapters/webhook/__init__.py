"""Notices to any HTTP endpoint, as Alertmanager's webhook sends them."""

from __future__ import annotations

from holdfast.adapters.webhook.notifier import WebhookNotifier

__all__ = ["WebhookNotifier"]
