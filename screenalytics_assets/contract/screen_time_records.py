"""Records of `screen_time.json` and `season_screen_time.json`. The files themselves are declared in `schemas`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, IdentityId, Record, Seconds, ShotId, TrackId
from screenalytics_assets.contract.season_records import LeftOut

ScreenState = Literal["confirmed", "automatic", "uncertain"]
"""How sure it is who is on screen, surest first."""


class Appearance(Record):
    """Time without a gap in which a person is on screen in one state."""

    first_s: Seconds
    end_s: Seconds = Field(description="end of the last frame")
    state: ScreenState = Field(
        description="confirmed: a person said so; uncertain: only tracks whose membership is uncertain show it"
    )


class ShotSpan(Record):
    """Shot on the time line."""

    shot_id: ShotId
    first_s: Seconds
    end_s: Seconds = Field(description="end of the last frame")


class Presence(Record):
    """When and how long one person, or one unnamed identity, is on screen in an episode. Overlaps count once."""

    identity_ids: tuple[IdentityId, ...] = Field(min_length=1)
    track_ids: tuple[TrackId, ...] = Field(min_length=1, description="without deleted tracks, in order of time")
    seconds: Seconds = Field(description="length of the union of its tracks' spans; the sum of the next three")
    confirmed_seconds: Seconds
    automatic_seconds: Seconds
    uncertain_seconds: Seconds
    share: Fraction = Field(description="seconds by the duration of the episode")
    shots: int = Field(ge=1, description="number of shots with one of its tracks")
    shot_ids: tuple[ShotId, ...]
    first_s: Seconds
    end_s: Seconds = Field(description="end of the last frame on screen")
    appearances: tuple[Appearance, ...] = Field(description="in order of time, without overlaps")


class Lane(Presence):
    """One person, or one unnamed identity, on the time line of an episode."""

    lane_id: str = Field(description="person id, or the id of the unnamed identity")
    person_id: str | None
    name: str | None = Field(description="name of the person in the cast")
    label: str | None = Field(description="what a person wrote about the identity")
    named_by: Literal["person", "machine"] | None

    @property
    def title(self) -> str:
        """What readers call the lane: the name of the person, the label, or the id."""
        return self.name or self.person_id or self.label or self.lane_id


class ScreenTime(Record):
    """`screen_time.json`: the time line of an episode. Times are seconds from the first frame of the picture."""

    ep_id: str
    duration_s: Seconds = Field(description="length of the decoded video, or the end of the last track if later")
    frame_rate: str = Field(
        pattern=r"^[1-9]\d*/[1-9]\d*$", description="frames per second as a fraction, such as 24000/1001"
    )
    player_offset_s: Seconds = Field(description="what a video player adds to the times, as its clock starts earlier")
    shots: tuple[ShotSpan, ...]
    lanes: tuple[Lane, ...] = Field(description="longest on screen first")
    tracks_in_no_identity: tuple[TrackId, ...] = Field(description="faces that are on screen in no lane")
    seconds_in_no_identity: Seconds = Field(description="length of the union of these tracks' spans")


class SeasonLane(Record):
    """One person, or one unnamed identity of the season, over all episodes of a show."""

    lane_id: str = Field(
        description="person id, id of the season's identity, or `{ep_id}:{identity}` if it is in none of the season"
    )
    person_id: str | None
    name: str | None
    label: str | None
    seconds: Seconds
    confirmed_seconds: Seconds
    automatic_seconds: Seconds
    uncertain_seconds: Seconds
    share: Fraction = Field(description="seconds by the duration of all episodes")
    shots: int = Field(ge=1)
    episodes: Mapping[str, Presence] = Field(description="episode -> when it is on screen there")

    @property
    def title(self) -> str:
        """What readers call the lane: the name of the person, the label, or the id."""
        return self.name or self.person_id or self.label or self.lane_id


class SeasonEpisodeSpan(Record):
    """Episode that is part of the season's screen time."""

    ep_id: str
    duration_s: Seconds


class SeasonScreenTime(Record):
    """`season_screen_time.json` of a show."""

    show: str
    duration_s: Seconds = Field(description="of all episodes")
    episodes: tuple[SeasonEpisodeSpan, ...]
    left_out: tuple[LeftOut, ...]
    lanes: tuple[SeasonLane, ...] = Field(description="longest on screen first")
