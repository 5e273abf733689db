from __future__ import annotations

import os
import sys

from prometheus_client import CollectorRegistry

from holdfast.server.usage import Usage

LABELS = {"environment": "production", "release": "abcdef123456"}


def test_processor_time_adds_up_by_environment_and_release() -> None:
    registry = CollectorRegistry()
    usage = Usage(registry, sorting=lambda: None)
    usage.answered("production", "abcdef123456" + "0" * 52, cpu=0.25)
    usage.answered("production", "abcdef123456" + "0" * 52, cpu=0.5)
    usage.answered("staging", "abcdef123456" + "0" * 52, cpu=1.0)
    assert registry.get_sample_value("holdfast_answer_cpu_seconds_total", LABELS) == 0.75
    if sys.platform == "linux":
        memory = registry.get_sample_value("holdfast_answer_memory_bytes", LABELS)
        assert memory is not None
        assert memory > 1 << 20


def test_the_process_that_sorts_is_told_while_there_is_one() -> None:
    registry, pid = CollectorRegistry(), None
    Usage(registry, sorting=lambda: pid)
    name = "holdfast_sorting_process_resident_memory_bytes"
    assert registry.get_sample_value(name) is None
    pid = os.getpid()
    if sys.platform == "linux":
        assert registry.get_sample_value(name)
