"""Whether a truth file fits the episode: its video and its tracks."""

from collections.abc import Sequence

from screenalytics_assets.contract.truth_file import ShotTruth, TrackTruth, TruthFile
from screenalytics_resources.errors import UserError

FPS_TOLERANCE = 0.01
"""23.976 and 24 frames a second are told as the same rate, 24 and 25 are not."""


def check_shots(truth: TruthFile, frames: int, fps: float) -> None:
    """Raise `UserError` if a truth of shots does not fit a video of `frames` frames at `fps` frames a second."""
    if not isinstance(truth.content, ShotTruth):
        return
    if abs(truth.content.fps - fps) > FPS_TOLERANCE * fps:
        raise UserError(
            f"{truth.name} states {truth.content.fps:g} frames a second and the video has {fps:g}: count its frames "
            f"on this video."
        )
    for shot in truth.content.shots:
        if shot.last_frame >= frames:
            raise UserError(
                f"{truth.name} has a shot of frames {shot.first_frame} to {shot.last_frame}, beyond the video's last "
                f"frame {frames - 1}: mend the shot."
            )


def check_tracks(truth: TruthFile, track_ids: Sequence[str], digest: str) -> None:
    """Raise `UserError` if a truth of tracks speaks of other tracks than `track_ids`, whose artifact has `digest`."""
    if not isinstance(truth.content, TrackTruth):
        return
    unknown = sorted(truth.content.tracks.keys() - set(track_ids))
    if unknown:
        raise UserError(
            f"{truth.name} names {unknown[0]}, and the episode has no such track ({len(unknown)} of its "
            f"{len(truth.content.tracks)} tracks do not exist): label the tracks that it has now."
        )
    if truth.content.tracks_digest not in (None, digest):
        raise UserError(
            f"{truth.name} was made for tracks with the digest {truth.content.tracks_digest}, and they now have "
            f"{digest}: label the tracks again."
        )
