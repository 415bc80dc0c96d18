"""Asset `tracks`."""

import time
from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.schemas import EpisodeVideoDocument, Shots, Tracks
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.episode_video.describe_video import as_probe
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.moderation.moderated_tracks import moderated_tracks
from screenalytics_assets.settings.stages import DetectionSettings, InferenceSettings, TrackingSettings
from screenalytics_assets.tracks.metrics import track_metrics
from screenalytics_assets.tracks.shots import DETECTORS
from screenalytics_assets.tracks.timed_frames import timed_frames
from screenalytics_assets.tracks.track_episode import EpisodeTracker
from screenalytics_resources.dagster_resources import InferenceResource, ProgressResource, StoreResource
from screenalytics_resources.decisions.log import catch_up
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.plain_text import printable
from screenalytics_resources.step_errors import step_errors

TracksConfig = run_config("tracks")
KEY_FIGURES = (
    "tracks",
    "tracks_per_minute",
    "short_track_fraction",
    "id_switch_rate",
    "shots",
    "duration_s",
    "realtime_factor",
)


@asset(
    partitions_def=EPISODES,
    group_name="video_and_tracks",
    kinds={"onnx", "opencv", "jsonl"},
    owners=OWNERS,
    io_manager_key="jsonl_io",
    pool="inference",
)
def tracks(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: TracksConfig,  # type: ignore[valid-type]
    episode_video: EpisodeVideoDocument,
    store: StoreResource,
    inference: InferenceResource,
    progress: ProgressResource,
):
    """Face tracks: each face of the episode followed through its shot, with the face crops that later stages need.

    One pass over the video finds the cuts, detects faces in frames at a regular interval (the stride) and links them
    with ByteTrack, which starts again at each cut. The appearance gate splits a track where the person changes. At the
    end, tracks that people deleted are marked, and tracks that they cut are cut. Writes
    `tracks.jsonl`, `shots.json`, `track_metrics.json` and the crops. No later stage opens the video.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        catch_up(store.store(), ep_id)
        read_decisions(store.store(), ep_id)  # a damaged log fails the run before the long work
        kept = kept_for_run(context, config, store.store())
        detection, tracking = resolved(DetectionSettings, config, kept), resolved(TrackingSettings, config, kept)
        machine = resolved(InferenceSettings, config, kept)
        engine = inference.engine(
            detection.values.pack,
            machine.values.device,
            machine.values.threads,
            detection.values.detector_input,
            machine.values.precision,
        )
        video = episode_video.content
        report = progress.progress().start(ep_id, "tracks", video.frames_stated, "frames")
        embedded_before, began = engine.faces_embedded, time.monotonic()
        crops = store.store().frames(ep_id, "crops")
        with store.store().local_video(ep_id) as local, store.store().staged_folder(crops) as folder:
            frames = timed_frames(local, as_probe(video), detection.values)
            episode = EpisodeTracker(ep_id, engine, detection.values, tracking.values, folder).run(frames, report)
        wall = time.monotonic() - began
    metrics = track_metrics(ep_id, episode, frames, engine, engine.faces_embedded - embedded_before, wall)
    origin = provenance("tracks", (detection, tracking, machine), input_digests(episode_video), engine.pack)
    shots = Shots(ep_id=ep_id, detectors=DETECTORS, shots=episode.shots)
    documents = {"shots.json": shots, "track_metrics.json": metrics}
    with step_errors(context.retry_number):
        tracked = Tracks(ep_id, episode.tracks, origin, engine.pack.name, documents)
        moderated = moderated_tracks(tracked, read_decisions(store.store(), ep_id), video)
    for sentence in moderated.refused:
        context.log.warning(sentence)
    table = moderated.tracks
    left_out = {"ep_id", "splits", "provider_note", "clothing_sha256", "non_face_tracks", "non_faces"}
    metadata: dict[str, Any] = metrics.model_dump(mode="json", exclude=left_out) | {
        "splits": MetadataValue.json(metrics.splits.model_dump()),
        "provider_note": metrics.provider_note or "as requested",
        "settings": settings_metadata(detection, tracking, machine, pack=engine.pack),
        "deleted_tracks": sum(track.deleted for track in table.rows),
        "tracks_cut_by_people": sum(track.uncut is not None for track in table.rows),
        "cuts_not_made": MetadataValue.json(list(moderated.refused)),
        "crops": episode.crop_index.crops,
        "crops_folder": MetadataValue.path(printable(str(crops))),
    }
    return MaterializeResult(
        value=table, metadata=ordered(metadata, *KEY_FIGURES), data_version=DataVersion(table.digest)
    )
