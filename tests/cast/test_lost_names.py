"""Names that a result lost, unless they were given again."""

from collections.abc import Callable

import pytest

from screenalytics_assets.cast.lost_names import lost_names
from screenalytics_assets.contract.cast_records import LostName
from screenalytics_assets.identities.decided import Decided
from screenalytics_assets.moderation.replay import replay
from tests.moderation.scenes import Log, last_run, row_of_faces, scene_of_tracks, selected, whole


def name_gone(log: Log) -> None:
    log.say("is_person", whole(3, [3]), person_id="ann")


def and_name_another(log: Log, person: str = "ann") -> None:
    name_gone(log)
    log.say("is_person", whole(1, [1]), person_id=person)


def name_another_before(log: Log) -> None:
    log.say("is_person", whole(1, [1]), person_id="ann")
    name_gone(log)


def take_it_back(log: Log) -> None:
    log.undo(log.say("is_person", whole(3, [3]), person_id="ann"))


@pytest.mark.parametrize(
    ("say", "is_lost"),
    [
        pytest.param(name_gone, True, id="gone"),
        pytest.param(and_name_another, False, id="given-again"),
        pytest.param(lambda log: and_name_another(log, "ben"), True, id="another-name-was-given"),
        pytest.param(name_another_before, True, id="given-before"),
        pytest.param(take_it_back, False, id="taken-back"),
        pytest.param(lambda log: log.say("lock", whole(3, [3])), False, id="no-name"),
        pytest.param(lambda log: log.say("is_person", selected([3]), person_id="ann"), False, id="of-no-identity"),
    ],
)
def test_lost_names(say: Callable[[Log], object], is_lost: bool) -> None:
    log = Log(row_of_faces(3))
    say(log)
    now = scene_of_tracks(log.scene.tracks[:2])
    fates = Decided(log.decisions, "d" * 64, now, replay(log.decisions, now)).fates
    identities = last_run([[1], [2]]).model_copy(update={"decisions": fates})
    expected = (LostName(identity_id="identity-00003", person_id="ann"),) if is_lost else ()
    assert lost_names(log.decisions, identities) == expected
    assert lost_names(log.decisions, last_run([[1], [2]])) == ()
