"""Progress bars of a run."""

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

from screenalytics_app.cli import output
from screenalytics_resources.progress import PhaseOf, Progress, Report


class BarProgress:
    """One bar per stage, with an estimate of the remaining time; passes all reports on to `also`.

    With `as_json` the bars go to stderr, because stdout is for the JSON alone.
    """

    def __init__(self, also: Progress, as_json: bool = False) -> None:
        self.bars = RichBars(
            TextColumn("{task.description:<19}"),
            BarColumn(bar_width=14),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("eta"),
            TimeRemainingColumn(),
            console=Console(stderr=True) if as_json else output.console,
        )
        self._also = also

    def start(self, ep_id: str, stage: str, total: int, unit: str, phase: PhaseOf | None = None) -> Report:
        """Add a bar for a stage or a phase, and return what to call as units are done."""
        task = self.bars.add_task(phase.name if phase else stage, total=total or None, unit=unit)
        pass_on = self._also.start(ep_id, stage, total, unit, phase)

        def report(done: int) -> None:
            # Containers understate their number of frames, so the total grows with what is done.
            known = self.bars.tasks[task].total
            self.bars.update(task, completed=done, total=None if known is None else max(known, done))
            pass_on(done)

        return report
