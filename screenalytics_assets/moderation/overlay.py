"""Overlay: the identities of the last run with everything that people decided since, without clustering.

Readers see this between two runs. Changes apply in the order in which people made them: a merge moves whole identities,
also the tracks that nobody saw, which the next run may place elsewhere by likeness. Then the result is brought in line
with `replay`. So overlay and next run agree on everything that a person said.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.moderation.fold import live
from screenalytics_assets.moderation.members import Members
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity, Moderation, Scene
from screenalytics_resources.decisions.records import Decision


def overlay(
    identities: Identities,
    decisions: Sequence[Decision],
    scene: Scene,
    moderation: Moderation | None = None,
    resolver: Resolver | None = None,
) -> ModeratedEpisode:
    """Return the identities of the episode with all decisions.

    `decisions` are all those of the episode, in order of seq. `identities` includes the first of them already.
    `moderation` is their replay on `scene`, and `resolver` that of the scene, if the caller has them.
    """
    resolver = resolver or Resolver(scene)
    moderation = replay(decisions, scene, resolver) if moderation is None else moderation
    last_seq = identities.decisions.last_seq if identities.decisions else 0
    included = {decision.seq for decision in live([d for d in decisions if d.seq <= last_seq])}
    now = live(decisions)
    counting = {decision.seq for decision in now}
    members = Members(identities, scene, resolver)
    for decision in reversed(decisions):
        if decision.seq in included - counting:
            members.restore(decision.before)
    changes = (decision for decision in now if decision.seq not in included)
    for _, decisions_of_gesture in groupby(changes, key=lambda decision: decision.gesture_id):
        gesture = list(decisions_of_gesture)
        for position, decision in enumerate(gesture, 1):
            members.apply(decision, gesture[position:], decisions)
    members.agree_with(moderation)
    return _episode(members, scene, len(decisions), moderation)


def _episode(members: Members, scene: Scene, last_seq: int, moderation: Moderation) -> ModeratedEpisode:
    order = {track.track_id: position for position, track in enumerate(scene.tracks)}
    seconds = {track.track_id: track.duration_s + scene.frame_s for track in scene.tracks}
    locked = frozenset(track for lock in moderation.locks for track in lock)
    present = {name: sorted(tracks, key=order.__getitem__) for name, tracks in members.present().items()}
    inside = {track for tracks in present.values() for track in tracks}
    successors = {old: members.successor(old) for old in members.successors if old not in present}
    return ModeratedEpisode(
        last_seq=last_seq,
        identities=tuple(_identity(name, tracks, moderation, locked, seconds) for name, tracks in present.items()),
        unassigned=tuple(t for t in order if t not in inside and t not in moderation.dismissed),
        dismissed=moderation.dismissed,
        successors={old: new for old, new in successors.items() if new in present},
        next_identity_number=members.next_number,
    )


def _identity(
    name: str,
    tracks: Sequence[str],
    moderation: Moderation,
    locked: frozenset[str],
    seconds: Mapping[str, float],
) -> ModeratedIdentity:
    refused = (moderation.not_names.get(track, frozenset()) for track in tracks)
    return ModeratedIdentity(
        identity_id=name,
        track_ids=tuple(tracks),
        locked=not locked.isdisjoint(tracks),
        label=value_of_most(moderation.labels, tracks, seconds),
        person_id=value_of_most(moderation.names, tracks, seconds),
        not_people=frozenset[str]().union(*refused),
        representative=next(((t, ts) for t, ts in moderation.representatives.items() if t in tracks), None),
        reviewed=not moderation.reviewed.isdisjoint(tracks),
    )


def value_of_most(values: Mapping[str, str], tracks: Sequence[str], seconds: Mapping[str, float]) -> str | None:
    """Return the value of the tracks that has most seconds, the first in order on a tie; None without any."""
    total: defaultdict[str, float] = defaultdict(float)
    for track in tracks:
        if track in values:
            total[values[track]] += seconds[track]
    return min(total, key=lambda value: (-total[value], value), default=None)
