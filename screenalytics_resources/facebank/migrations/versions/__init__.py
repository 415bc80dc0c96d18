"""Migrations of the cast database, one file per revision.

A released migration is never edited; a change of `facebank/models.py` gets a new file here. A new migration also moves
`HEAD` in `facebank/schema_upgrade.py`.
"""
