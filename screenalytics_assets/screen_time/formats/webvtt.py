"""Chapters for a video player, as WebVTT: consecutive shots with the same people are one chapter."""

from collections import defaultdict
from html import escape
from itertools import groupby

from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_resources.plain_text import printable


def webvtt(screen_time: ScreenTime) -> bytes:
    """Return the chapters in UTF-8, on the clock of a player. Shots without anybody are in no chapter."""
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for lane in screen_time.lanes:
        for shot_id in lane.shot_ids:
            titles[shot_id].append(printable(lane.title))
    offset_s = screen_time.player_offset_s
    blocks = ["WEBVTT"]
    for people, group in groupby(screen_time.shots, key=lambda shot: ", ".join(titles[shot.shot_id])):
        shots = list(group)
        if people:
            times = f"{_time(shots[0].first_s + offset_s)} --> {_time(shots[-1].end_s + offset_s)}"
            blocks.append(f"{len(blocks)}\n{times}\n{escape(people, quote=False)}")
    return ("\n\n".join(blocks) + "\n").encode()


def _time(seconds: float) -> str:
    """Return a time as `HH:MM:SS.mmm`."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
