"""Reference faces of the cast: add them from photos or from a reviewed identity, list, feature and remove them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_app.actions.cast.assignments import identity_of
from screenalytics_app.actions.cast.database import open_cast, open_repaired_cast
from screenalytics_app.actions.moderation.shown import shown_identities
from screenalytics_assets.cast.decode_photo import MAX_BYTES
from screenalytics_assets.cast.lookup import stored_pack
from screenalytics_assets.cast.photo_header import photo_suffix
from screenalytics_assets.cast.reference_photo import PhotoLimits, ReferenceFace, reference_face
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings, InferenceSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import image_keys, remove_images, write_images
from screenalytics_resources.facebank.records import Seed, SeedQuality, SeedSource, new_seed_id
from screenalytics_resources.facebank.unfinished import Command, Record, recorded
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.project import config_dir
from screenalytics_resources.regular_file import read_regular_file

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

SEEDS_PER_IDENTITY = 5
"""Most reference faces taken from one reviewed identity, each from another track."""


@dataclass(frozen=True)
class PhotoRequest:
    """Photos of a person. `face` picks one of several faces, counted from the left starting with 1."""

    show: str
    person_id: str
    photos: Sequence[Path]
    face: int | None = None
    keep_original: bool = False


@dataclass(frozen=True)
class AddedFaces:
    """Reference faces that were added, and one sentence for each picture that was refused."""

    added: tuple[Seed, ...]
    refused: tuple[str, ...]


def add_photos(store: ArtifactStore, request: PhotoRequest) -> AddedFaces:
    """Add reference faces from photos; a photo that is refused does not stop the others."""
    photos = [(photo.name, partial(read_regular_file, photo, MAX_BYTES)) for photo in request.photos]
    return _add_each(store, request.show, request.person_id, photos, request.face, request.keep_original)


def add_uploads(store: ArtifactStore, show: str, person_id: str, uploads: Sequence[tuple[str, bytes]]) -> AddedFaces:
    """Add reference faces from uploaded pictures, given as name and content; a refused one does not stop the others."""
    return _add_each(store, show, person_id, [(name, partial(bytes, content)) for name, content in uploads])


def _add_each(
    store: ArtifactStore,
    show: str,
    person_id: str,
    photos: Sequence[tuple[str, Callable[[], bytes]]],
    chosen: int | None = None,
    keep_original: bool = False,
) -> AddedFaces:
    engine = default_engine()
    added: list[Seed] = []
    refused: list[str] = []
    with _face_writer(store, parse_show(show), person_id, engine, "photo") as writer:
        for name, read in photos:
            try:
                content = read()
                face = reference_face(content, name, engine, PhotoLimits(), chosen)
                original = {f"orig{photo_suffix(content)}": content} if keep_original else {}
                added.append(writer.add(face, name, original))
            except UserError as error:
                refused.append(str(error))
    return AddedFaces(tuple(added), tuple(refused))


def add_from_identity(store: ArtifactStore, show: str, person_id: str, ep_id: str, identity_id: str) -> AddedFaces:
    """Add reference faces from the best representatives of an identity that a person has reviewed.

    Raises:
        UserError: no person assigned the identity to this person, and it is not locked under that name either. An
            assignment by the machine never becomes a reference without a review.
    """
    engine = default_engine(load_artifact(store, IDENTITIES, ep_id).model_pack)
    identity = _reviewed(store, show, person_id, ep_id, identity_id)
    added: list[Seed] = []
    refused: list[str] = []
    with _face_writer(store, show, person_id, engine, "identity") as writer:
        for track, frame, key in best_crops(store, ep_id, identity):
            try:
                content = bytes(store.frames(ep_id, *key.split("/")).read_bytes())
                face = reference_face(content, f"{ep_id}/{key}", engine, PhotoLimits())
                added.append(writer.add(face, f"{ep_id}:{identity_id}:{track}:{frame}", {}))
            except UserError as error:
                refused.append(str(error))
    return AddedFaces(tuple(added), tuple(refused))


def best_crops(store: ArtifactStore, ep_id: str, identity: Identity) -> list[tuple[str, int, str]]:
    """Return track, frame and crop key of the clearest face of each track of an identity, clearest tracks first.

    Uncertain tracks may show another person, so they are left out.
    """
    faces = [face for face in load_artifact(store, FACES, ep_id).rows if face.embedding_row is not None]
    clearest_first = sorted(
        (face for face in faces if face.track_id in identity.certain_track_ids),
        key=lambda face: (-(face.embedding_norm or 0.0), face.face_id),
    )
    best = {face.track_id: face for face in reversed(clearest_first)}
    chosen = sorted(best.values(), key=clearest_first.index)[:SEEDS_PER_IDENTITY]
    return [(face.track_id, face.frame, face.crop_key) for face in chosen]


def remove_seed(store: ArtifactStore, show: str, seed_id: str) -> list[str]:
    """Remove a reference face; return the keys of its pictures."""
    with open_repaired_cast(store) as (cast, killed):
        pictures = {seed.seed_id: seed.files for seed in cast.seeds(parse_show(show))}
        earlier = [c for c in killed if (c.kind, c.show) == ("remove-face", show) and c.has_face(seed_id)]
        if earlier and seed_id not in pictures:
            return list(earlier[0].pictures)
        with recorded(store, cast, Command("remove-face", show, pictures=pictures.get(seed_id, ()))):
            return remove_images(store, cast.remove_seed(show, seed_id))


def feature_seed(store: ArtifactStore, show: str, seed_id: str) -> None:
    """Make a reference face the one that represents its person."""
    with open_cast(store) as cast, recorded(store, cast, Command("feature", parse_show(show))):
        cast.feature_seed(show, seed_id)


def default_engine(pack: str | None = None) -> Engine:
    """Load the engine of `pack`, or of the pack that the settings name."""
    machine = resolve(InferenceSettings, config_dir()).values
    name = pack or resolve(DetectionSettings, config_dir()).values.pack
    return load_engine(name, config_dir(), machine.device, machine.threads, precision=machine.precision)


@contextmanager
def _face_writer(
    store: ArtifactStore, show: str, person_id: str, engine: Engine, source: SeedSource
) -> Iterator["_FaceWriter"]:
    """Yield a writer of reference faces of a person. Afterwards pictures and `people.json` agree with the database."""
    with open_repaired_cast(store) as (cast, killed):
        cast.person(show, person_id)
        unfinished = tuple(c for c in killed if (c.kind, c.show, c.person) == ("add-faces", show, person_id))
        with recorded(store, cast, Command("add-faces", show, person_id)) as record:
            yield _FaceWriter(store, cast, show, person_id, engine, source, record, unfinished)


@dataclass(frozen=True)
class _FaceWriter:
    """Writes reference faces of one person: pictures to the data root, rows and vectors to the database."""

    store: ArtifactStore
    cast: "CastStore"
    show: str
    person_id: str
    engine: Engine
    source: SeedSource
    record: Record
    killed: tuple[Command, ...]
    """Earlier calls for this person that were killed."""

    def add(self, face: ReferenceFace, origin: str, more_images: dict[str, bytes]) -> Seed:
        """Write the pictures and the row of a face; a failure removes the pictures again.

        A face that a killed call has added counts as added by this one.
        """
        seed_id = new_seed_id()
        images = {"d.png": face.display_png(), "e.png": face.aligned_png()} | more_images
        files = image_keys(self.store, self.show, self.person_id, seed_id, images)
        x1, y1, x2, y2 = face.box
        quality = SeedQuality(face.det_score, face.crop_std, min(x2 - x1, y2 - y1))
        seed = Seed(
            seed_id, self.show, self.person_id, self.source, origin, face.content_sha256, quality, face.box, files
        )
        self.record.add_pictures(files)
        try:
            write_images(self.store, self.show, self.person_id, seed_id, images)
            return self.cast.add_seed(seed, {stored_pack(self.engine.pack): (face.vector, face.norm)})
        except UserError:
            remove_images(self.store, files)
            if (earlier := self._added_by_killed(face.content_sha256)) is not None:
                return earlier
            raise
        except BaseException:
            remove_images(self.store, files)
            raise

    def _added_by_killed(self, content_sha256: str) -> Seed | None:
        if self.killed:
            for seed in self.cast.seeds(self.show, self.person_id):
                if seed.content_sha256 == content_sha256 and any(c.has_face(seed.seed_id) for c in self.killed):
                    return seed
        return None


def _reviewed(store: ArtifactStore, show: str, person_id: str, ep_id: str, identity_id: str) -> Identity:
    if parse_ep_id(ep_id).show != parse_show(show):
        raise UserError(f"{ep_id} is not an episode of {show}: reference faces come from the person's own show.")
    identity = identity_of(shown_identities(store, ep_id).identities, ep_id, identity_id)
    by_person = identity.locked or identity.labels.assigned_by == "person"
    if not by_person or identity.labels.person_id != person_id:
        raise UserError(
            f"{identity_id} of {ep_id} has not been reviewed as {person_id}: look at it, and confirm it with "
            f"`screenalytics cast assign --ep-id {ep_id} --identity {identity_id} --person {person_id}`."
        )
    return identity
