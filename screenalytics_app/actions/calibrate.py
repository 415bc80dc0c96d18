"""Calibrate a model pack on labelled people, and write its file and its plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from screenalytics_assets.calibration.calibrate import Calibrated, calibrate
from screenalytics_assets.calibration.gather import Gathered, Start, gather_photos, gather_tracks
from screenalytics_assets.calibration.identification import check_rate
from screenalytics_assets.calibration.pack_file import head_of
from screenalytics_assets.calibration.photo_problems import Skipped
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.plain_text import printable
from screenalytics_resources.project import CONFIG_VARIABLE, DEFAULTS, FROM_WHEEL


@dataclass(frozen=True)
class CalibrationRequest:
    """A pack and the labels to calibrate it on. `data_name` replaces the labels' name in the pack's file."""

    pack: str
    labels: Path
    false_accept_rate: float
    seed: int
    output_dir: Path | None = None
    data_name: str | None = None


@dataclass(frozen=True)
class CalibrationResult:
    """Thresholds and figures, the photos that were left out, and the two files that were written."""

    calibrated: Calibrated
    skipped: Skipped
    pack_file: Path
    plot: Path


def calibrate_pack(
    request: CalibrationRequest, store: ArtifactStore, config: Path, today: date, start: Start
) -> CalibrationResult:
    """Calibrate a pack of the configuration folder `config` and write its file and plot.

    Raises:
        UserError: the request or the labels are invalid; nothing is written then.
    """
    pack = load_pack(request.pack, config)
    text = (config / "packs" / f"{pack.name}.yaml").read_bytes().decode("utf-8")
    head_of(text, pack.name)
    check_rate(request.false_accept_rate)
    folder = request.output_dir or config / "packs"
    if FROM_WHEEL and folder.resolve().is_relative_to(DEFAULTS):
        raise UserError(
            f"{folder} belongs to the installed package, and the next upgrade replaces it. Copy {config} and set "
            f"{CONFIG_VARIABLE} to the copy, or give --output-dir."
        )
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: give a folder as --output-dir.")
    gathered = _gather(request, store, config, start)
    calibrated = calibrate(gathered, pack, text, request.false_accept_rate, request.seed, today.isoformat(), start)
    files = folder / f"{pack.name}.yaml", folder / f"{pack.name}.calibration.svg"
    _write(files, (calibrated.yaml.encode(), calibrated.svg))
    return CalibrationResult(calibrated, gathered.skipped, *files)


def _gather(request: CalibrationRequest, store: ArtifactStore, config: Path, start: Start) -> Gathered:
    labels, rate, seed = request.labels, request.false_accept_rate, request.seed
    name = printable(request.data_name or labels.resolve().name)
    if labels.is_dir():
        return gather_photos(labels, name, load_engine(request.pack, config), rate, seed, start)
    if labels.exists():
        return gather_tracks(labels, name, store, request.pack, rate, seed)
    raise UserError(f"{labels} does not exist: give a folder with one folder of photos per person, or a CSV file.")


def _write(files: Sequence[Path], contents: Sequence[bytes]) -> None:
    from upath import UPath

    try:
        # The pack's file refers to its plot, so the plot comes first.
        for file, content in reversed(list(zip(files, contents, strict=True))):
            write_atomic(UPath(file), content)
    except OSError as error:
        raise UserError(f"{files[0].parent} cannot be written to ({error.strerror}): choose another folder.") from error
