"""The complete evaluation against labelled boxes, on the tiny episode's tracks and on random ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS, IdentitiesDocument, Track, TrackBox, Tracks
from screenalytics_assets.contract.truth_file import parse_truth
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.identity_evaluation.figure_table import figure_rows
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, FPS, make_identity, make_track, write_tiny_episode

Episode = tuple[Tracks, IdentitiesDocument]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Episode:
    store = write_tiny_episode(tmp_path_factory.mktemp("episode"))
    return load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID)


def episode_of(tiny: Episode, rows: list[Track], homes: list[list[int]]) -> Episode:
    """Return an episode of these tracks, with an identity per list of track numbers."""
    tracks = replace(tiny[0], rows=rows)
    identities = tuple(make_identity(number, members, 1.0) for number, members in enumerate(homes, 1))
    content = tiny[1].content.model_copy(update={"identities": identities, "unusable_tracks": ()})
    origin = tiny[1].provenance.model_copy(update={"inputs": {"tracks": tracks.digest}})
    return tracks, IdentitiesDocument(EP_ID, content, origin)


def evaluated(episode: Episode, **truth: Any) -> IdentityEvaluation:
    content = json.dumps({"ep_id": EP_ID} | truth).encode()
    return evaluate_identities(*episode, parse_truth(content, EP_ID, "truth.json"))


def placed(number: int, frames: tuple[int, int], x: float) -> Track:
    """Make a track whose face moves 40 px to the right from `x`, with a box every 5 frames."""
    first, last = frames
    seen = sorted({*range(first, last, 5), last})
    offsets = np.interp(seen, frames, (0, 40)) if last > first else np.zeros(1)
    boxes = tuple(
        TrackBox(frame=frame, ts=frame / FPS, bbox=(x + dx, 10, x + dx + 50, 70), score=0.9)
        for frame, dx in zip(seen, offsets.tolist(), strict=True)
    )
    return make_track(number, frames, crop_frames=[]).model_copy(update={"boxes": boxes})


def run_of(track: Track, person: str) -> dict[str, Any]:
    return {"person": person, "boxes": [[box.frame, *box.bbox] for box in track.boxes]}


@pytest.mark.parametrize("seed", range(8))
def test_boxes_of_the_tracks_give_the_figures_of_a_truth_of_tracks(tiny: Episode, seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 24
    starts = random.integers(0, 60, count)
    rows = [
        placed(n, (int(start), int(start + random.integers(0, 39))), 100.0 * n) for n, start in enumerate(starts, 1)
    ]
    people = [f"person-{number}" for number in random.integers(0, 6, count)]
    numbers = random.integers(-1, 7, count)
    homes = [[int(n) + 1 for n in np.flatnonzero(numbers == home)] for home in range(7)]
    episode = episode_of(tiny, rows, [home for home in homes if home])
    background = ["person-0", "person-1"]
    by_track = evaluated(
        episode,
        tracks={track.track_id: person for track, person in zip(rows, people, strict=True)},
        background=background,
    )
    runs = [run_of(track, person) for track, person in zip(rows, people, strict=True)]
    by_box = evaluated(episode, boxes=runs, background=background)
    assert by_box.clustering == by_track.clustering
    assert by_box.truth is not None and by_track.truth is not None
    assert by_box.truth.model_dump(exclude={"sha256", "kind"}) == by_track.truth.model_dump(exclude={"sha256", "kind"})
    assert by_box.coverage is not None
    assert (by_box.coverage.all_people.missed_seconds, by_box.coverage.all_people.people_never_caught) == (0, 0)


def test_perfect_identities_are_right_in_every_second(tiny: Episode) -> None:
    rows = [placed(1, (0, 20), 0), placed(2, (10, 30), 300), placed(3, (40, 60), 0)]
    runs = [run_of(track, person) for track, person in zip(rows, ("ann", "bob", "ann"), strict=True)]
    found = evaluated(episode_of(tiny, rows, [[1, 3], [2]]), boxes=runs)
    assert found.screen_time is not None
    assert found.screen_time.all_people.by_second is not None
    assert found.screen_time.all_people.by_second.f == 1.0


def test_a_missed_person_is_not_found_and_a_lamp_is_no_person(tiny: Episode) -> None:
    rows = [placed(1, (0, 19), 0), placed(2, (0, 19), 300)]
    missed = run_of(placed(9, (50, 69), 0), "bob")
    runs = [run_of(rows[0], "ann"), run_of(rows[1], "lamp"), missed]
    found = evaluated(episode_of(tiny, rows, [[1], [2]]), boxes=runs, not_faces=["lamp"])
    assert found.clustering is not None
    everyone = found.clustering.all_people
    assert everyone.by_track is not None
    assert (everyone.by_track.people_found, everyone.people_true, everyone.tracks) == (1, 2, 2)
    cast = found.clustering.without_background
    assert cast.by_track is not None
    assert (cast.by_track.people_found, cast.people_true, cast.tracks) == (1, 2, 1)
    assert cast.by_track.b_cubed.f == 1.0
    assert found.coverage is not None
    assert found.coverage.not_face_tracks == 1
    assert found.coverage.all_people.people_never_caught == 1
    rows_of_table = {row["figure"]: row["no background, by second"] for row in figure_rows(found)}
    assert rows_of_table["who is on screen"] == "P 1.000  R 0.500  F 0.667"
    assert rows_of_table["never caught"] == "1 of 2 people"
    assert rows_of_table["seconds missed"] == "4.0 of 8.0 s"


def test_a_detector_that_finds_no_face_has_coverage_and_no_other_figures(tiny: Episode) -> None:
    found = evaluated(episode_of(tiny, [], []), boxes=[run_of(placed(1, (0, 19), 0), "ann")])
    assert found.clustering is not None and found.coverage is not None and found.screen_time is not None
    assert found.clustering.all_people.by_track is None
    assert found.clustering.all_people.people_true == 1
    assert found.screen_time.all_people.by_second is None
    assert found.coverage.all_people.missed_seconds == 20 / FPS


def test_deleted_tracks_catch_nothing(tiny: Episode) -> None:
    track = placed(1, (0, 19), 0)
    found = evaluated(episode_of(tiny, [track.model_copy(update={"deleted": True})], []), boxes=[run_of(track, "ann")])
    assert found.coverage is not None
    assert found.coverage.all_people.people_never_caught == 1


def test_boxes_beyond_the_video_are_refused(tiny: Episode) -> None:
    with pytest.raises(UserError, match="beyond the video's last frame 99"):
        evaluated(tiny, boxes=[{"person": "ann", "boxes": [[100, 1, 1, 2, 2]]}])


def test_other_formats_have_no_new_fields(tiny: Episode, tmp_path: Path) -> None:
    found = evaluated(tiny, tracks={"track-00001": "ann"})
    assert {"screen_time", "coverage"}.isdisjoint(json.loads(found.model_dump_json()))
