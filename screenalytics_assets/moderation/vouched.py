"""Tracks that a person vouches for. They belong to an identity, however poor their faces are."""

from screenalytics_assets.moderation.state import Moderation


def vouched_tracks(moderation: Moderation) -> set[str]:
    """Return the tracks that a person said something about, other than to dismiss or to cut them."""
    pairs = (*moderation.groups, *moderation.apart, *moderation.together, *moderation.locks)
    said = {track for tracks in pairs for track in tracks}
    said |= {*moderation.names, *moderation.labels, *moderation.representatives, *moderation.reviewed}
    return said - moderation.dismissed.keys()
