"""The `faces` artifact: crops of the tracks, filtered by quality, sampled over time, aligned and embedded.

The models belong in `screenalytics_resources.inference`. Vectors per track belong in
`screenalytics_assets.track_embeddings`, and the choice of the face shown for a track in
`screenalytics_assets.track_reps`.
"""
