"""Programs that write `docs/artifacts.md` and `docs/configuration.md`, run by `make docs`.

They format what the schemas and settings say about themselves. A description of a field or a setting belongs in its
model in `screenalytics_assets`; a document that is written by hand belongs in `docs`.
"""
