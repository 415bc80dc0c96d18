"""The identities whose ids carry over to a new result: those of the last one, with people's decisions laid over them.

A decision gives ids, too: a merged identity keeps the id of its target, and a part that was split off has the id under
which the person saw it. The new result keeps these ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from screenalytics_assets.contract.identity_records import Identities, TrackAnchor
from screenalytics_assets.moderation.state import ModeratedEpisode


@dataclass(frozen=True)
class PreviousIds:
    """Identities with their tracks of the last result, the anchors of these tracks, and the next identity's number."""

    tracks: Mapping[str, tuple[str, ...]]
    anchors: Sequence[TrackAnchor]
    next_number: int

    @classmethod
    def of(cls, previous: Identities) -> Self:
        """Return the ids of the last result as it is."""
        return cls(
            {identity.identity_id: tuple(identity.track_ids) for identity in previous.identities},
            previous.track_anchors,
            previous.next_identity_number,
        )

    @classmethod
    def moderated(cls, previous: Identities, episode: ModeratedEpisode) -> Self:
        """Return the ids of the last result with the decisions laid over it."""
        return cls(
            {identity.identity_id: identity.track_ids for identity in episode.identities},
            previous.track_anchors,
            max(previous.next_identity_number, episode.next_identity_number),
        )
