"""The tiny episode with a film whose pictures tell their number, for tests of the player."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, EpisodeVideoDocument
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from tests.tiny_episode import EP_ID, FPS, write_tiny_episode
from tests.video.films import write_film

OFFSET_S = 1.0
"""How much later than the player's clock the picture of the episode starts."""
STRIPES = 7
"""Stripes of the picture: the bits of its number, the highest on the left."""
FRAMES = 100
WIDTH, HEIGHT = 322, 180

FRAME_NUMBER = f"""video => {{
  const canvas = Object.assign(document.createElement("canvas"), {{ width: {STRIPES}, height: 1 }});
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, {STRIPES}, 1);
  const {{ data }} = context.getImageData(0, 0, {STRIPES}, 1);
  let number = 0;
  for (let stripe = 0; stripe < {STRIPES}; stripe++) number = number * 2 + (data[stripe * 4] > 127 ? 1 : 0);
  return number - {int(OFFSET_S * FPS)};
}}"""
"""Script that returns the number of the episode's frame that a video element shows."""


def write_filmed_episode(root: Path) -> ArtifactStore:
    """Write the tiny episode with a film that a browser plays. Its clock is `OFFSET_S` ahead of the episode's."""
    store = write_tiny_episode(root)
    path = Path(str(store.video(EP_ID)))
    path.unlink()
    write_film(path, _numbered(), "libx264", rate=int(FPS), preset="ultrafast", g="5", bf="0", movflags="faststart")
    video = load_artifact(store, EPISODE_VIDEO, EP_ID)
    content = video.content.model_copy(update={"start_offset_s": OFFSET_S, "width": WIDTH, "height": HEIGHT})
    save_document(store, EPISODE_VIDEO, EpisodeVideoDocument(EP_ID, content, video.provenance))
    return store


def _numbered() -> Iterator[NDArray[np.uint8]]:
    for number in range(FRAMES + int(OFFSET_S * FPS)):
        bits = [number >> (STRIPES - 1 - stripe) & 1 for stripe in range(STRIPES)]
        row = np.repeat(np.array(bits, np.uint8) * 255, WIDTH // STRIPES)
        yield np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)).copy()
