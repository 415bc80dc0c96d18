"""Labelled tracks of episodes in the data root: a CSV file that names the person of each track."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Half, Problem
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_EMBEDDINGS, TRACKS
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.cluster_episode import sightings_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import MAX_TEXT_BYTES, read_regular_file

HEADER = ["ep_id", "track_id", "person"]


@dataclass(frozen=True)
class LabelledTrack:
    """One row: a track of an episode and its person."""

    ep_id: str
    track_id: str
    person: str


def read_labels(path: Path) -> list[LabelledTrack]:
    """Read the rows of the CSV file at `path`, in order.

    Raises:
        UserError: not CSV in UTF-8, a header other than `ep_id,track_id,person`, an empty field, or a repeated track.
    """
    try:
        text = read_regular_file(path, MAX_TEXT_BYTES).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8.") from error
    if not rows or rows[0] != HEADER:
        header = ",".join(rows[0]) if rows else ""
        raise UserError(f"{path} begins with {header[:60]!r}: its first line must be {','.join(HEADER)}.")
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(HEADER) or not all(row):
            raise UserError(f"{path} has {','.join(row)[:60]!r} in row {line}: enter an episode, a track and a person.")
        if (row[0], row[1]) in seen:
            raise UserError(f"{path} names {row[1]} of {row[0]} again in row {line}: keep one row for each track.")
        seen.add((row[0], row[1]))
    return [LabelledTrack(*row) for row in rows[1:]]


@dataclass(frozen=True)
class LabelledEpisode:
    """The N labelled tracks of one episode that have an embedding: `vectors` (N, D), `norms` (N,), N people.

    `sightings` has their times and clothes.
    """

    ep_id: str
    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    people: Sequence[str]
    sightings: Sightings


def load_episodes(store: ArtifactStore, labels: Sequence[LabelledTrack], pack: str) -> list[LabelledEpisode]:
    """Load the labelled tracks with their stored embeddings, by episode, sorted by name.

    Tracks without an embedding are left out.

    Raises:
        UserError: an episode or a track does not exist, or the embeddings belong to another pack.
    """
    episodes = sorted({label.ep_id for label in labels})
    return [_episode(store, ep_id, [label for label in labels if label.ep_id == ep_id], pack) for ep_id in episodes]


def track_half(episodes: Iterable[LabelledEpisode], numbers: Mapping[str, int]) -> Half:
    """Return the tracks of the people in `numbers`: one problem per episode in which one of them is seen."""
    problems = []
    for episode in episodes:
        rows = np.array([index for index, name in enumerate(episode.people) if name in numbers], np.int64)
        people = np.array([numbers[episode.people[index]] for index in rows], np.int64)
        if len(rows):
            seen = episode.sightings.of(rows)
            problems.append(Problem(episode.ep_id, episode.vectors[rows], episode.norms[rows], people, seen))
    joined = Problem(
        "all episodes",
        np.concatenate([problem.vectors for problem in problems]),
        np.concatenate([problem.norms for problem in problems]),
        np.concatenate([problem.people for problem in problems]),
    )
    return Half(problems, joined)


def _episode(store: ArtifactStore, ep_id: str, labels: Sequence[LabelledTrack], pack: str) -> LabelledEpisode:
    table = load_artifact(store, TRACK_EMBEDDINGS, ep_id)
    if table.pack != pack:
        raise UserError(
            f"The embeddings of {ep_id} were made with model pack {table.pack!r}, not with {pack!r}: "
            f"run the episode with --pack {pack}, label its tracks and calibrate again."
        )
    rows = {row.track_id: row for row in table.rows}
    unknown = [label.track_id for label in labels if label.track_id not in rows]
    if unknown:
        raise UserError(
            f"Episode {ep_id} has no track {unknown[0]!r} ({len(unknown)} of its {len(labels)} labelled tracks do "
            "not exist): label its current tracks."
        )
    usable = [(label, rows[label.track_id]) for label in labels if rows[label.track_id].embedding_row is not None]
    tracks = load_artifact(store, TRACKS, ep_id)
    track_by_id = {track.track_id: track for track in tracks.rows}
    return LabelledEpisode(
        ep_id=ep_id,
        vectors=table.vectors[np.array([row.embedding_row for _, row in usable], np.int64)],
        norms=np.array([row.best_norm for _, row in usable], np.float64),
        people=[label.person for label, _ in usable],
        sightings=sightings_of([track_by_id[label.track_id] for label, _ in usable], load_clothing(store, tracks)),
    )
