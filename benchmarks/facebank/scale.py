"""Speed and exactness of the cast database with 1,000 people and 20 reference faces per person.

Run `python -m benchmarks.facebank.scale`. The people are synthetic: random directions, with reference faces and
centroids around them, like the embeddings of a face recogniser (cosine similarity about 0.6 within a person, 0.05
across people).
"""

import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from screenalytics_assets.cast.lookup import NEAREST
from screenalytics_resources.facebank.records import Candidate, StoredPack, StoredVectors

SAME, DIFFERENT = 0.6, 0.05
PEOPLE, SEEDS, CENTROIDS = 1_000, 20, 500


@dataclass(frozen=True)
class Measured:
    """Result for one vector size: seconds, shares in [0, 1], the largest error of a similarity, and megabytes."""

    dim: int
    rows: int
    load_s: float
    nearest_s: float
    read_all_s: float
    exact_numpy_s: float
    best_equal: float
    runner_up_equal: float
    runner_up_worst_error: float
    server_mb: float
    database_mb: float


def faces(rng: np.random.Generator, centres: NDArray[np.float64], each: int) -> NDArray[np.float32]:
    """Draw unit vectors (people, each, D) around `centres` (people, D), with similarity `SAME` within a person."""
    noise = _unit(rng.normal(size=(len(centres), each, centres.shape[1])))
    return _unit(np.sqrt(SAME) * centres[:, None] + np.sqrt(1 - SAME) * noise).astype(np.float32)


def centres(rng: np.random.Generator, people: int, dim: int) -> NDArray[np.float64]:
    """Draw unit centres (people, dim) with a common direction: faces of two people have similarity `DIFFERENT`."""
    common = _unit(rng.normal(size=dim))
    share = DIFFERENT / SAME
    return _unit(np.sqrt(share) * common + np.sqrt(1 - share) * _unit(rng.normal(size=(people, dim))))


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float64)


def best_two(candidates: tuple[Candidate, ...]) -> tuple[str | None, str | None, float]:
    """Return the most similar person, the second, and the second's similarity; None and -1 if missing."""
    best: dict[str | None, float] = {}
    for candidate in candidates:
        best.setdefault(candidate.person_id, candidate.similarity)
    (one, _), (two, similarity), *_ = [*best.items(), (None, -1.0), (None, -1.0)]
    return one, two, similarity


def exact_two(queries: NDArray[np.float32], stored: StoredVectors) -> list[tuple[str, str, float]]:
    """Return best person, second person and its similarity, comparing all queries (N, D) with all prototypes."""
    rows = np.flatnonzero(np.array(stored.kinds) == "prototype")
    people, starts = np.unique(np.array(stored.person_ids)[rows], return_index=True)  # rows are sorted by person
    best = np.maximum.reduceat(stored.vectors[rows] @ queries.T, starts, axis=0)
    order = np.argsort(-best, axis=0)[:2]
    return [(str(people[one]), str(people[two]), float(best[two, n])) for n, (one, two) in enumerate(order.T)]


def measure(dim: int, people: int = PEOPLE, seeds: int = SEEDS, n_centroids: int = CENTROIDS) -> Measured:
    """Fill an embedded database in a temporary folder and search it."""
    from screenalytics_resources.facebank.cast_store import CastStore
    from screenalytics_resources.facebank.connection import open_engine

    rng = np.random.default_rng(dim)
    middle = centres(rng, people, dim)
    rows = faces(rng, middle, seeds)
    queries = faces(rng, middle[rng.integers(people, size=n_centroids)], 1)[:, 0]
    pack = StoredPack(f"synthetic-{dim}", "0" * 64, dim)
    with tempfile.TemporaryDirectory() as root, open_engine(root) as engine:
        started = time.perf_counter()
        load(engine, pack, rows)
        load_s = time.perf_counter() - started
        cast = CastStore(engine)
        cast.nearest("demo", pack, queries[:1], NEAREST)  # warm-up: reads the index from disk
        started = time.perf_counter()
        nearest = cast.nearest("demo", pack, queries, NEAREST)
        nearest_s = time.perf_counter() - started
        started = time.perf_counter()
        stored = cast.vectors("demo", pack)
        read_all_s = time.perf_counter() - started
        started = time.perf_counter()
        exact = exact_two(queries, stored)
        numpy_s = time.perf_counter() - started
        pairs = [(best_two(candidates), truth) for candidates, truth in zip(nearest, exact, strict=True)]
        return Measured(
            dim=dim,
            rows=len(stored.vectors),
            load_s=load_s,
            nearest_s=nearest_s,
            read_all_s=read_all_s,
            exact_numpy_s=numpy_s,
            best_equal=float(np.mean([got[0] == truth[0] for got, truth in pairs])),
            runner_up_equal=float(np.mean([got[1] == truth[1] for got, truth in pairs])),
            runner_up_worst_error=max(abs(got[2] - truth[2]) for got, truth in pairs),
            server_mb=server_megabytes(Path(root) / "database" / "data"),
            database_mb=database_megabytes(engine),
        )


def load(engine: Any, pack: StoredPack, rows: NDArray[np.float32]) -> None:
    """Write people, seeds, seed vectors `rows` (people, seeds, D) and prototypes in one transaction."""
    from sqlalchemy import insert, text
    from sqlalchemy.orm import Session

    from screenalytics_resources.facebank.models import PersonRow, SeedRow, VectorRow
    from screenalytics_resources.facebank.packs import register_pack
    from screenalytics_resources.facebank.prototypes import prototypes

    people = [{"show": "demo", "person_id": f"p{n:04d}", "name": f"P {n}"} for n in range(len(rows))]
    with Session(engine) as session, session.begin():
        register_pack(session, pack)
        session.execute(insert(PersonRow), people)
        for n, own in enumerate(rows):
            key = {"show": "demo", "person_id": f"p{n:04d}"}
            ids = [f"seed-{n * len(own) + i:012x}" for i in range(len(own))]
            session.execute(insert(SeedRow), [_seed(key, seed_id) for seed_id in ids])
            common = {**key, "pack": pack.name, "dim": pack.dim}
            stored = [
                {**common, "kind": "seed", "seed_id": seed_id, "norm": 20.0, "embedding": row}
                for seed_id, row in zip(ids, own, strict=True)
            ]
            session.execute(insert(VectorRow), stored)
            means = prototypes(own, np.full(len(own), 20.0))
            session.execute(insert(VectorRow), [{**common, "kind": "prototype", "embedding": row} for row in means])
    with Session(engine) as session, session.begin():
        session.execute(text("ANALYZE facebank.vectors"))


def _seed(key: dict[str, str], seed_id: str) -> dict[str, Any]:
    quality = {"det_score": 0.9, "crop_std": 10.0, "face_px": 100.0, "box": [0.0, 0.0, 1.0, 1.0]}
    return {**key, **quality, "seed_id": seed_id, "source": "photo", "origin": seed_id, "content_sha256": seed_id}


def server_megabytes(data: Path) -> float:
    """Return the memory of the server and its children in MiB, counting shared pages once (Linux)."""
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    sizes = [_proportional_kb(Path(f"/proc/{pid}/smaps_rollup")) for pid in [str(postmaster), *children]]
    return sum(sizes) / 1024


def _proportional_kb(rollup: Path) -> int:
    return next(int(line.split()[1]) for line in rollup.read_text().splitlines() if line.startswith("Pss:"))


def database_megabytes(engine: Any) -> float:
    """Return the size of the database on disk in MiB, including indexes."""
    from sqlalchemy import text

    with engine.connect() as connection:
        return float(connection.scalar(text("SELECT pg_database_size(current_database())"))) / 2**20


def main() -> dict[str, Any]:
    """Measure and print both vector sizes. Returns the results by size."""
    measured = [measure(dim) for dim in (128, 512)]
    table = Table(title=f"{PEOPLE} people, {SEEDS} seeds per person, {CENTROIDS} centroids, {os.cpu_count()} cores")
    table.add_column("")
    for one in measured:
        table.add_column(f"{one.dim}-d", justify="right")
    for name in asdict(measured[0]):
        table.add_row(name, *(f"{asdict(one)[name]:.3f}" for one in measured))
    Console().print(table)
    return {str(one.dim): asdict(one) for one in measured}
