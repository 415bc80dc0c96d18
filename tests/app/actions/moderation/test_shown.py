"""What readers see between two runs: the identities of the last run with all decisions laid over them."""

from functools import partial

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.history import history
from screenalytics_app.actions.moderation.marks import lock
from screenalytics_app.actions.moderation.membership import merge, move, split
from screenalytics_app.actions.moderation.naming import label, name, not_person
from screenalytics_app.actions.moderation.shown import laid_over, shown_identities
from screenalytics_app.actions.moderation.undo import undo
from screenalytics_app.actions.moderation.view import Episode, View
from screenalytics_assets.contract.identity_records import Identities, Identity, Labels
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_EMBEDDINGS
from screenalytics_assets.identities.memberships import VOUCHED
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.moderation_bench import T1, T3, T5, A, B, Log
from tests.tiny_episode import EP_ID

NEW = "identity-00003"


def shown(store: ArtifactStore, log: Log) -> dict[str, Identity]:
    content = laid_over(log.view, load_artifact(store, TRACK_EMBEDDINGS, EP_ID), {"ann": "Ann Example"})
    assert Identities.model_validate(content.model_dump()) == content
    return {identity.identity_id: identity for identity in content.identities}


def test_without_decisions_it_is_the_result_of_the_run(store: ArtifactStore) -> None:
    assert shown_identities(store, EP_ID) == load_artifact(store, IDENTITIES, EP_ID).content


def test_an_identity_with_the_same_tracks_changes_only_in_what_people_say(store: ArtifactStore) -> None:
    log = Log(store)
    before = {identity.identity_id: identity for identity in log.view.episode.identities.identities}
    log.say(partial(name, identity_id=A, person_id="ann"))
    log.say(partial(label, identity_id=B, text="waiter"))
    log.say(partial(lock, identity_id=B))
    labels = Labels(person_id="ann", name="Ann Example", assigned_by="person")
    assert shown(store, log) == {
        A: before[A].model_copy(update={"labels": labels}),
        B: before[B].model_copy(update={"label": "waiter", "locked": True}),
    }


def test_the_numbers_of_changed_identities_are_those_of_their_tracks(store: ArtifactStore) -> None:
    log = Log(store)
    whole = shown(store, log)[A]
    log.say(partial(split, identity_id=A, tracks=[T3]))
    parts = shown(store, log)
    assert (parts[A].track_ids, parts[NEW].track_ids) == ((T1,), (T3,))
    assert (parts[A].size, parts[NEW].size, whole.size) == (2, 2, 4)
    assert parts[A].seconds_on_screen + parts[NEW].seconds_on_screen == whole.seconds_on_screen
    assert (parts[A].cohesion, parts[NEW].embedding_stats.num_tracks) == (1.0, 1)
    assert parts[NEW].rep_thumb_rel_path == f"frames/{EP_ID}/thumbs/{NEW}/rep.jpg"
    log.say(partial(merge, target=A, sources=[NEW], confirm=True))
    assert shown(store, log)[A] == whole


def test_a_track_without_an_embedding_has_its_place(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(move, tracks=[T5], to=B))
    row = shown(store, log)[B]
    assert row.members is not None
    assert [member.evidence for member in row.members if member.track_id == T5] == [VOUCHED.evidence]
    log.say(partial(split, identity_id=B, tracks=[T5]))
    alone = shown(store, log)[NEW]
    assert (alone.size, alone.cohesion, alone.low_cohesion) == (0, 0.0, False)


def test_the_name_by_the_machine_stays_until_a_person_denies_it(store: ArtifactStore) -> None:
    log = Log(store)
    guess = Labels(person_id="ann", name="Ann Example", assigned_by="machine")
    stored = log.view.episode.identities
    rows = tuple(row.model_copy(update={"label": "Ann Example", "labels": guess}) for row in stored.identities)
    episode = log.view.episode
    content = stored.model_copy(update={"identities": rows})
    log.view = View(Episode(EP_ID, episode.scene, content, episode.exceptions), ())
    log.say(partial(not_person, identity_id=A, person_id="ann"))
    found = shown(store, log)
    assert (found[A].label, found[A].labels) == (None, Labels())
    assert (found[B].label, found[B].labels) == ("Ann Example", guess)


def test_history_says_what_became_of_each_gesture(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(split, identity_id=A, tracks=[T3]))
    log.say(partial(dismiss, tracks=[T1], reason="deleted"), actor="ben")
    log.say(partial(label, identity_id=B, text="x"))
    taken_back = log.say(partial(label, identity_id=B, text="y"))
    log.say(partial(undo, actor="ann"))
    log.say(partial(label, identity_id=B, text="z"))
    entries = history(log.view)
    assert [(e.first_seq, e.actor, e.kinds, e.about, e.status) for e in entries] == [
        (1, "ann", ("differ", "same"), (T3, A), "applied"),
        (3, "ben", ("dismiss",), (T1,), "applied"),
        (4, "ann", ("label",), (B,), "overruled"),
        (5, "ann", ("label",), (B,), "undone"),
        (6, "ann", ("undo",), (str(taken_back),), "applied"),
        (7, "ann", ("label",), (B,), "applied"),
    ]
    assert [entry.reason for entry in entries if entry.reason] == ["newer decisions contradict it: 7"]
