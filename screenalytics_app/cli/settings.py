"""The commands `config` and `packs`."""

from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, Profile, Wide, open_store
from screenalytics_resources.errors import UserError


def config(
    ep_id: Annotated[
        str | None, typer.Option("--ep-id", help="Use the model pack and the kept settings of this episode.")
    ] = None,
    profile: Profile = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Keep a setting with the episode. Can be repeated."),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="KEY", help="Remove a setting kept with the episode. Can be repeated."),
    ] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting with its effective value and its source, or change the settings kept with an episode."""
    from screenalytics_app.actions.episode_settings import change_settings
    from screenalytics_app.actions.settings_overview import settings_overview
    from screenalytics_app.cli.given_settings import given_settings
    from screenalytics_app.cli.tables.settings import settings_table
    from screenalytics_assets.settings.episode_settings import settings_text

    store = open_store()
    if set_ or unset:
        if ep_id is None:
            raise UserError("--set and --unset change the settings kept with one episode: give it with --ep-id E.")
        change_settings(store, ep_id, given_settings(set_ or ()), unset or ())
    overview = settings_overview(store, ep_id, profile)
    if as_json:
        output.write_json(overview)
        return
    output.show(settings_table(overview, wide), wide)
    if overview.kept_settings:
        output.say(f"kept with {ep_id}: {settings_text(overview.kept_settings)} (--unset KEY removes one)")
    if overview.out_of_date:
        output.say(f"made with other settings, so a run makes them again: {', '.join(overview.out_of_date)}")


def packs(wide: Wide = False, as_json: AsJson = False) -> None:
    """Show the model packs, their licences, and whether their models are installed."""
    from screenalytics_app.actions.packs import model_packs
    from screenalytics_app.cli.tables.settings import packs_table

    available = model_packs()
    if as_json:
        output.write_json(available)
    else:
        output.show(packs_table(available.packs, wide), wide)
