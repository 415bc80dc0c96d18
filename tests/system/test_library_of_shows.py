"""Good and bad videos copied into the running system: each has the expected outcome and causes each alert once.

The system is set up as documented: web server and daemon as started by `make dev`, sensors with a short interval,
alerts to a webhook, a mail server and the alert file.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from benchmarks.live.platform import QUICK_SENSORS, LivePlatform, wait_for
from benchmarks.live.runs import is_quiet, runs
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.settings.episode_settings import change_kept
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
    MERGED,
    NO_FACES,
    NO_INDEX,
    make_library,
)


def test_every_video_has_its_expected_outcome(
    home: Path, platform: LivePlatform, receivers: Receivers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in QUICK_SENSORS.items():
        monkeypatch.setenv(name, value)
    make_library(tmp_path / "library")
    videos = platform.root / "videos"
    videos.mkdir(parents=True)
    change_kept(ArtifactStore(str(platform.root)), GUARDRAIL.ep_id, MERGED)
    with still_writing(tmp_path / "library" / GROWING.file, videos / GROWING.file):
        for film in LIBRARY:
            if film is not GROWING:
                shutil.copy(tmp_path / "library" / film.file, videos / film.file)
        alone = digests_when_alone(home, tmp_path / "library" / GOOD[0].file)
        wait_for(lambda: runs(platform), 300, "the sensor starts runs")
        # The sensor has taken the complete files, while the growing file existed the entire time.
        assert (videos / GROWING.file).is_file()
        assert GROWING.ep_id not in episodes(platform)
    finished = (videos / GROWING.file).stat().st_mtime

    expected = [film.ep_id for film in LIBRARY if not film.refused]
    wait_for(lambda: len(ended(platform)) >= len(expected), 600, f"{len(expected)} runs end")
    wait_for(lambda: is_quiet(platform), 300, "every sensor has ticked after the last run, and no alert is waiting")

    assert ended(platform) == dict.fromkeys(expected, "SUCCESS") | {GUARDRAIL.ep_id: "FAILURE"}
    assert len(runs(platform)) == len(expected)
    assert started(platform, GROWING.ep_id) > finished

    store = ArtifactStore(str(platform.root))
    for film in (*GOOD, GROWING, NO_FACES, CUT_OFF):
        assert readable_assets(store, film.ep_id) == list(EPISODE_SPECS), film
    assert digests(store, GOOD[0].ep_id) == alone
    assert load_table(store, EPISODE_SPECS["tracks"], NO_FACES.ep_id).rows == []
    assert load_document(store, EPISODE_SPECS["identities"], NO_FACES.ep_id).content.identities == ()
    after = ["cast_assignments", "merge_suggestions", "track_reps", "identity_evaluation", "screen_time"]
    assert stored_assets(store, GUARDRAIL.ep_id) == [asset for asset in EPISODE_SPECS if asset not in after]
    for film in (NO_INDEX, AUDIO_ONLY):
        assert stored_assets(store, film.ep_id) == []
        warnings = [text for text in sensor_warnings(platform) if film.file in text]
        assert [text for text in warnings if film.refused in text], film
        assert len(warnings) == 1

    alerts = [json.loads(line) for line in (platform.root / "alerts" / "alerts.jsonl").read_text().splitlines()]
    assert {(alert["partition"], alert["asset"], alert["check"], alert["state"]) for alert in alerts} == EXPECTED_ALERTS
    assert len(alerts) == len(EXPECTED_ALERTS)
    sent = sorted(alert["id"] for alert in alerts)
    assert sorted(json.loads(body)["id"] for body in receivers.http.bodies) == sent
    assert sorted(re.findall(r"^Alert (\w+)", "".join(receivers.smtp.mails), re.MULTILINE)) == sent
    assert len(receivers.smtp.mails) == len(sent)
    assert list(platform.root.rglob(".partial-*")) == []


@contextmanager
def still_writing(source: Path, target: Path) -> Iterator[None]:
    """Write the first half of `source` to `target`, continue in small pieces, and finish when the block ends."""
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
    """Return the status of each episode's run that has ended."""
    return {run["tags"]["dagster/partition"]: run["status"] for run in runs(platform) if run["endTime"]}


def started(platform: LivePlatform, ep_id: str) -> float:
    start: float = next(run["startTime"] for run in runs(platform) if run["tags"]["dagster/partition"] == ep_id)
    return start


def episodes(platform: LivePlatform) -> list[str]:
    with platform.instance() as instance:
        return list(instance.get_dynamic_partitions("episodes"))


def sensor_warnings(platform: LivePlatform) -> list[str]:
    """Return the warnings of `new_episodes` at all of its ticks."""
    events = [event for tick in platform.ticks("new_episodes") for event in tick["logEvents"]["events"]]
    return [event["message"] for event in events if event["level"] == "WARNING"]


def stored_assets(store: ArtifactStore, ep_id: str) -> list[str]:
    return [asset for asset, spec in EPISODE_SPECS.items() if store.manifest(ep_id, spec.file).exists()]


def readable_assets(store: ArtifactStore, ep_id: str) -> list[str]:
    """Load every artifact of an episode, verify its checksums, and return the asset names. Raises if one is damaged."""
    for spec in EPISODE_SPECS.values():
        (load_document if isinstance(spec, DocumentSpec) else load_table)(store, spec, ep_id)  # type: ignore[operator]
    return list(EPISODE_SPECS)


def digests(store: ArtifactStore, ep_id: str) -> dict[str, str]:
    seals = {asset: read_seal(store, spec, ep_id) for asset, spec in EPISODE_SPECS.items()}
    return {asset: seal.digest for asset, seal in seals.items() if seal is not None}


def digests_when_alone(home: Path, video: Path) -> dict[str, str]:
    """Return the digests of the first good episode when it is processed alone in another library."""
    store = ArtifactStore(str(home))
    run_episode(RunRequest(GOOD[0].ep_id, video, {}), store, Unrecorded())
    return digests(store, GOOD[0].ep_id)
