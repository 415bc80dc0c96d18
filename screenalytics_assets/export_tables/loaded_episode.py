"""The exported artifacts of one episode, loaded and checked to be built from each other."""

from dataclasses import dataclass

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    TRACKS,
    CastAssignmentsDocument,
    EpisodeVideoDocument,
    Faces,
    IdentitiesDocument,
    Tracks,
)
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError


@dataclass(frozen=True)
class LoadedEpisode:
    """Video, tracks, faces, identities and cast assignments of one episode, each built from the ones loaded here."""

    video: EpisodeVideoDocument
    tracks: Tracks
    faces: Faces
    identities: IdentitiesDocument
    assignments: CastAssignmentsDocument

    @property
    def ep_id(self) -> str:
        return self.tracks.ep_id


def load_episode(store: ArtifactStore, ep_id: str) -> LoadedEpisode:
    """Load the artifacts of `ep_id`.

    Raises:
        UserError: an artifact is missing or damaged, or was built from inputs that have changed since, for example
            because a run was killed. Its ids would then refer to other tracks or identities.
    """
    episode = LoadedEpisode(
        load_artifact(store, EPISODE_VIDEO, ep_id),
        load_artifact(store, TRACKS, ep_id),
        load_artifact(store, FACES, ep_id),
        load_artifact(store, IDENTITIES, ep_id),
        load_artifact(store, CAST_ASSIGNMENTS, ep_id),
    )
    _check_inputs(episode)
    return episode


def _check_inputs(episode: LoadedEpisode) -> None:
    artifacts = (episode.video, episode.tracks, episode.faces, episode.identities, episode.assignments)
    digests: dict[str, str] = {}
    for artifact in artifacts:
        asset = artifact.provenance.asset
        for name in ARTIFACTS[asset].upstream:
            if name in digests and artifact.provenance.inputs.get(name) != digests[name]:
                raise UserError(
                    f"The {asset} of {episode.ep_id} were built from other {name} than the stored ones. Update the "
                    f"episode with `screenalytics run --ep-id {episode.ep_id}`."
                )
        digests[asset] = artifact.digest
