"""Track representatives: the face chosen for a track and for an identity."""

from typing import Any

import numpy as np
import pytest

from screenalytics_assets.contract.schemas import Face, TrackRep
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.build_reps import best_rep, build_reps
from tests.tiny_episode import make_embedding, make_face, make_identity, make_track, unit

TRACK = make_track(1, (0, 9), crop_frames=range(4))
SETTINGS = TrackRepsSettings()
X, LIKE_X, Y = unit(1, 0), unit(0.8, 0.6), unit(0, 1)
VECTORS = np.stack([X, LIKE_X, Y])


def face(crop: int, row: int | None, score: float, det: float = 0.9, **changes: Any) -> Face:
    made = make_face(crop + 1, TRACK, crop, row, **changes)
    return made.model_copy(update={"quality": made.quality.model_copy(update={"score": score, "det": det})})


def reps(*faces: Face, row: int | None = 0) -> list[TrackRep]:
    """Return the representatives of one track, whose embedding is `X`."""
    return build_reps([make_embedding(1, row)], np.stack([X]), faces, VECTORS, SETTINGS)


def test_the_best_face_that_resembles_its_track() -> None:
    (rep,) = reps(face(0, 0, 0.5), face(1, 1, 0.7), face(2, 2, 0.9))
    assert rep.model_dump(exclude={"quality"}) == {
        "track_id": "track-00001",
        "rep_frame": 1,
        "crop_key": "crops/track-00001/frame-000001.jpg",
        "embed": (0.8, 0.6),
        "sim_to_centroid": 0.8,
        "low_confidence": False,
        "rep_low_quality": False,
    }
    assert rep.quality.score == 0.7


def test_a_face_unlike_its_track_is_the_last_resort_and_flagged() -> None:
    (rep,) = reps(face(2, 2, 0.9), face(3, None, 0.1))
    assert (rep.rep_frame, rep.sim_to_centroid, rep.low_confidence, rep.rep_low_quality) == (2, 0.0, True, False)


def test_a_poor_face_is_the_last_resort_and_flagged_twice() -> None:
    (rep,) = reps(face(0, 0, 0.5, det=0.2))
    assert (rep.rep_frame, rep.low_confidence, rep.rep_low_quality) == (0, True, True)


def test_a_rejected_face_represents_an_unusable_track() -> None:
    (rep,) = reps(face(0, None, 0.4), face(1, None, 0.6), row=None)
    assert (rep.rep_frame, rep.embed, rep.sim_to_centroid, rep.low_confidence) == (1, None, None, True)


@pytest.mark.parametrize("reason", ["not_sampled", "unreadable_crop"])
def test_faces_without_a_picture_or_a_vector_are_not_candidates(reason: str) -> None:
    left_out = face(1, None, 0.99, rejection_reason=reason)
    assert [rep.rep_frame for rep in reps(face(0, 0, 0.5), left_out)] == [0]
    assert reps(left_out) == []


def test_tracks_without_faces_have_no_representative_and_the_others_keep_their_order() -> None:
    other = make_track(3, (20, 29))
    faces = [make_face(9, other, 0, 1), face(0, 0, 0.5)]
    rows = [make_embedding(1, 0), make_embedding(2, None), make_embedding(3, 1)]
    found = build_reps(rows, np.stack([X, LIKE_X]), faces, VECTORS, SETTINGS)
    assert [rep.track_id for rep in found] == ["track-00001", "track-00003"]
    assert [rep.sim_to_centroid for rep in found] == [1.0, 1.0]


def test_gates_come_from_the_settings() -> None:
    strict = TrackRepsSettings(rep_min_sim_to_centroid=0.9)
    (rep,) = build_reps([make_embedding(1, 0)], np.stack([X]), [face(0, 0, 0.5), face(1, 1, 0.7)], VECTORS, strict)
    assert rep.rep_frame == 0


def rep_of(track: int, score: float, low_confidence: bool = False, low_quality: bool = False) -> TrackRep:
    (rep,) = reps(face(0, 0, score))
    changes = {
        "track_id": f"track-{track:05d}",
        "low_confidence": low_confidence,
        "rep_low_quality": low_quality,
    }
    return rep.model_copy(update=changes)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        pytest.param([], None, id="none"),
        pytest.param([rep_of(7, 0.9)], None, id="of-another-identity"),
        pytest.param([rep_of(1, 0.4), rep_of(2, 0.6)], 2, id="best-score"),
        pytest.param([rep_of(1, 0.4), rep_of(2, 0.6, low_confidence=True)], 1, id="unflagged-first"),
        pytest.param(
            [rep_of(1, 0.4, True), rep_of(2, 0.9, low_quality=True)], 1, id="unlike-rather-than-of-low-quality"
        ),
        pytest.param([rep_of(1, 0.5), rep_of(2, 0.5)], 1, id="tie-takes-the-earlier"),
    ],
)
def test_the_representative_of_an_identity(candidates: list[TrackRep], chosen: int | None) -> None:
    rep = best_rep(make_identity(1, [1, 2], 2.0).certain_track_ids, candidates)
    assert (None if rep is None else rep.track_id) == (None if chosen is None else f"track-{chosen:05d}")


def test_uncertain_tracks_represent_an_identity_only_if_there_are_no_others() -> None:
    best, other = (rep.model_copy(update={"track_id": f"track-{track:05d}"}) for track, rep in ((1, STRONG), (2, WEAK)))
    for uncertain, chosen in ((None, best), ([], best), ([1], other), ([2], best), ([1, 2], best)):
        identity = make_identity(1, [1, 2], 2.0, uncertain=uncertain)
        assert best_rep(identity.certain_track_ids, [other, best]) == chosen


STRONG, WEAK = (reps(face(0, 0, score))[0] for score in (0.9, 0.3))
