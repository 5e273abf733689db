"""``holdfast vault``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Reason, open_project
from holdfast.cli.output import count, print_json, safe, say, table, tracking, when

if TYPE_CHECKING:
    from holdfast.operations.vault import Restored, Sealed
    from holdfast.ports.vault import Vault
    from holdfast.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="Moments sealed in another place, that outlive the project."
)

Name = Annotated[str, typer.Argument(help="Name of the bundle.")]
Place = Annotated[
    str,
    typer.Option(
        "--vault", metavar="PLACE", help="Folder or s3://BUCKET/PREFIX; default: vault.path."
    ),
]
Trust = Annotated[
    list[str] | None,
    typer.Option("--trust", metavar="KEY", help="A public key whose bundles are taken; repeat it."),
]


@app.command()
def seal(
    name: Name,
    at: At = None,
    vault: Place = "",
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Seal a moment: state, documents, vectors, releases and datasets, signed, written once."""
    from holdfast.bootstrap import open_vault
    from holdfast.operations import vault as room

    with open_project() as project:
        place = open_vault(project.settings, vault)
        where = env or project.environment
        done = room.seal(project.system, where, name=name, vault=place, at=at, reason=reason)
    print_json(done) if as_json else _tell_sealed(done)


@app.command(name="list")
def list_(vault: Place = "", trust: Trust = None, as_json: AsJson = False) -> None:
    """The bundles of a vault: what was sealed when, and by whom."""
    from holdfast.operations import vault as room

    place, keys = _known(vault, trust)
    found = room.listed(place, keys=keys)
    if as_json:
        print_json([{"name": name, "bundle": one} for name, one in found])
        return
    rows = []
    for name, one in found:
        if isinstance(one, str):
            rows.append((name, "not taken", one, "", "", ""))
        else:
            size = f"{one.bytes / 1e6:,.1f} MB"
            at = when(one.config["sealed_at"])
            corpus = one.config["corpus"][:12]
            rows.append((name, at, one.digest[7:19], size, corpus, one.lock or "a convention"))
    table(("bundle", "sealed", "digest", "size", "corpus", "locked"), rows)


@app.command()
def check(name: Name, vault: Place = "", trust: Trust = None, as_json: AsJson = False) -> None:
    """Read a whole bundle; exit code 1 names everything in it that is not what was sealed."""
    from holdfast.operations import vault as room

    place, keys = _known(vault, trust)
    done = room.check(place, name, keys=keys)
    if as_json:
        print_json(done)
    else:
        for line in done.damage:
            say(f"[red]damaged[/red] {safe(line)}")
        say(f"{count(done.layers, 'layer')}, {len(done.damage):,} damaged.")
    if done.damage:
        raise typer.Exit(1)


@app.command()
def restore(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="A new folder for the project.")],
    vault: Place = "",
    trust: Trust = None,
    as_json: AsJson = False,
) -> None:
    """Make a project out of a bundle; every digest is compared with the sealed one."""
    from holdfast.bootstrap import open_project as wire
    from holdfast.operations import vault as room

    place, keys = _known(vault, trust)
    bundle = room.opened(place, name, keys=keys)
    room.unpack(bundle, to)
    with wire(to) as project, tracking("Restoring") as tell:
        done = room.restore(project.system, project.environment, bundle=bundle, progress=tell)
    print_json(done) if as_json else _tell_restored(done)


def _known(vault: str, trust: list[str] | None) -> tuple[Vault, frozenset[str]]:
    """The vault and whom to trust; no project is needed when the vault is named."""
    from holdfast.bootstrap import open_vault
    from holdfast.operations import vault as room

    settings = _settings(needed=not vault)
    keys = room.trusted(settings, more=tuple(trust or ()))
    return open_vault(settings, vault), keys


def _settings(*, needed: bool) -> Settings:
    from holdfast.cli.options import FOLDER
    from holdfast.errors import UsageError
    from holdfast.settings import Settings, find_root, load

    try:
        return load(find_root(FOLDER[-1] if FOLDER else Path.cwd()))
    except UsageError:
        if needed:
            raise
        return Settings()


def _tell_sealed(done: Sealed) -> None:
    say(f"Sealed {safe(done.name)}: {done.bytes / 1e6:,.1f} MB in {safe(done.where)}")
    say(f"digest {done.digest}")
    say(f"signed {safe(done.signer)}")
    if done.lock:
        say(f"locked {safe(done.lock)}")
        say("[dim]Keep digest and key elsewhere.[/dim]")
        return
    say(
        "[dim]Keep digest and key elsewhere. That the files stay as they are is a convention here: "
        "whoever owns the place can change them, and 'check' will tell.[/dim]"
    )


def _tell_restored(done: Restored) -> None:
    say(
        f"Restored {safe(done.name)} to {safe(done.root)}: {count(done.documents, 'document')}, "
        f"{count(done.events, 'event')}."
    )
    say(
        f"Same digests: corpus {done.corpus[:12]}, release {done.release[:12] or 'none'}, "
        f"{count(len(done.datasets), 'dataset')}."
    )
