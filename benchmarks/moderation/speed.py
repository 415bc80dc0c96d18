"""Time of a gesture on a large episode: 1,000 tracks in 300 identities, up to 1,000 decisions.

The tracks are copies of those of the sample episode, one after the other. Gestures are random and carried out as the
command line does, in one process: read, check, append to the database and to its mirror, and write thumbnails.
"""

import json
import os
import random
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks.machine import machine, versions
from benchmarks.moderation.random_gestures import PEOPLE, random_gesture
from screenalytics_app.actions.moderation.edit import Request, edit
from screenalytics_app.actions.moderation.view import View, open_episode, present_view
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.record_types import identity_id_of
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_REPS, TRACKS, Track
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.progress import Unrecorded
from screenalytics_resources.sample_episode import EP_ID, make_sample_episode
from screenalytics_resources.sealed_files import save_artifact

RESULTS = Path(__file__).parents[1] / "results" / "gestures.json"
TRACK_COUNT, IDENTITY_COUNT, DECISIONS, MEASURED = 1_000, 300, 1_000, 200
FRAMES = 60
"""Frames from the start of one track to the start of the next."""


def make_large_episode(folder: Path) -> ArtifactStore:
    """Run the sample episode, and replace its tracks, representatives and identities with many copies of them."""
    store = ArtifactStore(str(folder / "data"))
    run_episode(RunRequest(EP_ID, make_sample_episode(folder / "sample").video, {}), store, Unrecorded())
    enlarge(store, EP_ID)
    return store


def enlarge(store: ArtifactStore, ep_id: str) -> None:
    """Replace tracks, representatives and identities of an episode with `TRACK_COUNT` copies of its tracks."""
    tracks, reps = load_artifact(store, TRACKS, ep_id), load_artifact(store, TRACK_REPS, ep_id)
    identities = load_artifact(store, IDENTITIES, ep_id)
    copies = [_moved(track, number) for number, track in enumerate(islice(cycle(tracks.rows), TRACK_COUNT), 1)]
    rep_of = {rep.track_id: rep for rep in reps.rows}
    originals = islice(cycle(tracks.rows), TRACK_COUNT)
    shown = [
        rep_of[original.track_id].model_copy(update={"track_id": copy.track_id})
        for copy, original in zip(copies, originals, strict=True)
        if original.track_id in rep_of
    ]
    rows = [
        identities.content.identities[0].model_copy(
            update={
                "identity_id": identity_id_of(number),
                "track_ids": tuple(track.track_id for track in copies[number - 1 :: IDENTITY_COUNT]),
                "members": None,
            }
        )
        for number in range(1, IDENTITY_COUNT + 1)
    ]
    content = identities.content.model_copy(
        update={"identities": tuple(rows), "next_identity_number": IDENTITY_COUNT + 1, "unusable_tracks": ()}
    )
    save_artifact(store, TRACKS, tracks.with_rows(copies))
    save_artifact(store, TRACK_REPS, reps.with_rows(shown))
    save_artifact(store, IDENTITIES, identities.with_content(content))


def _moved(track: Track, number: int) -> Track:
    """Return a copy of a track with this number, `FRAMES` later than the copy before it."""
    frames = number * FRAMES - track.first_frame
    seconds = frames / 25

    spans = ("first_frame", "last_frame"), ("first_ts", "last_ts")
    moved = {
        name: getattr(track, name) + by for names, by in zip(spans, (frames, seconds), strict=True) for name in names
    }
    rows = {
        name: tuple(
            row.model_copy(update={"frame": row.frame + frames, "ts": row.ts + seconds}) for row in getattr(track, name)
        )
        for name in ("boxes", "crops")
    }
    return track.model_copy(update=moved | rows | {"track_id": f"track-{number:05d}"})


def measure(store: ArtifactStore) -> dict[str, float]:
    """Make random gestures up to `DECISIONS` decisions. Returns milliseconds of the last `MEASURED` gestures."""
    rng = random.Random(1)  # noqa: S311 - no secret
    show = parse_ep_id(EP_ID).show
    seconds: list[float] = []
    with open_cast_store(store.root) as cast:
        for person in PEOPLE:
            cast.add_person(show, person, person)
        while len(cast.decisions(EP_ID)) < DECISIONS:
            began = time.perf_counter()
            edit(store, cast, EP_ID, Request("analyst"), lambda view: random_gesture(view, rng))
            seconds.append(time.perf_counter() - began)
        episode, decisions = open_episode(store, EP_ID), cast.decisions(EP_ID)
    overlays = [_timed_overlay(View(episode, decisions)) for _ in range(10)]
    began = time.perf_counter()
    _ = present_view(store, EP_ID).moderated
    cold = time.perf_counter() - began
    return {
        "gesture_median_ms": _ms(median(seconds[-MEASURED:])),
        "gesture_p95_ms": _ms(_p95(seconds[-MEASURED:])),
        "overlay_of_all_decisions_ms": _ms(median(overlays)),
        "overlay_with_reading_the_log_ms": _ms(cold),
        "gestures": float(len(seconds)),
    }


def _timed_overlay(view: View) -> float:
    began = time.perf_counter()
    _ = view.moderated
    return time.perf_counter() - began


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:
    """Measure, print the figures and write the results file."""
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        os.environ["SCREENALYTICS_DATA_ROOT"] = f"{folder}/data"
        os.environ["DAGSTER_HOME"] = f"{folder}/dagster"
        figures = measure(make_large_episode(Path(folder)))
    print(json.dumps(figures, indent=1))
    content = {"figures": figures, "versions": versions(), "machine": machine()}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
