"""The product against the rivals on some episodes: complete runs, and runs with a part of the faces dropped."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities.rivals import RIVALS, Rival
from benchmarks.television.figures import Figures, b_cubed_f, figures
from benchmarks.television.folds import Fold, tuned_value
from benchmarks.television.labelled_episode import LabelledEpisode, Labels, Pooled, jittered, pooled
from benchmarks.television.methods import ours, rival

SEEDS = tuple(range(12))


@dataclass(frozen=True)
class EpisodeResult:
    """One method on one episode: its parameter, its figures, and B-cubed F of each jittered run."""

    episode: str
    setting: str
    figures: Figures
    jittered: Sequence[float]

    @property
    def jittered_mean(self) -> float:
        return float(np.mean(self.jittered))

    @property
    def jittered_spread(self) -> float:
        """Standard deviation."""
        return float(np.std(self.jittered))


@dataclass(frozen=True)
class Line:
    """One method on some episodes. Means are over the episodes with people."""

    method: str
    results: Sequence[EpisodeResult]

    def only(self, positions: Iterable[int]) -> "Line":
        """Return the line of some of its episodes."""
        return Line(self.method, [self.results[position] for position in positions])

    @property
    def mean_f(self) -> float:
        """Mean B-cubed F by track, with all faces."""
        return float(np.mean([result.figures.b_cubed_f or 0.0 for result in self._with_people]))

    @property
    def jittered_mean(self) -> float:
        """Mean over the jittered runs of the mean over the episodes."""
        return float(self._by_run.mean())

    @property
    def jittered_spread(self) -> float:
        """Standard deviation over the jittered runs of the mean over the episodes."""
        return float(self._by_run.std())

    @property
    def record(self) -> dict[str, Any]:
        """The line as it is stored."""
        means = {name: round(getattr(self, name), 6) for name in ("mean_f", "jittered_mean", "jittered_spread")}
        return {"method": self.method} | means | {"episodes": [asdict(result) for result in self.results]}

    @property
    def _with_people(self) -> list[EpisodeResult]:
        return [result for result in self.results if result.figures.people_true]

    @property
    def _by_run(self) -> NDArray[np.float64]:
        return np.asarray(np.mean([result.jittered for result in self._with_people], axis=0), np.float64)


@dataclass(frozen=True)
class Runs:
    """Poolings of one episode: all faces, and one per seed with a part of them dropped."""

    episode: LabelledEpisode
    complete: Pooled
    jittered: Sequence[Pooled]

    @classmethod
    def of(cls, episode: LabelledEpisode, seeds: Sequence[int] = SEEDS) -> "Runs":
        return cls(episode, pooled(episode), [jittered(episode, seed) for seed in seeds])

    def scores(self, cluster: Callable[[Pooled], Labels]) -> list[float]:
        """Return B-cubed F of every jittered run."""
        return [b_cubed_f(self.episode, cluster(run)) for run in self.jittered]


def compare(runs: Sequence[Runs], folds: Sequence[Fold], rivals: Sequence[Rival] = RIVALS) -> list[Line]:
    """Return the product's line, and two per rival: the best value on the other episodes, and on the episode itself.

    `folds` has one fold per episode, in the order of `runs`. The second line of a rival is an upper bound, because it
    is tuned on the truth. Values are chosen by the mean over the jittered runs.
    """
    lines = [Line("ours", [_result(run, "default", ours, run.scores(ours)) for run in runs])]
    for method in rivals:
        lines += _rival_lines(method, runs, folds)
    return lines


def _rival_lines(method: Rival, runs: Sequence[Runs], folds: Sequence[Fold]) -> list[Line]:
    scores = [{value: run.scores(_with_value(method, value)) for value in method.values} for run in runs]
    means = [[float(np.mean(by_value[value])) for value in method.values] for by_value in scores]
    elsewhere = [tuned_value(method.values, means, fold) for fold in folds]
    best = [method.values[int(np.argmax(row))] for row in means]
    lines = []
    for name, values in (("tuned on other episodes", elsewhere), ("best here", best)):
        results = []
        for run, by_value, value in zip(runs, scores, values, strict=True):
            chosen = method.values[0] if value is None else value
            results.append(_result(run, f"{chosen:g}", _with_value(method, chosen), by_value[chosen]))
        lines.append(Line(f"{method.name}, {name}", results))
    return lines


def _with_value(method: Rival, value: float) -> Callable[[Pooled], Labels]:
    return lambda run: rival(method, run, value)


def _result(run: Runs, setting: str, cluster: Callable[[Pooled], Labels], jittered: Sequence[float]) -> EpisodeResult:
    return EpisodeResult(run.episode.name, setting, figures(run.episode, cluster(run.complete)), jittered)
