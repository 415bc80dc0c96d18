"""The list of shots keeps times but no images, because a programme has hundreds of shots."""

import weakref

import numpy as np

from screenalytics_assets.tracks.shots import PlacedFrame, ShotList
from screenalytics_resources.video.frames import Frame


def test_images_of_past_frames_are_released() -> None:
    shots = ShotList()
    picture, thumbnail = np.zeros((48, 64, 3), np.uint8), np.zeros((9, 12, 3), np.uint8)
    shots.add(PlacedFrame(Frame(0, 0.0, thumbnail, picture), 0, True, False))
    kept = [weakref.ref(picture), weakref.ref(thumbnail)]
    del picture, thumbnail
    assert all(reference() is None for reference in kept)
    assert [shot.first_frame for shot in shots.shots()] == [0]
