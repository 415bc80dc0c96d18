"""Cards of the queue's questions, with what a person has to see to answer."""

from collections.abc import Iterable, Sequence

from screenalytics_app.actions.moderation.questions import open_questions
from screenalytics_app.api.models.common import PersonRef
from screenalytics_app.api.models.identities import IdentityCard, TrackCard
from screenalytics_app.api.models.queue import NearPair, QuestionCard, Queue
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_app.api.present.identity_cards import cards_of
from screenalytics_app.api.present.tracks import track_card
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, NearFaces, Question
from screenalytics_resources.recent import Recent

MAX_TRACKS = 12
"""Most tracks of each side on a card."""

_queues: Recent[tuple[str, int], tuple[Shown, MergeSuggestions, Queue]] = Recent(4)


def queue_of(episode: Shown, suggestions: MergeSuggestions, limit: int) -> Queue:
    """Return the first open questions; the same object as before if nothing has changed."""
    known = _queues.get((episode.ep_id, limit))
    if known is not None and known[0] is episode and known[1] is suggestions:
        return known[2]
    questions = open_questions(episode.view, suggestions)
    new = Queue(
        ep_id=episode.ep_id,
        last_seq=len(episode.view.decisions),
        items=tuple(_card(episode, name, question) for name, question in list(questions.items())[:limit]),
        total=len(questions),
        left_out=suggestions.left_out,
    )
    _queues.put((episode.ep_id, limit), (episode, suggestions, new))
    return new


def _card(episode: Shown, question_id: str, question: Question) -> QuestionCard:
    identity, other = _identity(episode, question.identity_id), _identity(episode, question.other_identity_id)
    person = question.person_id
    return QuestionCard(
        question_id=question_id,
        kind=question.kind,
        text=_text(episode, question, other),
        identity=identity,
        tracks=_longest(episode, question.track_ids),
        track_count=len(question.track_ids),
        track_ids=question.track_ids,
        other=other,
        other_tracks=_longest(episode, _other_side(episode, question)),
        person=None if person is None else PersonRef(person_id=person, name=episode.names.get(person, person)),
        person_image_url=None,
        probability=question.probability,
        actions_saved=question.actions_saved,
        similarity=question.face_similarity,
        clothing=question.clothing,
        shared_frames=question.shared_frames,
        nearest=tuple(_near(episode, near) for near in question.nearest if _exist(episode, near)),
        evidence=question.evidence,
        seconds=question.seconds_on_screen,
    )


def _text(episode: Shown, question: Question, other: IdentityCard | None) -> str:
    count = len(question.track_ids)
    these = f"Do these {count} tracks" if count > 1 else "Does this track"
    match question.kind:
        case "merge":
            return "Is this one person?"
        case "name":
            return f"Is this {episode.names.get(question.person_id or '', question.person_id)}?"
        case "cut" if other is None:
            return f"{these} show someone else?"
        case "cut" | "home":
            return f"{these} show {_called(other)}?"
        case "not_a_face":
            return "Is this something other than a face?"


def _called(card: IdentityCard | None) -> str:
    if card is None:
        return "someone else"
    return card.person.name if card.person else card.label or card.identity_id


def _other_side(episode: Shown, question: Question) -> Sequence[str]:
    """Return the tracks to compare with: those of the other identity, or of a cut without one, what would be left."""
    if question.other_identity_id is not None:
        return episode.view.identity(question.other_identity_id).track_ids
    if question.kind == "cut" and question.identity_id is not None:
        tracks = episode.view.identity(question.identity_id).track_ids
        return [track for track in tracks if track not in question.track_ids]
    return ()


def _identity(episode: Shown, identity_id: str | None) -> IdentityCard | None:
    return None if identity_id is None else cards_of(episode, [episode.view.identity(identity_id)])[0]


def _longest(episode: Shown, track_ids: Iterable[str]) -> tuple[TrackCard, ...]:
    tracks = sorted(map(episode.view.track, track_ids), key=lambda track: (-track.duration_s, track.track_id))
    return tuple(track_card(episode, track) for track in tracks[:MAX_TRACKS])


def _exist(episode: Shown, near: NearFaces) -> bool:
    """Return whether the present tracks include both; a new tracking can have others."""
    known = {track.track_id for track in episode.view.episode.scene.tracks}
    return {near.track_id, near.other_track_id} <= known


def _near(episode: Shown, near: NearFaces) -> NearPair:
    return NearPair(
        track_id=near.track_id,
        image_url=_crop_url(episode, near.track_id, near.frame),
        other_track_id=near.other_track_id,
        other_image_url=_crop_url(episode, near.other_track_id, near.other_frame),
        similarity=near.similarity,
    )


def _crop_url(episode: Shown, track_id: str, frame: int) -> str | None:
    keys = [crop.crop_key for crop in episode.view.track(track_id).crops if crop.frame == frame]
    if not keys or keys[0] in episode.purged:
        return None
    path = f"/episodes/{episode.ep_id}/tracks/{track_id}/frames/{frame}/crop.jpg"
    return f"{path}?v={episode.version_of(keys[0])}"
