"""Frames of the exported tables: columns, types, and the known rows of the tiny episode."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, CastCandidate
from screenalytics_assets.contract.identity_records import Identities, Labels
from screenalytics_assets.export_tables.columns import ASSIGNMENTS, FACES, IDENTITIES, TABLES, TRACKS, ExportTable
from screenalytics_assets.export_tables.frames import episode_frames, frame_of
from screenalytics_assets.export_tables.loaded_episode import LoadedEpisode, load_episode
from tests.tiny_episode import CLEAR_NORM, EP_ID, make_identity, write_tiny_episode

A, B = "identity-00001", "identity-00002"
TYPES = {
    ("string", False): "str",
    ("string", True): "str",
    ("integer", False): "int64",
    ("integer", True): "Int64",
    ("float", False): "float64",
    ("float", True): "float64",
    ("boolean", False): "bool",
    ("boolean", True): "boolean",
}


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> LoadedEpisode:
    return load_episode(write_tiny_episode(tmp_path_factory.mktemp("tiny")), EP_ID)


def with_identities(episode: LoadedEpisode, **changes: Any) -> LoadedEpisode:
    content: Identities = episode.identities.content.model_copy(update=changes)
    return replace(episode, identities=replace(episode.identities, content=content))


def with_assignments(episode: LoadedEpisode, assignments: Sequence[CastAssignment]) -> LoadedEpisode:
    content: CastAssignments = episode.assignments.content.model_copy(update={"assignments": tuple(assignments)})
    return replace(episode, assignments=replace(episode.assignments, content=content))


def empty(episode: LoadedEpisode) -> LoadedEpisode:
    """Return the episode without tracks, faces, identities and assignments."""
    without = replace(episode, tracks=replace(episode.tracks, rows=()), faces=replace(episode.faces, rows=()))
    return with_assignments(with_identities(without, identities=()), ())


def values(frame: pd.DataFrame, column: str) -> list[Any]:
    """Return the values of a column, with None for missing ones."""
    return [None if pd.isna(value) else value for value in frame[column]]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("faces", [pytest.param(True, id="faces"), pytest.param(False, id="no faces")])
def test_columns_and_types_are_the_declared_ones(episode: LoadedEpisode, table: ExportTable, faces: bool) -> None:
    frame = episode_frames(episode if faces else empty(episode))[table.name]
    assert list(frame.columns) == [column.name for column in table.columns]
    assert frame.columns[0] == "ep_id"
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: TYPES[column.kind, column.nullable] for column in table.columns
    }
    assert bool(len(frame)) == faces


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_only_nullable_columns_miss_values(episode: LoadedEpisode, table: ExportTable) -> None:
    frame = episode_frames(episode)[table.name]
    required = [column.name for column in table.columns if not column.nullable]
    assert not frame[required].isna().any(axis=None)


def test_one_row_per_track(episode: LoadedEpisode) -> None:
    frame = episode_frames(episode)[TRACKS.name]
    assert values(frame, "ep_id") == [EP_ID] * 5
    assert values(frame, "track_id") == [f"track-{number:05d}" for number in (1, 2, 3, 4, 5)]
    assert values(frame, "identity_id") == [A, B, A, B, None]
    assert frame.iloc[2].dropna().to_dict() == {
        "ep_id": EP_ID,
        "track_id": "track-00003",
        "shot_id": "shot-0002",
        "identity_id": A,
        "confidence": 1.0,
        "uncertain": False,
        "evidence": "face 1.00",
        "first_frame": 50,
        "last_frame": 80,
        "first_ts": 10.0,
        "last_ts": 16.0,
        "first_player_s": 10.0,
        "last_player_s": 16.0,
        "duration_s": 6.0,
        "frame_count": 31,
        "mean_score": 0.9,
        "box_frame": 50,
        "x1": 20.0,
        "y1": 20.0,
        "x2": 60.0,
        "y2": 70.0,
        "boxes": 2,
        "crops": 2,
        "deleted": False,
    }


def test_how_sure_the_membership_of_each_track_is(episode: LoadedEpisode) -> None:
    first, second = episode.identities.content.identities
    assert first.members is not None
    doubted = first.members[0].model_copy(update={"confidence": 0.6, "uncertain": True, "evidence": "face 0.41 (weak)"})
    first = first.model_copy(update={"members": (doubted, first.members[1])})
    earlier = second.model_copy(update={"members": None})  # identities.json of an earlier release
    frame = episode_frames(with_identities(episode, identities=(first, earlier)))[TRACKS.name]
    assert values(frame, "identity_id") == [A, B, A, B, None]
    assert values(frame, "confidence") == [0.6, None, 1.0, None, None]
    assert values(frame, "uncertain") == [True, None, False, None, None]
    assert values(frame, "evidence") == ["face 0.41 (weak)", None, "face 1.00", None, None]


def test_a_track_shows_the_box_nearest_to_its_middle(episode: LoadedEpisode) -> None:
    track = episode.tracks.rows[0]
    middle = track.boxes[0].model_copy(update={"frame": 14, "bbox": (1.5, 2.0, 3.0, 4.0)})
    track = track.model_copy(update={"boxes": (track.boxes[0], middle, track.boxes[1])})
    frame = episode_frames(replace(episode, tracks=replace(episode.tracks, rows=(track,))))[TRACKS.name]
    assert frame.loc[0, ["box_frame", "x1", "y1", "x2", "y2", "boxes"]].tolist() == [14, 1.5, 2.0, 3.0, 4.0, 3]


def test_one_row_per_face(episode: LoadedEpisode) -> None:
    frame = episode_frames(episode)[FACES.name]
    assert values(frame, "embedding_row") == [0, 1, 2, 3, 4, 5, 6, 7, None, None]
    assert values(frame, "identity_id") == [A, A, B, B, A, A, B, B, None, None]
    assert values(frame, "rejection_reason") == [None] * 8 + ["low_contrast"] * 2
    assert values(frame, "embedding_norm") == [CLEAR_NORM] * 8 + [None] * 2
    assert frame.iloc[3].dropna().to_dict() == {
        "ep_id": EP_ID,
        "face_id": "face-000004",
        "track_id": "track-00002",
        "identity_id": B,
        "frame": 40,
        "ts": 8.0,
        "x1": 20.0,
        "y1": 20.0,
        "x2": 60.0,
        "y2": 70.0,
        "det_score": 0.9,
        "crop_std": 40.0,
        "quality_score": 0.505,
        "quality_det": 0.9,
        "quality_std": 40.0,
        "quality_box_area": 2000.0,
        "embedding_norm": CLEAR_NORM,
        "embedding_row": 3,
        "crop_key": "crops/track-00002/frame-000040.jpg",
        "deleted": False,
    }


def test_one_row_per_identity(episode: LoadedEpisode) -> None:
    frame = episode_frames(episode)[IDENTITIES.name]
    assert values(frame, "identity_id") == [A, B]
    assert (values(frame, "tracks"), values(frame, "faces")) == ([2, 2], [4, 4])
    assert values(frame, "seconds_on_screen") == [12.4, 14.4]
    assert values(frame, "name") == [None, None]


def test_an_identity_with_a_name_a_singleton_and_noise(episode: LoadedEpisode) -> None:
    labels = Labels(person_id="ann", name="Ann", assigned_by="person")
    named = make_identity(1, [1, 3], 12.5, low=True).model_copy(update={"labels": labels, "locked": True})
    singleton = make_identity(2, [2], 7.0).model_copy(update={"cluster_id": None})
    noise = make_identity(3, [4], 7.0).model_copy(update={"cluster_id": -1, "outlier_reason": "low"})
    changed = with_identities(episode, identities=(named, singleton, noise))
    frame = episode_frames(changed)[IDENTITIES.name]
    assert values(frame, "cluster_id") == [1, None, -1]
    assert values(frame, "tracks") == [2, 1, 1]
    assert values(frame, "low_cohesion") == [True, False, False]
    assert values(frame, "locked") == [True, False, False]
    assert values(frame, "outlier_reason") == [None, None, "low"]
    assert frame.loc[0, ["label", "person_id", "name", "assigned_by"]].tolist() == ["Ann", "ann", "Ann", "person"]


@pytest.mark.parametrize(
    ("people", "best", "runner_up"),
    [
        pytest.param((), (None, None, None), (None, None, None), id="no candidate"),
        pytest.param(("ann",), ("ann", "Ann", 0.9), (None, None, None), id="one"),
        pytest.param(("ann", "ben"), ("ann", "Ann", 0.9), ("ben", "Ben", 0.8), id="two"),
        pytest.param(("ben", "ann", "cy"), ("ben", "Ben", 0.9), ("ann", "Ann", 0.8), id="three"),
    ],
)
def test_one_row_per_assignment(
    episode: LoadedEpisode, people: tuple[str, ...], best: tuple[Any, ...], runner_up: tuple[Any, ...]
) -> None:
    candidates = [
        CastCandidate(person_id=person, name=person.capitalize(), similarity=similarity)
        for person, similarity in zip(people, (0.9, 0.8, 0.7), strict=False)
    ]
    assignment = CastAssignment(
        identity_id=A,
        status="needs_review",
        person_id=None,
        name=None,
        assigned_by=None,
        similarity=0.9 if people else None,
        margin=0.1 if len(people) > 1 else None,
        candidates=tuple(candidates),
        reason="by hand",
    )
    frame = episode_frames(with_assignments(episode, [assignment]))[ASSIGNMENTS.name]
    assert values(frame, "status") == ["needs_review"]
    assert values(frame, "candidates") == [len(people)]
    for prefix, expected in (("best", best), ("runner_up", runner_up)):
        assert tuple(values(frame, f"{prefix}_{part}")[0] for part in ("person_id", "name", "similarity")) == expected
    assert values(frame, "similarity") == [0.9 if people else None]
    assert values(frame, "margin") == [0.1 if len(people) > 1 else None]


def test_a_row_with_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match=r"A row of tracks differs from the declared columns in .*'speed'"):
        frame_of(TRACKS, [{"ep_id": EP_ID, "speed": 1.0}])


@pytest.mark.parametrize(
    ("start_offset_s", "expected"),
    [
        pytest.param(None, (10.0, 16.0), id="unknown"),
        pytest.param(0.25, (10.25, 16.25), id="sound-first"),
        pytest.param(-0.25, (10.0, 16.0), id="picture-first"),
    ],
)
def test_times_on_a_players_clock(
    episode: LoadedEpisode, start_offset_s: float | None, expected: tuple[float, float]
) -> None:
    video = episode.video.with_content(episode.video.content.model_copy(update={"start_offset_s": start_offset_s}))
    tracks = episode_frames(replace(episode, video=video))["tracks"]
    row = tracks[tracks["first_ts"] == 10.0].iloc[0]
    assert (row["first_player_s"], row["last_player_s"]) == expected
