"""Where Alembic meets the cast database: it migrates over the connection that it is given."""

from alembic import context

from screenalytics_resources.facebank.models import SCHEMA, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema=SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
