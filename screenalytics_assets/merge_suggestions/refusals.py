"""What people and shared frames rule out, for the rows and identities of a compared episode."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.mixed import Part
from screenalytics_assets.moderation.state import Moderation


def refused_pairs(episode: ComparedEpisode, moderation: Moderation) -> NDArray[np.bool_]:
    """Return which identities and tracks in no identity (K + M) a person told apart from which identities, (K + M, K).

    All tracks of a group are in one identity, so one pair of tracks stands for all of both groups.
    """
    count, alone = len(episode.identities), len(episode.unassigned)
    guest_of = {track: label for label, identity in enumerate(episode.identities) for track in identity.track_ids}
    guest_of |= {track: count + number for number, track in enumerate(episode.track_ids(episode.unassigned))}
    left_out = set(episode.track_ids(np.array(sorted(episode.left_out), np.int64)))
    refused = np.zeros((count + alone, count + alone), np.bool_)
    for pair in moderation.apart:
        if all(track in guest_of and track not in left_out for track in pair):
            one, other = (guest_of[track] for track in pair)
            refused[one, other] = refused[other, one] = True
    return refused[:, :count]


def refused_people(episode: ComparedEpisode, moderation: Moderation) -> Mapping[str, frozenset[str]]:
    """Return the people whom each identity does not show, by its id."""
    return {
        identity.identity_id: frozenset[str]().union(
            *(moderation.not_names.get(track, frozenset()) for track in identity.track_ids)
        )
        for identity in episode.identities
    }


def is_held_together(episode: ComparedEpisode, part: Part, moderation: Moderation) -> bool:
    """Whether a person said that the part and the rest of its identity show one person, or locked the identity."""
    inside, rest = set(episode.track_ids(part.rows)), set(episode.track_ids(part.rest))
    return any(inside & set(group) and rest & set(group) for group in (*moderation.groups, *moderation.locks))


def apart_by_frames(episode: ComparedEpisode) -> list[tuple[int, int]]:
    """Return pairs of rows that share a frame: the first pair of each pair of identities, in order of the rows."""
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for one, other in episode.compared.cannot_link.tolist():
        labels = sorted((int(episode.labels[one]), int(episode.labels[other])))
        if 0 <= labels[0] < labels[1]:
            first.setdefault((labels[0], labels[1]), (one, other))
    return sorted(first.values())
