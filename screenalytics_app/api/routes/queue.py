"""The queue: questions about the identities of an episode, and their answers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from screenalytics_app.actions.moderation.answer import answer
from screenalytics_app.actions.moderation.questions import stored_suggestions
from screenalytics_app.api.answers import json_answer
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.editor import EditorOf
from screenalytics_app.api.models.gestures import GestureResult
from screenalytics_app.api.models.queue import Answer, Queue
from screenalytics_app.api.present.episode_view import current_view, shown
from screenalytics_app.api.present.questions import queue_of

router = APIRouter(prefix="/episodes/{ep_id}/queue", tags=["queue"])

QuestionId = Annotated[str, Path(max_length=100)]


@router.get("", response_model=Queue, responses={304: {"description": "Not changed"}})
def queue(
    request: Request, ep_id: EpisodeId, store: Store, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> Response:
    """Return the open questions, the best first."""
    episode = shown(store, current_view(store, ep_id))
    return json_answer(request, queue_of(episode, stored_suggestions(store, ep_id), limit))


@router.post("/{question_id}/answer")
def give_answer(question_id: QuestionId, body: Answer, editor: EditorOf) -> GestureResult:
    """Answer a question. A question that is not open any more is refused with 409."""
    suggestions = stored_suggestions(editor.store, editor.ep_id)
    return editor.edit(lambda view: answer(view, suggestions, question_id, body.answer, body.confirm), body.expect)
