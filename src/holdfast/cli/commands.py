"""The commands there are, in the order that ``holdfast --help`` lists them.

A new command has a line here. Its module is imported when it is run, not to be listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

START, DAILY, TIME, EXPLAIN = "Start", "Every day", "Time", "Explain"
MEASURE, REPAIR, CHANGE = "Measure", "Check and repair", "Change"
WATCH = "Watch"


@dataclass(frozen=True, slots=True)
class Listed:
    """A command as the list shows it."""

    name: str
    panel: str
    help: str
    """The first sentences of its own help; a test holds them to be the same."""
    place: str = ""
    """``module:function``, or ``module:app`` for a group; the name twice unless it says so."""

    def load(self) -> Any:
        """The function, or the group."""
        module, _, what = (self.place or f"{self.name}:{self.name}").partition(":")
        return getattr(import_module(f"holdfast.cli.{module}"), what)


COMMANDS = (
    Listed(
        "init",
        START,
        "Make a project folder: holdfast.toml, prompts/, documents/, policies, monitors, probes.",
    ),
    Listed("ingest", START, "Bring documents in."),
    Listed("deploy", START, "Make a release answer: an event on the ledger, undone by a rollback."),
    Listed("serve", START, "Answer over HTTP: OpenAI-compatible, REST, health and metrics."),
    Listed(
        "collect",
        START,
        "Take spans, metrics and logs in by OTLP, over HTTP and gRPC; answer nothing.",
    ),
    Listed(
        "ask", DAILY, "Answer a question from the documents; the decision is stamped and recorded."
    ),
    Listed("feedback", DAILY, "Say what you think of an answer; ranking listens, within bounds."),
    Listed("documents", DAILY, "List the live documents."),
    Listed("queue", DAILY, "List documents on their way in, and those that were quarantined."),
    Listed("remove", DAILY, "Take documents out of the corpus; a rollback brings them back."),
    Listed(
        "rollback",
        TIME,
        "Take index, queue, cache, memory, feedback, prompts and release back to a moment.",
    ),
    Listed(
        "recover",
        TIME,
        "Take a cause back with everything that rests on it; everything else stays.",
    ),
    Listed("fork", TIME, "Make an environment with all state of another; nothing is copied."),
    Listed("environments", TIME, "List environments and where they are."),
    Listed("clean", TIME, "Collect what no event of any timeline refers to."),
    Listed(
        "retention",
        TIME,
        "What is kept how long, what is held by whom, and what a clean-up would free.",
    ),
    Listed("log", EXPLAIN, "The ledger: what changed, newest first."),
    Listed("show", EXPLAIN, "Any object by its id; a decision in full with --json."),
    Listed("diff", EXPLAIN, "What differs between two moments, or between two releases."),
    Listed(
        "replay", EXPLAIN, "Rebuild an answer stage by stage; exit code 1 when a stage differs."
    ),
    Listed(
        "lineage",
        EXPLAIN,
        "What something derives from and what derives from it, as a tree with strengths.",
    ),
    Listed(
        "blame",
        EXPLAIN,
        "What an answer rests on: leaves each thing out and answers again; records nothing.",
    ),
    Listed(
        "bisect",
        EXPLAIN,
        "Find the document, feedback or release that changed answers between two moments.",
    ),
    Listed("releases", EXPLAIN, "What was deployed, newest first: who, when and why."),
    Listed(
        "prompts",
        EXPLAIN,
        "The history of prompts, newest first: who deployed which version when, and why.",
    ),
    Listed("decisions", EXPLAIN, "What was asked and answered, newest first."),
    Listed(
        "trace",
        EXPLAIN,
        "What happened in one request, as a waterfall; without an id, the latest requests.",
    ),
    Listed(
        "sql",
        EXPLAIN,
        "Ask in SQL: spans, points, logs, decisions, events and every store of the ledger.",
    ),
    Listed(
        "gate",
        MEASURE,
        "Hold a candidate against a baseline; exit code 1: it failed, 2: undecided.",
    ),
    Listed(
        "flaky",
        MEASURE,
        "Which cases of a suite differ from themselves in its newest runs; asks nothing.",
    ),
    Listed(
        "distribution",
        MEASURE,
        "Which meanings a question is answered with, and whether two releases answer alike.",
    ),
    Listed(
        "verify",
        REPAIR,
        "Check that everything recorded is there and is what it was; exit code 1: it is not.",
    ),
    Listed(
        "rebuild",
        REPAIR,
        "Make chunks, vectors and index again from the documents; exit code 1 when they differ.",
    ),
    Listed(
        "erase",
        REPAIR,
        "Erase what one user said and was told, for good; the ledger still verifies.",
    ),
    Listed("status", WATCH, "Whether it works, and whether it is right: both rows side by side."),
    Listed("score", WATCH, "Score recorded decisions; what is scored already is left alone."),
    Listed("label", WATCH, "Say whether a decision was good; rates are corrected by it."),
    Listed("labels", WATCH, "What to label next, and the rate as labels correct it."),
    Listed("alerts", WATCH, "What fires now, and what is silenced."),
    Listed("incidents", WATCH, "Times when an objective was not met, the newest first."),
    Listed(
        "blast-radius",
        EXPLAIN,
        "Count what rests on a cause and what only mentions it; changes nothing.",
        "blast:blast",
    ),
    Listed(
        "eval",
        MEASURE,
        "Measure a release on a suite's cases; exit code 1: a threshold failed, 2: undecided.",
        "evaluate:evaluate",
    ),
    Listed("snapshot", TIME, "Name moments.", "snapshot:app"),
    Listed(
        "slo",
        WATCH,
        "Objectives: what is promised, and what is left of the error budget.",
        "slo:app",
    ),
    Listed("probe", WATCH, "Fixed questions against what they are usually answered.", "probe:app"),
    Listed("alert", WATCH, "Raise alerts, silence them, try a receiver.", "alerts:app"),
    Listed("incident", WATCH, "One incident: what is known of it, and its end.", "incidents:app"),
    Listed(
        "vault", REPAIR, "Moments sealed in another place, that outlive the project.", "vault:app"
    ),
    Listed(
        "freeze", CHANGE, "Refuse deployments and documents until a time, or until it is lifted."
    ),
    Listed("unfreeze", CHANGE, "Lift a freeze."),
    Listed(
        "canary",
        CHANGE,
        "Releases on their way in: canary, shadow, scheduled deployments, freeze.",
        "canary:app",
    ),
    Listed(
        "migrate",
        CHANGE,
        "Change the embedder or the chunking while questions are answered.",
        "migrate:app",
    ),
    Listed(
        "dataset",
        MEASURE,
        "Keep cases: questions with what is known of good answers.",
        "dataset:app",
    ),
    Listed("drift", MEASURE, "What moved, how sure that is, and what it costs.", "drift:app"),
    Listed(
        "judge",
        MEASURE,
        "Language models as judges: ask, calibrate and compare with them.",
        "judge:app",
    ),
)
