"""The commands `identity same` and `identity differ`, about identities of two episodes."""

from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.identity_options import Actor, Key, command_line
from screenalytics_app.cli.options import AsJson, open_store

if TYPE_CHECKING:
    from screenalytics_app.actions.moderation.season import Compared
    from screenalytics_app.actions.moderation.season_conflicts import Comparison

One = Annotated[str, typer.Option("--one", help="Identity of an episode, such as demo-s01e01/identity-00001.")]
Other = Annotated[str, typer.Option("--other", help="Identity of another episode of the same show.")]

Again = Annotated[bool, typer.Option("--confirm", help="Also against what people said before.")]


def same(
    one: One, other: Other, actor: Actor, confirm: Again = False, key: Key = None, as_json: AsJson = False
) -> None:
    """Say that identities of two episodes show one person; the next season follows."""
    _compare("same", one, other, actor, confirm, key, as_json)


def differ(
    one: One, other: Other, actor: Actor, confirm: Again = False, key: Key = None, as_json: AsJson = False
) -> None:
    """Say that identities of two episodes show two people; the next season follows."""
    _compare("differ", one, other, actor, confirm, key, as_json)


def show_compared(compared: "Compared", as_json: bool) -> None:
    """Show what a gesture in the log of a show recorded."""
    if as_json:
        output.write_json(compared)
        return
    show = compared.show
    output.say(f"recorded as gesture {compared.gesture_id}; `identity undo --show {show}` takes it back")
    output.say(f"`screenalytics season --show {show}` follows it")


def _compare(
    kind: "Comparison", one: str, other: str, actor: str, confirm: bool, key: str | None, as_json: bool
) -> None:
    from screenalytics_app.actions.cast.database import open_cast
    from screenalytics_app.actions.moderation.edit import Request
    from screenalytics_app.actions.moderation.season import compare, parse_episode_identity

    sides = parse_episode_identity(one), parse_episode_identity(other)
    request, store = Request(actor, key=key, fingerprint=command_line()), open_store()
    with open_cast(store) as cast:
        compared = compare(store, cast, kind, *sides, request, confirm)
    show_compared(compared, as_json)
