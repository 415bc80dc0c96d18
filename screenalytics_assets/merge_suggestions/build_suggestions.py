"""Build the document `merge_suggestions.json` from the artifacts of an episode."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings, Tracks
from screenalytics_assets.contract.suggestion_records import MergeSuggestions
from screenalytics_assets.merge_suggestions.compared_episode import compare_episode
from screenalytics_assets.merge_suggestions.suggest import suggest
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import SuggestionSettings
from screenalytics_resources.inference.packs import Pack


def build_suggestions(
    tracks: Tracks,
    embeddings: TrackEmbeddings,
    identities: Identities,
    cast: CastAssignments,
    pack: Pack,
    settings: SuggestionSettings,
    exceptions: Exceptions,
    clothing: NDArray[np.uint8] | None = None,
    moderation: Moderation = NO_MODERATION,
) -> MergeSuggestions:
    """Return the questions about the episode. What people refused, in `moderation`, is not asked.

    `clothing` (C, 600) holds the clothing descriptors of the tracks' crops; None if they have none.
    """
    episode = compare_episode(
        tracks.rows, embeddings, identities, pack.evidence, exceptions, tracks.metrics.source_fps, clothing
    )
    found = suggest(episode, cast, pack.tracks.min_mean_score, settings, moderation)
    return MergeSuggestions(
        ep_id=tracks.ep_id,
        model_pack=pack.name,
        questions=found.questions,
        least_probability=settings.suggestion_probability,
        left_out=found.left_out,
        apart=found.apart,
    )
