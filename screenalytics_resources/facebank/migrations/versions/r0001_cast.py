"""Create the cast tables: people, reference faces, vectors, packs, cluster owners and revisions."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "facebank"


def upgrade() -> None:
    """Create all tables. The HNSW index of a pack is created later, when the pack is registered."""
    _people()
    _seeds()
    _packs()
    _vectors()
    _owners()
    _table("revisions", _text("show"), sa.Column("revision", sa.BigInteger, nullable=False), _key("revisions", "show"))


def downgrade() -> None:
    """Drop all tables."""
    op.drop_constraint("fk_people_featured_seed_id", "people", schema=SCHEMA)
    for table in ("revisions", "owners", "vectors", "packs", "seeds", "people"):
        op.drop_table(table, schema=SCHEMA)


def _people() -> None:
    _table(
        "people",
        *(_text("show"), _text("person_id"), _text("name")),
        sa.Column("aliases", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("role", sa.Text, nullable=False, server_default=""),
        sa.Column("featured_seed_id", sa.Text),
        *(_time("created_at"), _time("updated_at")),
        _key("people", "show", "person_id"),
        _check("people", "person_id", "person_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(person_id) <= 100"),
    )


def _seeds() -> None:
    _table(
        "seeds",
        *(_text(name) for name in ("seed_id", "show", "person_id", "source", "origin", "content_sha256")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("det_score", "crop_std", "face_px")),
        sa.Column("box", sa.ARRAY(sa.Double), nullable=False),
        sa.Column("files", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
        _time("created_at", "clock_timestamp()"),
        _key("seeds", "seed_id"),
        _reference("seeds", "people", "show", "person_id"),
        _unique("seeds", "show", "content_sha256"),
        _unique("seeds", "seed_id", "show", "person_id"),
        _check("seeds", "seed_id", "seed_id ~ '^seed-[0-9a-f]{12}$'"),
        _check("seeds", "source", "source IN ('photo', 'identity')"),
        _check("seeds", "box", "cardinality(box) = 4"),
    )
    op.create_index("ix_seeds_show_person_id", "seeds", ["show", "person_id"], schema=SCHEMA)
    op.create_foreign_key(
        "fk_people_featured_seed_id",
        *("people", "seeds"),
        *(["featured_seed_id"], ["seed_id"]),
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        ondelete="SET NULL",
    )


def _packs() -> None:
    _table(
        "packs",
        *(_text("pack"), _text("recogniser_sha256")),
        sa.Column("dim", sa.Integer, nullable=False),
        _key("packs", "pack"),
        _unique("packs", "pack", "dim"),
        _check("packs", "dim", "dim BETWEEN 1 AND 2000"),
    )


def _vectors() -> None:
    _table(
        "vectors",
        sa.Column("vector_id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        *(_text("show"), _text("person_id"), sa.Column("seed_id", sa.Text), _text("kind"), _text("pack")),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.Column("norm", sa.Double),
        sa.Column("embedding", VECTOR, nullable=False),
        _key("vectors", "vector_id"),
        _reference("vectors", "people", "show", "person_id"),
        _reference("vectors", "seeds", "seed_id", "show", "person_id"),
        sa.ForeignKeyConstraint(
            ["pack", "dim"], [f"{SCHEMA}.packs.pack", f"{SCHEMA}.packs.dim"], name="fk_vectors_pack_dim"
        ),
        _unique("vectors", "seed_id", "pack"),
        _check("vectors", "dim", "vector_dims(embedding) = dim"),
        _check("vectors", "kind", "kind IN ('seed', 'prototype')"),
        _check("vectors", "seed", "(kind = 'seed') = (seed_id IS NOT NULL AND norm IS NOT NULL)"),
    )
    op.execute(f"ALTER TABLE {SCHEMA}.vectors ALTER COLUMN embedding SET STORAGE PLAIN")
    op.create_index("ix_vectors_show_pack_person_id", "vectors", ["show", "pack", "person_id"], schema=SCHEMA)


def _owners() -> None:
    _table(
        "owners",
        *(_text(name) for name in ("ep_id", "identity_id", "show", "person_id", "assigned_by")),
        *(sa.Column("similarity", sa.Double), sa.Column("runner_up", sa.Double), sa.Column("pack", sa.Text)),
        _time("assigned_at"),
        _key("owners", "ep_id", "identity_id"),
        _reference("owners", "people", "show", "person_id"),
        _check("owners", "assigned_by", "assigned_by IN ('machine', 'person')"),
    )
    op.create_index("ix_owners_show_person_id", "owners", ["show", "person_id"], schema=SCHEMA)


def _table(name: str, *items: SchemaItem) -> None:
    op.create_table(name, *items, schema=SCHEMA)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _time(name: str, default: str = "now()") -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text(default))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _reference(table: str, other: str, *columns: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        columns,
        [f"{SCHEMA}.{other}.{column}" for column in columns],
        name=f"fk_{table}_{'_'.join(columns)}",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )
