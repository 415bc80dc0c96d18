"""Every asset check of the graph.

A new artifact's checks are added here. The checks themselves belong in the artifact's folder. This module imports no
asset, so code that only evaluates checks does not depend on the assets.
"""

from screenalytics_assets.cast.checks import CAST_ASSIGNMENTS_CHECKS
from screenalytics_assets.cleanup.checks import CLEANUP_REPORT_CHECKS
from screenalytics_assets.episode_video.checks import EPISODE_VIDEO_CHECKS
from screenalytics_assets.faces.checks import FACES_CHECKS
from screenalytics_assets.identities.checks import IDENTITIES_CHECKS
from screenalytics_assets.identity_evaluation.checks import IDENTITY_EVALUATION_CHECKS
from screenalytics_assets.merge_suggestions.checks import MERGE_SUGGESTIONS_CHECKS
from screenalytics_assets.review_proxy.checks import REVIEW_PROXY_CHECKS
from screenalytics_assets.screen_time.checks import SCREEN_TIME_CHECKS
from screenalytics_assets.season_identities.checks import SEASON_IDENTITIES_CHECKS
from screenalytics_assets.season_screen_time.checks import SEASON_SCREEN_TIME_CHECKS
from screenalytics_assets.track_embeddings.checks import TRACK_EMBEDDINGS_CHECKS
from screenalytics_assets.track_reps.checks import TRACK_REPS_CHECKS
from screenalytics_assets.tracks.checks import TRACKS_CHECKS

CHECKS = (
    EPISODE_VIDEO_CHECKS,
    TRACKS_CHECKS,
    FACES_CHECKS,
    TRACK_EMBEDDINGS_CHECKS,
    IDENTITIES_CHECKS,
    CAST_ASSIGNMENTS_CHECKS,
    MERGE_SUGGESTIONS_CHECKS,
    TRACK_REPS_CHECKS,
    IDENTITY_EVALUATION_CHECKS,
    SCREEN_TIME_CHECKS,
    SEASON_IDENTITIES_CHECKS,
    SEASON_SCREEN_TIME_CHECKS,
    CLEANUP_REPORT_CHECKS,
    REVIEW_PROXY_CHECKS,
)
"""One entry per asset, in the order of the graph."""
