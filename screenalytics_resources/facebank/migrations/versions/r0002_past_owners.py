"""Create the table of names given by people to identities that no longer exist."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "facebank"


def upgrade() -> None:
    """Create `past_owners`."""
    op.create_table(
        "past_owners",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("ep_id", "identity_id", "show", "person_id")),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("ep_id", "identity_id", name="pk_past_owners"),
        sa.ForeignKeyConstraint(
            ["show", "person_id"],
            [f"{SCHEMA}.people.show", f"{SCHEMA}.people.person_id"],
            name="fk_past_owners_show_person_id",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_past_owners_show_person_id", "past_owners", ["show", "person_id"], schema=SCHEMA)


def downgrade() -> None:
    """Drop `past_owners`."""
    op.drop_table("past_owners", schema=SCHEMA)
