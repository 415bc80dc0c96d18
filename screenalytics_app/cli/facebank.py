"""The commands `facebank ...`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, PersonId, SeedId, Show, Wide, open_store
from screenalytics_resources.errors import UserError

facebank_app = typer.Typer(help="Reference faces of the cast.", no_args_is_help=True)


@facebank_app.command("add")
def add(
    show: Show,
    person: PersonId,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos of the person.")] = None,
    face: Annotated[
        int | None, typer.Option(min=1, help="Which of several faces on a photo, counted from the left.")
    ] = None,
    keep_original: Annotated[bool, typer.Option("--keep-original", help="Keep the photo itself too.")] = False,
    from_identity: Annotated[
        str | None, typer.Option(metavar="EP_ID:IDENTITY", help="Use an identity that a person has assigned.")
    ] = None,
) -> None:
    """Add reference faces from photos, or from the best faces of a reviewed identity."""
    from screenalytics_app.actions.cast.photos import PhotoRequest, add_from_identity, add_photos

    if bool(photos) == bool(from_identity):
        raise UserError("Give photos, or --from-identity EP_ID:IDENTITY, and not both.")
    if from_identity:
        ep_id, _, identity = from_identity.partition(":")
        if not identity:
            raise UserError(
                f"{from_identity!r} names no identity: write EP_ID:IDENTITY, like demo-s01e01:identity-00001."
            )
        result = add_from_identity(open_store(), show, person, ep_id, identity)
    else:
        result = add_photos(open_store(), PhotoRequest(show, person, photos or (), face, keep_original))
    for seed in result.added:
        output.say(f"{seed.seed_id} from {seed.origin}", label="added", style="")
    _report_refused(result.refused)


@facebank_app.command("list")
def list_(
    show: Show,
    person: Annotated[str | None, typer.Option(help="One person instead of all.")] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Show the reference faces of a show, each with its similarity to the person's others."""
    from screenalytics_app.actions.cast.facebank import list_facebank
    from screenalytics_app.cli.tables.cast import facebank_table

    facebank = list_facebank(open_store(), show, person)
    if as_json:
        output.write_json(facebank)
    else:
        output.show(facebank_table(facebank, wide), wide)


@facebank_app.command("remove")
def remove(show: Show, seed: SeedId) -> None:
    """Remove a reference face and its pictures."""
    from screenalytics_app.actions.cast.photos import remove_seed

    output.say(f"removed {seed} and {len(remove_seed(open_store(), show, seed))} pictures")


@facebank_app.command("feature")
def feature(show: Show, seed: SeedId) -> None:
    """Make a reference face the one that represents its person."""
    from screenalytics_app.actions.cast.photos import feature_seed

    feature_seed(open_store(), show, seed)
    output.say(f"{seed} is the featured one")


def _report_refused(sentences: Sequence[str]) -> None:
    """Print all refusals but the last, which becomes the error of the command."""
    for sentence in sentences[:-1]:
        output.say(sentence, label="refused:", style="bold red")
    if sentences:
        raise UserError(sentences[-1])
