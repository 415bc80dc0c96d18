"""Build the document `season_screen_time.json` from the screen time of the episodes of a show."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from screenalytics_assets.contract.screen_time_records import (
    Lane,
    Presence,
    ScreenTime,
    SeasonEpisodeSpan,
    SeasonLane,
    SeasonScreenTime,
)
from screenalytics_assets.contract.season_records import LeftOut, SeasonIdentities
from screenalytics_assets.screen_time.intervals import DECIMALS, union
from screenalytics_assets.screen_time.timeline import presence_figures, spans_of

_SUMMED = ("seconds", "confirmed_seconds", "automatic_seconds", "uncertain_seconds")


@dataclass(frozen=True)
class Who:
    """Whom a lane of the season shows: a person, or else an identity."""

    lane_id: str
    person_id: str | None


def build_season(
    show: str, episodes: Sequence[ScreenTime], season: SeasonIdentities | None, left_out: Sequence[LeftOut] = ()
) -> SeasonScreenTime:
    """Return the screen time of a show: a lane per person, and per unnamed identity of the season.

    People are the same in all episodes. An unnamed identity of an episode belongs to the identity of the season that
    has most of its tracks, and to that identity's person if people named it. Without one it is a lane of its own.
    `episodes` are in order.
    """
    lanes: defaultdict[Who, defaultdict[str, list[Lane]]] = defaultdict(lambda: defaultdict(list))
    season_of = _season_identities(season)
    for episode in episodes:
        for lane in episode.lanes:
            lanes[_who(episode.ep_id, lane, season_of)][episode.ep_id].append(lane)
    by_id = {episode.ep_id: episode for episode in episodes}
    duration_s = round(sum(episode.duration_s for episode in episodes), DECIMALS)
    rows = [_season_lane(who, of_episode, by_id, duration_s) for who, of_episode in lanes.items()]
    return SeasonScreenTime(
        show=show,
        duration_s=duration_s,
        episodes=tuple(SeasonEpisodeSpan(ep_id=row.ep_id, duration_s=row.duration_s) for row in episodes),
        left_out=tuple(left_out),
        lanes=tuple(sorted(rows, key=lambda row: (-row.seconds, row.lane_id))),
    )


def _season_identities(season: SeasonIdentities | None) -> dict[tuple[str, str], Who]:
    """Return whom the tracks of the season show, by episode and track."""
    return {
        (ep_id, track): Who(identity.person_id or identity.identity_id, identity.person_id)
        for identity in (season.identities if season else ())
        for ep_id, tracks in identity.tracks.items()
        for track in tracks
    }


def _who(ep_id: str, lane: Lane, season_of: Mapping[tuple[str, str], Who]) -> Who:
    if lane.person_id is not None:
        return Who(lane.person_id, lane.person_id)
    found = [season_of[ep_id, track] for track in lane.track_ids if (ep_id, track) in season_of]
    if not found:
        return Who(f"{ep_id}:{lane.identity_ids[0]}", None)
    return min(set(found), key=lambda who: (-found.count(who), who.lane_id))


def _season_lane(
    who: Who, lanes: Mapping[str, Sequence[Lane]], episodes: Mapping[str, ScreenTime], duration_s: float
) -> SeasonLane:
    presences = {ep_id: _joined(of_episode, episodes[ep_id]) for ep_id, of_episode in lanes.items()}
    totals = {name: round(sum(getattr(one, name) for one in presences.values()), DECIMALS) for name in _SUMMED}
    every = [lane for of_episode in lanes.values() for lane in of_episode]
    return SeasonLane(
        lane_id=who.lane_id,
        person_id=who.person_id,
        name=next((lane.name for lane in every if lane.name), None),
        label=next((lane.label for lane in every if lane.label), None),
        share=round(min(1.0, totals["seconds"] / duration_s), 6) if duration_s else 0.0,
        shots=sum(one.shots for one in presences.values()),
        episodes=presences,
        **totals,
    )


def _joined(lanes: Sequence[Lane], episode: ScreenTime) -> Presence:
    """Return the presence of all these lanes of an episode together. What they share counts once."""
    shot_ids = {shot for lane in lanes for shot in lane.shot_ids}
    spans = union(spans_of(lanes), float(1 / Fraction(episode.frame_rate)) / 2)
    return Presence.model_validate(
        {
            "identity_ids": tuple(sorted(identity for lane in lanes for identity in lane.identity_ids)),
            "track_ids": tuple(sorted(track for lane in lanes for track in lane.track_ids)),
            "shots": len(shot_ids),
            "shot_ids": tuple(sorted(shot_ids)),
            **presence_figures(spans, episode.duration_s),
        }
    )
