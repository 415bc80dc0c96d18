"""Checks of `identities`: integrity, and the guardrails that stop a bad clustering."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.artifacts import load_identities, load_track_embeddings
from screenalytics_assets.check_support import Check, asset_checks
from screenalytics_assets.guardrails import judge
from screenalytics_assets.identities.identity_guardrails import evidence, identity_guardrail
from screenalytics_assets.identities.integrity import identity_faults
from screenalytics_assets.identity_records import Identities
from screenalytics_assets.outcome import Outcome, whole
from screenalytics_assets.schemas import TrackEmbeddings
from screenalytics_assets.settings import GuardrailSettings, resolve
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """What the checks look at."""

    identities: Identities
    track_embeddings: TrackEmbeddings
    guardrails: GuardrailSettings


def identities_are_whole(loaded: Loaded) -> Outcome:
    """Every track is in exactly one identity, or among the unusable ones."""
    embeddings = loaded.track_embeddings
    actual = hashlib.sha256(embeddings.vectors.tobytes()).hexdigest()
    faults = identity_faults(loaded.identities, embeddings, actual)
    return whole(faults, f"{len(loaded.identities.identities)} identities", "materialize identities again")


def guardrail_check(metric: str) -> Callable[[Loaded], Outcome]:
    """The check that holds one number of the metadata against its guardrail."""

    def check(loaded: Loaded) -> Outcome:
        return judge(
            identity_guardrail(metric, loaded.guardrails),
            getattr(loaded.identities.metadata, metric),
            loaded.identities.metadata.num_tracks,
            loaded.guardrails.guardrail_min_tracks,
            evidence(loaded.identities, metric),
        )

    return check


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_identities(store, ep_id).content,
        load_track_embeddings(store, ep_id),
        resolve(GuardrailSettings, config_dir()).values,
    )


IDENTITIES_CHECKS = asset_checks(
    "identities",
    _load,
    [
        Check(
            "identities_are_whole",
            "Every track is in exactly one identity, or among the unusable ones.",
            identities_are_whole,
            blocking=True,
        ),
        Check(
            "singleton_fraction",
            "Not too many tracks that joined nobody. Beyond the limit it blocks what is downstream.",
            guardrail_check("singleton_fraction"),
            blocking=True,
        ),
        Check(
            "largest_cluster_fraction",
            "No identity that swallows the cast. Beyond the limit it blocks what is downstream.",
            guardrail_check("largest_cluster_fraction"),
            blocking=True,
        ),
        Check("num_clusters", "As many identities as a cast has people; only warns.", guardrail_check("num_clusters")),
        Check(
            "avg_cluster_size",
            "As many tracks an identity as is usual; only warns.",
            guardrail_check("avg_cluster_size"),
        ),
    ],
)
