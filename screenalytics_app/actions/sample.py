"""The sample episode in the data root."""

from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sample_episode import SampleEpisode, make_sample_episode


def make_sample(store: ArtifactStore) -> SampleEpisode:
    """Make the sample episode's video and truth file in `samples`, unless both exist and are current."""
    return make_sample_episode(Path(store.root) / "samples")
