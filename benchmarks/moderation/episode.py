"""A synthetic episode with 50 identities to correct: 12 people in 46 identities, 4 non-faces, and 18 wrong tracks.

Photos of people are filmed as poor television by the hard level of the calibration. Each person is in four scenes. The
tracks of a scene are one identity, as if the clustering had joined no two scenes, with two exceptions that make
46 identities out of 48. In six identities, three tracks of another person of the same scene are added: runs of wrong
tracks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.television.labelled_episode import pooled
from benchmarks.television.tier import labelled
from screenalytics_assets.calibration.drawn_tracks import draw_track
from screenalytics_assets.calibration.hard_television import HardEpisode, PlannedTrack, film_hard
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.calibration.television import Crops
from screenalytics_assets.clustering.constraints import Constraints, violations
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack

PEOPLE, SCENES_PER_PERSON, PEOPLE_PER_SCENE, TRACKS_PER_SCENE = 12, 4, 3, 6
NON_FACES, TRACKS_PER_NON_FACE = 4, 2
RUNS, RUN_TRACKS = 6, 3
JOINED_SCENES = 2
"""Pairs of scenes of a person that are one identity."""
TOGETHER_SHARE = 0.3
PICTURE_WIDTH, GAP_FRAMES = 1280.0, 125
EP_ID = "oracle-s01e01"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = ClusteringSettings.model_validate({})


@dataclass(frozen=True)
class MessyEpisode:
    """The identities to correct, and of each track the number of `faces` and the person, or `NON_FACE`."""

    identities: Identities
    compared: ComparedEpisode
    faces: Mapping[str, int]
    truth: Mapping[str, str]


def plan_scenes(people: Sequence[str], rng: np.random.Generator) -> list[PlannedTrack]:
    """Plan 16 scenes of 3 people with 6 tracks each, and 4 things in 2 tracks each that are taken for faces."""
    order = [person for _ in range(SCENES_PER_PERSON) for person in rng.permutation(people).tolist()]
    casts = [order[first : first + PEOPLE_PER_SCENE] for first in range(0, len(order), PEOPLE_PER_SCENE)]
    planned: list[PlannedTrack] = []
    clock = 0
    for scene, cast in enumerate(casts):
        turns = [person for _ in range(TRACKS_PER_SCENE) for person in rng.permutation(cast).tolist()]
        together = False
        for turn, person in enumerate(turns):
            before = planned[-1] if turn else None
            together = before is not None and before.person != person and not together and rng.random() < TOGETHER_SHARE
            planned.append(_face(person, scene, before if together else None, clock, rng))
            clock = max(clock, planned[-1].frames[1] + 1)
        clock += GAP_FRAMES
    for thing in range(NON_FACES):
        scene = int(rng.integers(len(casts)))
        near = [track for track in planned if track.scene == scene]
        for turn in range(TRACKS_PER_NON_FACE):
            planned.append(_thing(near[thing + TRACKS_PER_SCENE * turn], rng))
    return planned


def _face(person: str, scene: int, partner: PlannedTrack | None, clock: int, rng: np.random.Generator) -> PlannedTrack:
    drawn = draw_track(rng)
    first = clock if partner is None else partner.frames[0]
    on_the_left = partner is None or partner.box[0] >= PICTURE_WIDTH / 2
    left = rng.uniform(0.05, 0.2) * PICTURE_WIDTH + (0.0 if on_the_left else PICTURE_WIDTH / 2)
    box = (left, 100.0, left + drawn.face_px, 100.0 + 1.2 * drawn.face_px)
    return PlannedTrack(person, False, scene, (first, first + drawn.boxes - 1), drawn.boxes, box)


def _thing(near: PlannedTrack, rng: np.random.Generator) -> PlannedTrack:
    """Return a track without a face, of 1 to 3 s, during the track `near` and below it."""
    boxes = int(rng.integers(25, 75))
    first, side = near.frames[0], near.face_px
    box = (900.0, 500.0, 900.0 + side, 500.0 + side)
    return PlannedTrack(NON_FACE, True, near.scene, (first, first + boxes - 1), boxes, box)


def film(photos: Mapping[str, Sequence[Path]], engine: Engine, seed: int, pictures: Crops | None = None) -> HardEpisode:
    """Film the episode with 12 people of `photos`. Equal seeds give equal episodes.

    The crops are added to `pictures`, if given.
    """
    rng = np.random.default_rng([seed, 1])
    people = [str(name) for name in rng.permutation(sorted(photos))[:PEOPLE]]
    plan = plan_scenes(people, rng)
    return film_hard("oracle", plan, {person: photos[person] for person in people}, engine, [seed, 2], pictures)


def messy(filmed: HardEpisode, pack: Pack, seed: int) -> MessyEpisode:
    """Group the tracks of a filmed episode to the identities that have to be corrected."""
    episode = labelled(filmed, pack.name)
    pooled_episode = pooled(episode)
    rows = np.flatnonzero(pooled_episode.embedded)
    tracks = [episode.tracks[row] for row in rows.tolist()]
    embeddings = [row for row in pooled_episode.embeddings.rows if row.embedding_row is not None]
    vectors = pooled_episode.embeddings.vectors
    people = [filmed.truth[row] for row in rows.tolist()]
    sharing = sharing_pairs(tracks)
    labels = messy_labels(people, filmed.scenes[rows], sharing, np.random.default_rng([seed, 3]))
    bounds = thresholds(SETTINGS, pack)
    sightings = episode.sightings.of(rows)
    clusters = Clusters(
        labels, bounds, {}, {}, Constraints(cannot_link=sharing), contradictions=(), joined={}, prevented_merges=0
    )
    made = build_identities(Episode(EP_ID, episode.fps, tracks, embeddings, vectors, ""), clusters, SETTINGS, pack, NOW)
    norms = np.array([row.best_norm for row in embeddings], np.float64)
    compared = ComparedTracks(centred(vectors, pack.evidence.mean(vectors.shape[1])), norms, bounds, sharing, sightings)
    position = {track: index for index, i in enumerate(made.identities) for track in i.track_ids}
    order = np.array([position[track.track_id] for track in tracks], np.int64)
    return MessyEpisode(
        made,
        ComparedEpisode(made.identities, tracks, order, compared, 1 / episode.fps),
        {row.track_id: row.num_faces for row in embeddings},
        {track.track_id: person for track, person in zip(tracks, people, strict=True)},
    )


def messy_labels(
    people: Sequence[str], scenes: NDArray[np.int64], sharing: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the wrong labels (N,): one per person and scene, with two pairs joined, and six runs of wrong tracks."""
    names = sorted(set(people) - {NON_FACE})
    numbers = {name: number for number, name in enumerate([*names, NON_FACE])}
    labels = np.array([numbers[person] for person in people], np.int64) + (len(names) + 1) * scenes
    things = np.flatnonzero(np.array(people) == NON_FACE)
    labels[things] = labels.max() + 1 + np.arange(len(things)) // TRACKS_PER_NON_FACE
    for name in rng.permutation(names)[:JOINED_SCENES].tolist():
        parts = np.unique(labels[np.array(people) == name])
        labels[labels == parts[1]] = parts[0]
    _add_runs(labels, np.array(people), scenes, sharing, rng)
    return number_by_first_appearance(labels)


def _add_runs(
    labels: NDArray[np.int64],
    people: NDArray[np.str_],
    scenes: NDArray[np.int64],
    sharing: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Move six runs of three tracks to an identity of another person of the scene. Each identity is involved once."""
    used: set[int] = set()
    runs = 0
    for label in rng.permutation(np.unique(labels[people != NON_FACE])).tolist():
        if runs == RUNS:
            return
        rows = np.flatnonzero(labels == label)
        if label in used or len(rows) <= RUN_TRACKS:
            continue
        near = np.unique(labels[(scenes == scenes[rows[0]]) & (people != NON_FACE) & (people != people[rows[0]])])
        for host in rng.permutation(near).tolist():
            moved = _with_run(labels, rows, host, sharing)
            if host in used or moved is None:
                continue
            labels[:] = moved
            used |= {label, host}
            runs += 1
            break
    if runs == RUNS:
        return
    raise ValueError(f"Expected room for {RUNS} runs of wrong tracks, but found {runs}.")


def _with_run(
    labels: NDArray[np.int64], rows: NDArray[np.int64], host: int, sharing: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Move three neighbours of `rows` to `host`, which has more tracks and shares no frame with them; None if none."""
    if np.sum(labels == host) <= RUN_TRACKS:
        return None
    for first in range(len(rows) - RUN_TRACKS + 1):
        moved = labels.copy()
        moved[rows[first : first + RUN_TRACKS]] = host
        if not len(violations(moved, sharing)):
            return moved
    return None
