"""The people of a show and their photos, from the command line."""

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytest

from screenalytics_resources.sample_episode import _read_photograph
from tests.app.cast_bench import A, people, photo, pictures
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID


def test_add_and_list(screen: Screen, root: Path, show: str) -> None:
    assert screen.call("cast", "add", "--show", show, "--person", "ada-example") == 0
    assert "Ada Example is ada-example" in screen.out
    more = ("--name", "Benjamin B.", "--alias", "Ben", "--alias", "Benny", "--role", "guest")
    assert screen.call("cast", "add", "--show", show, "--person", "ben", *more) == 0
    cast = screen.json("cast", "list", "--show", show)
    assert [(p["person_id"], p["name"], p["role"], p["aliases"]) for p in cast["people"]] == [
        ("ada-example", "Ada Example", "", []),
        ("ben", "Benjamin B.", "guest", ["Ben", "Benny"]),
    ]
    assert list(people(root, show)) == ["ada-example", "ben"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["add", "--person", "ada"], "already has a person ada: choose another id", id="twice"),
        pytest.param(["add", "--person", "Ada Example"], "'Ada Example' is not a person id", id="no-id"),
        pytest.param(["add", "--person", "../ada"], "'../ada' is not a person id", id="a-path"),
        pytest.param(["add", "--person", "cem", "--name", " "], "A person needs a name", id="no-name"),
        pytest.param(["remove", "--person", "adda"], "has no person adda: the nearest known id is ada", id="remove"),
        pytest.param(["merge", "--source", "ada", "--target", "ada"], "cannot be merged into itself", id="itself"),
        pytest.param(["merge", "--source", "bem", "--target", "ada"], "the nearest known id is ben", id="merge"),
    ],
)
def test_invalid_people_are_refused(
    screen: Screen, root: Path, show: str, arguments: Sequence[str], sentence: str
) -> None:
    for person in ("ada", "ben"):
        screen.call("cast", "add", "--show", show, "--person", person)
    before = people(root, show)
    assert sentence in screen.refused("cast", arguments[0], "--show", show, *arguments[1:])
    assert people(root, show) == before


def test_an_invalid_show_is_refused(screen: Screen, root: Path) -> None:
    assert "'../x' is not a show" in screen.refused("cast", "add", "--show", "../x", "--person", "ada")
    assert "'../x' is not a show" in screen.refused("cast", "list", "--show", "../x")


# Photos.


def test_reference_faces_are_added_and_removed(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    screen.call("cast", "add", "--show", show, "--person", "g")
    photos = [photo(tmp_path, "person-g", "one.jpg"), photo(tmp_path, "person-g", "two.PNG", 0.5)]
    assert screen.call("facebank", "add", "--show", show, "--person", "g", *map(str, photos), "--keep-original") == 0
    seeds = re.findall(r"added (seed-[0-9a-f]{12}) from (\S+)", screen.out)
    assert [origin for _, origin in seeds] == ["one.jpg", "two.PNG"]
    first, second = (seed for seed, _ in seeds)
    names = [f"{first}_{end}" for end in ("d.png", "e.png", "orig.jpg")]
    names += [f"{second}_{end}" for end in ("d.png", "e.png", "orig.png")]
    assert {path.name for path in pictures(root, show)} == set(names)
    assert {path.stat().st_mode & 0o777 for path in pictures(root, show)} == {0o600}
    assert (root / "facebank" / show / "g" / f"{second}_orig.png").read_bytes() == photos[1].read_bytes()
    assert people(root, show)["g"]["seeds"] == 2
    assert people(root, show)["g"]["featured_seed_id"] == first

    assert screen.call("facebank", "feature", "--show", show, "--seed", second) == 0
    assert people(root, show)["g"]["featured_seed_id"] == second
    faces = screen.json("facebank", "list", "--show", show)["faces"]
    assert [(f["seed"]["seed_id"], f["seed"]["person_id"], f["seed"]["origin"], f["featured"]) for f in faces] == [
        (first, "g", "one.jpg", False),
        (second, "g", "two.PNG", True),
    ]
    means = [face["similarity"]["mean"] for face in faces]
    assert means[0] == means[1] > 0.7

    assert screen.call("facebank", "remove", "--show", show, "--seed", second) == 0
    assert f"removed {second} and 3 pictures" in screen.out
    assert {path.name for path in pictures(root, show)} == set(names[:3])
    assert people(root, show)["g"]["featured_seed_id"] == first
    assert f"has no reference face {second}" in screen.refused("facebank", "remove", "--show", show, "--seed", second)

    assert "has 1 reference faces, owns 0 clusters" in screen.refused("cast", "remove", "--show", show, "--person", "g")
    assert screen.call("cast", "remove", "--show", show, "--person", "g", "--force") == 0
    assert pictures(root, show) == []
    assert not (root / "facebank" / show).exists()
    assert people(root, show) == {}


def test_merging_keeps_pictures_and_the_name(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    for person in ("ada", "gus"):
        screen.call("cast", "add", "--show", show, "--person", person)
    screen.call("facebank", "add", "--show", show, "--person", "gus", str(photo(tmp_path, "person-g", "one.jpg")))
    assert screen.call("cast", "merge", "--show", show, "--source", "gus", "--target", "ada") == 0
    assert "gus is now part of ada, also known as Gus" in screen.out
    assert list(people(root, show)) == ["ada"]
    assert people(root, show)["ada"]["seeds"] == 1
    assert len(pictures(root, show)) == 2
    # Forgetting the merged id keeps the pictures of the person who stays.
    assert screen.call("cast", "forget", "--show", show, "--person", "gus") == 0
    assert f"nothing of gus was found in {show}" in screen.out
    assert len(pictures(root, show)) == 2
    assert screen.call("cast", "forget", "--show", show, "--person", "ada") == 0
    assert pictures(root, show) == []


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        pytest.param("no-face", "bad.jpg shows no face", id="no-face"),
        pytest.param("cut-off", "bad.jpg is truncated or damaged", id="cut-off"),
        pytest.param("text", "bad.jpg is not a readable JPEG or PNG file", id="text"),
        pytest.param("several", "shows 2 faces and none is clearly the largest", id="several-faces"),
        pytest.param("nowhere", "bad.jpg cannot be read (No such file or directory)", id="no-file"),
        pytest.param("folder", "bad.jpg cannot be read (Is a directory)", id="a-folder"),
        pytest.param("again", "bad.jpg is already a reference face in", id="duplicate"),
    ],
)
def test_refused_photos_leave_nothing_and_the_others_are_added(
    screen: Screen, root: Path, show: str, tmp_path: Path, kind: str, sentence: str
) -> None:
    screen.call("cast", "add", "--show", show, "--person", "g")
    good = photo(tmp_path, "person-g", "good.jpg")
    bad = tmp_path / "bad.jpg"
    if kind == "no-face":
        cv2.imwrite(str(bad), _read_photograph("coffee"))
    elif kind == "cut-off":
        bad.write_bytes(good.read_bytes()[:-400])
    elif kind == "text":
        bad.write_text("hello")
    elif kind == "several":
        photo(tmp_path, "person-b", "bad.jpg", 1.0, more=180)
    elif kind == "folder":
        bad.mkdir()
    elif kind == "again":
        bad.write_bytes(good.read_bytes())
    assert sentence in screen.refused("facebank", "add", "--show", show, "--person", "g", str(good), str(bad))
    assert "from good.jpg" in screen.out
    assert people(root, show)["g"]["seeds"] == 1
    assert len(pictures(root, show)) == 2


def test_every_refused_photo_is_reported(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    screen.call("cast", "add", "--show", show, "--person", "g")
    texts = [tmp_path / f"text-{number}.jpg" for number in (1, 2, 3)]
    for text in texts:
        text.write_text("hello")
    assert "text-3.jpg" in screen.refused("facebank", "add", "--show", show, "--person", "g", *map(str, texts))
    assert [f"text-{number}.jpg is not a readable JPEG" in screen.out for number in (1, 2, 3)] == [True, True, False]
    assert not (root / "facebank" / show).exists()


def test_one_of_several_faces_is_chosen_by_number(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    screen.call("cast", "add", "--show", show, "--person", "b")
    both = photo(tmp_path, "person-b", "both.png", 1.0, more=180)
    add = ("facebank", "add", "--show", show, "--person", "b", str(both))
    assert "has no face 3. Choose one of these: face 1 at x" in screen.refused(*add, "--face", "3")
    assert screen.call(*add, "--face", "1") == 0
    assert people(root, show)["b"]["seeds"] == 1


def test_photos_need_a_known_person(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    good = str(photo(tmp_path, "person-g", "good.jpg"))
    assert "it has no people yet" in screen.refused("facebank", "add", "--show", show, "--person", "g", good)
    for arguments in ([], [good, "--from-identity", f"{EP_ID}:{A}"]):
        sentence = screen.refused("facebank", "add", "--show", show, "--person", "g", *arguments)
        assert "Give photos, or --from-identity EP_ID:IDENTITY, and not both" in sentence
    assert not (root / "facebank" / show).exists()
