"""The commands `identity ...` about what was done in an episode, or across the episodes of a show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.identity_across import show_compared
from screenalytics_app.cli.identity_options import Actor, Key, carry_out, command_line
from screenalytics_app.cli.options import AsJson, Wide, open_store
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from screenalytics_app.actions.moderation.edit import Request
    from screenalytics_app.actions.moderation.season import Compared
    from screenalytics_resources.artifact_store import ArtifactStore
    from screenalytics_resources.facebank.cast_store import CastStore

EpIdOrNone = Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")]
ShowOrNone = Annotated[
    str | None, typer.Option("--show", help="Instead of an episode: decisions across the episodes of this show.")
]


def history(ep_id: EpIdOrNone = None, show: ShowOrNone = None, wide: Wide = False, as_json: AsJson = False) -> None:
    """Show who decided what, and whether it holds."""
    from screenalytics_app.actions.moderation.history import stored_history
    from screenalytics_app.actions.moderation.season import show_history
    from screenalytics_app.cli.tables.moderation import history_table

    log_id = _one_log(ep_id, show)
    entries = stored_history(open_store(), log_id) if ep_id else show_history(open_store(), log_id)
    if as_json:
        output.write_json(entries)
    else:
        output.show(history_table(log_id, entries, wide), wide)


def undo(
    actor: Actor,
    ep_id: EpIdOrNone = None,
    show: ShowOrNone = None,
    gesture: Annotated[UUID | None, typer.Option(help="See `identity history`; default: your last one.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Take back what you did last, or any gesture."""
    from screenalytics_app.actions.moderation import season
    from screenalytics_app.actions.moderation import undo as undoing

    log_id = _one_log(ep_id, show)
    if ep_id:
        carry_out(ep_id, actor, key, as_json, lambda view: undoing.undo(view, actor, gesture))
    else:
        _in_show(
            actor, key, as_json, lambda store, cast, request: season.undo_in_show(store, cast, log_id, request, gesture)
        )


def redo(
    actor: Actor, ep_id: EpIdOrNone = None, show: ShowOrNone = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Take back your last undo."""
    from screenalytics_app.actions.moderation import season
    from screenalytics_app.actions.moderation import undo as undoing

    log_id = _one_log(ep_id, show)
    if ep_id:
        carry_out(ep_id, actor, key, as_json, lambda view: undoing.redo(view, actor))
    else:
        _in_show(actor, key, as_json, lambda store, cast, request: season.redo_in_show(store, cast, log_id, request))


def _one_log(ep_id: str | None, show: str | None) -> str:
    if bool(ep_id) == bool(show):
        raise UserError("Name one log: give either --ep-id, or --show for decisions across its episodes.")
    return ep_id or show or ""


def _in_show(
    actor: str,
    key: str | None,
    as_json: bool,
    gesture: "Callable[[ArtifactStore, CastStore, Request], Compared]",
) -> None:
    from screenalytics_app.actions.cast.database import open_cast
    from screenalytics_app.actions.moderation.edit import Request

    request, store = Request(actor, key=key, fingerprint=command_line()), open_store()
    with open_cast(store) as cast:
        compared = gesture(store, cast, request)
    show_compared(compared, as_json)
