"""Episode ids: the validation that every id passes before it becomes a path."""

import pytest

from screenalytics_resources.episode_id import is_ep_id, parse_ep_id, parse_partition, parse_show
from screenalytics_resources.errors import UserError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("demo-s01e01", ("demo", 1, 1), id="plain"),
        pytest.param("the-big-show-s12e345", ("the-big-show", 12, 345), id="hyphens-and-many-episodes"),
        pytest.param("24-s01e24", ("24", 1, 24), id="digits"),
        pytest.param("a-s01e01-x-s02e03", ("a-s01e01-x", 2, 3), id="show-contains-an-episode"),
    ],
)
def test_valid_ids(text: str, parts: tuple[str, int, int]) -> None:
    ep_id = parse_ep_id(text)
    assert (ep_id.show, ep_id.season, ep_id.episode, str(ep_id)) == (*parts, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../x",
        "../x-s01e01",
        "/etc/passwd",
        "RHOBH s5",
        "Demo-s01e01",
        "demo-s1e1",
        "demo-s01e01-s02e02",
        "OPS-S01E09",
        "demo-s01e01\n",
        "demo--x-s01e01",
        "-s01e01",
        "demo_s01e01",
        "demo-s٠١e٠١",  # noqa: RUF001 - digits that are not ASCII
        "d" * 200 + "-s01e01",
    ],
)
def test_invalid_ids_are_rejected_with_their_value(text: str) -> None:
    with pytest.raises(UserError, match="is not an episode id") as error:
        parse_ep_id(text)
    assert repr(text[:100]) in str(error.value)


@pytest.mark.parametrize("text", ["demo-s01e01-s02e02", "demo-s01e01-s02e02-s03e03"])
def test_an_id_with_two_episodes_is_neither_an_episode_nor_a_show(text: str) -> None:
    assert not is_ep_id(text)
    for parse in (parse_show, parse_partition):
        with pytest.raises(UserError, match="is not a"):
            parse(text)
