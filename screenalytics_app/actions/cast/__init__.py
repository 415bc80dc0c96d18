"""Actions on the cast of a show: its people, who each identity is, their reference faces, and forgetting a person.

Matching identities with the cast belongs in `screenalytics_assets.cast`, and the database in
`screenalytics_resources.facebank`.
"""
