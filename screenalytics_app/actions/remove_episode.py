"""Remove an episode: its artifacts, kept sets, Dagster partition and alerts, and its part in the records of its show.

The tombstone is written first and the manifests are deleted late, so a removal that was killed is still visible, and
the next call completes it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_season import SeasonRequest, run_season
from screenalytics_assets.alerting.ledger import LEDGER_FILE, AlertLedger
from screenalytics_assets.automation.alerts import alerts_folder
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES, SEASON_SCREEN_TIME
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_assets.screen_time.files import remove_files, season_files
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import FILE as DECISIONS_FILE
from screenalytics_resources.decisions.mirror import read_seal
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import HeldLockError, UserError
from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.people_file import FILE as PEOPLE_FILE
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.tombstones import read_tombstone, removal_sentence, write_tombstone

if TYPE_CHECKING:
    from dagster import DagsterInstance

ROOMS = ("jobs", "promotions", "embeds", "frames", "manifests")
"""Folders of the jobs and the artifacts of an episode, in the order of their removal."""
VIDEOS = "videos"


@dataclass(frozen=True)
class Removal:
    """What a removal deletes or has deleted, and what it keeps: one line per item."""

    ep_id: str
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    way_back: str
    """How to bring the episode back."""


_IN_SEASON = {SEASON_IDENTITIES.file: "its tracks", SEASON_SCREEN_TIME.file: "its seconds"}
"""Files of a show that an episode is part of, and what of it."""


def plan_removal(store: ArtifactStore, ep_id: str, with_video: bool = False) -> Removal:
    """Return what `remove_episode` would delete; changes nothing.

    Raises:
        UserError: the id is invalid, or there is no such episode.
    """
    ep_id = parse_ep_id(ep_id).text
    show = parse_ep_id(ep_id).show
    lines = [
        *(f"{room}/{ep_id}/: {count} files" for room in _rooms(with_video) if (count := _count(store, room, ep_id))),
        *(
            [f"manifests/{ep_id}/{DECISIONS_FILE}: {decided} decisions"]
            if (decided := _decisions(store, ep_id))
            else []
        ),
        *([f"manifests/{show}/{PEOPLE_FILE}: who its identities are"] if _has_owners(store, ep_id) else []),
        *(f"manifests/{show}/{file}: {what}" for file, what in _IN_SEASON.items() if _is_in(store, ep_id, file)),
    ]
    if _has_alerts(ep_id):
        lines.append("the states of its alerts")
    with open_instance() as instance:
        if ep_id in instance.get_dynamic_partitions("episodes"):
            lines.append("its partition in Dagster")
        lines += [f"the queued run {run_id}" for run_id in _queued_runs(instance, ep_id)]
    videos = 0 if with_video else _count(store, VIDEOS, ep_id)
    tombstone = read_tombstone(store, ep_id)
    if not lines and not videos and tombstone is None:
        raise UserError(f"There is no episode {ep_id}: `screenalytics status` lists the episodes.")
    kept = [f"{VIDEOS}/{ep_id}/: {videos} files (--with-video removes them)"] if videos else []
    way_back = f"screenalytics run --ep-id {ep_id}" + (
        "" if store.video(ep_id).exists() and videos else " --video PATH"
    )
    return Removal(ep_id, tuple(lines), tuple(kept), way_back)


def remove_episode(store: ArtifactStore, ep_id: str, with_video: bool = False) -> Removal:
    """Remove an episode. Can be repeated: a call after one that was killed completes it.

    Video, truth and exceptions in `videos/{ep_id}/` belong to the user and stay, unless `with_video` is set. The
    tombstone stays until the episode is run again. Dagster's history of runs stays too.

    Raises:
        UserError: there is no such episode, another process works on it or on its show, or a folder cannot be deleted.
    """
    plan = plan_removal(store, ep_id, with_video)
    ep_id = plan.ep_id
    with store.place.lock(store.lock(ep_id), ep_id):
        write_tombstone(store, ep_id)
        with open_instance() as instance:
            _remove_from_dagster(instance, ep_id)
        _remove_from_cast(store, ep_id)
        if _has_alerts(ep_id):
            AlertLedger(alerts_folder()).remove(ep_id)
        for room in _rooms(with_video):
            _remove_folder(store, room, ep_id)
        notes = tuple(_remove_from_season(store, ep_id))
    return Removal(ep_id, plan.removed + notes, plan.kept, plan.way_back)


def already_removed(store: ArtifactStore, ep_id: str) -> str:
    """Return the sentence about an earlier removal of an episode, or ""."""
    tombstone = read_tombstone(store, ep_id)
    return removal_sentence(tombstone) if tombstone else ""


def _rooms(with_video: bool) -> tuple[str, ...]:
    return (VIDEOS, *ROOMS) if with_video else ROOMS


def _count(store: ArtifactStore, room: str, ep_id: str) -> int:
    return len(store.place.files(store.path(room, ep_id)))


def _remove_folder(store: ArtifactStore, room: str, ep_id: str) -> None:
    store.place.remove_folder(store.path(room, ep_id))
    if _count(store, room, ep_id):
        raise UserError(f"{room}/{ep_id}/ could not be removed. Check its permissions, and run the command again.")


def _remove_from_dagster(instance: "DagsterInstance", ep_id: str) -> None:
    """Cancel the queued runs, end the dead ones, and delete the partition. The lock proves that no run is alive."""
    for run_id in _queued_runs(instance, ep_id):
        run = instance.get_run_by_id(run_id)
        if run is not None:
            instance.report_run_canceled(run, f"The episode {ep_id} was removed.")
    end_runs_of(instance, ep_id)
    instance.delete_dynamic_partition("episodes", ep_id)


def _queued_runs(instance: "DagsterInstance", ep_id: str) -> list[str]:
    from dagster import DagsterRunStatus, RunsFilter

    queued = RunsFilter(statuses=[DagsterRunStatus.QUEUED], tags={PARTITION_TAG: ep_id})
    return [run.run_id for run in instance.get_runs(filters=queued)]


def _has_alerts(ep_id: str) -> bool:
    return (alerts_folder() / LEDGER_FILE).exists() and AlertLedger(alerts_folder()).knows(ep_id)


def _has_owners(store: ArtifactStore, ep_id: str) -> bool:
    """Return whether the cast of the show names identities of the episode, without starting the database."""
    (content,) = store.place.read_all([store.manifest(parse_ep_id(ep_id).show, PEOPLE_FILE)])
    return content is not None and f'"{ep_id}:'.encode() in content


def _decisions(store: ArtifactStore, ep_id: str) -> int:
    """Return how many decisions the log of the episode has; 0 if its mirror is unreadable, which a plan accepts."""
    try:
        seal = read_seal(store, ep_id)
    except UserError:
        return 0
    return seal.decisions if seal else 0


def _remove_from_cast(store: ArtifactStore, ep_id: str) -> None:
    """Remove the owners of the episode's identities, and its decisions. Without a file of either, there are none."""
    show = parse_ep_id(ep_id).show
    has_people = store.manifest(show, PEOPLE_FILE).exists()
    if not has_people and not store.manifest(ep_id, DECISIONS_FILE).exists():
        return
    with open_cast_store(store.root) as cast:
        cast.remove_decisions(ep_id)
        cast.remove_episode(show, ep_id)
        if has_people:
            write_people_file(store, cast, show)


def _is_in(store: ArtifactStore, ep_id: str, file: str) -> bool:
    (content,) = store.place.read_all([store.manifest(parse_ep_id(ep_id).show, file)])
    return content is not None and json.dumps(ep_id).encode() in content


def _remove_from_season(store: ArtifactStore, ep_id: str) -> Iterator[str]:
    """Build the season of the show again without the episode, or delete its files if that is impossible."""
    show = parse_ep_id(ep_id).show
    if not any(_is_in(store, ep_id, file) for file in _IN_SEASON):
        return
    try:
        run_season(SeasonRequest(show), store)
    except HeldLockError:
        raise
    except UserError as error:
        remove_files(store, show, season_files())
        for file in _IN_SEASON:
            store.place.remove(store.manifest(show, file))
        yield f"manifests/{show}/{SEASON_IDENTITIES.file}: the file, because it cannot be built again ({error})"
