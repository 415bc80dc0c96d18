"""Queue, Identity, Compare and Episodes in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_artifact
from tests.api.bench import ask
from tests.merge_suggestions.test_queue import question
from tests.review.parts import card, cards, toast
from tests.tiny_episode import EP_ID

EPISODE = f"/review/{EP_ID}"
QUESTIONS = (question("merge", 3, [3], 1, (3, 1)), question("merge", 4, [4], 2, (4, 2)), question("not_a_face", 1, [1]))


@pytest.fixture
def asked(store: ArtifactStore) -> None:
    ask(store, QUESTIONS)


@pytest.mark.usefixtures("asked")
def test_the_queue_asks_one_question_after_another_and_undo_returns_to_the_last(page: Page) -> None:
    page.goto(f"{EPISODE}/queue")
    heading, sides = page.get_by_role("heading", level=1), page.get_by_role("region", name="Question")
    expect(heading).to_have_text("Is this one person?")
    expect(sides).to_contain_text("#3")
    page.keyboard.press("s")
    expect(sides).to_contain_text("#4")
    page.keyboard.press("y")
    expect(heading).to_have_text("Is this something other than a face?")
    expect(toast(page, "Merged identity-00004 into identity-00002.")).to_be_visible()

    page.keyboard.press("Control+z")
    expect(heading).to_have_text("Is this one person?")
    expect(sides).to_contain_text("#4")
    page.get_by_role("button", name="No").click()
    expect(heading).to_have_text("Is this something other than a face?")
    page.get_by_role("button", name="No").click()
    expect(sides).to_contain_text("#3")
    page.get_by_role("button", name="Yes").click()
    expect(heading).to_have_text("No open questions")


def test_wrong_tracks_move_to_a_person_in_one_gesture(page: Page, store: ArtifactStore) -> None:
    page.goto(f"{EPISODE}/board")
    expect(cards(page)).to_have_count(4)
    card(page, 1).click()
    card(page, 3).click()
    page.get_by_role("button", name="Merge").click()
    expect(cards(page)).to_have_count(3)
    card(page, 2).get_by_role("button", name="Who is this?").click()
    page.keyboard.type("Bob Example")
    page.keyboard.press("Enter")
    expect(card(page, 2)).to_contain_text("Bob Example")

    page.goto(f"{EPISODE}/identity/identity-00001")
    expect(cards(page)).to_have_count(2)
    cards(page).first.click()
    page.keyboard.press("1")
    expect(toast(page, "Moved track-0000")).to_be_visible()
    expect(cards(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(cards(page)).to_have_count(2)
    cards(page).first.click()
    page.keyboard.press("s")
    expect(toast(page, "Made identity-")).to_be_visible()
    expect(cards(page)).to_have_count(1)


def test_an_identity_is_locked_named_and_refused_by_keys(page: Page) -> None:
    page.goto(f"{EPISODE}/identity/identity-00001")
    head = page.get_by_role("main")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #1")
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Unlock")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Reviewed")).to_be_disabled()
    page.keyboard.press("/")
    page.keyboard.type("Ada Example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Example")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #1")
    expect(head).to_contain_text("not Ada Example")


def test_an_identity_that_became_part_of_another_leads_there(page: Page, server: str) -> None:
    body = {"target_id": "identity-00001", "source_ids": ["identity-00003"]}
    assert page.request.post(f"{server}/episodes/{EP_ID}/identities/merge", data=body).ok
    page.goto(f"{EPISODE}/identity/identity-00003")
    page.get_by_role("link", name="Open what it became part of").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #1")


def test_two_identities_are_compared_and_merged(page: Page) -> None:
    page.goto(f"{EPISODE}/compare/identity-00001/identity-00003")
    expect(page.get_by_role("heading", level=2)).to_have_text(["#1", "#3"])
    page.keyboard.press("y")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #1")
    expect(cards(page)).to_have_count(2)


def test_a_job_that_cannot_start_says_why(page: Page) -> None:
    page.goto("/review/")
    page.get_by_role("button", name="Cluster again").click()
    expect(toast(page, "Dagster")).to_be_visible()


def test_low_cohesion_is_said_in_words(page: Page, store: ArtifactStore) -> None:
    make_low_cohesion(store)
    page.goto(f"{EPISODE}/board")
    expect(card(page, 1)).to_contain_text("low cohesion 0.41")
    expect(card(page, 1)).to_have_accessible_name(re.compile("low cohesion"))
    page.get_by_role("button", name="Low cohesion").click()
    expect(cards(page)).to_have_count(1)
    card(page, 1).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #1")
    expect(page.get_by_role("main")).to_contain_text("low cohesion 0.41")


@pytest.mark.usefixtures("strict")
def test_a_track_that_does_not_fit_comes_first_and_says_why(page: Page, server: str) -> None:
    body = {"target_id": "identity-00001", "source_ids": ["identity-00002", "identity-00003"]}
    assert page.request.post(f"{server}/episodes/{EP_ID}/identities/merge", data=body).ok
    page.goto(f"{EPISODE}/identity/identity-00001")
    expect(cards(page)).to_have_count(3)
    worst = cards(page).first
    expect(worst).to_have_attribute("data-key", "track-00002")
    expect(worst).to_have_accessible_name(re.compile(r"does not fit: similarity 0\.\d\d is below 0\.\d\d"))
    reason = worst.get_by_text("is below")
    expect(reason).to_have_css("opacity", "0")
    worst.hover()
    expect(reason).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    expect(reason).to_have_css("opacity", "0")
    page.keyboard.press("ArrowDown")
    expect(reason).to_have_css("opacity", "1")


@pytest.fixture
def strict(store: ArtifactStore) -> None:
    """Let a face belong to an identity only if it is very similar."""
    stored = load_artifact(store, IDENTITIES, EP_ID)
    bounds = dict.fromkeys(("min_identity_sim", "assign_sim", "assign_sim_clear"), 0.9)
    metadata = stored.content.metadata.model_copy(update=bounds)
    save_artifact(store, IDENTITIES, stored.with_content(stored.content.model_copy(update={"metadata": metadata})))


def make_low_cohesion(store: ArtifactStore) -> None:
    stored = load_artifact(store, IDENTITIES, EP_ID)
    first, *others = stored.content.identities
    low = first.model_copy(update={"low_cohesion": True, "cohesion": 0.41})
    save_artifact(
        store, IDENTITIES, stored.with_content(stored.content.model_copy(update={"identities": (low, *others)}))
    )
