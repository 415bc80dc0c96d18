"""Integrity of the tracks: rules that hold for every video."""

from collections.abc import Sequence

from screenalytics_assets.contract.schemas import Shot, Track, Tracks
from screenalytics_assets.moderation.cut_tracks import uncut_tracks


def track_problems(tracks: Tracks) -> list[str]:
    """Return every contradiction between the rows, the shots and the metrics."""
    problems = shot_problems(tracks.shots, tracks.metrics.frames_decoded) + _metric_problems(tracks)
    shots = {shot.shot_id: shot for shot in tracks.shots}
    seen: set[str] = set()
    for track in tracks.rows:
        if track.track_id in seen:
            problems.append(f"{track.track_id} occurs twice")
        if track.split_from is not None and track.split_from not in seen:
            problems.append(f"{track.track_id} was split from {track.split_from}, which is not in an earlier row")
        seen.add(track.track_id)
        problems += _span_problems(track, shots.get(track.shot_id))
    return problems


def shot_problems(shots: Sequence[Shot], frames: int) -> list[str]:
    """Return gaps and overlaps between the shots, which together must cover frames 0 to `frames` - 1."""
    problems = []
    expected = 0
    for shot in shots:
        if shot.first_frame != expected or shot.last_frame < shot.first_frame:
            problems.append(
                f"{shot.shot_id} spans {shot.first_frame}-{shot.last_frame}, but it must begin at {expected}"
            )
        expected = shot.last_frame + 1
    if expected != frames:
        problems.append(f"the shots cover {expected} frames, but {frames} were decoded")
    return problems


def _metric_problems(tracks: Tracks) -> list[str]:
    metrics, uncut = tracks.metrics, uncut_tracks(tracks.rows)
    counts = {
        "tracks": (metrics.tracks, len(uncut)),
        "shots": (metrics.shots, len(tracks.shots)),
        "splits": (metrics.splits.total, sum(track.split_from is not None for track in uncut)),
    }
    return [
        f"track_metrics.json states {stated} {name}, but there are {counted}"
        for name, (stated, counted) in counts.items()
        if stated != counted
    ]


def _span_problems(track: Track, shot: Shot | None) -> list[str]:
    span = f"{track.first_frame}-{track.last_frame}"
    if shot is None:
        return [f"{track.track_id} refers to {track.shot_id}, which does not exist"]
    if not shot.first_frame <= track.first_frame <= track.last_frame <= shot.last_frame:
        return [f"{track.track_id} spans {span}, beyond {shot.shot_id} ({shot.first_frame}-{shot.last_frame})"]
    inside = range(track.first_frame, track.last_frame + 1)
    stray = [
        frame for frame in (*(b.frame for b in track.boxes), *(c.frame for c in track.crops)) if frame not in inside
    ]
    return [f"{track.track_id} spans {span}, but refers to frame {stray[0]}"] if stray else []
