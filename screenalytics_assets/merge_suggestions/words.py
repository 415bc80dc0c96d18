"""Evidence of a question in words."""

from screenalytics_assets.identities.compared_tracks import Rows
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode


def evidence_in_words(
    similarity: float, clothing: float | None, shared: int, episode: ComparedEpisode, rows: Rows, others: Rows
) -> str:
    """Return the figures of two sides, such as `faces 0.41, clothes 0.90, no shared frame; 2 tracks of 9 s, 14 of 80`.

    `similarity` and `clothing` are those between the sides, and `shared` is their number of shared frames.
    """
    faces = f"faces {similarity:.2f}"
    clothes = "" if clothing is None else f", clothes {clothing:.2f}"
    frames = "no shared frame" if shared == 0 else f"{shared} shared frame{'s' if shared > 1 else ''}"
    sides = ", ".join(tracks_in_words(episode, side) for side in (rows, others))
    return f"{faces}{clothes}, {frames}; {sides}"


def tracks_in_words(episode: ComparedEpisode, rows: Rows) -> str:
    """Return the number of tracks and their seconds on screen, such as `14 tracks of 80.2 s`."""
    return f"{len(rows)} track{'' if len(rows) == 1 else 's'} of {episode.seconds(rows):.1f} s"
