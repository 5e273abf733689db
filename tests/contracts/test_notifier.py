from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from holdfast.adapters.apprise import AppriseNotifier
from holdfast.adapters.memory.notifier import MemoryNotifier
from holdfast.adapters.webhook import WebhookNotifier
from holdfast.domain.alert import Alert, Notice
from holdfast.errors import NotifyError, SettingsError

# Apprise loads a module that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

FIRING = Alert("f1", {"severity": "page", "alertname": "x"}, {"summary": "It burns."}, 1_000_000)
ENDED = Alert("f2", {"severity": "page", "alertname": "y"}, {"summary": "It burned."}, 1, 2_000_000)
NOTICE = Notice("oncall", "g", (FIRING, ENDED))


class Endpoint:
    """An HTTP endpoint that answers with a status, and remembers what came."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[dict] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", "0"))
                endpoint.bodies.append(json.loads(self.rfile.read(size)))
                self.send_response(endpoint.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture(params=["memory", "webhook", "apprise"])
def notifier(request, endpoint):
    """An adapter, how to make it fail, and how often something arrived."""
    if request.param == "memory":
        made = MemoryNotifier()
        return made, lambda: setattr(made, "failures", 1), lambda: len(made.sent)
    if request.param == "webhook":
        made = WebhookNotifier(f"http://{endpoint.address}/hook")
    else:
        made = AppriseNotifier(f"json://{endpoint.address}/hook")

    def count() -> int:
        return len(endpoint.bodies)

    return made, lambda: setattr(endpoint, "status", 500), count


def test_what_is_sent_arrives(notifier) -> None:
    adapter, _, arrived = notifier
    adapter.send(NOTICE)
    assert arrived() == 1


def test_what_is_refused_raises(notifier) -> None:
    adapter, fail, _ = notifier
    fail()
    with pytest.raises(NotifyError, match="oncall"):
        adapter.send(NOTICE)


def test_the_webhook_speaks_alertmanagers_version_4(endpoint) -> None:
    WebhookNotifier(f"http://{endpoint.address}/hook").send(NOTICE)
    (body,) = endpoint.bodies
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "oncall")
    assert body["commonLabels"] == {"severity": "page"}
    first, second = body["alerts"]
    assert (first["status"], first["startsAt"], first["endsAt"]) == (
        "firing", "1970-01-01T00:00:01Z", "0001-01-01T00:00:00Z",
    )  # fmt: skip
    assert (second["status"], second["endsAt"]) == ("resolved", "1970-01-01T00:00:02Z")
    assert set(body) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels",
        "commonLabels", "commonAnnotations", "externalURL", "alerts",
    }  # fmt: skip


def test_apprise_gets_a_title_and_a_line_for_each(endpoint) -> None:
    AppriseNotifier(f"json://{endpoint.address}/hook").send(NOTICE)
    (body,) = endpoint.bodies
    assert body["title"] == "[firing] page: x and 1 more"
    assert "It burns." in body["message"]
    assert "It burned." in body["message"]


def test_nobody_there_raises() -> None:
    with pytest.raises(NotifyError, match=r"no answer from 127\.0\.0\.1"):
        WebhookNotifier("http://127.0.0.1:9/hook").send(NOTICE)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="no http address"):
        WebhookNotifier("oncall")
    with pytest.raises(SettingsError, match="cannot read the url"):
        AppriseNotifier("no-such-service://x")
