"""The record of a video: what is recorded comes back, and records of earlier releases keep their digest."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from screenalytics_assets.contract.schemas import EpisodeVideo, EpisodeVideoDocument, TrackMetrics
from screenalytics_assets.episode_video.describe_video import as_probe, describe_video
from screenalytics_resources.artifact import Provenance, canonical, sha256_of
from screenalytics_resources.video.probe import probe
from tests.tiny_episode import EP_ID
from tests.video.films import quadrants, write_film

EARLIER = {
    "ep_id": EP_ID,
    "video_key": f"videos/{EP_ID}/episode.mp4",
    "sha256": "0" * 64,
    "size_bytes": 10,
    "container": "mov",
    "codec": "h264",
    "width": 320,
    "height": 180,
    "rotation": 90,
    "fps": 25.0,
    "duration_s": 20.0,
    "frames_stated": 500,
}


@pytest.mark.parametrize(
    ("sar", "matrix"),
    [
        pytest.param(None, None, id="plain"),
        pytest.param(Fraction(64, 45), None, id="anamorphic"),
        pytest.param(None, [-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30], id="mirrored"),
        pytest.param(Fraction(2), [0] * 9, id="noted"),
    ],
)
def test_the_record_gives_the_probe_back(tmp_path: Path, sar: Fraction | None, matrix: list[int] | None) -> None:
    path = write_film(tmp_path / "film.mp4", [quadrants()] * 3, sar=sar, matrix=matrix)
    record = describe_video(EP_ID, path, "key", lambda count: None)
    assert as_probe(EpisodeVideo.model_validate_json(record.model_dump_json())) == probe(path)


def test_a_record_of_an_earlier_release_keeps_its_digest() -> None:
    record = EpisodeVideo.model_validate(EARLIER)
    assert json.loads(record.model_dump_json()) == EARLIER
    origin = Provenance(asset="episode_video", code_version="1", settings_sha256="", inputs={})
    assert EpisodeVideoDocument(EP_ID, record, origin).digest == sha256_of(canonical(EARLIER))


def test_a_record_of_an_earlier_release_is_read_as_it_was() -> None:
    facts = as_probe(EpisodeVideo.model_validate(EARLIER))
    assert (facts.stream, facts.mirrored, facts.transfer, facts.notes) == (None, False, None, ())
    assert (facts.geometry.square, facts.geometry.displayed) == ((180, 320), (320, 180))


def test_metrics_without_a_jump_look_like_those_of_an_earlier_release() -> None:
    fields = TrackMetrics.model_fields
    assert {name for name in fields if fields[name].exclude_if is not None} == {
        "clock_jumps",
        "clock_jumps_at",
        "clothing_sha256",
        "non_face_seconds",
        "non_face_tracks",
        "non_faces",
        "precision",
        "recogniser_provider",
        "seconds_analysed",
    }
