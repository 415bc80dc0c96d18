"""Checks of `track_reps`."""

from dataclasses import dataclass

from screenalytics_assets.contract.crops import missing_crops
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.purged_file import purged_crops
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_EMBEDDINGS, TRACK_REPS, TrackEmbeddings, TrackReps
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.track_reps.build_reps import best_rep, without_purged
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Artifacts and settings that the checks read."""

    store: ArtifactStore
    track_embeddings: TrackEmbeddings
    identities: Identities
    reps: TrackReps
    guardrails: GuardrailSettings


def rep_problems(reps: TrackReps, embeddings: TrackEmbeddings) -> list[str]:
    """Return representatives of unknown tracks, tracks with several, and usable tracks without one."""
    known = {row.track_id: row for row in embeddings.rows}
    names = [rep.track_id for rep in reps.rows]
    problems = [f"{name} has a representative, but there is no such track" for name in names if name not in known]
    problems += [f"{name} has more than one representative" for name in sorted(set(names)) if names.count(name) > 1]
    usable = {name for name, row in known.items() if row.embedding_row is not None}
    return problems + [f"{name} has no representative" for name in sorted(usable - set(names))]


def track_reps_are_whole(loaded: Loaded) -> Outcome:
    """Check that every usable track has one representative and every identity a thumbnail, and that all files exist.

    An identity whose pictures were all purged needs no thumbnail.
    """
    pictures = [rep.crop_key for rep in loaded.reps.rows]
    shown = without_purged(loaded.reps.rows, purged_crops(loaded.store, loaded.reps.ep_id))
    pictures += [
        identity.canonical_face_path
        for identity in loaded.identities.identities
        if best_rep(identity.certain_track_ids, shown) or not best_rep(identity.certain_track_ids, loaded.reps.rows)
    ]
    missing = missing_crops(loaded.store, loaded.reps.ep_id, pictures)
    problems = rep_problems(loaded.reps, loaded.track_embeddings) + [f"picture {key} is missing" for key in missing]
    return integrity_outcome(problems, f"{len(loaded.reps.rows)} representatives", "materialize track_reps again")


def representatives_are_confident(loaded: Loaded) -> Outcome:
    """Check that few representatives are unlike their track or of low quality."""
    low = [rep.track_id for rep in loaded.reps.rows if rep.low_confidence]
    total = len(loaded.reps.rows)
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "low_confidence_fraction",
        bounds.low_confidence_reps_target,
        bounds.low_confidence_reps_limit,
        "Many tracks have no clear face that resembles the rest: they may mix people, or be small and blurred.",
    )
    value = round(len(low) / total, 4) if total else 0.0
    return judge(guardrail, value, total, bounds.guardrail_min_tracks, low)


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        store,
        load_artifact(store, TRACK_EMBEDDINGS, ep_id),
        load_artifact(store, IDENTITIES, ep_id).content,
        load_artifact(store, TRACK_REPS, ep_id),
        resolve_for_episode(GuardrailSettings, store, ep_id).values,
    )


TRACK_REPS_CHECKS = asset_checks(
    "track_reps",
    _load,
    [
        Check(
            "track_reps_are_whole",
            "Every usable track has one representative, and every identity has a thumbnail.",
            track_reps_are_whole,
            blocking=True,
        ),
        Check(
            "representatives_are_confident",
            "Most representatives clearly show the person of their track.",
            representatives_are_confident,
        ),
    ],
)
