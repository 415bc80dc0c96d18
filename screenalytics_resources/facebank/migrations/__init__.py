"""Alembic environment of the cast database.

Only the environment and `versions/` belong here. The tables themselves are declared in `facebank/models.py`, and
`facebank/schema_upgrade.py` runs the migrations.
"""
