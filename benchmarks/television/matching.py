"""Labelled boxes of a clip, `boxes.csv`, read and matched as the product does it for a truth by boxes."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_csv import truth_of_csv
from screenalytics_assets.contract.truth_file import parse_truth
from screenalytics_assets.identity_evaluation.box_matching import NO_RUN, BoxPath, best_runs, path_of_run


def read_boxes(path: Path) -> BoxTruth:
    """Read the labelled boxes of a clip, which has none if it shows no face. Its folder's name stands for the episode.

    Raises:
        UserError: the file has no labelled boxes, or boxes that are invalid or not in order.
    """
    clip, content = path.parent.name, path.read_bytes()
    if len(content.splitlines()) == 1:  # the product refuses a truth file without labels, which is mostly a mistake
        return BoxTruth.model_construct(ep_id=clip, boxes=(), background=(), not_faces=())
    return cast(BoxTruth, parse_truth(truth_of_csv(content, clip, path.name), clip, path.name).content)


def people_of_faces(truth: BoxTruth, frames: Sequence[int], boxes: Sequence[Sequence[float]]) -> list[str | None]:
    """Return the person whose labelled box each face overlaps most, None if none overlaps enough.

    A face is a box in one frame.
    """
    runs = [path_of_run(run) for run in truth.boxes]
    faces = [BoxPath(np.array([frame]), np.array([box], np.float64)) for frame, box in zip(frames, boxes, strict=True)]
    matched = [int(best_runs(face, runs)[0]) for face in faces]
    return [None if run == NO_RUN else truth.boxes[run].person for run in matched]
