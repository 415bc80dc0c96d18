"""Synthetic people for tests of calibration: unit vectors around orthogonal axes, and photos of one hue each."""

import shutil
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Half, Probes, Problem
from screenalytics_assets.contract.clothing_file import CLOTHING_DIM, CLOTHING_FILE, clothing_content
from screenalytics_assets.contract.schemas import TRACK_EMBEDDINGS, TRACKS, CropIndex, Shots, TrackEmbeddings, Tracks
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.recognition import Embeddings
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.sealed_files import save_table
from tests.tiny_episode import FPS, PACK, make_embedding, make_metrics, make_shot, make_track, origin

COLOURS = ((220, 20, 20), (20, 220, 20), (20, 20, 220), (180, 180, 20), (180, 20, 180), (20, 180, 180))
DIM = PACK.recogniser.dim


def people_apart(people: int, samples: int, within: float, name: str = "people", norm: float = 12.0) -> Problem:
    """Make samples with similarity exactly `within` for one person and 0 across people."""
    count = people * samples
    vectors = np.zeros((count, max(DIM, people + count)), np.float32)
    owners = np.repeat(np.arange(people), samples)
    vectors[np.arange(count), owners] = np.sqrt(within)
    vectors[np.arange(count), people + np.arange(count)] = np.sqrt(1 - within)
    return Problem(name, vectors, np.full(count, norm), owners)


def copy_plain_packs(folder: Path) -> None:
    """Copy the project's packs to `folder`, without the evidence of `opencv_zoo`, whose mean face has 128 numbers."""
    shutil.copytree(PROJECT_ROOT / "config" / "packs", folder)
    path = folder / "opencv_zoo.yaml"
    text = path.read_text()
    start, end = text.index("evidence:"), text.index("thresholds:")
    path.write_text(text[:start] + text[end:])


def half_of(problem: Problem) -> Half:
    return Half([problem], problem)


def probes_of(problem: Problem) -> Probes:
    return Probes(problem.vectors, problem.norms, np.arange(len(problem)))


class ColourEngine:
    """Finds one face in the centre of every picture that is not grey. Its embedding is the colour."""

    pack = PACK

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        height, width = image.shape[:2]
        faces = int(np.ptp(image[height // 2, width // 2].astype(int)) > 40)
        box = np.array([[0.31, 0.31, 0.69, 0.69]], np.float32) * np.array([width, height] * 2, np.float32)
        shares = np.array([[[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.42, 0.6], [0.58, 0.6]]], np.float32)
        landmarks = shares * np.array([width, height], np.float32)
        return Detections(box[:faces], np.full(faces, 0.9, np.float32), landmarks[:faces])

    def refine(
        self, image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return landmarks

    def align(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        x, y = landmarks[0, 2].astype(int)
        return np.broadcast_to(image[y, x], (1, 112, 112, 3))

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        raw = np.zeros((len(aligned), DIM), np.float32)
        raw[:, :3] = aligned[:, 0, 0]
        return Embeddings(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.full(len(raw), 12.0, np.float32))


def colour_engine() -> Engine:
    return cast(Engine, ColourEngine())


def write_photos(folder: Path, people: int = 6, photos: int = 3) -> Path:
    """Write `photos` noisy pictures of one hue, 100 x 100 px, for each of up to six people."""
    for person in range(people):
        for number in range(photos):
            write_photo(folder / f"person-{person}" / f"{number}.png", COLOURS[person], seed=person * 100 + number)
    return folder


def write_photo(path: Path, colour: tuple[int, int, int], seed: int = 0) -> None:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 20, (100, 100, 1))
    light = np.linspace(-100, 100, 100)[:, None, None]  # the quality gate requires contrast
    cv2.imwrite(str(path), np.clip(np.array(colour) + light + noise, 0, 255).astype(np.uint8))


def write_episode(root: Path, ep_id: str, people: Problem, pack: str = PACK.name) -> ArtifactStore:
    """Write the tracks of an episode and their embeddings: track i + 1 has sample i, one further track has none.

    Track i is on screen during second i, and its first crop shows clothes of a colour per person.
    """
    store = ArtifactStore(str(root))
    _write_tracks(store, ep_id, people, pack)
    rows = [make_embedding(number + 1, number, best_norm=float(people.norms[number])) for number in range(len(people))]
    rows.append(make_embedding(len(people) + 1, None))
    arrays = {"tracks.npy": people.vectors}
    table = TrackEmbeddings(ep_id, rows, origin("track_embeddings", {}), pack, arrays=arrays)
    save_table(store, TRACK_EMBEDDINGS, table)
    return store


def _write_tracks(store: ArtifactStore, ep_id: str, people: Problem, pack: str) -> None:
    rows, second = [], int(FPS)
    for number in range(len(people) + 1):
        track = make_track(number + 1, (second * number, second * (number + 1) - 1))
        first = track.crops[0].model_copy(update={"clothing_row": number if number < len(people) else None})
        rows.append(track.model_copy(update={"crops": (first, *track.crops[1:])}))
    clothing = clothing_content(np.eye(CLOTHING_DIM, dtype=np.uint8)[people.people] * np.uint8(255))
    store.write(store.frames(ep_id, *CLOTHING_FILE.split("/")), clothing)
    index = CropIndex(ep_id=ep_id, crops=2 * len(rows), sha256="0" * 64)
    store.write(store.frames(ep_id, "crops", "index.json"), index.model_dump_json().encode())
    documents = {
        "shots.json": Shots(ep_id=ep_id, detectors=("by hand",), shots=(make_shot(1, 0, second * len(rows)),)),
        "track_metrics.json": make_metrics().model_copy(
            update={"ep_id": ep_id, "clothing_sha256": sha256_of(clothing)}
        ),
    }
    save_table(store, TRACKS, Tracks(ep_id, rows, origin("tracks", {}), pack, documents))


def labels_of(ep_id: str, people: Problem) -> str:
    """Return rows of a CSV file that name the person of each track of such an episode."""
    return "".join(f"{ep_id},track-{row + 1:05d},person-{person}\n" for row, person in enumerate(people.people))
