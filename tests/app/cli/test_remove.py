"""The command `remove`: what it deletes, what it keeps, and that the episode stays away until it is run again."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.test_utils import create_run_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from screenalytics_app.actions import remove_episode as module
from screenalytics_app.actions.backfill import BackfillRequest, plan_backfill
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.remove_episode import ROOMS, plan_removal, remove_episode
from screenalytics_app.actions.run_season import SeasonRequest, run_season
from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.automation.alerts import alerts_folder
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES, TRACK_EMBEDDINGS
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.sealed_files import save_table
from screenalytics_resources.tombstones import read_tombstone
from tests.app.actions.jobs.test_status import make_job
from tests.app.cast_bench import A, B, assign_to
from tests.app.screen import Screen
from tests.automation.video_sensor import Sensor
from tests.export_tables.two_episodes import SECOND, write_two_episodes
from tests.killed import die_at
from tests.owner_rows import write_owner
from tests.resources.decisions.gestures import lock
from tests.resources.decisions.log_bench import LogBench
from tests.tiny_episode import EP_ID, VIDEO

NOW = 1_800_000_000.0


def traces(store: ArtifactStore) -> list[str]:
    """Return the paths below the data root that name the episode or contain its id."""
    root = Path(store.root)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    named = [path for path in files if EP_ID in str(path.relative_to(root)) or EP_ID.encode() in path.read_bytes()]
    return [
        path.relative_to(root).as_posix()
        for path in named
        if not {"database", "locks"} & set(path.relative_to(root).parts)
    ]


def registered(store: ArtifactStore) -> None:
    with open_instance() as instance:
        adopt(instance, store, EP_ID)


def partitions() -> list[str]:
    with open_instance() as instance:
        return list(instance.get_dynamic_partitions("episodes"))


def test_everything_but_the_video_and_the_tombstone_is_removed(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    registered(store)
    make_job(store)
    assert assign_to(screen, A, "ann-example") == 0
    assert screen.call("cleanup", "--ep-id", EP_ID, "--actions", "group_clusters", "--write-back", "--force") == 0
    run_season(SeasonRequest("tiny"), store)
    LogBench(store, cast, EP_ID).add(lock(), lock(2))
    write_owner(cast, "tiny", EP_ID, B, "ben", "machine", similarity=0.9)
    write_people_file(store, cast, "tiny")
    failed = Evaluation(Key(EP_ID, "tracks", "tracks_are_whole"), "ERROR", "a cause", "", 1.0)
    AlertLedger(alerts_folder()).record_now([failed], ["file"], 1.0)

    assert screen.call("remove", "--ep-id", EP_ID, "--yes") == 0
    for line in (
        *(f"{room}/{EP_ID}/" for room in ROOMS),
        "decisions.jsonl: 3 decisions",
        "people.json",
        "season_identities.json",
        "partition",
        "alerts",
    ):
        assert line in screen.out
    assert f"screenalytics run --ep-id {EP_ID}" in screen.out
    assert traces(store) == [f"removed/{EP_ID}.json", f"videos/{EP_ID}/episode.mp4"]
    assert partitions() == []
    assert cast.owners("tiny") == ()
    assert cast.decision_log(EP_ID) is None
    assert AlertLedger(alerts_folder()).failing("tracks_are_whole") == set()
    assert AlertLedger(alerts_folder()).waiting() == {}
    assert store.episodes() == []

    assert screen.call("remove", "--ep-id", EP_ID, "--yes") == 0
    assert "was removed on" in screen.out


def test_it_asks_and_lists_before_it_removes(
    screen: Screen, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = traces(store)
    asked = []
    monkeypatch.setattr("typer.confirm", lambda text, abort: asked.append((text, abort)))
    assert screen.call("remove", "--ep-id", EP_ID) == 0
    assert asked == [(f"Remove {EP_ID}?", True)]
    assert f"removes: manifests/{EP_ID}/" in screen.out
    assert f"keeps: videos/{EP_ID}/" in screen.out
    assert traces(store) != before


def test_a_plan_changes_nothing(store: ArtifactStore, home: Path) -> None:
    before = traces(store)
    assert any(line.startswith(f"manifests/{EP_ID}/") for line in plan_removal(store, EP_ID).removed)
    assert traces(store) == before


def test_json_does_not_ask(screen: Screen, store: ArtifactStore) -> None:
    assert "--json cannot ask" in screen.refused("remove", "--ep-id", EP_ID, "--json")
    assert screen.json("remove", "--ep-id", EP_ID, "--yes")["ep_id"] == EP_ID


def test_with_the_video(screen: Screen, store: ArtifactStore) -> None:
    kept = store.path("videos", EP_ID, "replaced", "a.mp4")
    Path(str(kept)).parent.mkdir()
    Path(str(kept)).write_bytes(b"an earlier cut")
    assert screen.call("remove", "--ep-id", EP_ID, "--yes", "--with-video") == 0
    assert "--video PATH" in screen.out
    assert not Path(str(kept)).parent.parent.exists()


def test_an_unknown_episode_is_refused(screen: Screen, store: ArtifactStore) -> None:
    assert "There is no episode tiny-s09e09" in screen.refused("remove", "--ep-id", "tiny-s09e09", "--yes")
    assert store.removed() == set()


def test_an_episode_that_is_worked_on_is_refused(screen: Screen, store: ArtifactStore) -> None:
    before = traces(store)
    with store.place.lock(store.lock(EP_ID), EP_ID):
        assert "being worked on by another process" in screen.refused("remove", "--ep-id", EP_ID, "--yes")
    assert traces(store) == before


def test_a_removed_episode_stays_away(
    screen: Screen, store: ArtifactStore, home: Path, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_episode(store, EP_ID)
    with open_instance() as instance:
        sensor = Sensor(instance, monkeypatch)
        assert sensor.requests(NOW) == []
        assert sensor.last_message == "no new video."
        assert instance.get_dynamic_partitions("episodes") == []
        shutil.copy(short_sample, home / "videos" / f"{EP_ID}.mp4")
        assert sensor.requests(NOW + 100) == []
    assert store.video(EP_ID).read_bytes() == VIDEO
    assert plan_backfill(BackfillRequest(), store).chosen == ()
    assert screen.call("status") == 0
    assert EP_ID not in screen.out


def test_a_dropped_file_of_a_removed_episode_is_an_alert(
    store: ArtifactStore, home: Path, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_episode(store, EP_ID, with_video=True)
    shutil.copy(short_sample, home / "videos" / f"{EP_ID}.mp4")
    with open_instance() as instance:
        sensor = Sensor(instance, monkeypatch)
        assert sensor.requests(NOW) == []
        assert f"Bring it back with `screenalytics run --ep-id {EP_ID}`" in sensor.last_message


def test_a_run_from_the_ui_is_refused(store: ArtifactStore) -> None:
    remove_episode(store, EP_ID)
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        job = build_definitions().resolve_job_def("episode")
        result = job.execute_in_process(instance=instance, partition_key=EP_ID, raise_on_error=False)
    assert not result.success
    assert store.path("manifests", EP_ID).exists() is False


def test_a_run_brings_it_back(screen: Screen, store: ArtifactStore) -> None:
    """The video of the tiny episode cannot be read, so the run fails, but the episode is registered again."""
    remove_episode(store, EP_ID)
    screen.refused("run", "--ep-id", EP_ID)
    assert read_tombstone(store, EP_ID) is None
    assert partitions() == [EP_ID]
    assert store.episodes() == [EP_ID]


def test_a_queued_run_is_cancelled(store: ArtifactStore) -> None:
    with open_instance() as instance:
        location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="screenalytics_assets.code_location"))
        origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "episode")
        tags = {PARTITION_TAG: EP_ID}
        queued = create_run_for_test(instance, status=DagsterRunStatus.QUEUED, tags=tags, remote_job_origin=origin)
    remove_episode(store, EP_ID)
    with open_instance() as instance:
        run = instance.get_run_by_id(queued.run_id)
        assert run is not None
        assert run.status == DagsterRunStatus.CANCELED


def test_the_season_is_built_again_without_it(home: Path) -> None:
    store = write_two_episodes(home)
    save_table(store, TRACK_EMBEDDINGS, replace(load_artifact(store, TRACK_EMBEDDINGS, EP_ID), ep_id=SECOND))
    before = run_season(SeasonRequest("tiny"), store).season
    assert [episode.ep_id for episode in before.episodes] == [EP_ID, SECOND]
    remove_episode(store, EP_ID)
    after = load_artifact(store, SEASON_IDENTITIES, "tiny").content
    assert [episode.ep_id for episode in after.episodes] == [SECOND]
    assert [identity.identity_id for identity in after.identities] == [i.identity_id for i in before.identities]


def test_a_folder_that_cannot_be_deleted_is_reported(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda path, **_: None)
    with pytest.raises(UserError, match=f"embeds/{EP_ID}/ could not be removed"):
        remove_episode(store, EP_ID)


def test_a_removal_that_is_killed_anywhere_is_completed_by_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def instance() -> Iterator[DagsterInstance]:
        with DagsterInstance.ephemeral() as opened:
            yield opened

    monkeypatch.setattr(module, "open_instance", instance)
    store = ArtifactStore(str(home))
    for number in range(1, 60):
        shutil.rmtree(home, ignore_errors=True)
        for room in (*ROOMS, "videos"):
            (home / room / EP_ID).mkdir(parents=True)
            (home / room / EP_ID / "episode.mp4").write_bytes(b"content")
        is_complete = die_at(number, lambda: remove_episode(store, EP_ID))
        has_tombstone = EP_ID in store.removed()
        assert has_tombstone or traces(store).count(f"manifests/{EP_ID}/episode.mp4") == 1
        remove_episode(store, EP_ID)
        assert traces(store) == [f"removed/{EP_ID}.json", f"videos/{EP_ID}/episode.mp4"]
        if is_complete:
            return
    raise AssertionError("Expected the removal to end before call 60")
