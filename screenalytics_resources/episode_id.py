"""Episode ids: partition key, folder name and first column of every artifact."""

import re
from dataclasses import dataclass

from screenalytics_resources.errors import UserError

EP_ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*-s[0-9]{2,}e[0-9]{2,}$"
"""Form of an episode id, for schemas. `is_ep_id` decides."""
SHOW_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""Form of a show, for schemas. `is_show` decides."""
_EP_ID = re.compile(r"(?P<show>[a-z0-9]+(-[a-z0-9]+)*)-s(?P<season>\d{2,})e(?P<episode>\d{2,})", re.ASCII)
_SHOW = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
MAX_LENGTH = 100


@dataclass(frozen=True, order=True)
class EpisodeId:
    """A validated episode id, split into its parts. `text` is the complete id."""

    show: str
    season: int
    episode: int
    text: str

    def __str__(self) -> str:
        return self.text


def parse_ep_id(text: str) -> EpisodeId:
    """Return the parts of the episode id `text`.

    The show must not end like an episode id. Otherwise demo-s01e01-s02e02 would be an episode of a show demo-s01e01,
    which shares its folder with the episode demo-s01e01.

    All code that turns an `ep_id` into a path or a partition calls this first. This keeps paths inside the data root.

    Raises:
        UserError: if `text` is not an episode id.
    """
    match = _EP_ID.fullmatch(text)
    if match is None or not is_ep_id(text):
        raise UserError(
            f"{text[:MAX_LENGTH]!r} is not an episode id: use the form show-s01e02 with lower-case letters, digits "
            f"and hyphens, and with one season and episode number, for example demo-s01e01."
        )
    return EpisodeId(match["show"], int(match["season"]), int(match["episode"]), text)


def is_ep_id(text: str) -> bool:
    """Return whether `text` is an episode id."""
    match = _EP_ID.fullmatch(text) if len(text) <= MAX_LENGTH else None
    return match is not None and _EP_ID.fullmatch(match["show"]) is None


def parse_show(text: str) -> str:
    """Return `text` if it is the name of a show, as used in the ids of its episodes.

    An episode id is not a valid show name. Otherwise a show and an episode could share a folder.

    Raises:
        UserError: if `text` is not the name of a show.
    """
    if not is_show(text):
        raise UserError(
            f"{text[:MAX_LENGTH]!r} is not a show: use the part before -s01e02 of its episode ids, for example demo."
        )
    return text


def is_show(text: str) -> bool:
    """Return whether `text` is the name of a show."""
    return len(text) <= MAX_LENGTH and _SHOW.fullmatch(text) is not None and _EP_ID.fullmatch(text) is None


def show_of(text: str) -> str:
    """Return the show of an episode, or of a show itself.

    Raises:
        UserError: if `text` names neither.
    """
    return text if is_show(text) else parse_ep_id(text).show


def parse_partition(text: str) -> str:
    """Return `text` if it names an episode or a show. Artifacts, locks and folders exist per episode or show.

    Raises:
        UserError: if it names neither.
    """
    return text if is_show(text) else parse_ep_id(text).text
