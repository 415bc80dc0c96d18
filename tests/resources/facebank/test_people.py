"""People of a show: add, update, merge, remove and erase, on a real database."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.records import Person, Seed, StoredPack
from tests.owner_rows import write_owner

MakeSeed = Callable[..., Seed]
Unit = Callable[..., np.ndarray]


def test_people_are_listed_in_order_of_id(cast: CastStore, show: str) -> None:
    cast.add_person(show, "bob", " Bob ", role="host")
    cast.add_person(show, "ada", "Ada", aliases=["A.", " ", "A.", "Ada", "Countess"])
    assert cast.people(show) == (
        Person(show, "ada", "Ada", ("A.", "Countess")),
        Person(show, "bob", "Bob", role="host"),
    )
    assert cast.person(show, "bob").name == "Bob"
    assert cast.people("other") == ()


def test_an_id_that_is_not_utf_8_is_unknown(cast: CastStore, show: str) -> None:
    cast.add_person(show, "ada", "Ada")
    latin = os.fsdecode(b"ad\xe9")
    assert cast.owners(show, f"{show}-s01e01", latin) == ()
    with pytest.raises(UserError, match=r"has no person ad\\xe9: the nearest known id is ada"):
        cast.person(show, latin)
    with pytest.raises(UserError, match=r"has no reference face ad\\xe9"):
        cast.remove_seed(show, latin)


def test_names_are_stored_printable(cast: CastStore, show: str) -> None:
    latin, clear_screen = os.fsdecode(b"Zo\xe9"), "A\x1b[2J"
    cast.add_person(show, "zoe", latin, aliases=[clear_screen, "[/b]", latin], role="host\nerror: forged")
    cast.add_person(show, "ada", "Ada")
    cast.update_person(show, "ada", name=clear_screen, aliases=[latin], role=latin)
    assert cast.people(show) == (
        Person(show, "ada", r"A\x1b[2J", (r"Zo\xe9",), r"Zo\xe9"),
        Person(show, "zoe", r"Zo\xe9", (r"A\x1b[2J", "[/b]"), r"host\nerror: forged"),
    )


@pytest.mark.parametrize(
    ("person_id", "name", "words"),
    [
        pytest.param("Ada", "Ada", "'Ada' is not a person id", id="upper-case id"),
        pytest.param("a--b", "Ada", "'a--b' is not a person id", id="two hyphens"),
        pytest.param("../x", "Ada", "'../x' is not a person id", id="path"),
        pytest.param("a" * 101, "Ada", "at most 100 characters", id="too long"),
        pytest.param("ada\n", "Ada", "not a person id", id="newline"),
        pytest.param("ada", "  ", "needs a name", id="blank name"),
        pytest.param("bob", "Other Bob", "already has a person bob", id="id taken"),
    ],
)
def test_add_person_refuses_invalid_arguments(
    cast: CastStore, show: str, person_id: str, name: str, words: str
) -> None:
    cast.add_person(show, "bob", "Bob")
    with pytest.raises(UserError, match=words):
        cast.add_person(show, person_id, name)
    assert [person.person_id for person in cast.people(show)] == ["bob"]


def test_add_person_refuses_an_invalid_show(cast: CastStore) -> None:
    with pytest.raises(UserError, match="'demo-s01e01' is not a show"):
        cast.add_person("demo-s01e01", "ada", "Ada")


def test_an_unknown_person_error_names_the_nearest_id(cast: CastStore, show: str) -> None:
    with pytest.raises(UserError, match="it has no people yet: add the person first"):
        cast.person(show, "ada")
    cast.add_person(show, "ada-lovelace", "Ada")
    cast.add_person(show, "bob", "Bob")
    with pytest.raises(UserError, match="no person ada-lovelac: the nearest known id is ada-lovelace"):
        cast.person(show, "ada-lovelac")


@pytest.mark.parametrize(
    ("change", "expected", "changes"),
    [
        pytest.param({"name": "Ada B"}, ("Ada B", ("A",), "host"), 1, id="name"),
        pytest.param({"aliases": ["B", "C"]}, ("Ada", ("B", "C"), "host"), 1, id="aliases"),
        pytest.param({"role": ""}, ("Ada", ("A",), ""), 1, id="role cleared"),
        pytest.param({"name": "A"}, ("A", (), "host"), 1, id="alias becomes the name"),
        pytest.param({"name": "Ada"}, ("Ada", ("A",), "host"), 0, id="no change"),
    ],
)
def test_update_person(
    cast: CastStore, show: str, change: dict[str, object], expected: tuple[object, ...], changes: int
) -> None:
    before = cast.add_person(show, "ada", "Ada", ["A"], "host")
    revision = cast.people_document(show)["revision"]
    got = cast.update_person(show, "ada", **change)  # type: ignore[arg-type]
    assert (got.name, got.aliases, got.role) == expected
    assert got == cast.person(show, "ada")
    assert cast.people_document(show)["revision"] - revision == changes
    assert before.updated_at is not None and got.updated_at is not None
    assert (got.updated_at > before.updated_at) == bool(changes)


def test_remove_person_with_seeds_or_clusters_needs_force(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    cast.add_person(show, "ada", "Ada")
    cast.add_person(show, "bob", "Bob")
    seed = make_seed("ada")
    cast.add_seed(seed, {pack: (unit(1, 0, 0, 0), 20.0)})
    write_owner(cast, show, f"{show}-s01e01", "identity-00001", "ada", "person")
    with pytest.raises(UserError, match="ada has 1 reference faces, owns 1 clusters"):
        cast.remove_person(show, "ada")
    assert cast.remove_person(show, "bob") == ()
    assert cast.remove_person(show, "ada", force=True) == tuple(sorted(seed.files))
    assert (cast.people(show), cast.seeds(show), cast.owners(show)) == ((), (), ())
    assert len(cast.vectors(show, pack).vectors) == 0


def test_merge_moves_everything_and_recomputes_prototypes(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    cast.add_person(show, "ada", "Ada", ["A"])
    cast.add_person(show, "countess", "Countess", ["A", "Lovelace"])
    seed = make_seed("countess", 1)
    cast.add_seed(seed, {pack: (unit(1, 0, 0, 0), 20.0)})
    cast.add_seed(make_seed("ada", 2), {pack: (unit(0, 1, 0, 0), 20.0)})
    write_owner(cast, show, f"{show}-s01e01", "identity-00001", "countess", "person")
    got = cast.merge_people(show, "countess", "ada")
    assert got.aliases == ("A", "Countess", "Lovelace")
    assert [person.person_id for person in cast.people(show)] == ["ada"]
    assert {seed.person_id for seed in cast.seeds(show)} == {"ada"} and len(cast.seeds(show)) == 2
    assert [owner.person_id for owner in cast.owners(show)] == ["ada"]
    stored = cast.vectors(show, pack)
    assert set(stored.person_ids) == {"ada"}
    assert stored.kinds == ("seed", "seed", "prototype")
    np.testing.assert_allclose(stored.vectors[2], unit(1, 1, 0, 0), atol=1e-6)


def test_merge_takes_the_featured_face_of_the_source_if_the_target_has_none(
    cast: CastStore, show: str, make_seed: MakeSeed
) -> None:
    cast.add_person(show, "ada", "Ada")
    cast.add_person(show, "countess", "Countess")
    seed = cast.add_seed(make_seed("countess"), {})
    assert cast.merge_people(show, "countess", "ada").featured_seed_id == seed.seed_id


def test_merge_refuses_to_merge_a_person_with_itself(cast: CastStore, show: str) -> None:
    cast.add_person(show, "ada", "Ada")
    with pytest.raises(UserError, match="cannot be merged into itself: name two different people"):
        cast.merge_people(show, "ada", "ada")


@pytest.mark.parametrize("only_one_show", [pytest.param(True, id="one show"), pytest.param(False, id="every show")])
def test_forget_erases_everything(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit, only_one_show: bool
) -> None:
    person, other = f"ada-{show}", f"other-{show}"
    cast.add_person(other, person, "Ada elsewhere")
    cast.add_person(show, "bob", "Bob")
    cast.add_person(show, person, "Ada")
    seed = make_seed(person)
    cast.add_seed(seed, {pack: (unit(1, 0, 0, 0), 20.0)})
    write_owner(cast, show, f"{show}-s01e01", "identity-00001", person, "person")
    revision = cast.people_document(show)["revision"]
    got = cast.forget(person, show if only_one_show else None)
    assert got.rows == {"people": 1 if only_one_show else 2, "seeds": 1, "vectors": 2, "owners": 1}
    assert got.files == tuple(sorted(seed.files))
    assert [left.person_id for left in cast.people(show)] == ["bob"]
    assert len(cast.people(other)) == only_one_show
    assert cast.people_document(show)["revision"] == revision + 1
    again = cast.forget(person, show if only_one_show else None)
    assert (again.rows, again.files) == ({}, ())
    assert cast.people_document(show)["revision"] == revision + 1


def test_people_document(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    cast.add_person(show, "ada", "Ada", ["A"], "host")
    seed = cast.add_seed(make_seed("ada"), {})
    for ep_id, identity in (("s01e02", 1), ("s01e01", 2), ("s01e01", 1)):
        write_owner(cast, show, f"{show}-{ep_id}", f"identity-{identity:05d}", "ada", "person")
    assert cast.people_document(show) == {
        "show": show,
        "revision": 5,
        "people": [
            {
                "person_id": "ada",
                "name": "Ada",
                "aliases": ["A"],
                "role": "host",
                "featured_seed_id": seed.seed_id,
                "seeds": 1,
                "cluster_ids": [
                    f"{show}-s01e01:identity-00001",
                    f"{show}-s01e01:identity-00002",
                    f"{show}-s01e02:identity-00001",
                ],
            }
        ],
    }
    assert cast.people_document("nobody") == {"show": "nobody", "revision": 0, "people": []}


def test_forget_erases_the_person_from_the_server_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    """While the server is running, no table, index, statistic or log contains the person's id, name or vector."""
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    person, vector = "zebulon-quaxley", unit(0.5, -0.25, 0.125, 0.75)
    with open_cast_store(str(tmp_path)) as cast:
        cast.add_person("demo", person, "Zebulon Quaxley")
        cast.add_person("demo", "ada", "Ada")
        for number in range(20):
            cast.add_seed(replace(make_seed(person, number), show="demo"), {pack: (vector, 20.0)})
        needles = (person.encode(), b"Zebulon", vector.tobytes())
        assert all(needle in stored_bytes(tmp_path) for needle in needles), "otherwise this test could not fail"
        cast.forget(person)
        remaining = [needle for needle in needles if needle in stored_bytes(tmp_path)]
        assert [person.person_id for person in cast.people("demo")] == ["ada"]
    assert remaining == []


def stored_bytes(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (root / "database" / "data").rglob("*") if path.is_file())
