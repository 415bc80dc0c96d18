"""Copy a truth file into the data root."""

from contextlib import nullcontext
from pathlib import Path

from screenalytics_app.actions.evaluate import read_truth
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.contract.truth_file import TrackTruth, TruthFile, truth_path
from screenalytics_assets.episode_video.chosen_stream import chosen_stream
from screenalytics_assets.identity_evaluation.check_truth import check_frames, check_tracks, last_frame
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.video.probe import probe


def usable_truth(
    store: ArtifactStore, ep_id: str, truth_file: Path, video: Path | None, stream: int | None = None
) -> TruthFile:
    """Read `truth_file` and check it against `video`, by default the episode's own; writes nothing.

    A truth of shots or boxes is checked against the facts in the container, because nothing is decoded yet. If the
    container states no number of frames, the last frame is first checked by the evaluation. A truth of tracks needs the
    tracks that it names.

    Raises:
        UserError: the truth is invalid or does not fit the episode.
    """
    truth = read_truth(truth_file, ep_id)
    if isinstance(truth.content, TrackTruth):
        tracks = load_artifact(store, TRACKS, ep_id)
        check_tracks(truth, tracks)
        return truth
    if video or store.video(ep_id).exists():  # otherwise registering the video reports what is missing
        with nullcontext(video) if video else store.local_video(ep_id) as source:
            chosen = chosen_stream(store, ep_id) if stream is None and video is None else stream
            facts = probe(source, chosen)
        check_frames(truth, facts.frames_stated or last_frame(truth.content) + 1, facts.fps)
    return truth


def register_truth(store: ArtifactStore, ep_id: str, truth: TruthFile) -> None:
    """Write a valid truth to `videos/{ep_id}/truth.json`. A truth in CSV was converted to JSON when it was read."""
    store.write(truth_path(store, ep_id), truth.raw)
