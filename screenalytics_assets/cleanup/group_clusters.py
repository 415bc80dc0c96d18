"""Phase `group_clusters`: gives identities the names of the cast and merges the identities of one person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.clustering.constraints import Constraints
from screenalytics_assets.contract.identity_records import Identities, Identity, Labels
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.made_with import clustering_settings
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.moderation.vouched import vouched_tracks
from screenalytics_resources.facebank.records import AssignedBy
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class Grouped:
    """Identities after grouping, and what happened to the previous ones."""

    content: Identities
    merged: Mapping[str, tuple[str, ...]]
    """New id -> previous ids, for identities merged from several."""
    assigned: Mapping[str, str]
    """New id -> person, for identities named by the machine."""
    needs_review: Mapping[str, str]
    """New id -> reason why the identity needs a review."""


def group_clusters(
    current: Identities,
    stored: Identities | None,
    episode: Episode,
    matches: Sequence[PersonMatch],
    names: Mapping[str, str],
    pack: Pack,
    now: datetime,
    moderation: Moderation = NO_MODERATION,
) -> Grouped:
    """Name the identities of `current` according to `matches`, and merge the identities of one person.

    `match_people` ensures that no two identities of one person share a frame. A locked identity keeps its tracks: it is
    not merged with another one. Names given by people stay; `moderation` is what they said. A name given by the machine
    is removed if the machine no longer gives it. `stored` is the last result that was written: ids carry over from it,
    and the lineage refers to it.
    """
    match_of = {match.identity_id: match for match in matches}
    groups = _groups(current.identities, match_of, {row.track_id for row in episode.usable})
    members = [[track for identity in group for track in identity.track_ids] for group in groups]
    settings = clustering_settings(current)
    bounds = thresholds(settings, pack)
    clusters = Clusters(_labels(episode, members), bounds, {}, {}, _vouched(episode, moderation), (), {}, 0)
    built = build_identities(episode, clusters, settings, pack, now, stored, moderation)
    group_of = {track: group for tracks, group in zip(members, groups, strict=True) for track in tracks}
    identities, merged, assigned, review = [], {}, {}, {}
    for identity in built.identities:
        group = next((group_of[track] for track in identity.track_ids if track in group_of), [identity])
        match = match_of.get(group[0].identity_id)
        named = _named(identity, group, match, names)
        renamed = (named.label, named.labels) != (identity.label, identity.labels)
        identities.append(named.model_copy(update={"updated_at": now}) if renamed else named)
        if len(group) > 1:
            merged[identity.identity_id] = tuple(sorted(member.identity_id for member in group))
        if named.labels.assigned_by == "machine" and named.labels.person_id:
            assigned[identity.identity_id] = named.labels.person_id
        if match is not None and match.status == "needs_review":
            review[identity.identity_id] = match.reason
    content = _with_clustering_facts(built, current).model_copy(update={"identities": tuple(identities)})
    return Grouped(content, merged, assigned, review)


def _groups(
    identities: Sequence[Identity], match_of: Mapping[str, PersonMatch], usable: Collection[str]
) -> list[list[Identity]]:
    """Group the identities by person. One that is locked, or has no person or no `usable` track, is its own group."""
    groups: dict[str, list[Identity]] = {}
    for identity in identities:
        match = match_of.get(identity.identity_id)
        faceless = not any(track in usable for track in identity.track_ids)
        alone = identity.locked or faceless or match is None or match.person_id is None
        key = identity.identity_id if alone or match is None else f"person {match.person_id}"
        groups.setdefault(key, []).append(identity)
    return list(groups.values())


def _labels(episode: Episode, members: Sequence[Sequence[str]]) -> np.ndarray:
    """Return the label (U,) of every usable track: the number of its group, in order of first appearance."""
    group_of = {track: number for number, tracks in enumerate(members) for track in tracks}
    order: dict[int, int] = {}
    labels = [
        order.setdefault(group_of[row.track_id], len(order)) if row.track_id in group_of else UNUSABLE
        for row in episode.usable
    ]
    return np.array(labels, np.int64)


def _vouched(episode: Episode, moderation: Moderation) -> Constraints:
    """Return the tracks that people said something about, as rows. Their membership is certain."""
    said = vouched_tracks(moderation)
    return Constraints(vouched=np.flatnonzero([row.track_id in said for row in episode.usable]))


def _named(
    identity: Identity, group: Sequence[Identity], match: PersonMatch | None, names: Mapping[str, str]
) -> Identity:
    """Return `identity`, merged from `group`, with its name. A name given by a person comes before the machine's."""
    outlier = group[0].outlier_reason if len(group) == 1 else None
    before = next((one.labels for one in (identity, *group) if one.labels.assigned_by == "person"), identity.labels)
    if group[0].locked and before.assigned_by != "person":
        kept = {"label": group[0].label, "labels": group[0].labels}
        return identity.model_copy(update={**kept, "outlier_reason": outlier})
    person = before.person_id if before.assigned_by == "person" else match.person_id if match else None
    name = names.get(person) if person else None
    by: AssignedBy = "person" if before.assigned_by == "person" else "machine"
    labels = Labels(person_id=person, name=name, assigned_by=by) if person else Labels()
    written = None if before.assigned_by == "machine" and identity.label == before.name else identity.label
    return identity.model_copy(update={"label": written or name, "labels": labels, "outlier_reason": outlier})


def _with_clustering_facts(built: Identities, current: Identities) -> Identities:
    """Copy into `built` the facts about the clustering in `current`, which grouping does not compute again."""
    kept = ("num_adopted", "cannot_link_pairs", "must_link_pairs", "prevented_merges")
    metadata = built.metadata.model_copy(update={name: getattr(current.metadata, name) for name in kept})
    stats = built.stats.model_copy(update={"outlier_tracks": current.stats.outlier_tracks})
    facts = {"contradictions": current.contradictions, "decisions": current.decisions}
    return built.model_copy(update={"metadata": metadata, "stats": stats, **facts})
