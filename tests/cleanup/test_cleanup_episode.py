"""A cleanup in memory: phases in order, what each lacks, and a report that says what can be counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cast.lookup import CastMatches
from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet, load_artifact_set
from screenalytics_assets.cleanup.cleanup_episode import CleanupRequest, CleanupTools, cleanup_episode
from screenalytics_assets.cleanup.phases import CleanupSettingsSet
from screenalytics_assets.cleanup_records import PHASES, CleanupReport, MovedTrack, Phase, SplitCounts
from screenalytics_assets.faces.embed_faces import ReadCrop
from screenalytics_assets.identities.cooccurrence import NO_EXCEPTIONS, Exceptions
from screenalytics_assets.identity_records import Identities, Labels
from screenalytics_assets.settings import (
    CleanupSettings,
    ClusteringSettings,
    FacesSettings,
    GuardrailSettings,
    TrackEmbeddingsSettings,
    TrackingSettings,
)
from screenalytics_assets.settings_sources import resolve
from screenalytics_assets.tracks.integrity import track_faults
from screenalytics_resources.artifact import Table, canonical
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.inference.recognition import Embeddings
from tests.scripted_engine import ScriptedEngine, as_engine
from tests.tiny_episode import CLEAR_NORM, CONFIG, EP_ID, NOW, PACK, unit, write_tiny_episode

DIM = PACK.recogniser.dim
STRANGER = unit(0.0, 0.0, 0.0, 1.0, dim=DIM)
STRANGER_FACE, WEAK_FACE = 1, 3
"""Face 1, the end of track 1, is a stranger's; face 3, the end of track 2, is too weak to be told apart."""
NAMES = {"ann": "Ann Example", "ben": "Ben Example"}
NO_TABLE = "%s is missing: make it"


class RowEngine(ScriptedEngine):
    """Embeds a crop that shows the grey level k as row k of known vectors."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        super().__init__({})
        self.vectors = vectors

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        rows = [int(face[0, 0, 0]) for face in aligned]
        norms = [0.5 if row == WEAK_FACE else CLEAR_NORM for row in rows]
        return Embeddings(self.vectors[rows], np.array(norms, np.float32))


@dataclass
class Bench:
    """The tools of a cleanup of `before`, and what was asked of them."""

    before: ArtifactSet
    cast: Mapping[str, str | None] | None = None
    """Track -> person of the identity that holds it; None: the show has no cast."""
    owned: Mapping[str, str] = field(default_factory=dict)
    started: list[tuple[Phase, int, int, int]] = field(default_factory=list)
    told: dict[Phase, list[int]] = field(default_factory=dict)
    broken: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def run(self, actions: Sequence[Phase] = PHASES, **settings: object) -> tuple[ArtifactSet, CleanupReport]:
        return cleanup_episode(request(actions, **settings), self.before, self.tools())

    def tools(self) -> CleanupTools:
        vectors = self.before.faces.vectors if self.before.faces else np.empty((0, DIM), np.float32)
        working: dict[str, Any] = {
            "pack": _pack,
            "engine": lambda pack: as_engine(RowEngine(vectors)),
            "read_crop": self._read_crop(),
            "exceptions": lambda: NO_EXCEPTIONS,
            "match_cast": self._match_cast,
            "start": self._start,
        }
        return CleanupTools(**{**working, **self.broken})

    def _read_crop(self) -> ReadCrop:
        faces = self.before.faces.rows if self.before.faces else []
        row_of = {face.crop_key: face.embedding_row for face in faces}
        return lambda key: None if (row := row_of[key]) is None else np.full((90, 80, 3), row, np.uint8)

    def _match_cast(self, artifacts: ArtifactSet) -> CastMatches:
        if self.cast is None:
            raise UserError("the show tiny has no cast")
        matches = [self._match(i.identity_id, i.track_ids[0]) for i in content(artifacts).identities]
        return CastMatches(matches, NAMES, self.owned)

    def _match(self, identity_id: str, track: str) -> PersonMatch:
        person = (self.cast or {}).get(track)
        status = "assigned" if person else "needs_review"
        return PersonMatch(identity_id, status, person, 0.9, None, (), "Nobody leads." if not person else "")  # type: ignore[arg-type]

    def _start(self, phase: Phase, number: int, phases: int, units: int) -> Callable[[int], None]:
        self.started.append((phase, number, phases, units))
        return self.told.setdefault(phase, []).append


def _pack(name: str) -> Pack:
    assert name == PACK.name
    return PACK


def request(actions: Sequence[Phase], **settings: object) -> CleanupRequest:
    return CleanupRequest(
        ep_id=EP_ID,
        cleanup_id="cleanup-1",
        actions=tuple(actions),
        settings=CleanupSettingsSet(
            tracking=resolve(TrackingSettings, CONFIG),
            faces=resolve(FacesSettings, CONFIG),
            cleanup=resolve(CleanupSettings, CONFIG),
            track_embeddings=resolve(TrackEmbeddingsSettings, CONFIG, {"pooling_method": "mean"}),
            clustering=resolve(ClusteringSettings, CONFIG, settings),
        ),
        guardrails=GuardrailSettings(),
        profile="balanced",
        given={name: str(value) for name, value in settings.items()},
        now=NOW,
    )


def content(artifacts: ArtifactSet) -> Identities:
    assert artifacts.identities is not None
    return artifacts.identities.content


def members(artifacts: ArtifactSet) -> dict[int, list[int]]:
    return {
        int(i.identity_id.removeprefix("identity-")): [int(t.removeprefix("track-")) for t in i.track_ids]
        for i in content(artifacts).identities
    }


@pytest.fixture
def sound(home: Path) -> ArtifactSet:
    """The tiny episode: identity 1 is tracks 1 and 3, identity 2 is tracks 2 and 4, and track 5 is in none."""
    found = load_artifact_set(write_tiny_episode(home), EP_ID)
    assert members(found) == {1: [1, 3], 2: [2, 4]}
    return found


@pytest.fixture
def mixed(sound: ArtifactSet) -> ArtifactSet:
    """The tiny episode, with a stranger at the end of track 1."""
    assert sound.faces is not None
    vectors = sound.faces.vectors.copy()
    vectors[STRANGER_FACE] = STRANGER
    return replace(sound, faces=replace(sound.faces, arrays={"faces.npy": vectors}))


def without(artifacts: ArtifactSet, *assets: str) -> ArtifactSet:
    gone: dict[str, Any] = dict.fromkeys(assets)
    return replace(artifacts, **gone, missing={asset: NO_TABLE % asset + "." for asset in assets})


def with_content(artifacts: ArtifactSet, **changes: object) -> ArtifactSet:
    assert artifacts.identities is not None
    changed = artifacts.identities.content.model_copy(update=changes)
    return replace(artifacts, identities=replace(artifacts.identities, content=changed))


def locked(artifacts: ArtifactSet, number: int) -> ArtifactSet:
    """One identity confirmed by a person."""
    own = {"locked": True, "label": "Ann", "labels": Labels(person_id="ann", name="Ann", assigned_by="person")}
    rows = list(content(artifacts).identities)
    rows[number - 1] = rows[number - 1].model_copy(update=own)
    return with_content(artifacts, identities=tuple(rows))


CAST = {"track-00001": "ann", "track-00002": "ben", "track-00006": "ann"}
"""The stranger is Ann after all, once split off: track 6 goes back to identity 1."""


# Which phases run.


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param(PHASES, PHASES, id="all"),
        pytest.param(PHASES[::-1], PHASES, id="asked-for-backwards"),
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


ALL_BUT_CAST = ("split_tracks", "reembed", "recluster")


@pytest.mark.parametrize(
    ("missing", "skipped"),
    [
        pytest.param(["tracks"], dict.fromkeys(PHASES, "tracks"), id="tracks"),
        pytest.param(["faces"], dict.fromkeys(ALL_BUT_CAST, "faces"), id="faces"),
        pytest.param(["track_embeddings"], {}, id="track-embeddings-follow-from-the-faces"),
        pytest.param(["identities"], {}, id="identities-are-made-anew"),
        pytest.param(["track_embeddings", "identities"], {}, id="both-are-made-anew"),
        pytest.param(["faces", "identities"], dict.fromkeys(ALL_BUT_CAST, "faces") | {"group_clusters": "identities"},
                     id="faces-and-identities"),
        pytest.param(CLEANED, dict.fromkeys(PHASES, "tracks"), id="everything"),
    ],
)  # fmt: skip
def test_a_phase_that_lacks_something_says_what(
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
def test_a_phase_alone_makes_nothing_up(actions: Sequence[Phase], missing: str, lacks: str, mixed: ArtifactSet) -> None:
    after, report = Bench(without(mixed, missing), CAST).run(actions)
    assert report.actions_skipped == {actions[0]: NO_TABLE % lacks}
    assert after.digests == without(mixed, missing).digests


def refuse(*_: object) -> Any:
    raise UserError("it cannot be had")


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
    assert report.actions_skipped[skipped[0]] == "it cannot be had"
    assert report.actions_completed == tuple(phase for phase in PHASES if phase not in skipped)


@pytest.mark.parametrize("tool", ["engine", "match_cast"])
def test_what_is_no_user_s_fault_is_not_passed_over(tool: str, mixed: ArtifactSet) -> None:
    def fail(*_: object) -> Any:
        raise ValueError("Expected something else")

    with pytest.raises(ValueError, match="Expected something else"):
        Bench(mixed, CAST, broken={tool: fail}).run()


COUNTS = list(CleanupReport.model_fields)[
    list(CleanupReport.model_fields).index("splits") : list(CleanupReport.model_fields).index("guardrails")
]
"""What the phases count: all of the report from `splits` to `grouping`."""


def test_a_skipped_phase_leaves_no_counts(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed).run(["group_clusters"])
    assert report.actions_skipped == {"group_clusters": "the show tiny has no cast"}
    assert {name for name in COUNTS if getattr(report, name) is not None} == set()
    _, report = Bench(mixed).run(["reembed"])
    own = {"faces_rejected", "faces_rejected_by_reason", "mean_quality_before", "mean_quality_after"}
    assert {name for name in COUNTS if getattr(report, name) is not None} == own


@pytest.mark.parametrize(
    ("actions", "completed"),
    [
        pytest.param(["split_tracks", "group_clusters"], False, id="after-a-split"),
        pytest.param(["reembed", "group_clusters"], False, id="after-a-rejection"),
        pytest.param(["split_tracks", "recluster", "group_clusters"], True, id="with-recluster-between"),
        pytest.param(["group_clusters"], True, id="alone"),
    ],
)
def test_grouping_needs_identities_of_the_embeddings_that_are_there(
    actions: Sequence[Phase], completed: bool, mixed: ArtifactSet
) -> None:
    _, report = Bench(mixed, CAST).run(actions)
    assert ("group_clusters" in report.actions_completed) == completed
    why = "the identities were made from other track embeddings than are there now: let recluster run before it"
    assert report.actions_skipped == ({} if completed else {"group_clusters": why})


# Progress.


def test_each_phase_is_told_how_much_there_is_to_do(mixed: ArtifactSet) -> None:
    bench = Bench(mixed, CAST)
    bench.run()
    assert bench.started == [
        ("split_tracks", 1, 4, 5),
        ("reembed", 2, 4, 6),
        ("recluster", 3, 4, 6),
        ("group_clusters", 4, 4, 3),
    ]
    assert {phase: told[-1] for phase, told in bench.told.items()} == {
        phase: units for phase, _, _, units in bench.started
    }


def test_a_phase_with_nothing_to_do_has_one_unit(mixed: ArtifactSet) -> None:
    bench = Bench(without(mixed, *CLEANED), CAST)
    bench.run()
    assert [units for _, _, _, units in bench.started] == [1, 1, 1, 1]
    assert bench.told == {phase: [] for phase in PHASES}


def test_locked_tracks_count_as_done_when_faces_are_judged(mixed: ArtifactSet) -> None:
    bench = Bench(locked(mixed, 1), CAST)
    bench.run(["reembed"])
    assert bench.started == [("reembed", 1, 1, 5)]
    assert bench.told["reembed"][-1] == 5


# What the report says.


def test_known_counts(mixed: ArtifactSet) -> None:
    after, report = Bench(mixed, CAST).run()
    assert members(after) == {1: [1, 6, 3], 2: [2, 4]}
    assert report.splits == SplitCounts(hard=1, streak=0, iou=0, total=1)
    assert (report.tracks_split, report.new_tracks_created) == (1, 1)
    assert (report.faces_rejected, report.faces_rejected_by_reason) == (1, {"low_norm": 1})
    assert (report.tracks_before, report.tracks_after) == (5, 6)
    assert (report.faces_before, report.faces_after) == (8, 7)
    assert (report.clusters_before, report.clusters_after) == (2, 2)
    assert (report.clusters_merged, report.clusters_grouped, report.auto_assigned_identities) == (0, 1, 2)
    assert report.grouping is not None
    assert report.grouping.model_dump() == {
        "centroids": 3,
        "within_episode": {"identity-00001": ("identity-00001", "identity-00003")},
        "across_episodes": {"identity-00001": "ann", "identity-00002": "ben"},
        "needs_review": {},
    }
    assert report.moved_tracks == ()
    assert report.locked_identities == ()


def rejected(before: ArtifactSet, after: ArtifactSet) -> dict[str, int]:
    """Faces that had an embedding before and have none now, by reason; crops keep their keys."""
    assert before.faces is not None and after.faces is not None
    had = {face.crop_key for face in before.faces.rows if face.embedding_row is not None}
    gone = [f.rejection_reason or "" for f in after.faces.rows if f.embedding_row is None and f.crop_key in had]
    return {reason: gone.count(reason) for reason in sorted(set(gone))}


def mean_quality(artifacts: ArtifactSet) -> float:
    assert artifacts.faces is not None
    return round(float(np.mean([f.quality.score for f in artifacts.faces.rows if f.embedding_row is not None])), 4)


def counted(before: ArtifactSet, after: ArtifactSet) -> dict[str, object]:
    """What can be counted of a complete cleanup, by the report's names."""
    assert before.tracks is not None and after.tracks is not None
    old = {track.track_id for track in before.tracks.rows}
    new = [track for track in after.tracks.rows if track.track_id not in old]
    homes = [{t: i.identity_id for i in content(a).identities for t in i.track_ids} for a in (before, after)]
    origin_of = {track.track_id: track.split_from for track in new}
    moved = [(t.track_id, homes[0].get(origin_of.get(t.track_id) or t.track_id), homes[1].get(t.track_id))
             for t in after.tracks.rows]  # fmt: skip
    counts: dict[str, object] = {
        "tracks_split": len({track.split_from for track in new}),
        "new_tracks_created": len(new),
        "splits": SplitCounts(hard=sum(t.split_reason == "hard" for t in new), streak=0, iou=0, total=len(new)),
        "faces_rejected": sum(rejected(before, after).values()),
        "faces_rejected_by_reason": rejected(before, after),
        "moved_tracks": tuple(MovedTrack(track_id=t, before=b, after=a) for t, b, a in moved if b != a),
        "digests": {asset: getattr(after, asset).digest for asset in CLEANED},
    }
    for when, artifacts in (("before", before), ("after", after)):
        assert artifacts.tracks is not None and artifacts.faces is not None
        sizes = [len(identity.track_ids) for identity in content(artifacts).identities]
        counts |= {
            f"tracks_{when}": len(artifacts.tracks.rows),
            f"faces_{when}": len(artifacts.faces.vectors),
            f"clusters_{when}": len(sizes),
            f"mean_quality_{when}": mean_quality(artifacts),
            f"singleton_fraction_{when}": round(sizes.count(1) / sum(sizes), 4),
            f"largest_cluster_fraction_{when}": round(max(sizes) / sum(sizes), 4),
        }
    return counts


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="as-usual"),
        pytest.param({"cluster_thresh": -1.0, "min_identity_sim": -1.0}, id="all-in-one"),
        pytest.param({"min_cluster_size": 5, "adopt_max_tracks": 0}, id="all-apart"),
    ],
)
@pytest.mark.parametrize(
    "lock", [pytest.param(None, id="free"), pytest.param(1, id="locked-1"), pytest.param(2, id="locked-2")]
)
def test_every_count_is_what_can_be_counted(settings: dict[str, object], lock: int | None, mixed: ArtifactSet) -> None:
    before = locked(mixed, lock) if lock else mixed
    after, report = Bench(before, CAST).run(ALL_BUT_CAST, **settings)
    assert {name: getattr(report, name) for name in counted(before, after)} == counted(before, after)
    assert report.clusters_merged == sum(map(len, content(after).lineage.merged_from.values()))
    assert report.metrics_before == before.metrics
    assert report.metrics_after == after.metrics
    assert report.locked_identities == ((f"identity-{lock:05d}",) if lock else ())
    assert after.tracks is not None and track_faults(after.tracks) == []


def test_a_new_piece_counts_from_where_it_was_split_off(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed, CAST).run(ALL_BUT_CAST)
    moved = MovedTrack(track_id="track-00006", before="identity-00001", after="identity-00003")
    assert report.moved_tracks == (moved,)


def test_merges_of_an_earlier_run_are_not_counted_again(sound: ArtifactSet) -> None:
    # The last run merged identity 7 into identity 1, and clustering anew changes nothing.
    lineage = content(sound).lineage.model_copy(update={"merged_from": {"identity-00001": ("identity-00007",)}})
    before = with_content(sound, lineage=lineage)
    after, report = Bench(before).run(["recluster"])
    assert content(after).lineage == lineage
    assert report.clusters_merged == 0


def test_merges_are_counted(sound: ArtifactSet) -> None:
    after, report = Bench(sound).run(["recluster"], cluster_thresh=-1.0, min_identity_sim=-1.0)
    assert members(after) == {2: [1, 2, 3, 4]}
    assert report.clusters_merged == 1


def test_without_identities_before_nothing_was_merged(mixed: ArtifactSet) -> None:
    _, report = Bench(without(mixed, "identities")).run(["recluster"])
    assert (report.clusters_merged, report.clusters_before, report.clusters_after) == (0, None, 2)
    assert (report.singleton_fraction_before, report.moved_tracks) == (None, ())


def test_what_people_named_is_not_counted_as_the_machine_s(sound: ArtifactSet) -> None:
    after, report = Bench(sound, CAST, owned={"identity-00002": "ben"}).run(["group_clusters"])
    assert report.auto_assigned_identities == 1
    assert [i.labels.assigned_by for i in content(after).identities] == ["machine", "person"]


def test_an_identity_to_review_is_reported_with_its_reason(sound: ArtifactSet) -> None:
    _, report = Bench(sound, {"track-00001": "ann"}).run(["group_clusters"])
    assert report.grouping is not None
    assert report.grouping.needs_review == {"identity-00002": "Nobody leads."}
    assert report.grouping.across_episodes == {"identity-00001": "ann"}
    assert (report.clusters_grouped, report.auto_assigned_identities) == (0, 1)


def test_the_report_repeats_the_request(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed).run(["recluster"], cluster_thresh=0.5)
    assert (report.ep_id, report.cleanup_id, report.profile) == (EP_ID, "cleanup-1", "balanced")
    assert (report.settings, report.created_at) == ({"cluster_thresh": "0.5"}, NOW)
    assert (report.write_back, report.promoted, report.refused) == (False, False, None)


# What becomes of the artifacts.


def test_a_sound_episode_is_changed_by_no_split_and_no_cluster(sound: ArtifactSet) -> None:
    after, report = Bench(sound).run(["split_tracks", "recluster"])
    assert after.digests == sound.digests == report.digests
    assert report.moved_tracks == ()


def test_the_artifacts_before_stay_as_they_were(mixed: ArtifactSet) -> None:
    digests = dict(mixed.digests)
    after, report = Bench(mixed, CAST).run()
    assert mixed.digests == digests
    assert report.digests == after.digests
    assert all(after.digests[asset] != digests[asset] for asset in CLEANED)


def test_each_artifact_names_the_inputs_that_it_was_made_from(mixed: ArtifactSet) -> None:
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


@pytest.mark.parametrize("settings", [{}, {"cluster_thresh": -1.0, "min_identity_sim": -1.0}], ids=["usual", "extreme"])
def test_a_locked_identity_survives_every_phase(settings: dict[str, object], mixed: ArtifactSet) -> None:
    before = locked(mixed, 1)
    after, report = Bench(before, dict.fromkeys(CAST, "ann")).run(**settings)
    own = content(after).identities[0]
    assert own == content(before).identities[0].model_copy(
        update={
            name: getattr(own, name) for name in ("cohesion", "min_identity_sim", "low_cohesion", "embedding_stats")
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
