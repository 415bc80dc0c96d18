"""The command `remove`."""

from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, EpId, open_store
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from screenalytics_app.actions.remove_episode import Removal


def remove(
    ep_id: EpId,
    with_video: Annotated[
        bool, typer.Option("--with-video", help="Also the video, earlier videos, truth and exceptions.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an episode with all its artifacts; it does not come back until it is run again."""
    from screenalytics_app.actions.remove_episode import already_removed, plan_removal, remove_episode

    if as_json and not yes:
        raise UserError("--json cannot ask whether to remove the episode: add --yes.")
    store = open_store()
    plan = plan_removal(store, ep_id, with_video)
    earlier = already_removed(store, plan.ep_id)
    if earlier and not plan.removed:
        if as_json:
            output.write_json(plan)
        else:
            output.say(earlier)
        return
    if not yes:
        _show(plan, "removes:")
        typer.confirm(f"Remove {plan.ep_id}?", abort=True)
    result = remove_episode(store, plan.ep_id, with_video)
    if as_json:
        output.write_json(result)
        return
    _show(result, "removed:")
    output.say(result.way_back, label="bring it back with:")


def _show(removal: "Removal", label: str) -> None:
    for line in removal.removed:
        output.say(line, label=label)
    for line in removal.kept:
        output.say(line, label="keeps:")
