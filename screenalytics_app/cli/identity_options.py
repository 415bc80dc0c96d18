"""What the commands `identity ...` share: their options, and carrying out a gesture."""

import getpass
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import open_store
from screenalytics_app.cli.tables.layout import count
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from screenalytics_app.actions.moderation.draft import Draft
    from screenalytics_app.actions.moderation.edit import Edited
    from screenalytics_app.actions.moderation.view import View


def user_name() -> str:
    """Return the name of the user of this machine. Raises `UserError` if there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without an entry for its user
        raise UserError("The environment names no user: say who you are with --as.") from None


Actor = Annotated[
    str, typer.Option("--as", help="Who decides.", default_factory=user_name, show_default="your user name")
]
Key = Annotated[str | None, typer.Option(help="Idempotency key: repeated with it, the command changes nothing more.")]
IdentityId = Annotated[str | None, typer.Option(help="Identity, such as identity-00001.")]
TrackId = Annotated[str | None, typer.Option(help="Track, such as track-00001.")]
TrackIds = Annotated[list[str] | None, typer.Option("--track", help="Track, such as track-00001; can be repeated.")]
At = Annotated[str | None, typer.Option(metavar="TIME", help="Instead of an id: who is on screen at 12:34.5.")]
Time = Annotated[str, typer.Option("--at", metavar="TIME", help="Time in the video, such as 12:34.5.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Also against what is on screen or what people said.")]


def command_line() -> str:
    """Return the arguments of this process: what a request asks for. The form of the answer is left out."""
    return json.dumps([argument for argument in sys.argv[1:] if argument != "--json"])


def carry_out(ep_id: str, actor: str, key: str | None, as_json: bool, gesture: "Callable[[View], Draft]") -> None:
    """Carry out a gesture and show what changed."""
    from screenalytics_app.actions.cast.database import open_cast
    from screenalytics_app.actions.moderation.apply_to_tracks import apply_after
    from screenalytics_app.actions.moderation.edit import Request, edit

    request, store = Request(actor, key=key, fingerprint=command_line()), open_store()
    with open_cast(store) as cast:
        edited = edit(store, cast, ep_id, request, gesture)
    problems = apply_after(store, ep_id, edited.decisions)
    if as_json:
        output.write_json(edited)
    else:
        _show(edited)
    output.say_each(problems, "not applied yet:", "yellow")


def _show(edited: "Edited") -> None:
    if edited.gesture_id is None:
        output.say(f"nothing changes in {edited.ep_id}: it is so already")
        return
    for identity in edited.identities:
        name = identity.person_id or identity.label
        named = f", {name}" if name else ""
        output.say(f"{count(len(identity.track_ids), 'track')}{named}", label=identity.identity_id)
    for gone, successor in edited.gone.items():
        output.say("is gone" if successor is None else f"is now part of {successor}", label=gone)
    if edited.without_thumbnail:
        output.say(", ".join(edited.without_thumbnail), label="no picture for a thumbnail:", style="yellow")
    output.say(f"recorded as gesture {edited.gesture_id}; `identity undo --ep-id {edited.ep_id}` takes it back")
