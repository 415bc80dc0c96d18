"""The cast database: people, their reference faces and vectors, and the owner of each cluster.

Everything that talks to this PostgreSQL database belongs here, together with the images of the reference faces and
`people.json`. Deciding who a face is does not: that code is in `screenalytics_assets/cast`, and the models that compute
the vectors are in `screenalytics_resources/inference`.
"""
