"""Phase `reembed`: faces rejected by the stricter gate, and the remaining ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cleanup.reembed import Reembedded, WeakFaceLimits, mean_quality, reembed
from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_assets.tracks.quality import quality_score
from screenalytics_resources.inference.recognition import Embeddings
from tests.scripted_engine import COLOURS, ScriptedEngine, as_engine, person_of
from tests.tiny_episode import PACK, make_crop, make_face, make_track, unit

USUAL_SETTINGS = FacesSettings.model_validate({})
MIN_NORM = 8.0
LIMITS = WeakFaceLimits(min_quality=0.35, min_norm=MIN_NORM, min_faces=1)
STRONG, WEAK = 9.0, 7.0
NORMS: Mapping[str, float] = {"ann": STRONG, "ben": MIN_NORM, "like-ann": STRONG, "doubtful": WEAK}
DIM = PACK.recogniser.dim
DIRECTIONS = {name: unit(*np.eye(len(COLOURS))[place], dim=DIM) for place, name in enumerate(COLOURS)}
BOX_AREA = 2000.0
DULL, USUAL, VIVID = 10.0, 40.0, 80.0
"""Contrasts of crops with a score of 0.9: the quality is 0.4, 0.505 and 0.645."""


class NormEngine(ScriptedEngine):
    """Engine that embeds each person with its own norm, in the dimension of the pack. `doubtful` has a low norm."""

    def __init__(self) -> None:
        super().__init__({})

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        self.faces_embedded += len(aligned)
        people = [person_of(face[0, 0]) for face in aligned]
        norms = np.array([NORMS[person] for person in people], np.float32)
        return Embeddings(np.stack([DIRECTIONS[person] for person in people]), norms)


def quality(contrast: float) -> float:
    return round(float(quality_score(0.9, contrast, BOX_AREA)), 4)


class Scene:
    """Tracks of crops, each given as person and contrast. A crop without a person cannot be read.

    Every crop that is not in `rejected` had an embedding before, along the last axis.
    """

    def __init__(self, *tracks: Sequence[tuple[str, float]], rejected: Sequence[tuple[int, int]] = ()) -> None:
        self.tracks: list[Track] = []
        self.faces: list[Face] = []
        self.person_of: dict[str, str] = {}
        self.read: list[str] = []
        self.reported: list[int] = []
        self.engine = NormEngine()
        count = 0
        for place, crops in enumerate(tracks):
            track = make_track(place + 1, (100 * place, 100 * place + 99))
            crop_rows = [
                make_crop(track.track_id, 100 * place + k).model_copy(update={"crop_std": contrast})
                for k, (_, contrast) in enumerate(crops)
            ]
            self.tracks.append(track.model_copy(update={"crops": tuple(crop_rows)}))
            for k, (person, contrast) in enumerate(crops):
                self.person_of[crop_rows[k].crop_key] = person
                had = (place + 1, k) not in rejected
                face = make_face(len(self.faces) + 1, self.tracks[-1], k, count if had else None)
                score = face.quality.model_copy(update={"std": contrast, "score": quality(contrast)})
                self.faces.append(face.model_copy(update={"quality": score}))
                count += had
        tilts = [unit(*([0.0] * (DIM - 2)), 1.0, 0.01 * k) for k in range(count)]
        self.vectors = np.stack(tilts) if tilts else np.empty((0, DIM), np.float32)

    def read_crop(self, key: str) -> NDArray[np.uint8] | None:
        self.read.append(key)
        person = self.person_of[key]
        return np.full((90, 80, 3), COLOURS[person], np.uint8) if person else None

    def reembed(
        self, kept: Sequence[int] = (), settings: FacesSettings = USUAL_SETTINGS, limits: WeakFaceLimits = LIMITS
    ) -> Reembedded:
        return reembed(
            self.tracks,
            self.faces,
            self.vectors,
            self.read_crop,
            as_engine(self.engine),
            settings,
            limits,
            self.reported.append,
            {f"track-{number:05d}" for number in kept},
        )


def ann(contrast: float = USUAL) -> tuple[str, float]:
    return "ann", contrast


BEN, DOUBTFUL, NO_PICTURE = ("ben", USUAL), ("doubtful", USUAL), ("", USUAL)


@pytest.mark.parametrize(
    ("crops", "settings", "reasons"),
    [
        pytest.param([ann(), ann()], {}, [None, None], id="good"),
        pytest.param([ann(), DOUBTFUL], {}, [None, "low_norm"], id="low-norm"),
        pytest.param([BEN], {}, [None], id="the-norm-itself-is-enough"),
        pytest.param([ann(DULL), ann()], {"min_quality": 0.45}, ["low_quality", None], id="low-quality"),
        pytest.param([ann(DULL)], {"min_quality": quality(DULL)}, [None], id="the-quality-itself-is-enough"),
        pytest.param([("doubtful", DULL)], {"min_quality": 0.45}, ["low_quality"], id="quality-comes-first"),
        pytest.param([ann(), NO_PICTURE], {}, [None, "unreadable_crop"], id="unreadable"),
        pytest.param([ann(5.0)], {}, ["low_contrast"], id="low-contrast"),
        pytest.param([ann(), ann(VIVID)], {"max_faces_per_track": 1}, ["not_sampled", None], id="not-sampled"),
        pytest.param([], {}, [], id="no-crop"),
    ],
)
def test_rejected_faces_and_reasons(
    crops: Sequence[tuple[str, float]], settings: dict[str, float], reasons: list[str | None]
) -> None:
    found = Scene(crops).reembed(settings=USUAL_SETTINGS.model_copy(update=settings))
    assert [face.rejection_reason for face in found.rows] == reasons
    expected = [reason for reason in reasons if reason]
    assert found.rejected == len(expected)
    assert dict(found.reasons) == {reason: expected.count(reason) for reason in set(expected)}
    for face in found.rows:
        assert (face.embedding_row is None) == (face.embedding_norm is None) == (face.rejection_reason is not None)


def test_only_faces_that_had_an_embedding_count_as_rejected() -> None:
    found = Scene([DOUBTFUL, DOUBTFUL, ann()], rejected=[(1, 0)]).reembed()
    assert [face.rejection_reason for face in found.rows] == ["low_norm", "low_norm", None]
    assert (found.rejected, dict(found.reasons)) == (1, {"low_norm": 1})


def test_a_rejected_face_may_be_accepted_later() -> None:
    found = Scene([ann(DULL), ann(VIVID)], rejected=[(1, 1)]).reembed()
    assert [face.rejection_reason for face in found.rows] == [None, None]
    assert found.rejected == 0
    assert found.mean_quality_before == quality(DULL)
    assert found.mean_quality_after == round((quality(DULL) + quality(VIVID)) / 2, 4)


def test_the_mean_quality_is_that_of_embedded_faces() -> None:
    found = Scene([ann(VIVID), ("doubtful", DULL)], [ann(USUAL)]).reembed(kept=[2])
    assert found.mean_quality_before == pytest.approx((0.645 + 0.4 + 0.505) / 3, abs=1e-4)
    assert found.mean_quality_after == pytest.approx((0.645 + 0.505) / 2, abs=1e-4)


def test_without_faces_the_mean_quality_is_zero() -> None:
    assert mean_quality([]) == 0.0
    found = Scene([NO_PICTURE]).reembed()
    assert (found.mean_quality_after, found.vectors.shape) == (0.0, (0, DIM))
    assert found.vectors.dtype == np.float32
    assert Scene().reembed().rows == []


def test_rows_are_renumbered_in_the_order_of_the_tracks() -> None:
    found = Scene([ann(), DOUBTFUL], [NO_PICTURE, BEN], [ann()]).reembed()
    assert [(face.face_id, face.track_id, face.embedding_row) for face in found.rows] == [
        ("face-000001", "track-00001", 0),
        ("face-000002", "track-00001", None),
        ("face-000003", "track-00002", None),
        ("face-000004", "track-00002", 1),
        ("face-000005", "track-00003", 2),
    ]


@pytest.mark.parametrize("kept", [pytest.param(kept, id=f"kept-{kept}") for kept in ([], [1], [2], [1, 3], [1, 2, 3])])
def test_each_row_refers_to_its_own_vector(kept: list[int]) -> None:
    scene = Scene([DOUBTFUL, ann()], [BEN, NO_PICTURE, ann()], [DOUBTFUL, BEN, ann()], rejected=[(2, 1)])
    before = {(face.track_id, face.frame): face for face in scene.faces}
    found = scene.reembed(kept=kept)
    embedded = [face for face in found.rows if face.embedding_row is not None]
    assert [face.embedding_row for face in embedded] == list(range(len(found.vectors)))
    assert [face.face_id for face in found.rows] == [f"face-{k + 1:06d}" for k in range(len(found.rows))]
    assert [(f.track_id, f.frame) for f in found.rows] == [(f.track_id, f.frame) for f in scene.faces]
    for face, vector in zip(embedded, found.vectors, strict=True):
        old = before[face.track_id, face.frame].embedding_row
        is_kept = int(face.track_id.removeprefix("track-")) in kept
        expected = scene.vectors[old] if is_kept and old is not None else DIRECTIONS[scene.person_of[face.crop_key]]
        assert vector.tobytes() == expected.tobytes()


def test_kept_tracks_keep_their_faces_at_any_quality() -> None:
    scene = Scene([DOUBTFUL, ann()], [ann(DULL), DOUBTFUL, NO_PICTURE], rejected=[(2, 1)])
    found = scene.reembed(kept=[2], settings=USUAL_SETTINGS.model_copy(update={"min_quality": 0.45}))
    kept = [face for face in found.rows if face.track_id == "track-00002"]
    renumbered = {"face_id": "", "embedding_row": None}
    assert [face.model_copy(update=renumbered) for face in kept] == [
        face.model_copy(update=renumbered) for face in scene.faces[2:]
    ]
    rows = [face.embedding_row for face in kept]
    assert rows == [1, None, 2]
    assert found.vectors[[1, 2]].tobytes() == scene.vectors[[2, 3]].tobytes()
    assert (found.rejected, dict(found.reasons)) == (1, {"low_norm": 1})


def test_crops_of_kept_tracks_are_not_read() -> None:
    scene = Scene([ann()], [ann(), ann()], [BEN])
    scene.reembed(kept=[2])
    assert scene.read == [scene.tracks[0].crops[0].crop_key, scene.tracks[2].crops[0].crop_key]
    assert scene.engine.faces_embedded == 2
    assert scene.reported == [1, 2]


def test_twice_is_the_same_as_once() -> None:
    scene = Scene([ann(), DOUBTFUL], [BEN, NO_PICTURE])
    once = scene.reembed()
    scene.faces, scene.vectors = once.rows, once.vectors
    twice = scene.reembed()
    assert twice.rows == once.rows
    assert twice.vectors.tobytes() == once.vectors.tobytes()
    assert (twice.rejected, twice.mean_quality_before) == (0, once.mean_quality_after)


WEAK_FACES = [DOUBTFUL, ann(DULL)]
"""A face of low norm, and one whose quality of 0.4 is below a limit of 0.45."""


@pytest.mark.parametrize(
    ("crops", "min_faces", "rejected"),
    [
        pytest.param([DOUBTFUL], 1, 0, id="a-track-never-loses-its-last-face"),
        pytest.param(WEAK_FACES, 1, 0, id="all-weak"),
        pytest.param([*WEAK_FACES, ann()], 1, 2, id="enough-others"),
        pytest.param([*WEAK_FACES, ann()], 2, 0, id="too-few-others"),
        pytest.param([*WEAK_FACES, ann(), BEN], 2, 2, id="just-enough-others"),
    ],
)
def test_weak_faces_go_only_where_enough_others_remain(
    crops: Sequence[tuple[str, float]], min_faces: int, rejected: int
) -> None:
    found = Scene(crops, [ann()] * 3).reembed(limits=WeakFaceLimits(0.45, MIN_NORM, min_faces))
    assert found.rejected == rejected
    left = [face for face in found.rows if face.track_id == "track-00001" and face.embedding_row is not None]
    assert len(left) == len(crops) - rejected
