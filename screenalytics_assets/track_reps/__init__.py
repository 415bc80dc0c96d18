"""The `track_reps` artifact: the face shown for each track, and the thumbnail of each identity.

Which tracks form an identity is decided in `screenalytics_assets.identities`. Crops are judged and embedded in
`screenalytics_assets.faces`.
"""
