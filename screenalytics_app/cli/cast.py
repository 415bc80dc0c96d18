"""The commands `cast` and `facebank`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from screenalytics_app.cli.plain_text import plain
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError

cast_app = typer.Typer(help="People of a show, and who of them each identity is.", no_args_is_help=True)
facebank_app = typer.Typer(help="Reference faces of the cast.", no_args_is_help=True)
console = Console()
Show = Annotated[str, typer.Option(help="Show, such as demo.")]
PersonId = Annotated[str, typer.Option("--person", help="Person, such as ada-example.")]


@cast_app.command("add")
def add(
    show: Show,
    person: PersonId,
    name: Annotated[str | None, typer.Option(help="Name; default: made from the id.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another name; can be repeated.")] = None,
    role: Annotated[str, typer.Option(help="Such as main or guest.")] = "",
) -> None:
    """Add a person."""
    from screenalytics_app.actions import cast

    added = cast.add_person(_store(), show, person, name, alias or (), role)
    console.print(plain(f"{added.name} is {added.person_id} in {show}"))


@cast_app.command("list")
def list_(show: Show) -> None:
    """The people of a show."""
    from screenalytics_app.actions import cast

    console.print(cast.people_table(_store(), show))


@cast_app.command("show")
def show_(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")] = None,
    show: Annotated[str | None, typer.Option(help="Show of the person.")] = None,
    person: Annotated[str | None, typer.Option(help="Person, such as ada-example.")] = None,
) -> None:
    """Who the identities of an episode are; or one person, with identities and reference faces."""
    from screenalytics_app.actions import cast

    if ep_id and not (show or person):
        console.print(cast.assignments_table(_store(), ep_id))
    elif show and person and not ep_id:
        for line in cast.person_lines(_store(), show, person):
            console.print(plain(line), soft_wrap=True)
        console.print(cast.seeds_table(_store(), show, person))
    else:
        raise UserError("Give --ep-id for an episode, or --show and --person for one person.")


@cast_app.command("remove")
def remove(
    show: Show,
    person: PersonId,
    force: Annotated[bool, typer.Option("--force", help="Also with reference faces and identities.")] = False,
) -> None:
    """Remove a person from a show; `forget` also removes the name from what was made."""
    from screenalytics_app.actions import cast

    removed = cast.remove_person(_store(), show, person, force)
    console.print(f"removed {person} and {len(removed)} pictures")


@cast_app.command("merge")
def merge(
    show: Show,
    source: Annotated[str, typer.Option(help="Person that goes into the other.")],
    target: Annotated[str, typer.Option(help="Person that stays.")],
) -> None:
    """Make one person part of another: reference faces, identities and names."""
    from screenalytics_app.actions import cast

    kept = cast.merge_people(_store(), show, source, target)
    console.print(plain(f"{source} is now part of {kept.person_id}, also known as {', '.join(kept.aliases)}"))


@cast_app.command("assign")
def assign(
    ep_id: Annotated[str, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")],
    identity: Annotated[str, typer.Option(help="Identity, such as identity-00001.")],
    person: PersonId,
) -> None:
    """Say who an identity is: no later run changes that."""
    from screenalytics_app.actions import cast

    news = cast.assign(_store(), ep_id, identity, person)
    console.print(f"{identity} of {ep_id} is {person}" if news else f"{identity} of {ep_id} was {person} already")


@cast_app.command("forget")
def forget(
    person: PersonId,
    show: Annotated[str | None, typer.Option(help="In this show only; default: in every show.")] = None,
) -> None:
    """Erase a person: reference faces, vectors, pictures and names. Tracks stay, without a name."""
    from screenalytics_app.actions.forget import forget_person

    erased = forget_person(_store(), person, show)
    for line in erased.lines:
        console.print(plain(f"removed  {line}"), soft_wrap=True)
    if not erased.lines:
        console.print(f"nothing of {person} was found in {', '.join(erased.shows) or 'any show'}")


@facebank_app.command("add")
def add_seeds(
    show: Show,
    person: PersonId,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos of the person.")] = None,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from the left, where there are several.")] = None,
    keep_original: Annotated[bool, typer.Option("--keep-original", help="Keep the photo itself, too.")] = False,
    from_identity: Annotated[
        str | None, typer.Option(metavar="EP_ID:IDENTITY", help="From an identity that somebody has named.")
    ] = None,
) -> None:
    """Add reference faces from photos, or from the best faces of a reviewed identity."""
    from screenalytics_app.actions import cast

    if bool(photos) == bool(from_identity):
        raise UserError("Give photos, or --from-identity EP_ID:IDENTITY, and not both.")
    if from_identity:
        ep_id, _, identity = from_identity.partition(":")
        if not identity:
            raise UserError(
                f"{from_identity!r} names no identity: write EP_ID:IDENTITY, like demo-s01e01:identity-00001."
            )
        added, refused = cast.add_from_identity(_store(), show, person, ep_id, identity)
    else:
        added, refused = cast.add_photos(_store(), show, person, photos or (), face, keep_original)
    for seed in added:
        console.print(plain(f"added {seed.seed_id} from {seed.origin}"), soft_wrap=True)
    _refuse(refused)


@facebank_app.command("list")
def list_seeds(
    show: Show, person: Annotated[str | None, typer.Option(help="One person instead of all.")] = None
) -> None:
    """The reference faces of a show, each with its similarity to the person's others."""
    from screenalytics_app.actions import cast

    console.print(cast.seeds_table(_store(), show, person))


@facebank_app.command("remove")
def remove_seed(show: Show, seed: Annotated[str, typer.Option(help="Reference face, see `facebank list`.")]) -> None:
    """Remove a reference face with its pictures."""
    from screenalytics_app.actions import cast

    console.print(f"removed {seed} and {len(cast.remove_seed(_store(), show, seed))} pictures")


@facebank_app.command("feature")
def feature(show: Show, seed: Annotated[str, typer.Option(help="Reference face, see `facebank list`.")]) -> None:
    """Make a reference face the one that stands for its person."""
    from screenalytics_app.actions import cast

    cast.feature_seed(_store(), show, seed)
    console.print(f"{seed} is the featured one")


def _refuse(sentences: Sequence[str]) -> None:
    for sentence in sentences[:-1]:
        console.print(plain(sentence, "refused:", "bold red"), soft_wrap=True)
    if sentences:
        raise UserError(sentences[-1])


def _store() -> ArtifactStore:
    return ArtifactStore(data_root())
