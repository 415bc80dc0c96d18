"""The cast of a show and its reference faces. A `cast_id` is `show:person_id`, such as `demo:ada-example`."""

from pydantic import Field

from screenalytics_app.api.models.common import Id, Model, Name, PersonId, Show


class CastCard(Model):
    """A person of a show."""

    cast_id: str
    show: str
    person_id: Id
    name: str
    role: str
    aliases: tuple[str, ...]
    reference_faces: int = Field(ge=0)
    identities: tuple[str, ...] = Field(description="as `ep_id:identity_id`")
    image_url: str | None = Field(description="the featured reference face")


class NewPerson(Model):
    """A person to add. Without a `person_id`, it is made from the name."""

    show: Show
    name: Name
    person_id: PersonId | None = None
    aliases: tuple[str, ...] = Field((), max_length=50)
    role: str = Field("", max_length=200)


class SeedCard(Model):
    """A reference face of a person."""

    seed_id: Id
    origin: str
    source: str
    featured: bool
    det_score: float
    side_px: float = Field(description="shorter side of the face, px")
    similarity: float | None = Field(description="mean similarity to the person's other references")
    image_url: str


class CastDetail(CastCard):
    """A person with their reference faces."""

    seeds: tuple[SeedCard, ...]


class UploadedSeeds(Model):
    """Reference faces that an upload added, and one sentence for each refused picture."""

    added: tuple[SeedCard, ...]
    refused: tuple[str, ...]


class PersonChange(Model):
    """What to change on a person. What is left out stays."""

    name: Name | None = None
    aliases: tuple[str, ...] | None = Field(None, max_length=50)
    role: str | None = Field(None, max_length=200)
