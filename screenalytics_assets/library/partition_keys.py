"""Partition keys that name no episode or show. Dagster's UI accepts any text as a new partition."""

from collections.abc import Callable, Iterable

from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError


def odd_keys(episodes: Iterable[str], shows: Iterable[str] = ()) -> dict[str, str]:
    """Return the reason and the remedy for each partition key that is not an episode id or the name of a show."""
    return {**_refused(episodes, parse_ep_id), **_refused(shows, parse_show)}


def _refused(keys: Iterable[str], parse: Callable[[str], object]) -> dict[str, str]:
    refused: dict[str, str] = {}
    for key in keys:
        try:
            parse(key)
        except UserError as error:
            refused[key] = f"{error} Delete this partition on the page of an asset in the UI."
    return refused
