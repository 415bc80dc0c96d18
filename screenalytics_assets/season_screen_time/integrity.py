"""Problems of the stored screen time of a show: does it add up with its episodes?"""

from collections import Counter
from collections.abc import Mapping

from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime

_ROUNDING_S = 0.0005
"""Half a millisecond: times are rounded to milliseconds."""


def season_time_problems(season: SeasonScreenTime, episodes: Mapping[str, ScreenTime]) -> list[str]:
    """Return one clause per problem: each identity of each episode must be in one lane, and seconds must add up."""
    stated = Counter(
        (ep_id, identity)
        for lane in season.lanes
        for ep_id, presence in lane.episodes.items()
        for identity in presence.identity_ids
    )
    lane_of = {
        (ep_id, identity): lane
        for ep_id, episode in episodes.items()
        for lane in episode.lanes
        for identity in lane.identity_ids
    }
    pairs = sorted(stated.keys() | lane_of.keys())
    problems = [
        f"{identity} of {ep_id} counts {stated[ep_id, identity]} times instead of {int((ep_id, identity) in lane_of)}"
        for ep_id, identity in pairs
        if stated[ep_id, identity] != ((ep_id, identity) in lane_of)
    ]
    if problems:
        return problems
    for number, lane in enumerate(season.lanes, 1):
        for ep_id, presence in lane.episodes.items():
            parts = {id(row): row for row in (lane_of[ep_id, name] for name in presence.identity_ids)}.values()
            longest, together = max(row.seconds for row in parts), sum(row.seconds for row in parts)
            if not longest - _ROUNDING_S <= presence.seconds <= together + _ROUNDING_S:
                problems.append(
                    f"lane {number} has {presence.seconds} s in {ep_id}, where its identities have {longest:.3f} s or "
                    f"more, and {together:.3f} s or less"
                )
        total = sum(presence.seconds for presence in lane.episodes.values())
        if abs(total - lane.seconds) > _ROUNDING_S:
            problems.append(f"lane {number} has {lane.seconds} s, but its episodes have {total:.3f} s")
    return problems
