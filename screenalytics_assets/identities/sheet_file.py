"""The file of the contact sheet: `frames/{ep_id}/contact_sheet.jpg`."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.contact_sheet import draw_sheet, encode_within, sheet_rows
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track
from screenalytics_resources.artifact_store import ArtifactStore

SHEET = "contact_sheet.jpg"
_MAX_BYTES = 2_000_000


def write_sheet(
    store: ArtifactStore, ep_id: str, identities: Sequence[Identity], faces: Sequence[Face]
) -> NDArray[np.uint8]:
    """Draw the sheet and write its file. Returns the sheet as (H, W, 3) uint8 BGR."""
    rows = sheet_rows(identities, accepted_by_track(faces))
    sheet = draw_sheet(rows, partial(read_crop, store, ep_id))
    store.write(store.frames(ep_id, SHEET), encode_within(sheet, _MAX_BYTES))
    return sheet
