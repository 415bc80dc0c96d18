"""Tables of screen time: a CSV row per person, and a Parquet row per appearance."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from screenalytics_assets.contract.screen_time_records import Lane, Presence, ScreenTime, SeasonLane, SeasonScreenTime
from screenalytics_resources.plain_text import printable

Row = Mapping[str, str | float | int | None]
_NAMES = ("lane_id", "person_id", "name", "label")
_SECONDS = ("seconds", "confirmed_seconds", "automatic_seconds", "uncertain_seconds", "share", "shots")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a cell that a spreadsheet would calculate."""


def episode_csv(screen_time: ScreenTime) -> bytes:
    """Return a CSV row per lane of an episode, in UTF-8 with a header, longest on screen first. Times in seconds."""
    columns = ("ep_id", *_NAMES, *_SECONDS, "first_s", "end_s", "appearances", "identity_ids")
    rows: list[Row] = [
        {
            "ep_id": screen_time.ep_id,
            **_shared(lane),
            "first_s": lane.first_s,
            "end_s": lane.end_s,
            "appearances": len(lane.appearances),
            "identity_ids": " ".join(lane.identity_ids),
        }
        for lane in screen_time.lanes
    ]
    return _csv(columns, rows)


def season_csv(screen_time: SeasonScreenTime) -> bytes:
    """Return a CSV row per lane of a show, in UTF-8 with a header, longest on screen first. Times in seconds."""
    columns = ("show", *_NAMES, *_SECONDS, "episodes", "first_ep_id", "first_s", "last_ep_id", "end_s")
    rows: list[Row] = []
    for lane in screen_time.lanes:
        episodes = list(lane.episodes)
        ends: dict[str, str | float] = {
            "first_ep_id": episodes[0],
            "first_s": lane.episodes[episodes[0]].first_s,
            "last_ep_id": episodes[-1],
            "end_s": lane.episodes[episodes[-1]].end_s,
        }
        rows.append({"show": screen_time.show, **_shared(lane), "episodes": len(episodes), **ends})
    return _csv(columns, rows)


def parquet(screen_time: ScreenTime | SeasonScreenTime) -> bytes:
    """Return a Parquet row per appearance, lane by lane in order of time. Times in seconds of the picture."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    texts = ("ep_id", *_NAMES, "state")
    schema = pa.schema(
        [(name, pa.string()) for name in texts] + [(name, pa.float64()) for name in ("first_s", "end_s", "seconds")]
    )
    table = pa.Table.from_pylist(list(_appearances(screen_time)), schema=schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _appearances(screen_time: ScreenTime | SeasonScreenTime) -> Iterator[Row]:
    for ep_id, lane, presence in _presences(screen_time):
        for appearance in presence.appearances:
            yield {
                "ep_id": ep_id,
                **{name: getattr(lane, name) for name in _NAMES},
                "first_s": appearance.first_s,
                "end_s": appearance.end_s,
                "state": appearance.state,
                "seconds": round(appearance.end_s - appearance.first_s, 3),
            }


def _presences(screen_time: ScreenTime | SeasonScreenTime) -> Iterator[tuple[str, Lane | SeasonLane, Presence]]:
    if isinstance(screen_time, ScreenTime):
        yield from ((screen_time.ep_id, lane, lane) for lane in screen_time.lanes)
        return
    for lane in screen_time.lanes:
        yield from ((ep_id, lane, presence) for ep_id, presence in lane.episodes.items())


def _shared(lane: Lane | SeasonLane) -> dict[str, str | float | int | None]:
    return {name: getattr(lane, name) for name in (*_NAMES, *_SECONDS)}


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _cell(value: str | float | int | None) -> str | float | int | None:
    """Return a text on one line. A text that a spreadsheet would calculate begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    return printable(f"'{value}" if value.startswith(_FORMULA) else value)
