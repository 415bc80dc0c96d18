"""Request for a cleanup: phases and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from screenalytics_assets.cleanup.actions import parse_actions
from screenalytics_assets.cleanup.phases import CleanupSettingsSet
from screenalytics_assets.contract.cleanup_records import Phase
from screenalytics_assets.settings.episode_settings import resolve_with_kept
from screenalytics_assets.settings.sources import PROFILE, Resolved, S, chosen_profile
from screenalytics_assets.settings.stages import (
    CleanupSettings,
    ClusteringSettings,
    FacesSettings,
    GuardrailSettings,
    TrackEmbeddingsSettings,
    TrackingSettings,
)


@dataclass(frozen=True)
class CleanupRequest:
    """Request for one cleanup of one episode. `given` holds the explicit settings for the report."""

    ep_id: str
    cleanup_id: str
    actions: tuple[Phase, ...]
    settings: CleanupSettingsSet
    guardrails: GuardrailSettings
    profile: str
    given: Mapping[str, str]
    now: datetime


def cleanup_request(
    ep_id: str, actions: Sequence[str], explicit: Mapping[str, Any], kept: Mapping[str, Any], now: datetime
) -> CleanupRequest:
    """Resolve the settings of a cleanup. `explicit` may contain the profile; values of None count as absent.

    `kept` holds the settings kept with the episode.

    Raises:
        UserError: an action is unknown, or a setting is invalid.
    """

    def resolved(stage: type[S]) -> Resolved[S]:
        return resolve_with_kept(stage, explicit, kept)

    return CleanupRequest(
        ep_id=ep_id,
        cleanup_id=f"cleanup-{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        actions=parse_actions(actions),
        settings=CleanupSettingsSet(
            tracking=resolved(TrackingSettings),
            faces=resolved(FacesSettings),
            cleanup=resolved(CleanupSettings),
            track_embeddings=resolved(TrackEmbeddingsSettings),
            clustering=resolved(ClusteringSettings),
        ),
        guardrails=resolve_with_kept(GuardrailSettings, {}, kept).values,
        profile=chosen_profile(explicit.get(PROFILE) or kept.get(PROFILE)),
        given={name: str(value) for name, value in explicit.items() if value is not None and name != PROFILE},
        now=now,
    )
