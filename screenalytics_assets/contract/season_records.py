"""Records of `season_identities.json`. The file itself is declared in `schemas`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.identity_records import IdChanges
from screenalytics_assets.contract.record_types import (
    IdentityId,
    Record,
    Seconds,
    Similarity,
    TrackId,
    added_field,
)


class SeasonEpisode(Record):
    """Episode that is part of the season."""

    ep_id: str
    tracks_digest: str
    embeddings_digest: str
    exceptions_sha256: str
    tracking_digest: str | None = added_field("digest of the tracks before people deleted or cut some")
    tracks: int = Field(ge=0, description="without deleted tracks")
    unusable_tracks: tuple[TrackId, ...] = Field(description="tracks that are in no identity of the season")


class LeftOut(Record):
    """Episode of the show that is not part of the season."""

    ep_id: str
    why: str


class SeasonIdentity(Record):
    """Tracks of a show, over all its episodes, that show one person."""

    identity_id: IdentityId
    tracks: Mapping[str, tuple[TrackId, ...]] = Field(description="episode -> tracks")
    episode_identities: Mapping[str, tuple[IdentityId, ...]] = Field(
        description="episode -> identities of that episode that contain these tracks"
    )
    num_tracks: int = Field(ge=1)
    seconds_on_screen: Seconds = Field(description="length of the union of its tracks' spans, summed over episodes")
    cohesion: Similarity = Field(description="mean similarity of its tracks to its unit centroid")
    min_similarity: Similarity = Field(description="lowest similarity of a track to the unit centroid")
    person_id: str | None = added_field("who it is, if a person said so")


class SeasonMetadata(Record):
    """Counts and settings of the season."""

    num_episodes: int = Field(ge=0)
    num_tracks: int = Field(ge=0, description="tracks that are in an identity")
    num_unusable_tracks: int = Field(ge=0)
    num_identities: int = Field(ge=0)
    num_singletons: int = Field(ge=0)
    largest_identity: int = Field(ge=0, description="tracks in the largest identity")
    cannot_link_pairs: int = Field(ge=0, description="pairs of tracks that share a frame")
    prevented_merges: int = Field(ge=0)
    mode: Literal["full", "incremental"]
    mode_reason: str = Field(
        description="why the run was full although an incremental one was requested; otherwise empty"
    )
    joined_tracks: int = Field(ge=0, description="new tracks that joined an identity of the previous result")
    model_pack: str
    cluster_thresh: Similarity


class SeasonIdentities(Record):
    """`season_identities.json` of a show."""

    show: str
    schema_version: Literal[1]
    config: Mapping[str, str | int | float | bool | None] = Field(description="effective settings of the clustering")
    metadata: SeasonMetadata
    episodes: tuple[SeasonEpisode, ...]
    left_out: tuple[LeftOut, ...]
    identities: tuple[SeasonIdentity, ...]
    lineage: IdChanges
    next_identity_number: int = Field(ge=1)
