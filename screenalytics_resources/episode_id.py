"""The episode's name: partition key, folder name and first column of every artifact."""

import re
from dataclasses import dataclass

from screenalytics_resources.errors import UserError

EP_ID_PATTERN = r"^(?P<show>[a-z0-9]+(-[a-z0-9]+)*)-s(?P<season>\d{2,})e(?P<episode>\d{2,})$"
_EP_ID = re.compile(EP_ID_PATTERN, re.ASCII)
MAX_LENGTH = 100


@dataclass(frozen=True, order=True)
class EpisodeId:
    """A validated episode name, split into its parts."""

    show: str
    season: int
    episode: int
    text: str

    def __str__(self) -> str:
        return self.text


def parse_ep_id(text: str) -> EpisodeId:
    """Return the parts of an `ep_id`, or raise `UserError` if `text` is none.

    Everything that turns an `ep_id` into a path or a partition goes through here, so that no name can leave
    the data root.
    """
    match = _EP_ID.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise UserError(
            f"{text[:MAX_LENGTH]!r} is not an episode id: write show-s01e02 in lower-case letters, digits and "
            f"hyphens, for example demo-s01e01."
        )
    return EpisodeId(match["show"], int(match["season"]), int(match["episode"]), text)
