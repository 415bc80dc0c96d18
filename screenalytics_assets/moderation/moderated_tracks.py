"""Tracks with the decisions that live in their rows: dismissals and cuts."""

from collections.abc import Sequence
from dataclasses import dataclass

from screenalytics_assets.contract.schemas import EpisodeVideo, Tracks
from screenalytics_assets.moderation.anchors import scene_of
from screenalytics_assets.moderation.cut_tracks import cut_tracks, uncut_tracks
from screenalytics_assets.moderation.mark_tracks import mark_tracks
from screenalytics_assets.moderation.replay import replay
from screenalytics_resources.decisions.records import Decision

_CUTS = frozenset({"cut", "undo"})
_MARKS = frozenset({"dismiss", "restore", "undo"})


@dataclass(frozen=True)
class ModeratedTracks:
    """Tracks with the decisions applied."""

    tracks: Tracks
    refused: tuple[str, ...]
    """One sentence per cut that could not be made in these tracks."""


def moderated_tracks(tracks: Tracks, decisions: Sequence[Decision], video: EpisodeVideo) -> ModeratedTracks:
    """Return `tracks` with exactly the cuts and marks that the decisions ask for, whatever they had before.

    Cuts are found on the uncut tracks, because a cut track no longer spans the time of its cut. Dismissals are found on
    the tracks after the cuts, because one part alone may be dismissed.
    """
    whole = tracks.with_rows(uncut_tracks(tracks.rows))
    asked = replay([d for d in decisions if d.kind in _CUTS], scene_of(whole, video)).cuts
    cut = cut_tracks(tracks.rows, asked)
    after = tracks.with_rows(cut.rows)
    dismissed = replay([d for d in decisions if d.kind in _MARKS], scene_of(after, video)).dismissed
    return ModeratedTracks(tracks.with_rows(mark_tracks(cut.rows, dismissed.keys())), cut.refused)
