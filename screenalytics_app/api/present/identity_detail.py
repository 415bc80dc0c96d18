"""One identity with its tracks."""

import numpy as np

from screenalytics_app.api.models.common import PersonRef
from screenalytics_app.api.models.identities import IdentityDetail, TrackCard
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_app.api.present.identity_cards import cards_of
from screenalytics_app.api.present.track_order import least_fitting_first
from screenalytics_app.api.present.tracks import track_cards


def identity_detail(episode: Shown, identity_id: str) -> IdentityDetail:
    """Return an identity with its tracks: those without a similarity, and then by `least_fitting_first`.

    Raises:
        GoneError: it became part of another one.
        UnknownError: there is no such identity.
    """
    identity = episode.view.identity(identity_id)
    (card,) = cards_of(episode, [identity])
    members = _in_order(episode, track_cards(episode, identity.track_ids))
    refused = sorted(identity.not_people)
    people = tuple(PersonRef(person_id=person, name=episode.names.get(person, person)) for person in refused)
    return IdentityDetail(**dict(card), members=tuple(members), not_people=people)


def _in_order(episode: Shown, tracks: list[TrackCard]) -> list[TrackCard]:
    compared = [track for track in tracks if track.similarity is not None]
    rows = [episode.embedding_of[track.track_id].embedding_row for track in compared]
    similarities = np.array([track.similarity for track in compared], np.float64)
    order = least_fitting_first(episode.embeddings.vectors[np.array(rows, np.int64)], similarities)
    return [track for track in tracks if track.similarity is None] + [compared[row] for row in order.tolist()]
