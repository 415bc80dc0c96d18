"""The library by stage and in total, its episodes, and the plan of a backfill."""

from collections import defaultdict

from rich.console import Group
from rich.table import Table
from rich.text import Text

from screenalytics_app.actions.episode_status import ArtifactStatus, EpisodeStatus
from screenalytics_app.actions.library_status import LibraryStatus
from screenalytics_app.cli.tables.layout import add_row, count, new_table, number, text, titled, word
from screenalytics_assets.library.backfill_plan import BackfillPlan
from screenalytics_assets.library.episode_states import EpisodeState
from screenalytics_assets.settings.episode_settings import settings_text
from screenalytics_resources.plain_text import printable

STYLES = {"present": "green", "missing": "", "damaged": "bold red"}


def library_report(status: LibraryStatus) -> Group:
    """Return one row per stage, and two lines with the totals and the throughput."""
    table = new_table(word("stage"), number("up to date"), number("to make"), number("failing checks"))
    for stage in status.stages:
        add_row(table, stage.asset, stage.up_to_date, stage.to_make, stage.failing_checks)
    totals = (
        f"{count(status.episodes, 'episode')}: {status.up_to_date} up to date, {status.stale} stale, {status.missing} "
        f"incomplete, {status.without_video} without video"
    )
    unreadable = [Text(f"not counted: {printable(key)}\n  {printable(why)}") for key, why in status.unreadable.items()]
    return titled("episodes by stage", table, Text(f"\n{totals}\n{_speed(status)}"), *unreadable)


def episodes_table(root: str, episodes: tuple[EpisodeStatus, ...], wide: bool = False) -> Group:
    """Return one row per episode: how many artifacts it has; if `wide`, one column per artifact."""
    if wide:
        table = _wide_episodes(episodes)
    else:
        counts = [number(name) for name in ("present", "missing", "damaged", "tracks", "faces")]
        table = new_table(text("episode"), *counts, text("pack"))
        for episode in episodes:
            states = [artifact.state for artifact in episode.artifacts]
            rows = {artifact.asset: _rows(artifact) for artifact in episode.artifacts}
            present, missing, damaged = (states.count(state) for state in ("present", "missing", "damaged"))
            highlighted = Text(str(damaged), style=STYLES["damaged"] if damaged else "")
            cells = (present, missing, highlighted, rows["tracks"], rows["faces"], episode.pack or "-")
            add_row(table, episode.ep_id, *cells)
    return titled(f"artifacts by episode in {root}", table)


def artifacts_table(episode: EpisodeStatus) -> Group:
    """Return one row per artifact of an episode."""
    table = new_table(word("artifact"), word("state"), number("rows"))
    for artifact in episode.artifacts:
        add_row(table, artifact.asset, Text(artifact.state, style=STYLES[artifact.state]), _rows(artifact))
    notes = [Text(f"\nsettings kept with the episode: {settings_text(episode.kept_settings)}")]
    problem = [Text(f"\n{printable(episode.problem)}", style="red")]
    return titled(
        f"{episode.ep_id}, model pack {episode.pack or 'unknown'}",
        table,
        *(notes if episode.kept_settings else []),
        *(problem if episode.problem else []),
    )


def plan_report(plan: BackfillPlan, wide: bool = False) -> Group:
    """Return one row per chosen episode, and below the episodes left out, by reason."""
    table = new_table(text("episode"), word("state"), text("to make"))
    for state in plan.chosen:
        add_row(table, state.ep_id, state.kind, ", ".join(state.to_make) if wide else _first_and_count(state))
    by_reason = defaultdict(list)
    for ep_id, reason in plan.left_out.items():
        by_reason[reason].append(printable(ep_id))
    left_out = [Text(f"\nleft out: {', '.join(names)}\n  {reason}") for reason, names in by_reason.items()]
    return titled(f"{count(len(plan.chosen), 'episode')} to make", *([table] if plan.chosen else []), *left_out)


def _wide_episodes(episodes: tuple[EpisodeStatus, ...]) -> Table:
    names = [artifact.asset for artifact in episodes[0].artifacts] if episodes else []
    table = new_table(text("episode"), *map(word, names), text("pack"))
    for episode in episodes:
        cells = [
            Text(_rows(artifact) if artifact.rows is not None else artifact.state, style=STYLES[artifact.state])
            for artifact in episode.artifacts
        ]
        add_row(table, episode.ep_id, *cells, episode.pack or "-")
    return table


def _rows(artifact: ArtifactStatus) -> str:
    return "-" if artifact.rows is None else str(artifact.rows)


def _first_and_count(state: EpisodeState) -> str:
    first, *others = state.to_make
    return f"{first} and {len(others)} more" if others else first


def _speed(status: LibraryStatus) -> str:
    speed = status.throughput
    if not speed.episodes:
        return "no run in the last 24 hours, so no throughput"
    rate = f"{3600 / speed.seconds_each:.1f} episodes per hour, from {count(speed.episodes, 'recent run')}"
    return rate if status.hours_left is None else f"{rate}; {status.hours_left:.1f} h for the rest"
