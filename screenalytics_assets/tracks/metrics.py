"""Track metrics: numbers that describe the tracks of an episode and how they were made."""

from collections import Counter
from collections.abc import Sequence

from screenalytics_assets.contract.schemas import NonFaceTrack, Splits, Track, TrackMetrics
from screenalytics_assets.tracks.non_faces import NonFace, duration_s, mean_score
from screenalytics_assets.tracks.track_episode import TrackedEpisode, in_tenths
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.video.frames import FrameSource

SHORT_TRACK_S = 1.0
"""A shorter track counts as short. The limit is in seconds because the fraction must not depend on the stride."""

LISTED_NON_FACES = 50
"""Number of dropped tracks that `track_metrics.json` lists."""


def short_track_fraction(tracks: Sequence[Track]) -> float:
    """Return the fraction of tracks shorter than `SHORT_TRACK_S`, in [0, 1]; 0 without tracks."""
    if not tracks:
        return 0.0
    return sum(track.duration_s < SHORT_TRACK_S for track in tracks) / len(tracks)


def id_switch_rate(tracks: int, splits: int, returns_after_gap: int) -> float:
    """Return appearance-gate splits plus returns after a long gap, divided by tracks; 0 without tracks."""
    return (splits + returns_after_gap) / tracks if tracks else 0.0


def longest(non_faces: Sequence[NonFace], limit: int = LISTED_NON_FACES) -> list[NonFace]:
    """Return at most `limit` of the dropped tracks, the longest ones, in order of their first frame."""
    chosen = sorted(non_faces, key=lambda non_face: duration_s(non_face.detections), reverse=True)[:limit]
    return sorted(chosen, key=lambda non_face: non_face.detections[0].frame)


def _non_face_row(non_face: NonFace) -> NonFaceTrack:
    detections = non_face.detections
    best = max(detections, key=lambda detection: detection.score)
    return NonFaceTrack(
        reason=non_face.reason,
        first_frame=detections[0].frame,
        last_frame=detections[-1].frame,
        mean_score=round(mean_score(detections), 4),
        frame=best.frame,
        ts=round(best.ts, 4),
        bbox=in_tenths(best.box),
    )


def track_metrics(
    ep_id: str, episode: TrackedEpisode, frames: FrameSource, engine: Engine, gate_embeddings: int, wall_s: float
) -> TrackMetrics:
    """Return the document `track_metrics.json`. `frames` must be exhausted. `wall_s` is the time the pass took."""
    report = frames.report
    duration = report.last_ts + 1 / frames.probe.fps if report.frames else 0.0
    total = sum(episode.splits.values())
    tracks = len(episode.tracks)
    return TrackMetrics(
        ep_id=ep_id,
        tracks=tracks,
        detections=episode.detections,
        shots=len(episode.shots),
        tracks_per_minute=round(tracks / duration * 60, 3) if duration else 0.0,
        short_track_fraction=round(short_track_fraction(episode.tracks), 4),
        id_switch_rate=round(id_switch_rate(tracks, total, episode.returns_after_gap), 4),
        returns_after_gap=episode.returns_after_gap,
        splits=Splits(
            hard=episode.splits["hard"], streak=episode.splits["streak"], iou=episode.splits["iou"], total=total
        ),
        cleanup_splits=0,
        non_face_tracks=dict(Counter(non_face.reason for non_face in episode.non_faces)),
        non_face_seconds=round(sum(duration_s(non_face.detections) for non_face in episode.non_faces), 4),
        non_faces=tuple(_non_face_row(non_face) for non_face in longest(episode.non_faces)),
        frames_decoded=report.frames,
        frames_analysed=episode.frames_analysed,
        seconds_analysed=round(episode.seconds_analysed, 4),
        transition_frames=episode.transition_frames,
        corrupt_packets=report.corrupt_packets,
        truncated=report.truncated,
        clock_jumps=report.clock_jumps or None,
        clock_jumps_at=tuple(round(ts, 3) for ts in report.clock_jumps_at) or None,
        duration_s=round(duration, 4),
        source_fps=round(frames.probe.fps, 4),
        analysed_fps=round(frames.probe.fps / frames.stride, 4),
        stride=frames.stride,
        model_pack=engine.pack.name,
        provider=engine.provider,
        provider_note=engine.provider_note,
        recogniser_provider=engine.recogniser_provider,
        precision=engine.precision,
        clothing_sha256=episode.clothing_sha256,
        gate_embeddings=gate_embeddings,
        wall_seconds=round(wall_s, 3),
        realtime_factor=round(duration / wall_s, 2) if wall_s else 0.0,
    )
