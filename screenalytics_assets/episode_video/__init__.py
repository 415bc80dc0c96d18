"""The `episode_video` artifact: which video file an episode has, and what its container states.

Probing and decoding belong in `screenalytics_resources.video`. What the pictures show is analysed in
`screenalytics_assets.tracks`.
"""
