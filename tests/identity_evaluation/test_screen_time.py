"""Who is on screen in which second, and what no track caught, on tables of small cases."""

import pytest

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.truth_boxes import BoxTruth, TruthRun
from screenalytics_assets.identity_evaluation.box_matching import path_of_run
from screenalytics_assets.identity_evaluation.coverage import evaluate_coverage, labelled_and_missed
from screenalytics_assets.identity_evaluation.frame_mask import mask_of_spans
from screenalytics_assets.identity_evaluation.screen_time import FrameCounts, Span, count_frames, evaluate_screen_time
from tests.tiny_episode import BOX, EP_ID, FPS, make_identity, make_track


def run(person: str, first: int, last: int) -> TruthRun:
    return TruthRun(person=person, boxes=tuple((frame, *BOX) for frame in sorted({first, last})))


@pytest.mark.parametrize(
    ("identities", "expected"),
    [
        pytest.param([], FrameCounts(40, 0, 0), id="not-found"),
        pytest.param([[(100, 119), (200, 219)]], FrameCounts(40, 40, 40), id="exact"),
        pytest.param([[(100, 109)]], FrameCounts(40, 10, 10), id="part"),
        pytest.param([[(94, 125)]], FrameCounts(40, 20, 20), id="within-the-slack-of-labels"),
        pytest.param([[(93, 126)]], FrameCounts(40, 22, 20), id="beyond-the-slack"),
        pytest.param([[(0, 9)]], FrameCounts(40, 10, 0), id="elsewhere"),
        pytest.param([[(100, 109), (105, 119)]], FrameCounts(40, 20, 20), id="overlapping-tracks-count-once"),
        pytest.param([[(100, 104)], [(200, 219)]], FrameCounts(40, 25, 20), id="split-in-two"),
    ],
)
def test_frames_of_one_person(identities: list[list[Span]], expected: FrameCounts) -> None:
    masks = [mask_of_spans(spans, 300) for spans in identities]
    assert count_frames([(100, 119), (200, 219)], masks, 300) == expected


@pytest.mark.parametrize(
    ("spans", "frames"),
    [
        pytest.param([], [], id="none"),
        pytest.param([(2, 3), (3, 4)], [2, 3, 4], id="overlapping"),
        pytest.param([(-3, 0)], [0], id="begins-before"),
        pytest.param([(8, 20)], [8, 9], id="ends-after"),
        pytest.param([(-5, -1), (10, 12)], [], id="outside"),
    ],
)
def test_spans_become_frames(spans: list[Span], frames: list[int]) -> None:
    assert mask_of_spans(spans, 10).nonzero()[0].tolist() == frames


@pytest.mark.parametrize(
    ("homes", "everyone", "cast"),
    [
        pytest.param([[1, 3], [2]], (70, 70, 70), (60, 60, 60), id="right"),
        pytest.param([[1], [2], [3]], (70, 70, 50), (60, 60, 40), id="ann-split"),
        pytest.param([[1, 2, 3]], (70, 70, 60), (60, 70, 60), id="all-in-one"),
        pytest.param([[1]], (70, 40, 40), (60, 40, 40), id="ann-in-part"),
        pytest.param([[1, 3], [2], [4]], (70, 80, 70), (60, 60, 60), id="an-identity-of-no-face"),
        pytest.param([[1, 3, 4], [2]], (70, 80, 70), (60, 70, 60), id="no-face-joins-ann"),
        pytest.param([[1, 3, 5], [2]], (70, 70, 70), (60, 60, 60), id="a-track-without-truth-joins-ann"),
    ],
)
def test_screen_time(homes: list[list[int]], everyone: tuple[int, ...], cast: tuple[int, ...]) -> None:
    """Ann is on screen in two runs, an extra in one; a lamp is no face."""
    spans = [(100, 139), (200, 209), (300, 319), (400, 409), (500, 509)]
    tracks = [make_track(number, span) for number, span in enumerate(spans, 1)]
    people = {f"track-{n:05d}": name for n, name in enumerate(["ann", "extra", "ann", "lamp"], 1)}
    labelled = tuple(run(name, *span) for name, span in zip(people.values(), spans, strict=False))
    truth = BoxTruth(ep_id=EP_ID, boxes=labelled, background=("extra",), not_faces=("lamp",))
    identities = Identities.model_construct(
        identities=tuple(make_identity(n, members, 1.0) for n, members in enumerate(homes, 1)), unusable_tracks=()
    )
    found = evaluate_screen_time(tracks, identities, people, truth, FPS, 0)
    for figures, expected in ((found.all_people, everyone), (found.without_background, cast)):
        seconds = (figures.seconds_true, figures.seconds_found, figures.seconds_right)
        assert [value * FPS for value in seconds] == pytest.approx(expected)
        assert figures.by_second is not None
        assert figures.by_second.precision == pytest.approx(expected[2] / expected[1], abs=1e-6)
        assert figures.by_second.recall == pytest.approx(expected[2] / expected[0], abs=1e-6)


@pytest.mark.parametrize(
    ("person", "not_faces", "reason"),
    [
        pytest.param("ann", (), "no labelled person has an identity", id="no-identity"),
        pytest.param("lamp", ("lamp",), "no person is labelled", id="no-person"),
    ],
)
def test_missing_figures_have_a_reason(person: str, not_faces: tuple[str, ...], reason: str) -> None:
    truth = BoxTruth(ep_id=EP_ID, boxes=(run(person, 0, 9),), not_faces=not_faces)
    identities = Identities.model_construct(identities=(), unusable_tracks=())
    found = evaluate_screen_time([], identities, {}, truth, FPS, 0)
    assert (found.all_people.by_second, found.all_people.reason) == (None, reason)


def test_overlapping_runs_of_one_person_count_once() -> None:
    runs = [path_of_run(run("ann", 0, 9)), path_of_run(run("ann", 5, 19))]
    assert labelled_and_missed(runs, [], 0) == (20, 20)
    assert labelled_and_missed(runs, [path_of_run(run("ann", 0, 7))], 0) == (20, 12)


def test_coverage_by_person_and_in_total() -> None:
    truth = BoxTruth(
        ep_id=EP_ID,
        boxes=(
            run("ann", 0, 19),
            run("bob", 40, 49),
            run("extra", 100, 109),
            run("?", 200, 209),
            run("lamp", 300, 309),
        ),
        background=("extra",),
        not_faces=("lamp",),
    )
    tracks = [make_track(1, (5, 14)), make_track(2, (100, 109)), make_track(3, (300, 304))]
    found = evaluate_coverage(tracks, {"track-00001": "ann", "track-00003": "lamp"}, truth, FPS, 0)
    assert [tuple(row.model_dump().values()) for row in found.by_person] == [
        ("ann", 20 / FPS, 10 / FPS, False),
        ("bob", 10 / FPS, 10 / FPS, True),
        ("extra", 10 / FPS, 0, False),
    ]
    assert tuple(found.all_people.model_dump().values()) == (3, 1, 40 / FPS, 20 / FPS)
    assert tuple(found.without_background.model_dump().values()) == (2, 1, 30 / FPS, 20 / FPS)
    assert (found.not_face_tracks, found.not_face_seconds) == (1, 5 / FPS)
