"""Integrity of `identities.json`."""

from collections import Counter

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings


def identity_problems(content: Identities, embeddings: TrackEmbeddings, embeddings_sha256: str) -> list[str]:
    """List the contradictions within the identities, and between them and the stored track embeddings."""
    problems = []
    if content.metadata.embeddings_sha256 != embeddings_sha256:
        problems.append("the identities were built from track embeddings that have changed since")
    occurrences = Counter(track for identity in content.identities for track in identity.track_ids)
    occurrences.update(content.unusable_tracks)
    occurrences.update(content.dismissed_tracks or ())
    known = {row.track_id for row in embeddings.rows}
    problems += [f"{track} is in no identity" for track in sorted(known - occurrences.keys())]
    problems += [f"{track} is in an identity but is not a track" for track in sorted(occurrences.keys() - known)]
    problems += [f"{track} is in {count} identities" for track, count in sorted(occurrences.items()) if count > 1]
    names = Counter(identity.identity_id for identity in content.identities)
    problems += [f"{name} occurs {count} times" for name, count in sorted(names.items()) if count > 1]
    problems += [
        f"the members of {identity.identity_id} are not its tracks"
        for identity in content.identities
        if identity.members is not None and tuple(m.track_id for m in identity.members) != identity.track_ids
    ]
    return problems + _metadata_problems(content)


def _metadata_problems(content: Identities) -> list[str]:
    """List the counts in the metadata that differ from the identities."""
    sizes = [len(identity.track_ids) for identity in content.identities]
    stated = content.metadata
    tracks = sum(sizes)
    counted = {
        "num_identities": len(sizes),
        "num_tracks": tracks,
        "num_unusable_tracks": len(content.unusable_tracks),
        "num_clusters": sum(size >= stated.min_cluster_size for size in sizes),
        "num_singletons": sizes.count(1),
        "singleton_fraction": round(sizes.count(1) / tracks, 4) if tracks else 0.0,
        "largest_cluster_size": max(sizes, default=0),
        "largest_cluster_fraction": round(max(sizes) / tracks, 4) if tracks else 0.0,
        "avg_cluster_size": round(tracks / len(sizes), 4) if sizes else 0.0,
    }
    return [
        f"metadata states {name} {getattr(stated, name)}, but the identities give {value}"
        for name, value in counted.items()
        if getattr(stated, name) != value
    ]
