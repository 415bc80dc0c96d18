"""The command `season`."""

from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import EXIT_BLOCKED, AsJson, ClusterThresh, Wide, open_store


def season(
    show: Annotated[str, typer.Option("--show", help="Show, the start of its episodes' ids, such as demo.")],
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Let new episodes join the last result, which stays as it is.")
    ] = False,
    cluster_thresh: ClusterThresh = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Find out who is who in a whole show, by clustering the tracks of all its episodes together."""
    from screenalytics_app.actions.run_season import SeasonRequest, run_season
    from screenalytics_app.cli.tables.checks import checks_report
    from screenalytics_app.cli.tables.identities import season_table

    result = run_season(SeasonRequest(show, incremental or None, cluster_thresh), open_store())
    if as_json:
        output.write_json(result)
    else:
        output.show(season_table(result.season, wide), wide)
        for left in result.season.left_out:
            output.say(f"{left.ep_id}: {left.why}", label="left out", style="yellow")
        if result.season.metadata.mode_reason:
            output.say(f"because {result.season.metadata.mode_reason}", label="clustered from scratch", style="yellow")
        output.show(checks_report(result.checks, wide))
    if result.blocked:
        raise typer.Exit(EXIT_BLOCKED)
