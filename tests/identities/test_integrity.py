"""Integrity of the identities: each problem is reported, and a valid document has none."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from screenalytics_assets.contract.identity_records import Identities, Identity
from screenalytics_assets.contract.schemas import TrackEmbeddings
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_tracks import cluster_tracks
from screenalytics_assets.identities.integrity import identity_problems
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.tiny_episode import EP_ID, FPS, NOW, PLAIN_PACK, clear_norms, make_embedding, make_track, origin, unit

A, B = unit(1, 0), unit(0, 1)
SHA256 = "0" * 64


def episode() -> tuple[Identities, TrackEmbeddings]:
    """Return two identities of two tracks each, and an unusable track."""
    vectors = np.stack([A, B, A, B])
    rows = [*(make_embedding(k + 1, k) for k in range(4)), make_embedding(5, None)]
    settings = ClusteringSettings()
    tracks = [make_track(k + 1, (k, k + 9)) for k in range(5)]
    clusters = cluster_tracks(vectors, clear_norms(vectors), settings, thresholds(settings, PLAIN_PACK))
    content = build_identities(Episode(EP_ID, FPS, tracks, rows, vectors, SHA256), clusters, settings, PLAIN_PACK, NOW)
    table = TrackEmbeddings(
        EP_ID, rows, origin("track_embeddings", {}), PLAIN_PACK.name, arrays={"tracks.npy": vectors}
    )
    return content, table


def test_a_valid_document_has_no_problems() -> None:
    content, table = episode()
    assert identity_problems(content, table, SHA256) == []


def test_track_embeddings_that_changed() -> None:
    content, table = episode()
    assert identity_problems(content, table, "1" * 64) == [
        "the identities were built from track embeddings that have changed since"
    ]


def with_tracks(content: Identities, number: int, tracks: Sequence[str]) -> Identities:
    changed = list(content.identities)
    members = tuple(changed[number].members[0].model_copy(update={"track_id": track}) for track in tracks)  # type: ignore[index]
    changed[number] = changed[number].model_copy(update={"track_ids": tuple(tracks), "members": members})
    return with_identities(content, changed)


def with_identities(content: Identities, identities: Sequence[Identity]) -> Identities:
    return content.model_copy(update={"identities": tuple(identities)})


@pytest.mark.parametrize(
    ("damage", "problems"),
    [
        pytest.param(
            lambda c: with_tracks(c, 0, ["track-00001"]),
            ["track-00003 is in no identity"],
            id="track-missing",
        ),
        pytest.param(
            lambda c: c.model_copy(update={"unusable_tracks": ()}),
            ["track-00005 is in no identity"],
            id="unusable-track-missing",
        ),
        pytest.param(
            lambda c: with_tracks(c, 0, ["track-00001", "track-00003", "track-00009"]),
            ["track-00009 is in an identity but is not a track"],
            id="unknown-track",
        ),
        pytest.param(
            lambda c: with_tracks(c, 1, ["track-00001", "track-00002", "track-00004"]),
            ["track-00001 is in 2 identities"],
            id="track-in-two",
        ),
        pytest.param(
            lambda c: with_tracks(c, 0, ["track-00001", "track-00001", "track-00003"]),
            ["track-00001 is in 2 identities"],
            id="track-twice-in-one",
        ),
        pytest.param(
            lambda c: c.model_copy(update={"unusable_tracks": ("track-00001", "track-00005")}),
            ["track-00001 is in 2 identities"],
            id="unusable-and-in-an-identity",
        ),
    ],
)
def test_each_track_is_in_one_identity(damage: Callable[[Identities], Identities], problems: list[str]) -> None:
    content, table = episode()
    all_problems = identity_problems(damage(content), table, SHA256)
    assert [problem for problem in all_problems if not problem.startswith("metadata")] == problems


def test_members_that_are_not_the_tracks() -> None:
    content, table = episode()
    first, second = content.identities
    swapped = first.model_copy(update={"members": second.members})
    problems = identity_problems(with_identities(content, [swapped, second]), table, SHA256)
    assert problems == ["the members of identity-00001 are not its tracks"]


def test_an_identity_id_that_occurs_twice() -> None:
    content, table = episode()
    first, second = content.identities
    twice = with_identities(content, [first, second.model_copy(update={"identity_id": "identity-00001"})])
    assert identity_problems(twice, table, SHA256) == ["identity-00001 occurs 2 times"]


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("num_identities", 3, 2),
        ("num_tracks", 5, 4),
        ("num_unusable_tracks", 0, 1),
        ("num_clusters", 7, 2),
        ("num_singletons", 1, 0),
        ("singleton_fraction", 0.2, 0.0),
        ("largest_cluster_size", 3, 2),
        ("largest_cluster_fraction", 0.1, 0.5),
        ("avg_cluster_size", 3.0, 2.0),
    ],
)
def test_metadata_that_differs_from_the_identities(name: str, wrong: float, right: float) -> None:
    content, table = episode()
    metadata = content.metadata.model_copy(update={name: wrong})
    damaged = content.model_copy(update={"metadata": metadata})
    assert identity_problems(damaged, table, SHA256) == [
        f"metadata states {name} {wrong}, but the identities give {right}"
    ]


def test_an_empty_document_is_valid() -> None:
    settings, none = ClusteringSettings(), np.empty((0, 2), np.float32)
    clusters = cluster_tracks(none, clear_norms(none), settings, thresholds(settings, PLAIN_PACK))
    content = build_identities(Episode(EP_ID, FPS, [], [], none, SHA256), clusters, settings, PLAIN_PACK, NOW)
    table = TrackEmbeddings(EP_ID, [], origin("track_embeddings", {}), PLAIN_PACK.name, arrays={"tracks.npy": none})
    assert identity_problems(content, table, SHA256) == []
