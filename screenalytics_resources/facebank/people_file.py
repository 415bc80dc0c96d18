"""`manifests/{show}/people.json`: the cast of a show as a document, for readers without access to the database.

The database is authoritative, and the document is rewritten after every change; `revision` states which version it
shows. `cast_sha256` covers everything that decides who an identity is, so stale assignments are detected without
starting a server. Owners assigned by the machine are not part of it. Only the owner of the file can read it.
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
        assigned = [[o.ep_id, o.identity_id, o.person_id] for o in cast.owners(show) if o.assigned_by == "person"]
        past = [[o.ep_id, o.identity_id, o.person_id, o.settled] for o in cast.past_owners(show)]
        parts = [names, seeds, assigned, *([past] if past else [])]  # the hash of a show without any stays as it was
        document["cast_sha256"] = sha256_of(canonical(parts)) if names else NO_CAST
        store.make_manifest_folder(show)
        store.place.write(path, json.dumps(document, indent=1).encode() + b"\n", private=True)
    return document


def cast_sha256(store: ArtifactStore, show: str) -> str:
    """Return the hash of the show's cast: `none` without a cast, `unreadable` if the file is damaged."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return NO_CAST
    try:
        return str(parse_json(path.read_bytes())["cast_sha256"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"
