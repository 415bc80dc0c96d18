"""Who is on screen at a time: names tracks and identities by what a person sees."""

import re
from dataclasses import dataclass

from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.track_boxes import box_at
from screenalytics_resources.errors import UnknownError, UserError

_TIME = re.compile(r"(?:(?:(\d+):([0-5]?\d)|(\d+)):)?(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True)
class Face:
    """A face on screen. `x` and `y` are its middle, as fractions of the frame's width and height; its box is in px."""

    track_id: str
    identity_id: str | None
    x: float
    y: float
    bbox: tuple[float, float, float, float]


def parse_time(text: str) -> float:
    """Return a time such as 75.5, 1:15.5 or 1:02:03 in seconds. Raises `UserError` for other texts."""
    found = _TIME.fullmatch(text.strip())
    if found is None or (":" in text and float(found[4]) >= 60):
        raise UserError(f"{text!r} is not a time: write seconds, minutes or hours, such as 75.5, 1:15.5 or 1:02:03.")
    return 3600 * int(found[1] or 0) + 60 * int(found[2] or found[3] or 0) + float(found[4])


def faces_at(view: View, ts: float) -> tuple[Face, ...]:
    """Return the faces on screen at `ts` seconds, left to right, without deleted ones."""
    margin = view.episode.scene.frame_s / 2
    tracks = [
        track
        for track in view.episode.scene.tracks
        if track.first_ts - margin <= ts <= track.last_ts + margin and track.track_id not in view.moderated.dismissed
    ]
    faces = [_face(view, track, ts) for track in tracks]
    return tuple(sorted(faces, key=lambda face: (face.x, face.track_id)))


def track_at(view: View, ts: float) -> str:
    """Return the track that is on screen at `ts`. Raises `UserError` if there is none, or more than one."""
    faces = faces_at(view, ts)
    if len(faces) != 1:
        _refuse(view, ts, faces)
    return faces[0].track_id


def identity_at(view: View, ts: float) -> str:
    """Return the identity that is on screen at `ts`. Raises `UserError` if there is none, or more than one."""
    faces = tuple(face for face in faces_at(view, ts) if face.identity_id is not None)
    names = {face.identity_id for face in faces}
    if len(names) != 1:
        _refuse(view, ts, faces, "face of an identity")
    return faces[0].identity_id or ""


def _face(view: View, track: Track, ts: float) -> Face:
    scene = view.episode.scene
    span = max(track.last_ts - track.first_ts, scene.frame_s)
    frame = track.first_frame + (ts - track.first_ts) / span * (track.last_frame - track.first_frame)
    x1, y1, x2, y2 = box_at(track, frame).tolist()
    middle = round((x1 + x2) / 2 / scene.width, 3), round((y1 + y2) / 2 / scene.height, 3)
    return Face(track.track_id, view.home.get(track.track_id), *middle, (x1, y1, x2, y2))


def _refuse(view: View, ts: float, faces: tuple[Face, ...], wanted: str = "face") -> None:
    if not faces:
        raise UnknownError(f"No {wanted} is on screen at {ts:.2f} s in {view.episode.ep_id}: choose another time.")
    listed = ", ".join(
        f"{face.identity_id or 'no identity'} ({face.track_id}) at {100 * face.x:.0f} % of the width" for face in faces
    )
    raise UserError(f"Several faces are on screen at {ts:.2f} s; name one of them, left to right: {listed}.")
