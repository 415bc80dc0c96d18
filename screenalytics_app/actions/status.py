"""The library and its episodes in one overview."""

from dataclasses import dataclass

from screenalytics_app.actions.episode_status import EpisodeStatus, episode_statuses
from screenalytics_app.actions.library_status import LibraryStatus, library_status
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class StatusOverview:
    """The status of a data root. `library` is None for one episode; `episodes` is None for a large library."""

    root: str
    library: LibraryStatus | None
    episodes: tuple[EpisodeStatus, ...] | None


def status_overview(store: ArtifactStore, ep_id: str | None = None, most_episodes: int | None = None) -> StatusOverview:
    """Return the status of one episode, or of the library with up to `most_episodes` episodes one by one."""
    if ep_id is not None:
        return StatusOverview(store.root, None, episode_statuses(store, ep_id))
    library = library_status(store)
    listed = most_episodes is None or library.episodes <= most_episodes
    return StatusOverview(store.root, library, episode_statuses(store) if listed else None)
