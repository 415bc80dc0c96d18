"""Guardrails: metrics that distinguish a healthy episode from a broken one, each with a target and a limit.

A guardrail warns beyond its target. Beyond its limit it is an error if it blocks, otherwise a warning. With few tracks
it only warns, because extreme values are then normal: in a scene with two people, the largest cluster holds half the
tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome


@dataclass(frozen=True)
class Guardrail:
    """Bounds of one metric. `low` is the lower end of the target range, or None without a lower end."""

    metric: str
    target: float
    limit: float
    advice: str
    low: float | None = None
    low_advice: str = ""
    blocks: bool = False


def judge(guardrail: Guardrail, value: float, tracks: int, min_tracks: int, evidence: Sequence[str] = ()) -> Outcome:
    """Compare `value`, computed over `tracks` tracks, with the bounds of a guardrail.

    `evidence` names the items behind the value. The result contains it only if the guardrail fails.
    """
    too_low = guardrail.low is not None and value < guardrail.low and tracks > 0
    passed = not too_low and value <= guardrail.target
    beyond_limit = value > guardrail.limit
    few = tracks < min_tracks
    wanted = f"{guardrail.target:g}" if guardrail.low is None else f"{guardrail.low:g} to {guardrail.target:g}"
    sentence = f"{guardrail.metric} is {value:g}; target {wanted}, limit {guardrail.limit:g}"
    if not passed:
        sentence += f". {guardrail.low_advice if too_low else guardrail.advice}"
    if beyond_limit and guardrail.blocks and few:
        sentence += f" Only a warning, because {tracks} tracks are fewer than guardrail_min_tracks = {min_tracks}."
    return Outcome(
        passed=passed,
        description=sentence,
        severity="ERROR" if beyond_limit and guardrail.blocks and not few else "WARN",
        evidence=() if passed else evidence[:SHOWN],
        # Dagster plots every number, so bounds are text: only what was measured is worth a plot.
        metadata={
            "value": float(value),
            "target": wanted,
            "limit": f"{guardrail.limit:g}",
            "beyond_limit": beyond_limit,
            "tracks": tracks,
            "guardrail_min_tracks": str(min_tracks),
        },
    )
