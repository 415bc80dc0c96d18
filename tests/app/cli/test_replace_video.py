"""`run --video` with a different video for an episode that has one."""

from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, VIDEO


def test_a_different_video_is_refused(screen: Screen, store: ArtifactStore, short_sample: Path) -> None:
    message = screen.refused("run", "--ep-id", EP_ID, "--video", str(short_sample))
    assert f"{EP_ID} already has another video, videos/{EP_ID}/episode.mp4. Add --replace-video" in message
    assert f"kept in videos/{EP_ID}/replaced/" in message
    assert store.video(EP_ID).read_bytes() == VIDEO


def test_replacing_needs_a_video(screen: Screen, store: ArtifactStore) -> None:
    assert "--replace-video needs the new video" in screen.refused("run", "--ep-id", EP_ID, "--replace-video")
    assert store.video(EP_ID).read_bytes() == VIDEO
