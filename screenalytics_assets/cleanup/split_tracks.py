"""Phase `split_tracks`: the appearance gate over the stored embeddings of each track.

Tracking looks at one face a second and forgets it; cleanup looks at the faces that were kept, which are the best
ones, and cuts the track where they change person. It is the gate of `tracks.appearance_gate`, with the same bounds.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face, Track, TrackBox
from screenalytics_assets.tracks.appearance_gate import GateSettings, Sample, Split, SplitReason, find_splits


@dataclass(frozen=True)
class SplitTracks:
    """Rows after the splits, in the old order with new pieces behind what they were split from."""

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
    kept: Set[str] = frozenset(),
    min_norm: float = 0.0,
) -> SplitTracks:
    """Split every track whose faces change person; `vectors` (A, D) are unit rows, by `embedding_row`.

    Tracks in `kept` stay as they are. Faces whose raw embedding is shorter than `min_norm` say nothing: a turned or
    blurred face is unlike anybody, its own person included. A piece begins at the face that differs and ends at the
    last detection that is stored before the next one begins. New pieces get numbers that no track has, name the track
    that they were `split_from`, and take the faces of their span along.
    """
    by_track: dict[str, list[Face]] = {}
    for face in faces:
        by_track.setdefault(face.track_id, []).append(face)
    number = 1 + max((int(track.track_id.removeprefix("track-")) for track in tracks), default=0)
    rows: list[Track] = []
    owner: dict[str, list[Track]] = {}
    reasons: Counter[SplitReason] = Counter()
    for track in tracks:
        embedded = [
            face
            for face in by_track.get(track.track_id, [])
            if face.embedding_row is not None and (face.embedding_norm or 0.0) >= min_norm
        ]
        found = [] if track.track_id in kept else gate_splits(embedded, vectors, gate)
        pieces = cut(track, [(embedded[split.index].frame, split.reason) for split in found], number)
        number += len(pieces) - 1
        reasons.update(piece.split_reason for piece in pieces[1:] if piece.split_reason)
        owner[track.track_id] = pieces
        rows += pieces
    return SplitTracks(
        tracks=rows,
        faces=[_moved(face, owner[face.track_id]) for face in faces],
        reasons=reasons,
        tracks_split=sum(len(pieces) > 1 for pieces in owner.values()),
        new_tracks=len(rows) - len(tracks),
    )


def gate_splits(embedded: Sequence[Face], vectors: NDArray[np.float32], gate: GateSettings) -> list[Split]:
    """Where the gate splits a track with these embedded faces, in order of time; index is one of `embedded`.

    The faces lie too far apart for their boxes to say anything, so only appearance counts.
    """
    samples = [Sample(face.frame, vectors[face.embedding_row], None) for face in embedded]
    return find_splits(samples, gate)


def cut(track: Track, at: Sequence[tuple[int, SplitReason]], number: int) -> list[Track]:
    """Pieces of a track cut before these frames, ascending; the first keeps its id, the others count from `number`."""
    frames = [frame for frame, _ in at]
    starts = [track.first_frame, *frames, track.last_frame + 1]
    stored = _stored(track)
    spans = [[box for box in stored if start <= box.frame < end] for start, end in pairwise(starts)]
    seen = _shares(track.frame_count, [len(span) for span in spans])
    pieces = []
    for index, (span, count) in enumerate(zip(spans, seen, strict=True)):
        inside = range(span[0].frame, span[-1].frame + 1)
        changes = {
            "first_frame": span[0].frame,
            "last_frame": span[-1].frame,
            "first_ts": span[0].ts,
            "last_ts": span[-1].ts,
            "frame_count": count,
            "boxes": tuple(box for box in span if box in track.boxes or box in (span[0], span[-1])),
            "crops": tuple(crop for crop in track.crops if crop.frame in inside),
        }
        if index:
            changes |= {
                "track_id": f"track-{number + index - 1:05d}",
                "split_from": track.track_id,
                "split_reason": at[index - 1][1],
            }
        pieces.append(track.model_copy(update=changes))
    return pieces


def _stored(track: Track) -> list[TrackBox]:
    """Every detection that is stored of a track, as a box or as a crop, in order of time."""
    crops = [TrackBox(frame=c.frame, ts=c.ts, bbox=c.bbox, score=c.det_score) for c in track.crops]
    by_frame = {box.frame: box for box in (*crops, *track.boxes)}
    return [by_frame[frame] for frame in sorted(by_frame)]


def _shares(count: int, stored: Sequence[int]) -> list[int]:
    """`count` detections shared out to the pieces as their stored ones are, at least what is stored of each."""
    spare = max(0, count - sum(stored))
    ends = np.round(spare * np.cumsum([0, *stored]) / max(1, sum(stored))).astype(int)
    return [own + int(more) for own, more in zip(stored, np.diff(ends), strict=True)]


def _moved(face: Face, pieces: Sequence[Track]) -> Face:
    if len(pieces) == 1:
        return face
    # A rejected crop may lie between two pieces: it belongs to the one that begins before it.
    home = [piece for piece in pieces if piece.first_frame <= face.frame][-1]
    return face.model_copy(update={"track_id": home.track_id})
