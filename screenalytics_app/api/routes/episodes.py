"""The episodes of the library."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from screenalytics_app.actions.episode_status import episode_statuses
from screenalytics_app.actions.jobs.live_job import live_job
from screenalytics_app.actions.last_checks import last_checks
from screenalytics_app.api.answers import NOT_CHANGED, json_answer
from screenalytics_app.api.context import EpisodeId, Live, Store
from screenalytics_app.api.cursors import Cursor, page_of
from screenalytics_app.api.models.common import Page
from screenalytics_app.api.models.episodes import EpisodeCard, EpisodeDetail
from screenalytics_app.api.present.episodes import episode_card, episode_detail
from screenalytics_resources.episode_id import parse_ep_id

router = APIRouter(tags=["episodes"])


@router.get("/episodes", response_model=Page[EpisodeCard], responses=NOT_CHANGED)
def list_episodes(
    request: Request,
    store: Store,
    live: Live,
    show: Annotated[str | None, Query(max_length=100, description="only the episodes of this show")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Return the episodes in order of their ids."""
    names = [name for name in store.episodes() if show is None or parse_ep_id(name).show == show]
    page = page_of(names, lambda name: (name,), cursor, limit)
    checks = last_checks(page.items, only_failed=True)
    cards = [
        episode_card(store, status, checks.get(name, ()), live_job(store, lambda: live.instance, name))
        for name in page.items
        for status in episode_statuses(store, name)
    ]
    return json_answer(request, Page[EpisodeCard](items=tuple(cards), next=page.next))


@router.get("/episodes/{ep_id}", response_model=EpisodeDetail, responses=NOT_CHANGED)
def show_episode(request: Request, store: Store, live: Live, ep_id: EpisodeId) -> Response:
    """Return an episode: what exists, what the checks say, and what people decided."""
    (status,) = episode_statuses(store, ep_id)
    checks = last_checks([ep_id]).get(ep_id, ())
    return json_answer(request, episode_detail(store, status, checks, live_job(store, lambda: live.instance, ep_id)))
