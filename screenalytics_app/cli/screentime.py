"""The command `screentime`."""

import sys
from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import Wide, open_store

FORMATS = "table|json|csv|vtt|otio|edl|parquet|png|svg"


def screentime(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")] = None,
    show: Annotated[str | None, typer.Option(help="Every episode of this show, such as demo.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar=FORMATS, help="What to write.")] = "table",
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="File to write; without it, texts go to stdout.")
    ] = None,
    start_timecode: Annotated[
        str, typer.Option(metavar="HH:MM:SS:FF", help="Timecode of the first frame, for an EDL.")
    ] = "01:00:00:00",
    wide: Wide = False,
) -> None:
    """Show how long everyone is on screen, and how sure that is; see docs/screen-time.md."""
    from screenalytics_app.actions.screen_time import (
        TEXT_FORMATS,
        ScreenTimeRequest,
        in_format,
        screen_time,
        write_file,
    )
    from screenalytics_app.cli.tables.screen_time import screen_time_table, screen_time_total
    from screenalytics_resources.errors import UserError

    if format_ == "table" and out is not None:
        raise UserError("--out writes a file, and a table is for the terminal: choose a --format such as csv.")
    if format_ not in {"table", *TEXT_FORMATS} and format_ in FORMATS.split("|") and out is None:
        raise UserError(f"{format_} is not a text for the terminal: name a file with --out.")
    content = screen_time(ScreenTimeRequest(ep_id, show), open_store())
    if format_ == "table":
        output.show(screen_time_table(content, wide), wide)
        output.say(screen_time_total(content))
        for left in getattr(content, "left_out", ()):
            output.say(f"{left.ep_id}: {left.why}", label="left out", style="yellow")
        return
    made = in_format(content, format_, start_timecode)
    if out is None:
        sys.stdout.write(made.decode())
    else:
        output.say_path(format_, str(write_file(out, made)))
