"""Evaluation from the command line: stored identities against a truth, or against a reviewed sample of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS
from screenalytics_assets.contract.truth_file import TruthFile, load_truth, parse_truth
from screenalytics_assets.identity_evaluation.accepted import accept
from screenalytics_assets.identity_evaluation.estimate import Estimate, estimates
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.identity_evaluation.figure_table import FIGURE_COLUMNS, figure_rows
from screenalytics_assets.identity_evaluation.review_sample import read_review, review_sheet
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import MAX_TEXT_BYTES, read_regular_file


def evaluate_stored(store: ArtifactStore, ep_id: str, truth_file: Path | None = None) -> IdentityEvaluation:
    """Evaluate the stored identities against `truth_file`, or else the episode's own truth; writes nothing.

    Raises:
        UserError: damaged or missing artifacts, or a truth that cannot be used.
    """
    tracks, identities = load_artifact(store, TRACKS, ep_id), load_artifact(store, IDENTITIES, ep_id)
    truth = read_truth(truth_file, ep_id) if truth_file else load_truth(store, ep_id)
    return evaluate_identities(tracks, identities, truth)


def read_truth(path: Path, ep_id: str) -> TruthFile:
    """The truth file at `path`; raises `UserError` for one that cannot be read or used."""
    return parse_truth(read_regular_file(path, MAX_TEXT_BYTES), ep_id, str(path))


def accept_stored(store: ArtifactStore, ep_id: str) -> IdentityEvaluation:
    """Evaluate against the episode's own truth and accept the result; raises `UserError` without a truth."""
    with episode_lock(store, ep_id):
        evaluation = evaluate_stored(store, ep_id)
        accept(store, evaluation, load_artifact(store, IDENTITIES, ep_id).digest, datetime.now(UTC))
    return evaluation


def write_review_sheet(store: ArtifactStore, ep_id: str, draws: int) -> str:
    """Draw identities and write the sheet for a reviewer; raises `UserError` rather than overwrite one."""
    tracks, identities = load_artifact(store, TRACKS, ep_id), load_artifact(store, IDENTITIES, ep_id)
    sheet = review_sheet(identities.content, tracks.rows, draws)
    path = store.manifest(ep_id, f"review_sample_{draws}.csv")
    if path.exists():
        raise UserError(f"{path} is there already and may be filled in: move it away, or draw another number.")
    write_atomic(path, sheet.encode())
    return str(path)


def estimate_from_review(store: ArtifactStore, ep_id: str, review: Path) -> list[Estimate]:
    """Estimates from a sheet that a reviewer filled in; raises `UserError` for one that cannot be used."""
    identities = load_artifact(store, IDENTITIES, ep_id).content
    try:
        text = read_regular_file(review, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{review} is not UTF-8 text: export the sheet as CSV in UTF-8.") from None
    reviewed = read_review(text, identities, str(review))
    return estimates(reviewed, sum(len(identity.track_ids) for identity in identities.identities))


def evaluation_table(evaluation: IdentityEvaluation) -> Table:
    """Every figure, a row each; a title that says what they are about."""
    table = Table(title="\n".join(summary(evaluation)), title_justify="left")
    for column in FIGURE_COLUMNS:
        table.add_column(column)
    for row in figure_rows(evaluation):
        table.add_row(*(row[column] for column in FIGURE_COLUMNS))
    return table


def summary(evaluation: IdentityEvaluation) -> list[str]:
    """What the figures are about and how far the truth reaches, a sentence each."""
    truth, clustering = evaluation.truth, evaluation.clustering
    if truth is None or clustering is None:
        return [f"{evaluation.ep_id}: no truth file, so no figures; see docs/ground-truth.md"]
    figures = clustering.all_people
    lines = [
        f"{evaluation.ep_id}: {figures.identities} identities of {figures.people_true} people, on {figures.tracks} "
        f"tracks ({figures.seconds:.1f} s) whose person is certain",
        f"{truth.tracks_without_truth} of {truth.tracks} tracks ({truth.seconds_without_truth:.1f} s) have no certain "
        f"truth and are left out; {figures.unusable_tracks} with a truth are in no identity",
    ]
    shots = evaluation.shots
    if shots is not None:
        lines.append(f"{shots.people_found} of the {shots.people_true} people of {shots.shots} shots have an identity")
    reasons = {found.reason for found in (clustering.all_people, clustering.without_background)} - {None}
    return lines + [f"no figures: {reason}" for reason in sorted(filter(None, reasons))]


def estimates_table(found: Sequence[Estimate], ep_id: str) -> Table:
    """Estimates with their standard errors and intervals."""
    title = f"{ep_id}: estimates from a reviewed sample, for tracks in identities"
    table = Table(title=title, title_justify="left")
    for column in ("figure", "estimate", "standard error", "95 % interval"):
        table.add_column(column)
    for estimate in found:
        interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
        table.add_row(estimate.name, f"{estimate.value:.3f}", f"{estimate.standard_error:.3f}", interval)
    return table


def refuse_contradictions(
    truth: Path | None, accept: bool, sample: int | None, reviewed: Path | None, as_json: bool
) -> None:
    """Raise `UserError` for options of the command `evaluate` that do not go together."""
    if as_json and (sample is not None or reviewed is not None):
        raise UserError("--json shows an evaluation against a truth: leave it out with --sample and --reviewed.")
    if sum(given is not None for given in (truth, sample, reviewed)) + accept > 1:
        raise UserError(
            "--truth, --accept, --sample and --reviewed each mean another evaluation: give one of them "
            "(--accept goes with the episode's own truth file, which `run --truth FILE` stores)."
        )
