"""The command `check`."""

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import EXIT_BLOCKED, AsJson, EpId, Wide, open_store


def check(ep_id: EpId, wide: Wide = False, as_json: AsJson = False) -> None:
    """Evaluate every check of an episode on its stored artifacts; exit code 1 if one fails as an error."""
    from screenalytics_app.actions.check_episode import check_episode
    from screenalytics_app.cli.tables.checks import checks_report, checks_table

    result = check_episode(ep_id, open_store())
    if as_json:
        output.write_json(result)
    else:
        output.show(checks_table(result.checks))
        output.show(checks_report(result.checks, wide))
        if result.held_back:
            output.say(
                f"{', '.join(result.held_back)} ({_next_step(result.ep_id, result.blocked)})", label="not made yet:"
            )
    if result.failed:
        raise typer.Exit(EXIT_BLOCKED)


def _next_step(ep_id: str, blocked: bool) -> str:
    if blocked:
        return "a blocking check holds them back"
    return f"no check holds them back: the daemon makes them, or `screenalytics run --ep-id {ep_id}`"
