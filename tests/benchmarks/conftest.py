"""A clip with known content: two seconds of a photograph of six people from the package insightface."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FPS = 25
FRAMES = 50
KEYFRAME_EVERY = 10


@pytest.fixture(scope="session")
def six_people_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import av
    import cv2

    spec = importlib.util.find_spec("insightface")
    assert spec is not None and spec.submodule_search_locations
    photograph = cv2.imread(str(Path(spec.submodule_search_locations[0]) / "data" / "images" / "t1.jpg"))
    assert photograph is not None
    picture = cv2.resize(photograph, (1280, 886)).astype(np.uint8, copy=False)
    path = tmp_path_factory.mktemp("clip") / "six-people.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS, options={"qscale": "3"})
        stream.width, stream.height, stream.pix_fmt = 1280, 886, "yuv420p"
        stream.gop_size = KEYFRAME_EVERY
        for _ in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path
