"""What decisions mean across the episodes of a show.

What holds within an episode holds in the season. Two identities of different episodes are one person if a person said
so, or if both have the same name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from screenalytics_assets.moderation.facts import Facts
from screenalytics_assets.moderation.fold import live
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.sharing import tracks_sharing_frames
from screenalytics_assets.moderation.state import Moderation, Scene
from screenalytics_resources.decisions.records import Decision, Subject

SeasonTrack = tuple[str, str]
"""Episode id and track id."""


@dataclass(frozen=True)
class ModeratedEpisodeTracks:
    """The tracks of an episode, and what the decisions of its own log mean."""

    scene: Scene
    moderation: Moderation


@dataclass(frozen=True)
class SeasonModeration:
    """Meaning of all decisions for the tracks of a show.

    Attributes:
        groups: tracks of one person; each track is in at most one group, of two or more.
        apart: pairs of tracks of different people, one or more for each pair of groups or single tracks.
        together: pairs of a group that share a frame, which a person allowed.
        dismissed: tracks that take no part.
        names: track -> person id, said by a person.
        unnamed: tracks whose name does not hold in the season, because it contradicts other decisions.
        lost: decisions (seq in the log of the show) whose faces were not found.
        overruled: decisions that others contradict.
    """

    groups: tuple[tuple[SeasonTrack, ...], ...] = ()
    apart: tuple[tuple[SeasonTrack, SeasonTrack], ...] = ()
    together: tuple[tuple[SeasonTrack, SeasonTrack], ...] = ()
    dismissed: frozenset[SeasonTrack] = frozenset()
    names: Mapping[SeasonTrack, str] = field(default_factory=dict)
    unnamed: tuple[SeasonTrack, ...] = ()
    lost: tuple[int, ...] = ()
    overruled: tuple[int, ...] = ()


NOTHING_DECIDED = SeasonModeration()


def season_moderation(
    episodes: Mapping[str, ModeratedEpisodeTracks], said: Sequence[Decision] = ()
) -> SeasonModeration:
    """Return what the decisions mean for a show.

    `said` is the log of the show: `same` and `differ` between identities of two episodes, which name their episode.
    """
    facts: Facts[SeasonTrack] = Facts(_weights(episodes), _sharing(episodes))
    for ep_id, episode in episodes.items():
        for group in episode.moderation.groups:
            facts.unite([(ep_id, track) for track in group], 0)
        for one, other in episode.moderation.apart:
            facts.separate([(ep_id, one)], [(ep_id, other)], 0)
        for locked in episode.moderation.locks:
            facts.unite([(ep_id, track) for track in locked], 0)
        for track, people in episode.moderation.not_names.items():
            for person in people:
                facts.refuse_name(facts.groups_of([(ep_id, track)])[0], person, 0)
    lost, overruled = _accept(facts, said, episodes)
    for ep_id, episode in episodes.items():
        for track, person in episode.moderation.names.items():
            facts.give_name(facts.groups_of([(ep_id, track)])[0], person, 0)
    dismissed = frozenset((ep_id, track) for ep_id, e in episodes.items() for track in e.moderation.dismissed)
    groups = {
        group: tuple(sorted(t for t in facts.members(group) if t not in dismissed)) for group in facts.all_groups()
    }
    named = {group: name.person_id for group in groups if (name := facts.name(group)) and name.person_id}
    names = {track: person for group, person in named.items() for track in groups[group]}
    said_names = {(ep_id, t): person for ep_id, e in episodes.items() for t, person in e.moderation.names.items()}
    return SeasonModeration(
        groups=tuple(sorted(tracks for tracks in groups.values() if len(tracks) > 1)),
        apart=tuple(
            (groups[one][0], groups[other][0])
            for one, other in facts.different_groups()
            if groups[one] and groups[other]
        ),
        together=tuple(
            ((ep_id, one), (ep_id, other)) for ep_id, e in episodes.items() for one, other in e.moderation.together
        ),
        dismissed=dismissed,
        names=names,
        unnamed=tuple(sorted(t for t, person in said_names.items() if t not in dismissed and names.get(t) != person)),
        lost=lost,
        overruled=overruled,
    )


def _accept(
    facts: Facts[SeasonTrack], said: Sequence[Decision], episodes: Mapping[str, ModeratedEpisodeTracks]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Accept the decisions, newest first. Returns the seq of those that are lost, and of those that are overruled."""
    resolvers = {ep_id: Resolver(episode.scene) for ep_id, episode in episodes.items()}
    lost, overruled = [], []
    for decision in reversed(live(said)):
        found = [_found(subject, resolvers) for subject in decision.subjects]
        if len(found) < 2 or not all(found):
            lost.append(decision.seq)
        elif decision.kind == "same":
            if len(facts.unite([track for tracks in found for track in tracks], decision.seq).groups) > 1:
                overruled.append(decision.seq)
        elif facts.separate(found[0], [track for tracks in found[1:] for track in tracks], decision.seq).blocked_by:
            overruled.append(decision.seq)
    return tuple(sorted(lost)), tuple(sorted(overruled))


def _found(subject: Subject, resolvers: Mapping[str, Resolver]) -> list[SeasonTrack]:
    ep_id = subject.ep_id or ""
    resolver = resolvers.get(ep_id)
    return [(ep_id, track) for track in resolver.tracks_in(subject.anchors)] if resolver else []


def _weights(episodes: Mapping[str, ModeratedEpisodeTracks]) -> dict[SeasonTrack, float]:
    return {
        (ep_id, track.track_id): track.duration_s + episode.scene.frame_s
        for ep_id, episode in episodes.items()
        for track in episode.scene.tracks
    }


def _sharing(episodes: Mapping[str, ModeratedEpisodeTracks]) -> dict[SeasonTrack, frozenset[SeasonTrack]]:
    def in_episode(ep_id: str, tracks: Iterable[str]) -> frozenset[SeasonTrack]:
        return frozenset((ep_id, track) for track in tracks)

    return {
        (ep_id, track): in_episode(ep_id, others)
        for ep_id, episode in episodes.items()
        for track, others in tracks_sharing_frames(episode.scene).items()
    }
