"""The commands `config` and `packs`."""

from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, Profile, Wide, open_store


def config(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Use the model pack of this episode.")] = None,
    profile: Profile = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting with its effective value and its source."""
    from screenalytics_app.actions.settings_overview import settings_overview
    from screenalytics_app.cli.tables.settings import settings_table

    overview = settings_overview(open_store(), ep_id, profile)
    if as_json:
        output.write_json(overview)
        return
    output.show(settings_table(overview, wide), wide)
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
