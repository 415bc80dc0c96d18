"""Records of every action, with names as long as they may be."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from screenalytics_app.actions.backfill import EpisodeOutcome
from screenalytics_app.actions.cast.facebank import Facebank, FacebankEntry, Similarity
from screenalytics_app.actions.cast.people import Cast, CastMember
from screenalytics_app.actions.cast.person_overview import PersonOverview
from screenalytics_app.actions.check_results import CheckResult
from screenalytics_app.actions.cleanup import CleanupResult, RestoreResult
from screenalytics_app.actions.episode_status import ArtifactStatus, EpisodeStatus
from screenalytics_app.actions.library_status import LibraryStatus, StageStatus, Throughput
from screenalytics_app.actions.packs import ModelPacks, PackSummary
from screenalytics_app.actions.run_episode import RunResult
from screenalytics_app.actions.run_season import SeasonResult
from screenalytics_app.actions.settings_overview import EffectiveSetting, SettingsOverview
from screenalytics_app.actions.status import StatusOverview
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, CastCandidate
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport
from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.contract.truth_file import parse_truth
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.library.backfill_plan import BackfillPlan
from screenalytics_assets.library.episode_states import EpisodeState
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_resources.facebank.records import Owner, Person, Seed, SeedQuality
from tests.tiny_episode import EP_ID, write_tiny_episode

SHOW = "the-real-long-named-people-of-beverly-hills-and-of-other-places-near-the-sea"
EP = f"{SHOW}-s12e24"
PERSON = "ada-alexandrina-example-of-the-long-name-which-goes-on-for-sixty"
NAME = "Ada Alexandrina Example of the Long Name, Which Goes On"
PACK = "a-pack-with-a-name-of-thirty-two"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SENTENCE = (
    "tracks_per_minute is 62.682; target 30, limit 50. Faces are lost and found again: look for a low frame rate, "
    "a large stride or an eager appearance gate."
)
CHECKS = (
    CheckResult("tracks", "tracks_per_minute", False, "ERROR", SENTENCE, True),
    CheckResult("identity_evaluation", "evaluation_is_as_good_as_accepted", False, "WARN", SENTENCE, False),
    CheckResult("faces", "crops_are_readable", True, "ERROR", f"every crop of {EP} could be read", True),
)
RUN = RunResult(EP, "0123-run", tuple(EPISODE_ARTIFACTS), 12.25, 10.5, CHECKS, ("identities",), ("4567-killed",))

_STATES = {"identities": "damaged", "track_reps": "missing"}
EPISODE = EpisodeStatus(
    EP,
    tuple(
        ArtifactStatus(asset, _STATES.get(asset, "present"), 123456 if asset in ("tracks", "faces") else None)  # type: ignore[arg-type]
        for asset in EPISODE_ARTIFACTS
    ),
    PACK,
)
LIBRARY = LibraryStatus(
    stages=tuple(StageStatus(asset, 10123, 4567, 89) for asset in EPISODE_ARTIFACTS),
    episodes=14690,
    up_to_date=10123,
    stale=2345,
    missing=2222,
    without_video=0,
    throughput=Throughput(200, 432.1),
    hours_left=548.1,
)
STATUS = StatusOverview(f"/data/{SHOW}", LIBRARY, (EPISODE,))
ONE_EPISODE = StatusOverview(f"/data/{SHOW}", None, (EPISODE,))

CAST = Cast(
    SHOW, (CastMember(PERSON, NAME, "main", ("Ada", "The Countess of Lovelace"), 17, (f"{EP}:identity-00001",)),)
)
SEED = Seed(
    "seed-0123456789ab",
    SHOW,
    PERSON,
    "identity",
    f"{EP}:identity-00001:track-00001:123456",
    "1" * 64,
    SeedQuality(0.91, 50.0, 105.0),
    (0.0, 0.0, 105.0, 105.0),
)
FACEBANK = Facebank(
    SHOW, PACK, (FacebankEntry(SEED, True, Similarity(0.956, 0.9, 0.99)), FacebankEntry(SEED, False, None))
)
PERSON_OVERVIEW = PersonOverview(
    Person(SHOW, PERSON, NAME, ("The Countess of Lovelace",), "main"),
    (Owner(SHOW, EP, "identity-00001", PERSON, "machine", 0.93),),
    FACEBANK,
)


def _assignment(number: int, status: str, **more: Any) -> CastAssignment:
    candidates = (CastCandidate(person_id=PERSON, name=NAME, similarity=0.41),)
    fields = {"person_id": None, "name": None, "assigned_by": None, "similarity": 0.41, "margin": None} | more
    reason = (
        f"No person of the cast is near: the best, {PERSON}, has similarity 0.145, and half of all strangers 0.323."
    )
    return CastAssignment.model_validate(
        {"identity_id": f"identity-{number:05d}", "status": status, "candidates": candidates, "reason": reason} | fields
    )


ASSIGNMENTS = CastAssignments(
    ep_id=EP,
    show=SHOW,
    cast_size=1,
    model_pack=PACK,
    cast_sim=0.5,
    cast_margin=0.1,
    cast_review_sim=0.3,
    assigned=1,
    needs_review=1,
    unknown=1,
    lost_names=(),
    assignments=(
        _assignment(1, "assigned", person_id=PERSON, name=NAME, assigned_by="machine", similarity=0.932),
        _assignment(2, "needs_review"),
        _assignment(3, "unknown", similarity=0.1),
    ),
)
SEASON = SeasonResult(
    SeasonIdentities.model_validate(
        {
            "show": SHOW,
            "schema_version": 1,
            "config": {},
            "metadata": {
                "num_episodes": 2,
                "num_tracks": 3,
                "num_unusable_tracks": 0,
                "num_identities": 1,
                "num_singletons": 0,
                "largest_identity": 3,
                "cannot_link_pairs": 0,
                "prevented_merges": 0,
                "mode": "full",
                "mode_reason": "the last result has another model pack",
                "joined_tracks": 0,
                "model_pack": PACK,
                "cluster_thresh": 0.5,
            },
            "episodes": [],
            "left_out": [{"ep_id": EP, "why": "its tracks were made with another model pack, so they do not compare"}],
            "identities": [
                {
                    "identity_id": "identity-00001",
                    "tracks": {EP: ["track-00001"], f"{EP}5": ["track-00001", "track-00002"]},
                    "episode_identities": {},
                    "num_tracks": 3,
                    "seconds_on_screen": 12345.6,
                    "cohesion": 0.981,
                    "min_similarity": 0.7,
                }
            ],
            "lineage": {"kept": [], "new": [], "retired": [], "split_from": {}, "merged_from": {}},
            "next_identity_number": 2,
        }
    ),
    CHECKS,
)
PACKS = ModelPacks(
    (
        PackSummary(
            PACK, "A detector and a recogniser", "For non-commercial research of any kind only", False, True, False
        ),
    )
)
CONFIG = SettingsOverview(
    PACK,
    (
        EffectiveSetting("detection", "pack", PACK, "config/pipeline/detection.yaml"),
        EffectiveSetting("alerts", "alert_address", f"https://alerts.example/{PERSON}", "environment"),
    ),
    ("tracks", "faces"),
)
_METRICS = {
    "tracks_per_minute": 62.682,
    "short_track_fraction": 0.1163,
    "id_switch_rate": 0.0,
    "singleton_fraction": None,
    "largest_cluster_fraction": 0.4628,
}
_STATE = {"before": "beyond limit", "after": "beyond limit", "value_before": 62.682, "value_after": 62.682}
REPORT = CleanupReport.model_validate(
    dict.fromkeys(CleanupReport.model_fields)
    | {
        "ep_id": EP,
        "cleanup_id": "cleanup-20261126T203100-6458752c",
        "write_back": True,
        "promoted": False,
        "refused": f"the guardrail tracks_per_minute of {EP} would get worse: use --force to replace the set anyway",
        "actions": PHASES[1:],
        "actions_completed": PHASES[1:],
        "actions_skipped": {"split_tracks": f"manifests/{EP}/faces.jsonl is missing"},
        "profile": "balanced",
        "settings": {},
        "runtime_sec": 1.0,
        "runtime_by_phase": {},
        "created_at": NOW,
        "tracks_before": 43,
        "tracks_after": 47,
        "metrics_before": _METRICS,
        "metrics_after": _METRICS,
        "guardrails": {"tracks_per_minute": _STATE},
        "locked_identities": (),
        "moved_tracks": (),
        "digests": {},
    }
)
CLEANUP = CleanupResult(REPORT, CHECKS)
RESTORED = RestoreResult(EP, 2, NOW, ("tracks", "faces"))
_CHOSEN = EpisodeState(EP, "missing", tuple(EPISODE_ARTIFACTS), 0, 1, "0123")
PLAN = BackfillPlan((_CHOSEN,), {f"{EP}0": "a run of it is under way", f"{EP}1": "a run of it is under way"})
OUTCOMES = (EpisodeOutcome(EP, None, f"videos/{EP}/episode.mp4 cannot be read as a video: register another file."),)


def long_identities(root: Path) -> Identities:
    """Return the identities of the tiny episode, with a long name for the first one."""
    content = load_artifact(write_tiny_episode(root), IDENTITIES, EP_ID).content
    first, *others = content.identities
    named = first.model_copy(update={"label": NAME, "low_cohesion": True, "locked": True})
    return content.model_copy(update={"ep_id": EP, "identities": (named, *others)})


def long_evaluation(root: Path) -> IdentityEvaluation:
    """Return an evaluation of the tiny episode against a truth of its tracks."""
    store = write_tiny_episode(root)
    tracks = '{"track-00001": "ann", "track-00002": "ann", "track-00003": "ann", "track-00004": "bob"}'
    truth = parse_truth(f'{{"ep_id": "{EP_ID}", "tracks": {tracks}}}'.encode(), EP_ID, "truth.json")
    evaluation = evaluate_identities(
        load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID), truth
    )
    return evaluation.model_copy(update={"ep_id": EP})
