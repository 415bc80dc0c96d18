"""Lookup of an episode's identities in the cast, with a real database, tiny vectors and known answers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cast.lookup import (
    NEAREST,
    CastMatches,
    EpisodeIdentities,
    embed_missing,
    identity_centroids,
    match_cast,
    stored_pack,
)
from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import Labels
from screenalytics_assets.contract.schemas import TrackBox, TrackEmbeddings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.images import write_images
from screenalytics_resources.facebank.records import Seed, SeedQuality, StoredPack
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.recognition import Embeddings
from tests.database_template import copied_databases
from tests.owner_rows import write_owner
from tests.tiny_episode import FPS, PACK, make_embedding, make_identity, make_track, origin, unit

Vector = NDArray[np.float32]
DIM = PACK.recogniser.dim
ANN, BEN = unit(1, dim=DIM), unit(0, 1, dim=DIM)
LIKE_ANN, MORE_LIKE_ANN = unit(1, 0.3, dim=DIM), unit(1, 0.1, dim=DIM)
BETWEEN = unit(1, 0.9, dim=DIM)
HARDLY_ANN = unit(0.4, 0, 0.9, dim=DIM)
DAMAGED = r"_e\.png is damaged: remove its reference face with `screenalytics facebank remove` and add it again"
STRANGER = unit(0, 0, 0, 1, dim=DIM)
_numbers = count(1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cast")


@pytest.fixture(scope="module")
def database(root: Path, database_template: Path) -> Iterator[CastStore]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
        with ExitStack() as stack:
            with copied_databases(database_template):  # other tests create databases meanwhile
                store = stack.enter_context(open_cast_store(str(root)))
            yield store


@dataclass
class CountingEngine:
    """Test double of the engine. It embeds an aligned face by its brightness and counts the calls."""

    pack: Any = PACK
    faces: list[NDArray[np.uint8]] = field(default_factory=list)
    calls: int = 0

    def __call__(self) -> Engine:
        self.calls += 1
        return cast(Engine, self)

    def embed(self, aligned: NDArray[np.uint8]) -> Embeddings:
        self.faces += list(aligned)
        vectors = np.zeros((len(aligned), self.pack.recogniser.dim), np.float32)
        vectors[np.arange(len(aligned)), aligned[:, 0, 0, 0] // 100] = 1
        return Embeddings(vectors, np.full(len(aligned), 11.0, np.float32))


@dataclass
class Bench:
    """One show in the shared database, with one episode."""

    store: ArtifactStore
    cast: CastStore
    show: str
    engine: CountingEngine = field(default_factory=CountingEngine)

    @property
    def ep_id(self) -> str:
        return f"{self.show}-s01e01"

    def person(self, person_id: str, *vectors: Vector) -> None:
        self.cast.add_person(self.show, person_id, person_id.title())
        for vector in vectors:
            self.seed(person_id, {stored_pack(PACK): (vector, 11.0)})

    def seed(
        self, person_id: str, vectors: Mapping[StoredPack, tuple[Vector, float]], picture: bytes | None = None
    ) -> Seed:
        seed_id = f"seed-{next(_numbers):012x}"
        pictures = {"d.png": b"", "e.png": png(0) if picture is None else picture}
        files = write_images(self.store, self.show, person_id, seed_id, pictures)
        quality, box = SeedQuality(0.9, 40.0, 80.0), (0.0, 0.0, 80.0, 80.0)
        sha256 = f"{next(_numbers):064x}"
        seed = Seed(seed_id, self.show, person_id, "photo", f"{seed_id}.jpg", sha256, quality, box, files)
        return self.cast.add_seed(seed, vectors)

    def match(self, *faces: Vector, **changes: Any) -> CastMatches:
        return match_cast(self.store, self.cast, replace(episode_of(self.show, faces), **changes), PACK, self.engine)


@pytest.fixture
def bench(database: CastStore, root: Path) -> Bench:
    return Bench(ArtifactStore(str(root)), database, f"show{next(_numbers)}")


def name(number: int) -> str:
    return f"identity-{number:05d}"


def png(brightness: int, side: int = 112) -> bytes:
    return bytes(cv2.imencode(".png", np.full((side, side, 3), brightness, np.uint8))[1])


def table(vectors: Sequence[Vector]) -> TrackEmbeddings:
    rows = [make_embedding(number, number - 1) for number in range(1, len(vectors) + 1)]
    stacked = np.stack(vectors) if vectors else np.empty((0, DIM), np.float32)
    source = origin("track_embeddings", {"tracks": "0" * 64, "faces": "0" * 64})
    return TrackEmbeddings("x-s01e01", rows, source, PACK.name, arrays={"tracks.npy": stacked})


def episode_of(show: str, vectors: Sequence[Vector], spans: Sequence[tuple[int, int]] = ()) -> EpisodeIdentities:
    """Identity n is track n with vector n. By default no two share a frame; `spans` sets the frames of each track."""
    frames_of = spans or [(20 * number, 20 * number + 9) for number in range(len(vectors))]
    tracks = []
    for number, frames in enumerate(frames_of, start=1):
        boxes = tuple(TrackBox(frame=f, ts=f / FPS, bbox=(100.0 * number, 20, 100.0 * number + 40, 70), score=0.9)
                      for f in frames)  # fmt: skip
        tracks.append(make_track(number, frames, boxes=boxes))
    identities = [make_identity(number, [number], 1.0) for number in range(1, len(vectors) + 1)]
    return EpisodeIdentities(f"{show}-s01e01", show, identities, tracks, table(vectors), NO_EXCEPTIONS)


def named_by(episode: EpisodeIdentities, labels: Mapping[int, Labels]) -> EpisodeIdentities:
    """Return the episode with these labels, by the number of the identity."""
    given = {name(number): each for number, each in labels.items()}
    rows = [i.model_copy(update={"labels": given.get(i.identity_id, i.labels)}) for i in episode.identities]
    return replace(episode, identities=rows)


def short(matches: CastMatches) -> list[tuple[str, str | None]]:
    return [(match.status, match.person_id) for match in matches.matches]


def only(matches: CastMatches) -> PersonMatch:
    (match,) = matches.matches
    return match


# Matching of single identities.


@pytest.mark.parametrize(
    ("face", "status", "person", "similarity", "margin", "why"),
    [
        pytest.param(MORE_LIKE_ANN, "assigned", "ann", 0.995, 0.896, "similarity to ann is 0.995", id="named"),
        pytest.param(BETWEEN, "needs_review", None, 0.743, 0.074, "lead of ann over ben is 0.074", id="too-close"),
        pytest.param(
            HARDLY_ANN, "needs_review", None, 0.406, 0.406, "0.131 below the required 0.537", id="not-similar-enough"
        ),
        pytest.param(
            STRANGER, "unknown", None, 0.0, 0.0, "The closest person, ann, has similarity 0.000", id="a-stranger"
        ),
    ],
)
def test_one_identity(
    bench: Bench, face: Vector, status: str, person: str | None, similarity: float, margin: float, why: str
) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    matches = bench.match(face)
    match = only(matches)
    assert (match.identity_id, match.status, match.person_id) == (name(1), status, person)
    assert match.similarity == pytest.approx(similarity, abs=1e-3)
    assert match.margin == pytest.approx(margin, abs=1e-3)
    assert [candidate for candidate, _ in match.candidates] == ["ann", "ben"]
    assert why in match.reason
    assert matches.names == {"ann": "Ann", "ben": "Ben"}
    assert bench.engine.calls == 0


def test_several_identities_keep_their_order(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    found = bench.match(STRANGER, BEN, ANN, LIKE_ANN)
    assert short(found) == [("unknown", None), ("assigned", "ben"), ("assigned", "ann"), ("assigned", "ann")]


def test_an_identity_is_matched_by_its_centroid(bench: Bench) -> None:
    bench.person("ann", ANN)
    merged = replace(episode_of(bench.show, [ANN, HARDLY_ANN, BEN]), identities=[make_identity(7, [1, 2], 1.0)])
    match = only(match_cast(bench.store, bench.cast, merged, PACK, bench.engine))
    centroid = (ANN + HARDLY_ANN) / np.linalg.norm(ANN + HARDLY_ANN)
    assert match.identity_id == name(7)
    assert match.similarity == pytest.approx(float(centroid @ ANN), abs=1e-4)


def test_a_cast_of_one(bench: Bench) -> None:
    bench.person("ann", ANN)
    match = only(bench.match(LIKE_ANN))
    assert (match.status, match.person_id, match.margin) == ("assigned", "ann", None)


def test_a_cast_without_reference_faces(bench: Bench) -> None:
    bench.person("ann")
    match = only(bench.match(ANN))
    assert (match.status, match.candidates, match.reason) == ("unknown", (), "The cast has no reference faces.")


def test_people_beyond_the_nearest_are_no_closer(bench: Bench) -> None:
    """With more people than are fetched, the best person and the lead over the second are still exact."""
    for number in range(NEAREST + 3):
        vector = np.eye(DIM, dtype=np.float32)[number]
        bench.person(f"person-{number}", vector)
    match = only(bench.match(unit(*([0.0] * 10), 1, 0.2, dim=DIM)))
    assert (match.status, match.person_id) == ("assigned", "person-10")
    assert match.candidates[1][0] == "person-11"
    assert match.margin == pytest.approx(0.8 / np.sqrt(1.04), abs=1e-4)


def test_an_episode_without_identities(bench: Bench) -> None:
    bench.person("ann", ANN)
    assert bench.match().matches == []
    assert identity_centroids([], table([]))[1].shape == (0, DIM)


@pytest.mark.parametrize(
    ("uncertain", "expected"),
    [
        pytest.param(None, unit(1, 1, dim=DIM), id="an-earlier-release"),
        pytest.param([], unit(1, 1, dim=DIM), id="all-certain"),
        pytest.param([2], ANN, id="one-uncertain"),
        pytest.param([1, 2], unit(1, 1, dim=DIM), id="all-uncertain"),
    ],
)
def test_uncertain_tracks_are_left_out_of_centroids(uncertain: list[int] | None, expected: Vector) -> None:
    names, (centroid,) = identity_centroids([make_identity(1, [1, 2], 2.0, uncertain=uncertain)], table([ANN, BEN]))
    assert names == [name(1)]
    np.testing.assert_allclose(centroid, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("tracks", "uncertain", "expected"),
    [
        pytest.param([1, 3], [], ANN, id="one-track-has-one"),
        pytest.param([1, 3], [1], ANN, id="only-an-uncertain-track-has-one"),
        pytest.param([3], [], None, id="none-has-one"),
    ],
)
def test_tracks_without_an_embedding_are_left_out_of_centroids(
    tracks: list[int], uncertain: list[int], expected: Vector | None
) -> None:
    names, centroids = identity_centroids([make_identity(1, tracks, 2.0, uncertain=uncertain)], table([ANN, BEN]))
    assert names == ([] if expected is None else [name(1)])
    np.testing.assert_allclose(centroids, np.array([] if expected is None else [expected]).reshape(-1, DIM), atol=1e-6)


def test_an_identity_without_any_embedding_is_unknown(bench: Bench) -> None:
    bench.person("ann", ANN)
    identities = [make_identity(1, [1], 2.0), make_identity(2, [2], 2.0)]
    matches = bench.match(ANN, BEN, identities=identities, embeddings=table([ANN])).matches
    assert [(match.identity_id, match.status) for match in matches] == [(name(1), "assigned"), (name(2), "unknown")]


def test_another_show_of_the_same_data_root_is_another_cast(bench: Bench) -> None:
    bench.person("ann", ANN)
    other = Bench(bench.store, bench.cast, f"other{bench.show}")
    other.person("zoe", BEN)
    assert short(other.match(ANN)) == [("unknown", None)]


def test_a_show_without_a_cast_is_a_user_error(bench: Bench) -> None:
    with pytest.raises(UserError, match=f"The show {bench.show} has no cast: add people with `screenalytics cast add`"):
        bench.match(ANN)


# People who share a frame.


def test_if_two_share_a_frame_only_the_more_similar_gets_the_name(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    same_frame = episode_of(bench.show, [LIKE_ANN, MORE_LIKE_ANN], [(0, 9), (5, 14)])
    found = match_cast(bench.store, bench.cast, same_frame, PACK, bench.engine)
    assert short(found) == [("needs_review", None), ("assigned", "ann")]
    assert "shares a frame with identity-00002, which resembles ann more" in found.matches[0].reason


def test_a_name_given_by_a_person_blocks_the_same_name_in_a_shared_frame(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    by_person = {1: Labels(person_id="ann", assigned_by="person")}
    same_frame = named_by(episode_of(bench.show, [STRANGER, MORE_LIKE_ANN], [(0, 9), (5, 14)]), by_person)
    found = match_cast(bench.store, bench.cast, same_frame, PACK, bench.engine)
    assert short(found) == [("assigned", "ann"), ("needs_review", None)]
    assert "shares a frame with identity-00001, which a person named ann" in found.matches[1].reason


# Names given by people.


def test_a_name_given_by_a_person_stays_at_any_similarity(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    episode = named_by(episode_of(bench.show, [MORE_LIKE_ANN]), {1: Labels(person_id="ben", assigned_by="person")})
    found = match_cast(bench.store, bench.cast, episode, PACK, bench.engine)
    match = only(found)
    assert (match.status, match.person_id, match.reason) == ("assigned", "ben", "A person has named it.")
    assert match.similarity == pytest.approx(0.0995, abs=1e-3)
    assert found.owned == {name(1): "ben"}


def test_a_name_given_by_the_machine_is_decided_again(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    write_owner(bench.cast, bench.show, bench.ep_id, name(1), "ben", "machine")
    found = bench.match(MORE_LIKE_ANN)
    assert short(found) == [("assigned", "ann")]
    assert found.owned == {}


def test_only_names_by_people_in_the_identities_count(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    write_owner(bench.cast, bench.show, bench.ep_id, name(1), "ann", "person")  # an earlier release's, not adopted yet
    episode = episode_of(bench.show, [STRANGER, STRANGER])
    labels = {1: Labels(person_id="ann", assigned_by="machine"), 2: Labels(person_id="ben", assigned_by="person")}
    assert named_by(episode, labels).owned == {name(2): "ben"}
    found = match_cast(bench.store, bench.cast, named_by(episode, labels), PACK, bench.engine)
    assert short(found) == [("unknown", None), ("assigned", "ben")]


def test_refused_people_are_no_candidates(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    episode = episode_of(bench.show, [MORE_LIKE_ANN])
    refused = [identity.model_copy(update={"not_people": ("ann",)}) for identity in episode.identities]
    found = match_cast(bench.store, bench.cast, replace(episode, identities=refused), PACK, bench.engine)
    assert [person for person, _ in only(found).candidates] == ["ben"]
    assert short(found) == [("unknown", None)]


def test_identities_told_apart_get_different_names(bench: Bench) -> None:
    bench.person("ann", ANN)
    bench.person("ben", BEN)
    found = bench.match(LIKE_ANN, MORE_LIKE_ANN, apart=[(name(1), name(2))])
    assert short(found) == [("needs_review", None), ("assigned", "ann")]


# Reference faces without a vector of the episode's pack.


def test_a_missing_vector_is_computed_once_from_the_aligned_picture(bench: Bench) -> None:
    bench.person("ann")
    bench.person("ben")
    bench.seed("ann", {StoredPack(f"older-{bench.show}", "b" * 64, 4): (unit(1, 0, 0, 0), 9.0)}, png(40))
    bench.seed("ben", {}, png(140))
    assert short(bench.match(ANN, BEN, STRANGER)) == [("assigned", "ann"), ("assigned", "ben"), ("unknown", None)]
    assert [face.shape for face in bench.engine.faces] == [(112, 112, 3)] * 2
    assert sorted(int(face.mean()) for face in bench.engine.faces) == [40, 140]
    assert bench.engine.calls == 2

    assert short(bench.match(ANN)) == [("assigned", "ann")]
    assert embed_missing(bench.store, bench.cast, bench.show, stored_pack(PACK), bench.engine) == 0
    assert bench.engine.calls == 2


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        pytest.param(None, r"_e\.png is gone: remove its reference face with `screenalytics facebank", id="gone"),
        pytest.param(b"", DAMAGED, id="empty"),
        pytest.param(png(40)[:-20], DAMAGED, id="cut-off"),
        pytest.param(b"text", DAMAGED, id="no-picture"),
        pytest.param(png(40, side=64), DAMAGED, id="another-size"),
    ],
)
def test_a_picture_that_cannot_be_embedded(bench: Bench, root: Path, picture: bytes | None, message: str) -> None:
    bench.person("ann")
    seed = bench.seed("ann", {})
    aligned = root / next(key for key in seed.files if key.endswith("_e.png"))
    if picture is None:
        aligned.unlink()
    else:
        aligned.write_bytes(picture)
    with pytest.raises(UserError, match=message):
        bench.match(ANN)
    assert bench.engine.faces == []


def test_a_pack_without_a_known_hash_is_identified_by_its_file_name() -> None:
    recogniser = PACK.recogniser
    assert stored_pack(PACK) == StoredPack(PACK.name, str(recogniser.sha256), recogniser.dim)
    unknown = [recogniser.model_copy(update={"sha256": None, "file": f"{file}.onnx"}) for file in ("a", "a", "b")]
    one, same, other = (stored_pack(PACK.model_copy(update={"recogniser": part})) for part in unknown)
    assert one == same
    assert len({one.recogniser_sha256, other.recogniser_sha256, recogniser.sha256}) == 3
