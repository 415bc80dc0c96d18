"""Create the decision log: its rows, which nothing changes but an erasure, and one row per episode."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "facebank"
SEARCHED = ("actor", "idempotency_key", "person_id", "label")
"""Columns that can name a person. Stored plain, so that a search of the database files finds their bytes."""


def upgrade() -> None:
    """Create `decision_logs` and `decisions`, with the trigger that guards it."""
    _logs()
    _decisions()
    for column in SEARCHED:
        op.execute(f"ALTER TABLE {SCHEMA}.decisions ALTER COLUMN {column} SET STORAGE PLAIN")
    op.execute(
        f"""
        CREATE FUNCTION {SCHEMA}.refuse_changed_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('facebank.erasing', true) IS DISTINCT FROM 'on' THEN
                RAISE EXCEPTION 'decisions are only appended: % refused', TG_OP;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER only_append BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.decisions "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_changed_decisions()"
    )


def downgrade() -> None:
    """Drop the decision log."""
    op.drop_table("decisions", schema=SCHEMA)
    op.drop_table("decision_logs", schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.refuse_changed_decisions()")


def _logs() -> None:
    op.create_table(
        "decision_logs",
        sa.Column("ep_id", sa.Text, nullable=False),
        sa.Column("show", sa.Text, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("ep_id", name="pk_decision_logs"),
        schema=SCHEMA,
    )
    op.create_index("ix_decision_logs_show", "decision_logs", ["show"], schema=SCHEMA)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("ep_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("show", sa.Text, nullable=False),
        sa.Column("decision_id", sa.Uuid, nullable=False),
        sa.Column("gesture_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("person_id", sa.Text),
        sa.Column("label", sa.Text),
        sa.Column("forgotten", sa.Boolean, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ep_id", "seq", name="pk_decisions"),
        sa.ForeignKeyConstraint(["ep_id"], [f"{SCHEMA}.decision_logs.ep_id"], name="fk_decisions_ep_id"),
        sa.UniqueConstraint("decision_id", name="uq_decisions_decision_id"),
        sa.UniqueConstraint(
            *("ep_id", "actor", "idempotency_key", "position"),
            name="uq_decisions_ep_id_actor_idempotency_key_position",
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_decisions_seq")),
        schema=SCHEMA,
    )
    op.create_index("ix_decisions_show_person_id", "decisions", ["show", "person_id"], schema=SCHEMA)
