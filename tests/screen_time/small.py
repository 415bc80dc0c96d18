"""Screen time of a few lanes, with names as bad as they can be."""

from collections.abc import Mapping, Sequence

from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.screen_time_records import Lane, ScreenTime
from screenalytics_assets.moderation.state import NO_MODERATION, ModeratedEpisode, ModeratedIdentity, Moderation
from screenalytics_assets.screen_time.people import Person
from screenalytics_assets.screen_time.timeline import Footage, timeline
from tests.tiny_episode import EP_ID, make_shot, make_track

BAD_NAMES = (
    'Ann "The\nBoss" Example',
    "=cmd|' /C calc'!A0",
    "00:00:01.000 --> 00:00:02.000 <b>&amp;",
    "|C:ResolveColorRed |M:x |D:1",
    "Zoë, $x^2$ 李小龍",
)


def spanning(number: int, first_s: float, last_s: float, fps: float = 25.0, shot: int = 1) -> Track:
    """Make a track that shows its first frame at `first_s` and its last at `last_s` seconds."""
    frames = round(first_s * fps), round(last_s * fps)
    return make_track(number, frames, shot, first_ts=first_s, last_ts=last_s)


def moderated(identities: Mapping[int, Sequence[int]], unassigned: Sequence[int] = ()) -> ModeratedEpisode:
    """Return identities that have these tracks, by number."""
    rows = tuple(
        ModeratedIdentity(f"identity-{number:05d}", tuple(f"track-{track:05d}" for track in tracks))
        for number, tracks in identities.items()
    )
    return ModeratedEpisode(0, rows, tuple(f"track-{track:05d}" for track in unassigned), {}, {}, 9)


def screen_time_of(
    tracks: Sequence[Track],
    identities: Mapping[int, Sequence[int]],
    people: Mapping[int, str] | None = None,
    fps: float = 25.0,
    duration_s: float = 10.0,
    uncertain: Sequence[int] = (),
    moderation: Moderation = NO_MODERATION,
    unassigned: Sequence[int] = (),
    player_offset_s: float = 0.0,
) -> ScreenTime:
    """Return the time line of these tracks. `people` are the names of identities, by number."""
    named = {
        f"identity-{number:05d}": Person(_person_id(name), name, "machine") for number, name in (people or {}).items()
    }
    shots = [make_shot(number, 25 * (number - 1), 25 * number - 1) for number in (1, 2)]
    return timeline(
        Footage(EP_ID, shots, duration_s, fps, player_offset_s),
        tracks,
        moderated(identities, unassigned),
        moderation,
        {f"track-{track:05d}" for track in uncertain},
        named,
    )


def _person_id(name: str) -> str:
    return f"person-{BAD_NAMES.index(name) + 1}" if name in BAD_NAMES else name.lower()


def badly_named(fps: float = 25.0, player_offset_s: float = 0.0) -> ScreenTime:
    """Return a time line with a lane per bad name, each on screen for a second or two."""
    count = len(BAD_NAMES)
    tracks = [spanning(number, number, number + 1.0 + 0.1 * number, fps) for number in range(1, count + 1)]
    identities = {number: [number] for number in range(1, count + 1)}
    return screen_time_of(
        tracks, identities, dict(enumerate(BAD_NAMES, 1)), fps, uncertain=[2], player_offset_s=player_offset_s
    )


def spans(lane: Lane) -> list[tuple[float, float, str]]:
    return [(row.first_s, row.end_s, row.state) for row in lane.appearances]
