"""Checks of `tracks`."""

from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.crops import missing_crops
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS, Track, Tracks
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.guardrails import judge
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.moderation.cut_tracks import uncut_tracks
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.tracks.integrity import track_problems
from screenalytics_assets.tracks.metrics import SHORT_TRACK_S
from screenalytics_assets.tracks.track_guardrails import track_guardrail
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError

MIN_ANALYSED = 0.9
"""Fraction of a video that its analysed frames must represent. Frames next to cuts are not analysed."""


@dataclass(frozen=True)
class Loaded:
    """Artifacts and settings that the checks read."""

    store: ArtifactStore
    tracks: Tracks
    guardrails: GuardrailSettings

    @property
    def tracked(self) -> list[Track]:
        """The tracks that the metrics describe: before people cut them."""
        return uncut_tracks(self.tracks.rows)


def tracks_are_whole(loaded: Loaded) -> Outcome:
    """Check that rows, shots, metrics, crops and clothing descriptors agree with each other."""
    keys = [crop.crop_key for track in loaded.tracks.rows for crop in track.crops]
    missing = missing_crops(loaded.store, loaded.tracks.ep_id, keys)
    problems = track_problems(loaded.tracks) + [f"crop {key} is missing or empty" for key in missing]
    try:
        load_clothing(loaded.store, loaded.tracks)
    except DamagedArtifactError as error:
        problems.append(str(error))
    return integrity_outcome(problems, f"{len(loaded.tracks.rows)} tracks", "materialize tracks again")


def video_decoded_whole(loaded: Loaded) -> Outcome:
    """The video was decoded to its stated end, and no packet was lost."""
    metrics = loaded.tracks.metrics
    metadata = {"frames_decoded": metrics.frames_decoded, "corrupt_packets": metrics.corrupt_packets}
    if not metrics.truncated and not metrics.corrupt_packets:
        return Outcome(True, f"all {metrics.frames_decoded} frames decoded", "WARN", metadata=metadata)
    ended = f"it ends after {metrics.duration_s:.1f} s, before its stated end; " if metrics.truncated else ""
    return Outcome(
        False,
        f"The video is damaged: {ended}{metrics.corrupt_packets} packets were skipped. The result covers only "
        "the part that decodes: get an intact copy and run again.",
        "WARN",
        metadata=metadata,
    )


def video_clock_is_continuous(loaded: Loaded) -> Outcome:
    """The timestamps of the video run on without a jump."""
    metrics = loaded.tracks.metrics
    if not metrics.clock_jumps:
        return Outcome(True, "the timestamps run on without a jump", "WARN")
    places = ", ".join(f"{ts:.1f} s" for ts in metrics.clock_jumps_at or ())
    times = "once" if metrics.clock_jumps == 1 else f"{metrics.clock_jumps} times"
    return Outcome(
        False,
        f"The timestamps jump {times}, after {places}. The timeline continues there, so "
        f"times after it may differ from those of a player. Remux the video if they must agree.",
        "WARN",
        metadata={"clock_jumps": metrics.clock_jumps},
    )


def tracks_per_minute(loaded: Loaded) -> Outcome:
    """The episode has no more tracks per minute than usual."""
    return _judge(loaded, "tracks_per_minute", [])


def short_track_fraction(loaded: Loaded) -> Outcome:
    """The episode has no more tracks shorter than one second than usual."""
    short = [track.track_id for track in loaded.tracked if track.duration_s < SHORT_TRACK_S]
    return _judge(loaded, "short_track_fraction", short)


def id_switch_rate(loaded: Loaded) -> Outcome:
    """The episode has no more track splits and late returns of a face than usual."""
    return _judge(loaded, "id_switch_rate", [track.track_id for track in loaded.tracked if track.split_from])


def video_analysed_throughout(loaded: Loaded) -> Outcome:
    """Enough frames were analysed to represent the whole video."""
    metrics = loaded.tracks.metrics
    seconds, duration = metrics.seconds_analysed, metrics.duration_s
    if seconds is None:
        return Outcome(True, "the tracks are from a version that did not record the seconds analysed", "WARN")
    metadata = {"seconds_analysed": seconds, "duration_s": duration}
    share = f"{seconds:.1f} s of {duration:.1f} s"
    if seconds >= MIN_ANALYSED * duration:
        return Outcome(True, f"the analysed frames represent {share}", "WARN", metadata=metadata)
    return Outcome(
        False,
        f"The analysed frames represent only {share} (at least {MIN_ANALYSED:.0%} is expected), so faces are missed: "
        "lower stride, raise analysis_fps_max, or convert the video to a constant frame rate and run again.",
        "WARN",
        metadata=metadata,
    )


def _judge(loaded: Loaded, metric: str, evidence: list[str]) -> Outcome:
    value = getattr(loaded.tracks.metrics, metric)
    guardrail = track_guardrail(metric, loaded.guardrails)
    return judge(guardrail, value, len(loaded.tracked), loaded.guardrails.guardrail_min_tracks, evidence)


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        store, load_artifact(store, TRACKS, ep_id), resolve_for_episode(GuardrailSettings, store, ep_id).values
    )


_WARNINGS: tuple[Callable[[Loaded], Outcome], ...] = (
    video_decoded_whole,
    video_clock_is_continuous,
    tracks_per_minute,
    short_track_fraction,
    id_switch_rate,
    video_analysed_throughout,
)

TRACKS_CHECKS = asset_checks(
    "tracks",
    _load,
    [
        Check(
            "tracks_are_whole",
            "Tracks, shots, metrics, crops and clothing descriptors agree with each other.",
            tracks_are_whole,
            blocking=True,
        ),
        *(Check(judge.__name__, judge.__doc__ or "", judge) for judge in _WARNINGS),
    ],
)
