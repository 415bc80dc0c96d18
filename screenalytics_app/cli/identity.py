"""The commands `identity ...` that show the identities and change which tracks they have."""

from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.identity_across import differ, same
from screenalytics_app.cli.identity_log import history, redo, undo
from screenalytics_app.cli.identity_marks import cut, label, lock, not_, represent, reviewed, unlock
from screenalytics_app.cli.identity_options import (
    Actor,
    At,
    Confirm,
    IdentityId,
    Key,
    TrackIds,
    carry_out,
)
from screenalytics_app.cli.options import AsJson, EpId, Wide, open_store
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from screenalytics_app.actions.moderation.draft import Draft
    from screenalytics_app.actions.moderation.view import View
    from screenalytics_resources.decisions.records import Reason

identity_app = typer.Typer(help="Correct the identities of an episode; every run keeps that.", no_args_is_help=True)
for command in (lock, unlock, reviewed, label, represent, cut, same, differ, history, undo, redo):
    identity_app.command()(command)
identity_app.command("not")(not_)


@identity_app.command("list")
def list_(ep_id: EpId, wide: Wide = False, as_json: AsJson = False) -> None:
    """Show the identities as they are now, with names and marks; with their tracks if --wide."""
    from screenalytics_app.actions.moderation.view import present_view
    from screenalytics_app.cli.tables.moderation import moderated_table

    moderated = present_view(open_store(), ep_id).moderated
    if as_json:
        versions = {identity.identity_id: identity.version for identity in moderated.identities}
        output.write_json({"ep_id": ep_id, "moderated": moderated, "versions": versions})
    else:
        output.show(moderated_table(ep_id, moderated, wide), wide)


@identity_app.command("merge")
def merge(
    ep_id: EpId,
    actor: Actor,
    into: Annotated[str, typer.Option(help="Identity that stays, such as identity-00001.")],
    identity: Annotated[list[str] | None, typer.Option(help="Identity that joins it; can be repeated.")] = None,
    at: At = None,
    keep_name: Annotated[str | None, typer.Option(metavar="PERSON", help="Name that stays, if both have one.")] = None,
    confirm: Confirm = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Merge identities into one, which keeps its id and the name that a person gave."""
    from screenalytics_app.actions.moderation import membership
    from screenalytics_app.cli.named_on_screen import identity_named

    if identity and at is not None:
        raise UserError("Name the identities that join: give either --identity or --at.")

    def gesture(view: "View") -> "Draft":
        sources = identity or [identity_named(view, None, at)]
        return membership.merge(view, into, sources, keep_name, confirm)

    carry_out(ep_id, actor, key, as_json, gesture)


@identity_app.command("split")
def split(
    ep_id: EpId,
    actor: Actor,
    identity: Annotated[str, typer.Option(help="Identity that the tracks leave.")],
    track: TrackIds = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Make a new identity of some tracks of an identity."""
    from screenalytics_app.actions.moderation import membership
    from screenalytics_app.cli.named_on_screen import tracks_named

    def gesture(view: "View") -> "Draft":
        return membership.split(view, identity, tracks_named(view, track or (), at))

    carry_out(ep_id, actor, key, as_json, gesture)


@identity_app.command("move")
def move(
    ep_id: EpId,
    actor: Actor,
    to: Annotated[str, typer.Option(help="Identity that gets the tracks.")],
    track: TrackIds = None,
    at: At = None,
    origin: Annotated[str | None, typer.Option("--from", help="Identity that the tracks must be in.")] = None,
    confirm: Confirm = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Move tracks to another identity."""
    from screenalytics_app.actions.moderation import membership
    from screenalytics_app.cli.named_on_screen import tracks_named

    def gesture(view: "View") -> "Draft":
        return membership.move(view, tracks_named(view, track or (), at), to, origin, confirm)

    carry_out(ep_id, actor, key, as_json, gesture)


@identity_app.command("delete")
def delete(
    ep_id: EpId,
    actor: Actor,
    track: TrackIds = None,
    identity: IdentityId = None,
    at: At = None,
    ignore: Annotated[bool, typer.Option("--ignore", help="Faces that nobody needs, such as passers-by.")] = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Take tracks, or all tracks of an identity, out of the results. Their rows and pictures stay."""
    gesture = _dismissal(track or [], identity, at, "ignore" if ignore else "deleted")
    carry_out(ep_id, actor, key, as_json, gesture)


@identity_app.command("not-a-face")
def not_a_face(
    ep_id: EpId,
    actor: Actor,
    track: TrackIds = None,
    identity: IdentityId = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Say that tracks, or all tracks of an identity, show no face. They leave the results."""
    carry_out(ep_id, actor, key, as_json, _dismissal(track or [], identity, at, "not_a_face"))


@identity_app.command("restore")
def restore(
    ep_id: EpId,
    actor: Actor,
    track: TrackIds = None,
    identity: IdentityId = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Bring deleted tracks back, or all deleted tracks that were in an identity."""
    from screenalytics_app.actions.moderation import dismissal

    if bool(track) == (identity is not None):
        raise UserError("Name what to restore: give either --track or --identity.")

    def gesture(view: "View") -> "Draft":
        return dismissal.restore_identity(view, identity) if identity else dismissal.restore(view, track or ())

    carry_out(ep_id, actor, key, as_json, gesture)


@identity_app.command("purge")
def purge(
    ep_id: EpId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the pictures of all deleted tracks for good. Restored later, these tracks have no pictures."""
    from screenalytics_app.actions.moderation.purge_deleted import purge_deleted

    if as_json and not yes:
        raise UserError("--json cannot ask whether to remove the pictures: add --yes.")
    if not yes:
        typer.confirm(f"Remove the pictures of all deleted tracks of {ep_id}?", abort=True)
    purged = purge_deleted(open_store(), ep_id)
    if as_json:
        output.write_json(purged)
    else:
        output.say(f"{len(purged.crops)} pictures of {len(purged.tracks)} deleted tracks", label="removed:")


def _dismissal(tracks: list[str], identity: str | None, at: str | None, reason: "Reason") -> "Callable[[View], Draft]":
    from screenalytics_app.actions.moderation import dismissal
    from screenalytics_app.cli.named_on_screen import tracks_named

    if bool(tracks) + (identity is not None) + (at is not None) != 1:
        raise UserError("Name what to delete: give one of --track, --identity and --at.")
    if identity is not None:
        return lambda view: dismissal.dismiss_identity(view, identity, reason)
    return lambda view: dismissal.dismiss(view, tracks_named(view, tracks, at), reason)
