"""The product's job on the labelled clips, and its stored arrays as labelled episodes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.fresh_process import in_fresh_process
from benchmarks.television.figures import Figures, figures
from benchmarks.television.labelled_episode import LabelledEpisode, Labels
from benchmarks.television.matching import read_boxes
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES, TRACKS
from screenalytics_assets.contract.truth_file import ShotTruth
from screenalytics_assets.identities.cluster_episode import sightings_of
from screenalytics_assets.identity_evaluation.box_matching import people_by_boxes
from screenalytics_assets.identity_evaluation.track_truth import identity_numbers
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Unrecorded

MIX = "devmix"
"""The clip that contains all others."""


@dataclass(frozen=True)
class ClipRun:
    """One clip after the job: its arrays with truth, the labels (N,) of its identities, and the checks that block."""

    episode: LabelledEpisode
    labels: Labels
    blocked_by: tuple[str, ...]

    @property
    def figures(self) -> Figures:
        return figures(self.episode, self.labels)


@dataclass(frozen=True)
class Job:
    """Clips to run with one pack, in one process."""

    folders: Sequence[Path]
    pack: str


@dataclass(frozen=True)
class JobRuns:
    """Result of a job: its clips, and the CPU time of its process."""

    runs: Sequence[ClipRun]
    cpu_seconds: float


def clip_folders(television: Path, with_mix: bool) -> list[Path]:
    """Return the folders of the labelled clips, sorted by name.

    Raises:
        UserError: there is no labelled clip.
    """
    folders = sorted(path.parent for path in television.glob("*/boxes.csv"))
    found = [folder for folder in folders if with_mix or folder.name != MIX]
    if not found:
        raise UserError(f"{television} has no labelled clips: name the folder of `television` with --data.")
    return found


def sources_of(name: str, names: Sequence[str]) -> frozenset[str]:
    """Return the material of a clip. Clips whose names differ only in a number are from one film."""
    if name == MIX:
        return frozenset(name.rstrip("0123456789") for name in names) | {MIX}
    return frozenset({name.rstrip("0123456789")})


def run_clips(folders: Sequence[Path], pack: str) -> JobRuns:
    """Run the job of all clips in one new process, on an empty data root."""
    done = in_fresh_process(_run, Job(folders, pack))
    return JobRuns(done.value, done.cpu_seconds)


def _run(job: Job) -> list[ClipRun]:
    names = [folder.name for folder in job.folders]
    return [_run_clip(folder, job.pack, sources_of(folder.name, names)) for folder in job.folders]


def _run_clip(folder: Path, pack: str, sources: frozenset[str]) -> ClipRun:
    store = ArtifactStore(data_root())
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    ep_id = str(truth["ep_id"])
    done = run_episode(RunRequest(ep_id, folder / "clip.mp4", {"pack": pack}), store, Unrecorded())
    episode = stored_episode(store, ep_id, folder, pack, sources)
    identities = load_artifact(store, IDENTITIES, ep_id).content
    blocking = tuple(sorted({check.name for check in done.checks if check.blocks}))
    return ClipRun(episode, identity_numbers(episode.tracks, identities), blocking)


def stored_episode(
    store: ArtifactStore, ep_id: str, folder: Path, pack: str, sources: frozenset[str]
) -> LabelledEpisode:
    """Load an episode's tracks and faces, with the truth in `folder`."""
    tracks, faces = load_artifact(store, TRACKS, ep_id), load_artifact(store, FACES, ep_id)
    rows = [track for track in tracks.rows if not track.deleted]
    boxes = read_boxes(folder / "boxes.csv")
    return LabelledEpisode(
        name=folder.name,
        pack=pack,
        fps=tracks.metrics.source_fps,
        tracks=rows,
        faces=[face for face in faces.rows if not face.deleted],
        vectors=np.asarray(faces.vectors, np.float32),
        people=people_by_boxes(rows, boxes),
        background=boxes.outside_cast,
        shots=ShotTruth.model_validate_json((folder / "truth.json").read_bytes()),
        sources=sources,
        sightings=sightings_of(rows, load_clothing(store, tracks)),
    )
