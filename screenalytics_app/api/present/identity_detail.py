"""One identity with its tracks."""

from screenalytics_app.api.models.common import PersonRef
from screenalytics_app.api.models.identities import IdentityDetail
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_app.api.present.identity_cards import cards_of
from screenalytics_app.api.present.tracks import track_cards


def identity_detail(episode: Shown, identity_id: str) -> IdentityDetail:
    """Return an identity with its tracks, the least similar first, after those without a similarity.

    Raises:
        GoneError: it became part of another one.
        UnknownError: there is no such identity.
    """
    identity = episode.view.identity(identity_id)
    (card,) = cards_of(episode, [identity])
    members = track_cards(episode, identity.track_ids)
    members.sort(key=lambda track: (-1.0 if track.similarity is None else track.similarity, track.track_id))
    refused = sorted(identity.not_people)
    people = tuple(PersonRef(person_id=person, name=episode.names.get(person, person)) for person in refused)
    return IdentityDetail(**dict(card), members=tuple(members), not_people=people)
