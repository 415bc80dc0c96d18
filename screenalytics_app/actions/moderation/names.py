"""Which identities people named, over all episodes of a show."""

from collections.abc import Iterator

from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.episode_id import parse_ep_id


def named_identities(store: ArtifactStore, show: str) -> Iterator[tuple[str, str, str]]:
    """Yield episode, identity and person id of each identity that a person named, in order of episodes.

    Raises:
        UserError: an artifact or the decisions of an episode are damaged.
    """
    for ep_id in store.episodes():
        decided = parse_ep_id(ep_id).show == show and decisions_sha256(store, ep_id) != NO_DECISIONS
        if decided and store.manifest(ep_id, IDENTITIES.file).exists():
            for identity in present_view(store, ep_id).moderated.identities:
                if identity.person_id is not None:
                    yield ep_id, identity.identity_id, identity.person_id
