"""Checks that a truth file matches its episode: the video and the tracks."""

from screenalytics_assets.contract.schemas import Tracks
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_file import ShotTruth, TrackTruth, TruthFile
from screenalytics_assets.moderation.mark_tracks import before_decisions
from screenalytics_resources.errors import UserError

FPS_TOLERANCE = 0.01
"""Relative. 23.976 and 24 frames per second count as the same rate; 24 and 25 do not."""


def check_frames(truth: TruthFile, frames: int, fps: float) -> None:
    """Raise `UserError` if a truth by shots or boxes does not match a video of `frames` frames at `fps` per second."""
    if isinstance(truth.content, ShotTruth | BoxTruth):
        _check_rate(truth.name, truth.content.fps, fps)
    if isinstance(truth.content, ShotTruth):
        for shot in truth.content.shots:
            if shot.last_frame >= frames:
                raise UserError(
                    f"{truth.name} has a shot of frames {shot.first_frame} to {shot.last_frame}, beyond the video's "
                    f"last frame {frames - 1}: fix the shot."
                )
    if isinstance(truth.content, BoxTruth):
        for number, run in enumerate(truth.content.boxes, 1):
            if run.last_frame >= frames:
                raise UserError(
                    f"{truth.name} has a box at frame {run.last_frame} in run {number} of {len(truth.content.boxes)}, "
                    f"beyond the video's last frame {frames - 1}: count the frames on this video."
                )


def last_frame(truth: ShotTruth | BoxTruth) -> int:
    """Return the last frame that the truth names."""
    spans = truth.shots if isinstance(truth, ShotTruth) else truth.boxes
    return max(span.last_frame for span in spans)


def _check_rate(name: str, stated: float | None, fps: float) -> None:
    if stated is not None and abs(stated - fps) > FPS_TOLERANCE * fps:
        raise UserError(
            f"{name} states {stated:g} frames per second and the video has {fps:g}: count the frames on this video."
        )


def check_tracks(truth: TruthFile, tracks: Tracks) -> None:
    """Raise `UserError` if a truth by tracks names an unknown track, or was made for other tracks.

    Tracks that people deleted or cut since are no other tracks. The truth of a deleted one is not used.
    """
    if not isinstance(truth.content, TrackTruth):
        return
    unknown = sorted(truth.content.tracks.keys() - {track.track_id for track in tracks.rows})
    if unknown:
        raise UserError(
            f"{truth.name} names {unknown[0]}, and the episode has no such track ({len(unknown)} of its "
            f"{len(truth.content.tracks)} tracks do not exist): label its current tracks."
        )
    if truth.content.tracks_digest not in (None, tracks.digest, before_decisions(tracks).digest):
        raise UserError(
            f"{truth.name} was made for tracks with the digest {truth.content.tracks_digest}, and they now have "
            f"{tracks.digest}: label the tracks again."
        )
