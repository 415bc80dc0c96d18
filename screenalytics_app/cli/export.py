"""The command `export`."""

from typing import Annotated

import typer
from rich.console import Console

from screenalytics_app.cli.plain_text import plain
from screenalytics_resources.artifact_store import ArtifactStore, data_root

EXIT_LEFT_OUT = 1

console = Console()


def export(
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder for the files; created if it is missing.")],
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")] = None,
    show: Annotated[str | None, typer.Option(help="Every episode of this show, such as demo.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="parquet|csv", help="File format.")] = "parquet",
) -> None:
    """Write tracks, faces, identities and assignments as flat tables; see docs/export.md."""
    from screenalytics_app.actions.export import ExportRequest, export_artifacts
    from screenalytics_app.cli.terminal import BarProgress
    from screenalytics_resources.progress import Unrecorded

    progress = BarProgress(console, Unrecorded())
    with progress.bars:
        result = export_artifacts(ExportRequest(ep_id, show, format_, out), ArtifactStore(data_root()), progress)
    for file in result.files:
        _print(f"{file.path}  {file.rows} rows")
    for left_out in result.left_out:
        _print(f"left out {left_out.ep_id}: {left_out.why}")
    _print(f"episodes exported: {len(result.episodes)}, left out: {len(result.left_out)}")
    if result.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)


def _print(line: str) -> None:
    console.print(plain(line), soft_wrap=True)
