"""Thresholds: the pack's values unless set, and the similarity that a track needs, given its norm."""

from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.identities.thresholds import Thresholds, thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Evidence
from tests.tiny_episode import PACK

BOUNDS = Thresholds(
    cluster_thresh=0.45,
    min_identity_sim=0.25,
    assign_sim=0.2,
    assign_sim_clear=0.5,
    assign_margin=0.05,
    unusable_norm=8.0,
    clear_norm=11.0,
)


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([8.0], [0.2], id="barely-usable"),
        pytest.param([11.0], [0.5], id="barely-clear"),
        pytest.param([9.5], [0.35], id="half-way"),
        pytest.param([9.0, 10.0], [0.3, 0.4], id="linear-in-between"),
        pytest.param([0.0, 7.9], [0.2, 0.2], id="not-usable"),
        pytest.param([25.0], [0.5], id="above-clear"),
    ],
)
def test_needed_for_a_norm(norms: list[float], expected: list[float]) -> None:
    assert BOUNDS.needed(np.array(norms)).tolist() == pytest.approx(expected)


def test_all_usable_tracks_are_clear_if_clear_norm_is_not_above_unusable_norm() -> None:
    for unusable in (11.0, 14.0):
        bounds = replace(BOUNDS, unusable_norm=unusable)
        assert bounds.needed(np.array([unusable, unusable + 1])).tolist() == [0.5, 0.5]


WEAK_FACES = replace(BOUNDS, evidence=Evidence(full_norm=12.0, weak_share=0.6))


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([12.0, 25.0], [1.0, 1.0], id="full"),
        pytest.param([8.0], [0.6], id="barely-usable"),
        pytest.param([10.0, 11.0], [0.8, 0.9], id="linear-in-between"),
        pytest.param([7.0], [0.5], id="falls-on-below-usable"),
        pytest.param([4.0, 0.0], [0.2, 0.2], id="a-third-of-the-weak-share-at-least"),
    ],
)
def test_share_for_a_norm(norms: list[float], expected: list[float]) -> None:
    assert WEAK_FACES.share(np.array(norms)).tolist() == pytest.approx(expected)


def test_every_track_has_to_reach_the_full_threshold_without_a_full_norm_above_unusable() -> None:
    norms = np.array([0.0, 8.0, 20.0])
    assert BOUNDS.share(norms).tolist() == [1.0, 1.0, 1.0]
    # The setting `unusable_norm` may exceed the pack's full norm.
    for unusable in (12.0, 15.0):
        assert replace(WEAK_FACES, unusable_norm=unusable).share(norms).tolist() == [1.0, 1.0, 1.0]


def test_documents_record_every_threshold_but_the_evidence() -> None:
    assert BOUNDS.recorded() == {
        "cluster_thresh": 0.45,
        "min_identity_sim": 0.25,
        "assign_sim": 0.2,
        "assign_sim_clear": 0.5,
        "assign_margin": 0.05,
        "unusable_norm": 8.0,
        "clear_norm": 11.0,
    }


def test_a_copy_with_another_value_keeps_the_rest() -> None:
    changed = WEAK_FACES.with_value("cluster_thresh", 0.5)
    assert changed.recorded() == WEAK_FACES.recorded() | {"cluster_thresh": 0.5}
    assert changed.evidence == WEAK_FACES.evidence


def test_evidence_comes_from_the_pack() -> None:
    assert thresholds(ClusteringSettings.model_validate({}), PACK).evidence == PACK.evidence


@pytest.mark.parametrize(
    "name",
    ["cluster_thresh", "min_identity_sim", "assign_sim", "assign_sim_clear", "assign_margin", "unusable_norm"],
)
@pytest.mark.parametrize("value", [0.0, 0.125])
def test_a_setting_changes_only_its_own_threshold(name: str, value: float) -> None:
    defaults = thresholds(ClusteringSettings.model_validate({}), PACK).recorded()
    effective = thresholds(ClusteringSettings.model_validate({name: value}), PACK).recorded()
    assert effective == defaults | {name: value}
    assert defaults[name] != value


def test_norms_come_from_the_pack() -> None:
    bounds = thresholds(ClusteringSettings.model_validate({}), PACK)
    assert (bounds.unusable_norm, bounds.clear_norm) == (PACK.norms.unusable, PACK.norms.clear)
    assert bounds.unusable_norm < bounds.clear_norm
