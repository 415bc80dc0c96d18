"""Decisions across the episodes of a show."""

from collections.abc import Callable

import pytest

from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.season import ModeratedEpisodeTracks, SeasonModeration, season_moderation
from screenalytics_resources.decisions.records import Kind, Subject
from tests.moderation.scenes import Log, named, row_of_faces, selected

Told = dict[str, Log]


def season(told: Told) -> SeasonModeration:
    episodes = {
        ep_id: ModeratedEpisodeTracks(log.scene, replay(log.decisions, log.scene))
        for ep_id, log in told.items()
        if ep_id != "show"
    }
    return season_moderation(episodes, told["show"].decisions)


def across(told: Told, kind: Kind, one: tuple[str, int], other: tuple[str, int]) -> None:
    """Say that a track of one episode is, or is not, the person of a track of another one."""
    decision = told["show"].new(kind, selected([one[1]]), selected([other[1]], "other"))
    subjects: tuple[Subject, ...] = tuple(
        subject.model_copy(update={"ep_id": ep_id})
        for subject, (ep_id, _) in zip(decision.subjects, (one, other), strict=True)
    )
    told["show"].gesture(decision.model_copy(update={"subjects": subjects}))


def name(told: Told, ep_id: str, track: int, person: str) -> None:
    told[ep_id].say("is_person", selected([track]), person_id=person)


@pytest.mark.parametrize(
    ("tell", "groups", "apart"),
    [
        pytest.param(lambda told: (), [], [], id="nothing-said"),
        pytest.param(
            lambda told: told["e1"].say("same", selected([1]), selected([2], "other")),
            [["e1-1", "e1-2"]],
            [],
            id="within-an-episode",
        ),
        pytest.param(
            lambda told: (name(told, "e1", 1, "ann"), name(told, "e2", 2, "ann"), name(told, "e2", 1, "bob")),
            [["e1-1", "e2-2"]],
            [["e1-1", "e2-1"]],
            id="names",
        ),
        pytest.param(
            lambda told: told["e1"].say("lock", selected([1, 2])), [["e1-1", "e1-2"]], [], id="a-locked-identity"
        ),
        pytest.param(
            lambda told: (told["e1"].say("not_person", selected([1]), person_id="ann"), name(told, "e2", 2, "ann")),
            [],
            [["e1-1", "e2-2"]],
            id="not-this-person",
        ),
        pytest.param(lambda told: across(told, "same", ("e1", 1), ("e2", 2)), [["e1-1", "e2-2"]], [], id="same-across"),
        pytest.param(
            lambda told: across(told, "differ", ("e1", 1), ("e2", 2)), [], [["e1-1", "e2-2"]], id="differ-across"
        ),
    ],
)
def test_what_decisions_mean_in_a_season(
    tell: Callable[[Told], object], groups: list[list[str]], apart: list[list[str]]
) -> None:
    told = {ep_id: Log(row_of_faces(2)) for ep_id in ("e1", "e2", "show")}
    tell(told)
    result = season(told)
    assert [[_short(track) for track in group] for group in result.groups] == groups
    assert [sorted(_short(track) for track in pair) for pair in result.apart] == apart


def test_names_lost_and_overruled_decisions() -> None:
    told = {ep_id: Log(row_of_faces(2)) for ep_id in ("e1", "e2", "show")}
    name(told, "e1", 1, "ann")
    across(told, "differ", ("e1", 1), ("e2", 1))
    across(told, "same", ("e1", 1), ("e2", 1))
    across(told, "same", ("e1", 1), ("e9", 1))
    result = season(told)
    assert (result.lost, result.overruled) == ((3,), (1,))
    assert result.names == {("e1", named([1])[0]): "ann", ("e2", named([1])[0]): "ann"}


def test_a_name_that_others_contradict_is_listed() -> None:
    told = {ep_id: Log(row_of_faces(1)) for ep_id in ("e1", "e2", "show")}
    name(told, "e1", 1, "ann")
    name(told, "e2", 1, "bob")
    across(told, "same", ("e1", 1), ("e2", 1))
    result = season(told)
    assert result.unnamed == (("e2", "track-00001"),)
    assert set(result.names.values()) == {"ann"}


def test_dismissed_tracks_take_no_part() -> None:
    told = {ep_id: Log(row_of_faces(2)) for ep_id in ("e1", "show")}
    told["e1"].say("dismiss", selected([2]))
    assert season(told).dismissed == {("e1", "track-00002")}


def _short(track: tuple[str, str]) -> str:
    return f"{track[0]}-{int(track[1][-5:])}"
