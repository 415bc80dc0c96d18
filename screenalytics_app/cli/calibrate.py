"""The command `calibrate`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import open_store


def calibrate(
    pack: Annotated[str, typer.Option(help="Model pack; see `packs`.")],
    labels: Annotated[
        Path, typer.Option(help="Folder with one folder of photos per person, or a CSV file: ep_id,track_id,person.")
    ],
    false_accept_rate: Annotated[float, typer.Option(help="Share of strangers that may get a name.")] = 0.002,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random split of the people.")] = 20261121,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the pack's file and its plot, instead of config/packs.")
    ] = None,
    data_name: Annotated[
        str | None, typer.Option(help="Name of the data in the pack's file; default: the name of --labels.")
    ] = None,
) -> None:
    """Choose a pack's thresholds on half of the labelled people, test them on the others, and write the pack's file."""
    from datetime import UTC, datetime

    from screenalytics_app.actions.calibrate import CalibrationRequest, calibrate_pack
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_app.cli.tables.calibration import figures_table, summary
    from screenalytics_resources.progress import Unrecorded
    from screenalytics_resources.project import config_dir

    request = CalibrationRequest(pack, labels, false_accept_rate, seed, output_dir, data_name)
    progress = BarProgress(Unrecorded())
    with progress.bars:
        start = partial(progress.start, pack)
        result = calibrate_pack(request, open_store(), config_dir(), datetime.now(UTC).date(), start)
    output.show(figures_table(result))
    for sentence in summary(result):
        output.say(sentence)
    output.say_path("pack", str(result.pack_file))
    output.say_path("plot", str(result.plot))
