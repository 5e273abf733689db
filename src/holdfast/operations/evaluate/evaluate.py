"""Evaluate a release at a moment on a suite's cases: ask, keep each output, score what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.domain.decision import new_id
from holdfast.domain.digest import JsonObject, digest
from holdfast.domain.event import Event
from holdfast.domain.moment import Cut
from holdfast.domain.score import Sample
from holdfast.evaluation import dataset as versions
from holdfast.evaluation import run as runs
from holdfast.evaluation import suite as suites
from holdfast.evaluation.entailment.judge import Judge
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.run import Run
from holdfast.evaluation.runner import Progress, Subject
from holdfast.evaluation.scorers.policy import Judged
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import Suite
from holdfast.operations.build import build, embedder_identity
from holdfast.operations.deploy import check_prepared
from holdfast.operations.evaluate.cases import cases_of, check_needs, version_of
from holdfast.operations.evaluate.dataset import Datasets
from holdfast.operations.evaluate.flaky import check_quarantine
from holdfast.operations.evaluate.judges import Judges
from holdfast.operations.evaluate.session import Session
from holdfast.operations.evaluate.subject import ReleaseSubject
from holdfast.operations.journal import Journal
from holdfast.operations.system import System
from holdfast.pipeline.guard import Guard, parse_policies
from holdfast.pipeline.runtime import Runtime
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog


@dataclass(frozen=True, slots=True)
class Target:
    """What is evaluated: a release as an environment was at a moment.

    ``release`` None is the one that the folder makes, ``deployed`` the one that answered then,
    else the beginning of a known one's digest. ``at`` None is now.
    """

    environment: str
    release: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """A callable of the user's own; ``name`` says what answers, so that a run can go on."""

    name: str
    ask: Subject


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a run is done: in what system, with what answers for a release, and who is told.

    ``run`` names it; when there is one of that name it goes on, and only what is missing is asked.
    """

    system: System
    runtimes: Callable[[str], Runtime]
    run: str = ""
    progress: Callable[[Progress], None] = lambda _: None


def load_suite(system: System, name: str) -> Suite:
    """The suite ``suites/NAME.toml`` of the project, or of a path that ends so."""
    path = Path(name) if name.endswith(".toml") else system.root / suites.FOLDER / f"{name}.toml"
    return suites.load(path, parts=parts(system))


def parts(system: System) -> Parts:
    """What scorers may need of the project: its embedder and judge, and its policies as rules."""
    file = system.root / system.settings.guard.policies
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    guard = Guard(parse_policies(text, file=str(file)))

    def broken(sample: Sample) -> list[str]:
        return [finding.rule for finding in guard.check(sample.output.answer, where="answer")]

    return Parts(
        embedder=system.embedders(embedder_identity(system.settings)),
        support=Judge(system.reader()),
        rules=Judged(broken, f"policies {digest(text)}"),
        judges=Judges(system).panel,
    )


def new_run(system: System) -> str:
    """An id that no run has."""
    return new_id("r", at=system.clock.now())


def begin(conduct: Conduct, suite: Suite, *, target: Target | Own) -> tuple[Session, Subject]:
    """A run of a suite, new or known, and what answers it; nothing is asked yet."""
    system = conduct.system
    check_needs(suite, cases_of(system, suite))
    check_quarantine(system, suite)
    name = runs.check_id(conduct.run or new_run(system))
    begun = _begin(system, suite, target=target, name=name)
    session = Session(system, suite, run=begun, progress=conduct.progress)
    if isinstance(target, Own):
        return session, target.ask
    of = begun.subject
    view = View(system.ledger, Cut(of["timeline"], of["tick"]))
    return session, ReleaseSubject(system, conduct.runtimes(of["release"]), view, of["environment"])


def evaluate(conduct: Conduct, suite: Suite, *, target: Target | Own) -> Measured:
    """Outputs and scores of a release (or a callable) on a suite.

    Nothing is recorded as a decision. Raises ``ProviderError`` when the provider is down.
    """
    session, subject = begin(conduct, suite, target=target)
    return whole(session, subject)


def whole(session: Session, subject: Subject) -> Measured:
    """Ask and score all cases of a run."""
    session.ask(subject)
    measured = session.measured()
    session.keep_scores()
    return measured


def rescore(system: System, suite: Suite, *, run: str) -> Measured:
    """Score a run's stored outputs with a suite's scorers; nobody is asked again."""
    session = Session(system, suite, run=runs.load(run, ledger=system.ledger))
    measured = session.measured()
    session.keep_scores()
    return measured


def _journal(system: System, run: Run) -> Journal:
    default = system.settings.project.environment
    where = run.subject.get("environment", default)
    return Journal(system, where, "evaluate", f"run:{run.id}")


def _begin(system: System, suite: Suite, *, target: Target | Own, name: str) -> Run:
    """The run as the ledger has it: a new one, or the known one if it is the same."""
    known = runs.find(name, ledger=system.ledger)
    default = system.settings.project.environment
    environment = default if isinstance(target, Own) else target.environment
    version = _version(system, suite, environment=environment)
    events: list[Event] = []
    with system.latch.storing():
        if isinstance(target, Own):
            subject: JsonObject = {"kind": "callable", "name": target.name}
        else:
            subject = _subject(system, target, known=known, events=events)
        run = Run(
            name,
            suite.name,
            version.name,
            version.digest,
            version.blob,
            subject,
            suite.samples,
            suite.seed,
            version.cases,
        )
        if known is None:
            _journal(system, run).write([*events, runs.event(run)], reason=f"suite {suite.name}")
        else:
            runs.check_same(known, run)
    return run


def _subject(
    system: System, target: Target, *, known: Run | None, events: list[Event]
) -> JsonObject:
    """What a release's run is called; one that goes on keeps the moment it began at.

    ``events`` gets what makes the folder's release known. The latch is held.
    """
    before = known.subject if known is not None else {}
    if target.at is None and "tick" in before:
        view = View(system.ledger, Cut(before["timeline"], before["tick"]))
    else:
        view = system.view(target.environment, target.at)
    if target.release is not None and target.release != catalog.DEPLOYED:
        release = catalog.find(target.release, ledger=system.ledger)
    elif target.release == catalog.DEPLOYED:
        release = catalog.deployed(view, environment=target.environment)
    elif "release" in before:
        release = before["release"]
    else:
        made = catalog.save(build(system), blobs=system.blobs)
        release = made.digest
        if view.get("releases", release) is None:
            events.append(Event("releases", release, dict(made.components)))
    check_prepared(view, catalog.components(release, blobs=system.blobs), system=system)
    return {
        "kind": "release",
        "release": release,
        "environment": target.environment,
        "timeline": view.cut.timeline,
        "tick": view.cut.tick,
    }


def _version(system: System, suite: Suite, *, environment: str) -> versions.Version:
    """The newest version of the suite's dataset; a suite's own file is imported first."""
    if suite.file:
        datasets = Datasets(system)
        saved = datasets.import_file(Path(suite.file), to=suite.dataset, environment=environment)
        return saved.version
    return version_of(system, suite)
