"""The complete job on real clips with ground truth: identities found, and their accuracy."""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fresh_process import in_fresh_process
from screenalytics_app.actions.evaluate import evaluate_stored
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Unrecorded
from screenalytics_resources.sample_episode import make_sample_episode


@dataclass(frozen=True)
class Clip:
    """A video, its truth file and the pack to run it with."""

    video: Path
    truth: Path
    pack: str


@dataclass(frozen=True)
class ClipResult:
    """Result of the job on a clip. B-cubed F covers tracks whose person is known, all and only those in identities."""

    clip: str
    pack: str
    people_true: int
    identities: int
    singletons: int
    unusable: int
    b_cubed_f: float | None
    b_cubed_f_in_identities: float | None
    shot_f: float | None


def clips(data: Path, folder: Path) -> list[Clip]:
    """Return the clips of `data`, bubble08 with both packs, and the sample episode, which is made in `folder`."""
    sample = make_sample_episode(folder)
    bubble, hamilton = (data / "clips" / name for name in ("bubble08.mp4", "hamilton.mp4"))
    return [
        Clip(bubble, bubble.with_suffix(".json"), "opencv_zoo"),
        Clip(bubble, bubble.with_suffix(".json"), "buffalo_sc"),
        Clip(hamilton, hamilton.with_suffix(".json"), "opencv_zoo"),
        Clip(sample.video, sample.truth, "opencv_zoo"),
    ]


def measure_clip(clip: Clip) -> ClipResult:
    """Run the job on an empty data root in a process of its own, and evaluate it."""
    return in_fresh_process(_run, clip).value


def _run(clip: Clip) -> ClipResult:
    store = ArtifactStore(data_root())
    ep_id = str(json.loads(clip.truth.read_text(encoding="utf-8"))["ep_id"])
    done = run_episode(RunRequest(ep_id, clip.video, {"pack": clip.pack}), store, Unrecorded())
    if done.blocked:
        raise UserError(f"{clip.video.name} fails its blocking checks: inspect it with `screenalytics run`.")
    identities = load_artifact(store, IDENTITIES, ep_id).content
    evaluation = evaluate_stored(store, ep_id, clip.truth)
    figures = evaluation.clustering.all_people if evaluation.clustering else None
    by_track = figures.by_track if figures else None
    by_shot = evaluation.shots.without_background.by_shot if evaluation.shots else None
    return ClipResult(
        clip=clip.video.stem,
        pack=clip.pack,
        people_true=evaluation.shots.people_true if evaluation.shots else 0,
        identities=identities.metadata.num_identities,
        singletons=identities.metadata.num_singletons,
        unusable=identities.metadata.num_unusable_tracks,
        b_cubed_f=by_track.b_cubed.f if by_track else None,
        b_cubed_f_in_identities=by_track.b_cubed_in_identities.f if by_track else None,
        shot_f=by_shot.f if by_shot else None,
    )
