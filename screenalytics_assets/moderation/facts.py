"""Facts about who is who, accepted one after the other as long as they agree.

Tracks of one person form a group. Two groups can be known to be different people, and a group can have a name. A fact
that contradicts what was accepted before is refused, and the decisions behind the contradiction are returned.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
"""Identifies a track: its id, or episode and id."""

Group = int
"""Number of a group. Uniting two groups keeps one of the numbers."""


@dataclass(frozen=True)
class Name:
    """Name of a group, said by decision `seq`. `person_id` is None if that decision withdrew the name."""

    person_id: str | None
    seq: int


@dataclass(frozen=True)
class United:
    """Result of uniting tracks: the resulting groups, the largest first, and the decisions that keep them apart."""

    groups: tuple[Group, ...]
    blocked_by: frozenset[int]
    changed: bool


class Facts(Generic[Key]):
    """Groups of tracks, with the accepted facts about them. `weights` are the seconds on screen of every track."""

    def __init__(self, weights: Mapping[Key, float], sharing: Mapping[Key, frozenset[Key]]) -> None:
        """Begin with each track on its own. `sharing` maps a track to those that share a frame with it."""
        self._weights = weights
        self._sharing = sharing
        self._group_of = {track: number for number, track in enumerate(weights)}
        self._members: dict[Group, list[Key]] = {number: [track] for number, track in enumerate(weights)}
        self._different: defaultdict[Group, dict[Group, int]] = defaultdict(dict)
        self._joined_by: defaultdict[Group, set[int]] = defaultdict(set)
        self._names: dict[Group, Name] = {}
        self._not_names: defaultdict[Group, dict[str, int]] = defaultdict(dict)

    def groups_of(self, tracks: Iterable[Key]) -> list[Group]:
        """Return the groups of these tracks, each once, in order."""
        return list(dict.fromkeys(self._group_of[track] for track in tracks))

    def members(self, group: Group) -> Sequence[Key]:
        """Return the tracks of a group."""
        return self._members[group]

    def all_groups(self) -> list[Group]:
        """Return all groups, including single tracks."""
        return list(self._members)

    def name(self, group: Group) -> Name | None:
        """Return the name of a group, or None if nobody named it."""
        return self._names.get(group)

    def not_names(self, group: Group) -> frozenset[str]:
        """Return the people whom the group does not show."""
        return frozenset(self._not_names[group])

    def different_groups(self) -> list[tuple[Group, Group]]:
        """Return the pairs of groups that are different people, the lower number first."""
        said = {(one, other) for one, others in self._different.items() for other in others if one < other}
        named = [(group, name.person_id) for group, name in self._names.items() if name.person_id]
        by_name = {
            (min(one, other), max(one, other)) for one, person in named for other, second in named if person != second
        }
        refused = {
            (min(one, other), max(one, other))
            for one, people in self._not_names.items()
            for other, person in named
            if person in people
        }
        return sorted(said | by_name | refused)

    def unite(self, tracks: Sequence[Key], seq: int) -> United:
        """Say that tracks are one person. Where accepted facts forbid it, the largest agreeing part is united."""
        weight = dict.fromkeys(self.groups_of(tracks), 0.0)
        for track in dict.fromkeys(tracks):
            weight[self._group_of[track]] += self._weights[track]
        parts: list[Group] = []
        blocked: set[int] = set()
        for group in sorted(weight, key=lambda group: (-weight[group], group)):
            for position, part in enumerate(parts):
                reasons = self._contradictions(part, group)
                if not reasons:
                    parts[position] = self._join(part, group, seq)
                    break
                blocked |= reasons
            else:
                parts.append(group)
        return United(tuple(parts), frozenset(blocked) if len(parts) > 1 else frozenset(), len(parts) < len(weight))

    def separate(self, tracks: Sequence[Key], others: Sequence[Key], seq: int) -> United:
        """Say that the tracks of one side are not the person of the other side. Pairs in one group stay so."""
        blocked: set[int] = set()
        changed = False
        for one in self.groups_of(tracks):
            for other in self.groups_of(others):
                if one == other:
                    blocked |= self._joined_by[one]
                else:
                    self._different[one].setdefault(other, seq)
                    self._different[other].setdefault(one, seq)
                    changed = True
        return United(tuple(self.groups_of(tracks)), frozenset(blocked), changed)

    def give_name(self, group: Group, person_id: str | None, seq: int) -> frozenset[int]:
        """Name a group, or say that its name is withdrawn. Returns the decisions that contradict it.

        Groups of one name are one person, so they are united, unless they share a frame.
        """
        known = self._names.get(group)
        if known is not None:
            return frozenset() if known.person_id == person_id else frozenset({known.seq})
        if person_id is None:
            self._names[group] = Name(None, seq)
            return frozenset()
        if person_id in self._not_names[group]:
            return frozenset({self._not_names[group][person_id]})
        same_name = [other for other, name in self._names.items() if name.person_id == person_id]
        reasons = {self._different[group][other] for other in same_name if other in self._different[group]}
        if reasons:
            return frozenset(reasons)
        self._names[group] = Name(person_id, seq)
        for other in same_name:
            if not self._contradictions(group, other) and not self._share_a_frame(group, other):
                group = self._join(group, other, seq)
        return frozenset()

    def refuse_name(self, group: Group, person_id: str, seq: int) -> frozenset[int]:
        """Say that a group does not show this person. Returns the decisions that contradict it."""
        known = self._names.get(group)
        if known is not None and known.person_id == person_id:
            return frozenset({known.seq})
        self._not_names[group].setdefault(person_id, seq)
        return frozenset()

    def _contradictions(self, one: Group, other: Group) -> set[int]:
        """Return the decisions that forbid uniting two groups."""
        reasons = {self._different[one][other]} if other in self._different[one] else set()
        first, second = self._names.get(one), self._names.get(other)
        if first and second and first.person_id and second.person_id and first.person_id != second.person_id:
            reasons.add(max(first.seq, second.seq))
        for name, group in ((first, other), (second, one)):
            if name and name.person_id in self._not_names[group]:
                reasons.add(self._not_names[group][name.person_id or ""])
        return reasons

    def _share_a_frame(self, one: Group, other: Group) -> bool:
        members = set(self._members[other])
        return any(not members.isdisjoint(self._sharing.get(track, ())) for track in self._members[one])

    def _join(self, kept: Group, joined: Group, seq: int) -> Group:
        for track in self._members[joined]:
            self._group_of[track] = kept
        self._members[kept] += self._members.pop(joined)
        for other, since in self._different.pop(joined, {}).items():
            del self._different[other][joined]
            self._different[kept].setdefault(other, since)
            self._different[other].setdefault(kept, since)
        self._joined_by[kept] |= self._joined_by.pop(joined, set()) | {seq}
        for person, since in self._not_names.pop(joined, {}).items():
            self._not_names[kept].setdefault(person, since)
        if (name := self._names.pop(joined, None)) is not None:
            known = self._names.get(kept)
            self._names[kept] = name if known is None or name.seq > known.seq else known
        return kept
