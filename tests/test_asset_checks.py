"""Every asset check, run by Dagster on an episode on disk: it passes on a sound one and fails on a damaged one."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    DagsterInstance,
    ExecuteInProcessResult,
    JobDefinition,
)
from numpy.typing import NDArray

from screenalytics_assets.contract.cast_records import CastAssignment, LostName
from screenalytics_assets.contract.identity_records import DecisionFate, DecisionsApplied
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    FACES,
    IDENTITIES,
    IDENTITY_EVALUATION,
    MERGE_SUGGESTIONS,
    SCREEN_TIME,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
)
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.identities.diagnosis import stored_clustering
from screenalytics_assets.identity_evaluation.accepted import accept
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document, save_table
from tests.tiny_episode import (
    EP_ID,
    NOW,
    ONE_IDENTITY,
    PACK,
    SHATTERED,
    VIDEO,
    unit,
    write_assignments,
    write_evaluation,
    write_identities,
    write_tiny_episode,
)

Damage = Callable[[ArtifactStore], None]

SMALL_CAST = {"SCREENALYTICS_NUM_CLUSTERS_MIN": "0", "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_TARGET": "0.5"}
"""Guardrails for a cast of two, so that the sound episode passes every one of them."""
ANY_NUMBER_OF_TRACKS = {"SCREENALYTICS_GUARDRAIL_MIN_TRACKS": "0"}


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    """A sound episode, and guardrails that let it pass."""
    for name, value in SMALL_CAST.items():
        monkeypatch.setenv(name, value)
    return write_tiny_episode(home)


def job() -> JobDefinition:
    return build_definitions().resolve_job_def("episode")


def check_keys() -> set[AssetCheckKey]:
    """The checks of an episode's assets; those of a show have their own tests."""
    return set(job().asset_layer.asset_graph.asset_check_keys)


def execute(make: Iterable[str], checks: Iterable[AssetCheckKey]) -> ExecuteInProcessResult:
    selected = job().get_subset(asset_selection={AssetKey(name) for name in make}, asset_check_selection=set(checks))
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        return selected.execute_in_process(
            partition_key=EP_ID,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def evaluated(asset: str) -> dict[str, AssetCheckEvaluation]:
    """Results of all checks of one asset, by name."""
    result = execute([], [key for key in check_keys() if key.asset_key == AssetKey(asset)])
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def path(store: ArtifactStore, *names: str) -> Path:
    return Path(store.root).joinpath(*names)


# Ways to damage an artifact so that its seal is right and its content is wrong.


def rows(asset: str, **changes: Callable[[Any], Any]) -> Damage:
    """Change fields of the first row of a table; each gets its old value and returns the new one."""
    return edit_rows(
        asset,
        lambda old: [
            old[0].model_copy(update={name: change(getattr(old[0], name)) for name, change in changes.items()}),
            *old[1:],
        ],
    )


TABLES: dict[str, TableSpec[Any]] = {spec.asset: spec for spec in (TRACKS, FACES, TRACK_EMBEDDINGS, TRACK_REPS)}


def edit_rows(asset: str, edit: Callable[[list[Any]], list[Any]]) -> Damage:
    def damage(store: ArtifactStore) -> None:
        spec = TABLES[asset]
        table = load_artifact(store, spec, EP_ID)
        save_table(store, spec, replace(table, rows=edit(list(table.rows))))

    return damage


def edit_vectors(asset: str, name: str, edit: Callable[[np.ndarray], np.ndarray]) -> Damage:
    def damage(store: ArtifactStore) -> None:
        spec = TABLES[asset]
        table = load_artifact(store, spec, EP_ID)
        save_table(store, spec, replace(table, arrays={name: edit(table.arrays[name].copy())}))

    return damage


def with_embeddings(store: ArtifactStore, *directions: tuple[float, ...], **settings: Any) -> None:
    """Build the identities of tracks with these embeddings."""
    vectors = np.stack([unit(*values, dim=PACK.recogniser.dim) for values in directions])
    edit_vectors("track_embeddings", "tracks.npy", lambda _: vectors)(store)
    write_identities(store, **settings)


def metrics(**changes: Any) -> Damage:
    def damage(store: ArtifactStore) -> None:
        table = load_artifact(store, TRACKS, EP_ID)
        documents = {**table.documents, "track_metrics.json": table.metrics.model_copy(update=changes)}
        save_table(store, TRACKS, replace(table, documents=documents))

    return damage


def identities(edit: Callable[[Any], Any]) -> Damage:
    def damage(store: ArtifactStore) -> None:
        document = load_artifact(store, IDENTITIES, EP_ID)
        save_document(store, IDENTITIES, replace(document, content=edit(document.content)))

    return damage


def decided(lost: Sequence[tuple[int, str]]) -> Damage:
    """Let the identities state that these decisions of five are lost."""
    fates = [
        DecisionFate(decision_id="1" * 32, seq=seq, kind=kind, reason="its faces are not on screen", overruled_by=())
        for seq, kind in lost
    ]
    applied = DecisionsApplied(
        last_seq=5, sha256="0" * 64, applied=5 - len(lost), partial=0, undone=0, lost=tuple(fates), overruled=()
    )
    return identities(lambda old: old.model_copy(update={"decisions": applied}))


def metadata(**changes: Any) -> Damage:
    return identities(lambda old: old.model_copy(update={"metadata": old.metadata.model_copy(update=changes)}))


def delete(*names: str) -> Damage:
    return lambda store: path(store, *names).unlink()


def empty(*names: str) -> Damage:
    return lambda store: path(store, *names).write_bytes(b"") and None


def scaled(vectors: np.ndarray) -> np.ndarray:
    vectors[1] *= 2
    return vectors


def write_truth(store: ArtifactStore, tracks: Mapping[str, str]) -> None:
    """Say whose each track is, and evaluate against that."""
    path(store, "videos", EP_ID, "truth.json").write_text(json.dumps({"ep_id": EP_ID, "tracks": tracks}))
    write_evaluation(store)


def accepted(*, then: Damage) -> Damage:
    """Accept the evaluation of the sound identities, do something to them, and evaluate again."""

    def damage(store: ArtifactStore) -> None:
        write_truth(store, {f"track-{n:05d}": person for n, person in enumerate(("ann", "bob", "ann", "bob"), 1)})
        accept(store, load_artifact(store, IDENTITY_EVALUATION, EP_ID).content, "0" * 64, NOW)
        then(store)
        write_evaluation(store)

    return damage


def all_in_one(old: Any) -> Any:
    everybody = tuple(name for identity in old.identities for name in identity.track_ids)
    return old.model_copy(update={"identities": (old.identities[0].model_copy(update={"track_ids": everybody}),)})


CROP = f"frames/{EP_ID}/crops/track-00001/frame-000000.jpg"


@dataclass(frozen=True)
class Case:
    """What is damaged, and how the check says so."""

    check: str
    damage: Damage
    words: str
    severity: str = "ERROR"
    env: Mapping[str, str] | None = None


def swap_first_two(old: list[Any]) -> list[Any]:
    return [old[1], old[0], *old[2:]]


def assignments(change: Callable[[list[CastAssignment]], Sequence[CastAssignment]], **more: Any) -> Damage:
    """Change the rows of `cast_assignments.json`, and `more` of it."""

    def damage(store: ArtifactStore) -> None:
        document = load_artifact(store, CAST_ASSIGNMENTS, EP_ID)
        rows = tuple(change(list(document.content.assignments)))
        content = document.content.model_copy(update={"assignments": rows, **more})
        save_document(store, CAST_ASSIGNMENTS, replace(document, content=content))

    return damage


def ask_about_an_unknown_identity(store: ArtifactStore) -> None:
    document = load_artifact(store, MERGE_SUGGESTIONS, EP_ID)
    question = Question(
        kind="not_a_face",
        identity_id="identity-00099",
        track_ids=("track-00001",),
        other_identity_id=None,
        person_id=None,
        probability=0.5,
        actions_saved=2.0,
        face_similarity=None,
        clothing=None,
        shared_frames=0,
        nearest=(),
        seconds_on_screen=1.0,
        evidence="",
    )
    content = document.content.model_copy(update={"questions": (question,)})
    save_document(store, MERGE_SUGGESTIONS, replace(document, content=content))


def count_seconds_twice(store: ArtifactStore) -> None:
    document = load_artifact(store, SCREEN_TIME, EP_ID)
    first, *others = document.content.lanes
    lanes = (first.model_copy(update={"seconds": 2 * first.seconds}), *others)
    content = document.content.model_copy(update={"lanes": lanes})
    save_document(store, SCREEN_TIME, replace(document, content=content))


def named(row: CastAssignment, similarity: float) -> CastAssignment:
    changes = {"status": "assigned", "person_id": "ann", "assigned_by": "machine", "similarity": similarity}
    return row.model_copy(update=changes)


FAILING = {
    "video-gone": Case(
        "episode_video.video_is_the_recorded_file",
        delete("videos", EP_ID, "episode.mp4"),
        f"videos/{EP_ID}/episode.mp4 is missing: put the video back",
    ),
    "video-replaced": Case(
        "episode_video.video_is_the_recorded_file",
        lambda store: path(store, "videos", EP_ID, "episode.mp4").write_bytes(VIDEO[:-6]) and None,
        f"has {len(VIDEO) - 6} bytes, but {len(VIDEO)} were recorded",
    ),
    "crop-gone": Case(
        "tracks.tracks_are_whole",
        delete(CROP),
        "5 tracks, 1 problem found, first: crop crops/track-00001/frame-000000.jpg is missing or empty",
    ),
    "crop-empty": Case("tracks.tracks_are_whole", empty(CROP), "crop crops/track-00001/frame-000000.jpg is missing"),
    "clothing-gone": Case(
        "tracks.tracks_are_whole",
        delete("frames", EP_ID, "crops", "clothing.npy"),
        "5 tracks, 1 problem found, first: .*crops/clothing.npy cannot be used: it does not exist",
    ),
    "track-beyond-its-shot": Case(
        "tracks.tracks_are_whole",
        rows("tracks", last_frame=lambda old: 50),
        r"track-00001 spans 0-50, beyond shot-0001 \(0-49\)",
    ),
    "metrics-of-other-tracks": Case(
        "tracks.tracks_are_whole", metrics(tracks=6), "track_metrics.json states 6 tracks, but there are 5"
    ),
    "video-truncated": Case(
        "tracks.video_decoded_whole",
        metrics(truncated=True),
        "The video is damaged: it ends after 20.0 s, before its stated end; 0 packets were skipped",
        "WARN",
    ),
    "packets-lost": Case(
        "tracks.video_decoded_whole",
        metrics(corrupt_packets=3),
        "The video is damaged: 3 packets were skipped.*get an intact copy",
        "WARN",
    ),
    "clock-jumps": Case(
        "tracks.video_clock_is_continuous",
        metrics(clock_jumps=2, clock_jumps_at=(4.0, 9.5)),
        "The timestamps jump 2 times, after 4.0 s, 9.5 s.*Remux the video",
        "WARN",
    ),
    "too-many-tracks-per-minute": Case(
        "tracks.tracks_per_minute", metrics(tracks_per_minute=30.1), "tracks_per_minute is 30.1; target 30", "WARN"
    ),
    "far-too-many-tracks-per-minute": Case(
        "tracks.tracks_per_minute",
        metrics(tracks_per_minute=500.0),
        "tracks_per_minute is 500; target 30, limit 50",
        "WARN",
        ANY_NUMBER_OF_TRACKS,
    ),
    "many-short-tracks": Case(
        "tracks.short_track_fraction", metrics(short_track_fraction=0.9), "short_track_fraction is 0.9", "WARN"
    ),
    "many-switches": Case("tracks.id_switch_rate", metrics(id_switch_rate=0.9), "id_switch_rate is 0.9", "WARN"),
    "analysed-too-sparsely": Case(
        "tracks.video_analysed_throughout",
        metrics(seconds_analysed=1.5),
        "The analysed frames represent only 1.5 s of 20.0 s .at least 90% is expected.*lower stride",
        "WARN",
    ),
    "crop-of-a-face-gone": Case(
        "faces.faces_are_whole",
        delete(CROP),
        "10 faces, 1 problem found, first: crop crops/track-00001/frame-000000.jpg",
    ),
    "face-outside-its-track": Case(
        "faces.faces_are_whole",
        rows("faces", frame=lambda old: 31),
        "face-000001 is at frame 31, outside track-00001",
    ),
    "face-of-no-track": Case(
        "faces.faces_are_whole",
        rows("faces", track_id=lambda old: "track-00099"),
        "face-000001 is at frame 0, outside track-00099",
    ),
    "face-twice": Case(
        "faces.faces_are_whole", rows("faces", face_id=lambda old: "face-000002"), "face-000002 occurs twice"
    ),
    "accepted-and-rejected": Case(
        "faces.faces_are_whole",
        rows("faces", rejection_reason=lambda old: "too_small"),
        "face-000001 must have either an embedding or a rejection_reason",
    ),
    "embedding-rows-out-of-order": Case(
        "faces.faces_are_whole",
        edit_rows("faces", swap_first_two),
        "the rows of the table do not refer to the rows of faces.npy once each, in order",
    ),
    "face-vector-not-unit": Case(
        "faces.faces_are_whole",
        edit_vectors("faces", "faces.npy", scaled),
        "row 1 of faces.npy has norm 2.0000, expected 1",
    ),
    "face-vectors-of-another-model": Case(
        "faces.faces_are_whole",
        edit_vectors("faces", "faces.npy", lambda old: np.eye(8, 512, dtype=np.float32)),
        r"faces.npy is float32 \(8, 512\), expected float32 \(8, 128\)",
    ),
    "crop-unreadable": Case(
        "faces.crops_are_readable",
        edit_rows("faces", lambda old: [*old[:-1], old[-1].model_copy(update={"rejection_reason": "unreadable_crop"})]),
        "1 crops could not be read or aligned, first: crops/track-00005/frame-000070.jpg",
        "WARN",
    ),
    "face-unalignable": Case(
        "faces.crops_are_readable",
        edit_rows("faces", lambda old: [*old[:-1], old[-1].model_copy(update={"rejection_reason": "unalignable"})]),
        "1 crops could not be read or aligned",
        "WARN",
    ),
    "embedding-of-a-track-missing": Case(
        "track_embeddings.track_embeddings_are_whole",
        edit_rows("track_embeddings", lambda old: old[:-1]),
        "the 4 rows do not contain the 5 tracks once each, in order",
    ),
    "embeddings-in-another-order": Case(
        "track_embeddings.track_embeddings_are_whole",
        edit_rows("track_embeddings", swap_first_two),
        "the rows of the table do not refer to the rows of tracks.npy once each, in order",
    ),
    "wrong-number-of-faces": Case(
        "track_embeddings.track_embeddings_are_whole",
        rows("track_embeddings", num_faces=lambda old: 3),
        "track-00001 states 3 faces, but has 2",
    ),
    "track-vector-not-unit": Case(
        "track_embeddings.track_embeddings_are_whole",
        edit_vectors("track_embeddings", "tracks.npy", scaled),
        "row 1 of tracks.npy has norm 2.0000, expected 1",
    ),
    "made-from-other-embeddings": Case(
        "identities.identities_are_whole",
        metadata(embeddings_sha256="0" * 64),
        "built from track embeddings that have changed since",
    ),
    "track-in-no-identity": Case(
        "identities.identities_are_whole",
        identities(lambda old: old.model_copy(update={"unusable_tracks": ()})),
        "track-00005 is in no identity",
    ),
    "dismissed-track-in-an-identity": Case(
        "identities.identities_are_whole",
        identities(lambda old: old.model_copy(update={"dismissed_tracks": ("track-00001",)})),
        "track-00001 is in 2 identities",
    ),
    "one-decision-lost": Case(
        "identities.decisions_are_kept",
        decided(lost=[(2, "is_person")]),
        "1 decision is lost, first: decision 2 \\(is_person\\): its faces are not on screen; decide again",
        "WARN",
    ),
    "two-decisions-lost": Case(
        "identities.decisions_are_kept",
        decided(lost=[(2, "lock"), (4, "same")]),
        "2 decisions are lost, first: decision 2 \\(lock\\): its faces are not on screen; decide again on what is on "
        "screen now, or undo it",
        "WARN",
    ),
    "many-singletons-of-few-tracks": Case(
        "identities.singleton_fraction",
        lambda store: write_identities(store, **SHATTERED),
        "singleton_fraction is 1.*Only a warning, because 4 tracks are fewer than guardrail_min_tracks = 20",
        "WARN",
    ),
    "people-shattered": Case(
        "identities.singleton_fraction",
        lambda store: write_identities(store, **SHATTERED),
        "singleton_fraction is 1; target 0.3, limit 0.5. 4 of 4 singletons are similar enough to another identity",
        "ERROR",
        ANY_NUMBER_OF_TRACKS,
    ),
    "two-people-in-one-identity": Case(
        "identities.largest_cluster_fraction",
        lambda store: write_identities(store, **ONE_IDENTITY),
        "largest_cluster_fraction is 1; target 0.5, limit 0.6. The largest identity falls into two parts: 2 and 2",
        "ERROR",
        ANY_NUMBER_OF_TRACKS,
    ),
    "many-singletons-of-strangers": Case(
        "identities.singleton_fraction",
        lambda store: with_embeddings(store, (1.0,), (0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0)),
        "singleton_fraction is 1; target 0.3, limit 0.5. This is plausible for people who appear only once: 4 of 4",
        "WARN",
        ANY_NUMBER_OF_TRACKS,
    ),
    "one-person-in-all-tracks": Case(
        "identities.largest_cluster_fraction",
        lambda store: with_embeddings(store, (1.0,), (1.0,), (1.0,), (1.0,), cannot_link=False),
        "largest_cluster_fraction is 1; target 0.5, limit 0.6. This is plausible for a lead",
        "WARN",
        ANY_NUMBER_OF_TRACKS,
    ),
    "one-identity-is-large": Case(
        "identities.largest_cluster_fraction",
        metadata(largest_cluster_fraction=0.6),
        "largest_cluster_fraction is 0.6; target 0.5, limit 0.6",
        "WARN",
        ANY_NUMBER_OF_TRACKS,
    ),
    "too-many-clusters": Case("identities.num_clusters", metadata(num_clusters=31), "num_clusters is 31", "WARN"),
    "too-few-clusters": Case(
        "identities.num_clusters",
        lambda store: None,
        "num_clusters is 2; target 5 to 15, limit 30. Fewer identities",
        "WARN",
        {"SCREENALYTICS_NUM_CLUSTERS_MIN": "5"},
    ),
    "clusters-too-large": Case(
        "identities.avg_cluster_size", metadata(avg_cluster_size=10.5), "avg_cluster_size is 10.5", "WARN"
    ),
    "representative-missing": Case(
        "track_reps.track_reps_are_whole",
        edit_rows("track_reps", lambda old: old[1:]),
        "track-00001 has no representative",
    ),
    "representative-twice": Case(
        "track_reps.track_reps_are_whole",
        edit_rows("track_reps", lambda old: [old[0], *old]),
        "track-00001 has more than one representative",
    ),
    "representative-of-no-track": Case(
        "track_reps.track_reps_are_whole",
        edit_rows("track_reps", lambda old: [*old, old[0].model_copy(update={"track_id": "track-00099"})]),
        "track-00099 has a representative, but there is no such track",
    ),
    "thumbnail-gone": Case(
        "track_reps.track_reps_are_whole",
        delete("frames", EP_ID, "thumbs", "identity-00002", "rep.jpg"),
        "picture thumbs/identity-00002/rep.jpg is missing",
    ),
    "crop-of-a-representative-gone": Case(
        "track_reps.track_reps_are_whole", delete(CROP), "picture crops/track-00001/frame-000000.jpg is missing"
    ),
    "identity-without-assignment": Case(
        "cast_assignments.every_identity_has_an_assignment",
        assignments(lambda rows: rows[1:]),
        "1 assignments, 1 problem found, first: identity-00001 has 0 assignments; materialize cast_assignments again",
    ),
    "question-about-an-unknown-identity": Case(
        "merge_suggestions.suggestions_are_whole",
        ask_about_an_unknown_identity,
        "1 questions, 1 problem found, first: question 1 is about identity-00099, which does not exist; materialize "
        "merge_suggestions again",
    ),
    "seconds-counted-twice": Case(
        "screen_time.seconds_add_up",
        count_seconds_twice,
        "3 problems found, first: identity-00002 has 28.8 s, but the sum of its states is 14.400 s; materialize "
        "screen_time again",
    ),
    "screen-time-of-other-tracks": Case(
        "screen_time.seconds_add_up",
        rows("tracks", last_ts=lambda old: old + 0.2),
        "2 people and unnamed identities, made from other tracks or identities than the stored ones; materialize "
        "screen_time again",
        "WARN",
    ),
    "named-below-the-bound": Case(
        "cast_assignments.every_identity_has_an_assignment",
        assignments(lambda rows: [named(rows[0], 0.2), *rows[1:]]),
        "identity-00001 was named at similarity 0.2, below",
    ),
    "every-identity-needs-a-review": Case(
        "cast_assignments.cast_match_confidence",
        assignments(lambda rows: [row.model_copy(update={"status": "needs_review"}) for row in rows], cast_size=2),
        "cast_review_fraction is 1; target 0.5, limit 0.8. Many identities resemble a cast member",
        "WARN",
    ),
    "named-identity-gone": Case(
        "cast_assignments.cast_match_confidence",
        assignments(list, cast_size=2, lost_names=(LostName(identity_id="identity-00009", person_id="ann"),)),
        "1 identities named by hand no longer exist: name their successors again",
        "WARN",
    ),
    "poor-representatives": Case(
        "track_reps.representatives_are_confident",
        edit_rows("track_reps", lambda old: [rep.model_copy(update={"low_confidence": True}) for rep in old]),
        "low_confidence_fraction is 1; target 0.25, limit 0.5",
        "WARN",
        ANY_NUMBER_OF_TRACKS,
    ),
    "worse-than-accepted": Case(
        "identity_evaluation.evaluation_is_as_good_as_accepted",
        accepted(then=identities(all_in_one)),
        r"figures are worse than in the evaluation accepted on 2026-01-02 03:04, first: B-cubed F by track, all people "
        r"went from 1 to 0\.666667, beyond the tolerance 0\.01",
    ),
    "accepted-against-another-truth": Case(
        "identity_evaluation.evaluation_is_as_good_as_accepted",
        accepted(then=lambda store: write_truth(store, {"track-00001": "ann", "track-00002": "ann"})),
        "the truth file has changed since an evaluation was accepted; accept again with `screenalytics evaluate",
        "WARN",
    ),
    "accepted-evaluation-unreadable": Case(
        "identity_evaluation.evaluation_is_as_good_as_accepted",
        lambda store: path(store, "manifests", EP_ID, "accepted_evaluation.json").write_text("{") and None,
        "accepted_evaluation.json cannot be used .*: accept an evaluation again",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in FAILING.items()])
def test_damage_makes_the_check_fail(case: Case, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (case.env or {}).items():
        monkeypatch.setenv(name, value)
    case.damage(store)
    asset, name = case.check.split(".")
    found = evaluated(asset)[name]
    assert not found.passed
    assert found.severity.value == case.severity
    assert re.search(case.words, found.description or "")


# How a failed guardrail explains its cause, on identities that are really bad.

KNOWN_THRESHOLDS = {
    "SCREENALYTICS_CLUSTER_SIM": "0.40",
    "SCREENALYTICS_MIN_IDENTITY_SIM": "0.25",
    "SCREENALYTICS_UNUSABLE_NORM": "0",
    "SCREENALYTICS_MERGE_PROBABILITY": "1",
}
A, B = (1.0,), (0.0, 1.0)
NEARLY_A, NEARLY_B = (0.385, 0.0, (1 - 0.385**2) ** 0.5), (0.0, 0.385, 0.0, (1 - 0.385**2) ** 0.5)
"""Their similarity to the same person is 0.385, which is 0.015 too low.

With a norm of 12 the tracks need only a share of 0.99 of the threshold each, so 0.385 counts as 0.393, and 0.405 as
0.413.
"""
ALMOST_A = (0.405, (1 - 0.405**2) ** 0.5)
"""Another person, with a similarity of 0.405 to A, which is 0.005 too high."""


def seen_as(direction: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit vector (D,) that has this direction once the mean face is subtracted."""
    mean = PACK.mean_face
    along = float(mean @ direction)
    length = -along + np.sqrt(along**2 + 1 - float(mean @ mean))
    return np.asarray(mean + length * direction, np.float32)


def guardrails_after(store: ArtifactStore, *directions: tuple[float, ...]) -> dict[str, AssetCheckEvaluation]:
    """Build identities from tracks that the clustering sees in these directions, and return their checks."""
    vectors = np.stack([seen_as(unit(*values, dim=PACK.recogniser.dim)) for values in directions])
    edit_vectors("track_embeddings", "tracks.npy", lambda _: vectors)(store)
    result = execute(["identities"], [key for key in check_keys() if key.asset_key == AssetKey("identities")])
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def table(found: AssetCheckEvaluation, name: str) -> list[dict[str, Any]]:
    return [dict(record.data) for record in found.metadata[name].records]


@pytest.mark.parametrize(
    ("directions", "check", "remedy"),
    [
        pytest.param(
            (A, B, NEARLY_A, NEARLY_B),
            "singleton_fraction",
            "cluster_thresh 0.39 instead of 0.4 would bring singleton_fraction to 0 (target 0.3); "
            "largest_cluster_fraction would then be 0.5 (target 0.5).",
            id="singletons",
        ),
        pytest.param(
            (A, ALMOST_A, A, ALMOST_A),
            "largest_cluster_fraction",
            "cluster_thresh 0.42 instead of 0.4 would bring largest_cluster_fraction to 0.5 (target 0.5); "
            "singleton_fraction would then be 0 (target 0.3).",
            id="two-people-in-one-identity",
        ),
    ],
)
def test_a_failed_guardrail_names_the_setting(
    directions: tuple[tuple[float, ...], ...],
    check: str,
    remedy: str,
    store: ArtifactStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in KNOWN_THRESHOLDS.items():
        monkeypatch.setenv(name, value)
    found = guardrails_after(store, *directions)[check]
    assert not found.passed
    assert str(found.metadata["remedy"].value).startswith(remedy)


@pytest.mark.parametrize(
    ("directions", "check"),
    [
        pytest.param((A, A, A, A), "largest_cluster_fraction", id="one-person-in-all-tracks"),
        pytest.param((A, B, (0, 0, 1), (0, 0, 0, 1)), "singleton_fraction", id="strangers"),
        pytest.param((A, A, A, A), "num_clusters", id="a-cast-of-one"),
    ],
)
def test_a_plausible_result_gets_no_remedy(
    directions: tuple[tuple[float, ...], ...], check: str, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**KNOWN_THRESHOLDS, "SCREENALYTICS_NUM_CLUSTERS_MIN": "2"}.items():
        monkeypatch.setenv(name, value)
    found = guardrails_after(store, *directions)[check]
    assert (found.passed, found.severity.value) == (False, "WARN")
    assert dict(found.metadata["evidence_of_error"].value)["verdict"] == "plausible"
    assert "remedy" not in found.metadata
    assert "instead of" not in (found.description or "")


def test_an_error_states_its_remedy_once(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KNOWN_THRESHOLDS, "SCREENALYTICS_GUARDRAIL_MIN_TRACKS": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SCREENALYTICS_LARGEST_CLUSTER_FRACTION_LIMIT", "0.5")
    found = guardrails_after(store, A, ALMOST_A, A, ALMOST_A)["largest_cluster_fraction"]
    assert found.severity.value == "ERROR"
    assert (found.description or "").count("cluster_thresh 0.42 instead of 0.4") == 1
    assert "remedy" not in found.metadata


def test_the_remedy_of_a_failed_guardrail_works(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identities built with the proposed setting have the predicted metric."""
    for name, value in {**KNOWN_THRESHOLDS, "SCREENALYTICS_CLUSTER_SIM": "0.39"}.items():
        monkeypatch.setenv(name, value)
    found = guardrails_after(store, A, B, NEARLY_A, NEARLY_B)["singleton_fraction"]
    assert found.passed
    assert found.metadata["value"].value == 0.0


def test_a_failed_guardrail_shows_singletons_that_nearly_joined(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KNOWN_THRESHOLDS.items():
        monkeypatch.setenv(name, value)
    found = guardrails_after(store, A, B, NEARLY_A, NEARLY_B)["singleton_fraction"]
    joins = {row["track"]: row for row in table(found, "near_joins")}
    assert set(joins) == {f"track-{number:05d}" for number in (1, 2, 3, 4)}
    assert joins["track-00003"]["closest_track"] == "track-00001"
    assert joins["track-00003"]["similarity"] == pytest.approx(0.385, abs=1e-4)
    assert joins["track-00003"]["missed_by"] == pytest.approx(0.015, abs=1e-4)
    assert str(found.metadata["near_join_faces"].value).startswith("![pairs of tracks](data:image/jpeg;base64,")
    assert len(str(found.metadata["near_join_faces"].value)) <= 40_000


def test_a_failed_guardrail_shows_where_the_largest_identity_would_split(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KNOWN_THRESHOLDS.items():
        monkeypatch.setenv(name, value)
    found = guardrails_after(store, A, ALMOST_A, A, ALMOST_A)["largest_cluster_fraction"]
    assert str(found.metadata["largest_identity"].value).endswith(", 4 tracks")
    weakest = table(found, "weak_links")[0]
    assert {weakest["track"], weakest["other_track"]} == {"track-00001", "track-00002"}
    assert weakest["similarity"] == pytest.approx(0.405, abs=1e-4)
    assert (weakest["tracks_on_this_side"], weakest["tracks_on_the_other"]) == (2, 2)
    assert str(found.metadata["weak_link_faces"].value).startswith("![pairs of tracks](data:image/jpeg;base64,")


def test_a_passed_guardrail_computes_no_cause(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_clustering, "cluster_episode", None)
    found = evaluated("identities")
    assert all(result.passed for result in found.values())
    assert not {"remedy", "weak_links", "near_joins"} & set().union(*(result.metadata for result in found.values()))


def test_identities_that_cannot_be_reproduced_get_no_remedy(store: ArtifactStore) -> None:
    write_identities(store, **SHATTERED)
    metadata(singleton_fraction=0.6)(store)
    found = evaluated("identities")["singleton_fraction"]
    assert str(found.metadata["remedy"].value).startswith(
        "Clustering again with the same settings gives singleton_fraction 1 instead of 0.6"
    )


@pytest.mark.parametrize("asset", list(EPISODE_SPECS))
def test_every_check_passes_on_a_sound_episode(asset: str, store: ArtifactStore) -> None:
    found = evaluated(asset)
    assert found
    assert {name: result.description for name, result in found.items() if not result.passed} == {}


def test_every_check_has_a_case_that_makes_it_fail() -> None:
    in_graph = {f"{key.asset_key.to_user_string()}.{key.name}" for key in check_keys()}
    assert {case.check for case in FAILING.values()} == in_graph


# Damage that the seals find: then nothing can be vouched for.


def cut_off(*names: str) -> Damage:
    def damage(store: ArtifactStore) -> None:
        file = path(store, *names)
        file.write_bytes(file.read_bytes()[:-20])

    return damage


def swapped_vectors(store: ArtifactStore) -> None:
    np.save(path(store, "embeds", EP_ID, "faces.npy"), np.stack([unit(1.0, dim=PACK.recogniser.dim)] * 8))


@pytest.mark.parametrize(
    ("asset", "damage", "words"),
    [
        *(
            pytest.param(
                asset,
                cut_off("manifests", EP_ID, spec.file),
                rf"{spec.file} cannot be used: .* --from {asset}`",
                id=f"{asset}-cut-off",
            )
            for asset, spec in EPISODE_SPECS.items()
        ),
        *(
            pytest.param(
                asset,
                delete("manifests", EP_ID, spec.file),
                rf"{spec.file} does not exist: make it with `screenalytics run --ep-id {EP_ID}`",
                id=f"{asset}-missing",
            )
            for asset, spec in EPISODE_SPECS.items()
        ),
        pytest.param(
            "tracks",
            cut_off("manifests", EP_ID, "shots.json"),
            "shots.json cannot be used: .* --from tracks`",
            id="shots-cut-off",
        ),
        pytest.param(
            "tracks",
            delete("frames", EP_ID, "crops", "index.json"),
            "crops/index.json cannot be used: it does not exist; .* --from tracks`",
            id="crop-index-missing",
        ),
        pytest.param(
            "faces",
            delete("embeds", EP_ID, "faces.npy"),
            "faces.npy cannot be used: it does not exist; .* --from faces`",
            id="vectors-missing",
        ),
        pytest.param("faces", swapped_vectors, "faces.npy cannot be used: .* --from faces`", id="vectors-swapped"),
        pytest.param(
            "identities",
            cut_off("manifests", EP_ID, "track_embeddings_meta.jsonl"),
            "track_embeddings_meta.jsonl cannot be used: .* --from track_embeddings`",
            id="damage-upstream",
        ),
    ],
)
def test_a_damaged_artifact_fails_every_check(asset: str, damage: Damage, words: str, store: ArtifactStore) -> None:
    damage(store)
    found = evaluated(asset)
    assert set(found) == {key.name for key in check_keys() if key.asset_key == AssetKey(asset)}
    for result in found.values():
        assert not result.passed
        assert result.severity.value == "ERROR"
        assert re.search(words, result.description or "")


def test_bad_guardrail_settings_fail_every_check(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_NUM_CLUSTERS_TARGET", "99")
    for result in evaluated("identities").values():
        assert not result.passed
        assert "num_clusters_target = 99 is greater than num_clusters_limit = 30" in (result.description or "")


# What the checks do to a run.

BLOCKING = {
    "episode_video.video_is_the_recorded_file",
    "tracks.tracks_are_whole",
    "faces.faces_are_whole",
    "track_embeddings.track_embeddings_are_whole",
    "identities.identities_are_whole",
    "identities.singleton_fraction",
    "identities.largest_cluster_fraction",
    "track_reps.track_reps_are_whole",
    "cast_assignments.every_identity_has_an_assignment",
    "merge_suggestions.suggestions_are_whole",
    "screen_time.seconds_add_up",
}


def test_every_check_is_partitioned_and_the_right_ones_block() -> None:
    graph = job().asset_layer.asset_graph
    specs = {f"{k.asset_key.to_user_string()}.{k.name}": graph.get_check_spec(k) for k in check_keys()}
    assert {name for name, spec in specs.items() if spec.blocking} == BLOCKING
    assert {name for name, spec in specs.items() if spec.partitions_def != EPISODES} == set()
    for key in graph.asset_check_keys:
        spec = graph.get_check_spec(key)
        assert graph.get(key.asset_key).partitions_def == spec.partitions_def


def materialized(result: ExecuteInProcessResult) -> list[str]:
    return [event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key]


SHATTERING = {f"SCREENALYTICS_{name.upper()}": str(value) for name, value in SHATTERED.items()}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(["identities", "track_reps"], id="identities-made-in-the-same-run"),
        pytest.param(["track_reps"], id="identities-made-before"),
    ],
)
@pytest.mark.parametrize(
    ("env", "severity", "runs"),
    [
        pytest.param({}, None, True, id="passed"),
        pytest.param(SHATTERING, "WARN", True, id="warning"),
        pytest.param(SHATTERING | ANY_NUMBER_OF_TRACKS, "ERROR", False, id="error"),
    ],
)
def test_a_blocking_error_stops_what_is_downstream(
    make: list[str],
    env: Mapping[str, str],
    severity: str | None,
    runs: bool,
    store: ArtifactStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    write_identities(store, **(SHATTERED if env else {}))
    write_assignments(store)
    before = path(store, "manifests", EP_ID, "track_reps.jsonl").stat().st_mtime_ns
    result = execute(make, check_keys())
    found = {check.check_name: check for check in result.get_asset_check_evaluations()}["singleton_fraction"]
    assert (None if found.passed else found.severity.value) == severity
    assert result.success == runs
    assert materialized(result) == (make if runs else make[:-1])
    assert (path(store, "manifests", EP_ID, "track_reps.jsonl").stat().st_mtime_ns != before) == runs


def test_damage_of_what_is_not_made_again_stops_what_is_downstream(store: ArtifactStore) -> None:
    path(store, CROP).unlink()
    result = execute(["track_embeddings"], check_keys())
    assert not result.success
    assert materialized(result) == []
