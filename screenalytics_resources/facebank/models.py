"""The tables of the cast database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "facebank"
"""All tables are in a separate PostgreSQL schema, so a shared database can hold other data too."""
_PEOPLE_KEY = (f"{SCHEMA}.people.show", f"{SCHEMA}.people.person_id")


class Base(DeclarativeBase):
    """Base of all tables. Constraint names are derived from column names, so migrations can refer to them."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )


def _people_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["show", "person_id"], _PEOPLE_KEY, ondelete="CASCADE", onupdate="CASCADE")


class PersonRow(Base):
    """A named person of a show."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("person_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(person_id) <= 100", name="person_id"),
    )
    show: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    role: Mapped[str] = mapped_column(Text, server_default="")
    featured_seed_id: Mapped[str | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.seeds.seed_id", ondelete="SET NULL", use_alter=True)
    )
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SeedRow(Base):
    """One reference face of a person."""

    __tablename__ = "seeds"
    __table_args__ = (
        _people_key(),
        UniqueConstraint("show", "content_sha256"),
        UniqueConstraint("seed_id", "show", "person_id"),
        Index(None, "show", "person_id"),
        CheckConstraint("seed_id ~ '^seed-[0-9a-f]{12}$'", name="seed_id"),
        CheckConstraint("source IN ('photo', 'identity')", name="source"),
        CheckConstraint("cardinality(box) = 4", name="box"),
    )
    seed_id: Mapped[str] = mapped_column(Text, primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    content_sha256: Mapped[str] = mapped_column(Text)
    det_score: Mapped[float] = mapped_column(Double)
    crop_std: Mapped[float] = mapped_column(Double)
    face_px: Mapped[float] = mapped_column(Double)
    box: Mapped[list[float]] = mapped_column(ARRAY(Double))
    files: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())


class PackRow(Base):
    """A recogniser whose vectors are stored, with their dimension. Each has its own HNSW index on `vectors`."""

    __tablename__ = "packs"
    __table_args__ = (UniqueConstraint("pack", "dim"), CheckConstraint("dim BETWEEN 1 AND 2000", name="dim"))
    pack: Mapped[str] = mapped_column(Text, primary_key=True)
    recogniser_sha256: Mapped[str] = mapped_column(Text)
    dim: Mapped[int] = mapped_column(Integer)


class VectorRow(Base):
    """The embedding of a seed, or a prototype of a person. For a seed, `norm` is the norm of the raw embedding."""

    __tablename__ = "vectors"
    __table_args__ = (
        _people_key(),
        ForeignKeyConstraint(
            ["seed_id", "show", "person_id"],
            [f"{SCHEMA}.seeds.seed_id", f"{SCHEMA}.seeds.show", f"{SCHEMA}.seeds.person_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(["pack", "dim"], [f"{SCHEMA}.packs.pack", f"{SCHEMA}.packs.dim"]),
        UniqueConstraint("seed_id", "pack"),
        Index(None, "show", "pack", "person_id"),
        CheckConstraint("vector_dims(embedding) = dim", name="dim"),
        CheckConstraint("kind IN ('seed', 'prototype')", name="kind"),
        CheckConstraint("(kind = 'seed') = (seed_id IS NOT NULL AND norm IS NOT NULL)", name="seed"),
    )
    vector_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(Text)
    seed_id: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    pack: Mapped[str] = mapped_column(Text)
    dim: Mapped[int] = mapped_column(Integer)
    norm: Mapped[float | None] = mapped_column(Double)
    embedding: Mapped[Any] = mapped_column(VECTOR)


class OwnerRow(Base):
    """The person who owns a cluster. The cluster is the primary key, so it has at most one owner."""

    __tablename__ = "owners"
    __table_args__ = (
        _people_key(),
        Index(None, "show", "person_id"),
        CheckConstraint("assigned_by IN ('machine', 'person')", name="assigned_by"),
    )
    ep_id: Mapped[str] = mapped_column(Text, primary_key=True)
    identity_id: Mapped[str] = mapped_column(Text, primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(Text)
    assigned_by: Mapped[str] = mapped_column(Text)
    similarity: Mapped[float | None] = mapped_column(Double)
    runner_up: Mapped[float | None] = mapped_column(Double)
    pack: Mapped[str | None] = mapped_column(Text)
    assigned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class PastOwnerRow(Base):
    """Name that a person gave to an identity that is gone. Only earlier releases write it; see `earlier_words`."""

    __tablename__ = "past_owners"
    __table_args__ = (_people_key(), Index(None, "show", "person_id"))
    ep_id: Mapped[str] = mapped_column(Text, primary_key=True)
    identity_id: Mapped[str] = mapped_column(Text, primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(Text)
    assigned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    merged_into: Mapped[str | None] = mapped_column(Text)
    settled: Mapped[bool] = mapped_column(Boolean)


class RevisionRow(Base):
    """Number of changes to the cast of a show. Every transaction that changes it adds one."""

    __tablename__ = "revisions"
    show: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)


class DecisionLogRow(Base):
    """The decision log of an episode. An append locks this row, so that the numbers of its decisions have no gaps.

    `epoch` is random. It changes whenever rows of the log are changed or deleted.
    """

    __tablename__ = "decision_logs"
    __table_args__ = (Index(None, "show"),)
    ep_id: Mapped[str] = mapped_column(Text, primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[UUID]


class DecisionRow(Base):
    """One decision. A trigger refuses changes, except in a transaction with `facebank.erasing`.

    `position` counts from 0 within the gesture. `content` is JSON without texts that can name a person.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("ep_id", "actor", "idempotency_key", "position"),
        Index(None, "show", "person_id"),
        CheckConstraint("seq >= 1", name="seq"),
    )
    ep_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.decision_logs.ep_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    show: Mapped[str] = mapped_column(Text)
    decision_id: Mapped[UUID] = mapped_column(unique=True)
    gesture_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)
    forgotten: Mapped[bool] = mapped_column(Boolean)
    content: Mapped[str] = mapped_column(Text)
