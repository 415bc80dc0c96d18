"""Readers see the same before and after the words of an earlier release are adopted."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.contract.identity_records import Identities, Labels
from screenalytics_assets.identities.adopt_earlier_words import words_of
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.state import ModeratedEpisode, Moderation, Scene
from screenalytics_resources.facebank.earlier_words import OwnerWord, decisions_from
from tests.moderation.scenes import last_run, row_of_faces
from tests.tiny_episode import EP_ID, NOW

PEOPLE = st.sampled_from(["ann", "bob"])
GONE = st.tuples(st.sampled_from(["identity-00008", "identity-00009"]), PEOPLE, st.integers(-3, 3))


def written(named: list[str | None], labels: list[str | None], locked: list[bool]) -> Identities:
    """Return identities of two tracks each, with what an earlier release wrote into them."""
    content = last_run([[1, 2], [3, 4], [5, 6]])
    rows = tuple(
        row.model_copy(
            update={
                "labels": Labels(person_id=person, assigned_by="person") if person else Labels(),
                "label": label,
                "locked": lock,
                "created_at": NOW,
            }
        )
        for row, person, label, lock in zip(content.identities, named, labels, locked, strict=True)
    )
    return content.model_copy(update={"identities": rows})


def read(content: Identities, scene: Scene, owners: list[OwnerWord]) -> tuple[ModeratedEpisode, Moderation]:
    words = words_of(content, scene, owners, in_file=True)
    decisions = decisions_from(EP_ID, 0, sorted(words, key=lambda word: word.at))
    moderation = replay(decisions, scene)
    seen = overlay(content, decisions, scene, moderation)
    return replace(seen, last_seq=0), replace(moderation, last_seq=0, outcomes=())


@given(
    st.lists(st.none() | PEOPLE, min_size=3, max_size=3),
    st.lists(st.none() | st.just("waiter"), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.dictionaries(st.sampled_from([f"identity-0000{n}" for n in (1, 2, 3)]), PEOPLE),
    st.lists(GONE),
)
@settings(max_examples=500, deadline=None)
def test_the_names_of_identities_that_are_gone_change_nothing_that_readers_see(
    named: list[str | None],
    labels: list[str | None],
    locked: list[bool],
    owned: dict[str, str],
    gone: list[tuple[str, str, int]],
) -> None:
    content, scene = written(named, labels, locked), row_of_faces(6)
    owners = [OwnerWord(identity, person, NOW, is_past=False) for identity, person in owned.items()]
    past = [OwnerWord(i, person, NOW + timedelta(hours=hours), is_past=True) for i, person, hours in gone]
    assert read(content, scene, owners) == read(content, scene, [*past, *owners])
