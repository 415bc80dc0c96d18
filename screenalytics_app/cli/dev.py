"""The command `dev`: Dagster and the API together."""

import sys
from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.serve import Port

EXIT_ENDED = 1
"""Exit code after one of the processes has ended by itself."""


def dev(
    port: Port = 3001,
    dagster_port: Annotated[int, typer.Option(help="Port of Dagster's UI.")] = 3000,
) -> None:
    """Run Dagster's UI and daemon, and the API with the review pages, until Ctrl+C ends all of them."""
    from screenalytics_app.actions.dev_servers import HOST, dev_parts, run_together

    def started() -> None:
        output.say(f"http://{HOST}:{port}", label="review pages and API:")
        output.say(f"http://{HOST}:{dagster_port}", label="Dagster's UI:")
        sys.stdout.flush()

    ended = run_together(dev_parts(port, dagster_port), started)
    if ended:
        output.say(ended, label="stopped:", style="bold red")
        raise typer.Exit(EXIT_ENDED)
