"""Nothing that a person said is lost: random decisions on real episodes, and then everything else changes.

For each clip, 40 random decisions are made on the identities of a first run. Then the episode is made again with
another threshold, with a detector that misses a tenth of the faces, with the other model pack, and from the video at
half its size. For each of these the benchmark counts the decisions that hold as they did before, and checks that the
new identities agree with everything that still holds.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from benchmarks.fresh_process import in_fresh_process
from benchmarks.machine import machine, versions
from benchmarks.moderation.random_gestures import random_gesture
from benchmarks.moderation.smaller_video import write_at_half_size
from screenalytics_app.actions.moderation.view import Episode, View, open_episode
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.moderation.state import Moderation
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.decisions.mirror import line_of, make_mirror, write_mirror
from screenalytics_resources.decisions.records import Decision, Gesture, decisions_of
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.progress import Unrecorded
from screenalytics_resources.sample_episode import make_sample_episode

RESULTS = Path(__file__).parents[1] / "results" / "survival.json"
EP_ID = "bench-s01e01"
GESTURES = 40
DROPPED = 0.1
"""Share of the detections that the worse detector misses."""
PACKS = ("opencv_zoo", "buffalo_sc")


@dataclass(frozen=True)
class Job:
    """One run of an episode: its video, settings and earlier decisions, and whether the detector misses faces."""

    video: Path
    settings: Mapping[str, str | float]
    decisions: tuple[Decision, ...] = ()
    drops_faces: bool = False


@dataclass(frozen=True)
class Survival:
    """What became of the decisions in one variant.

    Attributes:
        decisions: number of decisions.
        kept: decisions that hold as before, completely or for the faces that were found.
        partial: those of `kept` that hold for some of their faces only.
        lost: kinds of the decisions whose faces were not found.
        changed: kinds of the decisions that other decisions now contradict.
        disagreements: facts that hold but that the identities of the run do not follow.
    """

    clip: str
    variant: str
    decisions: int
    kept: int
    partial: int
    lost: tuple[str, ...]
    changed: tuple[str, ...]
    disagreements: int

    @property
    def kept_fraction(self) -> float:
        """Share of the decisions that are kept."""
        return self.kept / self.decisions


def made(job: Job) -> Episode:
    """Run the episode in the data root of this process, with the decisions as its log."""
    store = ArtifactStore(data_root())
    if job.decisions:
        write_mirror(store, EP_ID, make_mirror(uuid4(), [line_of(decision) for decision in job.decisions]))
    with dropped_faces() if job.drops_faces else _nothing():
        run_episode(RunRequest(EP_ID, job.video, job.settings), store, Unrecorded())
    return open_episode(store, EP_ID)


@contextmanager
def dropped_faces() -> Iterator[None]:
    """Let the detector miss a random tenth of the faces. Equal pictures miss equal faces."""
    detect = Engine.detect

    def worse(engine: Engine, image: NDArray[np.uint8]) -> Detections:
        found = detect(engine, image)
        kept = np.random.default_rng(int(image[::16, ::16].sum())).random(len(found.boxes)) >= DROPPED
        return Detections(found.boxes[kept], found.scores[kept], found.landmarks[kept])

    Engine.detect = worse  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Engine.detect = detect  # type: ignore[method-assign]


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def random_decisions(episode: Episode, seed: int) -> View:
    """Return the episode after `GESTURES` random gestures."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    view = View(episode, ())
    for _ in range(GESTURES):
        draft = random_gesture(view, rng)
        said = Gesture(actor="analyst", decisions=draft.decisions, before=draft.before)
        rows = decisions_of(said, EP_ID, len(view.decisions), datetime.now(UTC))
        view = View(episode, (*view.decisions, *rows))
    return view


def survival(clip: str, variant: str, before: View, episode: Episode) -> Survival:
    """Compare what the decisions mean for `episode` with what they meant when they were made."""
    then = {outcome.seq: outcome for outcome in before.moderation.outcomes}
    view = View(episode, before.decisions)
    now = {outcome.seq: outcome for outcome in view.moderation.outcomes}
    if now.keys() != then.keys():
        raise RuntimeError(f"Expected an outcome of each of {len(then)} decisions, but got {len(now)}")
    lost = [seq for seq, outcome in now.items() if outcome.status == "lost"]
    changed = [s for s, o in now.items() if o.status == "overruled" and then[s].status in ("applied", "partial")]
    return Survival(
        clip=clip,
        variant=variant,
        decisions=len(now),
        kept=len(now) - len(lost) - len(changed),
        partial=sum(o.status == "partial" and then[s].status == "applied" for s, o in now.items()),
        lost=tuple(now[seq].kind for seq in lost),
        changed=tuple(now[seq].kind for seq in changed),
        disagreements=disagreements(view.moderation, episode),
    )


def disagreements(moderation: Moderation, episode: Episode) -> int:
    """Count the facts that the identities of the episode do not follow."""
    identities = episode.identities.identities
    home = {track: identity for identity in identities for track in identity.track_ids}
    embedded = home.keys()
    divided = sum(len({home[t].identity_id for t in group if t in embedded}) > 1 for group in moderation.groups)
    united = sum(one in embedded and other in embedded and home[one] is home[other] for one, other in moderation.apart)
    shown = sum(track in embedded for track in moderation.dismissed)
    misnamed = sum(t in embedded and home[t].labels.person_id != person for t, person in moderation.names.items())
    unlocked = sum(not home[track].locked for lock in moderation.locks for track in lock if track in embedded)
    return divided + united + shown + misnamed + unlocked


def measure(clip: Path, pack: str, seed: int, report: Callable[[Survival], None]) -> list[Survival]:
    """Measure all variants of one clip."""
    other = next(name for name in PACKS if name != pack)
    first = in_fresh_process(made, Job(clip, {"pack": pack})).value
    before = random_decisions(first, seed)
    said = before.decisions
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        small = Path(folder) / "small.mp4"
        write_at_half_size(clip, small)
        variants = {
            "same settings": Job(clip, {"pack": pack}, said),
            "higher threshold": Job(clip, {"pack": pack, "cluster_thresh": 0.7}, said),
            "lower threshold": Job(clip, {"pack": pack, "cluster_thresh": 0.3}, said),
            "a tenth of the faces missed": Job(clip, {"pack": pack}, said, drops_faces=True),
            "other pack": Job(clip, {"pack": other}, said),
            "half the size": Job(small, {"pack": pack}, said),
        }
        results = []
        for name, job in variants.items():
            results.append(survival(_name(clip), name, before, in_fresh_process(made, job).value))
            report(results[-1])
    return results


def _name(clip: Path) -> str:
    """Return the name of the file, or that of its folder if all clips have the same name."""
    return clip.parent.name if clip.stem == "clip" else clip.stem


def main(arguments: Sequence[str]) -> None:
    """Measure the sample episode and the given clips, print one line per variant, and write the results file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, action="append", default=[], help="a further video; can be repeated")
    parser.add_argument("--pack", choices=PACKS, default=PACKS[0])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        clips = [make_sample_episode(Path(folder)).video, *options.clip]
        found = [one for clip in clips for one in measure(clip, options.pack, options.seed, _print)]
    rows = [asdict(one) | {"kept_fraction": round(one.kept_fraction, 4)} for one in found]
    content = {"pack": options.pack, "seed": options.seed, "rows": rows, "versions": versions(), "machine": machine()}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _print(one: Survival) -> None:
    words = f"{one.kept} of {one.decisions} kept ({one.partial} in part), {one.disagreements} disagreements"
    print(f"{one.clip}, {one.variant}: {words}", *one.lost, *one.changed, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
