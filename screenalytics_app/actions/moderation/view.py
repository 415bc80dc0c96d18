"""An episode as people see it: its tracks and identities, with all decisions laid over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from screenalytics_app.actions.moderation.errors import GoneError, UnknownError
from screenalytics_assets.contract.exceptions_file import Exceptions, exceptions_sha256, read_exceptions
from screenalytics_assets.contract.identity_records import Identities, Member
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, IDENTITIES, TRACKS, Track
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.preview_earlier_words import preview_earlier_words
from screenalytics_assets.moderation.anchors import scene_of
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity, Moderation, Scene
from screenalytics_assets.moderation.vouched import vouched_tracks
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.decisions.records import Anchor, Decision
from screenalytics_resources.errors import UserError
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

_viewed: Recent[tuple[str, str], "View"] = Recent(4)
_opened: Recent[tuple[str, str], tuple[tuple[str, ...], "Episode"]] = Recent(4)


@dataclass(frozen=True)
class Episode:
    """Artifacts of an episode that decisions are about."""

    ep_id: str
    scene: Scene
    identities: Identities
    exceptions: Exceptions

    @cached_property
    def resolver(self) -> Resolver:
        """Finds tracks by anchor."""
        return Resolver(self.scene)


@dataclass(frozen=True)
class View:
    """An episode after the decisions `1..n`."""

    episode: Episode
    decisions: tuple[Decision, ...]

    @cached_property
    def moderated(self) -> ModeratedEpisode:
        """The identities with the decisions laid over them."""
        return overlay(
            self.episode.identities, self.decisions, self.episode.scene, self.moderation, self.episode.resolver
        )

    @cached_property
    def moderation(self) -> Moderation:
        """What the decisions mean for the tracks."""
        return replay(self.decisions, self.episode.scene, self.episode.resolver)

    @cached_property
    def home(self) -> dict[str, str]:
        """Track -> identity."""
        return self.moderated.identity_of_track()

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """Tracks whose membership the last run doubted, and for which no person vouches."""
        doubted = (member.track_id for member in self.stored_members.values() if member.uncertain)
        return frozenset(doubted) - self.vouched

    @cached_property
    def vouched(self) -> frozenset[str]:
        """Tracks that a person said something about."""
        return frozenset(vouched_tracks(self.moderation))

    @cached_property
    def stored_members(self) -> dict[str, Member]:
        """Track -> its membership in the last run."""
        identities = self.episode.identities.identities
        return {member.track_id: member for identity in identities for member in identity.members or ()}

    def identity(self, identity_id: str) -> ModeratedIdentity:
        """Return an identity. Raises `GoneError` if it became part of another one, and `UnknownError` for others."""
        found = self.moderated.identity(identity_id)
        if found is not None:
            return found
        ep_id, successor = self.episode.ep_id, self.moderated.successors.get(identity_id)
        if successor is not None:
            raise GoneError(f"{identity_id} of {ep_id} is now part of {successor}: name that one.", successor)
        raise UnknownError(f"There is no {identity_id} in {ep_id}: name one of its identities.", "identity")

    def track(self, track_id: str) -> Track:
        """Return a track. Raises `UnknownError` if the episode has none with this id."""
        found = self._tracks.get(track_id)
        if found is None:
            raise UnknownError(f"There is no {track_id} in {self.episode.ep_id}: name one of its tracks.", "track")
        return found

    def tracks(self, track_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids without repetitions. Raises `UserError` if one is unknown or there are none."""
        if not track_ids:
            raise UserError("No track is named: give at least one.")
        return tuple(self.track(track_id).track_id for track_id in dict.fromkeys(track_ids))

    def tracks_of(self, anchors: Iterable[Anchor]) -> tuple[str, ...]:
        """Return the tracks that anchors mean."""
        return self.episode.resolver.tracks_in(anchors)

    def sharing(self, some: Iterable[str], others: Iterable[str]) -> tuple[Track, Track] | None:
        """Return the first pair of `some` and `others` that shares a frame, apart from known exceptions, or None."""
        one_side, other_side = set(some), set(others)
        tracks = [track for track in self.episode.scene.tracks if track.track_id in one_side | other_side]
        for first, second in sharing_pairs(tracks, self.episode.exceptions).tolist():
            pair = tracks[first], tracks[second]
            if pair[0].track_id in one_side and pair[1].track_id in other_side:
                return pair
            if pair[1].track_id in one_side and pair[0].track_id in other_side:
                return pair[1], pair[0]
        return None

    @cached_property
    def _tracks(self) -> dict[str, Track]:
        return {track.track_id: track for track in self.episode.scene.tracks}


def open_episode(store: ArtifactStore, ep_id: str) -> Episode:
    """Read the artifacts of an episode. A process reads them again only after they changed.

    Raises:
        UserError: the episode has no identities, or an artifact is damaged.
    """
    if not store.manifest(ep_id, IDENTITIES.file).exists():
        raise UserError(f"{ep_id} has no identities to decide about: run `screenalytics run --ep-id {ep_id}` first.")
    state = _state(store, ep_id)
    known = _opened.get((store.root, ep_id))
    if known is not None and known[0] == state:
        return known[1]
    video = load_artifact(store, EPISODE_VIDEO, ep_id).content
    scene = scene_of(load_artifact(store, TRACKS, ep_id), video)
    episode = Episode(ep_id, scene, load_artifact(store, IDENTITIES, ep_id).content, read_exceptions(store, ep_id))
    _opened.put((store.root, ep_id), (state, episode))
    return episode


def _state(store: ArtifactStore, ep_id: str) -> tuple[str, ...]:
    """Return the checksums of the artifacts that `Episode` holds."""
    seals = [read_seal(store, spec, ep_id) for spec in (EPISODE_VIDEO, TRACKS, IDENTITIES)]
    return (*(seal.sha256 if seal else "" for seal in seals), exceptions_sha256(store, ep_id))


def view_of(store: ArtifactStore, episode: Episode, decisions: tuple[Decision, ...]) -> View:
    """Return the episode after these decisions. The last one of each episode is kept, as the next gesture begins with
    what the last one ended with."""
    known = _viewed.get((store.root, episode.ep_id))
    if known is not None and known.episode is episode and _equal(known.decisions, decisions):
        return known
    view = View(episode, decisions)
    _viewed.put((store.root, episode.ep_id), view)
    return view


def _equal(one: Sequence[Decision], other: Sequence[Decision]) -> bool:
    """Return whether two states of a log are equal. Logs only grow, except that `cast forget` changes old rows."""
    return len(one) == len(other) and all(first is second for first, second in zip(one, other, strict=True))


def present_view(store: ArtifactStore, ep_id: str) -> View:
    """Return the episode with all its decisions. Needs no database.

    Until somebody decides something, or a run does, what people said with an earlier release is not in the log.
    """
    episode, decisions = open_episode(store, ep_id), read_decisions(store, ep_id)
    return View(episode, decisions or preview_earlier_words(store, episode.identities, episode.scene))
