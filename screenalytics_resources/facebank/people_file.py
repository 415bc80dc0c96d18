"""`manifests/{show}/people.json`: the cast of a show as a document, for whoever does not ask the database.

The database is the truth, and the document follows every change of it; its `revision` says which one it shows. Its
`cast_sha256` covers what decides who an identity is, so that assignments made from another cast are seen to be old
without starting a server: what the machine assigned is no part of it.
"""

import json
from typing import TYPE_CHECKING, Any

from screenalytics_resources.artifact import canonical, sha256_of
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.episode_id import parse_show

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

FILE = "people.json"
NO_CAST = "none"


def write_people_file(store: ArtifactStore, cast: "CastStore", show: str) -> dict[str, Any]:
    """Write the document as the database is now, and return it."""
    path = store.manifest(parse_show(show), FILE)
    with cast.showing(show):
        document = cast.people_document(show)
        names = [[person["person_id"], person["name"]] for person in document["people"]]
        seeds = [[seed.seed_id, seed.person_id] for seed in cast.seeds(show)]
        given = [[o.ep_id, o.identity_id, o.person_id] for o in cast.owners(show) if o.assigned_by == "person"]
        document["cast_sha256"] = sha256_of(canonical([names, seeds, given])) if names else NO_CAST
        write_atomic(path, json.dumps(document, indent=1).encode() + b"\n")
    return document


def cast_sha256(store: ArtifactStore, show: str) -> str:
    """Hash of the show's cast, `none` where it has none."""
    path = store.manifest(parse_show(show), FILE)
    if not path.exists():
        return NO_CAST
    try:
        return str(json.loads(path.read_bytes())["cast_sha256"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"
