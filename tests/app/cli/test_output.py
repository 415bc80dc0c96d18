"""Every command with a table: readable at 80 columns with long names, complete with --wide, exact with --json."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from screenalytics_app.actions.backfill import BackfillResult
from tests.app.cli import records
from tests.app.cli.records import CHECKS, EP, NAME, PERSON, SENTENCE, SHOW
from tests.app.screen import Screen

ACTIONS = "screenalytics_app.actions"


@dataclass(frozen=True)
class Case:
    """A command, the actions that it calls with what they return, and what it must show."""

    arguments: tuple[str, ...]
    actions: Mapping[str, Any]
    record: Any
    facts: tuple[str, ...]
    """Shown at 80 columns."""
    wide_facts: tuple[str, ...] = ()
    """Shown in full with `--wide`."""
    code: int = 0


def missing(facts: Sequence[str], text: str) -> list[str]:
    """Facts that a text does not state, wherever its lines are broken."""
    return [fact for fact in facts if "".join(fact.split()) not in "".join(text.split())]


def returns(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


CASES = {
    "status": Case(
        ("status",),
        {"status.status_overview": records.STATUS},
        records.STATUS,
        ("up to date", "10123", "failing checks", "14690 episodes", "548.1 h for the rest", "damaged", "123456"),
        ("identity_evaluation", EP, records.PACK),
    ),
    "status-of-an-episode": Case(
        ("status", "--ep-id", EP),
        {"status.status_overview": records.ONE_EPISODE},
        records.ONE_EPISODE,
        ("identities           damaged", "track_reps           missing", "tracks               present  123456"),
    ),
    "run": Case(
        ("run", "--ep-id", EP),
        {"run_episode.run_episode": records.RUN, "moderation.shown.shown_identities": records.long_identities},
        records.RUN,
        (
            "1 passed, 1 warning, 1 failed",
            "BLOCKS  tracks: tracks_per_minute",
            "WARN    identity_evaluation: evaluation_is_as_good_as_accepted",
            SENTENCE,
            "A blocking check failed.",
            "4567-killed",
            "replaced the result of a cleanup: identities",
        ),
        ("passed  faces: crops_are_readable", f"every crop of {EP} could be read", NAME),
        code=1,
    ),
    "show": Case(
        ("show", "--ep-id", EP),
        {"moderation.shown.shown_identities": records.long_identities},
        records.long_identities,
        ("identity-00001", "Ada", "low", "cohesion", "locked", "contact sheet"),
        (NAME, "faces", "lowest", "low cohesion, locked"),
    ),
    "cast-list": Case(
        ("cast", "list", "--show", SHOW),
        {"cast.people.list_cast": records.CAST},
        records.CAST,
        ("ada-alexandrina-", "Ada Alexandrina", "main", "17"),
        (PERSON, NAME, "The Countess of Lovelace", f"{EP}:identity-00001"),
    ),
    "cast-show-of-an-episode": Case(
        ("cast", "show", "--ep-id", EP),
        {"cast.assignments.shown_assignments": records.ASSIGNMENTS},
        records.ASSIGNMENTS,
        ("1 assigned, 1 to review, 1 unknown", "0.932", "machine", "to review", "identity-00003", "0.100"),
        (f"{NAME}?", f"{PERSON} 0.41", f"the best, {PERSON}, has similarity 0.145"),
    ),
    "cast-show-of-a-person": Case(
        ("cast", "show", "--show", SHOW, "--person", PERSON),
        {"cast.person_overview.person_overview": records.PERSON_OVERVIEW},
        records.PERSON_OVERVIEW,
        (NAME, "also known as The Countess of Lovelace", "assigned by the machine", "seed-0123456789ab *", "0.956"),
        (records.SEED.origin, "0.900", "0.990"),
    ),
    "facebank-list": Case(
        ("facebank", "list", "--show", SHOW),
        {"cast.facebank.list_facebank": records.FACEBANK},
        records.FACEBANK,
        ("seed-0123456789ab *", "105", "0.956"),
        (records.SEED.origin, PERSON, "0.900", "0.990", "0.91"),
    ),
    "season": Case(
        ("season", "--show", SHOW),
        {"run_season.run_season": records.SEASON},
        records.SEASON,
        (
            "1 identities of 3 tracks",
            "12345.6",
            "0.981",
            "left out",
            "clustered from scratch because the last",
            SENTENCE,
        ),
        (f"{EP}, {EP}5", "0.700"),
        code=1,
    ),
    "packs": Case(
        ("packs",),
        {"packs.model_packs": records.PACKS},
        records.PACKS,
        ("commercial use", "calibrated", "For non-commercial research of any kind only"),
        ("A detector and a recogniser",),
    ),
    "config": Case(
        ("config", "--ep-id", EP),
        {"settings_overview.settings_overview": records.CONFIG},
        records.CONFIG,
        ("alert_address", "environment", "detection.yaml", "a run makes them again: tracks, faces"),
        (f"https://alerts.example/{PERSON}", "config/pipeline/detection.yaml"),
    ),
    "cleanup": Case(
        ("cleanup", "--ep-id", EP, "--write-back"),
        {"cleanup.run_cleanup": records.CLEANUP},
        records.CLEANUP,
        ("tracks_per_minute", "62.682 beyond limit", "43", "47", "nothing was replaced", "split_tracks skipped"),
        code=1,
    ),
    "cleanup-restore": Case(
        ("cleanup", "--ep-id", EP, "--restore", "2"),
        {"cleanup.restore": records.RESTORED, "cleanup.rebuild": records.RUN},
        replace(records.RESTORED, rebuilt=records.RUN),
        ("restored the set that was replaced at 2026-01-02 03:04:05 UTC", "made again: episode_video", SENTENCE),
        (f"every crop of {EP} could be read",),
        code=1,
    ),
    "backfill": Case(
        ("backfill",),
        {"backfill.plan_backfill": records.PLAN, "backfill.run_backfill": records.OUTCOMES},
        BackfillResult(records.PLAN, records.OUTCOMES),
        (
            "1 episode to make",
            "episode_video and 9 more",
            "a run of it is under way",
            "cannot be read as a video: register another file.",
            "0 episodes made, 1 failed",
        ),
        (EP, "track_reps, identity_evaluation"),
        code=1,
    ),
    "evaluate": Case(
        ("evaluate", "--ep-id", EP),
        {"evaluate.evaluate_stored": records.long_evaluation},
        records.long_evaluation,
        ("2 identities of 2 people", "precision", "B-cubed in identities", "0.706", "clicks to correct: 4 (1 merges"),
        ("no background, by second", "4 (1 merges, 1 splits, 0 moves, 2 names)"),
    ),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case whose actions are replaced; functions among its records are called with a folder first."""
    case: Case = request.param
    for index, (path, value) in enumerate(case.actions.items()):
        module, function = path.rsplit(".", 1)
        result = value(tmp_path / str(index)) if callable(value) else value
        monkeypatch.setattr(importlib.import_module(f"{ACTIONS}.{module}"), function, returns(result))
        if value is case.record:
            case = replace(case, record=result)
    return case


def test_it_fits_80_columns(screen: Screen, case: Case) -> None:
    """Paths and addresses are never broken, so one may be longer if it has a line of its own."""
    assert screen.call(*case.arguments, width=80) == case.code
    lines = screen.out.splitlines()
    assert [line for line in lines if len(line.rstrip()) > 80 and len(line.split()) > 1] == []
    assert "…" not in screen.out
    assert missing(case.facts, screen.out) == []


def test_wide_shows_everything_in_full(screen: Screen, case: Case) -> None:
    if case.wide_facts:
        assert screen.call(*case.arguments, "--wide", width=80) == case.code
        assert missing(case.wide_facts, screen.out) == []


def test_json_is_the_record_and_nothing_else(screen: Screen, case: Case) -> None:
    assert screen.call(*case.arguments, "--json") == case.code
    assert TypeAdapter(type(case.record)).validate_json(screen.out) == case.record


def test_passed_checks_are_only_counted() -> None:
    from screenalytics_app.cli.tables.checks import checks_report
    from tests.app.screen import rendered

    lines = rendered(checks_report(CHECKS[2:]), 80).split("\n")
    assert lines[0] == "checks: 1 passed"
    assert "".join(lines[1:]) == ""
