"""Checks of `cast_assignments`. Nothing in them names anybody: the event log cannot be made to forget."""

from dataclasses import dataclass

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """What the checks look at."""

    cast: CastAssignments
    identities: Identities
    guardrails: GuardrailSettings


def every_identity_has_an_assignment(loaded: Loaded) -> Outcome:
    """One assignment an identity, and what is assigned meets its bounds."""
    given = [row.identity_id for row in loaded.cast.assignments]
    there = [identity.identity_id for identity in loaded.identities.identities]
    faults = [f"{identity} has {given.count(identity)} assignments" for identity in there if given.count(identity) != 1]
    faults += [f"{identity} is no identity of the episode" for identity in sorted(set(given) - set(there))]
    for row in loaded.cast.assignments:
        by_machine = row.status == "assigned" and row.assigned_by == "machine"
        if by_machine and (row.similarity is None or row.similarity < loaded.cast.cast_sim - 1e-4):
            faults.append(f"{row.identity_id} has a name at similarity {row.similarity}, below {loaded.cast.cast_sim}")
    return integrity_outcome(faults, f"{len(given)} assignments", "materialize cast_assignments again")


def cast_match_confidence(loaded: Loaded) -> Outcome:
    """Most identities are named or clearly strangers, and no name that a person gave was lost."""
    cast = loaded.cast
    if cast.cast_size == 0:
        return Outcome(True, "the show has no cast, so nobody is to be named", "WARN")
    bounds = loaded.guardrails
    guardrail = Guardrail(
        "cast_review_fraction",
        bounds.cast_review_fraction_target,
        bounds.cast_review_fraction_limit,
        "Many identities resemble somebody without being surely them: add reference faces that look as people do in "
        "this show, or name them by hand.",
    )
    total = max(1, len(cast.assignments))
    waiting = [row.identity_id for row in cast.assignments if row.status == "needs_review"]
    outcome = judge(guardrail, round(len(waiting) / total, 4), len(cast.assignments), 0, waiting)
    if not cast.lost_names:
        return outcome
    lost = [name.identity_id for name in cast.lost_names]
    return Outcome(
        False,
        f"{len(lost)} identities that people had named are gone: name what became of them again. {outcome.description}",
        "WARN",
        evidence=lost,
        metadata=outcome.metadata,
    )


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, CAST_ASSIGNMENTS, ep_id).content,
        load_artifact(store, IDENTITIES, ep_id).content,
        resolve(GuardrailSettings, config_dir()).values,
    )


CAST_ASSIGNMENTS_CHECKS = asset_checks(
    "cast_assignments",
    _load,
    [
        Check(
            "every_identity_has_an_assignment",
            "One assignment an identity, within its bounds.",
            every_identity_has_an_assignment,
            blocking=True,
        ),
        Check("cast_match_confidence", cast_match_confidence.__doc__ or "", cast_match_confidence),
    ],
)
