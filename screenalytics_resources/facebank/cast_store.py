"""The cast: named people, their reference faces, the owners of clusters, and what people decided."""

from collections.abc import Iterator
from contextlib import contextmanager

from screenalytics_resources.facebank.connection import open_engine
from screenalytics_resources.facebank.decision_erasure import DecisionErasure
from screenalytics_resources.facebank.earlier_words import EarlierWords
from screenalytics_resources.facebank.owners import Owners
from screenalytics_resources.facebank.people import People
from screenalytics_resources.facebank.seeds import Seeds
from screenalytics_resources.facebank.traces import PersonTraces
from screenalytics_resources.facebank.vector_search import VectorSearch


class CastStore(People, Seeds, VectorSearch, Owners, EarlierWords, DecisionErasure, PersonTraces):
    """The cast database. Every method is one transaction, and transactions that change a show run one at a time."""


@contextmanager
def open_cast_store(root: str) -> Iterator[CastStore]:
    """Yield the cast of the data root `root`.

    Opening starts the embedded server if it is not running, and the last user stops it. Keep the store open for all
    related work.

    Raises:
        UserError: the database cannot be used; see `open_engine`.
    """
    with open_engine(root) as engine:
        yield CastStore(engine)
