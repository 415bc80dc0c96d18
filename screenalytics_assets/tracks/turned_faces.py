"""Turned faces: those of people lying down are also searched for in the picture turned by 90 and 270 degrees."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.detectors import Detections, concatenate
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.turns import turn_boxes, turn_picture, turn_points, turns_to_upright

TURNS = (1, 3)
MIN_SCORE = {"yunet": 0.87, "scrfd": 0.5}
"""Smallest score of a turned face, by family of the detector. On nine labelled clips without lying people YuNet scores
hands and the like up to 0.85; lying faces have 0.88 to 0.91, and 0.52 to 0.67 with SCRFD."""
SAME_FACE_IOU = 0.3
"""Of two faces that overlap at least this much, one is kept."""


def detect_turned(engine: Engine, image: NDArray[np.uint8], last_look: Detections | None) -> Detections:
    """Find upright and turned faces in `image` (H, W, 3), best score first.

    Turned ones are searched for if `last_look`, the faces of a frame shortly before, has one, or if it is None.
    """
    upright = engine.detect(image)
    if last_look is not None and not any(turns_to_upright(landmarks) for landmarks in last_look.landmarks):
        return upright
    turned = _without_doubles(engine, image, concatenate([_detect(engine, image, turns) for turns in TURNS]))
    overlaps = np.array([iou(box, upright.boxes) for box in turned.boxes]).reshape(len(turned), len(upright))
    same = overlaps >= SAME_FACE_IOU
    better = turned.scores[:, None] > upright.scores[None]
    kept = np.asarray((~same | better).all(axis=1))
    replaced = np.asarray((same & better)[kept].any(axis=0))
    faces = concatenate([_rows(upright, ~replaced), _rows(turned, kept)])
    return _rows(faces, np.argsort(-faces.scores, kind="stable"))


def _detect(engine: Engine, image: NDArray[np.uint8], turns: int) -> Detections:
    """Return the faces in `image` turned `turns` times, in pixels of `image`."""
    picture = turn_picture(image, turns)
    faces = engine.detect(picture)
    faces = _rows(faces, faces.scores >= MIN_SCORE[engine.pack.detector.family])
    size = (picture.shape[1], picture.shape[0])
    return Detections(
        turn_boxes(faces.boxes, 4 - turns, size), faces.scores, turn_points(faces.landmarks, 4 - turns, size)
    )


def _without_doubles(engine: Engine, image: NDArray[np.uint8], faces: Detections) -> Detections:
    """Keep, of faces found at both turns, the one that the recogniser sees more clearly: the other is upside down.

    The detector's scores do not tell them apart.
    """
    if len(faces) < 2:
        return faces
    pairs = zip(faces.boxes, faces.landmarks, strict=True)
    aligned = [engine.align(image, engine.refine(image, box, landmarks)[None])[0] for box, landmarks in pairs]
    kept: list[int] = []
    for row in np.argsort(-engine.embed(np.array(aligned)).norms, kind="stable"):
        if not kept or (iou(faces.boxes[row], faces.boxes[kept]) < SAME_FACE_IOU).all():
            kept.append(int(row))
    return _rows(faces, np.array(kept))


def _rows(faces: Detections, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Detections:
    return Detections(faces.boxes[rows], faces.scores[rows], faces.landmarks[rows])
