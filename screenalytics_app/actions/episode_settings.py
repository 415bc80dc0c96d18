"""Change the settings kept with an episode."""

from collections.abc import Collection, Mapping
from typing import Any

from screenalytics_assets.settings.episode_settings import change_kept
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError


def change_settings(
    store: ArtifactStore, ep_id: str, values: Mapping[str, Any], removed: Collection[str]
) -> dict[str, Any]:
    """Keep `values` with an episode, remove the settings `removed`, and return what is kept now.

    Raises:
        UserError: there is no such episode, a setting is invalid or not kept, or another process holds the lock.
    """
    ep_id = parse_ep_id(ep_id).text
    if ep_id not in store.episodes():
        raise UserError(
            f"There is no episode {ep_id}: run it first with `screenalytics run --ep-id {ep_id} --video PATH`."
        )
    with episode_lock(store, ep_id):
        return change_kept(store, ep_id, values, removed)
