"""Open-set identification: decides which person of the cast each identity is, if any.

An identity is unknown, without candidates to review, if it resembles the cast less than half of all strangers do by
chance. For 79 people of Labeled Faces in the Wild, 0.1 % of single photos fall below that bound. For single glimpses as
poor as the worst on television it is 8 % (opencv_zoo) and 2 % (buffalo_sc), and for two such glimpses together 1 % and
0.1 %.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from screenalytics_assets.cast.person_scores import Nearest, Score, score
from screenalytics_resources.inference.packs import Thresholds

MAX_CANDIDATES = 5
NO_REFUSALS: Mapping[str, Collection[str]] = {}
Status = Literal["assigned", "needs_review", "unknown"]


@dataclass(frozen=True)
class CastBounds:
    """Bounds for naming an identity: cosine similarities, and a lead over the second person.

    Attributes:
        sim: lowest similarity at which an identity gets a name.
        margin: lead over the second person that is also required.
        review_sim: similarity below which an identity is unknown. Half of all strangers reach it.
    """

    sim: float
    margin: float
    review_sim: float


@dataclass(frozen=True)
class PersonMatch:
    """Result of matching one identity with the cast.

    Attributes:
        identity_id: the identity.
        status: assigned, needs_review, or unknown if no person of the cast is similar enough.
        person_id: the person if assigned, otherwise None.
        similarity: cosine similarity to the best person, or to the person whose name people gave it; None if unknown.
        margin: lead over the second best person, or a lower bound of it; None if there is no second person.
        candidates: up to five pairs of person and similarity, best first.
        reason: one sentence that explains the status.
    """

    identity_id: str
    status: Status
    person_id: str | None
    similarity: float | None
    margin: float | None
    candidates: tuple[tuple[str, float], ...]
    reason: str


def cast_bounds(thresholds: Thresholds) -> CastBounds:
    """Return the bounds of a model pack."""
    return CastBounds(thresholds.cast_sim, thresholds.cast_margin, thresholds.cast_review_sim)


def match_people(
    nearest: Sequence[Nearest],
    bounds: CastBounds,
    together: Iterable[tuple[str, str]],
    owned: Mapping[str, str],
    refused: Mapping[str, Collection[str]] = NO_REFUSALS,
    apart: Iterable[tuple[str, str]] = (),
) -> list[PersonMatch]:
    """Return the match of every identity in `nearest`, in the same order.

    Args:
        nearest: stored vectors nearest to each identity's unit centroid, one entry per identity.
        bounds: bounds of the model pack that made the vectors.
        together: pairs of identities that share a frame, which are never the same person.
        owned: identity -> person, for identities named by people. These names stay at any similarity.
        refused: identity -> people whom it does not show, said by a person. They are no candidates.
        apart: pairs of identities that a person said are different people.

    Raises:
        ValueError: an identity occurs twice, or `score` needs more vectors of one.
    """
    ids = [entry.identity_id for entry in nearest]
    if len(set(ids)) < len(ids):
        raise ValueError(f"Expected each identity once, but got {ids}")
    judged = {entry.identity_id: _judge(entry, bounds, owned, refused.get(entry.identity_id, ())) for entry in nearest}
    said = {frozenset(pair) for pair in apart}
    pairs = [*together, *((one, other) for one, other in map(sorted, said))]
    matches = _resolve_conflicts(judged, _neighbours(pairs), owned, said)
    return [matches[identity_id] for identity_id in ids]


def _judge(entry: Nearest, bounds: CastBounds, owned: Mapping[str, str], refused: Collection[str]) -> PersonMatch:
    """Match one identity without regard to the others."""
    identity_id, ranking = entry.identity_id, score(entry, refused)
    candidates = ranking.people[:MAX_CANDIDATES]
    if identity_id in owned:
        person = owned[identity_id]
        similarity = dict(ranking.people).get(person)
        return PersonMatch(identity_id, "assigned", person, similarity, None, candidates, "A person has named it.")
    if not candidates:
        reason = "A person refused every likely name." if refused else "The cast has no reference faces."
        return PersonMatch(identity_id, "unknown", None, None, None, (), reason)
    (best, similarity), margin = candidates[0], ranking.margin
    status, reason = _status(best, similarity, ranking, bounds)
    person_id = best if status == "assigned" else None
    return PersonMatch(identity_id, status, person_id, similarity, margin, candidates, reason)


def _status(best: str, similarity: float, ranking: Score, bounds: CastBounds) -> tuple[Status, str]:
    if similarity < bounds.review_sim:
        return "unknown", (
            f"The closest person, {best}, has similarity {similarity:.3f}, below the {bounds.review_sim:g} that half "
            "of all strangers reach."
        )
    if similarity < bounds.sim:
        return "needs_review", (
            f"The similarity to {best} is {similarity:.3f}, {bounds.sim - similarity:.3f} below the required "
            f"{bounds.sim:g}."
        )
    if ranking.margin is not None and ranking.margin < bounds.margin:
        return "needs_review", (
            f"The lead of {best} over {ranking.runner_up or 'the next person'} is {ranking.margin:.3f}, below the "
            f"required {bounds.margin:g}."
        )
    lead = "with no second person to compare" if ranking.margin is None else f"with a lead of {ranking.margin:.3f}"
    return "assigned", f"The similarity to {best} is {similarity:.3f}, {lead}."


def _neighbours(together: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in together:
        neighbours[one].add(other)
        neighbours[other].add(one)
    return neighbours


def _resolve_conflicts(
    judged: Mapping[str, PersonMatch],
    neighbours: Mapping[str, set[str]],
    owned: Mapping[str, str],
    apart: Collection[frozenset[str]],
) -> dict[str, PersonMatch]:
    """Assign names in order of similarity, then of identity id.

    An identity that shares a frame with another one of the same name, or that a person said is someone else, needs a
    review.
    """
    matches, names = dict(judged), dict(owned)
    claims = [match for match in judged.values() if match.status == "assigned" and match.identity_id not in owned]
    for claim in sorted(claims, key=lambda match: (-(match.similarity or 0.0), match.identity_id)):
        same_name = sorted(n for n in neighbours.get(claim.identity_id, ()) if names.get(n) == claim.person_id)
        if same_name:
            is_apart = frozenset((claim.identity_id, same_name[0])) in apart
            matches[claim.identity_id] = _refused(claim, same_name[0], owned, is_apart)
        elif claim.person_id is not None:
            names[claim.identity_id] = claim.person_id
    return matches


def _refused(claim: PersonMatch, other: str, owned: Mapping[str, str], is_apart: bool) -> PersonMatch:
    cause = f"a person named {claim.person_id}" if other in owned else f"resembles {claim.person_id} more"
    why = "A person said that it is not" if is_apart else "It shares a frame with"
    reason = f"{why} {other}, which {cause}."
    return replace(claim, status="needs_review", person_id=None, reason=reason)
