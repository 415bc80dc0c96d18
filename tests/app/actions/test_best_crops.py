"""Which faces of an identity become reference faces."""

from pathlib import Path

from screenalytics_app.actions.cast.photos import best_crops
from tests.tiny_episode import EP_ID, make_identity, write_tiny_episode


def test_uncertain_tracks_give_no_reference_face(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    all_certain = best_crops(store, EP_ID, make_identity(1, [1, 3], 4.0))
    one_uncertain = best_crops(store, EP_ID, make_identity(1, [1, 3], 4.0, uncertain=[3]))
    assert {track for track, _, _ in all_certain} == {"track-00001", "track-00003"}
    assert {track for track, _, _ in one_uncertain} == {"track-00001"}
