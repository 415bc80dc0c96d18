"""Calibration from the command line: labels in, a model pack's file and its picture out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.table import Table

from screenalytics_assets.calibration.calibrate import Calibrated, calibrate
from screenalytics_assets.calibration.gather import Gathered, Start, gather_photos, gather_tracks
from screenalytics_assets.calibration.identification import check_rate
from screenalytics_assets.calibration.pack_file import head_of
from screenalytics_assets.calibration.photo_problems import Skipped
from screenalytics_assets.calibration.report import Naming
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.plain_text import printable
from screenalytics_resources.project import CONFIG_VARIABLE, DEFAULTS, FROM_WHEEL


@dataclass(frozen=True)
class CalibrationRequest:
    """What to calibrate on what. `data_name` is what the pack's file calls the data; None: the labels' own name."""

    pack: str
    labels: Path
    false_accept_rate: float
    seed: int
    output_dir: Path | None = None
    data_name: str | None = None


@dataclass(frozen=True)
class CalibrationResult:
    """What was found, which photos were left out, and the two files that were written."""

    calibrated: Calibrated
    skipped: Skipped
    pack_file: Path
    plot: Path


def calibrate_pack(
    request: CalibrationRequest, store: ArtifactStore, config: Path, today: date, start: Start
) -> CalibrationResult:
    """Calibrate a pack of the configuration folder `config` and write its file and picture.

    Raises:
        UserError: anything that is wrong with the request or the labels; then nothing is written.
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
    found = calibrate(gathered, pack, text, request.false_accept_rate, request.seed, today.isoformat(), start)
    files = folder / f"{pack.name}.yaml", folder / f"{pack.name}.calibration.svg"
    _write(files, (found.yaml.encode(), found.svg))
    return CalibrationResult(found, gathered.skipped, *files)


def _gather(request: CalibrationRequest, store: ArtifactStore, config: Path, start: Start) -> Gathered:
    labels, rate, seed = request.labels, request.false_accept_rate, request.seed
    name = printable(request.data_name or labels.resolve().name)
    if labels.is_dir():
        return gather_photos(labels, name, load_engine(request.pack, config), rate, seed, start)
    if labels.exists():
        return gather_tracks(labels, name, store, request.pack, rate, seed)
    raise UserError(f"{labels} does not exist: give a folder with one folder of photos a person, or a CSV file.")


def _write(files: Sequence[Path], contents: Sequence[bytes]) -> None:
    from upath import UPath

    try:
        for file, content in reversed(list(zip(files, contents, strict=True))):  # the pack comes to refer to its plot
            write_atomic(UPath(file), content)
    except OSError as error:
        raise UserError(f"{files[0].parent} cannot be written to ({error.strerror}): choose another folder.") from error


def figures_table(result: CalibrationResult) -> Table:
    """B-cubed figures of both halves, problem by problem."""
    table = Table(title="B-cubed, by tracks", title_justify="left")
    for name in ("half", "problem"):
        table.add_column(name, no_wrap=True)
    for name in ("tracks", "precision", "recall", "F", "people found", "people true"):
        table.add_column(name, justify="right")
    for half, figures in (("tuned", result.calibrated.tuned), ("held out", result.calibrated.reported)):
        for one in figures.problems:
            rates = [f"{rate:.4f}" for rate in (one.precision, one.recall, one.f)]
            table.add_row(half, one.name, str(one.tracks), *rates, str(one.people_found), str(one.people_true))
        table.add_row(half, "[bold]mean[/]", str(figures.tracks), "", "", f"[bold]{figures.b_cubed_f:.4f}[/]")
        table.add_section()
    return table


def summary(result: CalibrationResult) -> list[str]:
    """Lines that say what was chosen, how naming does, what was left out, and where it all lies."""
    chosen = result.calibrated.chosen
    bounds = {name: f"{value:g}" for name, value in vars(chosen.bounds).items()}
    bounds |= {f"cast_{name}": f"{value:g}" for name, value in vars(chosen.cast).items()}
    lines = [", ".join(f"{name} {value}" for name, value in bounds.items())]
    lines += [
        _naming(half, figures.naming)
        for half, figures in (("tuned", result.calibrated.tuned), ("held out", result.calibrated.reported))
    ]
    left_out = result.skipped
    if left_out.count:
        lines.append(
            f"left out {left_out.count} of {left_out.photos} photos: {left_out.unreadable} unreadable, "
            f"{left_out.faceless} without a usable face"
        )
    return [*lines, f"pack   {result.pack_file}", f"plot   {result.plot}"]


def _naming(half: str, naming: Naming) -> str:
    return (
        f"{half}: a cast of {naming.cast_size} names {naming.strangers_named:.2%} of strangers, and of its own people "
        f"{naming.named_right:.2%} rightly, {naming.named_wrong:.2%} wrongly and {naming.not_named:.2%} not"
    )
