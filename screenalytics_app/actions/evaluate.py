"""Evaluate the stored identities of an episode against a truth file or against a reviewed sample."""

from datetime import UTC, datetime
from pathlib import Path

from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, IDENTITIES, TRACKS
from screenalytics_assets.contract.truth_csv import truth_of_csv
from screenalytics_assets.contract.truth_file import TruthFile, load_truth, parse_truth
from screenalytics_assets.identity_evaluation.accepted import accept
from screenalytics_assets.identity_evaluation.estimate import Estimate, estimates
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.identity_evaluation.review_sample import read_review, review_sheet
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import MAX_TEXT_BYTES, read_regular_file


def evaluate_stored(store: ArtifactStore, ep_id: str, truth_file: Path | None = None) -> IdentityEvaluation:
    """Evaluate the stored identities against `truth_file`, by default the episode's own truth; writes nothing.

    Raises:
        UserError: an artifact is missing or damaged, or the truth is invalid.
    """
    tracks, identities = load_artifact(store, TRACKS, ep_id), load_artifact(store, IDENTITIES, ep_id)
    truth = read_truth(truth_file, ep_id) if truth_file else load_truth(store, ep_id)
    return evaluate_identities(tracks, identities, truth)


def read_truth(path: Path, ep_id: str) -> TruthFile:
    """Read the truth file at `path`. A file `*.csv` holds labelled boxes, which are converted to JSON.

    Raises:
        UserError: the file is unreadable or invalid.
    """
    content = read_regular_file(path, MAX_TEXT_BYTES)
    if path.suffix.lower() == ".csv":
        content = truth_of_csv(content, ep_id, str(path))
    return parse_truth(content, ep_id, str(path))


def accept_stored(store: ArtifactStore, ep_id: str) -> IdentityEvaluation:
    """Evaluate against the episode's own truth and accept the result; raises `UserError` without a truth."""
    with episode_lock(store, ep_id):
        evaluation = evaluate_stored(store, ep_id)
        accept(store, evaluation, load_artifact(store, IDENTITIES, ep_id).digest, datetime.now(UTC))
    return evaluation


def write_review_sheet(store: ArtifactStore, ep_id: str, draws: int) -> str:
    """Draw identities and write a sheet for a reviewer; return its path. An existing sheet raises `UserError`."""
    tracks, identities = load_artifact(store, TRACKS, ep_id), load_artifact(store, IDENTITIES, ep_id)
    video = load_artifact(store, EPISODE_VIDEO, ep_id).content
    sheet = review_sheet(identities.content, tracks.rows, draws, video.player_offset_s)
    path = store.manifest(ep_id, f"review_sample_{draws}.csv")
    if path.exists():
        raise UserError(f"{path} already exists and may be filled in: move it away, or draw another number.")
    store.write(path, sheet.encode())
    return str(path)


def estimate_from_review(store: ArtifactStore, ep_id: str, review: Path) -> list[Estimate]:
    """Return estimates from a sheet that a reviewer filled in; raises `UserError` if the sheet is invalid."""
    identities = load_artifact(store, IDENTITIES, ep_id).content
    try:
        text = read_regular_file(review, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{review} is not UTF-8 text: export the sheet as CSV in UTF-8.") from None
    reviewed = read_review(text, identities, str(review))
    return estimates(reviewed, sum(len(identity.track_ids) for identity in identities.identities))
