"""Marks of dismissed tracks, and faces that follow their tracks."""

from collections.abc import Collection, Sequence

from screenalytics_assets.contract.schemas import Face, Track, Tracks
from screenalytics_assets.moderation.cut_tracks import uncut_id, uncut_tracks


def mark_tracks(rows: Sequence[Track], dismissed: Collection[str]) -> list[Track]:
    """Return the tracks with `deleted` set on exactly the dismissed ones."""
    return [
        track
        if track.deleted == (track.track_id in dismissed)
        else track.model_copy(update={"deleted": track.track_id in dismissed})
        for track in rows
    ]


def follow_tracks(faces: Sequence[Face], tracks: Sequence[Track]) -> list[Face]:
    """Return the faces with the part of their track that their frame lies in, marked like that part.

    A face may name any part of its track, or a part that no longer exists because its cut was undone. The order stays,
    and so does every row that is right already.
    """
    parts: dict[str, list[Track]] = {}
    for track in tracks:
        parts.setdefault(uncut_id(track), []).append(track)
    of_crop = {crop.crop_key: uncut_id(track) for track in tracks for crop in track.crops}
    return [_following(face, parts[of_crop[face.crop_key]]) for face in faces]


def before_decisions(tracks: Tracks) -> Tracks:
    """Return the tracks as they would be without any decision of a person."""
    return tracks.with_rows(mark_tracks(uncut_tracks(tracks.rows), ()))


def _following(face: Face, parts: Sequence[Track]) -> Face:
    part = [part for part in parts if part.first_frame <= face.frame][-1]
    if (face.track_id, face.deleted) == (part.track_id, part.deleted):
        return face
    return face.model_copy(update={"track_id": part.track_id, "deleted": part.deleted})
