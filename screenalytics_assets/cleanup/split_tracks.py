"""Phase `split_tracks`: applies the appearance gate to the stored embeddings of each track.

During tracking the gate samples one face per second and does not store it. A cleanup applies the same gate, with the
same bounds, to the stored faces, which are the best ones of the track, and splits the track where they change person.

One face that is turned away looks like another person, too. If the gate has judged the track while it was followed, a
split of the stored faces therefore also needs two pieces that show two people: a clear face on both sides, and
different faces over all. The figures are in docs/decisions/0021-cleanup-evidence.md.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.moderation.divide_track import divide_track
from screenalytics_assets.tracks.appearance_gate import GateSettings, Sample, Split, SplitReason, find_splits


@dataclass(frozen=True)
class TwoPeople:
    """When two pieces of a track show two people."""

    clear_norm: float
    """Norm of the raw embedding that the best face of both pieces has at least."""
    similarity: float
    """Cosine similarity of the two pieces, without the mean face, that two people stay below."""
    mean_face: NDArray[np.float32]
    """Mean embedding (D,) of all faces."""

    def shown_by(self, old: Sequence[Face], new: Sequence[Face], vectors: NDArray[np.float32]) -> bool:
        """Return whether these embedded faces show two people. `vectors` (A, D) are indexed by `embedding_row`."""
        norms = [np.array([face.embedding_norm or 0.0 for face in piece]) for piece in (old, new)]
        if min(part.max() for part in norms) < self.clear_norm:
            return False
        sides = [
            centred(vectors[np.array([face.embedding_row for face in piece])], self.mean_face).T @ part**2
            for piece, part in zip((old, new), norms, strict=True)
        ]
        lengths = [float(np.linalg.norm(side)) for side in sides]
        return float(sides[0] @ sides[1]) < self.similarity * lengths[0] * lengths[1]


@dataclass(frozen=True)
class SplitTracks:
    """Rows after the splits, in the old order. New pieces follow the track they were split from."""

    tracks: list[Track]
    faces: list[Face]
    reasons: Counter[SplitReason]
    tracks_split: int
    new_tracks: int


def split_tracks(
    tracks: Sequence[Track],
    faces: Sequence[Face],
    vectors: NDArray[np.float32],
    gate: GateSettings,
    two_people: TwoPeople | None,
    kept: Set[str] = frozenset(),
) -> SplitTracks:
    """Split every track whose faces change person. `vectors` (A, D) are unit rows, indexed by `embedding_row`.

    Without `two_people` every split of the gate counts. Tracks in `kept` stay unchanged. A piece begins at the face
    that differs and ends at the last stored detection before the next piece. New pieces get unused numbers, record the
    track they were `split_from`, and receive the faces in their span.
    """
    by_track: dict[str, list[Face]] = {}
    for face in faces:
        by_track.setdefault(face.track_id, []).append(face)
    number = 1 + max((int(track.track_id.removeprefix("track-")) for track in tracks), default=0)
    rows: list[Track] = []
    pieces_of: dict[str, list[Track]] = {}
    reasons: Counter[SplitReason] = Counter()
    for track in tracks:
        embedded = [face for face in by_track.get(track.track_id, []) if face.embedding_row is not None]
        splits = [] if track.track_id in kept else gate_splits(embedded, vectors, gate, two_people)
        pieces = cut(track, [(embedded[split.index].frame, split.reason) for split in splits], number)
        number += len(pieces) - 1
        reasons.update(split.reason for split in splits)
        pieces_of[track.track_id] = pieces
        rows += pieces
    return SplitTracks(
        tracks=rows,
        faces=[_reassigned(face, pieces_of[face.track_id]) for face in faces],
        reasons=reasons,
        tracks_split=sum(len(pieces) > 1 for pieces in pieces_of.values()),
        new_tracks=len(rows) - len(tracks),
    )


def gate_splits(
    embedded: Sequence[Face], vectors: NDArray[np.float32], gate: GateSettings, two_people: TwoPeople | None
) -> list[Split]:
    """Return the splits of a track with these embedded faces, which are in time order. `index` refers to `embedded`.

    The faces are too far apart in time for the overlap of their boxes to be meaningful, so only appearance counts.
    """
    samples = [Sample(face.frame, vectors[face.embedding_row], None, face.embedding_norm or 0.0) for face in embedded]
    found = find_splits(samples, gate)
    if two_people is None:
        return found
    splits: list[Split] = []
    for place, split in enumerate(found):
        start = splits[-1].index if splits else 0
        end = found[place + 1].index if place + 1 < len(found) else len(embedded)
        if two_people.shown_by(embedded[start : split.index], embedded[split.index : end], vectors):
            splits.append(split)
    return splits


def cut(track: Track, at: Sequence[tuple[int, SplitReason]], number: int) -> list[Track]:
    """Cut a track before the frames in `at`, which ascend. The first piece keeps its id; others count from `number`."""
    first, *others = divide_track(track, [frame for frame, _ in at])
    return [
        first,
        *(
            piece.model_copy(
                update={
                    "track_id": f"track-{number + index:05d}",
                    "split_from": track.track_id,
                    "split_reason": at[index][1],
                }
            )
            for index, piece in enumerate(others)
        ),
    ]


def _reassigned(face: Face, pieces: Sequence[Track]) -> Face:
    if len(pieces) == 1:
        return face
    # A rejected crop may be between two pieces. It belongs to the piece that begins before it.
    owner = [piece for piece in pieces if piece.first_frame <= face.frame][-1]
    return face.model_copy(update={"track_id": owner.track_id})
