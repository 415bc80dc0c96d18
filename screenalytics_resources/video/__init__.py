"""Reading of video files: probing a container and decoding its frames.

What the frames show is analysed elsewhere: shots and tracks in `screenalytics_assets.tracks`, faces with the models of
`screenalytics_resources.inference`. The artifact describing a video belongs in `screenalytics_assets.episode_video`.
"""
