"""The commands `identity ...` that say something of an identity or a track, and change no membership."""

from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli.identity_options import (
    Actor,
    At,
    Confirm,
    IdentityId,
    Key,
    Time,
    TrackId,
    carry_out,
)
from screenalytics_app.cli.options import AsJson, EpId, PersonId
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from screenalytics_app.actions.moderation.draft import Draft
    from screenalytics_app.actions.moderation.view import View


def lock(
    ep_id: EpId, actor: Actor, identity: IdentityId = None, at: At = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Keep runs from changing which tracks an identity has. People still can."""
    from screenalytics_app.actions.moderation import marks
    from screenalytics_app.cli.named_on_screen import identity_named

    def gesture(view: "View") -> "Draft":
        return marks.lock(view, identity_named(view, identity, at))

    carry_out(ep_id, actor, key, as_json, gesture)


def unlock(
    ep_id: EpId, actor: Actor, identity: IdentityId = None, at: At = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Let runs change an identity again."""
    from screenalytics_app.actions.moderation import marks
    from screenalytics_app.cli.named_on_screen import identity_named

    def gesture(view: "View") -> "Draft":
        return marks.unlock(view, identity_named(view, identity, at))

    carry_out(ep_id, actor, key, as_json, gesture)


def reviewed(
    ep_id: EpId, actor: Actor, identity: IdentityId = None, at: At = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Say that you looked at all tracks of an identity."""
    from screenalytics_app.actions.moderation import marks
    from screenalytics_app.cli.named_on_screen import identity_named

    def gesture(view: "View") -> "Draft":
        return marks.review(view, identity_named(view, identity, at))

    carry_out(ep_id, actor, key, as_json, gesture)


def label(
    ep_id: EpId,
    actor: Actor,
    identity: IdentityId = None,
    at: At = None,
    person: Annotated[str | None, typer.Option(help="Person of the cast that it is.")] = None,
    text: Annotated[str | None, typer.Option(help="Free text, such as waiter.")] = None,
    no_person: Annotated[bool, typer.Option("--no-person", help="Withdraw the person's name.")] = False,
    no_text: Annotated[bool, typer.Option("--no-text", help="Remove the free text.")] = False,
    confirm: Confirm = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Say who an identity is: a person of the cast, or a free text."""
    from screenalytics_app.actions.moderation import naming
    from screenalytics_app.cli.named_on_screen import identity_named

    if (person is not None) + (text is not None) + no_person + no_text != 1:
        raise UserError("Say one thing: give one of --person, --text, --no-person and --no-text.")

    def gesture(view: "View") -> "Draft":
        named = identity_named(view, identity, at)
        if person is not None or no_person:
            return naming.name(view, named, person, confirm)
        return naming.label(view, named, text)

    carry_out(ep_id, actor, key, as_json, gesture)


def not_(
    ep_id: EpId,
    actor: Actor,
    person: PersonId,
    identity: IdentityId = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Say that an identity does not show this person. The name is not suggested for it again."""
    from screenalytics_app.actions.moderation import naming
    from screenalytics_app.cli.named_on_screen import identity_named

    def gesture(view: "View") -> "Draft":
        return naming.not_person(view, identity_named(view, identity, at), person)

    carry_out(ep_id, actor, key, as_json, gesture)


def represent(
    ep_id: EpId, actor: Actor, at: Time, track: TrackId = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Make the picture of a track at this time the thumbnail of its identity."""
    from screenalytics_app.actions.moderation import marks, on_screen

    ts = on_screen.parse_time(at)
    carry_out(ep_id, actor, key, as_json, lambda view: marks.represent(view, track or on_screen.track_at(view, ts), ts))


def cut(ep_id: EpId, actor: Actor, at: Time, track: TrackId = None, key: Key = None, as_json: AsJson = False) -> None:
    """Cut a track that shows another person from this time on. The next run applies it."""
    from screenalytics_app.actions.moderation import marks, on_screen

    ts = on_screen.parse_time(at)
    carry_out(ep_id, actor, key, as_json, lambda view: marks.cut(view, track or on_screen.track_at(view, ts), ts))
