"""Finds identities that share a frame and therefore are different people."""

from collections.abc import Sequence

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.cooccurrence import sharing_pairs


def identities_together(
    identities: Sequence[Identity], tracks: Sequence[Track], exceptions: Exceptions
) -> set[tuple[str, str]]:
    """Return pairs of ids of identities that have tracks in the same frame, the lower id first; see `sharing_pairs`."""
    identity_of = {track: identity.identity_id for identity in identities for track in identity.track_ids}
    in_identity = [track for track in tracks if track.track_id in identity_of]
    ids = [identity_of[track.track_id] for track in in_identity]
    pairs = [sorted((ids[one], ids[other])) for one, other in sharing_pairs(in_identity, exceptions).tolist()]
    return {(one, other) for one, other in pairs if one != other}
