"""The history: what people did, who, and undo of any of it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.tiny_episode import EP_ID

HISTORY = f"/review/{EP_ID}/history"


def entries(page: Page) -> Locator:
    return page.locator(".gesture")


def say(page: Page, server: str, actor: str, identity: int, **change: Any) -> None:
    answer = page.request.patch(
        f"{server}/episodes/{EP_ID}/identities/identity-{identity:05d}",
        data=change,
        headers={"If-Match": "*", "Screenalytics-Actor": actor},
    )
    assert answer.ok, answer.text()


def test_any_gesture_can_be_undone_and_done_again(page: Page, server: str) -> None:
    say(page, server, "ann", 1, labels={"name": "Ada Example"})
    say(page, server, "ben", 2, locked=True)
    page.goto(HISTORY)
    expect(entries(page)).to_have_count(2)
    first, last = entries(page).nth(0), entries(page).nth(1)
    expect(first).to_contain_text("Locked identity-00002")
    expect(first).to_contain_text("ben")
    expect(last).to_contain_text("Identity-00001 is Ada Example")
    expect(last).to_contain_text("ann")
    last.get_by_role("button", name="Undo").click()
    expect(entries(page)).to_have_count(3)
    expect(entries(page).nth(2)).to_contain_text("undone")
    expect(entries(page).nth(2).get_by_role("button", name="Undo")).to_have_count(0)
    entries(page).nth(0).get_by_role("button", name="Redo").click()
    expect(entries(page).nth(3)).not_to_contain_text("undone")


def test_a_refused_undo_says_who_decided_later(page: Page, server: str) -> None:
    say(page, server, "ann", 1, labels={"name": "Ada Example"})
    say(page, server, "ben", 1, labels={"name": "Bea Example"})
    page.goto(HISTORY)
    expect(entries(page)).to_have_count(2)
    entries(page).nth(1).get_by_role("button", name="Undo").click()
    expect(entries(page).nth(1).get_by_role("alert")).to_contain_text("Decided later: ben.")
    expect(entries(page)).to_have_count(2)


def test_one_person_and_then_everybody(page: Page, server: str) -> None:
    say(page, server, "ann", 1, locked=True)
    say(page, server, "ben", 2, locked=True)
    page.goto(HISTORY)
    page.get_by_role("button", name="Only what ann did").click()
    expect(entries(page)).to_have_count(1)
    expect(entries(page)).to_contain_text("Locked identity-00001")
    page.get_by_role("button", name="Everybody").click()
    expect(entries(page)).to_have_count(2)


def test_older_gestures_are_on_further_pages(page: Page, server: str) -> None:
    for turn in range(52):
        say(page, server, "ann", 1, locked=turn % 2 == 0)
    page.goto(HISTORY)
    expect(entries(page)).to_have_count(50)
    page.keyboard.press("o")
    expect(entries(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    page.get_by_role("button", name="Newer").click()
    expect(entries(page)).to_have_count(50)


@pytest.mark.parametrize(
    ("status", "words"),
    [("partial", "holds in part"), ("lost", "fits no track now"), ("overruled", "overruled by a later decision")],
)
def test_what_does_not_hold_says_so(page: Page, status: str, words: str) -> None:
    entry = {
        "gesture_id": "01a21d87-c45a-7614-8252-296274d0192c",
        "seq": 1,
        "at": "2026-01-02T03:04:05Z",
        "actor": "ann",
        "kinds": ["lock"],
        "about": ["identity-00001"],
        "status": status,
        "reason": "1 of 2 tracks is gone.",
        "summary": "Locked identity-00001.",
    }
    page.route("**/decisions?*", lambda route: route.fulfill(json={"items": [entry], "next": None}))
    page.goto(HISTORY)
    expect(entries(page)).to_contain_text(words)
    expect(entries(page)).to_contain_text("1 of 2 tracks is gone.")
