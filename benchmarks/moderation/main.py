"""Actions that an oracle user needs to correct an episode: `python -m benchmarks.moderation.main`.

The people are those that no threshold was tuned on, and the seeds are used for nothing else. All results are printed
and written to the results file.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.identities.embedded import cache_folder, replaced
from benchmarks.identities.tv_episodes import REPORTED, half_of_people
from benchmarks.machine import machine, versions
from benchmarks.moderation import episode as episode_module
from benchmarks.moderation.episode import EP_ID, MessyEpisode, film, messy
from benchmarks.moderation.oracle import b_cubed_f, correct, immich_actions, lower_bound
from benchmarks.television.tier import MAKERS, read_episode, write_episode
from screenalytics_assets.cast.assignments import cast_assignments_of
from screenalytics_assets.contract.suggestion_records import MergeSuggestions
from screenalytics_assets.merge_suggestions.suggest import suggest
from screenalytics_assets.settings.stages import SuggestionSettings
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.project import PROJECT_ROOT, config_dir

RESULTS = Path(__file__).parents[1] / "results" / "oracle.json"
PACK = "opencv_zoo"
SEEDS = (11, 12, 13)
WANTED = 82
"""Most actions per episode: 1.2 times the lower bound."""


def messy_episode(seed: int, data: Path, engine: Engine) -> MessyEpisode:
    """Return the episode of this seed, filmed or from the cache."""
    folder = cache_folder(f"oracle-{seed}", data, engine, (*MAKERS, episode_module))
    if not folder.exists():
        with replaced(folder) as made:
            write_episode(made, film(half_of_people(data / "lfw", REPORTED), engine, seed))
    return messy(read_episode(folder), engine.pack, seed)


def suggestions_of(episode: MessyEpisode, pack: Pack) -> MergeSuggestions:
    """Return the questions about the episode, with the default settings. Its cast has no reference faces."""
    settings = SuggestionSettings.model_validate({})
    cast = cast_assignments_of(EP_ID, episode.identities.identities, None, pack)
    found = suggest(episode.compared, cast, pack.tracks.min_mean_score, settings)
    return MergeSuggestions(
        ep_id=EP_ID,
        model_pack=pack.name,
        questions=found.questions,
        least_probability=settings.suggestion_probability,
        left_out=found.left_out,
        apart=found.apart,
    )


def measure(seed: int, data: Path, engine: Engine) -> dict[str, Any]:
    """Let the oracle user correct the episode of this seed."""
    episode = messy_episode(seed, data, engine)
    session = correct(episode, suggestions_of(episode, engine.pack))
    return {
        "seed": seed,
        "identities": len(episode.identities.identities),
        "tracks": len(episode.truth),
        "actions": sum(session.actions.values()),
        "lower_bound": lower_bound(episode),
        "immich_like": immich_actions(episode),
        "b_cubed_f": round(b_cubed_f(session.episode, episode.truth), 4),
        "by_kind": dict(sorted(session.actions.items())),
    }


def main() -> None:
    """Measure, print and record.

    Raises:
        UserError: there are no photos.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.moderation.main", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--data", type=Path, default=PROJECT_ROOT.parent / "shared" / "data", help="folder of lfw")
    data = parser.parse_args().data.resolve()
    if not (data / "lfw").is_dir():
        raise UserError(f"{data / 'lfw'} is not a folder: use --data to name the folder that holds lfw.")
    engine, console = load_engine(PACK, config_dir()), Console()
    episodes = [measure(seed, data, engine) for seed in SEEDS]
    for found in episodes:
        verdict = "as wanted" if found["actions"] <= WANTED and found["b_cubed_f"] == 1.0 else "NOT as wanted"
        console.print(
            f"seed {found['seed']}: {found['identities']} identities, {found['actions']} actions ({verdict}: at most "
            f"{WANTED}), lower bound {found['lower_bound']}, like Immich {found['immich_like']}, B-cubed F "
            f"{found['b_cubed_f']}"
        )
        console.print(found["by_kind"])
    content = {"versions": versions(), "machine": machine(), "pack": PACK, "wanted": WANTED, "episodes": episodes}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    console.print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
