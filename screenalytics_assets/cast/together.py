"""Which identities are seen in one frame, and so are different people."""

from collections.abc import Sequence

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.cooccurrence import sharing_pairs


def identities_together(
    identities: Sequence[Identity], tracks: Sequence[Track], exceptions: Exceptions
) -> set[tuple[str, str]]:
    """Pairs of ids of identities of which tracks share a frame, the lower id first; see `sharing_pairs`."""
    home = {track: identity.identity_id for identity in identities for track in identity.track_ids}
    shown = [track for track in tracks if track.track_id in home]
    pairs = sharing_pairs(shown, exceptions).tolist()
    found = [sorted((home[shown[one].track_id], home[shown[other].track_id])) for one, other in pairs]
    return {(one, other) for one, other in found if one != other}
