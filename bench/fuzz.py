"""Hostile telemetry: random, cut off, too large, deep, packed to burst; statuses and memory.

No reply may be a 500, none may be missing, and the collector's memory must not go on growing.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import load
import table
from intake import Memory, collecting

import holdfast

PROTOBUF, JSON = "application/x-protobuf", "application/json"
SECONDS = 60
"""After which a reply counts as missing."""
GROWTH_MB = 100
"""What memory may differ by between the middle and the end."""
Request = tuple[str, bytes, dict[str, str]]


def kinds(template: load.Template, chance: random.Random, number: int) -> dict[str, Request]:
    """One hostile request of each kind."""
    whole = template.make(number, salt=1)
    cut = whole[: chance.randrange(len(whole))]
    spoiled = bytearray(whole)
    for _ in range(20):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    packed = {"content-encoding": "gzip"}
    deep = b'{"resourceSpans":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    wide = {"resourceSpans": [{"scopeSpans": [{"spans": [{}] * 20_000}]}]}
    return {
        "whole": (PROTOBUF, whole, {}),
        "random": (PROTOBUF, chance.randbytes(chance.randrange(200_000)), {}),
        "cut off": (PROTOBUF, cut, {}),
        "spoiled": (PROTOBUF, bytes(spoiled), {}),
        "cut-off gzip": (PROTOBUF, gzip.compress(whole, 1)[: 1_000 + number % 5_000], packed),
        "gzip bomb": (PROTOBUF, BOMB, packed),
        "deep JSON": (JSON, deep, {}),
        "wide JSON": (JSON, json.dumps(wide).encode(), {}),
        "too large": (PROTOBUF, bytes(9 << 20), {}),
        "length that lies": (PROTOBUF, b"\x0a\xff\xff\xff\xff\x0f" + whole[:100], {}),
    }


BOMB = gzip.compress(bytes(200 << 20), 9)


def post(place: str, request: Request) -> int:
    """The reply's status; 0 when there is none."""
    kind, body, more = request
    connection = http.client.HTTPConnection(place, timeout=SECONDS)
    try:
        connection.request("POST", "/v1/traces", body, {"content-type": kind, **more})
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        # Refused by its announced length while it was still being sent.
        return 413
    except OSError:
        return 0
    finally:
        connection.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="20 rounds")
    arguments.add_argument("--rounds", type=int, default=300)
    given = arguments.parse_args()
    rounds = 20 if given.quick else given.rounds
    template, chance = load.Template(50), random.Random(3)
    statuses: dict[str, Counter[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "fuzz"
        holdfast.init(root).close()
        with collecting(root) as (process, url):
            memory = Memory(process.pid)
            middle = 0.0
            for number in range(rounds):
                for name, request in kinds(template, chance, number).items():
                    found = statuses.setdefault(name, Counter())
                    found[post(urlsplit(url).netloc, request)] += 1
                if number == rounds // 2:
                    middle = time.perf_counter()
            memory.stop()
    half, most = memory.most(until=middle), memory.most(since=middle)
    table.show(
        "Hostile telemetry",
        inputs=f"{rounds} requests of each kind, one after the other; memory of collector and "
        f"sorter at most {half:,.0f} MB in the first half, {most:,.0f} MB in the second",
        columns=("kind", "statuses"),
        rows=[
            [name, ", ".join(f"{status}: {count}" for status, count in sorted(found.items()))]
            for name, found in statuses.items()
        ],
    )
    wrong = {status for found in statuses.values() for status in found if not 200 <= status < 500}
    assert not wrong, f"statuses {sorted(wrong)}"
    assert most < half + GROWTH_MB, "memory grows"


if __name__ == "__main__":
    main()
