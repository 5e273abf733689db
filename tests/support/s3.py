"""A server that speaks S3's protocol, Object Lock with it, on a real socket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "not a secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def storage() -> Iterator[Any]:
    """A client of a running server, which ``boto3`` finds by itself meanwhile."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with patch.dict(os.environ, {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}):
        try:
            yield boto3.client("s3")
        finally:
            server.stop()


def bucket(client: Any, *, lock: bool) -> str:
    """A new bucket's name; with Object Lock, without a retention of its own."""
    name = f"vault-{uuid4().hex}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
    return name
