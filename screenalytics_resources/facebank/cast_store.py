"""The cast: who is known by name, with which faces, and who owns which cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

from screenalytics_resources.facebank.connection import open_engine
from screenalytics_resources.facebank.owners import Owners
from screenalytics_resources.facebank.people import People
from screenalytics_resources.facebank.seeds import Seeds
from screenalytics_resources.facebank.vector_search import VectorSearch


class CastStore(People, Seeds, VectorSearch, Owners):
    """The cast database. Every method is one transaction; those that change a show wait for each other."""


@contextmanager
def open_cast_store(root: str) -> Iterator[CastStore]:
    """Yield the cast of the data root `root`.

    It starts the embedded server where none runs and the last user stops it, so keep it open over related work.

    Raises:
        UserError: the database cannot be used; see `open_engine`.
    """
    with open_engine(root) as engine:
        yield CastStore(engine)
