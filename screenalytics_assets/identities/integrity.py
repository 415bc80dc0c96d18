"""Integrity of the identities."""

from collections import Counter

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings


def identity_faults(content: Identities, embeddings: TrackEmbeddings, embeddings_sha256: str) -> list[str]:
    """Everything in the identities that contradicts itself or the track embeddings they were made from."""
    faults = []
    if content.metadata.embeddings_sha256 != embeddings_sha256:
        faults.append("the identities were made from other track embeddings than those that lie there now")
    homes = Counter(track for identity in content.identities for track in identity.track_ids)
    homes.update(content.unusable_tracks)
    known = {row.track_id for row in embeddings.rows}
    faults += [f"{track} is in no identity" for track in sorted(known - homes.keys())]
    faults += [f"{track} is in an identity and is no track" for track in sorted(homes.keys() - known)]
    faults += [f"{track} is in {count} identities" for track, count in sorted(homes.items()) if count > 1]
    names = Counter(identity.identity_id for identity in content.identities)
    faults += [f"{name} occurs {count} times" for name, count in sorted(names.items()) if count > 1]
    return faults + _metadata_faults(content)


def _metadata_faults(content: Identities) -> list[str]:
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
        f"metadata states {name} {getattr(stated, name)}, and {value} can be counted"
        for name, value in counted.items()
        if getattr(stated, name) != value
    ]
