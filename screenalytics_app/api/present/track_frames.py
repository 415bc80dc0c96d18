"""The stored frames of a track, with quality and similarity of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from screenalytics_app.api.models.identities import FrameItem, FrameQuality, TrackFrames
from screenalytics_app.api.present.badges import quality_badge, similarity_badge
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_app.api.present.tracks import relative_box
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, Face, Faces, Track, TrackEmbeddings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

Order = Literal["time", "best"]


@dataclass(frozen=True)
class Frame:
    """A face, and its cosine similarity to the embedding of its track; None for a rejected face."""

    face: Face
    similarity: float | None


_frames: Recent[tuple[str, str], tuple[str, TrackEmbeddings, dict[str, list[Frame]]]] = Recent(2)


def frames_by_track(store: ArtifactStore, episode: Shown) -> dict[str, list[Frame]]:
    """Return track -> its frames in order of time. Read again only after the faces changed, without their vectors.

    Raises:
        UserError: the faces are damaged.
    """
    seal = read_seal(store, FACES, episode.ep_id)
    sha256 = "" if seal is None else seal.sha256
    known = _frames.get((store.root, episode.ep_id))
    if known is None or known[0] != sha256 or known[1] is not episode.embeddings:
        faces = load_artifact(store, FACES, episode.ep_id)
        known = sha256, episode.embeddings, _compared(faces, episode.embeddings)
        _frames.put((store.root, episode.ep_id), known)
    return known[2]


def track_frames(
    store: ArtifactStore, episode: Shown, track: Track, page: int, page_size: int, order: Order
) -> TrackFrames:
    """Return a page of the frames of a track, by time, or the best first."""
    frames = frames_by_track(store, episode).get(track.track_id, [])
    best = best_frame(episode, track.track_id, frames)
    if order == "best":
        frames = sorted(frames, key=lambda frame: (frame.face.frame != best, *_rank(frame)))
    first = (page - 1) * page_size
    items = tuple(_item(episode, frame) for frame in frames[first : first + page_size])
    return TrackFrames(items=items, best_frame_idx=best, total=len(frames), page=page, page_size=page_size)


def best_frame(episode: Shown, track_id: str, frames: Sequence[Frame]) -> int | None:
    """Return the frame that represents a track, or that of its best face without one; None without any."""
    rep = episode.reps.get(track_id)
    if rep is not None and any(frame.face.frame == rep.rep_frame for frame in frames):
        return rep.rep_frame
    return min(frames, key=_rank).face.frame if frames else None


def _rank(frame: Frame) -> tuple[bool, float, int]:
    """Return a key that orders accepted faces before rejected ones, and the best quality first."""
    return frame.face.rejection_reason is not None, -frame.face.quality.score, frame.face.frame


def _compared(faces: Faces, embeddings: TrackEmbeddings) -> dict[str, list[Frame]]:
    row_of = {row.track_id: row.embedding_row for row in embeddings.rows}
    frames = defaultdict(list)
    for face in sorted(faces.rows, key=lambda face: face.frame):
        track_row = row_of.get(face.track_id)
        similarity = None
        if face.embedding_row is not None and track_row is not None:
            product = float(faces.vectors[face.embedding_row] @ embeddings.vectors[track_row])
            similarity = round(float(np.clip(product, -1.0, 1.0)), 4)
        frames[face.track_id].append(Frame(face, similarity))
    return dict(frames)


def _item(episode: Shown, frame: Frame) -> FrameItem:
    face, badges = frame.face, episode.badges
    path = f"/episodes/{episode.ep_id}/tracks/{face.track_id}/frames/{face.frame}/crop.jpg"
    return FrameItem(
        track_id=face.track_id,
        frame_idx=face.frame,
        ts=face.ts,
        media_url=f"{path}?v={episode.version_of(face.crop_key)}",
        similarity=frame.similarity,
        similarity_badge=None if frame.similarity is None else similarity_badge(frame.similarity, badges.frame),
        quality=FrameQuality(
            det_score=face.quality.det,
            crop_std=face.quality.std,
            box_area=face.quality.box_area,
            score=face.quality.score,
        ),
        quality_badge=quality_badge(face.quality.score, badges.quality),
        rejection_reason=face.rejection_reason,
        box=relative_box(face.bbox, episode.view.episode.scene),
    )
