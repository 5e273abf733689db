"""A budget of the day over HTTP: several processes on one folder count together and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import openai
import pytest

from holdfast.operations.budgets import Budgets
from tests.support.provider import answer, serving
from tests.support.server import chat, client, made, rest, served, spawned

EACH = 23
"""Tokens of a scripted answer, eight of the input from the provider's cache."""


def refuses(place: str) -> None:
    """A server says that nothing is left, in OpenAI's words and to Prometheus."""
    with rest(place) as http:
        reply = http.post("/v1/chat/completions", json=chat("One more?"))
        problem = reply.json()["error"]
        assert (reply.status_code, problem["code"]) == (429, "insufficient_quota")
        assert problem["type"] == "insufficient_quota"
        assert 0 < int(reply.headers["retry-after"]) <= 86_400
        (account,) = http.get("/api/v1/budgets").json()
        assert (account["spent"], account["state"]) == (69, "used up")
        text = http.get("/metrics").text
        assert 'holdfast_budget_spent{environment="",unit="tokens"} 69.0' in text
    with client(place) as asking, pytest.raises(openai.RateLimitError, match="69 of 69 tokens"):
        asking.chat.completions.create(
            model="production",
            messages=[{"role": "user", "content": "And streamed?"}],
            stream=True,
        )


def test_two_servers_and_a_command_spend_one_budget(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with serving(answer("Within 30 days.")) as (url, provider):
        tables = {
            "model": f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"',
            "budget": f"tokens_per_day = {3 * EACH}",
        }
        with closing(made(folder, **tables)) as project:
            with served(project) as here, spawned(folder) as there:
                for number, place in enumerate((here, there.url)):
                    with rest(place) as http:
                        reply = http.post("/v1/chat/completions", json=chat(f"Shoes {number}?"))
                    assert reply.status_code == 200
                asked = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), "ask"]
                done = subprocess.run([*asked, "Shoes again?"], capture_output=True, check=False)
                assert done.returncode == 0
                for place in (here, there.url):
                    refuses(place)
                refused = subprocess.run(
                    [*asked, "And here?", "--json"], capture_output=True, check=False
                )
                assert refused.returncode == 6
                assert json.loads(refused.stdout)["error"]["code"] == "insufficient_quota"
            assert len(provider.requests) == 3, "nothing more was paid"
            (one,) = Budgets(project.system).accounts()
            assert (one.spent, one.state) == (3 * EACH, "used up")
