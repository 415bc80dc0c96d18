"""Reference faces and their vectors, on a real database."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.records import Seed, StoredPack, new_seed_id

MakeSeed = Callable[..., Seed]
Unit = Callable[..., np.ndarray]


@pytest.fixture(autouse=True)
def people(cast: CastStore, show: str) -> None:
    cast.add_person(show, "ada", "Ada")
    cast.add_person(show, "bob", "Bob")


def test_seeds_round_trip(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    seeds = [cast.add_seed(make_seed("ada", n), {}) for n in (1, 2)]
    other = cast.add_seed(replace(make_seed("bob", 3), source="identity", origin="x-s01e01:i:t:7"), {})
    assert cast.seeds(show, "ada") == tuple(seeds)
    assert cast.seeds(show) == (*seeds, other)
    with pytest.raises(UserError, match="no person carl"):
        cast.seeds(show, "carl")


def test_the_name_of_a_photo_is_stored_printable(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    stored = cast.add_seed(replace(make_seed("ada", 1), origin="a[/b]\x1b\n\udce9.jpg"), {})
    assert stored.origin == r"a[/b]\x1b\n\xe9.jpg"
    assert cast.seeds(show) == (stored,)


def test_new_seed_ids_differ() -> None:
    assert len({new_seed_id() for _ in range(100)}) == 100


def test_a_duplicate_photo_error_names_its_owner(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    first = cast.add_seed(make_seed("ada", 1), {})
    with pytest.raises(UserError, match=rf"already a reference face in {show}: {first.seed_id} \(photo-1.jpg\) of ada"):
        cast.add_seed(make_seed("bob", 1), {})
    cast.add_person(f"{show}-other", "ada", "Ada")
    cast.add_seed(replace(make_seed("ada", 1), show=f"{show}-other"), {})


def test_seed_of_an_unknown_person_is_refused(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    with pytest.raises(UserError, match="no person carl"):
        cast.add_seed(make_seed("carl"), {})
    assert cast.seeds(show) == ()


def test_featured_seed(cast: CastStore, show: str, make_seed: MakeSeed) -> None:
    first, second, third = (cast.add_seed(make_seed("ada", n), {}).seed_id for n in (1, 2, 3))

    def featured() -> str | None:
        return cast.person(show, "ada").featured_seed_id

    assert featured() == first
    cast.feature_seed(show, third)
    revision = cast.people_document(show)["revision"]
    cast.feature_seed(show, third)
    assert (featured(), cast.people_document(show)["revision"]) == (third, revision)
    cast.remove_seed(show, second)
    assert featured() == third
    cast.remove_seed(show, third)
    assert featured() == first
    cast.remove_seed(show, first)
    assert featured() is None


def test_remove_seed_returns_its_files_and_fails_the_second_time(
    cast: CastStore, show: str, make_seed: MakeSeed
) -> None:
    seed = cast.add_seed(make_seed("ada"), {})
    with pytest.raises(UserError, match=f"other has no reference face {seed.seed_id}"):
        cast.remove_seed("other", seed.seed_id)
    assert cast.remove_seed(show, seed.seed_id) == seed.files
    with pytest.raises(UserError, match=f"{show} has no reference face {seed.seed_id}"):
        cast.remove_seed(show, seed.seed_id)


def test_prototypes_follow_the_seeds(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    first = cast.add_seed(make_seed("ada", 1), {pack: (unit(1, 0, 0, 0), 10.0)})
    assert cast.vectors(show, pack).kinds == ("seed", "prototype")
    cast.add_seed(make_seed("ada", 2), {pack: (unit(0, 1, 0, 0), 10.0)})
    stored = cast.vectors(show, pack)
    assert stored.kinds == ("seed", "seed", "prototype")
    np.testing.assert_allclose(stored.vectors[-1], unit(1, 1, 0, 0), atol=1e-6)
    cast.remove_seed(show, first.seed_id)
    stored = cast.vectors(show, pack)
    assert stored.kinds == ("seed", "prototype")
    np.testing.assert_allclose(stored.vectors[-1], unit(0, 1, 0, 0), atol=1e-6)


def test_vectors_are_read_exactly_and_in_order(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    vector = unit(0.1, -0.2, 1 / 3, 0.7)
    bob = cast.add_seed(make_seed("bob", 1), {pack: (vector, 10.0)})
    ada = cast.add_seed(make_seed("ada", 2), {pack: (-vector, 10.0)})
    stored = cast.vectors(show, pack)
    assert stored.person_ids == ("ada", "ada", "bob", "bob")
    assert stored.seed_ids == (ada.seed_id, None, bob.seed_id, None)
    assert (stored.vectors.shape, stored.vectors.dtype) == ((4, 4), np.float32)
    np.testing.assert_array_equal(stored.vectors[[0, 2]], [-vector, vector])
    assert cast.vectors("missing", pack).vectors.shape == (0, 4)


def test_vectors_can_be_added_for_another_pack(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    later = StoredPack(f"later-{show}", "b" * 64, 3)
    with_vector = cast.add_seed(make_seed("ada", 1), {pack: (unit(1, 0, 0, 0), 10.0)})
    without = cast.add_seed(make_seed("ada", 2), {})
    assert cast.seeds_without_vector(show, pack) == (without,)
    assert cast.seeds_without_vector(show, later) == (with_vector, without)
    assert cast.add_vector(show, with_vector.seed_id, later, unit(0, 0, 1), 5.0) is True
    assert cast.add_vector(show, with_vector.seed_id, later, unit(0, 1, 0), 5.0) is False
    np.testing.assert_allclose(cast.vectors(show, later).vectors, [[0, 0, 1], [0, 0, 1]])
    assert cast.vectors(show, pack).vectors.shape == (2, 4), "each pack has its own vectors"
    with pytest.raises(UserError, match="no reference face seed-nothing"):
        cast.add_vector(show, "seed-nothing", later, unit(0, 0, 1), 5.0)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        pytest.param(
            StoredPack("small", "b" * 64, 4), "another recogniser under the pack name small", id="other recogniser"
        ),
        pytest.param(StoredPack("small", "a" * 64, 3), r"\(4 dimensions, aaaaaaaaaaaa, not 3", id="other dimension"),
    ],
)
def test_vectors_of_two_recognisers_are_never_mixed(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit, other: StoredPack, words: str
) -> None:
    seed = cast.add_seed(make_seed("ada", 1), {pack: (unit(1, 0, 0, 0), 10.0)})
    vector = unit(*([1] * other.dim))
    for use in (
        lambda: cast.add_seed(make_seed("ada", 2), {other: (vector, 10.0)}),
        lambda: cast.add_vector(show, seed.seed_id, other, vector, 10.0),
        lambda: cast.vectors(show, other),
        lambda: cast.nearest(show, other, vector[None], 1),
        lambda: cast.seeds_without_vector(show, other),
    ):
        with pytest.raises(UserError, match=words):
            use()
    assert cast.seeds(show) == (seed,)


@pytest.mark.parametrize(
    ("vector", "norm", "words"),
    [
        pytest.param([1, 0, 0], 10.0, "unit vector of 4 numbers", id="too few dimensions"),
        pytest.param([2, 0, 0, 0], 10.0, "unit vector of 4 numbers", id="not a unit vector"),
        pytest.param([np.nan, 0, 0, 0], 10.0, "unit vector of 4 numbers", id="nan"),
        pytest.param([1, 0, 0, 0], 0.0, "norm above 0", id="zero norm"),
        pytest.param([1, 0, 0, 0], np.inf, "norm above 0", id="infinite norm"),
    ],
)
def test_invalid_vectors_are_refused_and_nothing_is_stored(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, vector: list[float], norm: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        cast.add_seed(make_seed("ada"), {pack: (np.array(vector, np.float32), norm)})
    assert cast.seeds(show) == ()


def test_pack_names_unsafe_in_sql_are_refused(cast: CastStore, show: str, make_seed: MakeSeed, unit: Unit) -> None:
    with pytest.raises(ValueError, match="pack name"):
        cast.add_seed(make_seed("ada"), {StoredPack("x'; DROP TABLE", "a" * 64, 4): (unit(1, 0, 0, 0), 10.0)})


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        pytest.param("UPDATE facebank.vectors SET dim = 3", "fk_vectors_pack_dim|ck_vectors_dim", id="dimension"),
        pytest.param("UPDATE facebank.vectors SET embedding = '[1,0]'", "ck_vectors_dim|expected 4 dim", id="vector"),
        pytest.param("UPDATE facebank.people SET person_id = 'A B'", "ck_people_person_id", id="person id"),
        pytest.param("UPDATE facebank.seeds SET source = 'x'", "ck_seeds_source", id="source"),
        pytest.param("UPDATE facebank.vectors SET seed_id = NULL", "ck_vectors_seed", id="seed"),
        pytest.param(
            "UPDATE facebank.vectors SET person_id = 'bob' WHERE kind = 'seed'", "fk_vectors_seed_id", id="other person"
        ),
    ],
)
def test_the_database_constraints_refuse_invalid_rows(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit, statement: str, constraint: str
) -> None:
    cast.add_seed(make_seed("ada"), {pack: (unit(1, 0, 0, 0), 10.0)})
    where = f"{'AND' if 'WHERE' in statement else 'WHERE'} show = '{show}'"
    with pytest.raises(DBAPIError, match=constraint), cast._engine.begin() as connection:
        connection.execute(text(f"{statement} {where}"))


def test_a_renamed_person_keeps_everything(
    cast: CastStore, show: str, make_seed: MakeSeed, pack: StoredPack, unit: Unit
) -> None:
    cast.add_seed(make_seed("ada"), {pack: (unit(1, 0, 0, 0), 10.0)})
    with cast._engine.begin() as connection:
        rename = text("UPDATE facebank.people SET person_id = 'ada-b' WHERE show = :show AND person_id = 'ada'")
        connection.execute(rename, {"show": show})
    assert {seed.person_id for seed in cast.seeds(show)} == {"ada-b"}
    assert set(cast.vectors(show, pack).person_ids) == {"ada-b"}
