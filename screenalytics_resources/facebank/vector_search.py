"""Stored vectors of a show, and search for the prototypes nearest to given centroids."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from pgvector.psycopg import register_vector
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from screenalytics_resources.facebank.models import SCHEMA, VectorRow
from screenalytics_resources.facebank.packs import is_registered
from screenalytics_resources.facebank.records import Candidate, StoredPack, StoredVectors, VectorKind
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.facebank.stored_prototypes import EMBEDDING_BYTES, read_embeddings

if TYPE_CHECKING:
    import psycopg

EF_SEARCH = 160
"""Size of the candidate list of an HNSW index search (`hnsw.ef_search`)."""
_SETTINGS = {
    "hnsw.iterative_scan": "strict_order",
    "hnsw.max_scan_tuples": "2147483647",  # finds all vectors of a small show next to large ones
    "work_mem": "64MB",
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}


class VectorSearch(ShowTransactions):
    """Vectors and nearest-neighbour search. Part of `CastStore`."""

    def vectors(self, show: str, pack: StoredPack) -> StoredVectors:
        """Return every seed and prototype of the show in one pack, ordered by person, seeds before prototypes.

        Raises:
            UserError: the pack's name belongs to another recogniser.
        """
        query = select(VectorRow.person_id, VectorRow.kind, VectorRow.seed_id, EMBEDDING_BYTES)
        query = query.where(VectorRow.show == show, VectorRow.pack == pack.name)
        with self._read_transaction() as session:
            is_registered(session, pack)
            ordered = query.order_by(VectorRow.person_id, VectorRow.kind.desc(), VectorRow.vector_id)
            rows = session.execute(ordered).all()
        return StoredVectors(
            person_ids=tuple(row[0] for row in rows),
            kinds=tuple(_kind(row[1]) for row in rows),
            seed_ids=tuple(row[2] for row in rows),
            vectors=read_embeddings([row[3] for row in rows], pack.dim),
        )

    def nearest(
        self, show: str, pack: StoredPack, centroids: NDArray[np.float32], k: int
    ) -> tuple[tuple[Candidate, ...], ...]:
        """Return the `k` nearest prototypes of the show for each centroid, most similar first. Approximate (HNSW).

        Single seeds are not searched, because they match strangers; see `screenalytics_assets.cast.person_scores`.

        Args:
            show: the show whose prototypes are searched.
            pack: the recogniser that computed the centroids.
            centroids: (N, D), unit rows.
            k: at least 1; the result is shorter if the show has fewer prototypes.

        Raises:
            UserError: the pack's name belongs to another recogniser.
            ValueError: `centroids` has another shape, or `k` is below 1.
        """
        if centroids.ndim != 2 or centroids.shape[1] != pack.dim or k < 1:
            raise ValueError(f"Expected centroids (N, {pack.dim}) and k >= 1, but got {centroids.shape} and {k}")
        nearest: list[list[Candidate]] = [[] for _ in centroids]
        with self._read_transaction() as session:
            if is_registered(session, pack):
                _apply_settings(session, k)
                values = {"show": show, "k": k, "queries": vector_parameters(session.connection(), centroids)}
                for n, person_id, similarity in session.execute(text(_search_sql(pack)), values):
                    nearest[n - 1].append(Candidate(person_id, "prototype", similarity))
        return tuple(map(tuple, nearest))


def _apply_settings(session: Session, k: int) -> None:
    settings = _SETTINGS | {"hnsw.ef_search": str(min(max(EF_SEARCH, k), 1000))}
    for name, value in settings.items():
        session.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _search_sql(pack: StoredPack) -> str:
    """Return the SQL of the search. The checked pack name is a literal, because only then is its partial index used."""
    distance = f"v.embedding::vector({pack.dim}) <=> q.query"
    return f"""
        WITH q AS MATERIALIZED (
            SELECT n, CAST(query AS vector({pack.dim})) AS query
            FROM unnest(CAST(:queries AS vector[])) WITH ORDINALITY AS given(query, n)
        )
        SELECT q.n, found.person_id, 1 - found.distance
        FROM q CROSS JOIN LATERAL (
            SELECT v.person_id, {distance} AS distance
            FROM {SCHEMA}.vectors AS v
            WHERE v.pack = '{pack.name}' AND v.show = :show AND v.kind = 'prototype'
            ORDER BY {distance}
            LIMIT :k
        ) AS found
        ORDER BY q.n, found.distance
    """  # noqa: S608 - only a checked name and a number


def vector_parameters(connection: Connection, rows: NDArray[np.float32]) -> list[Vector]:
    """Return `rows` as a binary parameter for `connection`. Sent as text it would take a tenth of the search time."""
    register_vector(cast("psycopg.Connection[Any]", connection.connection.driver_connection))
    return [Vector(row) for row in rows]


def _kind(stored: str) -> VectorKind:
    return "seed" if stored == "seed" else "prototype"
