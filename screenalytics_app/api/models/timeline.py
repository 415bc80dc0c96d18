"""The timeline of an episode: who is on screen when, and how sure that is."""

from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import Fraction, Model, Seconds

ScreenState = Literal["confirmed", "automatic", "uncertain"]


class Bar(Model):
    """Time without a gap in which a person is on screen in one state."""

    first_s: Seconds
    end_s: Seconds = Field(description="end of the last frame")
    state: ScreenState


class TimelineLane(Model):
    """One person, or one unnamed identity. Its seconds are the sum of the three states; overlaps count once."""

    lane_id: str = Field(description="person id, or the id of the unnamed identity")
    person_id: str | None
    name: str | None
    label: str | None = Field(description="what a person wrote about the identity")
    named_by: Literal["person", "machine"] | None
    identity_ids: tuple[str, ...]
    seconds: Seconds
    confirmed_seconds: Seconds
    automatic_seconds: Seconds
    uncertain_seconds: Seconds
    share: Fraction = Field(description="of the episode")
    shots: int = Field(ge=1, description="number of shots with the person")
    bars: tuple[Bar, ...] = Field(description="in order of time, without overlaps")


class ShotBar(Model):
    """A shot."""

    shot_id: str
    first_s: Seconds
    end_s: Seconds = Field(description="end of the last frame")


class Timeline(Model):
    """Times are seconds from the start of the picture; add `player_offset_s` to get a player's."""

    ep_id: str
    duration_s: Seconds
    frame_s: float = Field(gt=0, description="length of a frame")
    player_offset_s: Seconds
    shots: tuple[ShotBar, ...]
    lanes: tuple[TimelineLane, ...] = Field(description="people first, then unnamed identities, each longest first")
    seconds_in_no_identity: Seconds
