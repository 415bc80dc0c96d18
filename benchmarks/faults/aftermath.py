"""State after the kills: episodes, artifacts, slots of the pool, alerts."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.faults.kills import Kill, all_records
from benchmarks.live.platform import LivePlatform
from benchmarks.live.runs import is_quiet
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import DocumentSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.sealed_files import load_document, load_table, read_seal


@dataclass(frozen=True)
class Aftermath:
    """Problems and times after the kills. All fields except the last two should be empty.

    Attributes:
        unfinished: episodes without a complete set of artifacts.
        damaged: one error message per artifact that does not load.
        different: episodes whose artifacts differ from those of an undisturbed episode.
        leftovers: files that killed writers left incomplete.
        slots: steps that hold or await a slot of the pool.
        told_twice: alerts sent more than once, and alerts that repeat an unchanged state.
        wrong_in_the_end: alert keys whose newest state is not "passed".
        noticed_s: seconds from each kill that ended runs until the last of them was marked as failed.
        recovered_s: seconds from each kill until the last of its episodes was complete. This includes the time in
            the queue, where a restarted run waits behind all earlier episodes.
    """

    unfinished: list[str]
    damaged: list[str]
    different: list[str]
    leftovers: list[str]
    slots: list[str]
    told_twice: list[str]
    wrong_in_the_end: list[str]
    noticed_s: list[float]
    recovered_s: list[float]


def is_whole(platform: LivePlatform, episodes: Sequence[str]) -> bool:
    """Return whether every episode has every artifact and the platform is quiet."""
    store = ArtifactStore(str(platform.root))
    return not any(_missing(store, ep_id) for ep_id in episodes) and is_quiet(platform)


def aftermath(platform: LivePlatform, episodes: Sequence[str], kills: Sequence[Kill]) -> Aftermath:
    """Inspect the platform. The first of `episodes` without a killed run is the reference for `different`."""
    store = ArtifactStore(str(platform.root))
    struck = {ep_id for kill in kills for ep_id in kill.episodes}
    spared = next((ep_id for ep_id in episodes if ep_id not in struck), None)
    alerts = read_alerts(platform)
    with platform.instance() as instance:
        info = instance.event_log_storage.get_concurrency_info("inference")
    slots = [f"{one.run_id} {one.step_key}" for one in info.claimed_slots]
    slots += [f"{one.run_id} {one.step_key}" for one in info.pending_steps]
    return Aftermath(
        unfinished=[ep_id for ep_id in episodes if _missing(store, ep_id)],
        damaged=[sentence for ep_id in episodes for sentence in _damage(store, ep_id)],
        different=[ep_id for ep_id in episodes if spared and _vectors(store, ep_id) != _vectors(store, spared)],
        leftovers=sorted(str(path.relative_to(platform.root)) for path in platform.root.rglob(".partial-*")),
        slots=slots,
        told_twice=_repeated_alerts(alerts),
        wrong_in_the_end=sorted(key for key, state in newest_states(alerts).items() if state != "passed"),
        noticed_s=_noticed_s(platform, kills),
        recovered_s=_recovered_s(platform, kills),
    )


def _missing(store: ArtifactStore, ep_id: str) -> list[str]:
    return [asset for asset, spec in EPISODE_SPECS.items() if not store.manifest(ep_id, spec.file).exists()]


def _damage(store: ArtifactStore, ep_id: str) -> list[str]:
    messages: list[str] = []
    for spec in EPISODE_SPECS.values():
        try:
            if isinstance(spec, DocumentSpec):
                load_document(store, spec, ep_id)
            else:
                load_table(store, spec, ep_id)
        except UserError as error:
            messages.append(str(error))
    return messages


def _vectors(store: ArtifactStore, ep_id: str) -> list[str]:
    """Return the hashes of an episode's arrays, which contain no ids and no times."""
    seals = [read_seal(store, spec, ep_id) for spec in EPISODE_SPECS.values()]
    return [
        companion.sha256 for seal in seals if seal for name, companion in seal.companions.items() if companion.shape
    ]


def read_alerts(platform: LivePlatform) -> list[dict[str, str]]:
    """Return the alerts of the alert file, in the order of their delivery, without lines that a full disk tore off."""
    path = platform.root / "alerts" / "alerts.jsonl"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return [alert for line in lines if (alert := _parsed(line)) is not None]


def _parsed(line: str) -> dict[str, str] | None:
    try:
        alert: dict[str, str] = json.loads(line)
    except ValueError:
        return None
    return alert


def states_by_key(alerts: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    """Return the states of the alerts by key: partition, asset, check and job, separated by spaces."""
    by_key: dict[str, list[str]] = {}
    for one in alerts:
        parts = (one["partition"], one["asset"], one["check"], one.get("job", ""))
        by_key.setdefault(" ".join(parts), []).append(one["state"])
    return by_key


def newest_states(alerts: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the newest state of each key.

    An alert marked `late` reports a failure that is older than a state already recorded, so it is left out.
    """
    in_order = [one for one in alerts if not one["late"]]
    return {key: states[-1] for key, states in states_by_key(in_order).items()}


def _repeated_alerts(alerts: Sequence[dict[str, str]]) -> list[str]:
    sent_twice = [alert_id for alert_id, times in Counter(one["id"] for one in alerts).items() if times > 1]
    unchanged = [key for key, states in states_by_key(alerts).items() for a, b in pairwise(states) if a == b]
    return sent_twice + unchanged


def _noticed_s(platform: LivePlatform, kills: Sequence[Kill]) -> list[float]:
    """Measure from each kill to the end of the failed runs of its episodes that began before it."""
    with platform.instance() as instance:
        failed = [record for record in all_records(instance) if record.dagster_run.is_failure]
    delays: list[float] = []
    for kill in kills:
        ends = [
            record.end_time
            for record in failed
            if record.dagster_run.tags.get(PARTITION_TAG) in kill.episodes
            and record.end_time
            and (record.start_time or record.create_timestamp.timestamp()) <= kill.at <= record.end_time
        ]
        if ends:
            delays.append(round(max(ends) - kill.at, 1))
    return delays


def _recovered_s(platform: LivePlatform, kills: Sequence[Kill]) -> list[float]:
    """Measure from each kill to the end of the next successful run of each episode; the slowest episode counts."""
    with platform.instance() as instance:
        ends = [
            (record.dagster_run.tags.get(PARTITION_TAG, ""), record.end_time)
            for record in all_records(instance)
            if record.dagster_run.is_success and record.end_time
        ]
    return [
        round(max(_first_after(ends, ep_id, kill.at) for ep_id in kill.episodes) - kill.at, 1)
        for kill in kills
        if kill.episodes
    ]


def _first_after(ends: Sequence[tuple[str, float]], ep_id: str, at: float) -> float:
    return min((end for partition, end in ends if partition == ep_id and end >= at), default=float("nan"))
