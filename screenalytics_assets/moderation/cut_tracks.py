"""Tracks that people cut in two: the earlier part keeps the id, and the later part gets a new one.

The first part stores what the track was, so joining its parts restores it exactly. Cuts are always made from the uncut
tracks. Undoing one of several cuts of a track therefore leaves the others as if it had never been made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screenalytics_assets.contract.schemas import Track, UncutTrack
from screenalytics_assets.moderation.divide_track import divide_track, stored_detections
from screenalytics_assets.moderation.state import Cut

BY_PERSON = "person"
"""`split_reason` of the later parts."""
_STORED = tuple(UncutTrack.model_fields)


@dataclass(frozen=True)
class CutTracks:
    """Rows after the cuts, in the order of the uncut ones. Later parts follow the first part of their track."""

    rows: list[Track]
    refused: tuple[str, ...]
    """One sentence per cut that could not be made."""


def cut_tracks(rows: Sequence[Track], cuts: Iterable[Cut]) -> CutTracks:
    """Return `rows` with exactly these cuts. `Cut.track_id` names an uncut track; cuts that `rows` have are undone.

    A part that `rows` have already keeps its id. The number of a new one is that of its decision, counted from the
    last uncut track. So no id ever means another part, and a cut that is made again gives the same id.
    """
    whole = {track.track_id: track for track in uncut_tracks(rows)}
    refused: list[str] = []
    starts: dict[str, dict[int, int]] = {}  # track -> first frame of a later part -> seq of the decision
    for cut in sorted(cuts, key=lambda cut: cut.seq):
        track, of_track = whole[cut.track_id], starts.setdefault(cut.track_id, {})
        problem = cut_problem(track, cut.ts, of_track)
        if problem:
            refused.append(problem)
        else:
            of_track.setdefault(_first_frame(track, cut.ts), cut.seq)
    ids = _ids_of_parts(rows, whole, starts)
    return CutTracks(
        [part for track in whole.values() for part in _parts(track, starts.get(track.track_id, {}), ids)],
        tuple(refused),
    )


def uncut_tracks(rows: Sequence[Track]) -> list[Track]:
    """Return the tracks as they were before people cut them."""
    return [_uncut(track) for track in rows if not is_later_part(track)]


def is_later_part(track: Track) -> bool:
    """Return whether a person cut this part off."""
    return track.split_reason == BY_PERSON


def uncut_id(track: Track) -> str:
    """Return the id of the uncut track."""
    return track.split_from if is_later_part(track) and track.split_from else track.track_id


def cut_problem(track: Track, ts: float, at_frames: Iterable[int] = ()) -> str | None:
    """Return why an uncut track that is also cut before `at_frames` cannot be cut at `ts`, in seconds, or None.

    The time itself belongs to the later part.
    """
    if not track.first_ts < ts <= track.last_ts:
        return (
            f"{track.track_id} cannot be cut at {ts:.2f} s, because it is on screen from {track.first_ts:.2f} s to "
            f"{track.last_ts:.2f} s: choose a time after its first face."
        )
    pieces = divide_track(track, sorted({*at_frames, _first_frame(track, ts)}))
    if not all(piece.crops for piece in pieces):
        return (
            f"{track.track_id} cannot be cut at {ts:.2f} s, because one part would have no picture: choose a time "
            f"between two of its pictures."
        )
    return None


def _first_frame(track: Track, ts: float) -> int:
    """Return the frame of the first stored detection at or after `ts`."""
    return next(box.frame for box in stored_detections(track) if box.ts >= ts)


def _uncut(track: Track) -> Track:
    if track.uncut is None:
        return track
    return track.model_copy(update={name: getattr(track.uncut, name) for name in _STORED} | {"uncut": None})


def _ids_of_parts(
    rows: Sequence[Track], whole: dict[str, Track], starts: dict[str, dict[int, int]]
) -> dict[tuple[str, int], str]:
    """Return the id of each later part by uncut track and first frame."""
    present = {(uncut_id(row), row.first_frame): row.track_id for row in rows if is_later_part(row)}
    wanted = sorted((seq, track, frame) for track, of_track in starts.items() for frame, seq in of_track.items())
    ids = {(track, frame): present[track, frame] for _, track, frame in wanted if (track, frame) in present}
    last = max((_number(track) for track in whole), default=0)
    used = {_number(row.track_id) for row in rows}
    for seq, track, frame in wanted:
        if (track, frame) not in ids:
            number = last + seq
            while number in used:  # one decision can cut two tracks on the same face
                number += 1
            used.add(number)
            ids[track, frame] = f"track-{number:05d}"
    return ids


def _parts(track: Track, starts: dict[int, int], ids: dict[tuple[str, int], str]) -> list[Track]:
    if not starts:
        return [track]
    frames = sorted(starts)
    uncut = UncutTrack(**{name: getattr(track, name) for name in _STORED})
    first, *later = (_with_mean_score(piece) for piece in divide_track(track, frames))
    names = [ids[track.track_id, frame] for frame in frames]
    return [
        first.model_copy(update={"uncut": uncut}),
        *(
            part.model_copy(update={"track_id": name, "split_from": track.track_id, "split_reason": BY_PERSON})
            for part, name in zip(later, names, strict=True)
        ),
    ]


def _with_mean_score(piece: Track) -> Track:
    scores = [box.score for box in stored_detections(piece)]
    return piece.model_copy(update={"mean_score": round(sum(scores) / len(scores), 4)})


def _number(track_id: str) -> int:
    return int(track_id.removeprefix("track-"))
