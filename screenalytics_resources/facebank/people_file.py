"""`manifests/{show}/people.json`: the cast of a show as a document, for readers without access to the database.

The database is authoritative, and the document is rewritten after every change; `revision` states which version it
shows. `cast_sha256` covers the people and their reference faces, so stale assignments are detected without starting a
server. Names of identities are not part of it: those by people are decisions, and the others follow from matching.
`earlier_words` lists the episodes whose names by people, given with an earlier release, are not decisions yet. Only the
owner of the file can read it.
"""

import json
from typing import TYPE_CHECKING, Any

from screenalytics_resources.artifact import canonical, sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.text_formats import parse_json

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

FILE = "people.json"
NO_CAST = "none"


def write_people_file(store: ArtifactStore, cast: "CastStore", show: str) -> dict[str, Any]:
    """Write the document from the current state of the database, and return it."""
    path = store.manifest(parse_show(show), FILE)
    with cast.people_file_lock(show):
        document = cast.people_document(show)
        names = [[person["person_id"], person["name"]] for person in document["people"]]
        seeds = [[seed.seed_id, seed.person_id] for seed in cast.seeds(show)]
        parts = [names, seeds, []]  # names of identities were the third part; the hash without any stays as it was
        document["cast_sha256"] = sha256_of(canonical(parts)) if names else NO_CAST
        document["earlier_words"] = list(cast.episodes_with_earlier_words(show))
        store.make_manifest_folder(show)
        store.place.write(path, json.dumps(document, indent=1).encode() + b"\n", private=True)
    return document


def people_names(store: ArtifactStore, show: str) -> dict[str, str]:
    """Return the names of the show's people, by person id; none without a cast, or if the file is damaged."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return {}
    try:
        return {str(person["person_id"]): str(person["name"]) for person in parse_json(path.read_bytes())["people"]}
    except (ValueError, KeyError, TypeError):
        return {}


def owners_in_file(store: ArtifactStore, show: str, ep_id: str) -> dict[str, str]:
    """Return identity -> person id, as the document lists them for the episode; none if the file is damaged."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return {}
    try:
        people = parse_json(path.read_bytes())["people"]
        clusters = [(str(cluster), str(person["person_id"])) for person in people for cluster in person["cluster_ids"]]
    except (ValueError, KeyError, TypeError):
        return {}
    return {cluster.partition(":")[2]: person for cluster, person in clusters if cluster.startswith(f"{ep_id}:")}


def cast_sha256(store: ArtifactStore, show: str) -> str:
    """Return the hash of the show's cast: `none` without a cast, `unreadable` if the file is damaged."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return NO_CAST
    try:
        return str(parse_json(path.read_bytes())["cast_sha256"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def has_earlier_words(store: ArtifactStore, show: str, ep_id: str) -> bool:
    """Return whether the database may have words of an earlier release about the episode; see `earlier_words`."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return False
    try:
        document = parse_json(path.read_bytes())
        return "earlier_words" not in document or ep_id in document["earlier_words"]
    except (ValueError, KeyError, TypeError):
        return True
