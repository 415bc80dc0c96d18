"""Comparison of the results of two runs of the job on the same clip."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.job import EP_ID
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES, TRACKS, Face, Track
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Results:
    """Results of one run.

    Attributes:
        boxes: box (4,) px by track and frame.
        vectors: unit embedding (D,) of each accepted face by track and frame.
        identities: the tracks of each identity.
    """

    boxes: Mapping[tuple[str, int], NDArray[np.float64]]
    vectors: Mapping[tuple[str, int], NDArray[np.float32]]
    identities: Sequence[Collection[str]]


@dataclass(frozen=True)
class Equality:
    """How equal two results are.

    Attributes:
        same_boxes: both have boxes for the same tracks and frames.
        max_box_px: largest difference of an edge of a box that both have, in pixels; None if they share none.
        same_faces: both have embeddings for the same tracks and frames.
        min_cosine: lowest similarity of the embeddings of a face that both have; None if they share none.
        same_identities: both divide the same tracks into the same identities, independent of ids.
    """

    same_boxes: bool
    max_box_px: float | None
    same_faces: bool
    min_cosine: float | None
    same_identities: bool


def compare_roots(roots: tuple[str, str]) -> Equality:
    """Compare the artifacts of the job below two data roots.

    Raises:
        DamagedArtifactError: an artifact is missing, damaged, or of a version that this checkout cannot read.
    """
    one, other = (read_results(ArtifactStore(root)) for root in roots)
    return compare(one, other)


def read_results(store: ArtifactStore) -> Results:
    """Read the results of the job from its artifacts."""
    tracks, faces = load_artifact(store, TRACKS, EP_ID), load_artifact(store, FACES, EP_ID)
    identities = load_artifact(store, IDENTITIES, EP_ID).content.identities
    return Results(
        boxes=_boxes(tracks.rows),
        vectors=_vectors(faces.rows, faces.vectors),
        identities=[identity.track_ids for identity in identities],
    )


def compare(one: Results, other: Results) -> Equality:
    """Compare two results."""
    boxes = one.boxes.keys() & other.boxes.keys()
    faces = one.vectors.keys() & other.vectors.keys()
    differences = [float(np.abs(one.boxes[key] - other.boxes[key]).max()) for key in boxes]
    cosines = [float(one.vectors[key].astype(np.float64) @ other.vectors[key]) for key in faces]
    return Equality(
        same_boxes=one.boxes.keys() == other.boxes.keys(),
        max_box_px=max(differences, default=None),
        same_faces=one.vectors.keys() == other.vectors.keys(),
        min_cosine=min(cosines, default=None),
        same_identities=partition(one.identities) == partition(other.identities),
    )


def partition(identities: Sequence[Collection[str]]) -> frozenset[frozenset[str]]:
    """Return the identities as sets of tracks, without order."""
    return frozenset(frozenset(tracks) for tracks in identities)


def _boxes(tracks: Sequence[Track]) -> dict[tuple[str, int], NDArray[np.float64]]:
    return {(track.track_id, box.frame): np.array(box.bbox, np.float64) for track in tracks for box in track.boxes}


def _vectors(faces: Sequence[Face], vectors: NDArray[np.float32]) -> dict[tuple[str, int], NDArray[np.float32]]:
    return {
        (face.track_id, face.frame): vectors[face.embedding_row] for face in faces if face.embedding_row is not None
    }
