"""Alembic environment of the cast database. It migrates over the connection that the caller passes."""

from alembic import context

from screenalytics_resources.facebank.models import SCHEMA, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema=SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
