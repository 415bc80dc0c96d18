"""What the command line shows: progress bars, tables, and failed checks with what to do."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichBars
from rich.table import Table

from screenalytics_app.actions.run_episode import CheckResult
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_resources.progress import PhaseOf, Progress, Report

STYLES = {"passed": "green", "WARN": "yellow", "ERROR": "bold red"}


class BarProgress:
    """One bar a stage, with an estimate of the time that remains; passes everything on to `also`."""

    def __init__(self, console: Console, also: Progress) -> None:
        self.bars = RichBars(
            TextColumn("{task.description:<17}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("eta"),
            TimeRemainingColumn(),
            console=console,
        )
        self._also = also

    def start(self, ep_id: str, stage: str, total: int, unit: str, phase: PhaseOf | None = None) -> Report:
        task = self.bars.add_task(phase.name if phase else stage, total=total or None, unit=unit)
        pass_on = self._also.start(ep_id, stage, total, unit, phase)

        def report(done: int) -> None:
            # Containers understate their frames: a bar never shows more done than there is.
            known = self.bars.tasks[task].total
            self.bars.update(task, completed=done, total=None if known is None else max(known, done))
            pass_on(done)

        return report


def identities_table(content: Identities) -> Table:
    """The identities, longest on screen first."""
    table = Table(title=f"{content.ep_id}: {len(content.identities)} identities", title_justify="left")
    table.add_column("identity")
    for name in ("tracks", "faces", "seconds", "cohesion"):
        table.add_column(name, justify="right")
    table.add_column("remarks")
    for identity in sorted(content.identities, key=lambda i: (-i.seconds_on_screen, i.identity_id)):
        remarks = [identity.outlier_reason or "", "low cohesion" if identity.low_cohesion else ""]
        table.add_row(
            identity.label or identity.identity_id,
            str(len(identity.track_ids)),
            str(identity.size),
            f"{identity.seconds_on_screen:.1f}",
            f"{identity.cohesion:.3f}",
            ", ".join(filter(None, remarks)),
        )
    return table


def season_table(content: SeasonIdentities) -> Table:
    """One row an identity of the show, longest on screen first."""
    found = content.metadata
    title = (
        f"{content.show}: {found.num_identities} identities of {found.num_tracks} tracks in {found.num_episodes} "
        f"episodes ({found.mode} run, {found.num_unusable_tracks} unusable tracks)"
    )
    table = Table(title=title, title_justify="left")
    for name in ("identity", "tracks", "episodes", "seconds", "cohesion"):
        table.add_column(name, justify="left" if name == "identity" else "right")
    for identity in sorted(content.identities, key=lambda i: (-i.seconds_on_screen, i.identity_id)):
        table.add_row(
            identity.identity_id,
            str(identity.num_tracks),
            str(len(identity.tracks)),
            f"{identity.seconds_on_screen:.1f}",
            f"{identity.cohesion:.3f}",
        )
    return table


def checks_table(checks: Sequence[CheckResult]) -> Table:
    """Every check with its result; failed ones in colour, with what to do."""
    table = Table(title="asset checks", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("what it says")
    asset = None
    for check in checks:
        if check.asset != asset:
            asset = check.asset
            table.add_section()
            table.add_row(f"[bold]{asset}[/]")
        state = "passed" if check.passed else check.severity
        shown = "BLOCKS" if check.blocks else state
        table.add_row(f"  {check.name}", f"[{STYLES[state]}]{shown}[/]", check.description)
    return table
