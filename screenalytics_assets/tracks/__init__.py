"""The `tracks` artifact: shots, face tracks and face crops, made in one pass over the video.

Decoding belongs in `screenalytics_resources.video`, and the models in `screenalytics_resources.inference`. Embeddings
that are stored belong in `screenalytics_assets.faces` and `screenalytics_assets.track_embeddings`: this package embeds
faces only to decide where to split a track.
"""
