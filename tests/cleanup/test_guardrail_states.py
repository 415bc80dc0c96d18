"""Guardrails before and after a cleanup."""

import numpy as np
import pytest

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.cleanup.guardrail_states import State, guardrail_states, worsened
from screenalytics_assets.contract.cleanup_records import GuardrailState
from screenalytics_assets.contract.schemas import IdentitiesDocument, Tracks
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings
from tests.tiny_episode import (
    EP_ID,
    FPS,
    NOW,
    PLAIN_PACK,
    make_clusters,
    make_embedding,
    make_metrics,
    make_track,
    origin,
    unit,
)

SETTINGS = GuardrailSettings.model_validate({})
TRACK_METRICS = ["tracks_per_minute", "short_track_fraction", "id_switch_rate"]
IDENTITY_METRICS = ["singleton_fraction", "largest_cluster_fraction", "num_clusters", "avg_cluster_size"]
ENOUGH = 20
"""Lowest number of tracks with which a blocking guardrail beyond its limit is an error."""


def tracks_with(**changes: object) -> Tracks:
    metrics = make_metrics(**changes)
    return Tracks(EP_ID, [], origin("tracks", {}, PLAIN_PACK), PLAIN_PACK.name, {"track_metrics.json": metrics})


def identities_with(**changes: object) -> IdentitiesDocument:
    """Return two tracks in one identity, with `changes` applied to the metadata."""
    episode = Episode(
        EP_ID,
        FPS,
        [make_track(1, (0, 9)), make_track(2, (20, 29))],
        [make_embedding(1, 0), make_embedding(2, 1)],
        np.stack([unit(1, 0, dim=PLAIN_PACK.recogniser.dim)] * 2),
        "0" * 64,
    )
    content = build_identities(
        episode, make_clusters(np.array([0, 0])), ClusteringSettings.model_validate({}), PLAIN_PACK, NOW
    )
    metadata = content.metadata.model_copy(update=changes)
    return IdentitiesDocument(
        EP_ID, content.model_copy(update={"metadata": metadata}), origin("identities", {}, PLAIN_PACK)
    )


def artifacts(tracks: Tracks | None = None, identities: IdentitiesDocument | None = None) -> ArtifactSet:
    return ArtifactSet(tracks, None, None, identities, {})


def metadata(tracks: int = ENOUGH, **changes: object) -> ArtifactSet:
    return artifacts(None, identities_with(num_tracks=tracks, **changes))


@pytest.mark.parametrize(
    ("value", "tracks", "expected"),
    [
        pytest.param(0.40, ENOUGH, "passed", id="at-the-target"),
        pytest.param(0.41, ENOUGH, "warning", id="beyond-the-target"),
        pytest.param(0.60, ENOUGH, "warning", id="at-the-limit"),
        pytest.param(0.61, ENOUGH, "error", id="beyond-the-limit"),
        pytest.param(0.61, ENOUGH - 1, "beyond limit", id="beyond-the-limit-with-few-tracks"),
        pytest.param(0.41, ENOUGH - 1, "warning", id="beyond-the-target-with-few-tracks"),
    ],
)
def test_states_of_a_guardrail_that_blocks(value: float, tracks: int, expected: State) -> None:
    found = guardrail_states(
        metadata(largest_cluster_fraction=0.2), metadata(tracks, largest_cluster_fraction=value), SETTINGS
    )["largest_cluster_fraction"]
    assert found == GuardrailState(before="passed", after=expected, value_before=0.2, value_after=value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0.05, "passed", id="at-the-target"),
        pytest.param(0.06, "warning", id="beyond-the-target"),
        pytest.param(0.11, "beyond limit", id="beyond-the-limit"),
    ],
)
def test_a_guardrail_that_only_warns_is_never_an_error(value: float, expected: State) -> None:
    after = artifacts(tracks_with(tracks=1000, id_switch_rate=value))
    assert guardrail_states(artifacts(tracks_with()), after, SETTINGS)["id_switch_rate"].after == expected


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        pytest.param(4, "warning", id="too-few"),
        pytest.param(5, "passed", id="just-enough"),
        pytest.param(16, "warning", id="more"),
        pytest.param(31, "beyond limit", id="too-many"),
    ],
)
def test_too_little_is_a_warning(clusters: int, expected: State) -> None:
    found = guardrail_states(metadata(num_clusters=10), metadata(num_clusters=clusters), SETTINGS)["num_clusters"]
    assert (found.before, found.after, found.value_after) == ("passed", expected, clusters)


BOTH = artifacts(tracks_with(), identities_with())


@pytest.mark.parametrize(
    ("before", "after", "metrics"),
    [
        pytest.param(BOTH, BOTH, TRACK_METRICS + IDENTITY_METRICS, id="all-present"),
        pytest.param(BOTH, artifacts(tracks_with()), TRACK_METRICS, id="no-identities-after"),
        pytest.param(artifacts(tracks_with()), BOTH, TRACK_METRICS, id="no-identities-before"),
        pytest.param(artifacts(None, identities_with()), BOTH, IDENTITY_METRICS, id="no-tracks-before"),
        pytest.param(artifacts(tracks_with()), artifacts(None, identities_with()), [], id="nothing-in-common"),
        pytest.param(artifacts(), artifacts(), [], id="nothing"),
    ],
)
def test_only_artifacts_present_before_and_after_are_compared(
    before: ArtifactSet, after: ArtifactSet, metrics: list[str]
) -> None:
    assert list(guardrail_states(before, after, SETTINGS)) == metrics


def test_unchanged_artifacts_keep_their_states() -> None:
    states = guardrail_states(BOTH, BOTH, SETTINGS)
    assert all((s.before, s.value_before) == (s.after, s.value_after) for s in states.values())
    assert worsened(states) == []


def state(before: State, after: State, was: float = 0.25, now: float = 0.5) -> GuardrailState:
    return GuardrailState(before=before, after=after, value_before=was, value_after=now)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        pytest.param("passed", "passed", False, id="passed"),
        pytest.param("warning", "warning", False, id="warning-as-before"),
        pytest.param("error", "error", False, id="error-as-before"),
        pytest.param("warning", "passed", False, id="better"),
        pytest.param("error", "beyond limit", False, id="better-though-beyond-the-limit"),
        pytest.param("error", "passed", False, id="much-better"),
        pytest.param("passed", "warning", True, id="passed-to-warning"),
        pytest.param("warning", "beyond limit", True, id="warning-to-beyond-limit"),
        pytest.param("beyond limit", "error", True, id="beyond-limit-to-error"),
        pytest.param("passed", "error", True, id="passed-to-error"),
    ],
)
def test_worsened_states(before: State, after: State, worse: bool) -> None:
    clause = f"singleton_fraction goes from 0.25 ({before}) to 0.5 ({after})"
    assert worsened({"singleton_fraction": state(before, after)}) == ([clause] if worse else [])


def test_one_clause_per_worsened_guardrail_in_order() -> None:
    states = {
        "tracks_per_minute": state("passed", "warning", 12, 33.5),
        "short_track_fraction": state("warning", "passed", 0.25, 0.1),
        "avg_cluster_size": state("passed", "beyond limit", 4, 12),
    }
    assert worsened(states) == [
        "tracks_per_minute goes from 12 (passed) to 33.5 (warning)",
        "avg_cluster_size goes from 4 (passed) to 12 (beyond limit)",
    ]
    assert worsened({}) == []
