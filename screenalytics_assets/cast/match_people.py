"""Open-set identification: which person of the cast each identity is, if any.

An identity is unknown, with nobody to review, where it resembles the cast no more than half of all strangers do by
chance. Of 79 people of Labeled Faces in the Wild, 0.1 % of single photos fall below that line, and of single glimpses
as poor as television's worst 8 % (opencv_zoo) and 2 % (buffalo_sc); of two such glimpses together 1 % and 0.1 %.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from screenalytics_assets.cast.person_scores import Nearest, Score, score
from screenalytics_resources.inference.packs import Thresholds

MOST_CANDIDATES = 5
Status = Literal["assigned", "needs_review", "unknown"]


@dataclass(frozen=True)
class CastBounds:
    """What naming an identity needs: cosine similarities, and a lead over the second person.

    Attributes:
        sim: similarity from which on an identity gets the name.
        margin: lead over the second person that it needs as well.
        review_sim: similarity below which not even a suggestion is made: half of all strangers reach it.
    """

    sim: float
    margin: float
    review_sim: float


@dataclass(frozen=True)
class PersonMatch:
    """What was found for one identity.

    Attributes:
        identity_id: the identity.
        status: assigned; needs_review, with candidates; or unknown: nobody of the cast is near.
        person_id: the person if assigned, else None.
        similarity: cosine similarity to the best person, or to the person that owns it; None without one.
        margin: lead over the second best person, at least so much; None where there is no second.
        candidates: up to five people and their similarities, best first.
        reason: one sentence that says why.
    """

    identity_id: str
    status: Status
    person_id: str | None
    similarity: float | None
    margin: float | None
    candidates: tuple[tuple[str, float], ...]
    reason: str


def cast_bounds(thresholds: Thresholds) -> CastBounds:
    """A model pack's own bounds."""
    return CastBounds(thresholds.cast_sim, thresholds.cast_margin, thresholds.cast_review_sim)


def match_people(
    nearest: Sequence[Nearest],
    bounds: CastBounds,
    together: Iterable[tuple[str, str]],
    owned: Mapping[str, str],
) -> list[PersonMatch]:
    """Say of every identity in `nearest` who it is, in the same order.

    Args:
        nearest: the stored vectors nearest to each identity's unit centroid, one entry an identity.
        bounds: of the model pack that made the vectors.
        together: pairs of identities that share a frame: they are never the same person.
        owned: identities that people have named, with the person: they stay, whatever their similarity.

    Raises:
        ValueError: an identity that occurs twice, or vectors that `score` cannot judge.
    """
    ids = [found.identity_id for found in nearest]
    if len(set(ids)) < len(ids):
        raise ValueError(f"Expected each identity once, but got {ids}")
    judged = {found.identity_id: _judge(found.identity_id, score(found), bounds, owned) for found in nearest}
    matches = _settle(judged, _neighbours(together), owned)
    return [matches[identity_id] for identity_id in ids]


def _judge(identity_id: str, found: Score, bounds: CastBounds, owned: Mapping[str, str]) -> PersonMatch:
    """What one identity is on its own."""
    candidates = found.people[:MOST_CANDIDATES]
    if identity_id in owned:
        person = owned[identity_id]
        similarity = dict(found.people).get(person)
        return PersonMatch(identity_id, "assigned", person, similarity, None, candidates, "A person has named it.")
    if not candidates:
        reason = "The cast has no reference faces."
        return PersonMatch(identity_id, "unknown", None, None, None, (), reason)
    (best, similarity), margin = candidates[0], found.margin
    status, reason = _verdict(best, similarity, found, bounds)
    person_id = best if status == "assigned" else None
    return PersonMatch(identity_id, status, person_id, similarity, margin, candidates, reason)


def _verdict(best: str, similarity: float, found: Score, bounds: CastBounds) -> tuple[Status, str]:
    if similarity < bounds.review_sim:
        return "unknown", (
            f"Nobody of the cast is near: the best, {best}, has similarity {similarity:.3f}, and half of all strangers "
            f"reach {bounds.review_sim:g}."
        )
    if similarity < bounds.sim:
        return "needs_review", (
            f"The similarity {similarity:.3f} to {best} is {bounds.sim - similarity:.3f} below the {bounds.sim:g} that "
            "a name needs."
        )
    if found.margin is not None and found.margin < bounds.margin:
        return "needs_review", (
            f"The lead of {best} over {found.runner_up or 'the next person'} is only {found.margin:.3f}, and a name "
            f"needs {bounds.margin:g}."
        )
    lead = "with nobody to compare with" if found.margin is None else f"with a lead of {found.margin:.3f}"
    return "assigned", f"The similarity to {best} is {similarity:.3f}, {lead}."


def _neighbours(together: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in together:
        neighbours[one].add(other)
        neighbours[other].add(one)
    return neighbours


def _settle(
    judged: Mapping[str, PersonMatch], neighbours: Mapping[str, set[str]], owned: Mapping[str, str]
) -> dict[str, PersonMatch]:
    """Give names to the most similar first, the smaller identity id on a tie; who shares a frame with an earlier
    bearer of the same name goes to review."""
    matches, names = dict(judged), dict(owned)
    claims = [match for match in judged.values() if match.status == "assigned" and match.identity_id not in owned]
    for claim in sorted(claims, key=lambda match: (-(match.similarity or 0.0), match.identity_id)):
        bearers = sorted(n for n in neighbours.get(claim.identity_id, ()) if names.get(n) == claim.person_id)
        if bearers:
            matches[claim.identity_id] = _refused(claim, bearers[0], owned)
        elif claim.person_id is not None:
            names[claim.identity_id] = claim.person_id
    return matches


def _refused(claim: PersonMatch, bearer: str, owned: Mapping[str, str]) -> PersonMatch:
    why = "a person has named so" if bearer in owned else "resembles the person more"
    reason = f"It would be {claim.person_id}, but shares a frame with {bearer}, which {why}."
    return replace(claim, status="needs_review", person_id=None, reason=reason)
