"""Asset `cast_assignments`."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.asset_support import OWNERS, resolved, run_config, settings_metadata
from screenalytics_assets.cast.assignments import cast_assignments_of, machine_owners, renamed_identities
from screenalytics_assets.cast.lookup import CastMatches, Shown, match_cast
from screenalytics_assets.identities.cooccurrence import read_exceptions
from screenalytics_assets.lineage import CODE_VERSIONS, provenance
from screenalytics_assets.partitions import EPISODES
from screenalytics_assets.schemas import CastAssignmentsDocument, IdentitiesDocument, TrackEmbeddings, Tracks
from screenalytics_assets.settings import InferenceSettings
from screenalytics_resources.dagster_resources import InferenceResource, StoreResource
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256, write_people_file
from screenalytics_resources.facebank.records import Owner
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.step_errors import step_errors

CastAssignmentsConfig = run_config("cast_assignments")


@asset(
    partitions_def=EPISODES,
    group_name="cast",
    kinds={"postgres", "json"},
    owners=OWNERS,
    code_version=CODE_VERSIONS["cast_assignments"],
    io_manager_key="json_io",
    pool="inference",
)
def cast_assignments(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: CastAssignmentsConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    track_embeddings: TrackEmbeddings,
    identities: IdentitiesDocument,
    store: StoreResource,
    inference: InferenceResource,
):
    """Which person of the show's cast each identity is, or who it may be and why that is left to a person.

    An identity gets a name if it is similar enough to a person, and clearly more so than to anybody else; two that
    share a frame never get the same one, and what a person said stays. In the database the identity then belongs to
    that person alone. Without a cast everybody is unknown.
    """
    ep_id = context.partition_key
    show = parse_ep_id(ep_id).show
    with step_errors(context.retry_number):
        machine = resolved(InferenceSettings, config)
        pack = load_pack(track_embeddings.pack, config_dir())
        exceptions = read_exceptions(store.store(), ep_id)
        of_cast = cast_sha256(store.store(), show)
        found: CastMatches | None = None
        lost: tuple[Owner, ...] = ()
        if of_cast != NO_CAST:
            from screenalytics_resources.facebank.cast_store import open_cast_store

            renamed = renamed_identities(identities.content)
            rows = identities.content.identities
            shown = Shown(ep_id, show, rows, tracks.rows, track_embeddings, exceptions, renamed)
            with open_cast_store(store.root) as cast:
                found = match_cast(
                    store.store(),
                    cast,
                    shown,
                    pack,
                    lambda: inference.engine(pack.name, machine.values.device, machine.values.threads),
                )
                present = {identity.identity_id for identity in rows}
                said = [owner for owner in cast.owners(show, ep_id) if owner.assigned_by == "person"]
                lost = tuple(o for o in said if renamed.get(o.identity_id, o.identity_id) not in present)
                synced = cast.sync_episode(show, ep_id, present, renamed, machine_owners(ep_id, found, pack))
                people = write_people_file(store.store(), cast, show)
                if lost or synced.moved or synced.conflicts:
                    # Following the identities changed what people gave; else the next run would match all again, and
                    # no longer know what was lost.
                    of_cast = people["cast_sha256"]
    content = cast_assignments_of(ep_id, identities.content.identities, found, pack, lost)
    inputs = {
        "tracks": tracks.digest,
        "track_embeddings": track_embeddings.digest,
        "identities": identities.digest,
        "exceptions": exceptions.sha256,
        "cast": of_cast,
    }
    origin = provenance("cast_assignments", (machine,), inputs, pack)
    document = CastAssignmentsDocument(ep_id, content, origin, pack.name)
    # No names: the event log cannot be made to forget.
    metadata: dict[str, Any] = content.model_dump(exclude={"assignments", "lost_names", "ep_id"}) | {
        "lost_names": len(content.lost_names),
        "settings": settings_metadata(machine),
    }
    return MaterializeResult(value=document, metadata=metadata, data_version=DataVersion(document.digest))
