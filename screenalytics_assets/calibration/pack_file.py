"""A pack's YAML file with new thresholds. The head stays byte for byte; the measured sections are rewritten."""

import json
from dataclasses import dataclass

from pydantic import ValidationError

from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.text_formats import parse_yaml

_THRESHOLDS = "thresholds:"
_EVIDENCE = "evidence:"
_SECTIONS = {"evidence", "thresholds", "norms", "calibration"}


@dataclass(frozen=True)
class Measured:
    """All values that a calibration changes in a pack's file. The gate stays unchanged."""

    bounds: Thresholds
    cast: CastBounds
    cast_size: int
    data: str
    date: str
    people_tuned: int
    people_reported: int
    samples: int
    false_accept_rate: float
    b_cubed_f_tuned: float
    b_cubed_f_reported: float


def calibrated_text(text: str, pack: Pack, measured: Measured) -> str:
    """Return the file's `text` with its measured sections, which are its last ones, rewritten from `measured`.

    Raises:
        UserError: the file cannot be rewritten; see `head_of`.
        ValueError: the measured values make no valid pack.
    """
    head = head_of(text, pack.name)
    rewritten = "".join(
        [head, _evidence(measured), _thresholds(pack, measured), _norms(measured), _calibration(measured)]
    )
    try:
        Pack.model_validate(parse_yaml(rewritten, pack.name))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"Expected a valid pack, but got {problem['msg']} at {where}") from error
    return rewritten


def head_of(text: str, name: str) -> str:
    """Return everything before the measured sections, the first of which is `evidence:` or `thresholds:`.

    Raises:
        UserError: the file has no line `thresholds:` or several, or a section after it that calibration does not write.
    """
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith(_THRESHOLDS)]
    if len(starts) != 1:
        raise UserError(
            f"{name}.yaml has {len(starts)} lines that begin with {_THRESHOLDS!r}: it must have exactly one."
        )
    first = next((number for number, line in enumerate(lines) if line.startswith(_EVIDENCE)), starts[0])
    start = min(first, starts[0])
    measured = parse_yaml("".join(lines[start:]), f"{name}.yaml")
    others = sorted(measured.keys() - _SECTIONS)
    if others:
        opening = lines[start].partition(":")[0] + ":"
        raise UserError(f"{name}.yaml has the section {others[0]!r} after {opening!r}: move it before that line.")
    return "".join(lines[:start])


def _two_places(value: float) -> str:
    """Format with two decimals, unless that would change the value."""
    return f"{value:.2f}" if round(value, 2) == value else repr(value)


def _one_place(value: float) -> str:
    """Format with one decimal, unless that would change the value."""
    return f"{value:.1f}" if round(value, 1) == value else repr(value)


def _plain(value: float) -> str:
    """Format without an exponent, because YAML 1.1 reads 1e-05 as text."""
    return f"{value:.12f}".rstrip("0")


def _evidence(measured: Measured) -> str:
    evidence = measured.bounds.evidence
    full_norm = "null" if evidence.full_norm is None else f"{evidence.full_norm:.1f}"
    odds_data = json.dumps(evidence.odds_data, ensure_ascii=False)
    weak_share = _two_places(evidence.weak_share)
    return f"""\
evidence: # what faces and clothes say about two tracks
  odds_data: {odds_data} # calibration keeps odds that name their data
  full_norm: {full_norm} # tracks whose best face has at least this norm must reach the full cluster_thresh
  weak_share: {weak_share} # share of it that a barely usable face must reach; linear in the norm in between
  face_odds: {_one_place(evidence.face_odds)} # log-odds per unit of similarity above what is expected of the face
  clothing_odds: {_one_place(evidence.clothing_odds)} # log-odds per unit of clothing affinity above clothing_chance
  clothing_chance: {_two_places(evidence.clothing_chance)} # clothing affinity that says nothing
  prior_odds: {_two_places(evidence.prior_odds)} # log-odds of one identity before any evidence
  mean_face: {json.dumps(evidence.mean_face)} # mean embedding of many people in poor footage, float16 in base64

"""


def _thresholds(pack: Pack, measured: Measured) -> str:
    bounds, cast, gate = measured.bounds, measured.cast, pack.thresholds
    return f"""\
thresholds: # cosine similarity, -1 to 1
  cluster_thresh: {bounds.cluster_thresh:.2f} # average linkage merges two clusters of tracks at or above this
  min_identity_sim: {bounds.min_identity_sim:.2f} # a track less similar to the rest of its identity is an outlier
  assign_sim: {bounds.assign_sim:.2f} # a small cluster with a barely usable best face joins a centroid at or above this
  assign_sim_clear: {bounds.assign_sim_clear:.2f} # the same with a clear best face; linear in the norm in between
  assign_margin: {bounds.assign_margin:.2f} # the lead over the second best centroid that joining also requires
  cast_sim: {cast.sim:.3f} # a sample at least this similar to a cast member gets the name
  cast_margin: {cast.margin:.2f} # the lead over the second best cast member that a name also requires
  cast_review_sim: {cast.review_sim:.3f} # half of all strangers reach this; below it there is nothing to review
  gate_hard: {_two_places(gate.gate_hard)} # a track is split immediately when its face falls below this
  gate_soft: {_two_places(gate.gate_soft)} # a track is split when its face stays below this for a while

"""


def _norms(measured: Measured) -> str:
    bounds = measured.bounds
    return f"""\
norms: # norm of the raw embedding, in the recogniser's own units: how clearly it sees the face
  unusable: {bounds.unusable_norm:.1f} # tracks whose best face has a lower norm are set aside
  clear: {bounds.clear_norm:.1f} # at or above this, a face is nearly always closest to its own person

"""


def _calibration(measured: Measured) -> str:
    return f"""\
calibration: # people_tuned and people_reported do not overlap; the .calibration.svg next to this file shows the curves
  calibrated: true
  data: {json.dumps(measured.data, ensure_ascii=False)}
  date: "{measured.date}"
  people_tuned: {measured.people_tuned} # the thresholds were chosen on these
  people_reported: {measured.people_reported} # the figures come from these
  samples: {measured.samples} # tracks of both groups; a single photo counts as one
  false_accept_rate: {_plain(measured.false_accept_rate)} # share of strangers' samples that get a name
  cast_size: {measured.cast_size} # people in the cast that the strangers were compared with
  b_cubed_f_tuned: {measured.b_cubed_f_tuned:.4f}
  b_cubed_f_reported: {measured.b_cubed_f_reported:.4f}
"""
