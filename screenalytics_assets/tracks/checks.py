"""Checks of `tracks`."""

from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.artifacts import load_tracks
from screenalytics_assets.check_support import Check, asset_checks
from screenalytics_assets.crops import missing_crops
from screenalytics_assets.guardrails import Guardrail, judge
from screenalytics_assets.outcome import Outcome, whole
from screenalytics_assets.schemas import Tracks
from screenalytics_assets.settings import GuardrailSettings
from screenalytics_assets.settings_sources import resolve
from screenalytics_assets.tracks.integrity import track_faults
from screenalytics_assets.tracks.metrics import SHORT_TRACK_S
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """What the checks look at."""

    store: ArtifactStore
    tracks: Tracks
    guardrails: GuardrailSettings


def tracks_are_whole(loaded: Loaded) -> Outcome:
    """Rows, shots and crops agree with each other."""
    keys = [crop.crop_key for track in loaded.tracks.rows for crop in track.crops]
    gone = missing_crops(loaded.store, loaded.tracks.ep_id, keys)
    faults = track_faults(loaded.tracks) + [f"crop {key} is missing or empty" for key in gone]
    return whole(faults, f"{len(loaded.tracks.rows)} tracks", "materialize tracks again")


def video_decoded_whole(loaded: Loaded) -> Outcome:
    """The video decoded to its stated end, without a packet lost."""
    metrics = loaded.tracks.metrics
    metadata = {"frames_decoded": metrics.frames_decoded, "corrupt_packets": metrics.corrupt_packets}
    if not metrics.truncated and not metrics.corrupt_packets:
        return Outcome(True, f"all {metrics.frames_decoded} frames decoded", "WARN", metadata=metadata)
    ended = f"it ends after {metrics.duration_s:.1f} s, before its stated end; " if metrics.truncated else ""
    return Outcome(
        False,
        f"The video is damaged: {ended}{metrics.corrupt_packets} packets were skipped. The result covers what "
        f"decodes; get a whole copy and run again.",
        "WARN",
        metadata=metadata,
    )


def tracks_per_minute(loaded: Loaded) -> Outcome:
    """Not more tracks a minute than a usual episode has."""
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "tracks_per_minute",
        bounds.tracks_per_minute_target,
        bounds.tracks_per_minute_limit,
        "Faces are lost and found again: look for a low frame rate, a large stride or a too eager appearance gate.",
    )
    return _judge(loaded, guardrail, loaded.tracks.metrics.tracks_per_minute, [])


def short_track_fraction(loaded: Loaded) -> Outcome:
    """Not more tracks under a second than a usual episode has."""
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "short_track_fraction",
        bounds.short_track_fraction_target,
        bounds.short_track_fraction_limit,
        "Many tracks last under a second: fast cuts do that, and so do a large stride and small faces.",
    )
    short = [track.track_id for track in loaded.tracks.rows if track.duration_s < SHORT_TRACK_S]
    return _judge(loaded, guardrail, loaded.tracks.metrics.short_track_fraction, short)


def id_switch_rate(loaded: Loaded) -> Outcome:
    """Not more splits and late returns than a usual episode has."""
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "id_switch_rate",
        bounds.id_switch_rate_target,
        bounds.id_switch_rate_limit,
        "Tracks change person or return late: look at the split tracks, and lower gate_soft if they show one person.",
    )
    split = [track.track_id for track in loaded.tracks.rows if track.split_from]
    return _judge(loaded, guardrail, loaded.tracks.metrics.id_switch_rate, split)


def _judge(loaded: Loaded, guardrail: Guardrail, value: float, evidence: list[str]) -> Outcome:
    return judge(guardrail, value, len(loaded.tracks.rows), loaded.guardrails.guardrail_min_tracks, evidence)


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(store, load_tracks(store, ep_id), resolve(GuardrailSettings, config_dir()).values)


_WARNINGS: tuple[Callable[[Loaded], Outcome], ...] = (
    video_decoded_whole,
    tracks_per_minute,
    short_track_fraction,
    id_switch_rate,
)

TRACKS_CHECKS = asset_checks(
    "tracks",
    _load,
    [
        Check("tracks_are_whole", "Rows, shots, metrics and crops agree.", tracks_are_whole, blocking=True),
        *(Check(judge.__name__, judge.__doc__ or "", judge) for judge in _WARNINGS),
    ],
)
