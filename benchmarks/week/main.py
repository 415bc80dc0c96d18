"""A week of faults in about an hour: `python -m benchmarks.week.main`.

Web server, daemon and command line build a library of small episodes while runs are killed, Dagster's instance is lost,
and the disk is full for a time. Some files and partition keys are bad. Ends with exit status 1 if an expectation is not
met. The printed results are also written to the results file.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.faults.aftermath import aftermath, newest_states, read_alerts, states_by_key
from benchmarks.live.platform import LivePlatform
from benchmarks.machine import machine, versions
from benchmarks.week import events
from benchmarks.week.disk import small_disk
from benchmarks.week.events import Diary
from benchmarks.week.expectations import (
    Expectation,
    alerts_of_the_bad,
    differences,
    held_locks,
    not_recovered,
    not_whole,
)
from benchmarks.week.growth import per_episode, per_idle_hour
from benchmarks.week.library import (
    CUT_OFF,
    EXPECTED_ALERTS,
    add_odd_keys,
    drop_bad_files,
    episode_ids,
    write_good_film,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

RESULTS = Path(__file__).parents[1] / "results" / "week.json"
KILLS = 5
LEAST_EPISODES = 2 * KILLS
FIXED_DISK_BYTES, DISK_BYTES_PER_EPISODE = 64 * 2**20, 3 * 2**20
"""Size of the disk of the data root. An episode takes 1.3 MB."""
PATIENCE_S, PATIENCE_PER_EPISODE_S = 900.0, 40.0
"""Seconds that a part of the week may take. An episode takes 6 to 15 s on two cores."""

SETTLE_S = 120.0
"""Seconds of rest before growth at rest is measured. The tick of the automation after a change stores about 0.5 MB."""


def main() -> None:
    """Live through the week, print, record, and exit with 1 if an expectation is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.week.main", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--episodes", type=int, default=200, help=f"number of good episodes, at least {LEAST_EPISODES}")
    parser.add_argument("--full-s", type=float, default=90.0, help="seconds for which the disk is full")
    parser.add_argument("--idle-s", type=float, default=600.0, help="seconds of rest in which growth is measured")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args()
    if given.episodes < LEAST_EPISODES:
        raise UserError(f"--episodes {given.episodes} is too small: give at least {LEAST_EPISODES}.")
    with TemporaryDirectory(prefix="screenalytics-week-") as folder:
        size = FIXED_DISK_BYTES + given.episodes * DISK_BYTES_PER_EPISODE
        with small_disk(Path(folder) / "week" / "data", size):
            content, expectations = week(Path(folder), given)
    given.results.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    _show(content, expectations)
    if not all(each.is_met for each in expectations):
        sys.exit(1)


def week(folder: Path, given: argparse.Namespace) -> tuple[dict[str, Any], list[Expectation]]:
    """Live through the week in `folder`, and return the results and the expectations."""
    platform = LivePlatform(folder / "week", events.ENVIRONMENT)
    film = write_good_film(folder)
    reference = _reference(folder / "reference", film)
    diary = Diary()
    try:
        growth = _live(platform, diary, film, given)
        expectations = _expectations(platform, diary, reference, episode_ids(given.episodes))
    finally:
        platform.kill()
    content = {
        "versions": versions(),
        "machine": machine(),
        "episodes": given.episodes,
        "seed": given.seed,
        **events.summary(diary),
        "alerts": states_by_key(read_alerts(platform)),
        "growth": growth,
        "problems": {each.sentence: each.problems for each in expectations},
    }
    return content, expectations


def _reference(folder: Path, film: Path) -> ArtifactStore:
    """Build the first episode without any fault, and return its data root."""
    platform = LivePlatform(folder)
    events.configure(platform)
    diary = Diary()
    events.run_by_command(platform, diary, episode_ids(1)[0], film)
    if diary.problems:
        raise RuntimeError(f"Expected a run without faults: {(folder / 'commands.log').read_text(encoding='utf-8')}")
    return ArtifactStore(str(platform.root))


def _live(platform: LivePlatform, diary: Diary, film: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Let everything happen, and return the growth of the databases.

    Half of the episodes arrive before the kills. Of the rest, one half arrives before the instance is lost, the other
    before the disk is full. The command line builds the last ones, one in twenty, after that.
    """
    episodes = episode_ids(given.episodes)
    patience_s = PATIENCE_S + given.episodes * PATIENCE_PER_EPISODE_S
    half, rest = given.episodes // 2, given.episodes - max(1, given.episodes // 20)
    late = half + (rest - half) // 2
    events.configure(platform)
    platform.start()
    start = events.sizes(platform)
    platform.drop(film, episodes[:half])
    drop_bad_files(platform, film)
    add_odd_keys(platform)
    events.kill_runs(platform, diary, KILLS, given.seed, patience_s)
    events.finish(platform, diary, [*episodes[:half], CUT_OFF], patience_s)
    events.wait_for_alerts(platform, diary, PATIENCE_S)
    first = per_episode(start, events.sizes(platform), half + 1)

    platform.drop(film, episodes[half:late])
    events.lose_instance(platform, diary, [*episodes[:late], CUT_OFF], patience_s)
    start = events.sizes(platform)
    events.finish(platform, diary, [*episodes[:late], CUT_OFF], patience_s)

    platform.drop(film, episodes[late:rest])
    events.fill_disk(platform, diary, given.full_s, patience_s)
    for ep_id in episodes[rest:]:
        events.run_by_command(platform, diary, ep_id, film)
    events.finish(platform, diary, [*episodes, CUT_OFF], patience_s)
    events.command(platform, diary, "status")
    second = per_episode(start, events.sizes(platform), given.episodes - half)

    time.sleep(SETTLE_S)
    start = events.sizes(platform)
    time.sleep(given.idle_s)
    idle = per_idle_hour(start, events.sizes(platform))
    return {"before_the_loss": first, "after_the_loss": second, "idle": idle, "at_the_end": asdict(start)}


def _expectations(
    platform: LivePlatform, diary: Diary, reference: ArtifactStore, episodes: list[str]
) -> list[Expectation]:
    store = ArtifactStore(str(platform.root))
    everything = [*episodes, CUT_OFF]
    state = aftermath(platform, episodes, diary.kills)
    alerts = read_alerts(platform)
    left = [*state.leftovers, *state.slots, *held_locks(store, everything), *events.working_processes(platform)]
    happened = [
        *([f"{len(diary.kills)} of {KILLS} runs were killed"] if len(diary.kills) != KILLS else []),
        *([] if diary.built_before else ["no episode was complete when the instance was lost"]),
        *([] if events.failed_while_full(platform, diary) else ["no run failed while the disk was full"]),
    ]
    return [
        Expectation("every fault happened", happened),
        Expectation("every episode is complete and up to date", not_whole(store, everything)),
        Expectation("every artifact can be read", state.damaged),
        Expectation(
            "every good episode equals one that was built without faults",
            differences(store, [one for one in episodes if one not in state.unfinished], reference, episode_ids(1)[0]),
        ),
        Expectation(
            "each bad file and partition key gave one alert", alerts_of_the_bad(states_by_key(alerts), EXPECTED_ALERTS)
        ),
        Expectation("no alert was repeated", state.told_twice),
        Expectation("every other alert has recovered", not_recovered(newest_states(alerts), EXPECTED_ALERTS)),
        Expectation("nothing complete was built again after the loss", events.built_again(platform, diary)),
        Expectation("no partial file, slot, lock or process is left", left),
        Expectation("nothing is stuck", [*diary.problems, *events.unfinished(platform)]),
    ]


def _show(content: dict[str, Any], expectations: list[Expectation]) -> None:
    console = Console()
    table = Table("expectation", "result", title=f"{content['episodes']} episodes in {content['seconds']:.0f} s")
    for each in expectations:
        table.add_row(each.sentence, "yes" if each.is_met else "\n".join(["NO", *each.problems[:5]]))
    console.print(table)
    growth = content["growth"]
    sizes = Table("bytes", "per episode, before the loss", "per episode, after it", "per idle hour", title="growth")
    columns = [
        growth["before_the_loss"]["bytes_per_episode"],
        growth["after_the_loss"]["bytes_per_episode"],
        growth["idle"]["bytes_per_hour"],
    ]
    for name in dict.fromkeys(name for column in columns for name in column):
        sizes.add_row(name, *(f"{column.get(name, 0):,}" for column in columns))
    console.print(sizes)


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
