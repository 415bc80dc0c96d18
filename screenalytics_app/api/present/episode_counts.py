"""What an episode of the list has: identities, names, open questions and pictures.

The list shows many episodes. As long as people have decided nothing about an episode, its tracks need not be read.
"""

from dataclasses import dataclass

from screenalytics_app.api.present.episode_view import current_view
from screenalytics_app.api.present.identity_cards import identity_cards
from screenalytics_app.api.present.stored import stored
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import IDENTITIES, MERGE_SUGGESTIONS
from screenalytics_assets.identities.adopt_earlier_words import said_something
from screenalytics_assets.merge_suggestions.queue import queue
from screenalytics_assets.moderation.state import NO_MODERATION, ModeratedEpisode, ModeratedIdentity, Moderation
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import cast_sha256, has_earlier_words
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

THUMBS = 4
_counted: Recent[tuple[str, str], tuple[tuple[str, ...], "Counts"]] = Recent(2000)


@dataclass(frozen=True)
class Counts:
    """Numbers of identities, of those with a name, and of open questions; addresses of the first pictures."""

    identities: int
    named: int
    questions: int | None
    thumbs: tuple[str, ...]


def counts(store: ArtifactStore, ep_id: str) -> Counts:
    """Return the counts of an episode with identities. Raises `UserError` if an artifact is damaged."""
    state = _state(store, ep_id)
    known = _counted.get((store.root, ep_id))
    if known is None or known[0] != state:
        known = state, _count(store, ep_id)
        _counted.put((store.root, ep_id), known)
    return known[1]


def open_questions(store: ArtifactStore, ep_id: str, moderated: ModeratedEpisode, moderation: Moderation) -> int | None:
    """Return how many questions are open; None before a run has found any."""
    suggestions = stored(store, MERGE_SUGGESTIONS, ep_id)
    return None if suggestions is None else len(queue(moderated, suggestions.content, moderation))


def _count(store: ArtifactStore, ep_id: str) -> Counts:
    identities = stored(store, IDENTITIES, ep_id)
    undecided = decisions_sha256(store, ep_id) == NO_DECISIONS
    earlier = has_earlier_words(store, parse_ep_id(ep_id).show, ep_id)
    if identities is None or not undecided or earlier or said_something(identities.content):
        return _count_view(store, ep_id)
    rows = identities.content.identities
    longest = sorted(rows, key=lambda row: (-row.seconds_on_screen, row.identity_id))[:THUMBS]
    return Counts(
        identities=len(rows),
        named=sum(bool(row.labels.person_id or row.label) for row in rows),
        questions=open_questions(store, ep_id, _undecided(identities.content), NO_MODERATION),
        thumbs=tuple(f"/episodes/{ep_id}/identities/{row.identity_id}/thumb.jpg" for row in longest),
    )


def _count_view(store: ArtifactStore, ep_id: str) -> Counts:
    view = current_view(store, ep_id)
    cards = identity_cards(store, view)
    longest = sorted(cards, key=lambda card: (-card.seconds, card.identity_id))[:THUMBS]
    return Counts(
        identities=len(cards),
        named=sum(bool(card.person or card.label) for card in cards),
        questions=open_questions(store, ep_id, view.moderated, view.moderation),
        thumbs=tuple(card.thumb_url for card in longest if card.thumb_url),
    )


def _undecided(identities: Identities) -> ModeratedEpisode:
    """Return the identities of the last run as they are while people have decided nothing."""
    return ModeratedEpisode(
        last_seq=0,
        identities=tuple(ModeratedIdentity(row.identity_id, row.track_ids) for row in identities.identities),
        unassigned=identities.unusable_tracks,
        dismissed={},
        successors={},
        next_identity_number=identities.next_identity_number,
    )


def _state(store: ArtifactStore, ep_id: str) -> tuple[str, ...]:
    """Return the hashes of everything that the counts depend on."""
    seals = [read_seal(store, spec, ep_id) for spec in (IDENTITIES, MERGE_SUGGESTIONS)]
    hashes = [seal.sha256 if seal else "" for seal in seals]
    return (*hashes, decisions_sha256(store, ep_id), cast_sha256(store, parse_ep_id(ep_id).show))
