"""Tracks without an embedding. The clustering cannot place them, so only a person's word puts them into an identity."""

from collections import Counter
from collections.abc import Sequence

from screenalytics_assets.identities.decided_links import decided_groups
from screenalytics_assets.moderation.state import Moderation
from screenalytics_assets.moderation.vouched import vouched_tracks


def with_faceless(
    clusters: Sequence[Sequence[str]], faceless: Sequence[str], moderation: Moderation
) -> list[list[str]]:
    """Return the clusters of tracks with the `faceless` ones that people vouch for. These follow the other tracks.

    A track joins the cluster that has most tracks of its group. If the group has no track in any cluster, its tracks
    form a cluster of their own, and so does a track without a group. New clusters come last.
    """
    vouched = vouched_tracks(moderation)
    group_of = {track: group for group in decided_groups(moderation) for track in group}
    cluster_of = {track: number for number, tracks in enumerate(clusters) for track in tracks}
    joined = [list(tracks) for tracks in clusters]
    for track in faceless:
        if track not in vouched:
            continue
        homes = Counter(cluster_of[member] for member in group_of.get(track, ()) if member in cluster_of)
        home = homes.most_common(1)[0][0] if homes else len(joined)
        if home == len(joined):
            joined.append([])
        joined[home].append(track)
        cluster_of[track] = home
    return joined
