"""The time line of an episode: a lane per person and per unnamed identity, with intervals and their state, and shots.

It works on identities with all decisions laid over them. A run and the readers between two runs use it alike, so the
artifact and every view of the present agree.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import EpisodeVideo, Shot, Track, Tracks
from screenalytics_assets.contract.screen_time_records import (
    Appearance,
    Lane,
    Presence,
    ScreenState,
    ScreenTime,
    ShotSpan,
)
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity, Moderation
from screenalytics_assets.moderation.vouched import vouched_tracks
from screenalytics_assets.screen_time.frame_rate import frame_rate
from screenalytics_assets.screen_time.intervals import DECIMALS, Spans, union
from screenalytics_assets.screen_time.people import Person

STATES: tuple[ScreenState, ...] = ("confirmed", "automatic", "uncertain")


@dataclass(frozen=True)
class Footage:
    """What the time line needs to know of the video.

    `shots` are in order of time; `duration_s` is the length of the decoded video, and `fps` its measured frames per
    second. `player_offset_s` is what a player's clock adds to our times.
    """

    ep_id: str
    shots: Sequence[Shot]
    duration_s: float
    fps: float
    player_offset_s: float = 0.0

    @classmethod
    def of(cls, tracks: Tracks, video: EpisodeVideo) -> "Footage":
        """Return the footage of the stored tracks."""
        metrics = tracks.metrics
        return cls(tracks.ep_id, tracks.shots, metrics.duration_s, metrics.source_fps, video.player_offset_s)

    @property
    def frame_s(self) -> float:
        """Length of a frame in seconds."""
        return 1 / self.fps


def timeline(
    footage: Footage,
    tracks: Sequence[Track],
    moderated: ModeratedEpisode,
    moderation: Moderation,
    uncertain: Collection[str],
    people: Mapping[str, Person],
) -> ScreenTime:
    """Return who is on screen when. Times are seconds from the first frame of the picture, to the millisecond.

    A track is on screen from its first frame to the end of its last one, and a person while one of their tracks is. A
    part of that is confirmed if one of its tracks is; else automatic; uncertain if all its tracks are.

    Args:
        footage: shots, duration and frame rate.
        tracks: all tracks of the episode; deleted ones do not count.
        moderated: the identities, with all decisions laid over them.
        moderation: what people said about the tracks. A track is confirmed if a person named, labelled, locked,
            reviewed, moved or compared it.
        uncertain: tracks whose membership is uncertain; see `uncertain_tracks`.
        people: identity -> person, of the named ones.
    """
    present = {track.track_id: track for track in tracks if not track.deleted}
    last = max((track.last_ts + footage.frame_s for track in present.values()), default=0.0)
    footage = replace(footage, duration_s=round(max(footage.duration_s, last), DECIMALS))
    states = _states(present, vouched_tracks(moderation), uncertain)
    lanes = [
        _lane(group, [people[row.identity_id] for row in group if row.identity_id in people], shown, states, footage)
        for group in _groups(moderated, people)
        if (shown := [present[t] for identity in group for t in identity.track_ids if t in present])
    ]
    outside = [present[track] for track in moderated.unassigned if track in present]
    return ScreenTime(
        ep_id=footage.ep_id,
        duration_s=footage.duration_s,
        frame_rate="{0.numerator}/{0.denominator}".format(frame_rate(footage.fps)),
        player_offset_s=round(footage.player_offset_s, DECIMALS),
        shots=tuple(_shot(shot, footage.frame_s) for shot in footage.shots),
        lanes=tuple(sorted(lanes, key=lambda lane: (-lane.seconds, lane.lane_id))),
        tracks_in_no_identity=tuple(track.track_id for track in outside),
        seconds_in_no_identity=_union(outside, states, footage.frame_s).seconds(),
    )


def uncertain_tracks(identities: Identities) -> frozenset[str]:
    """Return the tracks whose membership the run judged uncertain."""
    rows = (member for identity in identities.identities for member in identity.members or ())
    return frozenset(member.track_id for member in rows if member.uncertain)


def presence_figures(spans: Spans, duration_s: float) -> dict[str, object]:
    """Return the fields of a `Presence` that follow from spans without overlaps, and the seconds of the episode."""
    seconds = spans.seconds()
    return {
        "seconds": seconds,
        **{f"{state}_seconds": spans.seconds(number) for number, state in enumerate(STATES)},
        "share": round(min(1.0, seconds / duration_s), 6) if duration_s else 0.0,
        "first_s": float(spans.first[0]),
        "end_s": float(spans.end[-1]),
        "appearances": tuple(
            Appearance(first_s=first, end_s=end, state=STATES[state])
            for first, end, state in zip(spans.first.tolist(), spans.end.tolist(), spans.state.tolist(), strict=True)
        ),
    }


def spans_of(presences: Sequence[Presence]) -> Spans:
    """Return the appearances of all these as spans, which may overlap."""
    rows = [appearance for presence in presences for appearance in presence.appearances]
    return Spans.of(
        [row.first_s for row in rows], [row.end_s for row in rows], [STATES.index(row.state) for row in rows]
    )


def _states(tracks: Collection[str], vouched: Collection[str], uncertain: Collection[str]) -> dict[str, int]:
    """Return the position in `STATES` of each track."""
    return {track: 0 if track in vouched else 2 if track in uncertain else 1 for track in tracks}


def _groups(moderated: ModeratedEpisode, people: Mapping[str, Person]) -> list[list[ModeratedIdentity]]:
    """Return the identities of each person together, and every other identity alone."""
    groups: defaultdict[tuple[str, str], list[ModeratedIdentity]] = defaultdict(list)
    for identity in moderated.identities:
        person = people.get(identity.identity_id)
        key = ("identity", identity.identity_id) if person is None else ("person", person.person_id)
        groups[key].append(identity)
    return list(groups.values())


def _lane(
    group: Sequence[ModeratedIdentity],
    named: Sequence[Person],
    tracks: Sequence[Track],
    states: Mapping[str, int],
    footage: Footage,
) -> Lane:
    in_time = sorted(tracks, key=lambda track: (track.first_ts, track.track_id))
    shot_ids = tuple(dict.fromkeys(track.shot_id for track in in_time))
    spans = _union(in_time, states, footage.frame_s)
    person = min(named, key=lambda one: one.named_by != "person", default=None)  # a person's word before the machine's
    return Lane.model_validate(
        {
            "lane_id": person.person_id if person else group[0].identity_id,
            "person_id": person.person_id if person else None,
            "name": person.name if person else None,
            "named_by": person.named_by if person else None,
            "label": next((identity.label for identity in group if identity.label), None),
            "identity_ids": tuple(identity.identity_id for identity in group),
            "track_ids": tuple(track.track_id for track in in_time),
            "shots": len(shot_ids),
            "shot_ids": shot_ids,
            **presence_figures(spans, footage.duration_s),
        }
    )


def _union(tracks: Sequence[Track], states: Mapping[str, int], frame_s: float) -> Spans:
    spans = Spans.of(
        [track.first_ts for track in tracks],
        [track.last_ts + frame_s for track in tracks],
        [states[track.track_id] for track in tracks],
    )
    return union(spans, frame_s / 2)


def _shot(shot: Shot, frame_s: float) -> ShotSpan:
    return ShotSpan(
        shot_id=shot.shot_id, first_s=round(shot.first_ts, DECIMALS), end_s=round(shot.last_ts + frame_s, DECIMALS)
    )
