"""Integrity of a season's identities, and whether they are of today."""

from collections import Counter
from collections.abc import Mapping

from screenalytics_assets.contract.season_records import SeasonIdentities


def season_faults(content: SeasonIdentities, tracks_of: Mapping[str, set[str]]) -> list[str]:
    """What contradicts itself or the episodes' tracks; `tracks_of` holds the track ids of the unchanged episodes."""
    homes = Counter(
        (ep_id, track) for identity in content.identities for ep_id, own in identity.tracks.items() for track in own
    )
    homes.update((episode.ep_id, track) for episode in content.episodes for track in episode.unusable_tracks)
    known = {(ep_id, track) for ep_id, tracks in tracks_of.items() for track in tracks}
    named = {key for key in homes if key[0] in tracks_of}
    faults = [f"{ep_id} {track} is in no identity" for ep_id, track in sorted(known - named)]
    faults += [f"{ep_id} {track} is in an identity and is no track" for ep_id, track in sorted(named - known)]
    faults += [f"{key[0]} {key[1]} is in {count} identities" for key, count in sorted(homes.items()) if count > 1]
    names = Counter(identity.identity_id for identity in content.identities)
    return faults + [f"{name} occurs {count} times" for name, count in sorted(names.items()) if count > 1]


def behind(content: SeasonIdentities, digests: Mapping[str, str]) -> list[str]:
    """How the season lags behind the show's embeddings, whose digests by episode are `digests`."""
    made_from = {episode.ep_id: episode.embeddings_digest for episode in content.episodes}
    lag = [f"{ep_id} is new" for ep_id in sorted(digests.keys() - made_from.keys())]
    lag += [f"{ep_id} is gone" for ep_id in sorted(made_from.keys() - digests.keys())]
    changed = sorted(ep_id for ep_id, digest in made_from.items() if digests.get(ep_id, digest) != digest)
    return lag + [f"{ep_id} was made again" for ep_id in changed]
