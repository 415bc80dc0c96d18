"""Replay: what all decisions of an episode mean for its current tracks.

Newest first, a decision is accepted as far as it agrees with those accepted before. So a correction of a correction
holds, and an older decision keeps what newer ones leave of it. The result depends on nothing but the decisions and the
tracks. Every decision ends as applied, partial, lost, overruled or undone; none disappears silently.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from screenalytics_assets.moderation.facts import Facts
from screenalytics_assets.moderation.fold import undone_gestures
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.state import Cut, Moderation, Outcome, Scene, Status
from screenalytics_resources.decisions.records import Decision, Kind, Reason, Subject

NOT_FOUND = "its faces are not on screen in the present tracks"
NO_LONGER_TWO = "the faces that it tells apart are one track now"
FORGOTTEN = "the person was forgotten"

T = TypeVar("T")


def replay(decisions: Sequence[Decision], scene: Scene, resolver: Resolver | None = None) -> Moderation:
    """Return what the decisions, in order of seq, mean for the tracks of the scene.

    `resolver` is that of the scene, if the caller has one.
    """
    return _Replay(scene, resolver or Resolver(scene)).run(decisions)


@dataclass(frozen=True)
class _Fate:
    status: Status
    reason: str = ""
    overruled_by: frozenset[int] = frozenset()


@dataclass
class _Replay:
    scene: Scene
    resolver: Resolver
    facts: Facts[str] = field(init=False)
    sharing: Mapping[str, frozenset[str]] = field(init=False)
    presence: dict[str, tuple[Reason | None, int]] = field(default_factory=dict)
    """Track -> reason of its dismissal, or None if it was restored, and the decision."""
    unlocked: dict[str, int] = field(default_factory=dict)
    locked: dict[str, int] = field(default_factory=dict)
    locks: list[tuple[str, ...]] = field(default_factory=list)
    labels: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    representatives: dict[str, tuple[float, int]] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    reviewed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sharing = self.resolver.sharing
        weights = {track.track_id: track.duration_s + self.scene.frame_s for track in self.scene.tracks}
        self.facts = Facts(weights, self.sharing)

    def run(self, decisions: Sequence[Decision]) -> Moderation:
        undone = undone_gestures(decisions)
        outcomes: list[Outcome] = []
        for decision in reversed(decisions):
            if decision.kind == "undo":
                continue
            fate = _Fate("undone") if decision.gesture_id in undone else self._fate(decision)
            overruled_by = tuple(sorted(fate.overruled_by - {decision.seq}))
            outcomes.append(
                Outcome(decision.decision_id, decision.seq, decision.kind, fate.status, fate.reason, overruled_by)
            )
        return self._moderation(len(decisions), outcomes[::-1])

    def _fate(self, decision: Decision) -> _Fate:
        if decision.value.forgotten:
            return _Fate("lost", FORGOTTEN)
        if not decision.subjects or any(not self.resolver.found(subject).tracks for subject in decision.subjects):
            return _Fate("lost", NOT_FOUND)
        fate = self._accept[decision.kind](self, decision)
        some_lost = any(self.resolver.found(subject).fraction < 0.5 for subject in decision.subjects)
        return _Fate("partial", "some of its faces were not found") if fate.status == "applied" and some_lost else fate

    def _tracks(self, subjects: Iterable[Subject]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t for subject in subjects for t in self.resolver.found(subject).tracks))

    def _same(self, decision: Decision) -> _Fate:
        united = self.facts.unite(self._tracks(decision.subjects), decision.seq)
        return _agreed(len(united.groups) == 1, united.changed, united.blocked_by)

    def _differ(self, decision: Decision) -> _Fate:
        one = self._tracks(subject for subject in decision.subjects if subject.role == "target")
        other = self._tracks(subject for subject in decision.subjects if subject.role == "other")
        if set(one) & set(other):
            return _Fate("lost", NO_LONGER_TWO)
        separated = self.facts.separate(one, other, decision.seq)
        return _agreed(not separated.blocked_by, separated.changed, separated.blocked_by)

    def _is_person(self, decision: Decision) -> _Fate:
        tracks = self._tracks(decision.subjects)
        if decision.value.person_id is None:
            return self._for_each_group(tracks, lambda group: self.facts.give_name(group, None, decision.seq))
        united = self.facts.unite(tracks, decision.seq)
        against = united.blocked_by
        for group in united.groups:  # the largest part that may have the name gets it
            blocked = self.facts.give_name(group, decision.value.person_id, decision.seq)
            if not blocked:
                return _agreed(len(united.groups) == 1, True, against)
            against |= blocked
        return _agreed(False, False, against)

    def _not_person(self, decision: Decision) -> _Fate:
        person_id = decision.value.person_id or ""
        tracks = self._tracks(decision.subjects)
        return self._for_each_group(tracks, lambda group: self.facts.refuse_name(group, person_id, decision.seq))

    def _for_each_group(self, tracks: Sequence[str], say: Callable[[int], frozenset[int]]) -> _Fate:
        answers = [say(group) for group in self.facts.groups_of(tracks)]
        return _agreed(not any(answers), not all(answers), frozenset().union(*answers))

    def _label(self, decision: Decision) -> _Fate:
        return _newest(self.labels, self._tracks(decision.subjects), (decision.value.text, decision.seq))

    def _lock(self, decision: Decision) -> _Fate:
        tracks = self._tracks(decision.subjects)
        free = [track for track in tracks if track not in self.unlocked]
        if not free:
            return _Fate("overruled", overruled_by=frozenset(self.unlocked[track] for track in tracks))
        united = self.facts.unite(free, decision.seq)
        kept = [track for track in self.facts.members(united.groups[0]) if track in free]
        if not any(track in self.locked for track in kept):
            self.locks.append(tuple(kept))
        self.locked |= {track: decision.seq for track in kept if track not in self.locked}
        return _agreed(len(kept) == len(tracks), True, united.blocked_by | {self.unlocked.get(t, 0) for t in tracks})

    def _unlock(self, decision: Decision) -> _Fate:
        tracks = self._tracks(decision.subjects)
        newer = {self.locked[track] for track in tracks if track in self.locked}
        self.unlocked |= {
            track: decision.seq for track in tracks if track not in self.unlocked and track not in self.locked
        }
        return _agreed(not newer, any(track not in self.locked for track in tracks), frozenset(newer))

    def _dismiss(self, decision: Decision) -> _Fate:
        reason: Reason = decision.value.reason or "deleted"
        return _newest(self.presence, self._tracks(decision.subjects), (reason, decision.seq))

    def _restore(self, decision: Decision) -> _Fate:
        return _newest(self.presence, self._tracks(decision.subjects), (None, decision.seq))

    def _represent(self, decision: Decision) -> _Fate:
        ts = decision.value.ts or 0.0
        return _newest(self.representatives, self._tracks(decision.subjects)[:1], (ts, decision.seq))

    def _cut(self, decision: Decision) -> _Fate:
        """Ask for the cut. If it was made already, both parts are found, and they show different people."""
        ts = decision.value.ts or 0.0
        track_of = {track.track_id: track for track in self.scene.tracks}
        found = [track_of[track_id] for track_id in self._tracks(decision.subjects)]
        self.cuts += [Cut(t.track_id, ts, decision.seq) for t in found if t.first_ts < ts <= t.last_ts]
        earlier = [track.track_id for track in found if track.last_ts < ts]
        later = [track.track_id for track in found if track.first_ts >= ts]
        separated = self.facts.separate(earlier, later, decision.seq)
        return _agreed(not separated.blocked_by, separated.changed, separated.blocked_by)

    def _review(self, decision: Decision) -> _Fate:
        self.reviewed |= set(self._tracks(decision.subjects))
        return _Fate("applied")

    _accept: ClassVar[Mapping[Kind, Callable[["_Replay", Decision], _Fate]]] = {
        "same": _same,
        "differ": _differ,
        "is_person": _is_person,
        "not_person": _not_person,
        "label": _label,
        "lock": _lock,
        "unlock": _unlock,
        "dismiss": _dismiss,
        "restore": _restore,
        "represent": _represent,
        "cut": _cut,
        "reviewed": _review,
    }

    def _moderation(self, last_seq: int, outcomes: Sequence[Outcome]) -> Moderation:
        dismissed = {track: reason for track, (reason, _) in self.presence.items() if reason is not None}
        order = {track.track_id: position for position, track in enumerate(self.scene.tracks)}
        groups = {
            group: tuple(sorted((t for t in self.facts.members(group) if t not in dismissed), key=order.__getitem__))
            for group in self.facts.all_groups()
        }
        names = {group: name.person_id for group in groups if (name := self.facts.name(group)) and name.person_id}
        members = sorted((tracks for tracks in groups.values() if len(tracks) > 1), key=lambda t: order[t[0]])
        locks = dict.fromkeys(groups[group] for lock in self.locks[::-1] for group in self.facts.groups_of(lock)[:1])
        return Moderation(
            last_seq=last_seq,
            groups=tuple(members),
            apart=tuple(
                (groups[one][0], groups[other][0])
                for one, other in self.facts.different_groups()
                if groups[one] and groups[other]
            ),
            together=tuple(pair for tracks in members for pair in self._sharing_pairs(tracks)),
            dismissed=dismissed,
            locks=tuple(lock for lock in locks if lock),
            names={track: person for group, person in names.items() for track in groups[group]},
            not_names={
                track: people
                for group, tracks in groups.items()
                if (people := self.facts.not_names(group))
                for track in tracks
            },
            labels={track: text for track, (text, _) in self.labels.items() if text is not None},
            representatives={track: ts for track, (ts, _) in self.representatives.items()},
            cuts=tuple(self.cuts[::-1]),
            reviewed=frozenset(self.reviewed - dismissed.keys()),
            outcomes=tuple(outcomes),
        )

    def _sharing_pairs(self, tracks: Sequence[str]) -> list[tuple[str, str]]:
        place = {track: position for position, track in enumerate(tracks)}
        return [
            (one, other)
            for one in tracks
            for other in sorted(self.sharing.get(one, ()), key=lambda track: place.get(track, -1))
            if place.get(other, -1) > place[one]
        ]


def _agreed(completely: bool, partly: bool, against: Iterable[int]) -> _Fate:
    overruled_by = frozenset(against) - {0}
    if completely:
        return _Fate("applied")
    return _Fate("partial" if partly else "overruled", "newer decisions contradict it", overruled_by)


def _newest(state: dict[str, tuple[T, int]], tracks: Sequence[str], new: tuple[T, int]) -> _Fate:
    """Store `new`, a value and the seq of its decision, for the tracks that have no newer value."""
    newer = {state[track][1] for track in tracks if track in state}
    free = [track for track in tracks if track not in state]
    state.update(dict.fromkeys(free, new))
    return _agreed(not newer, bool(free), newer)
