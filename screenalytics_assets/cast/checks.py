"""Checks of `cast_assignments`. Results contain no names of people, which cannot be deleted from the event log."""

from dataclasses import dataclass

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Artifacts and settings that the checks read."""

    cast: CastAssignments
    identities: Identities
    guardrails: GuardrailSettings


def every_identity_has_an_assignment(loaded: Loaded) -> Outcome:
    """Check that every identity has one assignment and that every name given by the machine meets its bound."""
    assigned = [row.identity_id for row in loaded.cast.assignments]
    existing = [identity.identity_id for identity in loaded.identities.identities]
    problems = [
        f"{identity} has {count} assignments" for identity in existing if (count := assigned.count(identity)) != 1
    ]
    problems += [f"{identity} is not an identity of the episode" for identity in sorted(set(assigned) - set(existing))]
    for row in loaded.cast.assignments:
        by_machine = row.status == "assigned" and row.assigned_by == "machine"
        if by_machine and (row.similarity is None or row.similarity < loaded.cast.cast_sim - 1e-4):
            problems.append(f"{row.identity_id} was named at similarity {row.similarity}, below {loaded.cast.cast_sim}")
    return integrity_outcome(problems, f"{len(assigned)} assignments", "materialize cast_assignments again")


def cast_match_confidence(loaded: Loaded) -> Outcome:
    """Few identities need a review, and no name given by hand was lost."""
    cast = loaded.cast
    if cast.cast_size == 0:
        return Outcome(True, "the show has no cast, so there is nothing to assign", "WARN")
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "cast_review_fraction",
        bounds.cast_review_fraction_target,
        bounds.cast_review_fraction_limit,
        "Many identities resemble a cast member, but not clearly enough to be named: add reference faces that look as "
        "people do in this show, or name the identities by hand.",
    )
    total = max(1, len(cast.assignments))
    waiting = [row.identity_id for row in cast.assignments if row.status == "needs_review"]
    outcome = judge(guardrail, round(len(waiting) / total, 4), len(cast.assignments), 0, waiting)
    if not cast.lost_names:
        return outcome
    lost = [name.identity_id for name in cast.lost_names]
    return Outcome(
        False,
        f"{len(lost)} identities named by hand no longer exist: name their successors again. {outcome.description}",
        "WARN",
        evidence=lost,
        metadata=outcome.metadata,
    )


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, CAST_ASSIGNMENTS, ep_id).content,
        load_artifact(store, IDENTITIES, ep_id).content,
        resolve_for_episode(GuardrailSettings, store, ep_id).values,
    )


CAST_ASSIGNMENTS_CHECKS = asset_checks(
    "cast_assignments",
    _load,
    [
        Check(
            "every_identity_has_an_assignment",
            "Every identity has one assignment, and every automatic name is similar enough.",
            every_identity_has_an_assignment,
            blocking=True,
        ),
        Check("cast_match_confidence", cast_match_confidence.__doc__ or "", cast_match_confidence),
    ],
)
