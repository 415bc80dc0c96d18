"""The cast of a show, as the command line changes and shows it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from screenalytics_assets.cast.decode_photo import MAX_BYTES
from screenalytics_assets.cast.lookup import stored_pack
from screenalytics_assets.cast.photo_header import photo_suffix
from screenalytics_assets.cast.reference_photo import PhotoLimits, ReferenceFace, reference_face
from screenalytics_assets.cast.together import identities_together
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, FACES, IDENTITIES, TRACKS
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings, InferenceSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import remove_images, write_images
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.facebank.records import (
    Owner,
    Person,
    Seed,
    SeedQuality,
    SeedSource,
    new_seed_id,
    parse_person_id,
)
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.regular_file import read_regular_file

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

SEEDS_OF_AN_IDENTITY = 5
"""Representatives of a reviewed identity that become reference faces, of as many tracks."""


@contextmanager
def open_cast(store: ArtifactStore) -> Iterator["CastStore"]:
    """The cast database of the data root."""
    from screenalytics_resources.facebank.cast_store import open_cast_store

    with open_cast_store(store.root) as cast:
        yield cast


def add_person(
    store: ArtifactStore, show: str, person_id: str, name: str | None, aliases: Sequence[str], role: str
) -> Person:
    """Add somebody to the cast; without a name, one made from the id."""
    with open_cast(store) as cast:
        person = cast.add_person(
            parse_show(show), parse_person_id(person_id), name or person_id.replace("-", " ").title(), aliases, role
        )
        write_people_file(store, cast, show)
    return person


def remove_person(store: ArtifactStore, show: str, person_id: str, force: bool) -> list[str]:
    """Remove somebody from the cast; the pictures that went with them."""
    with open_cast(store) as cast:
        removed = remove_images(store, cast.remove_person(parse_show(show), person_id, force=force))
        write_people_file(store, cast, show)
    return removed


def merge_people(store: ArtifactStore, show: str, source: str, target: str) -> Person:
    """Make one person part of another."""
    with open_cast(store) as cast:
        person = cast.merge_people(parse_show(show), source, target)
        write_people_file(store, cast, show)
    return person


def assign(store: ArtifactStore, ep_id: str, identity_id: str, person_id: str) -> bool:
    """Say who an identity is; whether that is news.

    Raises:
        UserError: no such identity or person, or one that shares a frame with another identity of that person.
    """
    show = parse_ep_id(ep_id).show
    identities = load_artifact(store, IDENTITIES, ep_id).content.identities
    if identity_id not in {identity.identity_id for identity in identities}:
        raise UserError(f"There is no {identity_id} in {ep_id}: `screenalytics show --ep-id {ep_id}` lists them.")
    exceptions = read_exceptions(store, ep_id)
    together = identities_together(identities, load_artifact(store, TRACKS, ep_id).rows, exceptions)
    with open_cast(store) as cast:
        _refuse_twice_in_a_frame(cast.owners(show, ep_id, person_id), identity_id, together)
        changed = cast.assign(show, ep_id, identity_id, person_id, "person")
        write_people_file(store, cast, show)
    return changed


def _refuse_twice_in_a_frame(owned: Sequence[Owner], identity_id: str, together: set[tuple[str, str]]) -> None:
    for owner in owned:
        beside = tuple(sorted((identity_id, owner.identity_id)))
        if owner.assigned_by == "person" and beside in together:
            raise UserError(
                f"{identity_id} shares a frame with {owner.identity_id}, which you named {owner.person_id}: nobody is "
                f"twice in a picture, unless same_person_in_frame.yaml says so."
            )


def add_photos(
    store: ArtifactStore, show: str, person_id: str, photos: Sequence[Path], face: int | None, keep_original: bool
) -> tuple[list[Seed], list[str]]:
    """Add reference faces from photos; those added, and a sentence for each photo that was refused."""
    engine = default_engine()
    added: list[Seed] = []
    refused: list[str] = []
    with open_cast(store) as cast:
        cast.person(parse_show(show), person_id)
        for photo in photos:
            try:
                content = read_regular_file(photo, MAX_BYTES)
                found = reference_face(content, photo.name, engine, PhotoLimits(), face)
                original = {f"orig{photo_suffix(content)}": content} if keep_original else {}
                added.append(_add(store, cast, show, person_id, found, engine, "photo", photo.name, original))
            except UserError as error:
                refused.append(str(error))
        write_people_file(store, cast, show)
    return added, refused


def add_from_identity(
    store: ArtifactStore, show: str, person_id: str, ep_id: str, identity_id: str
) -> tuple[list[Seed], list[str]]:
    """Add reference faces from the best representatives of an identity that a person has reviewed.

    Raises:
        UserError: the identity was not named by a person as this one, and is not locked under that name either: what
            the machine assigned never becomes a reference by itself.
    """
    engine = default_engine(load_artifact(store, IDENTITIES, ep_id).model_pack)
    identity = _reviewed(store, show, person_id, ep_id, identity_id)
    added: list[Seed] = []
    refused: list[str] = []
    with open_cast(store) as cast:
        for track, frame, key in best_crops(store, ep_id, identity):
            origin = f"{ep_id}:{identity_id}:{track}:{frame}"
            try:
                content = bytes(store.frames(ep_id, *key.split("/")).read_bytes())
                found = reference_face(content, f"{ep_id}/{key}", engine, PhotoLimits())
                added.append(_add(store, cast, show, person_id, found, engine, "identity", origin, {}))
            except UserError as error:
                refused.append(str(error))
        write_people_file(store, cast, show)
    return added, refused


def best_crops(store: ArtifactStore, ep_id: str, identity: Identity) -> list[tuple[str, int, str]]:
    """Track, frame and crop of the clearest face of each track of an identity, the clearest tracks first."""
    faces = [face for face in load_artifact(store, FACES, ep_id).rows if face.embedding_row is not None]
    own = sorted(
        (face for face in faces if face.track_id in identity.track_ids),
        key=lambda face: (-(face.embedding_norm or 0.0), face.face_id),
    )
    best = {face.track_id: face for face in reversed(own)}
    chosen = sorted(best.values(), key=own.index)[:SEEDS_OF_AN_IDENTITY]
    return [(face.track_id, face.frame, face.crop_key) for face in chosen]


def _reviewed(store: ArtifactStore, show: str, person_id: str, ep_id: str, identity_id: str) -> Identity:
    if parse_ep_id(ep_id).show != parse_show(show):
        raise UserError(f"{ep_id} is no episode of {show}: reference faces come from the person's own show.")
    identities = {i.identity_id: i for i in load_artifact(store, IDENTITIES, ep_id).content.identities}
    identity = identities.get(identity_id)
    if identity is None:
        raise UserError(f"There is no {identity_id} in {ep_id}: `screenalytics show --ep-id {ep_id}` lists them.")
    with open_cast(store) as cast:
        owners = [o for o in cast.owners(show, ep_id, person_id) if o.identity_id == identity_id]
    said = any(owner.assigned_by == "person" for owner in owners)
    if not said and not (identity.locked and identity.labels.person_id == person_id):
        raise UserError(
            f"Nobody has said yet that {identity_id} of {ep_id} is {person_id}: look at it, and say so with "
            f"`screenalytics cast assign --ep-id {ep_id} --identity {identity_id} --person {person_id}`."
        )
    return identity


def remove_seed(store: ArtifactStore, show: str, seed_id: str) -> list[str]:
    """Remove a reference face and its pictures."""
    with open_cast(store) as cast:
        removed = remove_images(store, cast.remove_seed(parse_show(show), seed_id))
        write_people_file(store, cast, show)
    return removed


def feature_seed(store: ArtifactStore, show: str, seed_id: str) -> None:
    """Make a reference face the one that stands for its person."""
    with open_cast(store) as cast:
        cast.feature_seed(parse_show(show), seed_id)
        write_people_file(store, cast, show)


def default_engine(pack: str | None = None) -> Engine:
    """The engine of a pack, or of the one that the settings name."""
    machine = resolve(InferenceSettings, config_dir()).values
    name = pack or resolve(DetectionSettings, config_dir()).values.pack
    return load_engine(name, config_dir(), machine.device, machine.threads)


def people_table(store: ArtifactStore, show: str) -> Table:
    """One row a person."""
    table = Table("person", "name", "role", "aliases", "reference faces", "identities", title=f"cast of {show}")
    with open_cast(store) as cast:
        document = cast.people_document(parse_show(show))
    for person in document["people"]:
        table.add_row(
            person["person_id"],
            person["name"],
            person["role"],
            ", ".join(person["aliases"]),
            str(person["seeds"]),
            str(len(person["cluster_ids"])),
        )
    return table


def person_lines(store: ArtifactStore, show: str, person_id: str) -> list[str]:
    """What is known of one person, a line each."""
    with open_cast(store) as cast:
        person = cast.person(parse_show(show), person_id)
        owners = cast.owners(show, person_id=person_id)
    lines = [f"{person.name}  {person.person_id} of {show}{f', {person.role}' if person.role else ''}"]
    lines += [f"also known as {', '.join(person.aliases)}"] if person.aliases else []
    return lines + [f"is {owner.identity_id} of {owner.ep_id}, said by the {owner.assigned_by}" for owner in owners]


def seeds_table(store: ArtifactStore, show: str, person_id: str | None) -> Table:
    """One row a reference face, with its similarity to the person's others in the default pack."""
    pack = load_pack(resolve(DetectionSettings, config_dir()).values.pack, config_dir())
    table = Table(
        "reference face", "person", "from", "face px", "sharpness", "to the others", title=f"facebank of {show}"
    )
    with open_cast(store) as cast:
        seeds = cast.seeds(parse_show(show), person_id)
        featured = {person.featured_seed_id for person in cast.people(show)}
        stored = cast.vectors(show, stored_pack(pack))
    rows = {seed: row for row, seed in enumerate(stored.seed_ids) if seed is not None}
    for seed in seeds:
        own = [rows[other.seed_id] for other in seeds if other.person_id == seed.person_id and other.seed_id in rows]
        others = [row for row in own if row != rows.get(seed.seed_id)]
        values = (
            stored.vectors[others] @ stored.vectors[rows[seed.seed_id]]
            if seed.seed_id in rows and others
            else np.empty(0)
        )
        table.add_row(
            f"{seed.seed_id}{' (featured)' if seed.seed_id in featured else ''}",
            seed.person_id,
            seed.origin,
            f"{seed.quality.face_px:.0f}",
            f"{seed.quality.crop_std:.0f}",
            f"{values.mean():.3f} ({values.min():.3f} to {values.max():.3f})" if len(values) else "",
        )
    return table


def assignments_table(store: ArtifactStore, ep_id: str) -> Table:
    """One row an identity: who it is, or who it may be and why nobody was named."""
    content = load_artifact(store, CAST_ASSIGNMENTS, ep_id).content
    table = Table("identity", "who", "similarity", "candidates", "why", title=f"{ep_id}: {content.assigned} named")
    for row in content.assignments:
        candidates = ", ".join(f"{c.person_id} {c.similarity:.2f}" for c in row.candidates[:3])
        who = row.name or ("?" if row.status == "needs_review" else "")
        table.add_row(
            row.identity_id, who, "" if row.similarity is None else f"{row.similarity:.3f}", candidates, row.reason
        )
    return table


def _add(
    store: ArtifactStore,
    cast: "CastStore",
    show: str,
    person_id: str,
    found: ReferenceFace,
    engine: Engine,
    source: SeedSource,
    origin: str,
    more: dict[str, bytes],
) -> Seed:
    seed_id = new_seed_id()
    images = {"d.png": found.display_png(), "e.png": found.aligned_png()} | more
    files = write_images(store, show, person_id, seed_id, images)
    x1, y1, x2, y2 = found.box
    quality = SeedQuality(found.det_score, found.crop_std, min(x2 - x1, y2 - y1))
    seed = Seed(seed_id, show, person_id, source, origin, found.content_sha256, quality, found.box, files)
    try:
        return cast.add_seed(seed, {stored_pack(engine.pack): (found.vector, found.norm)})
    except BaseException:
        remove_images(store, files)
        raise
