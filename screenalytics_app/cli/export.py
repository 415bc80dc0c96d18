"""The command `export`."""

from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, open_store

EXIT_LEFT_OUT = 1
"""Exit code of an export that left an episode out."""


def export(
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder for the files; created if it is missing.")],
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")] = None,
    show: Annotated[str | None, typer.Option(help="Every episode of this show, such as demo.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="parquet|csv", help="File format.")] = "parquet",
    as_json: AsJson = False,
) -> None:
    """Write tracks, faces, identities and assignments as flat tables; see docs/export.md."""
    from screenalytics_app.actions.export import ExportRequest, export_artifacts
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_resources.progress import Unrecorded

    progress = BarProgress(Unrecorded(), as_json)
    with progress.bars:
        result = export_artifacts(ExportRequest(ep_id, show, format_, out), open_store(), progress)
    if as_json:
        output.write_json(result)
    else:
        for file in result.files:
            output.say_path(f"{file.rows} rows", str(file.path))
        for left_out in result.left_out:
            output.say(left_out.why, label=f"left out {left_out.ep_id}:", style="yellow")
        output.say(f"episodes exported: {len(result.episodes)}, left out: {len(result.left_out)}")
    if result.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)
