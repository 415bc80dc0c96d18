"""Screen time: who is on screen how long, longest first."""

from rich.console import Group

from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.contract.screen_time_records import Lane, ScreenTime, SeasonLane, SeasonScreenTime


def screen_time_table(content: ScreenTime | SeasonScreenTime, wide: bool = False) -> Group:
    """Return one row per person and per unnamed identity; ids and where they appear first and last if `wide`."""
    is_episode = isinstance(content, ScreenTime)
    table = new_table(
        text("who"),
        *(number(name) for name in ("seconds", "share", "confirmed", "automatic", "uncertain")),
        number("shots" if is_episode else "episodes"),
        *([word("first"), word("last"), text("ids")] if wide else []),
    )
    for lane in content.lanes:
        add_row(
            table,
            lane.title,
            f"{lane.seconds:.1f}",
            f"{100 * lane.share:.1f} %",
            *(f"{part:.1f}" for part in (lane.confirmed_seconds, lane.automatic_seconds, lane.uncertain_seconds)),
            lane.shots if isinstance(lane, Lane) else len(lane.episodes),
            *(_where(lane) if wide else []),
        )
    name = content.ep_id if isinstance(content, ScreenTime) else content.show
    return titled(f"{name}: {len(content.lanes)} people and unnamed identities in {content.duration_s:.1f} s", table)


def screen_time_total(content: ScreenTime | SeasonScreenTime) -> str:
    """Return what the table does not show, in a sentence."""
    if isinstance(content, SeasonScreenTime):
        return f"Episodes: {len(content.episodes)}. Left out: {len(content.left_out)}."
    return (
        f"Faces in no identity: {content.seconds_in_no_identity:.1f} s of {len(content.tracks_in_no_identity)} tracks."
    )


def _where(lane: Lane | SeasonLane) -> list[str]:
    """Return when the lane appears first and last, in seconds, and its ids."""
    if isinstance(lane, Lane):
        return [f"{lane.first_s:.1f}", f"{lane.end_s:.1f}", " ".join(lane.identity_ids)]
    first, last = next(iter(lane.episodes)), list(lane.episodes)[-1]
    ends = f"{first} {lane.episodes[first].first_s:.1f}", f"{last} {lane.episodes[last].end_s:.1f}"
    return [*ends, lane.lane_id]
