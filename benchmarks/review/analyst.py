"""An analyst who knows who everybody is, and puts an episode right on the review pages.

They answer the queue until it is empty, and then look at the unnamed identities one by one: wrong tracks go to their
person, and the identity gets its name. What the analyst knows decides only which key or button comes next.
"""

import time
from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.moderation.oracle import main_person
from benchmarks.review.hands import Hands
from benchmarks.review.messy_root import MessyRoot
from screenalytics_app.actions.moderation.questions import open_questions, stored_suggestions
from screenalytics_app.actions.moderation.view import View, present_view
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.contract.suggestion_records import Question

_SHOWS_QUESTION = "id => (document.querySelector('[data-question]')?.dataset.question ?? '') === id"
_SHOWS_IDENTITY = """([id, tracks]) => {
  const shown = document.querySelector("[data-identity]");
  if ((shown?.dataset.identity ?? "") !== id) return false;
  const cells = [...(shown?.querySelectorAll("[role=gridcell]") ?? [])].map((cell) => cell.dataset.key);
  return cells.length === tracks.length && tracks.every((track) => cells.includes(track));
}"""
_AT_REST = "() => document.querySelector('main').getAttribute('aria-busy') !== 'true'"
PATIENCE_S = 20.0
_HAS_FOCUS = "() => document.activeElement?.getAttribute('role') === 'gridcell'"


@dataclass
class Analyst:
    """One analyst at work in one browser page."""

    page: Page
    hands: Hands
    root: MessyRoot
    address: str

    def put_right(self) -> None:
        """Correct the episode completely."""
        self.page.goto(f"{self.address}/review/{self.root.ep_id}/queue")
        self._answer_queue()
        self.hands.go_on(self.page.get_by_role("link", name="Name who is left"))
        while (identity_id := self._next_unnamed()) is not None:
            self._correct(identity_id)

    def _answer_queue(self) -> None:
        suggestions = stored_suggestions(self.root.store, self.root.ep_id)
        while True:
            view = self._view()
            questions = open_questions(view, suggestions)
            first = next(iter(questions), "")
            self.page.wait_for_function(_SHOWS_QUESTION, arg=first)
            if not first:
                return
            self._answer(view, questions[first])
            self._wait_for_decision(view)

    def _answer(self, view: View, question: Question) -> None:
        truth = self.root.messy.truth
        shown = {truth[track] for track in question.track_ids}
        person, other = main_person(question.track_ids, truth), self._main_of(view, question.other_identity_id)
        match question.kind:
            case "merge" | "home":
                right = person == other != NON_FACE
            case "not_a_face":
                right = shown == {NON_FACE}
            case "name":
                right = self._named(person) == question.person_id
            case "cut":
                right = len(shown) == 1 and person != self._main_of(view, question.identity_id, question.track_ids)
                if right and other not in (None, person):
                    self.hands.name(person)
                    return
        self.hands.say("yes" if right else "no")

    def _next_unnamed(self) -> str | None:
        """Wait until the page shows what it should show next. Returns the identity, or None at the end."""
        moderated = self._view().moderated
        unnamed = [identity for identity in moderated.identities if identity.person_id is None]
        if not unnamed:
            self.page.get_by_role("heading", name="Everybody has a name").wait_for()
            return None
        tracks_of = {identity.identity_id: identity.track_ids for identity in unnamed}
        self.page.locator("[data-identity]").wait_for()
        shown = self.page.wait_for_function(
            "known => { const id = document.querySelector('[data-identity]')?.dataset.identity;"
            " return known.includes(id) ? id : null; }",
            arg=list(tracks_of),
        ).json_value()
        self.page.wait_for_function(_SHOWS_IDENTITY, arg=[shown, list(tracks_of[shown])])
        return str(shown)

    def _correct(self, identity_id: str) -> None:
        """Move the tracks of the next other person out of the identity, or name it if there are none."""
        truth, view = self.root.messy.truth, self._view()
        cells = self.page.locator("[data-identity] [role=gridcell]")
        order = [str(cells.nth(index).get_attribute("data-key")) for index in range(cells.count())]
        main = main_person(order, truth)
        others = [truth[track] for track in order if truth[track] != main]
        if others:
            wrong = [index for index, track in enumerate(order) if truth[track] == others[0]]
            self.page.wait_for_function(_HAS_FOCUS)
            active = self.page.evaluate("() => document.activeElement.dataset.key")
            self.hands.select(cells, wrong, order.index(active))
        person = others[0] if others else main
        if person == NON_FACE:
            self.hands.not_a_face()
        else:
            self.hands.name(person)
        self._wait_for_decision(view)

    def _wait_for_decision(self, before: View) -> None:
        """Wait until what was asked for is in the log, and the page has asked for nothing more."""
        until = time.monotonic() + PATIENCE_S
        while len(self._view().decisions) == len(before.decisions):
            if time.monotonic() > until:
                raise RuntimeError(f"Nothing was decided: {self.page.locator('.toasts').inner_text()!r}.")
            self.page.wait_for_timeout(10)
        self.page.wait_for_function(_AT_REST)

    def _view(self) -> View:
        return present_view(self.root.store, self.root.ep_id)

    def _main_of(self, view: View, identity_id: str | None, without: tuple[str, ...] = ()) -> str | None:
        identity = view.moderated.identity(identity_id) if identity_id else None
        tracks = [track for track in identity.track_ids if track not in without] if identity else []
        return main_person(tracks, self.root.messy.truth) if tracks else None

    def _named(self, person: str) -> str:
        """Return the id that the cast gives a name."""
        return person.lower().replace("_", "-")
