"""A folder of videos, good and bad, dropped onto the running system: every one ends as it should, and is told once.

Nothing is set but what the documentation names: web server and daemon as `make dev` starts them, the sensors at their
own intervals, alerts to a web hook, to a mail server and to the file.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.live.runs import is_quiet, runs
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import DocumentSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import Unrecorded
from screenalytics_resources.sealed_files import load_document, load_table, read_seal
from tests.system.conftest import Receivers
from tests.system.library_of_shows import (
    AUDIO_ONLY,
    CUT_OFF,
    EXPECTED_ALERTS,
    GOOD,
    GROWING,
    GUARDRAIL,
    LIBRARY,
    NO_FACES,
    NO_INDEX,
    make_library,
)


def test_every_video_ends_as_it_should(
    home: Path, platform: LivePlatform, receivers: Receivers, tmp_path: Path
) -> None:
    make_library(tmp_path / "library")
    videos = platform.root / "videos"
    videos.mkdir(parents=True)
    with still_writing(tmp_path / "library" / GROWING.file, videos / GROWING.file):
        for film in LIBRARY:
            if film is not GROWING:
                shutil.copy(tmp_path / "library" / film.file, videos / film.file)
        alone = digests_alone(home, tmp_path / "library" / GOOD[0].file)
        wait_for(lambda: runs(platform), 120, "the sensor starts runs")
        # What the sensor took was complete at this look; the growing file was there all the time.
        assert (videos / GROWING.file).is_file()
        assert GROWING.ep_id not in episodes(platform)
    finished = (videos / GROWING.file).stat().st_mtime

    made = [film.ep_id for film in LIBRARY if not film.refused]
    wait_for(lambda: len(ended(platform)) >= len(made), 300, f"{len(made)} runs end")
    wait_for(lambda: is_quiet(platform), 120, "every sensor has looked after the last run, and no alert waits")

    assert ended(platform) == dict.fromkeys(made, "SUCCESS") | {GUARDRAIL.ep_id: "FAILURE"}
    assert len(runs(platform)) == len(made)
    assert started(platform, GROWING.ep_id) > finished

    store = ArtifactStore(str(platform.root))
    for film in (*GOOD, GROWING, NO_FACES, CUT_OFF):
        assert loaded(store, film.ep_id) == list(EPISODE_SPECS), film
    assert digests(store, GOOD[0].ep_id) == alone
    assert load_table(store, EPISODE_SPECS["tracks"], NO_FACES.ep_id).rows == []
    assert load_document(store, EPISODE_SPECS["identities"], NO_FACES.ep_id).content.identities == ()
    after = ["cast_assignments", "track_reps", "identity_evaluation"]
    assert there(store, GUARDRAIL.ep_id) == [asset for asset in EPISODE_SPECS if asset not in after]
    for film in (NO_INDEX, AUDIO_ONLY):
        assert there(store, film.ep_id) == []
        assert [said for said in sensor_said(platform) if film.file in said and film.refused in said], film
        assert len([said for said in sensor_said(platform) if film.file in said]) == 1

    alerts = [json.loads(line) for line in (platform.root / "alerts" / "alerts.jsonl").read_text().splitlines()]
    assert {(one["partition"], one["asset"], one["check"], one["state"]) for one in alerts} == EXPECTED_ALERTS
    assert len(alerts) == len(EXPECTED_ALERTS)
    told = sorted(one["id"] for one in alerts)
    assert sorted(json.loads(body)["id"] for body in receivers.http.bodies) == told
    assert sorted(re.findall(r"^Alert (\w+)", "".join(receivers.smtp.mails), re.MULTILINE)) == told
    assert len(receivers.smtp.mails) == len(told)
    assert list(platform.root.rglob(".partial-*")) == []


@contextmanager
def still_writing(source: Path, target: Path) -> Iterator[None]:
    """Write the first half of `source` to `target` and go on bit by bit; what is left comes at the end."""
    content = source.read_bytes()
    done = Event()

    def write() -> None:
        with target.open("wb", buffering=0) as file:
            written = file.write(content[: len(content) // 2])
            while not done.wait(0.5):
                written += file.write(content[written : written + 50])
            file.write(content[written:])

    writer = Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()
    assert target.read_bytes() == content


def ended(platform: LivePlatform) -> dict[str, str]:
    """The outcome of each episode's run, where it has ended."""
    return {run["tags"]["dagster/partition"]: run["status"] for run in runs(platform) if run["endTime"]}


def started(platform: LivePlatform, ep_id: str) -> float:
    start: float = next(run["startTime"] for run in runs(platform) if run["tags"]["dagster/partition"] == ep_id)
    return start


def episodes(platform: LivePlatform) -> list[str]:
    with platform.instance() as instance:
        return list(instance.get_dynamic_partitions("episodes"))


def sensor_said(platform: LivePlatform) -> list[str]:
    """What `new_episodes` warned of, at any of its ticks."""
    events = [event for tick in platform.ticks("new_episodes") for event in tick["logEvents"]["events"]]
    return [event["message"] for event in events if event["level"] == "WARNING"]


def there(store: ArtifactStore, ep_id: str) -> list[str]:
    return [asset for asset, spec in EPISODE_SPECS.items() if store.manifest(ep_id, spec.file).exists()]


def loaded(store: ArtifactStore, ep_id: str) -> list[str]:
    """Assets whose artifact can be read to its last checksum; raises for a damaged one."""
    for spec in EPISODE_SPECS.values():
        (load_document if isinstance(spec, DocumentSpec) else load_table)(store, spec, ep_id)  # type: ignore[operator]
    return list(EPISODE_SPECS)


def digests(store: ArtifactStore, ep_id: str) -> dict[str, str]:
    seals = {asset: read_seal(store, spec, ep_id) for asset, spec in EPISODE_SPECS.items()}
    return {asset: seal.digest for asset, seal in seals.items() if seal is not None}


def digests_alone(home: Path, video: Path) -> dict[str, str]:
    """What the first good episode comes to in a library of its own."""
    store = ArtifactStore(str(home))
    run_episode(RunRequest(GOOD[0].ep_id, video, {}), store, Unrecorded())
    return digests(store, GOOD[0].ep_id)
