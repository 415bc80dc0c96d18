"""The hard level of simulated television: four episodes of Buffy, played by people that no threshold was tuned on."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities import embedded, tv_episodes, tv_tracks
from benchmarks.identities.embedded import cache_folder, replaced
from benchmarks.identities.tv_episodes import REPORTED, half_of_people
from benchmarks.identities.tv_tracks import cast_photos, read_tracks
from benchmarks.television import plan
from benchmarks.television.labelled_episode import LabelledEpisode, pooled
from benchmarks.television.plan import plan_episode
from screenalytics_assets.calibration import drawn_plan, hard_look, hard_television, non_faces, wardrobe
from screenalytics_assets.calibration.hard_television import HardEpisode, film_hard
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.calibration.split_people import SEED
from screenalytics_assets.calibration.television import FPS
from screenalytics_assets.calibration.wardrobe import same_scene_auc
from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.faces.embed_faces import EmbeddedFaces
from screenalytics_resources.inference.engine import Engine

UNTIL_S = 450.0
"""Part of each episode that is simulated, s from its start."""
PERCENTILES = (5, 25, 50, 75, 95)
REAL_NORMS = {
    "opencv_zoo": (5.4, 7.3, 8.5, 10.1, 12.4),
    "buffalo_sc": (11.9, 15.1, 17.4, 19.7, 23.3),
}
"""Percentiles of the best norm per track in real clips of small and poor faces."""
MAKERS = (*embedded.MAKERS, plan, drawn_plan, hard_look, hard_television, non_faces, wardrobe, tv_tracks, tv_episodes)


def tier_episodes(data: Path, engine: Engine, fresh: bool) -> list[HardEpisode]:
    """Return the episodes of the tier, from the cache unless `fresh`."""
    folder = cache_folder(f"hard-television-{UNTIL_S:g}", data, engine, MAKERS)
    if fresh or not folder.exists():
        with replaced(folder) as made:
            for number, episode in enumerate(make_tier(REPORTED, data, engine, UNTIL_S)):
                write_episode(made / f"{number:02d}", episode)
    return [read_episode(part) for part in sorted(folder.iterdir()) if part.is_dir()]


def make_tier(series: str, data: Path, engine: Engine, until_s: float) -> list[HardEpisode]:
    """Film the first `until_s` seconds of the four episodes of `series` with one half of the photographed people."""
    tables = {path.stem: read_tracks(path) for path in sorted((data / "tv-tracks").glob(f"{series}_*.csv"))}
    plans = {
        name: plan_episode(name, table, until_s, np.random.default_rng([SEED, number]))
        for number, (name, table) in enumerate(tables.items())
    }
    roles = Counter(track.person for tracks in plans.values() for track in tracks if track.person != NON_FACE)
    actors = cast_photos(roles, half_of_people(data / "lfw", series), np.random.default_rng(SEED))
    return [
        film_hard(name, tracks, actors, engine, [SEED, number]) for number, (name, tracks) in enumerate(plans.items())
    ]


def labelled(episode: HardEpisode, pack: str) -> LabelledEpisode:
    """Return a simulated episode in the form of the clips."""
    people = {track.track_id: person for track, person in zip(episode.tracks, episode.truth, strict=True)}
    behind = {person for person, background in zip(episode.truth, episode.background, strict=True) if background}
    return LabelledEpisode(
        name=episode.name,
        pack=pack,
        fps=FPS,
        tracks=episode.tracks,
        faces=episode.faces.rows,
        vectors=episode.faces.vectors,
        people=people,
        background=frozenset(behind),
        shots=None,
        sources=frozenset({"simulated"}),
        sightings=Sightings(
            first_ts=np.array([track.first_ts for track in episode.tracks], np.float64),
            last_ts=np.array([track.last_ts for track in episode.tracks], np.float64),
            clothing=np.sqrt(episode.clothing),
            dressed=episode.dressed,
        ),
    )


def norm_percentiles(episodes: Sequence[LabelledEpisode]) -> NDArray[np.float64]:
    """Return the percentiles (5,) of the best norm per track, over tracks of faces that have an embedding."""
    norms = [
        row.best_norm
        for episode in episodes
        for row in pooled(episode).embeddings.rows
        if row.embedding_row is not None and episode.people[row.track_id] != NON_FACE
    ]
    return np.percentile(norms, PERCENTILES)


def clothing_auc(episodes: Sequence[HardEpisode]) -> float:
    """Return the mean over the episodes of the area under the curve of clothing affinities within scenes."""
    areas = []
    for episode in episodes:
        rows = np.flatnonzero(episode.dressed & np.array([person != NON_FACE for person in episode.truth]))
        people = [episode.truth[row] for row in rows.tolist()]
        areas.append(same_scene_auc(episode.clothing[rows], people, episode.scenes[rows]))
    return float(np.mean(areas))


def write_episode(folder: Path, episode: HardEpisode) -> None:
    """Write the episode to the files of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / "arrays.npz",
        vectors=episode.faces.vectors,
        background=episode.background,
        scenes=episode.scenes,
        clothing=episode.clothing,
        dressed=episode.dressed,
    )
    document = {
        "name": episode.name,
        "tracks": [track.model_dump(mode="json") for track in episode.tracks],
        "truth": list(episode.truth),
        "faces": [face.model_dump(mode="json") for face in episode.faces.rows],
    }
    (folder / "episode.json").write_text(json.dumps(document), encoding="utf-8")


def read_episode(folder: Path) -> HardEpisode:
    """Read what `write_episode` wrote."""
    document = json.loads((folder / "episode.json").read_text(encoding="utf-8"))
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        return HardEpisode(
            name=document["name"],
            tracks=[Track.model_validate(track) for track in document["tracks"]],
            truth=document["truth"],
            background=arrays["background"],
            scenes=arrays["scenes"],
            clothing=arrays["clothing"],
            dressed=arrays["dressed"],
            faces=EmbeddedFaces([Face.model_validate(face) for face in document["faces"]], arrays["vectors"]),
        )
