"""The identities of an episode."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from screenalytics_app.api.answers import NOT_CHANGED, json_answer
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.cursors import Cursor, Key, page_of
from screenalytics_app.api.etags import quoted
from screenalytics_app.api.models.common import Page
from screenalytics_app.api.models.identities import IdentityCard, IdentityDetail
from screenalytics_app.api.present.episode_view import current_view, shown
from screenalytics_app.api.present.identity_cards import identity_cards
from screenalytics_app.api.present.identity_detail import identity_detail

router = APIRouter(tags=["identities"])

IdentityId = Annotated[str, Path(max_length=100, examples=["identity-00001"])]
Order = Literal["unnamed_first", "seconds", "id", "cohesion"]
_KEYS: dict[Order, Callable[[IdentityCard], Key]] = {
    "unnamed_first": lambda card: (int(bool(card.person or card.label)), -card.seconds, card.identity_id),
    "seconds": lambda card: (-card.seconds, card.identity_id),
    "id": lambda card: (card.identity_id,),
    "cohesion": lambda card: (card.cohesion, card.identity_id),
}


@router.get("/episodes/{ep_id}/identities", response_model=Page[IdentityCard], responses=NOT_CHANGED)
def list_identities(
    request: Request,
    store: Store,
    ep_id: EpisodeId,
    order: Order = "unnamed_first",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Response:
    """Return the identities, by default the unnamed ones with the most seconds on screen first."""
    cards = identity_cards(store, current_view(store, ep_id))
    return json_answer(request, page_of(cards, _KEYS[order], cursor, limit))


@router.get("/episodes/{ep_id}/identities/{identity_id}")
def show_identity(response: Response, store: Store, ep_id: EpisodeId, identity_id: IdentityId) -> IdentityDetail:
    """Return an identity with its tracks, the least similar first.

    The entity tag is the version that `If-Match` expects: it changes with what people can change. Other parts of the
    body can change without it, so it is no reason to answer 304.
    """
    detail = identity_detail(shown(store, current_view(store, ep_id)), identity_id)
    response.headers["ETag"], response.headers["Cache-Control"] = quoted(detail.etag), "no-store"
    return detail
