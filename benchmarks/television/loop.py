"""The loop that a user would write: detect on every n-th frame, embed each face, cluster all faces once.

It has no tracks, no quality gate and no co-occurrence. It uses the product's model sessions, so only the logic differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.fresh_process import in_fresh_process
from benchmarks.identities.rivals import average_linkage
from benchmarks.television.figures import shot_f_of
from benchmarks.television.matching import people_of_faces, read_boxes
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_file import ShotTruth
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import config_dir

STRIDE = 5
THRESHOLDS = {"opencv_zoo": 0.363, "buffalo_sc": 0.4}
"""Cosine similarities that examples use: OpenCV's for SFace, and a common one for InsightFace's recognisers."""


@dataclass(frozen=True)
class Faces:
    """F faces: their frames (F,), boxes (F, 4) and unit vectors (F, D)."""

    frames: NDArray[np.int64]
    boxes: NDArray[np.float32]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class LoopResult:
    """Figures of the loop on one clip, without background. B-cubed F is over faces, each of which stands for n frames.

    None if no face of a known person was found.
    """

    clip: str
    faces: int
    clusters: int
    b_cubed_f_by_second: float | None
    shot_f: float | None


@dataclass(frozen=True)
class LoopTask:
    """Clips for the loop with one pack, in one process."""

    folders: Sequence[Path]
    pack: str


def run_loop(folders: Sequence[Path], pack: str) -> list[LoopResult]:
    """Run the loop on all clips in a process of its own."""
    return in_fresh_process(_run, LoopTask(folders, pack)).value


def _run(task: LoopTask) -> list[LoopResult]:
    results = []
    for folder in task.folders:
        faces = find_faces(folder / "clip.mp4", task.pack)
        truth = ShotTruth.model_validate_json((folder / "truth.json").read_bytes())
        results.append(evaluate(folder.name, faces, read_boxes(folder / "boxes.csv"), truth, THRESHOLDS[task.pack]))
    return results


def find_faces(video: Path, pack: str) -> Faces:
    """Detect and embed the faces of every n-th frame."""
    engine = load_engine(pack, config_dir())
    frames: list[int] = []
    boxes = [np.empty((0, 4), np.float32)]
    vectors = [np.empty((0, engine.pack.recogniser.dim), np.float32)]
    for number, image in _frames(video):
        found = engine.detect(image)
        if len(found):
            frames += [number] * len(found)
            boxes.append(found.boxes)
            vectors.append(engine.embed(engine.align(image, found.landmarks)).vectors)
    return Faces(np.array(frames, np.int64), np.concatenate(boxes), np.concatenate(vectors))


def evaluate(clip: str, faces: Faces, boxes: BoxTruth, truth: ShotTruth, threshold: float) -> LoopResult:
    """Cluster the faces and compare them with the labelled boxes and the shots."""
    several = len(faces.vectors) > 1
    labels = average_linkage(faces.vectors, threshold) if several else np.zeros(len(faces.vectors), np.int64)
    people = people_of_faces(boxes, faces.frames.tolist(), faces.boxes.tolist())
    known = np.array([person in boxes.cast for person in people], np.bool_)
    names = np.unique(np.array([str(person) for person in people], str), return_inverse=True)[1]
    clusters = len(np.unique(labels))
    in_shots = [(faces.frames >= shot.first_frame) & (faces.frames <= shot.last_frame) for shot in truth.shots]
    shared = np.array([np.bincount(labels[inside], minlength=clusters) for inside in in_shots], np.int64).T
    return LoopResult(
        clip=clip,
        faces=len(labels),
        clusters=clusters,
        b_cubed_f_by_second=b_cubed(labels[known], names[known])[2] if known.any() else None,
        shot_f=shot_f_of(truth, shared, shared > 0) if clusters else None,
    )


def _frames(video: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    import cv2

    capture = cv2.VideoCapture(str(video))
    if not capture.isOpened():
        raise UserError(f"OpenCV cannot open {video.name}: measure with another clip.")
    number = 0
    while capture.grab():
        if number % STRIDE == 0:
            yield number, np.asarray(capture.retrieve()[1], np.uint8)
        number += 1
