"""Shows what people said with an earlier release before it is adopted, so that reading needs no database."""

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS
from screenalytics_assets.identities.adopt_earlier_words import said_something, words_of
from screenalytics_assets.identities.decided import scene_of_previous
from screenalytics_assets.moderation.state import Scene
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import has_earlier_words, owners_in_file
from screenalytics_resources.sealed_files import DamagedArtifactError


def preview_earlier_words(store: ArtifactStore, identities: Identities, scene: Scene) -> tuple[Decision, ...]:
    """Return the decisions that `adopt_earlier_words` will append to an empty log, as far as files tell.

    They lack only the names of identities that are gone. These name no face, so what readers see is the same.
    """
    ep_id, show = identities.ep_id, parse_ep_id(identities.ep_id).show
    in_file = said_something(identities)
    names = _names_by_people(store, show, ep_id) if has_earlier_words(store, show, ep_id) else {}
    if not in_file and not names:
        return ()
    from screenalytics_resources.facebank.earlier_words import OwnerWord, decisions_from

    at = identities.metadata.created_at
    owners = [OwnerWord(identity, person, at, is_past=False) for identity, person in names.items()]
    words = words_of(identities, scene_of_previous(identities, scene), owners, in_file)
    return tuple(decisions_from(ep_id, 0, sorted(words, key=lambda word: word.at)))


def _names_by_people(store: ArtifactStore, show: str, ep_id: str) -> dict[str, str]:
    """Return identity -> person. A name that is not the one of the machine's last run is by a person."""
    try:
        rows = load_artifact(store, CAST_ASSIGNMENTS, ep_id).content.assignments
    except DamagedArtifactError:
        rows = ()
    by_machine = {row.identity_id: row.person_id for row in rows if row.assigned_by == "machine"}
    owned = owners_in_file(store, show, ep_id)
    return {identity: person for identity, person in owned.items() if by_machine.get(identity) != person}
