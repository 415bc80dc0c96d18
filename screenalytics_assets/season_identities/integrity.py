"""Integrity of the identities of a season, and whether they are up to date."""

from collections import Counter
from collections.abc import Mapping

from screenalytics_assets.contract.season_records import SeasonIdentities


def season_problems(content: SeasonIdentities, tracks_of: Mapping[str, set[str]]) -> list[str]:
    """List the contradictions within the season, and between it and the tracks of the episodes.

    `tracks_of` holds the track ids of the episodes whose tracks have not changed.
    """
    occurrences = Counter(
        (ep_id, track)
        for identity in content.identities
        for ep_id, tracks in identity.tracks.items()
        for track in tracks
    )
    occurrences.update((episode.ep_id, track) for episode in content.episodes for track in episode.unusable_tracks)
    known = {(ep_id, track) for ep_id, tracks in tracks_of.items() for track in tracks}
    named = {key for key in occurrences if key[0] in tracks_of}
    problems = [f"{ep_id} {track} is in no identity" for ep_id, track in sorted(known - named)]
    problems += [f"{ep_id} {track} is in an identity but is not a track" for ep_id, track in sorted(named - known)]
    problems += [
        f"{key[0]} {key[1]} is in {count} identities" for key, count in sorted(occurrences.items()) if count > 1
    ]
    names = Counter(identity.identity_id for identity in content.identities)
    return problems + [f"{name} occurs {count} times" for name, count in sorted(names.items()) if count > 1]


def outdated_episodes(
    content: SeasonIdentities, digests: Mapping[str, tuple[str, str]], not_ready: Mapping[str, str]
) -> list[str]:
    """Describe each difference that building the season again would remove.

    Args:
        content: the stored season.
        digests: digests of the stored tracks and track embeddings per episode.
        not_ready: reason per episode that building the season again would leave out.
    """
    built_from = {episode.ep_id: (episode.tracks_digest, episode.embeddings_digest) for episode in content.episodes}
    left_out = {left.ep_id for left in content.left_out}
    ready = sorted(digests.keys() - built_from.keys() - not_ready.keys())
    outdated = [f"{ep_id} is ready now" if ep_id in left_out else f"{ep_id} is new" for ep_id in ready]
    outdated += [f"{ep_id} was removed" for ep_id in sorted(built_from.keys() - digests.keys() - not_ready.keys())]
    changed = sorted(ep_id for ep_id, digest in built_from.items() if digests.get(ep_id, digest) != digest)
    return outdated + [f"{ep_id} has changed" for ep_id in changed]
