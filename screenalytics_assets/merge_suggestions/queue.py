"""The queue: stored questions, in line with the decisions made since they were built.

Nothing is clustered or compared. A question follows the faces that it is about: each side of it is the identity that
has them now. It leaves when it is answered, when both sides are one identity, and when an answer would contradict what
a person said, or that two people share a frame.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from screenalytics_assets.merge_suggestions.suggest import in_order
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity, Moderation

Pair = frozenset[str]
Key = tuple[str, Pair, str | None]


def queue(episode: ModeratedEpisode, suggestions: MergeSuggestions, moderation: Moderation) -> list[Question]:
    """Return the questions that are still open, the best first. Each pair of identities is asked about once.

    Ids follow `episode.successors`. `moderation` is the replay of the decisions that `episode` shows.
    """
    state = _State.of(episode, suggestions, moderation)
    questions: dict[Key, Question] = {}
    for question in suggestions.questions:
        now = state.updated(question)
        if now is None:
            continue
        key = asked(now)
        if key not in questions or questions[key].value < now.value:
            questions[key] = now
    open_questions = [state.discounted(question, questions) for question in questions.values()]
    return in_order([q for q in open_questions if q.probability >= suggestions.least_probability])


def asked(question: Question) -> "Key":
    """Return what the question asks: its kind, whom it is about, and the person. The same is not asked twice."""
    if question.kind in ("merge", "home"):
        return "pair", _sides(question), None
    subject = frozenset(question.track_ids) if question.kind == "cut" else _sides(question)
    return question.kind, subject, question.person_id


def _sides(question: Question) -> Pair:
    subject = question.identity_id or question.track_ids[0]
    return frozenset({subject, question.other_identity_id or subject})


@dataclass(frozen=True)
class _State:
    """What a question is compared with: identities now, by id and by track, and sides that are different people.

    A side is an identity, or a track in none.
    """

    episode: ModeratedEpisode
    identities: Mapping[str, ModeratedIdentity]
    identity_of: Mapping[str, str]
    free: frozenset[str]
    apart: frozenset[Pair]
    apart_tracks: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, ...], ...]
    reviewed: frozenset[str]

    @classmethod
    def of(cls, episode: ModeratedEpisode, suggestions: MergeSuggestions, moderation: Moderation) -> "_State":
        identity_of = episode.identity_of_track()
        allowed = {frozenset(pair) for pair in moderation.together}
        apart = (*moderation.apart, *(pair for pair in suggestions.apart if frozenset(pair) not in allowed))
        return cls(
            episode,
            {identity.identity_id: identity for identity in episode.identities},
            identity_of,
            frozenset(episode.unassigned),
            frozenset(frozenset(identity_of.get(track, track) for track in pair) for pair in apart),
            apart,
            moderation.groups,
            moderation.reviewed,
        )

    def updated(self, question: Question) -> Question | None:
        """Return the question about the identities of now, or None if it is not open."""
        match question.kind:
            case "merge" | "home":
                return self._pair(question)
            case "name":
                return self._name(question)
            case "cut":
                return self._cut(question)
            case "not_a_face":
                return self._not_a_face(question)

    def discounted(self, question: Question, questions: Mapping[Key, Question]) -> Question:
        """Lower the probability that two sides are one person by what speaks for others.

        If one side is likely a third identity, which is not the other side, both sides are hardly one person. The
        product of the doubts left an oracle user fewer wrong questions than a conditional logit over the rivals, which
        assumes that their odds are independent.
        """
        if question.kind not in ("merge", "home"):
            return question
        factor = 1.0
        for pair in self.apart:
            shared = pair & _sides(question)
            if len(shared) == 1:
                third = questions.get(("pair", pair ^ _sides(question), None))
                factor *= 1.0 if third is None else 1.0 - third.probability
        return question.model_copy(update={"probability": round(question.probability * factor, 4)})

    def _pair(self, question: Question) -> Question | None:
        near = question.nearest[0]
        one, other = self._side(near.track_id), self._side(near.other_track_id)
        if one is None or other is None or other not in self.identities:
            return None
        if one == other or frozenset({one, other}) in self.apart:
            return None
        people = {self.identities[side].person_id for side in (one, other) if side in self.identities} - {None}
        if len(people) > 1 or self._refuses(one, other) or self._refuses(other, one):
            return None
        subject = self.identities.get(one)
        if subject is None:
            return question.model_copy(update={"identity_id": None, "other_identity_id": other})
        changes = {"identity_id": one, "track_ids": subject.track_ids, "other_identity_id": other}
        return question.model_copy(update=changes)

    def _name(self, question: Question) -> Question | None:
        identity = self._identity(question.identity_id)
        if identity is None or identity.person_id is not None or question.person_id in identity.not_people:
            return None
        namesakes = [i.identity_id for i in self.identities.values() if i.person_id == question.person_id]
        if any(frozenset({identity.identity_id, namesake}) in self.apart for namesake in namesakes):
            return None
        return question.model_copy(update={"identity_id": identity.identity_id, "track_ids": identity.track_ids})

    def _cut(self, question: Question) -> Question | None:
        tracks = tuple(track for track in question.track_ids if track not in self.episode.dismissed)
        sides = {self._side(track) for track in tracks}
        if len(sides) != 1:
            return None
        identity = self.identities.get(sides.pop() or "")
        if identity is None or identity.locked or set(identity.track_ids) == set(tracks):
            return None
        rest = set(identity.track_ids) - set(tracks)
        if any(rest & set(group) and set(tracks) & set(group) for group in self.groups):
            return None
        home = self._identity(question.other_identity_id)
        if home is identity or (home is not None and self._tells_apart(tracks, home.identity_id)):
            home = None
        changes = {
            "identity_id": identity.identity_id,
            "track_ids": tracks,
            "other_identity_id": None if home is None else home.identity_id,
        }
        return question.model_copy(update=changes)

    def _not_a_face(self, question: Question) -> Question | None:
        if question.identity_id is None:
            return question if question.track_ids[0] in self.free else None
        identity = self.identities.get(question.identity_id)
        if identity is None or identity.person_id is not None or identity.locked:
            return None
        if self.reviewed.issuperset(identity.track_ids):
            return None
        grown = not set(identity.track_ids) <= set(question.track_ids)
        return None if grown else question.model_copy(update={"track_ids": identity.track_ids})

    def _side(self, track: str) -> str | None:
        """Return the identity of a track, the track itself if it is in none, or None if it is dismissed or gone."""
        return self.identity_of.get(track, track if track in self.free else None)

    def _identity(self, identity_id: str | None) -> ModeratedIdentity | None:
        name = identity_id or ""
        return self.identities.get(self.episode.successors.get(name, name))

    def _refuses(self, side: str, other: str) -> bool:
        """Whether `side` is known not to show the person whose name `other` has."""
        identity, named = self.identities.get(side), self.identities.get(other)
        return identity is not None and named is not None and named.person_id in identity.not_people

    def _tells_apart(self, tracks: Collection[str], identity_id: str) -> bool:
        """Whether one of `tracks` is known to show someone else than the identity."""
        pairs = (*self.apart_tracks, *(pair[::-1] for pair in self.apart_tracks))
        return any(one in tracks and self.identity_of.get(other) == identity_id for one, other in pairs)
