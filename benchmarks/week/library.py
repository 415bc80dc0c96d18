"""The library of the week: good episodes, bad files and invalid partition keys, each with its expected alerts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.live.films import PEOPLE, Shot, write_film
from benchmarks.live.platform import LivePlatform

CUT_OFF = "cutoff-s01e01"
"""Episode whose file ends too early. It is built, with a warning."""
NO_INDEX, MISNAMED = "noindex-s01e01.mp4", "Holiday video.mp4"
ODD_KEYS = ("OPS-S01E09", "../x")
EXPECTED_ALERTS: Mapping[str, Sequence[str]] = {
    f"{CUT_OFF} tracks video_decoded_whole ": ["WARN"],
    f"videos/{NO_INDEX}  video_is_usable ": ["ERROR"],
    f"videos/{MISNAMED}  video_is_usable ": ["ERROR"],
    # The keys disappear with the lost instance, which counts as their recovery.
    **{f"{key}  partition_key_is_valid ": ["ERROR", "passed"] for key in ODD_KEYS},
}
"""States of the alerts by key, as `states_by_key` returns them, for everything that is bad."""
_GOOD_CAST = PEOPLE[:5] * 2
_CUT_OFF_CAST = [PEOPLE[0], *(person for person in PEOPLE[:6] for _ in range(2))]
"""If the film ends in the last person's first shot, the shots of all others are complete and no other check warns."""
_CUT_OFF_SHARE = 11.6 / 13
_ADD_PARTITION = """
mutation Add($key: String!) {
  addDynamicPartition(partitionsDefName: "episodes", partitionKey: $key, repositorySelector: {
    repositoryName: "__repository__", repositoryLocationName: "screenalytics"}) {__typename}}
"""


def episode_ids(count: int) -> list[str]:
    """Return the ids of the good episodes, in seasons of at most 99."""
    return [f"week-s{1 + number // 99:02d}e{1 + number % 99:02d}" for number in range(count)]


def write_good_film(folder: Path) -> Path:
    """Write the film that every good episode is a copy of."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_film(folder / "film.mp4", _shots(_GOOD_CAST))


def drop_bad_files(platform: LivePlatform, film: Path) -> None:
    """Put the three bad files into the folder of new videos."""
    whole = write_film(platform.folder / f"{CUT_OFF}.mkv", _shots(_CUT_OFF_CAST))
    videos = platform.root / "videos"
    videos.mkdir(parents=True, exist_ok=True)
    (videos / whole.name).write_bytes(_first(whole, _CUT_OFF_SHARE))
    (videos / NO_INDEX).write_bytes(_first(film, 0.6))  # an MP4 has its index at the end
    (videos / MISNAMED).write_bytes(film.read_bytes())


def add_odd_keys(platform: LivePlatform) -> None:
    """Add the invalid partition keys as the UI does."""
    for key in ODD_KEYS:
        kind = platform.query(_ADD_PARTITION, key=key)["addDynamicPartition"]["__typename"]
        if kind != "AddDynamicPartitionSuccess":
            raise RuntimeError(f"Expected the web server to add the partition {key}, but got {kind}")


def _shots(people: Sequence[str]) -> list[Shot]:
    return [(person, person) for person in people]


def _first(path: Path, share: float) -> bytes:
    content = path.read_bytes()
    return content[: int(len(content) * share)]
