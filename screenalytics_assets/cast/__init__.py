"""The `cast_assignments` artifact: which person of the cast each identity is, and reading of reference photos.

People, reference faces and their database belong in `screenalytics_resources.facebank`. The commands that edit the cast
belong in `screenalytics_app.actions`, and merging identities of one person belongs in `screenalytics_assets.cleanup`.
"""
