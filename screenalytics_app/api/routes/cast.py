"""The people of a show and their reference faces."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, Query, Response, UploadFile

from screenalytics_app.actions.cast import people, photos
from screenalytics_app.actions.cast.facebank import FacebankEntry, list_facebank
from screenalytics_app.actions.cast.named_person import id_of
from screenalytics_app.api.context import Store
from screenalytics_app.api.models.cast import CastCard, CastDetail, NewPerson, PersonChange, SeedCard, UploadedSeeds
from screenalytics_app.api.models.common import Page, Show
from screenalytics_app.api.problems import ProblemError
from screenalytics_assets.cast.photo_header import read_size
from screenalytics_resources.episode_id import is_show
from screenalytics_resources.errors import UnknownError
from screenalytics_resources.facebank.images import read_image

router = APIRouter(prefix="/cast", tags=["cast"])
MAX_UPLOADS = 50
MAX_UPLOAD_BYTES = 20_000_000
"""Per picture."""


def _show_and_person(cast_id: Annotated[str, Path(max_length=201, examples=["demo:ada-example"])]) -> tuple[str, str]:
    show, _, person_id = cast_id.partition(":")
    if not is_show(show) or not person_id:
        raise UnknownError(f"There is no person {cast_id[:100]!r}: a cast id is show:person, as GET /cast lists them.")
    return show, person_id


CastId = Annotated[tuple[str, str], Depends(_show_and_person)]
"""Show and person id, from the path."""


@router.get("")
def list_people(store: Store, show: Annotated[Show, Query()]) -> Page[CastCard]:
    """List the people of a show, in order of their ids."""
    images = {entry.seed.person_id: _image_url(entry) for entry in list_facebank(store, show).faces if entry.featured}
    found = people.list_cast(store, show)
    return Page(items=tuple(_card(show, member, images.get(member.person_id)) for member in found.people))


@router.post("", status_code=201)
def add(store: Store, new: NewPerson, response: Response) -> CastCard:
    """Add a person to a show. Without an id, it is made from the name."""
    person_id = new.person_id or id_of(new.name, ())
    made = people.add_person(store, people.NewPerson(new.show, person_id, new.name, new.aliases, new.role))
    response.headers["Location"] = f"/cast/{made.show}:{made.person_id}"
    return _of(store, made.show, made.person_id)


@router.get("/{cast_id}")
def get(store: Store, cast_id: CastId) -> CastDetail:
    """Return a person with their reference faces."""
    return _of(store, *cast_id)


@router.patch("/{cast_id}")
def change(store: Store, cast_id: CastId, changes: PersonChange) -> CastDetail:
    """Change name, aliases or role."""
    people.update_person(store, *cast_id, **changes.model_dump())
    return _of(store, *cast_id)


@router.delete("/{cast_id}", status_code=204)
def remove(store: Store, cast_id: CastId, force: bool = False) -> None:
    """Remove a person. With reference faces, identities or decisions, only with `force`."""
    people.remove_person(store, *cast_id, force)


@router.post("/{cast_id}/seeds/upload", status_code=201)
def upload(
    store: Store, cast_id: CastId, files: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_UPLOADS)]
) -> UploadedSeeds:
    """Add reference faces from JPEG or PNG pictures that show one clear face. A refused one does not stop the others.

    If all are refused, the answer is 415 for files that are no pictures, and 422 otherwise.
    """
    contents = [(_name(file), _content(file)) for file in files]
    if all(read_size(content) is None for _, content in contents):
        names = ", ".join(name for name, _ in contents)
        raise ProblemError(415, "no-picture", f"{names}: no JPEG or PNG picture. Convert it, or choose another one.")
    result = photos.add_uploads(store, *cast_id, contents)
    if not result.added:
        raise ProblemError(422, "no-face", " ".join(result.refused))
    added = {seed.seed_id for seed in result.added}
    seeds = [_seed(entry) for entry in list_facebank(store, *cast_id).faces if entry.seed.seed_id in added]
    return UploadedSeeds(added=tuple(seeds), refused=result.refused)


@router.get("/{cast_id}/seeds/{seed_id}/image.png", response_class=Response)
def image(store: Store, cast_id: CastId, seed_id: str) -> Response:
    """Return the display picture of a reference face, 512 px square."""
    entry = _entry(store, cast_id, seed_id)
    key = next(key for key in entry.seed.files if key.endswith("_d.png"))
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(read_image(store, key), media_type="image/png", headers=headers)


@router.put("/{cast_id}/seeds/{seed_id}/featured", status_code=204)
def feature(store: Store, cast_id: CastId, seed_id: str) -> None:
    """Make a reference face the one that represents its person."""
    _entry(store, cast_id, seed_id)
    photos.feature_seed(store, cast_id[0], seed_id)


@router.delete("/{cast_id}/seeds/{seed_id}", status_code=204)
def remove_seed(store: Store, cast_id: CastId, seed_id: str) -> None:
    """Remove a reference face and its pictures."""
    _entry(store, cast_id, seed_id)
    photos.remove_seed(store, cast_id[0], seed_id)


def _name(file: UploadFile) -> str:
    return (file.filename or "upload").replace("\\", "/").rpartition("/")[2][:100]


def _content(file: UploadFile) -> bytes:
    content = file.file.read(MAX_UPLOAD_BYTES + 1)
    if len(content) > MAX_UPLOAD_BYTES:
        most = MAX_UPLOAD_BYTES // 1_000_000
        raise ProblemError(413, "too-large", f"{_name(file)} is larger than {most} MB: scale it down.")
    return content


def _entry(store: Store, cast_id: tuple[str, str], seed_id: str) -> FacebankEntry:
    for entry in list_facebank(store, *cast_id).faces:
        if entry.seed.seed_id == seed_id:
            return entry
    raise UnknownError(f"{cast_id[1]} of {cast_id[0]} has no reference face {seed_id[:100]!r}.")


def _of(store: Store, show: str, person_id: str) -> CastDetail:
    member = next((p for p in people.list_cast(store, show).people if p.person_id == person_id), None)
    if member is None:
        raise UnknownError(f"{show} has no person {person_id[:100]!r}: GET /cast?show={show} lists them.")
    entries = list_facebank(store, show, person_id).faces
    featured = next((_image_url(entry) for entry in entries if entry.featured), None)
    card = _card(show, member, featured)
    return CastDetail(**card.model_dump(), seeds=tuple(_seed(entry) for entry in entries))


def _card(show: str, member: people.CastMember, image_url: str | None) -> CastCard:
    return CastCard(
        cast_id=f"{show}:{member.person_id}",
        show=show,
        person_id=member.person_id,
        name=member.name,
        role=member.role,
        aliases=member.aliases,
        reference_faces=member.reference_faces,
        identities=member.identities,
        image_url=image_url,
    )


def _image_url(entry: FacebankEntry) -> str:
    seed = entry.seed
    return f"/cast/{seed.show}:{seed.person_id}/seeds/{seed.seed_id}/image.png"


def _seed(entry: FacebankEntry) -> SeedCard:
    seed = entry.seed
    return SeedCard(
        seed_id=seed.seed_id,
        origin=seed.origin,
        source=seed.source,
        featured=entry.featured,
        det_score=seed.quality.det_score,
        side_px=seed.quality.face_px,
        similarity=None if entry.similarity is None else entry.similarity.mean,
        image_url=_image_url(entry),
    )
