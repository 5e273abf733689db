"""The shop's server as its customers and operators see it: a process, reached over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from openai import OpenAI

ENVIRONMENT = "production"


@dataclass(frozen=True)
class Answer:
    """What a customer got, with the stamp that came with it and how long it took."""

    question: str
    text: str
    stamp: dict[str, Any]
    seconds: float

    @property
    def decision(self) -> str:
        return str(self.stamp["decision"])


class Shop:
    """A client of a running ``holdfast serve``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.openai = OpenAI(base_url=f"{url}/v1", api_key="none needed on loopback")
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)

    def ask(self, question: str, *, session: str) -> Answer:
        """One customer's question, through the official OpenAI client."""
        started = time.perf_counter()
        reply = self.openai.chat.completions.create(
            model=ENVIRONMENT,
            messages=[{"role": "user", "content": question}],
            extra_headers={"x-holdfast-session": session},
        )
        seconds = time.perf_counter() - started
        extra = reply.model_extra or {}
        return Answer(question, reply.choices[0].message.content or "", extra["holdfast"], seconds)

    def get(self, path: str, **params: str) -> Any:
        """A reading call of the REST API."""
        return self._checked(self.http.get(path, params=params))

    def post(self, path: str, **body: Any) -> Any:
        """A changing call of the REST API."""
        return self._checked(self.http.post(path, json=body))

    def cpu(self) -> float:
        """CPU seconds the server has used."""
        return self._metric("process_cpu_seconds_total")

    def requests(self) -> float:
        """Requests so far."""
        return self._metric("holdfast_requests_total")

    def errors(self) -> float:
        """Replies of 500 and above so far."""
        return self._metric("holdfast_requests_total", labels=r'[^}]*status="5\d\d"[^}]*')

    def _metric(self, name: str, *, labels: str = "[^}]*") -> float:
        """The sum of a metric's samples on ``/metrics``."""
        page = httpx.get(f"{self.url}/metrics", timeout=10).text
        samples = re.findall(rf"^{name}(?:\{{{labels}\}})? (\S+)$", page, flags=re.MULTILINE)
        return sum(map(float, samples))

    @staticmethod
    def _checked(reply: httpx.Response) -> Any:
        if reply.is_error:
            raise SystemExit(f"{reply.request.url}: {reply.status_code} {reply.text}")
        return reply.json()


@contextmanager
def serving(folder: Path) -> Iterator[Shop]:
    """Start ``holdfast serve`` for a project folder; stop it at the end."""
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\w.:]+", line)
            if found is None:
                raise SystemExit(f"the server did not start: {line!r}")
            yield Shop(found[0])
        finally:
            process.terminate()
            process.wait(timeout=30)
