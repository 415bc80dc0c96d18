"""The tracks of each identity while people's changes apply to them, one after the other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.record_types import identity_id_of
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.state import Moderation, Scene
from screenalytics_assets.moderation.vouched import vouched_tracks
from screenalytics_resources.decisions.records import Decision, Membership, Subject


class Members:
    """Memberships of the last run's tracks. Tracks that are gone since are left out."""

    def __init__(self, identities: Identities, scene: Scene, resolver: Resolver) -> None:
        self.successors = {old: new for new, olds in identities.lineage.merged_from.items() for old in olds}
        self.next_number = identities.next_identity_number
        self._resolver = resolver
        self._sharing = resolver.sharing
        self._position = {track.track_id: position for position, track in enumerate(scene.tracks)}
        self._first_ts = {track.track_id: track.first_ts for track in scene.tracks}
        self._seconds = {track.track_id: track.duration_s + scene.frame_s for track in scene.tracks}
        self._home = {
            track: identity.identity_id
            for identity in identities.identities
            for track in identity.track_ids
            if track in self._seconds
        }
        self._tracks: defaultdict[str, set[str]] = defaultdict(set)
        for track, identity in self._home.items():
            self._tracks[identity].add(track)
        self._person = {
            identity.identity_id: identity.labels.person_id
            for identity in identities.identities
            if identity.labels.person_id and identity.labels.assigned_by == "person"
        }

    def present(self) -> dict[str, frozenset[str]]:
        """Return the tracks of every identity that has any, in order of ids."""
        return {identity: frozenset(tracks) for identity, tracks in sorted(self._tracks.items()) if tracks}

    def successor(self, identity_id: str) -> str:
        """Return the identity that `identity_id` became part of, or `identity_id` itself."""
        seen = {identity_id}
        while not self._tracks.get(identity_id) and self.successors.get(identity_id, identity_id) not in seen:
            identity_id = self.successors[identity_id]
            seen.add(identity_id)
        return identity_id

    def apply(self, decision: Decision, rest: Sequence[Decision], all_decisions: Sequence[Decision]) -> None:
        """Apply one decision. `rest` are the later ones of its gesture. Faces that are not found change nothing."""
        match decision.kind:
            case "same":
                self._same(decision)
            case "differ":
                self._differ(decision, {t for d in rest if d.kind == "same" for t in self._selected(d.subjects)})
            case "is_person":
                self._is_person(decision)
            case "cut":
                self._cut(decision)
            case "dismiss":
                self._take_out(self._found(decision.subjects))
            case "restore":
                self._put_back(self._found(decision.subjects), all_decisions)
            case _:
                pass  # the other kinds change no membership

    def restore(self, before: Iterable[Membership]) -> None:
        """Put tracks back where they were before a gesture that was taken back."""
        for membership in before:
            tracks = self._resolver.tracks_in(membership.anchors)
            if membership.identity_id is None:
                self._take_out(tracks)
            else:
                self._put(tracks, membership.identity_id)

    def agree_with(self, moderation: Moderation) -> None:
        """Bring the memberships in line with all accepted facts."""
        self._take_out(moderation.dismissed)
        for group in moderation.groups:
            self._put(group, self._main_home(group) or self._new_identity())
        group_of = {track: group for group in moderation.groups for track in group}
        for pair in moderation.apart:
            homes = {self._home.get(track) for track in pair}
            if len(homes) == 1 and None not in homes:
                sides = [group_of.get(track, (track,)) for track in pair]
                self._put(min(sides, key=self._total), self._new_identity())
        for track in sorted(vouched_tracks(moderation) - self._home.keys(), key=self._position.__getitem__):
            self._put([track], self._new_identity())

    def _same(self, decision: Decision) -> None:
        target, *others = sorted(decision.subjects, key=lambda subject: subject.role != "target")
        if not all(self._found([subject]) for subject in decision.subjects):
            return
        home = self._target_home(target, decision.value.identity_id)
        self._put(self._found([target]), home)
        for other in others:
            self._merge(other, home)

    def _target_home(self, target: Subject, new_id: str | None) -> str:
        """Return the id of the identity that `same` builds: a new one if selected tracks are to form one."""
        found = self._found([target])
        if new_id is None:
            return self._identity_of(target) or self._new_identity()
        if self._tracks.get(new_id, set()) <= set(found):
            self.next_number = max(self.next_number, int(new_id.rpartition("-")[2]) + 1)
            return new_id
        return self._new_identity()

    def _merge(self, subject: Subject, home: str) -> None:
        """Move a subject to the identity `home`, wholly if it is an identity."""
        source = self._identity_of(subject) if subject.identity_id else None
        if source not in (None, home):
            self._absorb(source or "", home)
        self._put(self._found([subject]), home)

    def _absorb(self, source: str, home: str) -> None:
        self._put(tuple(self._tracks[source]), home)
        self.successors[source] = home
        self.successors.pop(home, None)
        if source in self._person:
            self._person.setdefault(home, self._person.pop(source))

    def _differ(self, decision: Decision, moved_later: set[str]) -> None:
        """Take selected tracks out of the identity of the other side, unless the gesture moves them on."""
        for role, opposite in (("target", "other"), ("other", "target")):
            selected = self._selected(subject for subject in decision.subjects if subject.role == role)
            against = self._found([subject for subject in decision.subjects if subject.role == opposite])
            homes = {self._home.get(track) for track in against}
            leaving = [t for t in selected if t not in moved_later and self._home.get(t) in homes - {None}]
            if leaving:
                self._put(leaving, self._new_identity())
                return

    def _is_person(self, decision: Decision) -> None:
        """Name identities. Identities of one name become one, unless they share a frame."""
        person = decision.value.person_id
        for subject in decision.subjects:
            tracks = self._found([subject])
            home = self._identity_of(subject)
            if person is None:
                self._person.pop(home or "", None)
                continue
            if not tracks:
                continue
            home = home or self._new_identity()
            self._put([track for track in tracks if track not in self._home], home)
            self._person.pop(home, None)
            for named in sorted(identity for identity, name in self._person.items() if name == person):
                if self._tracks[named] and not self._share_a_frame(named, home):
                    self._absorb(home, named)
                    home = named
            self._person[home] = person

    def _cut(self, decision: Decision) -> None:
        """Make a new identity of the later part of a cut track, unless it has one of its own."""
        found = self._found(decision.subjects)
        later = [track for track in found if self._first_ts[track] >= (decision.value.ts or 0.0)]
        homes = {self._home.get(track) for track in found if track not in later} | {None}
        leaving = [track for track in later if self._home.get(track) in homes]
        if leaving and len(later) < len(found):
            self._put(leaving, self._new_identity())

    def _put_back(self, tracks: Sequence[str], decisions: Sequence[Decision]) -> None:
        """Put restored tracks into the identities that they were dismissed from, or into what these became part of."""
        wanted = [track for track in tracks if track not in self._home]
        for decision in decisions:
            if decision.kind == "dismiss":
                for membership in decision.before:
                    back = [t for t in self._resolver.tracks_in(membership.anchors) if t in wanted]
                    if membership.identity_id is not None:
                        self._put(back, self.successor(membership.identity_id))

    def _found(self, subjects: Iterable[Subject]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t for subject in subjects for t in self._resolver.found(subject).tracks))

    def _selected(self, subjects: Iterable[Subject]) -> tuple[str, ...]:
        return self._found(subject for subject in subjects if subject.identity_id is None)

    def _identity_of(self, subject: Subject) -> str | None:
        """Return the identity of a subject: the one that it names, if it has any of its tracks, else the main one."""
        found = self._found([subject])
        if subject.identity_id is not None:
            named = self.successor(subject.identity_id)
            if not self._tracks.get(named, set()).isdisjoint(found):
                return named
        return self._main_home(found)

    def _main_home(self, tracks: Sequence[str]) -> str | None:
        """Return the identity of most seconds of these tracks, the first in order on a tie; None if all are in none."""
        seconds: defaultdict[str, float] = defaultdict(float)
        for track in tracks:
            if track in self._home:
                seconds[self._home[track]] += self._seconds[track]
        return min(seconds, key=lambda identity: (-seconds[identity], identity), default=None)

    def _put(self, tracks: Iterable[str], home: str) -> None:
        for track in tuple(tracks):
            self._take_out([track])
            self._home[track] = home
            self._tracks[home].add(track)

    def _take_out(self, tracks: Iterable[str] | Mapping[str, object]) -> None:
        for track in tracks:
            if (home := self._home.pop(track, None)) is not None:
                self._tracks[home].discard(track)

    def _new_identity(self) -> str:
        self.next_number += 1
        return identity_id_of(self.next_number - 1)

    def _total(self, tracks: Iterable[str]) -> float:
        return sum(self._seconds[track] for track in tracks)

    def _share_a_frame(self, one: str, other: str) -> bool:
        return any(not self._tracks[other].isdisjoint(self._sharing.get(track, ())) for track in self._tracks[one])
