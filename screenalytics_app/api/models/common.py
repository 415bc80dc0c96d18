"""Parts that several bodies share."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict

from screenalytics_resources.episode_id import EP_ID_PATTERN, SHOW_PATTERN
from screenalytics_resources.facebank.records import PERSON_ID_PATTERN


class Model(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ItemT = TypeVar("ItemT")


class Page(Model, Generic[ItemT]):
    """Some items of a list. `next` is the cursor of the next page, or null at the end."""

    items: tuple[ItemT, ...]
    next: str | None = None


Fraction = Annotated[float, Field(ge=0, le=1)]
Flag = Annotated[bool, Strict()]
"""Of a request: true or false, and nothing that Python takes for one of them."""
Time = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False, description="seconds from the start of the picture")]
"""Of a request."""
Seconds = Annotated[float, Field(ge=0, description="seconds from the start of the picture")]
EpId = Annotated[str, Field(pattern=EP_ID_PATTERN, max_length=100, examples=["demo-s01e01"])]
Show = Annotated[str, Field(pattern=SHOW_PATTERN, max_length=100, examples=["demo"])]
PersonId = Annotated[str, Field(pattern=PERSON_ID_PATTERN, max_length=100, examples=["ada-example"])]
Name = Annotated[str, Field(pattern=r"\S", max_length=200, examples=["Ada Example"])]
Id = Annotated[str, Field(min_length=1, max_length=100)]
RelativeBox = tuple[Fraction, Fraction, Fraction, Fraction]
"""`x1, y1, x2, y2` as fractions of the frame's width and height."""


class Badge(Model):
    """How good a value is, for its pack. `text` says it in words, because a colour alone is not enough."""

    level: Literal["good", "fair", "poor"]
    text: str = Field(examples=["strong 0.83"])


class PersonRef(Model):
    """A person of the cast."""

    person_id: str
    name: str


class Suggestion(PersonRef):
    """A person that the machine suggests."""

    similarity: float = Field(ge=-1, le=1, description="cosine similarity to the person's nearest reference")


class FieldProblem(Model):
    """A value of the request that is invalid."""

    pointer: str = Field(description="JSON pointer to the value in the body, or the name of the parameter")
    detail: str


class Problem(Model):
    """Problem document (RFC 9457). Every error has this body, with the media type `application/problem+json`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(description="kind of the problem, stable across releases", examples=["/problems/stale"])
    title: str
    status: int
    detail: str = Field(description="one sentence with the invalid value, the rule and the remedy")
    errors: tuple[FieldProblem, ...] = ()
