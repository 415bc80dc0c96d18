"""Cleanup in memory: order of the phases, missing inputs, progress, and the resulting artifacts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport, Phase
from screenalytics_assets.contract.clothing_file import CLOTHING_DIM
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_resources.artifact import Table, canonical
from screenalytics_resources.errors import UserError
from tests.cleanup.cleanup_bench import (
    ALL_BUT_CAST,
    ALL_IN_ONE,
    CAST,
    NO_TABLE,
    Bench,
    content,
    locked,
    mixed_episode,
    sound_episode,
    without,
)


@pytest.fixture
def sound(home: Path) -> ArtifactSet:
    return sound_episode(home)


@pytest.fixture
def mixed(home: Path) -> ArtifactSet:
    return mixed_episode(home)


# Selection of phases.


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param(PHASES, PHASES, id="all"),
        pytest.param(PHASES[::-1], PHASES, id="in-reverse-order"),
        pytest.param(("recluster", "split_tracks"), ("split_tracks", "recluster"), id="two"),
        pytest.param(("reembed",), ("reembed",), id="one"),
        pytest.param((), (), id="none"),
    ],
)
def test_phases_run_in_their_order(actions: Sequence[Phase], expected: Sequence[Phase], mixed: ArtifactSet) -> None:
    bench = Bench(mixed, CAST)
    _, report = bench.run(actions)
    assert report.actions_completed == report.actions == tuple(expected)
    assert tuple(report.runtime_by_phase) == tuple(expected)
    assert report.actions_skipped == {}
    assert [(phase, number, phases) for phase, number, phases, _ in bench.started] == [
        (phase, number, len(expected)) for number, phase in enumerate(expected, start=1)
    ]


@pytest.mark.parametrize(
    ("missing", "skipped"),
    [
        pytest.param(["tracks"], dict.fromkeys(PHASES, "tracks"), id="tracks"),
        pytest.param(["faces"], dict.fromkeys(ALL_BUT_CAST, "faces"), id="faces"),
        pytest.param(["track_embeddings"], {}, id="track-embeddings-follow-from-the-faces"),
        pytest.param(["identities"], {}, id="identities-are-made-again"),
        pytest.param(["track_embeddings", "identities"], {}, id="both-are-made-again"),
        pytest.param(["faces", "identities"], dict.fromkeys(ALL_BUT_CAST, "faces") | {"group_clusters": "identities"},
                     id="faces-and-identities"),
        pytest.param(CLEANED, dict.fromkeys(PHASES, "tracks"), id="everything"),
    ],
)  # fmt: skip
def test_a_phase_without_its_inputs_names_them(
    missing: Sequence[str], skipped: Mapping[Phase, str], mixed: ArtifactSet
) -> None:
    _, report = Bench(without(mixed, *missing), CAST).run()
    assert report.actions_skipped == {phase: NO_TABLE % asset for phase, asset in skipped.items()}
    assert report.actions_completed == tuple(phase for phase in PHASES if phase not in skipped)


@pytest.mark.parametrize(
    ("actions", "missing", "lacks"),
    [
        pytest.param(("recluster",), "track_embeddings", "track_embeddings", id="recluster-without-embeddings"),
        pytest.param(("group_clusters",), "track_embeddings", "track_embeddings", id="grouping-without-embeddings"),
        pytest.param(("group_clusters",), "identities", "identities", id="grouping-without-identities"),
    ],
)
def test_a_single_phase_needs_its_own_inputs(
    actions: Sequence[Phase], missing: str, lacks: str, mixed: ArtifactSet
) -> None:
    after, report = Bench(without(mixed, missing), CAST).run(actions)
    assert report.actions_skipped == {actions[0]: NO_TABLE % lacks}
    assert after.digests == without(mixed, missing).digests


def refuse(*_: object) -> Any:
    raise UserError("it is not available")


@pytest.mark.parametrize(
    ("tool", "skipped"),
    [
        pytest.param("match_cast", ["group_clusters"], id="no-cast"),
        pytest.param("engine", ["reembed"], id="no-engine"),
        pytest.param("exceptions", ["recluster", "group_clusters"], id="bad-exceptions"),
        pytest.param("pack", ["split_tracks", "recluster", "group_clusters"], id="no-pack"),
    ],
)
def test_a_phase_whose_tool_fails_is_skipped_and_the_others_run(
    tool: str, skipped: Sequence[Phase], mixed: ArtifactSet
) -> None:
    _, report = Bench(mixed, CAST, broken={tool: refuse}).run()
    assert list(report.actions_skipped) == list(skipped)
    assert report.actions_skipped[skipped[0]] == "it is not available"
    assert report.actions_completed == tuple(phase for phase in PHASES if phase not in skipped)


@pytest.mark.parametrize("tool", ["engine", "match_cast"])
def test_an_error_that_is_not_a_user_error_is_raised(tool: str, mixed: ArtifactSet) -> None:
    def fail(*_: object) -> Any:
        raise ValueError("Expected something else")

    with pytest.raises(ValueError, match="Expected something else"):
        Bench(mixed, CAST, broken={tool: fail}).run()


COUNTS = list(CleanupReport.model_fields)[
    list(CleanupReport.model_fields).index("splits") : list(CleanupReport.model_fields).index("guardrails")
]
"""Fields that the phases fill in: those of the report from `splits` to `grouping`."""


def test_a_skipped_phase_leaves_no_counts(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed).run(["group_clusters"])
    assert report.actions_skipped == {"group_clusters": "the show tiny has no cast"}
    assert {name for name in COUNTS if getattr(report, name) is not None} == set()
    _, report = Bench(mixed).run(["reembed"])
    of_reembed = {"faces_rejected", "faces_rejected_by_reason", "mean_quality_before", "mean_quality_after"}
    assert {name for name in COUNTS if getattr(report, name) is not None} == of_reembed


@pytest.mark.parametrize(
    ("actions", "completed"),
    [
        pytest.param(["split_tracks", "group_clusters"], False, id="after-a-split"),
        pytest.param(["reembed", "group_clusters"], False, id="after-a-rejection"),
        pytest.param(["split_tracks", "recluster", "group_clusters"], True, id="with-recluster-between"),
        pytest.param(["group_clusters"], True, id="alone"),
    ],
)
def test_grouping_needs_identities_of_the_current_embeddings(
    actions: Sequence[Phase], completed: bool, mixed: ArtifactSet
) -> None:
    _, report = Bench(mixed, CAST).run(actions)
    assert ("group_clusters" in report.actions_completed) == completed
    reason = "the track embeddings have changed since the identities were made: run recluster before group_clusters"
    assert report.actions_skipped == ({} if completed else {"group_clusters": reason})


# Progress.


def test_each_phase_announces_its_units_of_work(mixed: ArtifactSet) -> None:
    bench = Bench(mixed, CAST)
    bench.run()
    assert bench.started == [
        ("split_tracks", 1, 4, 5),
        ("reembed", 2, 4, 6),
        ("recluster", 3, 4, 6),
        ("group_clusters", 4, 4, 3),
    ]
    assert {phase: done[-1] for phase, done in bench.reported.items()} == {
        phase: units for phase, _, _, units in bench.started
    }


def test_a_phase_with_nothing_to_do_has_one_unit(mixed: ArtifactSet) -> None:
    bench = Bench(without(mixed, *CLEANED), CAST)
    bench.run()
    assert [units for _, _, _, units in bench.started] == [1, 1, 1, 1]
    assert bench.reported == {phase: [] for phase in PHASES}


def test_locked_tracks_count_as_done_in_reembed(mixed: ArtifactSet) -> None:
    bench = Bench(locked(mixed, 1), CAST)
    bench.run(["reembed"])
    assert bench.started == [("reembed", 1, 1, 5)]
    assert bench.reported["reembed"][-1] == 5


# Resulting artifacts.


def test_splitting_and_clustering_leave_a_sound_episode_unchanged(sound: ArtifactSet) -> None:
    after, report = Bench(sound).run(["split_tracks", "recluster"])
    assert after.digests == sound.digests == report.digests
    assert report.moved_tracks == ()


def test_clothes_are_evidence_in_a_cleanup_as_in_a_run(sound: ArtifactSet) -> None:
    alike = np.full((8, CLOTHING_DIM), 10, np.uint8)
    dressed, _ = Bench(sound, clothing=alike).run(["recluster"])
    words = [member.evidence for identity in content(dressed).identities for member in identity.members or ()]
    assert words and all(", clothes 0.9" in text for text in words)
    again, report = Bench(dressed, clothing=alike).run(["recluster"])
    assert again.digests == dressed.digests
    assert (report.expected_before, report.moved_tracks) == (report.expected_after, ())


def test_the_input_artifacts_are_not_modified(mixed: ArtifactSet) -> None:
    digests = dict(mixed.digests)
    after, report = Bench(mixed, CAST).run()
    assert mixed.digests == digests
    assert report.digests == after.digests
    assert all(after.digests[asset] != digests[asset] for asset in CLEANED)


def test_each_artifact_records_its_inputs(mixed: ArtifactSet) -> None:
    after, _ = Bench(mixed, CAST).run()
    digests = after.digests
    for asset, inputs in (
        ("faces", ("tracks",)),
        ("track_embeddings", ("tracks", "faces")),
        ("identities", ("tracks", "faces", "track_embeddings")),
    ):
        provenance = getattr(after, asset).provenance
        assert {name: provenance.inputs[name] for name in inputs} == {name: digests[name] for name in inputs}
        before = getattr(mixed, asset).provenance
        assert provenance.settings_sha256 == before.settings_sha256
        assert provenance.code_version == before.code_version


def test_the_exceptions_are_an_input_of_the_identities(mixed: ArtifactSet) -> None:
    exceptions = Exceptions((), "e" * 64)
    after, _ = Bench(mixed, broken={"exceptions": lambda: exceptions}).run(["recluster"])
    assert after.identities is not None
    assert after.identities.provenance.inputs["exceptions"] == "e" * 64


@pytest.mark.parametrize("settings", [{}, ALL_IN_ONE], ids=["usual", "extreme"])
def test_a_locked_identity_survives_every_phase(settings: Mapping[str, object], mixed: ArtifactSet) -> None:
    before = locked(mixed, 1)
    after, report = Bench(before, dict.fromkeys(CAST, "ann")).run(settings=settings)
    identity = content(after).identities[0]
    assert identity == content(before).identities[0].model_copy(
        update={
            name: getattr(identity, name)
            for name in ("cohesion", "min_identity_sim", "low_cohesion", "embedding_stats", "members")
        }
    )
    assert report.tracks_split == 0
    assert report.locked_identities == ("identity-00001",)


def test_the_same_cleanup_gives_the_same_result(mixed: ArtifactSet) -> None:
    (one, first), (other, second) = (Bench(mixed, CAST).run() for _ in range(2))
    assert one.digests == other.digests
    assert canonical(first.model_dump(mode="json")) == canonical(second.model_dump(mode="json"))
    for asset in CLEANED:
        table, again = getattr(one, asset), getattr(other, asset)
        assert (table.rows == again.rows) if isinstance(table, Table) else (table.content == again.content)


def test_a_second_cleanup_finds_nothing_to_do(mixed: ArtifactSet) -> None:
    once, _ = Bench(mixed, CAST).run(ALL_BUT_CAST)
    bench = Bench(once, CAST)
    after, report = bench.run(["split_tracks", "recluster"])
    assert after.digests == once.digests
    assert (report.tracks_split, report.clusters_merged, report.moved_tracks) == (0, 0, ())
