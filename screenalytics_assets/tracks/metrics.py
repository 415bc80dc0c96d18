"""Track metrics: numbers that describe the tracks of an episode and how they were made."""

from collections.abc import Sequence

from screenalytics_assets.contract.schemas import Splits, Track, TrackMetrics
from screenalytics_assets.tracks.track_episode import TrackedEpisode
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.video.frames import FrameSource

SHORT_TRACK_S = 1.0
"""A shorter track counts as short. The limit is in seconds because the fraction must not depend on the stride."""


def short_track_fraction(tracks: Sequence[Track]) -> float:
    """Return the fraction of tracks shorter than `SHORT_TRACK_S`, in [0, 1]; 0 without tracks."""
    if not tracks:
        return 0.0
    return sum(track.duration_s < SHORT_TRACK_S for track in tracks) / len(tracks)


def id_switch_rate(tracks: int, splits: int, returns_after_gap: int) -> float:
    """Return appearance-gate splits plus returns after a long gap, divided by tracks; 0 without tracks."""
    return (splits + returns_after_gap) / tracks if tracks else 0.0


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
