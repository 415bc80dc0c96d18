"""HNSW search, compared with an exhaustive search."""

from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import create_engine, insert, text

from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.models import VectorRow
from screenalytics_resources.facebank.records import Seed, StoredPack
from screenalytics_resources.facebank.vector_search import _search_sql, vector_parameters

MakeSeed = Callable[..., Seed]


def _unit(rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
    rows = rng.normal(size=(count, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("k", [pytest.param(1, id="one"), pytest.param(5, id="five"), pytest.param(100, id="all")])
def test_nearest_matches_an_exhaustive_search(cast: CastStore, show: str, make_seed: MakeSeed, k: int) -> None:
    rng = np.random.default_rng(0)
    pack, other = StoredPack("sixteen", "c" * 64, 16), f"{show}-other"
    for name in (show, other):
        cast.add_person(name, "ada", "Ada")
        cast.add_person(name, "bob", "Bob")
    for n, row in enumerate(_unit(rng, 12, 16)):
        seed = make_seed("ada" if n % 2 else "bob", n)
        cast.add_seed(seed, {pack: (row, 20.0)})
    stored, queries = cast.vectors(show, pack), _unit(rng, 7, 16)
    is_prototype = np.array(stored.kinds) == "prototype"
    found = cast.nearest(show, pack, queries, k)
    assert len(found) == 7
    for query, candidates in zip(queries, found, strict=True):
        similarities = np.where(is_prototype, stored.vectors @ query, -2.0)
        order = np.argsort(-similarities, kind="stable")[: min(k, is_prototype.sum())]
        assert [c.person_id for c in candidates] == [stored.person_ids[i] for i in order]
        assert {c.kind for c in candidates} == {"prototype"}
        np.testing.assert_allclose([c.similarity for c in candidates], similarities[order], atol=1e-5)
    assert cast.nearest(other, pack, queries, k) == ((),) * 7, "each show has its own vectors"


def test_nearest_without_vectors(cast: CastStore, show: str) -> None:
    unused = StoredPack("unused", "d" * 64, 4)
    assert cast.nearest(show, unused, np.eye(4, dtype=np.float32)[:2], 3) == ((), ())
    assert cast.nearest(show, unused, np.empty((0, 4), np.float32), 3) == ()


@pytest.mark.parametrize(
    ("shape", "k"),
    [
        pytest.param((2, 3), 1, id="dimension"),
        pytest.param((4,), 1, id="not a matrix"),
        pytest.param((2, 4), 0, id="k below 1"),
    ],
)
def test_nearest_refuses_invalid_arguments(
    cast: CastStore, show: str, pack: StoredPack, shape: tuple[int, ...], k: int
) -> None:
    with pytest.raises(ValueError, match=r"Expected centroids \(N, 4\) and k >= 1"):
        cast.nearest(show, pack, np.zeros(shape, np.float32), k)


def test_the_index_of_the_pack_is_used(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    pack = StoredPack("indexed", "e" * 64, 4)
    cast.add_person(show, "ada", "Ada")
    cast.add_seed(make_seed("ada"), {pack: (np.eye(4, dtype=np.float32)[0], 20.0)})
    with cast._engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_sort = off"))
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        queries = vector_parameters(connection, np.eye(4, dtype=np.float32))
        values = {"show": show, "k": 1, "queries": queries}
        plan = "\n".join(connection.execute(text("EXPLAIN " + _search_sql(pack)), values).scalars())
    assert "Index Scan using hnsw_" in plan


def test_a_small_show_is_found_completely_next_to_a_large_one(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    """The nearest 600 vectors belong to another show: only an iterative scan reaches those of this one."""
    pack, other, dim = StoredPack("crowded", "f" * 64, 8), f"{show}-other", 8
    cast.add_person(show, "ada", "Ada")
    cast.add_person(other, "bob", "Bob")
    far = -np.eye(dim, dtype=np.float32)[0]
    cast.add_seed(make_seed("ada"), {pack: (far, 20.0)})
    near = _unit(np.random.default_rng(1), 600, dim) * 0.1 - 2 * far
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    common = {"show": other, "person_id": "bob", "kind": "prototype", "pack": pack.name, "dim": dim}
    with cast._engine.begin() as connection:
        connection.execute(insert(VectorRow), [{**common, "embedding": row} for row in near])
    index_only = create_engine(cast._engine.url, connect_args={"options": "-c enable_sort=off"})
    (found,) = CastStore(index_only).nearest(show, pack, -far[None], 5)
    index_only.dispose()
    assert {(c.person_id, c.kind, c.similarity) for c in found} == {("ada", "prototype", -1.0)}
