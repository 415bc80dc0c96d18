"""A pack's file before and after calibration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.calibration.pack_file import Measured, calibrated_text, head_of
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Evidence, encoded_mean, list_packs, load_pack
from screenalytics_resources.project import PROJECT_ROOT
from tests.tiny_episode import PACK

PACKS = PROJECT_ROOT / "config" / "packs"
TEXT = (PACKS / "opencv_zoo.yaml").read_bytes().decode()
EVIDENCE = Evidence(
    full_norm=12.3,
    weak_share=0.7,
    face_odds=18.5,
    clothing_odds=7.2,
    clothing_chance=0.4,
    prior_odds=-3.25,
    odds_data='tracks of "My: Show" # by hand',
)
MEASURED = Measured(
    bounds=Thresholds(0.37, 0.21, 0.15, 0.55, 0.08, 8.6, 10.9, EVIDENCE),
    cast=CastBounds(0.457, 0.06, 0.312),
    cast_size=77,
    data='12 people of "My: Show", tracks of 2 episodes # not a comment',
    date="2026-12-24",
    people_tuned=6,
    people_reported=5,
    samples=1234,
    false_accept_rate=0.00002,
    b_cubed_f_tuned=0.98765,
    b_cubed_f_reported=0.9,
)


@pytest.mark.parametrize("pack", [pack.name for pack in list_packs(PROJECT_ROOT / "config")])
def test_the_head_stays_byte_for_byte_and_the_rest_loads(pack: str, tmp_path: Path) -> None:
    before = (PACKS / f"{pack}.yaml").read_bytes()
    old = load_pack(pack, PROJECT_ROOT / "config")
    mean = encoded_mean(np.linspace(-0.1, 0.1, old.recogniser.dim))
    evidence = EVIDENCE.model_copy(update={"mean_face": mean, "full_norm": old.norms.clear + 1})
    measured = replace(MEASURED, bounds=replace(MEASURED.bounds, evidence=evidence))
    after = calibrated_text(before.decode(), old, measured).encode()
    end = min(before.index(name) for name in (b"\nevidence:", b"\nthresholds:") if name in before)
    assert after[:end] == before[:end]
    assert after.index(b"\nevidence:") == end
    assert after.count(b"\nevidence:") == after.count(b"\nthresholds:") == 1
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / f"{pack}.yaml").write_bytes(after)
    new = load_pack(pack, tmp_path)
    measured_sections = {"evidence", "thresholds", "norms", "calibration"}
    assert new.model_dump(exclude=measured_sections) == old.model_dump(exclude=measured_sections)
    assert (new.thresholds.gate_hard, new.thresholds.gate_soft) == (old.thresholds.gate_hard, old.thresholds.gate_soft)
    assert new.evidence == evidence.model_copy(update={"full_norm": round(old.norms.clear + 1, 1)})
    np.testing.assert_allclose(new.mean_face, np.linspace(-0.1, 0.1, old.recogniser.dim), atol=1e-4)


def test_every_figure_is_written(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "opencv_zoo.yaml").write_text(calibrated_text(TEXT, PACK, MEASURED))
    new = load_pack("opencv_zoo", tmp_path)
    assert new.thresholds.model_dump(exclude={"gate_hard", "gate_soft"}) == {
        "cluster_thresh": 0.37,
        "min_identity_sim": 0.21,
        "assign_sim": 0.15,
        "assign_sim_clear": 0.55,
        "assign_margin": 0.08,
        "cast_sim": 0.457,
        "cast_margin": 0.06,
        "cast_review_sim": 0.312,
    }
    assert (new.norms.unusable, new.norms.clear) == (8.6, 10.9)
    assert new.evidence == EVIDENCE
    assert new.calibration.model_dump() == {
        "calibrated": True,
        "data": MEASURED.data,
        "date": "2026-12-24",
        "people_tuned": 6,
        "people_reported": 5,
        "samples": 1234,
        "false_accept_rate": 0.00002,
        "cast_size": 77,
        "b_cubed_f_tuned": 0.9877,
        "b_cubed_f_reported": 0.9,
    }


def test_a_gate_of_three_places_is_kept(tmp_path: Path) -> None:
    pack = PACK.model_copy(update={"thresholds": PACK.thresholds.model_copy(update={"gate_hard": 0.205})})
    assert "  gate_hard: 0.205 #" in calibrated_text(TEXT, pack, MEASURED)


def test_odds_of_many_places_are_kept() -> None:
    bounds = replace(MEASURED.bounds, evidence=EVIDENCE.model_copy(update={"face_odds": 18.25, "full_norm": None}))
    text = calibrated_text(TEXT, PACK, replace(MEASURED, bounds=bounds))
    assert "  face_odds: 18.25 #" in text
    assert "  full_norm: null #" in text


def test_calibrating_twice_gives_the_same_file() -> None:
    once = calibrated_text(TEXT, PACK, MEASURED)
    assert calibrated_text(once, PACK, MEASURED) == once


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(TEXT.replace("thresholds:", "limits:"), r"opencv_zoo\.yaml has 0 lines", id="no-thresholds"),
        pytest.param(TEXT + "thresholds: {}\n", "has 2 lines that begin with 'thresholds:'", id="two"),
        pytest.param(TEXT + "notes: mine\n", "the section 'notes' after 'evidence:': move it", id="would-be-lost"),
        pytest.param(
            TEXT.replace("evidence:", "proof:") + "notes: mine\n",
            "the section 'notes' after 'thresholds:': move it",
            id="would-be-lost-without-evidence",
        ),
        pytest.param(
            TEXT.replace("\nthresholds:", "\nnotes: mine\n\nthresholds:"),
            "the section 'notes' after 'evidence:': move it",
            id="between-the-measured",
        ),
    ],
)
def test_files_that_cannot_be_rewritten(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        head_of(text, "opencv_zoo")


def test_invalid_figures_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a valid pack, but got .* at thresholds\.cast_sim"):
        calibrated_text(TEXT, PACK, replace(MEASURED, cast=CastBounds(1.5, 0.06, 0.312)))
