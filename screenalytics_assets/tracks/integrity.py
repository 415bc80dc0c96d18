"""Integrity of the tracks: what must hold of any of them, whatever the video shows."""

from collections.abc import Sequence

from screenalytics_assets.contract.schemas import Shot, Track, Tracks


def track_faults(tracks: Tracks) -> list[str]:
    """Everything that contradicts itself within the rows, the shots and the metrics."""
    faults = shot_faults(tracks.shots, tracks.metrics.frames_decoded) + _metric_faults(tracks)
    shots = {shot.shot_id: shot for shot in tracks.shots}
    seen: set[str] = set()
    for track in tracks.rows:
        if track.track_id in seen:
            faults.append(f"{track.track_id} occurs twice")
        if track.split_from is not None and track.split_from not in seen:
            faults.append(f"{track.track_id} was split from {track.split_from}, which does not come before it")
        seen.add(track.track_id)
        faults += _span_faults(track, shots.get(track.shot_id))
    return faults


def shot_faults(shots: Sequence[Shot], frames: int) -> list[str]:
    """Gaps and overlaps between the shots, which together must cover frames 0 to `frames` - 1."""
    faults = []
    expected = 0
    for shot in shots:
        if shot.first_frame != expected or shot.last_frame < shot.first_frame:
            faults.append(f"{shot.shot_id} spans {shot.first_frame}-{shot.last_frame}, expected to begin at {expected}")
        expected = shot.last_frame + 1
    if expected != frames:
        faults.append(f"the shots cover {expected} frames, and {frames} were decoded")
    return faults


def _metric_faults(tracks: Tracks) -> list[str]:
    stated = tracks.metrics
    counts = {
        "tracks": (stated.tracks, len(tracks.rows)),
        "shots": (stated.shots, len(tracks.shots)),
        "splits": (stated.splits.total, sum(track.split_from is not None for track in tracks.rows)),
    }
    return [
        f"track_metrics.json states {name} {said}, and {counted} can be counted"
        for name, (said, counted) in counts.items()
        if said != counted
    ]


def _span_faults(track: Track, shot: Shot | None) -> list[str]:
    span = f"{track.first_frame}-{track.last_frame}"
    if shot is None:
        return [f"{track.track_id} lies in {track.shot_id}, which does not exist"]
    if not shot.first_frame <= track.first_frame <= track.last_frame <= shot.last_frame:
        return [f"{track.track_id} spans {span}, beyond {shot.shot_id} ({shot.first_frame}-{shot.last_frame})"]
    inside = range(track.first_frame, track.last_frame + 1)
    stray = [
        frame for frame in (*(b.frame for b in track.boxes), *(c.frame for c in track.crops)) if frame not in inside
    ]
    return [f"{track.track_id} spans {span} and refers to frame {stray[0]}"] if stray else []
