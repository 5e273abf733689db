"""A served project: in this process on a real socket, or in a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import uvicorn
from fastapi import FastAPI

import holdfast
from holdfast.pipeline.queue import COMMITTED, QUARANTINED
from holdfast.project import Project
from holdfast.server.app import create_app


def made(folder: Path, **tables: str) -> Project:
    """The starter project with its documents and release; ``model="..."`` adds to ``[model]``."""
    project = holdfast.init(folder)
    if tables:
        project.close()
        change(folder, **tables)
        project = holdfast.open(folder)
    project.ingest()
    project.deploy()
    return project


def change(folder: Path, **tables: str) -> None:
    """Set tables of a project's ``holdfast.toml`` anew."""
    file = folder / "holdfast.toml"
    text = file.read_text()
    for table, lines in tables.items():
        text = re.sub(rf"(?ms)^\[{table}\]\n.*?(?=^\[|\Z)", "", text)
        text += f"\n[{table}]\n{lines}\n"
    file.write_text(text)


@contextmanager
def served(project: Project, *, api_key: str = "") -> Iterator[str]:
    """The address of the project's application, run in a thread."""
    with run(create_app(project, api_key=api_key)) as url:
        yield url


@contextmanager
def run(app: FastAPI) -> Iterator[str]:
    """The address of an application, run in a thread."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Spawned:
    """``holdfast serve`` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], url: str, line: str) -> None:
        self.process = process
        self.url = url
        self.line = line
        """What it said when it was ready."""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def spawned(folder: Path, *more: str, **environment: str) -> Iterator[Spawned]:
    """``holdfast serve`` on a free port, ready; ``more`` are options of its own."""
    serve = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), "serve", "--port", "0"]
    with subprocess.Popen(
        [*serve, *more],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "", "HOLDFAST_ACTOR": "server", **environment},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, f"the server said {line!r}"
            yield Spawned(process, found[0], line)
        finally:
            process.kill()


def rest(url: str, *, api_key: str = "") -> httpx.Client:
    """A client of the REST routes."""
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    return httpx.Client(base_url=url, headers=headers, timeout=60)


def client(url: str, *, api_key: str = "unused") -> openai.OpenAI:
    """OpenAI's own client, without its retries."""
    return openai.OpenAI(base_url=f"{url}/v1", api_key=api_key, max_retries=0)


def chat(*contents: str, **fields: Any) -> dict[str, Any]:
    """A chat request: user and assistant take turns, the user speaks last."""
    roles = ["assistant", "user"] if len(contents) % 2 == 0 else ["user", "assistant"]
    messages = [
        {"role": roles[index % 2], "content": content} for index, content in enumerate(contents)
    ]
    return {"model": "production", "messages": messages, **fields}


def settle(http: httpx.Client, *, environment: str = "production") -> dict[str, str]:
    """Wait until the queue is worked down; the status of every path."""
    while True:
        found = http.get("/api/v1/queue", params={"environment": environment}).json()["items"]
        statuses = {item["path"]: item["status"] for item in found}
        if set(statuses.values()) <= {COMMITTED, QUARANTINED}:
            return statuses
        time.sleep(0.05)
