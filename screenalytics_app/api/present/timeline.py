"""The body of the timeline."""

from fractions import Fraction

from screenalytics_app.api.models.timeline import Bar, ShotBar, Timeline, TimelineLane
from screenalytics_assets.contract.screen_time_records import Lane, ScreenTime


def timeline_body(screen_time: ScreenTime) -> Timeline:
    """Return the timeline with people before unnamed identities."""
    return Timeline(
        ep_id=screen_time.ep_id,
        duration_s=screen_time.duration_s,
        frame_s=float(1 / Fraction(screen_time.frame_rate)),
        player_offset_s=screen_time.player_offset_s,
        shots=tuple(ShotBar(shot_id=s.shot_id, first_s=s.first_s, end_s=s.end_s) for s in screen_time.shots),
        lanes=tuple(_lane(lane) for lane in sorted(screen_time.lanes, key=lambda lane: lane.person_id is None)),
        seconds_in_no_identity=screen_time.seconds_in_no_identity,
    )


def _lane(lane: Lane) -> TimelineLane:
    return TimelineLane(
        lane_id=lane.lane_id,
        person_id=lane.person_id,
        name=lane.name,
        label=lane.label,
        named_by=lane.named_by,
        identity_ids=lane.identity_ids,
        seconds=lane.seconds,
        confirmed_seconds=lane.confirmed_seconds,
        automatic_seconds=lane.automatic_seconds,
        uncertain_seconds=lane.uncertain_seconds,
        share=lane.share,
        shots=lane.shots,
        bars=tuple(Bar(first_s=a.first_s, end_s=a.end_s, state=a.state) for a in lane.appearances),
    )
